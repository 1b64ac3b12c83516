package fetcher

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chipwire/chipwire/fetcher/client"
	"github.com/chipwire/chipwire/fetcher/feed"
	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/internal/bus/bustest"
	"github.com/chipwire/chipwire/news"
)

// entry makes an item of a number, so many minutes after noon.
func numbered(n int, minutes float64) news.Item {
	key := fmt.Sprint("https://a.example/", n)
	return news.Item{Key: key, Keys: []string{key}, Link: key, PublishedAt: noon.Add(time.Duration(minutes * float64(time.Minute)))}
}

func TestGapOf(t *testing.T) {
	const address = "https://a.example/rss"
	var six, old []news.Item
	for i := range 6 {
		six, old = append(six, numbered(i, 3)), append(old, numbered(i, -90))
	}
	undated := []news.Item{{Key: "1"}, {Key: "2"}, {Key: "3"}, {Key: "4"}, {Key: "5"}}
	before := State{URL: address, AddedAt: noon.Add(-time.Hour), AskedAt: noon, Health: Health{Items: 8}}
	before.Seen = before.see([]news.Item{numbered(99, 0)}, nil, noon)
	with := func(change func(*State)) State { s := before; change(&s); return s }
	for _, tt := range []struct {
		name   string
		before State
		items  []news.Item
		answer Answer
		want   bool
	}{
		{"nothing was seen", before, six, Answer{}, true},
		{"nothing was seen, no dates", before, undated, Answer{}, true},
		{"after a restart", with(func(s *State) { s.AskedAt, s.Health.LastOK = time.Time{}, noon }), six, Answer{}, true},
		{"one was seen", before, append([]news.Item{numbered(99, 0)}, six...), Answer{}, false},
		{"one was known to the scan", before, six, Answer{Document: feed.Document{Known: []string{"x"}}}, false},
		{"four items", before, six[:4], Answer{}, false},
		{"far fewer than before", with(func(s *State) { s.Health.Items = 13 }), six, Answer{}, false},
		{"never many", with(func(s *State) { s.Health.Items = 4 }), six, Answer{}, false},
		{"a first document", State{}, six, Answer{}, false},
		{"another address", with(func(s *State) { s.URL = "https://b.example/" }), six, Answer{}, false},
		{"cut", before, six, Answer{Err: &feed.Error{Status: feed.Truncated}}, false},
		{"the archive of old", before, old, Answer{}, false},
		{"it reaches back", before, append([]news.Item{numbered(77, -31)}, six...), Answer{}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := tt.answer
			a.Response, a.Document.Items = &client.Response{HeadersAt: noon.Add(5 * time.Minute)}, tt.items
			g, got := gapOf(tt.before, address, a, Sift(tt.before, tt.items, time.Hour, noon))
			if got != tt.want || got && (!g.From.Equal(noon) || g.To.Sub(g.From) != 5*time.Minute) {
				t.Errorf("gap %v to %v: %v, want %v", g.From, g.To, got, tt.want)
			}
		})
	}
}

func TestGapFill(t *testing.T) {
	var s State
	s.Seen = s.see([]news.Item{numbered(1, -1)}, nil, noon)
	bare := func(n int) news.Item { it := numbered(n, 0); it.PublishedAt = time.Time{}; return it }
	var many []news.Item
	for i := range maxRecovered + 5 {
		many = append(many, numbered(1000+i, 1))
	}
	document := []news.Item{numbered(9, 4)}
	for _, tt := range []struct {
		name  string
		door  []news.Item
		want  int
		whole bool
	}{
		{"in the gap, in the document, seen", []news.Item{numbered(9, 4), numbered(3, 2), numbered(2, 1), numbered(1, -1)}, 2, true},
		{"older than the gap, and never seen", []news.Item{numbered(3, 2), numbered(50, -60)}, 1, true},
		{"it does not reach back", []news.Item{numbered(3, 2), numbered(2, 1)}, 2, false},
		{"twice", []news.Item{numbered(3, 2), numbered(3, 2), numbered(1, -1)}, 1, true},
		{"undated, above what was seen", []news.Item{bare(9), bare(3), bare(2), bare(1), bare(50)}, 2, true},
		{"undated, all of it", []news.Item{bare(3), bare(2)}, 2, false},
		{"too many", many, maxRecovered, false},
		{"nothing", nil, 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g := Gap{From: noon, To: noon.Add(5 * time.Minute), Door: "https://a.example/list"}.fill(s, document, tt.door)
			if len(g.Recovered) != tt.want || g.Whole != tt.whole || (g.note() == "") != tt.whole {
				t.Errorf("%d items, whole %v, note %q, want %d, %v", len(g.Recovered), g.Whole, g.note(), tt.want, tt.whole)
			}
		})
	}
	long := Gap{From: noon.Add(-100 * time.Hour), To: noon}.fill(s, nil, []news.Item{numbered(5, -80*60), numbered(6, -60)})
	if len(long.Recovered) != 1 {
		t.Errorf("%d items of a gap of four days, want the one of the last three", len(long.Recovered))
	}
}

// A busySite publishes six entries between two polls, and its feed holds five.
type busySite struct {
	*site
	published []string // items of RSS, newest first
	doors     map[string]http.HandlerFunc
}

func newBusySite(t *testing.T) *busySite {
	b := &busySite{site: newSite(t), doors: map[string]http.HandlerFunc{}}
	b.site.feed = func(w http.ResponseWriter, r *http.Request) {
		rssOf(strings.Join(b.published[:min(5, len(b.published))], ""))(w, r)
	}
	b.site.page = func(w http.ResponseWriter, r *http.Request) {
		if door := b.doors[r.URL.Path]; door != nil {
			door(w, r)
			return
		}
		w.WriteHeader(http.StatusNotFound)
	}
	return b
}

// publish adds n entries; the first has number 1.
func (b *busySite) publish(n int) {
	for range n {
		i := len(b.published) + 1
		item := rssItem(fmt.Sprint("guid-", i), fmt.Sprint("story ", i), fmt.Sprint(b.URL, "/", i))
		b.published = append([]string{item}, b.published...)
	}
}

// sitemap serves all entries but those before the first, as a news sitemap.
func (b *busySite) sitemap(w http.ResponseWriter, _ *http.Request) {
	fmt.Fprint(w, `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">`)
	for i := len(b.published); i > 0; i-- {
		fmt.Fprintf(w, `<url><loc>%s/%d</loc><news:news><news:publication_date>%s</news:publication_date><news:title>story %d of the two chip makers</news:title></news:news></url>`,
			b.URL, i, time.Now().UTC().Format(time.RFC3339), i)
	}
	old := time.Now().Add(-2 * time.Hour).UTC().Format(time.RFC3339)
	fmt.Fprintf(w, `<url><loc>%s/sports</loc><news:news><news:publication_date>%s</news:publication_date><news:title>an old story of sports</news:title></news:news></url></urlset>`, b.URL, old)
}

func (b *busySite) list(w http.ResponseWriter, _ *http.Request) {
	fmt.Fprint(w, `<html><body><section id="section-list">`)
	for i := len(b.published); i > 0; i-- {
		fmt.Fprintf(w, `<h4 class="titles"><a href="/%d">story %d of the two chip makers</a></h4>`, i, i)
	}
	fmt.Fprint(w, `<h4 class="titles"><a href="/ancient">a story of last year</a></h4></section></body></html>`)
}

// Ask 16: what a fast feed drops between two polls is found at another door,
// stored once, and told nobody twice.
func TestAsk16AGapIsFoundAndFilled(t *testing.T) {
	for _, tt := range []struct {
		name    string
		recover string
		open    func(b *busySite)
		stored  int // of 12 entries, 5 of them before the gap
		note    string
	}{
		{"a sitemap that is set", "/map.xml", func(b *busySite) { b.doors["/map.xml"] = b.sitemap }, 12, ""},
		{"a list that is set", "/list.html", func(b *busySite) { b.doors["/list.html"] = b.list }, 12, ""},
		{"a sitemap that robots.txt names", "", func(b *busySite) {
			b.doors["/news-sitemap.xml"] = b.sitemap
			b.doors["/robots.txt"] = func(w http.ResponseWriter, _ *http.Request) {
				fmt.Fprint(w, "User-agent: *\nDisallow: /private\nSitemap: /pages.xml\nSitemap: ", b.URL, "/news-sitemap.xml\n")
			}
		}, 12, ""},
		{"one that robots.txt forbids", "", func(b *busySite) {
			b.doors["/news-sitemap.xml"] = b.sitemap
			b.doors["/robots.txt"] = func(w http.ResponseWriter, _ *http.Request) {
				fmt.Fprint(w, "User-agent: *\nDisallow: /news\nSitemap: ", b.URL, "/news-sitemap.xml\n")
			}
		}, 10, "news-sitemap.xml did not help"},
		{"no door", "", func(*busySite) {}, 10, "set recover:, or poll more often with every:"},
		{"a closed door", "/gone.xml", func(*busySite) {}, 10, "/gone.xml did not help"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b, s := newBus(t), newBusySite(t)
			tt.open(s)
			src := Source{ID: "a", URL: s.URL + "/rss"}
			if tt.recover != "" {
				src.Recover = s.URL + tt.recover
			}
			f := newFetcher(t, b, &MemoryStore{}, src)
			e := f.feeds[0]
			s.publish(5)
			f.poll(t.Context(), e)
			f.poll(t.Context(), e)
			if h := e.state.Health; h.Gaps != 0 {
				t.Fatalf("a gap before there was one: %+v", h)
			}
			s.publish(7)
			for range 2 { // the second finds nothing more
				f.poll(t.Context(), e)
			}
			got := titles(stored[news.Item](t, b, bus.Items))
			if n := len(stored[news.Item](t, b, bus.Items)); n != tt.stored || strings.Contains(got, "sports") || strings.Contains(got, "last year") {
				t.Errorf("%d items, want %d: %s", n, tt.stored, got)
			}
			state, _, _ := f.store.Load(t.Context(), "a")
			h := state.Health
			if h.Status != StatusOK || h.Gaps != 1 || h.LastGap.IsZero() || (h.Note == "") != (tt.note == "") || !strings.Contains(h.Note, tt.note) {
				t.Errorf("health %+v, want one gap and the note %q", h, tt.note)
			}
			if tt.note != "" && !strings.Contains(h.Note, "fetch_gap") {
				t.Errorf("note %q", h.Note)
			}
		})
	}
}

// What came back from a gap is stored before the state moves.
func TestAGapThatCannotBeStoredIsFoundAgain(t *testing.T) {
	b, s := newBus(t), newBusySite(t)
	s.doors["/map.xml"] = s.sitemap
	f := newFetcher(t, b, &MemoryStore{}, Source{ID: "a", URL: s.URL + "/rss", Recover: s.URL + "/map.xml"})
	e := f.feeds[0]
	s.publish(5)
	f.poll(t.Context(), e)
	s.publish(7)
	if err := b.Core().DeleteStream(t.Context(), bus.Items); err != nil {
		t.Fatal(err)
	}
	f.poll(t.Context(), e)
	if h := e.state.Health; h.Status != StatusWire || h.Gaps != 0 {
		t.Fatalf("health %+v", h)
	}
	if err := b.Setup(t.Context(), bus.Layout{Store: bustest.Store}); err != nil {
		t.Fatal(err)
	}
	f.poll(t.Context(), e)
	if n := len(stored[news.Item](t, b, bus.Items)); n != 7 || e.state.Health.Gaps != 1 {
		t.Errorf("%d items, health %+v, want 7 and one gap", n, e.state.Health)
	}
}

func TestSecretHeaders(t *testing.T) {
	b, s := newBus(t), newSite(t)
	s.set("one")
	t.Setenv("CHIPWIRE_TEST_ID", "id-7")
	var got string
	serve := s.feed
	s.feed = func(w http.ResponseWriter, r *http.Request) { got = r.Header.Get("X-Id"); serve(w, r) }
	f := newFetcher(t, b, &MemoryStore{}, Source{ID: "a", URL: s.URL + "/rss", Headers: Headers{"X-Id": "env:CHIPWIRE_TEST_ID"}})
	f.poll(t.Context(), f.feeds[0])
	if got != "id-7" {
		t.Errorf("header %q", got)
	}
	none := newFetcher(t, b, &MemoryStore{}, Source{ID: "b", URL: s.URL + "/rss", Headers: Headers{"X-Id": client.Secret("file:" + filepath.Join(t.TempDir(), "none"))}})
	none.poll(t.Context(), none.feeds[0])
	if h := none.feeds[0].state.Health; h.Status != string(client.StatusAuth) || h.Advice == "" {
		t.Errorf("health %+v, want %s", h, client.StatusAuth)
	}
	if n := len(s.asked()); n != 1 {
		t.Errorf("asked %d times, want only where the header can be read", n)
	}
}

// A page with links is a feed where its operator says which.
func TestAListPageIsAFeed(t *testing.T) {
	b, s := newBus(t), newBusySite(t)
	s.site.feed = s.list
	s.publish(2)
	f := newFetcher(t, b, &MemoryStore{}, Source{ID: "a", URL: s.URL + "/rss", List: "nd"})
	f.poll(t.Context(), f.feeds[0])
	s.publish(1)
	f.poll(t.Context(), f.feeds[0])
	got := stored[news.Item](t, b, bus.Items)
	if len(got) != 4 || got[3].Link != s.URL+"/3" || got[3].DateVia != news.DateObserved {
		t.Errorf("items %+v", got)
	}
}
