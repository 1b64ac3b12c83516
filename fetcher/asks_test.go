package fetcher

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/news"
)

// What users of feed readers ask for or suffer from; conformance_test.go has the
// list, and says where the others are held.

// TestAsk5ValidatorsOfAnUnchangedBodyAreStored has a server change its ETag and
// not its document. Readers whose hash of the body comes first keep the old one
// and ask for the whole from then on.
func TestAsk5ValidatorsOfAnUnchangedBodyAreStored(t *testing.T) {
	b, s, store := newBus(t), newSite(t), &MemoryStore{}
	var sent []string
	etag := `"before"`
	item := rssItem("1", "one", "https://a.example/1")
	s.feed = func(w http.ResponseWriter, r *http.Request) {
		sent = append(sent, r.Header.Get("If-None-Match"))
		w.Header().Set("ETag", etag)
		if r.Header.Get("If-None-Match") == etag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		rssOf(item)(w, r)
	}
	f := newFetcher(t, b, store, Source{ID: "a", URL: s.URL + "/rss"})
	f.poll(t.Context(), f.feeds[0])
	etag = `"after"`
	f.poll(t.Context(), f.feeds[0])
	f.feeds[0].loaded = false // what is stored counts, not what is in memory
	f.feeds[0].turn = Turn{At: time.Now().Add(-time.Minute)}
	f.feeds[0].state = &State{}
	f.loadNow(t)
	f.poll(t.Context(), f.feeds[0])
	if got, want := fmt.Sprintf("%q", sent), fmt.Sprintf("%q", []string{"", `"before"`, `"after"`}); got != want {
		t.Errorf("asked with %s, want %s", got, want)
	}
}

// loadNow reads the state of the first feed, whatever its turn is.
func (f *Fetcher) loadNow(t *testing.T) {
	t.Helper()
	e := f.feeds[0]
	state, revision, err := f.store.Load(t.Context(), e.feed.ID)
	if err != nil {
		t.Fatal(err)
	}
	e.hold(state, revision)
}

// TestAsk10ThePageOfTwoFeedsIsOneArticle has one page in two feeds of a
// publisher, behind two forms of its address.
func TestAsk10ThePageOfTwoFeedsIsOneArticle(t *testing.T) {
	b := newBus(t)
	pages := newSite(t)
	one, two := newSite(t), newSite(t)
	one.feed = rssOf(rssItem("1", "one story", pages.URL+"/news/articleView.html?idxno=7&amp;utm_source=rss"))
	two.feed = rssOf(rssItem("x", "one story", pages.URL+"/news/articleView.html?idxno=7"))
	f := newFetcher(t, b, &MemoryStore{}, Source{ID: "one", URL: one.URL + "/rss"}, Source{ID: "two", URL: two.URL + "/rss"})
	runUntil(t, f, func() bool {
		return len(stored[news.Item](t, b, bus.Items)) == 2 && len(stored[news.Article](t, b, bus.Articles)) > 0 && len(pages.asked()) > 0 && idleReaders(t, b)
	})
	if articles := stored[news.Article](t, b, bus.Articles); len(articles) != 1 {
		t.Errorf("%d articles, want 1: %+v", len(articles), articles)
	}
}

// idleReaders reports whether no item waits for its page to be read.
func idleReaders(t *testing.T, b *bus.Bus) bool {
	t.Helper()
	s, err := b.Core().Stream(t.Context(), bus.Items)
	if err != nil {
		t.Fatal(err)
	}
	list := s.ListConsumers(t.Context())
	n := 0
	for info := range list.Info() {
		n++
		if info.NumPending > 0 || info.NumAckPending > 0 {
			return false
		}
	}
	return list.Err() == nil && n == Partitions
}

// TestAsk21AFirstPollIsOneRequest: some readers send two requests at once when a
// feed is added, and are asked to go away for it.
func TestAsk21AFirstPollIsOneRequest(t *testing.T) {
	b, s, store := newBus(t), newSite(t), &MemoryStore{}
	f := newFetcher(t, b, store, Source{ID: "a", URL: s.URL + "/rss", Every: time.Hour})
	runUntil(t, f, func() bool {
		_, revision, err := store.Load(t.Context(), "a")
		return err == nil && revision > 0
	})
	if asked := s.asked(); len(asked) != 1 {
		t.Errorf("asked for %q, want the feed once", asked)
	}
}
