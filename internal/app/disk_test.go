package app_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chipwire/chipwire/internal/app"
)

// With little room left polling pauses, subscribers are served, and readiness says
// why; when there is room again all goes on, and nothing is lost.
func TestDiskNearlyFull(t *testing.T) {
	const stories = 12
	p := newPress(t, stories, 2, 1)
	p.hold(true)
	want := p.alerts(t, newClassifier(t))
	cfg := testConfig(t, p)
	cfg.Web.Listen = "127.0.0.1:0"
	up := make(chan app.Ready, 1)
	a, err := app.New(cfg, app.Options{Log: quiet, OnReady: func(r app.Ready) { up <- r }})
	if err != nil {
		t.Fatal(err)
	}
	var free atomic.Uint64
	free.Store(10 << 30)
	a.SetRoom(20*time.Millisecond, func(string) (app.Room, error) { return app.Room{Free: free.Load(), Total: 100 << 30}, nil })
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	defer func() { cancel(); <-done }()
	ready := <-up
	alerts := follow(t, ready.NATS)

	free.Store(100 << 20)
	untilReady(t, ready.Web, http.StatusServiceUnavailable, "the disk of data_dir is nearly full (100 MiB free)")
	time.Sleep(1100 * time.Millisecond) // polls that were under way end: the feeds' interval is 1 s
	p.hold(false)
	select {
	case a := <-alerts:
		t.Fatalf("polled in the pause: %s", a.Headline)
	case <-time.After(2500 * time.Millisecond):
	}
	free.Store(300 << 20) // room, but not enough to begin again
	untilReady(t, ready.Web, http.StatusServiceUnavailable, "nearly full (300 MiB free): polling pauses, alerts are served; all goes on by itself once 384 MiB are free")
	free.Store(10 << 30)
	untilReady(t, ready.Web, http.StatusOK, `"ready":true`)
	for range want {
		next(t, alerts)
	}
}

// untilReady waits until readiness has a code and says something.
func untilReady(t *testing.T, url string, code int, text string) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		resp, err := http.Get(url + "/readyz")
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode == code && strings.Contains(string(body), text) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d %s, want %d %s", resp.StatusCode, body, code, text)
		}
		time.Sleep(10 * time.Millisecond)
	}
}
