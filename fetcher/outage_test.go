package fetcher

import (
	"fmt"
	"testing"
	"time"

	"github.com/chipwire/chipwire/fetcher/client"
	"github.com/chipwire/chipwire/news"
)

func TestIsOutage(t *testing.T) {
	ok, bad := vote{false, noon}, vote{true, noon}
	old := vote{true, noon.Add(-3 * time.Minute)}
	for _, tt := range []struct {
		name  string
		hosts []vote
		was   bool
		want  bool
	}{
		{"all is well", []vote{ok, ok, ok}, false, false},
		{"two hosts prove nothing", []vote{bad, bad}, false, false},
		{"three do", []vote{bad, bad, bad}, false, true},
		{"more than half", []vote{bad, bad, ok}, false, true},
		{"just half", []vote{bad, bad, ok, ok}, false, false},
		{"long ago", []vote{old, old, bad}, false, false},
		{"goes on while nobody answers", []vote{bad}, true, true},
		{"is over when half answer", []vote{bad, ok}, true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			hosts := map[string]vote{}
			for i, v := range tt.hosts {
				hosts[fmt.Sprint(i)] = v
			}
			if got := isOutage(hosts, tt.was, noon); got != tt.want {
				t.Errorf("outage %v, want %v", got, tt.want)
			}
		})
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
	f.cfg.AllowPrivate = true
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
