package app

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/chipwire/chipwire/config"
	"github.com/chipwire/chipwire/fetcher"
	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/internal/bus/bustest"
)

func TestConfigHash(t *testing.T) {
	feeds := func(every time.Duration) []fetcher.Source {
		return []fetcher.Source{{URL: "https://a.example/rss", Every: every, Backfill: new(time.Duration)}}
	}
	one, two := config.Default, config.Default
	one.Feeds, two.Feeds = feeds(time.Minute), feeds(time.Minute)
	two.DataDir, two.NATS.Listen, two.Web.Listen = "/elsewhere", "127.0.0.1:1", "127.0.0.1:2"
	if a, b := configHash(one), configHash(two); a != b || len(a) != 12 {
		t.Errorf("%s and %s, want one hash: only the nodes' own places differ", a, b)
	}
	two.Feeds = feeds(time.Hour)
	if configHash(one) == configHash(two) {
		t.Error("one hash for two intervals")
	}
}

// A node says which configuration it runs for as long as it does.
func TestAnnounce(t *testing.T) {
	b, _ := bustest.Start(t)
	a := &App{log: slog.New(slog.DiscardHandler)}
	a.turning.cfg = config.Default
	leases, err := b.Leases(t.Context(), "looker")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = a.announce(ctx, b, "n1")
	}()
	key := bus.ConfigLease + "n1/" + configHash(config.Default)
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		said, err := leases.Holders(t.Context(), bus.ConfigLease)
		if err != nil {
			t.Fatal(err)
		}
		if said[key] == "n1" {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("said %v, want %s", said, key)
		}
	}
	stop()
	<-done
	if said, err := leases.Holders(t.Context(), bus.ConfigLease); err != nil || len(said) != 0 {
		t.Errorf("after its end: %v %v", said, err)
	}
}
