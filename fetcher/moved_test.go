package fetcher

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/news"
)

func TestH8Redirected(t *testing.T) {
	const old, other, plain = "https://a.example/rss", "https://b.example/rss", "http://b.example/rss"
	type sighting struct {
		after  time.Duration
		target string
		shares bool
	}
	for _, tt := range []struct {
		name      string
		url       string
		sightings []sighting
		want      string
	}{
		{"none", old, []sighting{{0, "", false}}, old},
		{"three in two days", old, []sighting{{0, other, true}, {24 * time.Hour, other, true}, {48 * time.Hour, other, true}}, other},
		{"three in an hour", old, []sighting{{0, other, true}, {time.Minute, other, true}, {time.Hour, other, true}}, old},
		{"two in two days", old, []sighting{{0, other, true}, {48 * time.Hour, other, true}}, old},
		{"with an end between", old, []sighting{{0, other, true}, {24 * time.Hour, "", true}, {48 * time.Hour, other, true}, {49 * time.Hour, other, true}}, old},
		{"another target between", old, []sighting{{0, other, true}, {24 * time.Hour, "https://c.example/", true}, {48 * time.Hour, other, true}}, old},
		{"shares no item", old, []sighting{{0, other, false}, {24 * time.Hour, other, false}, {48 * time.Hour, other, false}}, old},
		{"shares one at last", old, []sighting{{0, other, false}, {24 * time.Hour, other, false}, {48 * time.Hour, other, false}, {72 * time.Hour, other, true}}, other},
		{"from https to http", old, []sighting{{0, plain, true}, {24 * time.Hour, plain, true}, {48 * time.Hour, plain, true}}, old},
		{"from http to http", "http://a.example/rss", []sighting{{0, plain, true}, {24 * time.Hour, plain, true}, {48 * time.Hour, plain, true}}, plain},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var m Moved
			for _, s := range tt.sightings {
				m = m.redirected(tt.url, s.target, s.shares, noon.Add(s.after))
			}
			if got := m.Address(tt.url); got != tt.want {
				t.Errorf("asked at %s, want %s (%+v)", got, tt.want, m)
			}
			if got := m.Address("https://edited.example/"); got != "https://edited.example/" {
				t.Errorf("an edited address is asked at %s", got)
			}
		})
	}
}

func TestH8AnAdoptedAddressIsAsked(t *testing.T) {
	b, from, to, store := newBus(t), newSite(t), newSite(t), &MemoryStore{}
	to.set("one")
	from.feed = func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, to.URL+"/rss", http.StatusMovedPermanently)
	}
	f := newFetcher(t, b, store, Source{ID: "a", URL: from.URL + "/rss"})
	e := f.feeds[0]
	f.poll(t.Context(), e)
	f.poll(t.Context(), e)
	if e.state.Moved.Sightings != 2 || !strings.Contains(e.state.Health.Note, "redirects for good to") {
		t.Fatalf("state %+v, want two sightings", e.state.Moved)
	}
	_, before, _ := store.Load(t.Context(), "a")
	e.state.Moved.Since = e.state.Moved.Since.Add(-adoptAfter)
	f.poll(t.Context(), e)
	if s, after, _ := store.Load(t.Context(), "a"); s.Moved.Adopted != to.URL+"/rss" || after != before+1 || !strings.Contains(s.Health.Note, "give that as its url") {
		t.Fatalf("state %+v, note %q", s.Moved, s.Health.Note)
	}
	asked := len(from.requests)
	unconditional := 0
	to.feed = func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("If-None-Match") == "" {
			unconditional++
		}
		to.rss(w, r)
	}
	to.set("two", "one")
	f.poll(t.Context(), e)
	if len(from.requests) != asked || unconditional != 0 {
		t.Errorf("%d requests to the old address, %d unconditional ones", len(from.requests)-asked, unconditional)
	}
	if got := titles(stored[news.Item](t, b, bus.Items)); got != "one two" {
		t.Errorf("items %q, want one two", got)
	}
	to.feed = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) }
	f.poll(t.Context(), e)
	if at := e.state.Moved.Address(e.feed.URL); at != from.URL+"/rss" {
		t.Errorf("asked at %s after the adopted address is gone", at)
	}
}
