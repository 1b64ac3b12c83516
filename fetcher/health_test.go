package fetcher

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chipwire/chipwire/fetcher/client"
	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/news"
)

func TestH4ConditionOf(t *testing.T) {
	const at = "https://a.example/rss"
	learnt := Pace{Last: noon, Gaps: minGaps, Mean: time.Hour}
	for _, tt := range []struct {
		name  string
		state State
		want  Condition
	}{
		{"never asked", State{}, Unconditional},
		{"validators of another address", State{URL: "https://b.example/", ETag: "x"}, Unconditional},
		{"as ever", State{URL: at, ETag: "x", FullAt: noon.Add(-time.Hour), Pace: learnt}, Conditional},
		{"nothing but 304 for three gaps", State{URL: at, ETag: "x", FullAt: noon.Add(-4 * time.Hour), Pace: learnt}, Audit},
		{"audited today", State{URL: at, ETag: "x", FullAt: noon.Add(-4 * time.Hour), Pace: learnt, Trust: Trust{Audited: noon.Add(-23 * time.Hour)}}, Conditional},
		{"no pace known, a day", State{URL: at, ETag: "x", FullAt: noon.Add(-25 * time.Hour)}, Audit},
		{"no pace known, hours", State{URL: at, ETag: "x", FullAt: noon.Add(-4 * time.Hour)}, Conditional},
		{"broken", State{URL: at, ETag: "x", Trust: Trust{Broken: noon.Add(-time.Hour)}}, Unconditional},
		{"broken a month ago", State{URL: at, ETag: "x", Trust: Trust{Broken: noon.Add(-31 * 24 * time.Hour)}}, Conditional},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := conditionOf(tt.state, at, noon); got != tt.want {
				t.Errorf("asked %s, want %s", got, tt.want)
			}
		})
	}
}

// A server that answers 304 for ever is found out by the audit, and loses nothing.
func TestH4AnAuditFindsWhatA304Hides(t *testing.T) {
	b, s := newBus(t), newSite(t)
	conditional, plain := 0, 0
	s.feed = func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"always"`)
		if r.Header.Get("If-None-Match") != "" {
			conditional++
			w.WriteHeader(http.StatusNotModified)
			return
		}
		plain++
		r.Header.Del("If-None-Match")
		rssOf(rssItem(fmt.Sprint(plain), fmt.Sprint("story", plain), fmt.Sprint(s.URL, "/", plain)))(w, r)
	}
	f := newFetcher(t, b, &MemoryStore{}, Source{ID: "a", URL: s.URL + "/rss"})
	e := f.feeds[0]
	for range 3 {
		f.poll(t.Context(), e)
	}
	if plain != 1 || conditional != 2 {
		t.Fatalf("%d unconditional and %d conditional requests, want 1 and 2", plain, conditional)
	}
	e.state.FullAt = e.state.FullAt.Add(-25 * time.Hour)
	f.poll(t.Context(), e)
	if n := len(stored[news.Item](t, b, bus.Items)); n != 2 || !e.state.Trust.broken(time.Now()) {
		t.Fatalf("%d items, trust %+v; want 2, broken", n, e.state.Trust)
	}
	f.poll(t.Context(), e)
	if n := len(stored[news.Item](t, b, bus.Items)); n != 3 || !strings.Contains(e.state.Health.Note, "304 hides items") {
		t.Errorf("%d items, note %q", n, e.state.Health.Note)
	}
}

func TestAudited(t *testing.T) {
	s := State{ETag: "x", AskedAt: noon.Add(-time.Hour)}
	young, old := news.Item{PublishedAt: noon}, news.Item{PublishedAt: noon.Add(-3 * time.Hour)}
	for _, tt := range []struct {
		name   string
		etag   string
		found  Sifting
		before int
		broken bool
		doubts int
	}{
		{"nothing new", "y", Sifting{Known: 3}, 1, false, 0},
		{"new since the last 304", "y", Sifting{News: []news.Item{young}}, 0, false, 1},
		{"that twice", "y", Sifting{News: []news.Item{young}}, 1, true, 0},
		{"older than the last 304", "y", Sifting{News: []news.Item{old}}, 0, true, 0},
		{"new under the same validator", "x", Sifting{News: []news.Item{young}}, 0, true, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := s
			s.Trust.Doubts = tt.before
			a := answerWith(tt.etag)
			got := audited(s, a, tt.found, noon)
			if got.broken(noon) != tt.broken || got.Doubts != tt.doubts || got.Audited != noon {
				t.Errorf("trust %+v, want broken %v, %d doubts", got, tt.broken, tt.doubts)
			}
		})
	}
}

func TestFrozenSources(t *testing.T) {
	const day = 24 * time.Hour
	hourly := Pace{Last: noon, Gaps: 100, Mean: time.Hour, Longest: 9 * time.Hour}
	for _, tt := range []struct {
		name  string
		pace  Pace
		items int
		added time.Duration
		after time.Duration
		want  string
	}{
		{"as ever", hourly, 20, 30 * day, time.Hour, ""},
		{"a night", hourly, 20, 30 * day, 9 * time.Hour, ""},
		{"two days", hourly, 20, 30 * day, 2 * day, StatusFrozen},
		{"two days of one that is new here", hourly, 20, 4 * day, 2 * day, ""},
		{"too little known", Pace{Last: noon, Gaps: 2, Mean: time.Hour}, 20, 30 * day, 20 * day, ""},
		{"no items", hourly, 0, 30 * day, time.Minute, StatusNoItems},
		{"never had any", Pace{}, 0, 30 * day, time.Minute, StatusNoItems},
	} {
		t.Run(tt.name, func(t *testing.T) {
			now := noon.Add(tt.after)
			ft, _ := quietFault(State{Pace: tt.pace, AddedAt: now.Add(-tt.added), Health: Health{Items: tt.items}}, News, now)
			if ft.Status != tt.want || (tt.want != "") != (ft.Note != "" && ft.Advice != "") {
				t.Errorf("fault %+v, want %q", ft, tt.want)
			}
		})
	}
	var p Pace
	for i := range 20 {
		p = p.step(noon.Add(time.Duration(i) * time.Hour))
	}
	if p.Gaps != 19 || p.Mean != time.Hour || p.Longest != time.Hour {
		t.Errorf("learnt %+v, want 19 gaps of an hour", p)
	}
}

func TestAnEmptiedFeedIsAFaultAndNoFailure(t *testing.T) {
	b, s := newBus(t), newSite(t)
	s.set("one")
	f := newFetcher(t, b, &MemoryStore{}, Source{ID: "a", URL: s.URL + "/rss"})
	e := f.feeds[0]
	f.poll(t.Context(), e)
	s.set()
	for _, poll := range []string{"changed", "not modified"} {
		f.poll(t.Context(), e)
		if h := e.state.Health; h.Status != StatusNoItems || h.Failures != 0 || e.state.Rest != (Rest{}) || h.Items != 0 {
			t.Errorf("%s: health %+v, rest %v", poll, h, e.state.Rest)
		}
	}
	s.set("two")
	f.poll(t.Context(), e)
	if got := subjectsOf(t, b); got != "ops.feed.a.broken ops.feed.a.recovered" {
		t.Errorf("notices %q", got)
	}
}

func TestNotices(t *testing.T) {
	b, s, store := newBus(t), newSite(t), &MemoryStore{}
	good := s.feed
	s.set("one")
	down := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }
	f := newFetcher(t, b, store, Source{ID: "a", URL: s.URL + "/rss"})
	for _, step := range []struct {
		serve http.HandlerFunc
		polls int
		want  string // all notices until then
	}{
		{down, 2, ""},
		{down, 5, "never-worked"},
		{good, 2, "never-worked recovered"},
		{down, 2, "never-worked recovered"},
		{good, 1, "never-worked recovered"},
		{down, 4, "never-worked recovered broken"},
		{good, 2, "never-worked recovered broken recovered"},
	} {
		s.feed = step.serve
		for range step.polls {
			f.poll(t.Context(), f.feeds[0])
		}
		if got := strings.ReplaceAll(subjectsOf(t, b), "ops.feed.a.", ""); got != step.want {
			t.Fatalf("notices %q, want %q", got, step.want)
		}
	}
	stream, err := b.Wire().Stream(t.Context(), bus.Ops)
	if err != nil {
		t.Fatal(err)
	}
	msg, err := stream.GetMsg(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	var n news.FeedNotice
	if err := json.Unmarshal(msg.Data, &n); err != nil || n.Feed != "a" || n.URL != s.URL+"/rss" || n.Status != "http-500" || n.Note == "" || n.Advice == "" || n.Since.IsZero() {
		t.Errorf("notice %s, %v", msg.Data, err)
	}
}

// answerWith is a good answer with a validator.
func answerWith(etag string) Answer { return Answer{Response: &client.Response{ETag: etag}} }

// subjectsOf returns the subjects of all notices.
func subjectsOf(t *testing.T, b *bus.Bus) string {
	t.Helper()
	stream, err := b.Wire().Stream(t.Context(), bus.Ops)
	if err != nil {
		t.Fatal(err)
	}
	var subjects []string
	for seq := uint64(1); seq <= stream.CachedInfo().State.LastSeq; seq++ {
		msg, err := stream.GetMsg(t.Context(), seq)
		if err != nil {
			t.Fatal(err)
		}
		subjects = append(subjects, msg.Subject)
	}
	return strings.Join(subjects, " ")
}
