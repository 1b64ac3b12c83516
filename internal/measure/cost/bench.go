package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// A bench takes one trial.
type bench struct {
	tools
	trial
	feeds   int
	dir     string
	log     io.Writer
	verbose bool
}

// A round is what was seen in one.
type round struct {
	ours, bare, megabytes, full float64

	wall, cpu []float64 // of each start until it was ready, in ms
}

// take runs the rounds and returns the line of the table.
func (b bench) take(ctx context.Context, rounds int) (line string, ok bool, err error) {
	var ours, bare, ratios, memory []float64
	for i := range rounds {
		r, err := b.round(ctx)
		if err != nil {
			return "", false, err
		}
		if b.starts > 0 {
			if b.verbose {
				fmt.Fprintf(b.log, "%s, round %d: %.0f ms, of processor time %.0f\n", b.name, i+1, r.wall, r.cpu)
			}
			ours, bare = append(ours, r.wall...), append(bare, r.cpu...)
			continue
		}
		if b.verbose {
			fmt.Fprintf(b.log, "%s, round %d: %.0f and %.0f polls a CPU second, %.0f of ours with a body, peak %.0f MB\n", b.name, i+1, r.ours, r.bare, r.full, r.megabytes)
		}
		ours, bare, ratios = append(ours, r.ours), append(bare, r.bare), append(ratios, r.ours/r.bare)
		memory = append(memory, r.megabytes)
	}
	if b.starts > 0 { // the second column is the processor time
		got := median(ours)
		return fmt.Sprintf("%-26s %12.0f %12.0f %7s %7.0f %7.0f %s", b.title, got, median(bare), "", b.bar, b.aim, verdict(got <= b.bar, got <= b.aim)), got <= b.bar, nil
	}
	if b.memory {
		got := median(memory)
		return fmt.Sprintf("%-26s %12.0f %12s %7s %7.0f %7.0f %s", b.title, got, "", "", b.bar, b.aim, verdict(got <= b.bar, got <= b.aim)), got <= b.bar, nil
	}
	got := median(ratios)
	return fmt.Sprintf("%-26s %12.0f %12.0f %7.2f %7.2f %7.2f %s", b.title, median(ours), median(bare), got, b.bar, b.aim, verdict(got >= b.bar, got >= b.aim)), got >= b.bar, nil
}

func verdict(bar, aim bool) string {
	switch {
	case aim:
		return "aim"
	case bar:
		return "ok"
	}
	return "missed"
}

// round measures the daemon and then the bare poller in a newsroom of its own.
func (b bench) round(ctx context.Context) (r round, err error) {
	defer os.RemoveAll(b.dir)
	if err := os.MkdirAll(b.dir, 0o700); err != nil {
		return r, err
	}
	farm, err := b.open(ctx, b.items)
	if err != nil {
		return r, err
	}
	defer func() { farm.end() }() // the one that is open then
	urls, err := farm.urls()
	if err != nil {
		return r, err
	}
	config := filepath.Join(b.dir, "chipwire.yaml")
	if err := os.WriteFile(config, []byte(b.settings(filepath.Join(b.dir, "data"), urls)), 0o600); err != nil {
		return r, err
	}
	daemon, err := b.warm(ctx, farm, config)
	if err != nil {
		return r, err
	}
	defer func() { daemon.end() }()
	for range b.starts {
		daemon.end()
		began := time.Now()
		if daemon, err = b.run(ctx, config); err != nil {
			return r, err
		}
		r.wall = append(r.wall, float64(time.Since(began).Microseconds())/1000)
		cpu, err := daemon.processorTime()
		if err != nil {
			return r, err
		}
		r.cpu = append(r.cpu, cpu)
	}
	if b.starts > 0 {
		return r, nil
	}
	if b.memory { // feeds that are new for once cost more: what a start with known ones takes is told
		daemon.end()
		if daemon, err = b.run(ctx, config); err != nil {
			return r, err
		}
	}
	if b.grows {
		if farm, err = b.grow(ctx, daemon, farm); err != nil {
			return r, err
		}
	}
	before := daemon.count.Load()
	m, err := b.meter(ctx, daemon)
	if err != nil {
		return r, err
	}
	if err := b.plausible(m, daemon.count.Load()-before); err != nil {
		return r, fmt.Errorf("%w; the daemon says: %s", err, daemon.tail())
	}
	daemon.end()
	r = round{ours: m.polls() / m.CPU, full: m.Requests - m.NotModified, megabytes: m.Peak / 1024}
	if b.mode != "" {
		r.bare, err = b.askBarely(ctx)
	}
	return r, err
}

// run starts the daemon and waits until it is ready.
func (b bench) run(ctx context.Context, config string) (*process, error) {
	daemon, err := b.start(ctx, b.chipwire, "run", "--roles", "poll", "-c", config)
	if err != nil {
		return nil, err
	}
	if err := daemon.await(ctx, `"msg":"ready"`); err != nil {
		daemon.end()
		return nil, err
	}
	return daemon, nil
}

// warm runs the daemon until it knows every feed, if the trial is about known ones.
func (b bench) warm(ctx context.Context, farm *newsroom, config string) (*process, error) {
	daemon, err := b.run(ctx, config)
	if err != nil || b.fresh {
		return daemon, err
	}
	polls := 2*b.feeds + b.feeds/2
	if b.starts > 0 || b.memory && len(b.newsroom) > 0 { // slow feeds hold the workers up
		polls = b.feeds
	}
	if err := farm.polled(ctx, polls); err != nil {
		daemon.end()
		return nil, err
	}
	return daemon, nil
}

// grow puts a newsroom with one item more in each feed in the place of farm,
// while the daemon is held.
func (b bench) grow(ctx context.Context, daemon *process, farm *newsroom) (*newsroom, error) {
	if err := daemon.hold(); err != nil {
		return farm, err
	}
	defer daemon.release()
	farm.end()
	return b.open(ctx, b.items+1)
}

// A metering is what "feedfarm meter" says, or the bare poller of itself.
type metering struct {
	CPU         float64 `json:"cpu_s"`
	Requests    float64 `json:"feed_requests"`
	NotModified float64 `json:"not_modified"`
	Peak        float64 `json:"peak_rss_kb"`
	Stopped     string  `json:"stopped_by"`

	Phase  string  `json:"phase"`
	Feeds  float64 `json:"feeds"`
	Failed float64 `json:"failed"`

	changed bool // only changed documents count
}

func (m metering) polls() float64 {
	if m.changed {
		return m.Requests - m.NotModified
	}
	return m.Requests
}

// meter measures the daemon until the polls of the trial are done.
func (b bench) meter(ctx context.Context, daemon *process) (m metering, err error) {
	args := []string{"meter", "-pid", strconv.Itoa(daemon.pid()), "-settle", "0s", "-timeout", "2m"}
	if b.fresh {
		// Longer than the pauses that were seen while feeds were still unread.
		args = append(args, "-until-idle", "7s")
	} else {
		args = append(args, "-until-feed-requests", strconv.Itoa(b.passes*b.feeds))
	}
	out, err := b.output(ctx, b.feedfarm, args...)
	if err != nil {
		return m, err
	}
	m.changed = b.grows
	return m, json.Unmarshal(out, &m)
}

// plausible reports whether the polls were those of the trial, and all of their
// items were stored.
func (b bench) plausible(m metering, stored int64) error {
	full := m.Requests - m.NotModified
	switch {
	case m.Stopped != "requests" && m.Stopped != "idle":
		return fmt.Errorf("the measurement was ended by %s after %.0f polls", m.Stopped, m.Requests)
	case b.bare == "warm" && full > m.Requests/100:
		return fmt.Errorf("%.0f of %.0f polls were no 304", full, m.Requests)
	case b.grows && full < 0.9*float64(b.feeds):
		return fmt.Errorf("%.0f of %d feeds were seen to have changed", full, b.feeds)
	case b.fresh && m.Requests < 0.9*float64(b.feeds):
		return fmt.Errorf("%.0f of %d feeds were read", m.Requests, b.feeds)
	}
	var want float64
	switch {
	case b.fresh:
		want = m.Requests * float64(b.items)
	case b.grows:
		want = full
	}
	if float64(stored) < 0.98*want {
		return fmt.Errorf("%d items were stored, want about %.0f", stored, want)
	}
	return nil
}

// askBarely takes the bare poller's figure for the same work.
func (b bench) askBarely(ctx context.Context) (float64, error) {
	args := []string{"-feeds", control + "/_feeds", "-mode", b.mode, "-workers", strconv.Itoa(workers), "-keepalive=" + strconv.FormatBool(b.keep)}
	passes := max(3, 16000/b.feeds)
	if b.bare == "cold" {
		args = append(args, "-cold", "2", "-warm", "0")
	} else {
		args = append(args, "-cold", "1", "-warm", strconv.Itoa(passes))
	}
	out, err := b.output(ctx, b.barepoll, args...)
	if err != nil {
		return 0, err
	}
	var feeds, cpu float64
	lines := bufio.NewScanner(bytes.NewReader(out))
	for lines.Scan() {
		var m metering
		if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
			return 0, err
		}
		if m.Failed > m.Feeds/100 {
			return 0, fmt.Errorf("barepoll: %.0f of %.0f feeds failed", m.Failed, m.Feeds)
		}
		if m.Phase == b.bare {
			feeds, cpu = feeds+m.Feeds, cpu+m.CPU
		}
	}
	if cpu == 0 {
		return 0, errors.New("barepoll says nothing")
	}
	return feeds / cpu, nil
}

// control is where the newsroom answers questions about itself.
const control = "http://127.0.0.1:18099"

// open starts a newsroom of so many items a feed and waits until it is there.
func (b bench) open(ctx context.Context, items int) (*newsroom, error) {
	n := min(hosts, b.feeds)
	if b.memory {
		n = b.feeds * 2 / 5
	}
	args := append([]string{
		"-feeds", strconv.Itoa(b.feeds), "-hosts", strconv.Itoa(n), "-items", strconv.Itoa(items), "-duration", "15m",
	}, b.newsroom...)
	if b.https() {
		args = append(args, "-tls-ca", b.authority())
	}
	p, err := b.start(ctx, b.feedfarm, args...)
	if err != nil {
		return nil, err
	}
	farm := &newsroom{p}
	for range 100 {
		if _, err = farm.ask("/_stats"); err == nil {
			return farm, nil
		}
		select {
		case <-ctx.Done():
			err = ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	farm.end()
	return nil, fmt.Errorf("the newsroom does not open: %w: %s", err, strings.TrimSpace(p.tail()))
}

func (b bench) https() bool       { return len(b.newsroom) > 0 && b.newsroom[len(b.newsroom)-1] == "-tls" }
func (b bench) authority() string { return filepath.Join(b.dir, "ca.pem") }
