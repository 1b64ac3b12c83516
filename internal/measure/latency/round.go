package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/chipwire/chipwire/internal/bus/embed"
)

// A bench takes rounds.
type bench struct {
	options
	dir      string // of binaries, stories and logs
	profiled bool   // the daemon of this round is
}

// figures are what was seen of one side in one round.
type figures struct {
	p50, p99 float64 // milliseconds from the feed's response to the subscriber
	cpu      float64 // milliseconds an article
}

// Both sides poll at this interval, and stories begin when all feeds are known.
const (
	every  = 2 * time.Second
	before = 8 * time.Second // the first story
	after  = 6 * time.Second // the last one
)

// control is where the newsroom answers questions about itself.
const control = "http://127.0.0.1:18099"

// round measures the daemon with its data in a folder, and then the bare chain.
func (b *bench) round(ctx context.Context, data string) (ours, bare figures, err error) {
	defer os.RemoveAll(data)
	if ours, err = b.daemon(ctx, data); err != nil {
		return ours, bare, fmt.Errorf("chipwire: %w", err)
	}
	if bare, err = b.bare(ctx); err != nil {
		return ours, bare, fmt.Errorf("barechain: %w", err)
	}
	return ours, bare, nil
}

// open starts the newsroom and waits until it is there.
func (b *bench) open(ctx context.Context) (*exec.Cmd, error) {
	farm, err := b.start(ctx, "feedfarm", "-feeds", fmt.Sprint(b.feeds), "-hosts", fmt.Sprint(b.feeds), "-item-rate", fmt.Sprint(b.rate), "-item-delay", before.String(),
		"-duration", (before + b.length + after + 5*time.Second).String(), "-stories", b.path("stories.jsonl"), "-truth", b.path("truth.jsonl"), "-charsets", "utf-8=1")
	if err != nil {
		return nil, err
	}
	for range 100 {
		if _, err = ask("/_stats"); err == nil {
			return farm, nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	end(farm)
	return nil, fmt.Errorf("the newsroom does not open: %w", err)
}

func ask(path string) (string, error) {
	resp, err := http.Get(control + path)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return string(body), err
}

// daemon has chipwire tell the stories of a newsroom.
func (b *bench) daemon(ctx context.Context, data string) (f figures, err error) {
	farm, err := b.open(ctx)
	if err != nil {
		return f, err
	}
	defer end(farm)
	if err := b.configure(data); err != nil {
		return f, err
	}
	daemon, err := b.start(ctx, b.chipwire, "run", "-c", b.path("chipwire.yaml"))
	if err != nil {
		return f, err
	}
	defer end(daemon)
	url, err := address(data)
	if err != nil {
		return f, err
	}
	if b.profiled {
		go b.takeProfile() // ends by itself, and what it writes is not waited for
	}
	watch := exec.CommandContext(ctx, b.path("alertwatch"), "-nats", url, "-truth", b.path("truth.jsonl"), "-duration", (before + b.length + after).String(), "-settle", "10s")
	out, err := watch.Output()
	if err != nil {
		return f, fmt.Errorf("alertwatch: %w", err)
	}
	cpu, err := spent(daemon.Process.Pid)
	if err != nil {
		return f, err
	}
	var report struct {
		Expected, Matched, Lost, Duplicated int
		Latency                             map[string]float64 `json:"latency_from_detected_ms"`
	}
	if err := json.Unmarshal(out, &report); err != nil {
		return f, err
	}
	if report.Matched < report.Expected*99/100 || report.Duplicated > 0 {
		log, _ := os.ReadFile(b.path("chipwire.log")) // for what it tells
		return f, fmt.Errorf("%d of %d stories told, %d twice; the newsroom and the daemon say:\n%s\n%s", report.Matched, report.Expected, report.Duplicated, out, log[:min(len(log), 4000)])
	}
	return figures{report.Latency["p50"], report.Latency["p99"], cpu / float64(report.Matched)}, nil
}

// configure writes the daemon's file: polls as the bare chain does, and nothing of
// what a newsroom has from before is news.
func (b *bench) configure(data string) error {
	feeds, err := ask("/_feeds")
	if err != nil {
		return err
	}
	var c bytes.Buffer
	fmt.Fprintf(&c, "data_dir: %s\nnats: {listen: \"127.0.0.1:0\"}\nweb: {listen: \"%s\"}\n", data, profileAt)
	fmt.Fprintf(&c, "fetcher: {allow_private: true, min_interval: 1s, host_gap: 0s, host_concurrency: 4, backfill: 0s}\nlog: {level: warn}\nfeeds:\n")
	for url := range strings.FieldsSeq(feeds) {
		fmt.Fprintf(&c, "  - {url: %q, every: %v}\n", url, every)
	}
	return os.WriteFile(b.path("chipwire.yaml"), c.Bytes(), 0o600)
}

// address is where the daemon serves, once it does.
func address(data string) (url string, err error) {
	for range 300 {
		if url, _, _, err = embed.Daemon(data); err == nil && url != "" {
			return url, nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return "", fmt.Errorf("the daemon does not come up: %w", err)
}

// bare has the bare chain do its work in a newsroom, with a server for itself.
func (b *bench) bare(ctx context.Context) (f figures, err error) {
	farm, err := b.open(ctx)
	if err != nil {
		return f, err
	}
	defer end(farm)
	data := b.path("bare")
	if err := os.MkdirAll(data, 0o700); err != nil {
		return f, err
	}
	defer os.RemoveAll(data)
	server, err := embed.Start(embed.Options{DataDir: data, Listen: "127.0.0.1:0", MaxStore: 64 << 20}, slog.New(slog.DiscardHandler))
	if err != nil {
		return f, err
	}
	defer server.Close()
	url, _, login, err := embed.Daemon(data)
	if err != nil {
		return f, err
	}
	url = strings.Replace(url, "://", "://"+login.User+":"+login.Password+"@", 1)
	chain := exec.CommandContext(ctx, b.path("barechain"), "-nats", url, "-every", every.String(), "-duration", (before + b.length + after).String())
	out, err := chain.Output()
	if err != nil {
		return f, err
	}
	var report struct {
		Articles int
		CPU      float64            `json:"cpu_ms_per_article"`
		Added    map[string]float64 `json:"added_ms"`
	}
	if err := json.Unmarshal(out, &report); err != nil {
		return f, err
	}
	if report.Articles < int(b.length.Seconds())*b.rate*95/100 {
		return f, fmt.Errorf("%d articles", report.Articles)
	}
	return figures{report.Added["p50"], report.Added["p99"], report.CPU}, nil
}

// start runs a program whose words go to a file beside it.
func (b *bench) start(ctx context.Context, name string, args ...string) (*exec.Cmd, error) {
	if !filepath.IsAbs(name) {
		name = b.path(name)
	}
	log, err := os.Create(b.path(filepath.Base(name) + ".log"))
	if err != nil {
		return nil, err
	}
	defer log.Close() // the process has its own
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 15 * time.Second
	return cmd, cmd.Start()
}

// end ends a process and waits for that.
func end(cmd *exec.Cmd) {
	_ = cmd.Process.Signal(syscall.SIGINT)
	_ = cmd.Wait() // it was told to end
}

// spent is the processor time of a process so far, in milliseconds.
func spent(pid int) (float64, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	_, rest, found := strings.Cut(string(stat), ") ") // after the name, which may hold anything
	fields := strings.Fields(rest)
	if !found || len(fields) < 13 {
		return 0, errors.New("/proc/PID/stat has another form")
	}
	var user, system float64
	if _, err := fmt.Sscan(fields[11]+" "+fields[12], &user, &system); err != nil {
		return 0, err
	}
	const ticks = 100 // a second, on every Linux that Go runs on
	return (user + system) * 1000 / ticks, nil
}

// profileAt is where the daemon's web side is in a profiled round.
const profileAt = "127.0.0.1:18098"

func (b *bench) takeProfile() {
	time.Sleep(before + 5*time.Second)
	resp, err := http.Get(fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", profileAt, int(b.length.Seconds())-10))
	if err != nil {
		fmt.Fprintln(os.Stderr, "latency: profile:", err)
		return
	}
	defer resp.Body.Close()
	f, err := os.Create(b.profile)
	if err != nil {
		fmt.Fprintln(os.Stderr, "latency: profile:", err)
		return
	}
	defer f.Close()
	_, _ = io.Copy(f, resp.Body)
}
