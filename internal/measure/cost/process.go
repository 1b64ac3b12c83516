package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// A process is one that was started here.
type process struct {
	cmd   *exec.Cmd
	once  sync.Once
	ended chan struct{}
	count atomic.Int64 // items that it says to have stored

	mu    sync.Mutex
	lines []string // the last of its log
	heard chan struct{}
}

// start runs a program whose log is read.
func (b bench) start(ctx context.Context, name string, args ...string) (*process, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = b.environment()
	log, err := cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, ended: make(chan struct{}), heard: make(chan struct{}, 1)}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() { // ends with the process, and end waits for it
		defer close(p.ended)
		p.read(log)
		_ = cmd.Wait()
	}()
	return p, nil
}

func (b bench) environment() []string {
	env := os.Environ()
	if b.https() {
		env = append(env, "SSL_CERT_FILE="+b.authority())
	}
	return env
}

// output runs a program to its end.
func (b bench) output(ctx context.Context, name string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = b.environment()
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %s", name, err, stderr.Bytes())
	}
	return out, nil
}

// read keeps the last lines of a log and counts the items that it tells of.
func (p *process) read(log io.Reader) {
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		var entry struct {
			Msg   string
			Items int64
		}
		if json.Unmarshal(lines.Bytes(), &entry) == nil && entry.Msg == "new items" {
			p.count.Add(entry.Items)
			continue
		}
		p.mu.Lock()
		p.lines = append(p.lines[max(0, len(p.lines)-20):], lines.Text())
		p.mu.Unlock()
		select {
		case p.heard <- struct{}{}:
		default:
		}
	}
}

// await waits for a line of the log.
func (p *process) await(ctx context.Context, text string) error {
	for !strings.Contains(p.tail(), text) {
		select {
		case <-p.heard:
		case <-p.ended:
			return fmt.Errorf("%s has ended: %s", p.cmd.Path, p.tail())
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(30 * time.Second):
			return fmt.Errorf("%s does not say %s: %s", p.cmd.Path, text, p.tail())
		}
	}
	return nil
}

func (p *process) tail() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.lines, "\n")
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// processorTime is what the process has taken so far, in ms, by the ticks of the
// system, which are 10 ms.
func (p *process) processorTime() (float64, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.pid()))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(data[bytes.LastIndexByte(data, ')')+1:]))
	if len(fields) < 13 {
		return 0, fmt.Errorf("%q, want the fields of proc(5)", data)
	}
	user, err := strconv.Atoi(fields[11])
	system, err2 := strconv.Atoi(fields[12])
	return float64(user+system) * 10, errors.Join(err, err2)
}

// hold stops the process until release.
func (p *process) hold() error { return p.cmd.Process.Signal(syscall.SIGSTOP) }
func (p *process) release()    { _ = p.cmd.Process.Signal(syscall.SIGCONT) }

// end ends the process and returns when it has ended.
func (p *process) end() {
	p.once.Do(func() {
		_ = p.cmd.Process.Signal(os.Interrupt)
		select {
		case <-p.ended:
		case <-time.After(15 * time.Second):
			_ = p.cmd.Process.Kill()
			<-p.ended
		}
	})
}

// A newsroom is a running feedfarm.
type newsroom struct{ *process }

// ask reads a page of its control address.
func (n *newsroom) ask(path string) ([]byte, error) {
	resp, err := http.Get(control + path)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return io.ReadAll(resp.Body)
}

// urls are the addresses of its feeds.
func (n *newsroom) urls() ([]string, error) {
	list, err := n.ask("/_feeds")
	return strings.Fields(string(list)), err
}

// polled waits until so many feeds were asked for.
func (n *newsroom) polled(ctx context.Context, polls int) error {
	for deadline := time.Now().Add(3 * time.Minute); time.Now().Before(deadline); {
		data, err := n.ask("/_stats")
		if err != nil {
			return err
		}
		var m metering
		if err := json.Unmarshal(data, &m); err != nil {
			return err
		}
		if int(m.Requests) >= polls {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
	return fmt.Errorf("the daemon has not asked for %d feeds in three minutes", polls)
}
