package fetcher

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chipwire/chipwire/fetcher/feed"
	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/news"
)

// guidItem is an item known by a guid; "" for page means that it has none of its own.
func guidItem(guid, page, title string) news.Item {
	it := news.Item{Key: guid, Keys: []string{guid}, Title: title}
	if page != "" {
		it.Link = "https://a.example/" + page
		it.Keys = append(it.Keys, "a.example/"+page)
	}
	if title != "" {
		it.Keys = append(it.Keys, news.Hash("title", title, "2025-11-04"))
	}
	return it
}

func TestJudgeGUIDs(t *testing.T) {
	var seen []news.Item
	for i := range 40 {
		seen = append(seen, guidItem(fmt.Sprint("g", i), fmt.Sprint("p", i), fmt.Sprint("t", i)))
	}
	var s State
	s.Seen = s.see(seen, nil, noon)
	with := func(changed ...news.Item) []news.Item {
		return append(append([]news.Item(nil), seen[:20]...), changed...)
	}
	for _, tt := range []struct {
		name  string
		state State
		items []news.Item
		known int
		want  GUIDFault
	}{
		{"nothing new", s, seen, 0, ""},
		{"new entries", s, with(guidItem("n1", "q1", "u1"), guidItem("n2", "q2", "u2")), 0, ""},
		{"one new guid", s, with(guidItem("n1", "p1", "t1")), 0, ""},
		{"two of 22 under new guids", s, with(guidItem("n1", "p1", "t1"), guidItem("n2", "p2", "t2")), 0, GUIDsVolatile},
		{"two of 42", s, with(guidItem("n1", "p1", "t1"), guidItem("n2", "p2", "t2")), 20, ""},
		{"by the title", s, with(guidItem("n1", "q1", "t1"), guidItem("n2", "q2", "t2")), 0, GUIDsVolatile},
		{"all, and without pages of their own", s, []news.Item{guidItem("n1", "", "t1"), guidItem("n2", "", "t2")}, 0, ""},
		{"places of a list", s, []news.Item{guidItem("g0", "q", "u"), guidItem("g1", "p0", "t0"), guidItem("g2", "p1", "t1")}, 0, GUIDsReused},
		{"one entry that was written anew", s, with(guidItem("g30", "q", "u")), 0, ""},
		{"moved to other pages", s, []news.Item{guidItem("g0", "q0", "t0"), guidItem("g1", "q1", "t1")}, 0, ""},
		{"one entry alone, under a known guid", s, []news.Item{guidItem("g0", "q", "u")}, 0, GUIDsReused},
		{"a first document", State{}, seen, 0, ""},
		{"an empty one", s, nil, 0, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			doc := feed.Document{Items: tt.items, Known: make([]string, tt.known)}
			if got := JudgeGUIDs(tt.state, doc); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

// TestAsk9 polls feeds whose guids are worth nothing: every entry is news once,
// whatever its guid says.
func TestAsk9(t *testing.T) {
	const polls = 6
	titleOf := func(n int) string { return fmt.Sprint("story ", n) }
	for _, tt := range []struct {
		name string
		guid func(poll, place, n int) string // of story n
		want GUIDFault
	}{
		{"new at each poll", func(poll, _, n int) string { return fmt.Sprint(poll, "-", n) }, GUIDsVolatile},
		{"new once, after a move of the site", func(poll, _, n int) string { return fmt.Sprint(poll > 2, n) }, GUIDsVolatile},
		{"the place in the list", func(_, place, _ int) string { return fmt.Sprint(place) }, GUIDsReused},
		{"one for all", func(int, int, int) string { return "g" }, ""},
		{"good", func(_, _, n int) string { return fmt.Sprint(n) }, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b, s, store := newBus(t), newSite(t), &MemoryStore{}
			f := newFetcher(t, b, store, Source{ID: "a", URL: s.URL + "/rss"})
			for poll := range polls {
				var list strings.Builder
				for place := range 5 { // the newest first, one more at each poll
					n := poll + 5 - place
					list.WriteString(rssItem(tt.guid(poll, place, n), titleOf(n), fmt.Sprintf("%s/news/articleView.html?idxno=%d&amp;poll=%d", s.URL, n, poll)))
				}
				s.feed = rssOf(list.String())
				f.poll(t.Context(), f.feeds[0])
			}
			got := map[string]int{}
			for _, it := range stored[news.Item](t, b, bus.Items) {
				got[it.Title]++
			}
			for n := 1; n < polls+5; n++ {
				if title := titleOf(n) + " of the two chip makers"; got[title] != 1 {
					t.Errorf("%s: %d times, want once", title, got[title])
				}
			}
			state, _, _ := store.Load(t.Context(), "a")
			if state.GUIDs != tt.want || state.Health.Note != tt.want.Note() {
				t.Errorf("guids %q, note %q, want %q", state.GUIDs, state.Health.Note, tt.want)
			}
			keys := 0
			for _, d := range state.Seen {
				keys += len(d.Keys) / keySize
			}
			if most := (polls + 5) * 4 * 2; keys > most {
				t.Errorf("%d keys in the state, want at most %d", keys, most)
			}
		})
	}
}

// TestALinkThatNobodyHasIsNoIdentity holds that a feed that was degraded does not
// take entries without a page of their own for one.
func TestALinkThatNobodyHasIsNoIdentity(t *testing.T) {
	b, s := newBus(t), newSite(t)
	f := newFetcher(t, b, &MemoryStore{}, Source{ID: "a", URL: s.URL + "/rss"})
	f.feeds[0].loaded, f.feeds[0].state = true, &State{AddedAt: time.Now(), GUIDs: GUIDsVolatile}
	f.feeds[0].state.Seen = State{}.see([]news.Item{{Key: "x"}}, nil, time.Now())
	s.feed = rssOf(rssItem("1", "one", s.URL+"/") + rssItem("2", "two", s.URL+"/"))
	f.poll(t.Context(), f.feeds[0])
	s.feed = rssOf(rssItem("3", "three", s.URL+"/") + rssItem("1", "one", s.URL+"/"))
	f.poll(t.Context(), f.feeds[0])
	if got := titles(stored[news.Item](t, b, bus.Items)); strings.Count(got, "of the two chip makers") != 3 {
		t.Errorf("items %q, want one, two and three", got)
	}
}

// TestAsk12 changes the dates of the last change and the advertisements at each
// poll: the entry is told once.
func TestAsk12(t *testing.T) {
	b, s := newBus(t), newSite(t)
	f := newFetcher(t, b, &MemoryStore{}, Source{ID: "a", URL: s.URL + "/rss"})
	for poll := range 4 {
		s.feed = func(w http.ResponseWriter, _ *http.Request) {
			now := time.Now().UTC()
			fmt.Fprintf(w, `<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><updated>%[2]s</updated><entry><id>tag:a,1</id><title>Alpha signs with Beta, part one</title><link href="%[3]s/1?utm_id=%[1]d"/>`+
				`<published>%[4]s</published><updated>%[2]s</updated><content type="html">&lt;img src="https://ads.example/%[1]d"&gt;Text.</content></entry></feed>`,
				poll, now.Add(time.Duration(poll)*time.Hour).Format(time.RFC3339), s.URL, now.Add(-time.Hour).Format(time.RFC3339))
		}
		f.poll(t.Context(), f.feeds[0])
	}
	if got := stored[news.Item](t, b, bus.Items); len(got) != 1 {
		t.Errorf("%d items, want 1: %q", len(got), titles(got))
	}
}

// TestAsk14 adds a feed of old and new entries, and later has it announce 606 old
// posts anew: neither floods anybody.
func TestAsk14(t *testing.T) {
	var first []news.Item
	for i := range 50 {
		first = append(first, news.Item{Key: fmt.Sprint("f", i), PublishedAt: noon.Add(-time.Duration(i) * time.Hour)})
	}
	s := State{}
	if got := Sift(s, first, 6*time.Hour, noon); len(got.News) != 7 || got.History != 43 {
		t.Errorf("a first poll: %d news, %d history, want those of 6 h", len(got.News), got.History)
	}
	s.AddedAt, s.Seen = noon, s.see(first, nil, noon)
	later := noon.AddDate(0, 0, 30)
	saved := []news.Item{{Key: "new", PublishedAt: later.Add(-time.Minute)}}
	for i := range 606 {
		saved = append(saved, news.Item{Key: fmt.Sprint("again", i), PublishedAt: later.AddDate(0, 0, -4-i%1000)})
	}
	if got := Sift(s, saved, 6*time.Hour, later); len(got.News) != 1 || got.News[0].Key != "new" || got.History != 606 {
		t.Errorf("saved anew: %d news, %d history, want 1 and 606", len(got.News), got.History)
	}
}

// TestAsk20 tells an operator when a document holds more than is read.
func TestAsk20(t *testing.T) {
	b, s, store := newBus(t), newSite(t), &MemoryStore{}
	f := newFetcher(t, b, store, Source{ID: "a", URL: s.URL + "/rss"})
	var list strings.Builder
	yesterday := time.Now().Add(-24 * time.Hour).Format(time.RFC1123Z)
	for i := range feed.MaxItems + 3 {
		fmt.Fprintf(&list, "<item><guid>%d</guid><title>t</title><pubDate>%s</pubDate></item>", i, yesterday)
	}
	s.feed = rssOf(list.String())
	f.poll(t.Context(), f.feeds[0])
	state, _, _ := store.Load(t.Context(), "a")
	if state.Health.Status != StatusOK || state.Health.Items != feed.MaxItems || state.Health.Note != "holds 3 entries more than the 2000 that are read" {
		t.Errorf("%+v", state.Health)
	}
}

// TestAsk23 reads an entry of a Google News search: nothing is asked of Google,
// and the story is judged by its headline.
func TestAsk23(t *testing.T) {
	b, s := newBus(t), newSite(t)
	f := newFetcher(t, b, &MemoryStore{}, Source{ID: "a", URL: s.URL + "/rss", Name: "Search"})
	s.feed = rssOf(rssItem("1", "Alpha and Beta - Chip Daily - deal", "https://news.google.com/rss/articles/CBMi?oc=5"))
	f.poll(t.Context(), f.feeds[0])
	for _, it := range stored[news.Item](t, b, bus.Items) {
		if err := f.scrape(t.Context(), it); err != nil {
			t.Fatal(err)
		}
	}
	list := stored[news.Article](t, b, bus.Articles)
	if len(list) != 1 || list[0].URL != "https://news.google.com/rss/articles/CBMi?oc=5" || list[0].BodyWhy != errOpaque.Error() || list[0].Publisher != "deal of the two chip makers" {
		t.Errorf("%+v", list)
	}
}

// TestTrapFrozen polls a section that answers 200 with entries that are months
// old: none of them is news.
func TestTrapFrozen(t *testing.T) {
	b, s, store := newBus(t), newSite(t), &MemoryStore{}
	f := newFetcher(t, b, store, Source{ID: "a", URL: s.URL + "/rss"})
	var list strings.Builder
	for i := range 50 {
		fmt.Fprintf(&list, "<item><guid>%d</guid><title>t</title><pubDate>%s</pubDate></item>", i, time.Now().AddDate(0, -3, 0).Format(time.RFC1123Z))
	}
	for poll := range 3 { // its stamp changes, its entries do not
		s.feed = rssOf(fmt.Sprintf("<lastBuildDate>%d</lastBuildDate>%s", poll, list.String()))
		f.poll(t.Context(), f.feeds[0])
	}
	state, _, _ := store.Load(t.Context(), "a")
	if got := stored[news.Item](t, b, bus.Items); len(got) != 0 || state.Health.Items != 50 || !state.Health.LastNew.IsZero() {
		t.Errorf("%d items, health %+v", len(got), state.Health)
	}
}
