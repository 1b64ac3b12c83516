package fetcher

import (
	"fmt"
	"testing"
	"time"

	"github.com/chipwire/chipwire/fetcher/client"
	"github.com/chipwire/chipwire/news"
)

func TestIsOutage(t *testing.T) {
	for _, tt := range []struct {
		name        string
		failed, all int
		was         bool
		want        bool
	}{
		{"all is well", 0, 3, false, false},
		{"two hosts prove nothing", 2, 2, false, false},
		{"three do", 3, 3, false, true},
		{"more than half", 2, 3, false, true},
		{"just half", 2, 4, false, false},
		{"goes on while nobody answers", 1, 1, true, true},
		{"is over when half answer", 1, 2, true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := isOutage(tt.failed, tt.all, tt.was); got != tt.want {
				t.Errorf("outage %v, want %v", got, tt.want)
			}
		})
	}
}

// Only the last vote of a host counts, and only for the window.
func TestOutageCountsTheVotesOfTheWindow(t *testing.T) {
	var o outage
	for i, step := range []struct {
		host   string
		failed bool
		after  time.Duration
		local  bool
	}{
		{"a", true, 0, false},
		{"b", true, 0, false},
		{"b", true, time.Second, false}, // twice the same host
		{"c", false, time.Second, true}, // two of three
		{"b", false, 2 * time.Second, false},
		{"b", true, 3 * time.Second, true},
		{"a", false, outageWindow, false},
		{"c", true, outageWindow + 2*time.Second, true},    // b and c of three
		{"c", false, outageWindow + 3*time.Second, false},  // b alone
		{"c", true, outageWindow + 4*time.Second, false},   // the vote of b is too old
		{"d", true, 2*outageWindow + 5*time.Second, false}, // and now every other
	} {
		local, _ := o.take(step.host, step.failed, noon.Add(step.after))
		if local != step.local {
			t.Errorf("step %d: outage %v, want %v", i, local, step.local)
		}
		if n := o.votes.Len(); n != len(o.hosts) {
			t.Fatalf("step %d: %d votes of %d hosts", i, n, len(o.hosts))
		}
	}
	if len(o.hosts) != 1 || o.failed != 1 {
		t.Errorf("%d hosts and %d failures are remembered, want 1 and 1", len(o.hosts), o.failed)
	}
}

func TestRetryInIsSoonAndSpread(t *testing.T) {
	at := map[int64]int{}
	for i := range 600 {
		f := news.Feed{ID: fmt.Sprint("feed-", i), Interval: time.Hour}
		turn := retryIn(f, noon)
		if d := turn.At.Sub(noon); d < outageFirst || d > outageFirst+outageSpread || turn.Why == "" {
			t.Fatalf("in %v because %q", d, turn.Why)
		}
		at[turn.At.Unix()]++
	}
	for second, n := range at {
		if n > 15 {
			t.Errorf("%d feeds in second %d", n, second)
		}
	}
}

// In an outage of this side no feed's failures count; those of a feed that
// never worked do, and so do all when the network is back.
func TestFailuresOfALocalOutageAreNotCounted(t *testing.T) {
	b, store := newBus(t), &MemoryStore{}
	var sources []Source
	var sites []*site
	for i := range 4 {
		s := newSite(t)
		s.set("one")
		sites = append(sites, s)
		sources = append(sources, Source{ID: fmt.Sprint("feed-", i), URL: s.URL + "/rss"})
	}
	sources = append(sources, Source{ID: "never", URL: "http://127.0.0.1:1/rss"})
	f := newFetcher(t, b, store, sources...)
	f.reconfigure(func(c *Config) { c.AllowPrivate = true })
	f.poll(t.Context(), f.feeds[4])
	for _, e := range f.feeds[:4] {
		f.poll(t.Context(), e)
	}
	for _, s := range sites[:3] {
		s.Close()
	}
	for range 5 {
		for _, e := range f.feeds[:3] {
			f.poll(t.Context(), e)
		}
	}
	total := 0
	for _, e := range f.feeds[:3] {
		total += e.state.Health.Failures
	}
	if total > 2 { // until the third host has failed nobody can know
		t.Errorf("%d failures counted, want at most 2", total)
	}
	if wait := time.Until(f.feeds[2].turn.At); wait > outageFirst+outageSpread {
		t.Errorf("tried again in %v", wait)
	}
	if n := f.feeds[4].state.Health.Failures; n != 1 {
		t.Errorf("%d failures of the feed that never worked, want 1", n)
	}
	if !f.outOfOrder(f.feeds[0], Answer{Err: &client.Error{Status: client.StatusTimeout}}, time.Now()) {
		t.Error("the outage is over while nobody answers")
	}
	for range 2 {
		f.poll(t.Context(), f.feeds[3])
	}
}
