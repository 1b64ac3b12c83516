package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// The newsroom's addresses, on loopback.
const (
	address = "127.0.0.1:18480"
	control = "127.0.0.1:18499"
)

// A room is the running newsroom.
type room struct {
	cmd   *exec.Cmd
	done  chan error
	dir   string
	feeds []string // URLs
}

// A story is one line of the newsroom's log.
type story struct {
	URL     string    `json:"url"`
	FeedURL string    `json:"feed_url"`
	Visible time.Time `json:"visible"`
}

// counters are what the newsroom saw of its guest.
type counters struct {
	Requests     int64 `json:"requests"`
	FeedRequests int64 `json:"feed_requests"`
	NotModified  int64 `json:"not_modified"`
	Articles     int64 `json:"article_requests"`
	Twice        int64 `json:"articles_fetched_twice"`
	PerHost      int64 `json:"max_in_flight_one_host"`
	RetryBroken  int64 `json:"retry_after_broken"`
	NotAsked     int64 `json:"unconditional_repeats"`
	RobotsNever  int64 `json:"robots_never"`
	Disallowed   int64 `json:"robots_disallow_broken"`
	Gap          struct {
		Least     float64          `json:"min_ms"`
		Histogram map[string]int64 `json:"histogram"`
	} `json:"same_host_gap"`
	Pickup    map[string]float64 `json:"pickup_ms"`
	GoneAgain int64              `json:"gone_asked_again"`
	Moved     int64              `json:"moved_asked_again"`
}

// open starts the newsroom and waits until it answers.
func open(ctx context.Context, binary string, s setting) (*room, error) {
	r := &room{dir: s.keep, done: make(chan error, 1)}
	r.cmd = exec.Command(
		binary, "-addr", address, "-admin", control, "-duration", s.length.String(),
		"-feeds", strconv.Itoa(s.feeds), "-hosts", strconv.Itoa(s.hosts), "-item-rate", fmt.Sprint(s.rate), "-poisson",
		"-faults", s.faults, "-robots-disallow", fmt.Sprint(s.disallow),
		"-truth", filepath.Join(r.dir, "stories.jsonl"), "-stats-out", filepath.Join(r.dir, "counters.json"),
	)
	var said bytes.Buffer
	r.cmd.Stderr = &said
	if err := r.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { r.done <- r.cmd.Wait() }()
	deadline := time.Now().Add(time.Minute)
	for {
		err := r.list(ctx)
		if err == nil {
			return r, nil
		}
		select {
		case <-r.done:
			return nil, fmt.Errorf("the newsroom ended: %s", said.String())
		case <-ctx.Done():
			r.close()
			return nil, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			r.close()
			return nil, fmt.Errorf("the newsroom does not answer: %w", err)
		}
	}
}

// list asks for the addresses of the feeds.
func (r *room) list(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+control+"/_feeds", nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	r.feeds = nil
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		r.feeds = append(r.feeds, lines.Text())
	}
	return lines.Err()
}

// wait returns when the newsroom has published its last story.
func (r *room) wait(ctx context.Context) error {
	select {
	case err := <-r.done:
		r.done <- err
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (r *room) close() {
	_ = r.cmd.Process.Signal(os.Interrupt)
	<-r.done
}

// books are the newsroom's log and counters.
func (r *room) books() (stories []story, seen counters, err error) {
	f, err := os.Open(filepath.Join(r.dir, "stories.jsonl"))
	if err != nil {
		return nil, seen, err
	}
	defer func() { _ = f.Close() }()
	for dec := json.NewDecoder(f); ; {
		var s story
		if err := dec.Decode(&s); err == io.EOF {
			break
		} else if err != nil {
			return nil, seen, fmt.Errorf("log of the newsroom: %w", err)
		}
		stories = append(stories, s)
	}
	data, err := os.ReadFile(filepath.Join(r.dir, "counters.json"))
	if err != nil {
		return nil, seen, err
	}
	return stories, seen, json.Unmarshal(data, &seen)
}
