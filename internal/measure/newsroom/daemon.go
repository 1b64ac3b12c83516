package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/internal/bus/embed"
	"github.com/chipwire/chipwire/news"
)

// A daemon is the running chipwire.
type daemon struct {
	cmd    *exec.Cmd
	done   chan error
	data   string
	log    *os.File
	binary string
	config string
	roles  string
}

// start runs chipwire on the feeds of the newsroom.
func start(binary, dir string, s setting, feeds []string) (*daemon, error) {
	d := &daemon{data: filepath.Join(dir, "data"), done: make(chan error, 1), binary: binary, roles: "fetch"}
	if s.disturb > 0 {
		d.roles = "fetch,classify,desk"
	}
	var c bytes.Buffer
	fmt.Fprintf(&c, "data_dir: %s\nnats: {listen: \"127.0.0.1:0\"}\nweb: {listen: \"\"}\n", d.data)
	fmt.Fprintf(&c, "fetcher: {allow_private: true, min_interval: %v, host_gap: %v}\nfeeds:\n", s.every, s.gap)
	for i, url := range feeds {
		fmt.Fprintf(&c, "  - {url: %q, id: farm-%d, every: %v}\n", url, i, s.every)
	}
	d.config = filepath.Join(s.keep, "chipwire.yaml")
	if err := os.WriteFile(d.config, c.Bytes(), 0o644); err != nil {
		return nil, err
	}
	var err error
	if d.log, err = os.Create(filepath.Join(s.keep, "chipwire.log")); err != nil {
		return nil, err
	}
	return d, d.run()
}

// run starts the process.
func (d *daemon) run() error {
	d.cmd = exec.Command(d.binary, "run", "-c", d.config, "--roles", d.roles)
	d.cmd.Stderr = d.log
	if err := d.cmd.Start(); err != nil {
		return err
	}
	cmd := d.cmd
	go func() { d.done <- cmd.Wait() }()
	return nil
}

// alive reports an end that came too soon.
func (d *daemon) alive() error {
	select {
	case err := <-d.done:
		d.done <- err
		return fmt.Errorf("chipwire ended: %w", errors.Join(err, errors.New("see its log")))
	default:
		return nil
	}
}

func (d *daemon) stop() {
	_ = d.cmd.Process.Signal(syscall.SIGTERM)
	<-d.done
	_ = d.log.Close()
}

// peak is the most memory that the process held, in bytes; 0 where the system
// does not say.
func (d *daemon) peak() int64 { return d.memory("VmHWM:") }

// resident is the memory that it holds now.
func (d *daemon) resident() int64 { return d.memory("VmRSS:") }

func (d *daemon) memory(key string) int64 {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", d.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, key); ok {
			kb, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kb << 10
		}
	}
	return 0
}

// items counts what the feeds brought into ITEMS, by link.
func (d *daemon) items(ctx context.Context) (map[string]int, error) {
	url, login, _, err := embed.Daemon(d.data)
	if err != nil {
		return nil, err
	}
	nc, err := nats.Connect(url, nats.UserInfo(login.User, login.Password))
	if err != nil {
		return nil, err
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		return nil, err
	}
	c, err := js.OrderedConsumer(ctx, bus.Items, jetstream.OrderedConsumerConfig{})
	if err != nil {
		return nil, err
	}
	links := map[string]int{}
	for {
		batch, err := c.Fetch(500, jetstream.FetchMaxWait(2*time.Second))
		if err != nil {
			return nil, err
		}
		n := 0
		for msg := range batch.Messages() {
			var it news.Item
			if err := json.Unmarshal(msg.Data(), &it); err != nil {
				return nil, fmt.Errorf("an item that is none: %w", err)
			}
			if it.Reread == 0 { // else the desk asks for the page of an alert again
				links[page(it.Link)]++
			}
			n++
		}
		if batch.Error() != nil {
			return nil, batch.Error()
		}
		if n == 0 {
			return links, nil
		}
	}
}
