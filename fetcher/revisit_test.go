package fetcher

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/news"
)

// A page behind an alert is asked for conditionally; only another text is stored,
// as another reading of the same revision.
func TestRevisit(t *testing.T) {
	b, s := newBus(t), newSite(t)
	f := newFetcher(t, b, &MemoryStore{}, Source{ID: "a", URL: s.URL + "/rss"})
	tag, title, word := `"1"`, "The first headline", "agreed"
	same, whole := 0, 0
	s.page = func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/story" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			same++
			w.WriteHeader(http.StatusNotModified)
			return
		}
		whole++
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<html><head><title>%s</title></head><body><article><h1>%s</h1><p>The two chip makers have %s to supply each other with memory for the servers of the next years, both of them said.</p><p>The price was not told, and deliveries begin in the coming spring, as the companies wrote.</p></article></body></html>`, title, title, word)
	}
	it := news.Item{Feed: "a", Key: "1", Title: "The feed's headline", Link: s.URL + "/story"}
	read := func(reading int, etag, sum string) {
		t.Helper()
		it.Reread, it.ETag, it.Sum = reading, etag, sum
		if err := f.scrape(t.Context(), it); err != nil {
			t.Fatal(err)
		}
	}
	read(0, "", "")
	first := stored[news.Article](t, b, bus.Articles)
	if len(first) != 1 || first[0].ETag != tag {
		t.Fatalf("%+v, want one article with the page's ETag", first)
	}
	it.Link = first[0].URL
	read(1, first[0].ETag, news.SumOf(first[0].Body))
	if same != 1 || whole != 1 {
		t.Errorf("%d answers of 304, %d whole, want one each", same, whole)
	}
	tag = `"2"` // as after a new advertisement
	read(2, first[0].ETag, news.SumOf(first[0].Body))
	if n := len(stored[news.Article](t, b, bus.Articles)); n != 1 || whole != 2 {
		t.Errorf("%d articles after the same text, %d whole answers", n, whole)
	}
	tag, title, word = `"3"`, "Correction: the headline", "refused"
	read(3, first[0].ETag, news.SumOf(first[0].Body))
	read(3, first[0].ETag, news.SumOf(first[0].Body)) // redelivered
	all := stored[news.Article](t, b, bus.Articles)
	if len(all) != 2 {
		t.Fatalf("%d articles, want the first and the changed one", len(all))
	}
	if a := all[1]; a.ID != first[0].ID || a.Reread != 3 || a.Revision != 0 || a.Title != title || a.MsgID() == first[0].MsgID() || a.DetectedAt.IsZero() {
		t.Errorf("%+v, want the third reading of the same article", a)
	}
	s.page = http.NotFound
	read(4, "", "")
	if n := len(stored[news.Article](t, b, bus.Articles)); n != 2 {
		t.Errorf("%d articles: a page that is gone for the moment says nothing", n)
	}
}
