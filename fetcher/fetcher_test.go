package fetcher

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/chipwire/chipwire/fetcher/client"
	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/internal/bus/bustest"
	"github.com/chipwire/chipwire/internal/urls"
	"github.com/chipwire/chipwire/news"
)

var quiet = slog.New(slog.DiscardHandler)

// a site serves one feed and its pages.
type site struct {
	*httptest.Server
	mu       sync.Mutex
	entries  []string // titles, newest first
	feed     func(w http.ResponseWriter, r *http.Request)
	page     func(w http.ResponseWriter, r *http.Request)
	requests []string
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{}
	s.feed, s.page = s.rss, s.article
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.requests = append(s.requests, r.URL.Path)
		feed, page := s.feed, s.page
		s.mu.Unlock()
		if r.URL.Path == "/rss" {
			feed(w, r)
		} else {
			page(w, r)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *site) set(entries ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.entries = entries
}

// asked returns the paths of all requests so far.
func (s *site) asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

func (s *site) rss(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	entries := slices.Clone(s.entries)
	s.mu.Unlock()
	etag := fmt.Sprintf("%q", news.Hash(entries...))
	w.Header().Set("ETag", etag)
	if r.Header.Get("If-None-Match") == etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	fmt.Fprint(w, `<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Site</title>`)
	for _, e := range entries {
		fmt.Fprintf(w, `<item><title>%s</title><guid>%s</guid><link>%s/%s</link><description>Summary of %s.</description><pubDate>%s</pubDate></item>`,
			e, e, s.URL, e, e, time.Now().UTC().Format(time.RFC1123Z))
	}
	fmt.Fprint(w, `</channel></rss>`)
}

func (s *site) article(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, `<html><head><title>t</title></head><body><nav>menu</nav><article><h1>%s</h1>`, r.URL.Path[1:])
	for i := range 6 { // lines that are repeated would be furniture
		fmt.Fprintf(w, "<p>The page of %s goes on for a while in part %d, so that it reads as an article and not as a menu.</p>", r.URL.Path[1:], i)
	}
	fmt.Fprint(w, `</article></body></html>`)
}

func newBus(t *testing.T) *bus.Bus {
	t.Helper()
	b, _ := bustest.Start(t)
	return b
}

func testConfig() Config {
	cfg := Default
	cfg.AllowPrivate, cfg.HostGap, cfg.MinInterval = true, 0, time.Second
	return cfg
}

// newFetcher returns a Fetcher of the sources and its one entry for direct polls.
func newFetcher(t *testing.T, b *bus.Bus, store Store, sources ...Source) *Fetcher {
	t.Helper()
	cfg := testConfig()
	f, err := New(cfg, sources, Deps{Bus: b, Store: store, Client: client.New(cfg.Config), Node: "n", Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range f.feeds { // as in a turn
		e.wake()
	}
	return f
}

// stored returns what a stream holds, as T.
func stored[T any](t *testing.T, b *bus.Bus, stream string) []T {
	t.Helper()
	s, err := b.Core().Stream(t.Context(), stream)
	if err != nil {
		t.Fatal(err)
	}
	var list []T
	for seq := uint64(1); seq <= s.CachedInfo().State.LastSeq; seq++ {
		msg, err := s.GetMsg(t.Context(), seq)
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		var v T
		if err := json.Unmarshal(msg.Data, &v); err != nil {
			t.Fatal(err)
		}
		list = append(list, v)
	}
	return list
}

func titles(items []news.Item) string {
	var s []string
	for _, it := range items {
		s = append(s, it.Title)
	}
	return strings.Join(s, " ")
}

func TestPollStoresWhatIsNewOldestFirst(t *testing.T) {
	b, s, store := newBus(t), newSite(t), &MemoryStore{}
	f := newFetcher(t, b, store, Source{ID: "a", URL: s.URL + "/rss", Name: "The Site", Zone: "Asia/Seoul"})
	e := f.feeds[0]
	s.set("two", "one")
	f.poll(t.Context(), e)
	f.poll(t.Context(), e) // not modified
	s.set("three", "two", "one")
	f.poll(t.Context(), e)
	got := stored[news.Item](t, b, bus.Items)
	if titles(got) != "one two three" {
		t.Fatalf("items %q, want one two three", titles(got))
	}
	if it := got[0]; it.Feed != "a" || it.Publisher != "The Site" || it.Link != s.URL+"/one" || it.DetectedAt.IsZero() || it.PublishedAt.IsZero() {
		t.Errorf("item %+v", it)
	}
	state, _, _ := store.Load(t.Context(), "a")
	if state.Health.Status != StatusOK || state.Health.Items != 3 || state.ETag == "" {
		t.Errorf("state %+v", state)
	}
}

// rssOf serves a feed of items written out.
func rssOf(items string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `<rss version="2.0"><channel><title>Site</title>%s</channel></rss>`, items)
	}
}

// rssItem writes an item with a guid of its own.
func rssItem(guid, title, link string) string {
	return fmt.Sprintf("<item><title>%s of the two chip makers</title><guid>%s</guid><link>%s</link><pubDate>%s</pubDate></item>",
		title, guid, link, time.Now().UTC().Format(time.RFC1123Z))
}

func TestChangedGUIDsAreNoNewItems(t *testing.T) {
	b, s := newBus(t), newSite(t)
	f := newFetcher(t, b, &MemoryStore{}, Source{ID: "a", URL: s.URL + "/rss"})
	for _, items := range []string{
		rssItem("1", "one", s.URL+"/1") + rssItem("2", "two", s.URL+"/2"),
		rssItem("11", "one", s.URL+"/1") + rssItem("2", "two", s.URL+"/2"),
		rssItem("12", "one again", s.URL+"/1") + rssItem("22", "two", s.URL+"/22"),
		rssItem("3", "three", s.URL+"/3") + rssItem("13", "one", s.URL+"/1/?utm_source=rss"),
	} {
		s.feed = rssOf(items)
		f.poll(t.Context(), f.feeds[0])
	}
	var fresh, revised []news.Item
	for _, it := range stored[news.Item](t, b, bus.Items) {
		if it.Revision == 0 {
			fresh = append(fresh, it)
		} else {
			revised = append(revised, it)
		}
	}
	if got, want := titles(fresh), "two of the two chip makers one of the two chip makers three of the two chip makers"; got != want {
		t.Errorf("new items %q, want %q", got, want)
	}
	if got, want := titles(revised), "one again of the two chip makers one of the two chip makers"; got != want {
		t.Errorf("revised items %q, want %q: the page had another title", got, want)
	}
}

func TestUndatedAndFutureItemsAreObserved(t *testing.T) {
	b, s := newBus(t), newSite(t)
	f := newFetcher(t, b, &MemoryStore{}, Source{ID: "a", URL: s.URL + "/rss"})
	future := time.Now().Add(9 * time.Hour).UTC().Format("2006-01-02 15:04:05")
	s.feed = rssOf("<item><title>undated</title><guid>1</guid></item><item><title>future</title><guid>2</guid><pubDate>" + future + "</pubDate></item>")
	f.poll(t.Context(), f.feeds[0])
	got := stored[news.Item](t, b, bus.Items)
	if titles(got) != "future undated" {
		t.Fatalf("items %q", titles(got))
	}
	for _, it := range got {
		if it.DateVia != news.DateObserved || !it.PublishedAt.Equal(it.DetectedAt) {
			t.Errorf("%s: %v via %q, want the moment of first sight", it.Title, it.PublishedAt, it.DateVia)
		}
	}
}

// Validators move only after the items are safe: while NATS takes nothing, each
// poll sees the whole document again.
func TestAPollThatCannotStoreLosesNothing(t *testing.T) {
	b, s, store := newBus(t), newSite(t), &MemoryStore{}
	s.set("one")
	f := newFetcher(t, b, store, Source{ID: "a", URL: s.URL + "/rss"})
	js := b.Core()
	if err := js.DeleteStream(t.Context(), bus.Items); err != nil {
		t.Fatal(err)
	}
	f.poll(t.Context(), f.feeds[0])
	state, _, _ := store.Load(t.Context(), "a")
	if state.Health.Status != StatusWire || state.ETag != "" || len(state.Seen) != 0 {
		t.Fatalf("state %+v, want status wire and nothing seen", state)
	}
	if err := b.Setup(t.Context(), bus.Layout{Store: bustest.Store}); err != nil {
		t.Fatal(err)
	}
	f.feeds[0].state.Rest = Rest{}
	f.poll(t.Context(), f.feeds[0])
	if got := titles(stored[news.Item](t, b, bus.Items)); got != "one" {
		t.Errorf("items %q, want one", got)
	}
}

func TestANotModifiedPollWritesNothing(t *testing.T) {
	b, s, store := newBus(t), newSite(t), &MemoryStore{}
	s.set("one")
	f := newFetcher(t, b, store, Source{ID: "a", URL: s.URL + "/rss"})
	f.poll(t.Context(), f.feeds[0])
	_, before, _ := store.Load(t.Context(), "a")
	for range 3 {
		f.poll(t.Context(), f.feeds[0])
	}
	if _, after, _ := store.Load(t.Context(), "a"); after != before {
		t.Errorf("revision %d became %d", before, after)
	}
}

func TestBadFeeds(t *testing.T) {
	good := `<?xml version="1.0"?><rss version="2.0"><channel><item><title>whole</title><guid>whole</guid></item>`
	for _, tt := range []struct {
		name   string
		serve  http.HandlerFunc
		status string
		items  string
	}{
		{"a web page", func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, "<!doctype html><html><body><h1>Our feeds</h1></body></html>")
		}, "html", ""},
		{"a web page that turns programs away", func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, "<!doctype html><html><body><h1>Access Denied</h1>You don&#39;t have permission to access this.</body></html>")
		}, "denied", ""},
		{"one in Korean", func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `<html><head><meta charset="utf-8"></head><body>비정상적인 접근으로 접속이 차단되었습니다.</body></html>`)
		}, "denied", ""},
		{"empty", func(http.ResponseWriter, *http.Request) {}, "empty", ""},
		{"truncated", func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, good+`<item><title>cut of`)
		}, "truncated", "whole"},
		{"connection closed inside", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100000")
			fmt.Fprint(w, good)
		}, "cut", "whole"},
		{"ten times too big", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(good))
			junk := []byte(strings.Repeat("<!-- more and more -->", 4096))
			for range 10 * client.Default.MaxBytes / int64(len(junk)) {
				if _, err := w.Write(junk); err != nil {
					return
				}
			}
		}, "too-big", "whole"},
		{"undecodable", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><item><title>`))
			for i := range 4000 {
				_, _ = w.Write([]byte{0x80 + byte(i*7%64), 0xFF})
			}
			fmt.Fprint(w, `</title></item></channel></rss>`)
		}, "charset", ""},
		{"gone", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) }, "http-410", ""},
		{"asks for rest", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "3600")
			w.WriteHeader(http.StatusTooManyRequests)
		}, "retry-after", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b, s, store := newBus(t), newSite(t), &MemoryStore{}
			s.feed = tt.serve
			f := newFetcher(t, b, store, Source{ID: "a", URL: s.URL + "/rss"})
			f.poll(t.Context(), f.feeds[0])
			state, _, _ := store.Load(t.Context(), "a")
			if h := state.Health; h.Status != tt.status || h.Advice == "" || h.Note == "" || h.Failures != 1 {
				t.Errorf("health %+v, want status %s with a note and advice", h, tt.status)
			}
			if state.ETag != "" || state.LastModified != "" || state.BodyHash != "" {
				t.Errorf("validators have moved: %+v", state)
			}
			if got := titles(stored[news.Item](t, b, bus.Items)); got != tt.items {
				t.Errorf("items %q, want %q", got, tt.items)
			}
		})
	}
}

func TestAFeedInAWrongCharsetIsReadAndSaysSo(t *testing.T) {
	b, s, store := newBus(t), newSite(t), &MemoryStore{}
	s.feed = func(w http.ResponseWriter, _ *http.Request) { // UTF-8 that claims to be EUC-KR
		w.Header().Set("Content-Type", "text/xml")
		fmt.Fprint(w, `<?xml version="1.0" encoding="euc-kr"?><rss version="2.0"><channel><item><title>삼성전자</title><guid>1</guid></item></channel></rss>`)
	}
	f := newFetcher(t, b, store, Source{ID: "a", URL: s.URL + "/rss"})
	f.poll(t.Context(), f.feeds[0])
	if got := titles(stored[news.Item](t, b, bus.Items)); got != "삼성전자" {
		t.Errorf("items %q", got)
	}
	state, _, _ := store.Load(t.Context(), "a")
	if state.Health.Status != StatusOK || !strings.Contains(state.Health.Note, "another charset") {
		t.Errorf("health %+v", state.Health)
	}
}

// runUntil runs the fetcher until the condition holds.
func runUntil(t *testing.T, f *Fetcher, holds func() bool) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
	defer stop()
	done := make(chan error, 1)
	go func() { done <- f.Run(ctx) }()
	for !holds() {
		select {
		case <-ctx.Done():
			t.Fatal("nothing came of it in 30 s")
		case <-time.After(20 * time.Millisecond):
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func TestRunReadsPages(t *testing.T) {
	b, s := newBus(t), newSite(t)
	kv, err := b.Core().KeyValue(t.Context(), bus.FeedsBucket)
	if err != nil {
		t.Fatal(err)
	}
	s.set("broken", "whole")
	s.page = func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/broken" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		s.article(w, r)
	}
	f := newFetcher(t, b, NewBucketStore(kv), Source{ID: "a", URL: s.URL + "/rss", Name: "Site", Every: time.Second})
	runUntil(t, f, func() bool { return len(stored[news.Article](t, b, bus.Articles)) == 2 })
	for _, a := range stored[news.Article](t, b, bus.Articles) {
		switch a.Title {
		case "whole":
			if a.BodySource != news.BodyPage || !strings.Contains(a.Body, "goes on for a while") || strings.Contains(a.Body, "menu menu") || a.Lang != "en" {
				t.Errorf("article %+v", a)
			}
		case "broken":
			if a.BodySource != news.BodySummary || a.Body != "Summary of broken." || !strings.Contains(a.BodyWhy, "404") {
				t.Errorf("article %+v", a)
			}
		default:
			t.Errorf("article %q", a.Title)
		}
	}
	if states, err := ReadStates(t.Context(), NewBucketStore(kv)); err != nil || states["a"].AddedAt.IsZero() {
		t.Errorf("states %v, %v", states, err)
	}
}

func TestOneBadFeedHarmsNoOther(t *testing.T) {
	b, good, slow := newBus(t), newSite(t), newSite(t)
	good.set("one")
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	slow.feed = func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}
	f := newFetcher(t, b, &MemoryStore{},
		Source{ID: "slow", URL: slow.URL + "/rss", Every: time.Second}, Source{ID: "good", URL: good.URL + "/rss", Every: time.Second})
	runUntil(t, f, func() bool { return len(stored[news.Article](t, b, bus.Articles)) == 1 })
}

// A busy host holds up nobody: what is more than its share is put off.
func TestPagesOfABusyHostArePutOff(t *testing.T) {
	b, s := newBus(t), newSite(t)
	release := make(chan struct{})
	s.page = func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}
	f := newFetcher(t, b, &MemoryStore{})
	results := make(chan error, hostPages)
	for i := range hostPages {
		go func() {
			results <- f.scrape(t.Context(), news.Item{Key: fmt.Sprint(i), Link: fmt.Sprint(s.URL, "/", i)})
		}()
	}
	inHand := func() int {
		f.waiting.mu.Lock()
		defer f.waiting.mu.Unlock()
		return f.waiting.sites[urls.Site(s.URL)]
	}
	for deadline := time.Now().Add(10 * time.Second); inHand() < hostPages; {
		if time.Now().After(deadline) {
			t.Fatalf("%d pages in hand, want %d", inHand(), hostPages)
		}
		time.Sleep(time.Millisecond)
	}
	var later *bus.Later
	if err := f.scrape(t.Context(), news.Item{Key: "more", Link: s.URL + "/more"}); !errors.As(err, &later) || later.After == 0 {
		t.Errorf("%v, want it put off", err)
	}
	close(release)
	for range hostPages {
		if err := <-results; err != nil {
			t.Errorf("scrape: %v", err)
		}
	}
	if len(f.waiting.sites) != 0 {
		t.Errorf("%v is left behind", f.waiting.sites)
	}
}

// A feed that is always cut short has had its first poll all the same.
func TestACutFeedIsNotNewForEver(t *testing.T) {
	b, s, store := newBus(t), newSite(t), &MemoryStore{}
	body := `<?xml version="1.0"?><rss version="2.0"><channel>`
	s.feed = func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) }
	f := newFetcher(t, b, store, Source{ID: "a", URL: s.URL + "/rss"})
	for i := range 9 { // undated: at a first poll the newest three would be news
		body += fmt.Sprintf(`<item><title>%d</title><guid>%d</guid></item>`, i, i)
		if i == 3 || i == 8 {
			f.feeds[0].state.Rest = Rest{}
			f.poll(t.Context(), f.feeds[0])
		}
	}
	if got := len(stored[news.Item](t, b, bus.Items)); got != 3+5 {
		t.Errorf("%d items, want three of the first poll and five of the second", got)
	}
}

func TestTheLoserOfARaceWritesNothing(t *testing.T) {
	b := newBus(t)
	kv, err := b.Core().KeyValue(t.Context(), bus.FeedsBucket)
	if err != nil {
		t.Fatal(err)
	}
	for name, store := range map[string]Store{"bucket": NewBucketStore(kv), "memory": &MemoryStore{}} {
		t.Run(name, func(t *testing.T) {
			revision, err := store.Save(t.Context(), "a", State{ETag: "1"}, 0)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := store.Save(t.Context(), "a", State{ETag: "2"}, 0); !errors.Is(err, ErrConflict) {
				t.Errorf("create over another: %v, want ErrConflict", err)
			}
			if _, err := store.Save(t.Context(), "a", State{ETag: "2"}, revision); err != nil {
				t.Fatal(err)
			}
			if _, err := store.Save(t.Context(), "a", State{ETag: "3"}, revision); !errors.Is(err, ErrConflict) {
				t.Errorf("write over another: %v, want ErrConflict", err)
			}
			if s, _, err := store.Load(t.Context(), "a"); err != nil || s.ETag != "2" {
				t.Errorf("state %+v, %v", s, err)
			}
		})
	}
}

func TestNewRefuses(t *testing.T) {
	for name, sources := range map[string][]Source{
		"two of one id": {{URL: "https://a.example/rss"}, {URL: "https://a.example/rss"}},
		"no url":        {{ID: "a"}},
	} {
		if _, err := New(testConfig(), sources, Deps{Log: quiet}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// R1: pages are asked for by robots.txt, and a page that it forbids leaves the
// feed's own text; feeds are asked as the operator says.
func TestPagesObeyRobots(t *testing.T) {
	b, s := newBus(t), newSite(t)
	f := newFetcher(t, b, &MemoryStore{}, Source{ID: "a", URL: s.URL + "/rss"})
	s.set("one")
	page := s.page
	s.page = func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			fmt.Fprint(w, "User-agent: chipwire\nDisallow: /o\n")
			return
		}
		page(w, r)
	}
	f.poll(t.Context(), f.feeds[0])
	for _, it := range stored[news.Item](t, b, bus.Items) {
		if err := f.scrape(t.Context(), it); err != nil {
			t.Fatal(err)
		}
	}
	articles := stored[news.Article](t, b, bus.Articles)
	if len(articles) != 1 || articles[0].BodySource != news.BodySummary || !strings.Contains(articles[0].BodyWhy, "robots") {
		t.Errorf("articles %+v, want one of the summary, for robots.txt", articles)
	}
	if got := strings.Join(s.asked(), " "); got != "/rss /robots.txt" {
		t.Errorf("asked for %s, want the feed and robots.txt", got)
	}
}

func TestPollSendsItsAuthToItsHostAlone(t *testing.T) {
	b, s, other := newBus(t), newSite(t), newSite(t)
	f := newFetcher(t, b, &MemoryStore{}, Source{ID: "a", URL: s.URL + "/rss", Auth: client.Auth{User: "u", Password: "hunter2"}})
	var got []bool
	note := func(_ http.ResponseWriter, r *http.Request) {
		_, password, _ := r.BasicAuth()
		got = append(got, password == "hunter2")
	}
	s.feed = func(w http.ResponseWriter, r *http.Request) {
		note(w, r)
		http.Redirect(w, r, other.URL+"/rss", http.StatusFound)
	}
	other.feed = func(w http.ResponseWriter, r *http.Request) { note(w, r); other.rss(w, r) }
	f.poll(t.Context(), f.feeds[0])
	if !slices.Equal(got, []bool{true, false}) {
		t.Errorf("the password came with %v, want the first request alone", got)
	}
	if s := fmt.Sprintf("%+v", *f.feeds[0].source); strings.Contains(s, "hunter2") {
		t.Errorf("the password shows in %s", s)
	}
}

// H6: nothing before Retry-After, also where a restart has forgotten the state.
func TestARestingFeedRestsAsLongAsItIsLeft(t *testing.T) {
	b, s := newBus(t), newSite(t)
	f := newFetcher(t, b, &MemoryStore{}, Source{ID: "a", URL: s.URL + "/rss"})
	s.feed = func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "600")
		w.WriteHeader(http.StatusTooManyRequests)
	}
	e := f.feeds[0]
	for _, want := range []string{"retry-after", "resting"} {
		e.state.Rest = Rest{}
		f.poll(t.Context(), e)
		if left := time.Until(e.state.Rest.Until); e.state.Health.Status != want || left < 9*time.Minute || left > 10*time.Minute {
			t.Errorf("%s, rests %v, want %s and ten minutes", e.state.Health.Status, left, want)
		}
	}
	if n := len(s.asked()); n != 1 {
		t.Errorf("asked %d times, want once", n)
	}
}
