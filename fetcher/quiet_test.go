package fetcher

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chipwire/chipwire/fetcher/client"
	"github.com/chipwire/chipwire/news"
)

// itemsDated returns items, the newest first, each so much older than the one before.
func itemsDated(n int, newest time.Time, apart time.Duration) []news.Item {
	items := make([]news.Item, n)
	for i := range items {
		items[i] = news.Item{Key: fmt.Sprint(i), PublishedAt: newest.Add(-time.Duration(i) * apart), DetectedAt: noon}
	}
	return items
}

// conclude is a first poll that reads the items.
func conclude(c Class, items []news.Item) Conclusion {
	src := Source{ID: "a", URL: "https://a.example/rss", Class: c}
	a := Answer{Response: &client.Response{Status: 200, HeadersAt: noon, Header: http.Header{"Content-Type": {"text/xml"}}}}
	a.Document.Items = items
	return Conclude(Default, src, State{}, a, Sift(State{}, items, Default.Backfill, noon), nil, noon)
}

// The frozen source rule: health is the newest item's date and the number of
// items, from the first poll on.
func TestAFrozenSourceIsFoundByItsDates(t *testing.T) {
	const day = 24 * time.Hour
	for _, tt := range []struct {
		name  string
		class Class
		items []news.Item
		want  string
	}{
		{"today's news", News, itemsDated(30, noon.Add(-time.Hour), 10*time.Minute), StatusOK},
		{"a long holiday", News, itemsDated(30, noon.Add(-10*day), time.Hour), StatusOK},
		{"ETNews 06061: fifty items of one day three months ago", News, itemsDated(50, noon.Add(-89*day), 5*time.Minute), StatusFrozen},
		{"that of a feed without a class", "", itemsDated(50, noon.Add(-89*day), 5*time.Minute), StatusFrozen},
		{"a trade journal after a month", Trade, itemsDated(20, noon.Add(-31*day), day), StatusOK},
		{"and after three", Trade, itemsDated(20, noon.Add(-90*day), day), StatusFrozen},
		{"a blog after three months", Blog, itemsDated(20, noon.Add(-90*day), 7*day), StatusOK},
		{"a blog of a year ago", Blog, itemsDated(20, noon.Add(-365*day), 7*day), StatusFrozen},
		{"a newsroom with a story a month, after six weeks", News, itemsDated(12, noon.Add(-45*day), 30*day), StatusOK},
		{"one that has shown three stories only", News, itemsDated(3, noon.Add(-60*day), day), StatusOK},
		{"no dates", News, []news.Item{{Key: "1"}, {Key: "2"}}, StatusOK},
		{"a new undated item above old ones", News, append([]news.Item{{Key: "new"}}, itemsDated(50, noon.Add(-89*day), time.Minute)...), StatusOK},
		{"no items at all", News, nil, StatusNoItems},
	} {
		t.Run(tt.name, func(t *testing.T) {
			end := conclude(tt.class, tt.items)
			h := end.State.Health
			if h.Status != tt.want || h.Failures != 0 || end.Floor != (Rest{}) || (tt.want != StatusOK) != (h.Note != "" && h.Advice != "") {
				t.Errorf("health %+v, floor %v; want %s, no failure and no rest", h, end.Floor, tt.want)
			}
			if h.ContentType != "text/xml" || h.Items != len(tt.items) {
				t.Errorf("content type %q, %d items", h.ContentType, h.Items)
			}
		})
	}
}

// Items that are known come by their keys alone, so the newest date stays; when
// all of them are others, it is theirs.
func TestTheNewestDateOutlivesAShortRead(t *testing.T) {
	var h Health
	look := func(known []string, items ...news.Item) {
		a := Answer{Response: &client.Response{Header: http.Header{}}}
		a.Document.Items, a.Document.Known = items, known
		h.look(a)
	}
	look(nil, itemsDated(10, noon, time.Hour)...)
	if h.Newest != noon || h.Spacing != time.Hour {
		t.Fatalf("newest %v, spacing %v", h.Newest, h.Spacing)
	}
	look([]string{"k"}, itemsDated(1, noon.Add(-time.Hour), 0)...)
	if h.Newest != noon || h.Spacing != time.Hour {
		t.Errorf("an old one more: newest %v, spacing %v", h.Newest, h.Spacing)
	}
	look([]string{"k"}, news.Item{PublishedAt: noon.Add(time.Hour)})
	if h.Newest != noon.Add(time.Hour) {
		t.Errorf("a newer one: newest %v", h.Newest)
	}
	look(nil, itemsDated(6, noon.Add(-time.Hour), 2*time.Hour)...)
	if h.Newest != noon.Add(-time.Hour) || h.Spacing != 2*time.Hour {
		t.Errorf("all others: newest %v, spacing %v", h.Newest, h.Spacing)
	}
}

func TestDelays(t *testing.T) {
	var d Delays
	for i := range 60 {
		d = d.learn([]news.Item{
			{PublishedAt: noon.Add(-time.Duration(i+1) * time.Second), DetectedAt: noon},
			{PublishedAt: noon.Add(-time.Hour), DetectedAt: noon, DateVia: news.DateObserved},
			{PublishedAt: noon.Truncate(24 * time.Hour), DetectedAt: noon}, // a date without a time
			{DetectedAt: noon},
		})
	}
	if s := d.Spread(); len(d) != maxDelays || s.Of != maxDelays || s.P50 != 35*time.Second || s.P95 != 58*time.Second {
		t.Errorf("%d delays, %+v; want the last 50: 35 s, 58 s", len(d), s)
	}
	if d.learn(nil)[0] != 11 || (Delays{}).Spread() != (Spread{}) {
		t.Errorf("first of nothing more %d", d.learn(nil)[0])
	}
	if d := (Delays{}).learn([]news.Item{{PublishedAt: noon.Add(time.Minute), DetectedAt: noon}}); d[0] != 0 {
		t.Errorf("a clock ahead gives %v", d)
	}
}

// Of the items of a first poll nobody knows how late they are seen.
func TestDelaysAreLearntFromTheSecondPollOn(t *testing.T) {
	b, s, store := newBus(t), newSite(t), &MemoryStore{}
	f := newFetcher(t, b, store, Source{ID: "a", URL: s.URL + "/rss"})
	for i, entries := range [][]string{{"one"}, {"two", "one"}, {"two", "one"}} {
		s.set(entries...)
		f.poll(t.Context(), f.feeds[0])
		state, _, _ := store.Load(t.Context(), "a")
		if want := min(i, 1); len(state.Delays) != want {
			t.Errorf("poll %d: delays %v, want %d", i, state.Delays, want)
		}
	}
}

func TestALearntZoneThatIsNotTheDeclaredIsSaid(t *testing.T) {
	fd := news.Feed{ID: "a", URL: "https://a.example/", Zone: "UTC"}
	if got := noteOf(State{Zone: "Asia/Seoul"}, fd, noon); got != "its dates are in Asia/Seoul, not in the declared UTC" {
		t.Errorf("note %q", got)
	}
	for _, s := range []State{{}, {Zone: "UTC"}} {
		if got := noteOf(s, fd, noon); got != "" {
			t.Errorf("note %q", got)
		}
	}
}

// Ask 3: a feed dies for ever after three errors. Here it is asked for ever, after
// 31 failures once a week, and the first good answer makes it one like any other.
func TestAsk3NoFeedIsEverDead(t *testing.T) {
	const week = 7 * 24 * time.Hour
	src := Source{ID: "a", URL: "https://a.example/rss"}
	fd, s, now := src.Feed(Default.MinInterval), State{}, noon
	for n := 1; n <= 60; n++ {
		end := Conclude(Default, src, s, Answer{Err: &client.Error{Status: client.StatusRefused}}, Sifting{}, nil, now)
		s = end.State
		turn := NextTurn(fd, true, end.Floor, now)
		wait := turn.At.Sub(now)
		if s.Health.Failures != n || wait <= 0 || wait > week+fd.Interval || n > hopeless && wait < week {
			t.Fatalf("after failure %d (counted %d) asked in %v: %s", n, s.Health.Failures, wait, turn.Why)
		}
		now = turn.At
	}
	items := itemsDated(3, now.Add(-time.Minute), time.Minute)
	good := Answer{Response: &client.Response{Status: 200, HeadersAt: now, Header: http.Header{}}}
	good.Document.Items = items
	end := Conclude(Default, src, s, good, Sift(s, items, Default.Backfill, now), nil, now)
	h := end.State.Health
	if h.Status != StatusOK || h.Failures != 0 || h.Since != now || end.State.Rest != (Rest{}) || len(end.State.Seen) == 0 {
		t.Errorf("after a good answer %+v, rest %v", h, end.State.Rest)
	}
	if wait := NextTurn(fd, true, end.Floor, now).At.Sub(now); wait > 2*fd.Interval {
		t.Errorf("and asked again in %v only", wait)
	}
}

// The same with a server, from a state that says a month of failures.
func TestAsk3AGoodAnswerRecoversAtOnce(t *testing.T) {
	b, s, store := newBus(t), newSite(t), &MemoryStore{}
	s.set("one")
	long := State{Health: Health{Status: "refused", Failures: 45, Since: time.Now().Add(-90 * 24 * time.Hour), Told: news.FeedNeverWorked}}
	if _, err := store.Save(t.Context(), "a", long, 0); err != nil {
		t.Fatal(err)
	}
	f := newFetcher(t, b, store, Source{ID: "a", URL: s.URL + "/rss", Every: time.Minute})
	f.poll(t.Context(), f.feeds[0])
	if h := f.feeds[0].state.Health; h.Status != StatusOK || h.Failures != 0 || h.Told != "" {
		t.Errorf("health %+v", h)
	}
	if got := subjectsOf(t, b); got != "ops.feed.a.recovered" {
		t.Errorf("notices %q", got)
	}
	if wait := time.Until(f.feeds[0].turn.At); wait > 2*time.Minute {
		t.Errorf("asked again in %v", wait)
	}
}

// Ask 25: "tell me when a source breaks", each way once, over restarts too.
func TestAsk25ABrokenSourceIsToldOnce(t *testing.T) {
	denied := func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "<html><title>Access Denied</title></html>")
	}
	old := func(w http.ResponseWriter, r *http.Request) {
		var items strings.Builder
		for i := range 50 {
			fmt.Fprintf(&items, "<item><title>story %d</title><guid>%d</guid><pubDate>%s</pubDate></item>",
				i, i, time.Now().AddDate(0, -3, 0).Add(-time.Duration(i)*time.Minute).UTC().Format(time.RFC1123Z))
		}
		rssOf(items.String())(w, r)
	}
	for _, tt := range []struct {
		name  string
		works bool // before
		serve http.HandlerFunc
		polls int
		what  string
	}{
		{"a page that turns programs away, from the start", false, denied, 1, news.FeedNeverWorked},
		{"that, after it worked", true, denied, 1, news.FeedBroken},
		{"no bytes", true, func(http.ResponseWriter, *http.Request) {}, tellAfter, news.FeedBroken},
		{"an empty list, from the start", false, rssOf(""), 1, news.FeedNeverWorked},
		{"an empty list, after there were items", true, rssOf(""), 1, news.FeedBroken},
		{"a list of three months ago", false, old, 1, news.FeedBroken},
		{"404", true, http.NotFound, tellAfter, news.FeedBroken},
		{"404, once", true, http.NotFound, tellAfter - 1, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b, s, store := newBus(t), newSite(t), &MemoryStore{}
			good := s.feed
			s.set("one")
			poll := func() { // each time as after a restart
				f := newFetcher(t, b, store, Source{ID: "a", URL: s.URL + "/rss"})
				state, revision, _ := store.Load(t.Context(), "a")
				f.feeds[0].hold(state, revision)
				f.poll(t.Context(), f.feeds[0])
			}
			if tt.works {
				poll()
			}
			s.feed = tt.serve
			for range tt.polls {
				poll()
			}
			want := ""
			if tt.what != "" {
				want = "ops.feed.a." + tt.what
				poll() // tells nothing more
			}
			if got := subjectsOf(t, b); got != want {
				t.Fatalf("notices %q, want %q", got, want)
			}
			s.feed = good
			s.set("two", "one")
			poll()
			poll()
			if want != "" {
				want += " ops.feed.a.recovered"
			}
			if got := subjectsOf(t, b); got != want {
				t.Errorf("notices %q, want %q", got, want)
			}
		})
	}
}

// A notice that cannot be published is told after the next poll.
func TestANoticeThatIsNotPublishedIsToldLater(t *testing.T) {
	b := newBus(t)
	f := newFetcher(t, b, &MemoryStore{}, Source{ID: "a", URL: "https://a.example/rss"})
	fd := f.feeds[0].feed
	end := Conclude(f.config(), *f.feeds[0].source, State{}, Answer{Err: &client.Error{Status: client.StatusTLS}}, Sifting{}, nil, noon)
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	f.tell(canceled, &end, fd)
	if end.State.Health.Told != "" {
		t.Fatalf("told %q without a server", end.State.Health.Told)
	}
	for range 2 { // the second time as after a kill before the state was written
		again := end
		f.tell(t.Context(), &again, fd)
		if again.State.Health.Told != news.FeedNeverWorked {
			t.Errorf("told %q", again.State.Health.Told)
		}
	}
	if got := subjectsOf(t, b); got != "ops.feed.a.never-worked" {
		t.Errorf("notices %q", got)
	}
}
