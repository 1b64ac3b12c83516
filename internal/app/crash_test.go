package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/chipwire/chipwire/classifier"
	"github.com/chipwire/chipwire/config"
	"github.com/chipwire/chipwire/internal/app"
	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/internal/bus/embed"
	"github.com/chipwire/chipwire/news"
	"github.com/chipwire/chipwire/publisher"
)

var kills = flag.Int("kills", 10, "how often TestKilledAnywhere kills the daemon")

// A daemon is a chipwire process that is killed and started again.
type daemon struct {
	t      *testing.T
	binary string
	dir    string
	config string
	cmd    *exec.Cmd
	log    bytes.Buffer
}

// embedded is the part of a configuration that has the server inside the daemon.
const embedded = `{listen: "127.0.0.1:0", max_store: 256MiB}`

// buildDaemon compiles the binary and writes a configuration for the press. The
// process ends with the test.
func buildDaemon(t *testing.T, p *press, nats string) *daemon {
	t.Helper()
	dir := t.TempDir()
	d := &daemon{t: t, binary: filepath.Join(dir, "chipwire"), dir: filepath.Join(dir, "data"), config: filepath.Join(dir, "chipwire.yaml")}
	build := exec.CommandContext(t.Context(), "go", "build", "-o", d.binary, "github.com/chipwire/chipwire/cmd/chipwire")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	var y strings.Builder
	fmt.Fprintf(&y, "data_dir: %s\nnats: %s\nweb: {listen: \"\"}\nfetcher: {min_interval: 1s, host_gap: 0s, host_concurrency: 4, allow_private: true}\nfeeds:\n", d.dir, nats)
	for _, s := range p.sources() {
		fmt.Fprintf(&y, "  - {id: %s, url: %q, name: %q, lang: ko, every: 1s}\n", s.ID, s.URL, s.Name)
	}
	if err := os.WriteFile(d.config, []byte(y.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if d.cmd != nil && d.cmd.ProcessState == nil {
			d.end(syscall.SIGKILL)
		}
	})
	return d
}

func (d *daemon) start() {
	d.t.Helper()
	d.cmd = exec.Command(d.binary, "run", "-c", d.config)
	d.log.Reset()
	d.cmd.Stderr = &d.log
	if err := d.cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
}

// end sends a signal and waits until the process is gone.
func (d *daemon) end(sig syscall.Signal) {
	d.t.Helper()
	if err := d.cmd.Process.Signal(sig); err != nil {
		d.t.Fatalf("%v; the daemon says:\n%s", err, d.log.String())
	}
	_ = d.cmd.Wait() // killed: the status says no more
}

// connect reaches the running daemon's two accounts; it waits until it is up.
func (d *daemon) connect() (core, wire jetstream.JetStream) {
	d.t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for {
		server, coreLogin, wireLogin, err := embed.Daemon(d.dir)
		if err == nil {
			if core, wire, err = dial(d.t, server, coreLogin, wireLogin); err == nil {
				return core, wire
			}
		}
		if time.Now().After(deadline) {
			d.t.Fatalf("the daemon does not come up: %v; it says:\n%s", err, d.log.String())
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func dial(t *testing.T, server string, logins ...bus.Login) (core, wire jetstream.JetStream, err error) {
	var js []jetstream.JetStream
	for _, l := range logins {
		nc, err := nats.Connect(server, nats.UserInfo(l.User, l.Password))
		if err != nil {
			return nil, nil, err
		}
		t.Cleanup(nc.Close)
		j, err := jetstream.New(nc)
		if err != nil {
			return nil, nil, err
		}
		js = append(js, j)
	}
	return js[0], js[1], nil
}

// idle reports whether nothing waits at any consumer of the inside.
func idle(ctx context.Context, core jetstream.JetStream) (bool, error) {
	for _, name := range []string{bus.Items, bus.Articles, bus.Findings} {
		s, err := core.Stream(ctx, name)
		if err != nil {
			return false, err
		}
		list := s.ListConsumers(ctx)
		for info := range list.Info() {
			if info.NumPending > 0 || info.NumAckPending > 0 {
				return false, nil
			}
		}
		if list.Err() != nil {
			return false, list.Err()
		}
	}
	return true, nil
}

// wired returns how often each alert is stored, as company and story.
func wired(t *testing.T, wire jetstream.JetStream) map[string]int {
	t.Helper()
	s, err := wire.Stream(t.Context(), publisher.Stream)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for seq := uint64(1); seq <= s.CachedInfo().State.LastSeq; seq++ {
		msg, err := s.GetMsg(t.Context(), seq)
		if err != nil {
			t.Fatal(err)
		}
		var a news.Alert
		if err := json.Unmarshal(msg.Data, &a); err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(a.Sources[0].URL)
		if err != nil {
			t.Fatal(err)
		}
		got[fmt.Sprint(a.Company.ID, " ", u.Path)]++
	}
	return got
}

// compare holds what is stored against what must be told.
func compare(t *testing.T, got map[string]int, want map[string]bool) {
	t.Helper()
	lost, twice, extra := 0, 0, 0
	for key := range want {
		if got[key] == 0 {
			lost++
			t.Errorf("lost: %s", key)
		}
	}
	for key, n := range got {
		if n > 1 {
			twice++
			t.Errorf("%d times: %s", n, key)
		}
		if !want[key] {
			extra++
			t.Errorf("not of the press: %s", key)
		}
	}
	t.Logf("%d alerts due, %d stored, %d lost, %d twice, %d not of the press", len(want), len(got), lost, twice, extra)
}

func newClassifier(t *testing.T) *classifier.Classifier {
	t.Helper()
	c, err := app.NewClassifier(config.Default)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The daemon is killed with SIGKILL at points spread over a run of 210 stories,
// and started again each time: no alert is lost, and none is stored twice. In
// full:
//
//	go test ./internal/app -run TestKilledAnywhere -kills 50 -timeout 30m -v
func TestKilledAnywhere(t *testing.T) {
	if testing.Short() {
		t.Skip("each kill costs the time of an acknowledgement")
	}
	t.Parallel()
	const stories = 210
	p := newPress(t, stories, 10, 1)
	want := p.alerts(t, newClassifier(t))
	d := buildDaemon(t, p, embedded)
	d.start()
	for kill := range *kills {
		due := (kill + 1) * stories / (*kills + 1)
		deadline := time.Now().Add(2 * time.Minute)
		for p.served() < due {
			if time.Now().After(deadline) {
				t.Fatalf("%d of %d pages were read before kill %d; the daemon says:\n%s", p.served(), due, kill, d.log.String())
			}
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Duration(kill%10) * 700 * time.Microsecond) // not always in the same step
		d.end(syscall.SIGKILL)
		d.start()
	}
	core, wire := d.connect()
	deadline := time.Now().Add(3 * time.Minute)
	for {
		rest, err := idle(t.Context(), core)
		if err == nil && rest && p.printed() && len(wired(t, wire)) >= len(want) {
			break
		}
		if time.Now().After(deadline) {
			compare(t, wired(t, wire), want)
			t.Fatalf("not done in time: idle %v, %v; the daemon says:\n%s", rest, err, d.log.String())
		}
		time.Sleep(100 * time.Millisecond)
	}
	compare(t, wired(t, wire), want)
	start := time.Now()
	d.end(syscall.SIGTERM)
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("the daemon stopped after %v, want 10 s at most", took)
	}
	if code := d.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("exit code %d after SIGTERM; the daemon says:\n%s", code, d.log.String())
	}
}

var quiet = slog.New(slog.DiscardHandler)
