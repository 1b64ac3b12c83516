package fetcher

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chipwire/chipwire/fetcher/extract"
	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/news"
)

// TestAnArticleOfSeveralPages reads a site that cuts its articles into pages: at
// most four more are asked for, a fault ends it, and the next story is no page.
func TestAnArticleOfSeveralPages(t *testing.T) {
	words := func(n string) string {
		return strings.Repeat("Page "+n+" of the story goes on for a while about Alpha Devices and its order. ", 4)
	}
	for _, tt := range []struct {
		name  string
		pages int // of the article
		fails int // the page that answers 404; 0 for none
		want  []string
	}{
		{"one", 1, 0, []string{"1"}},
		{"three", 3, 0, []string{"1", "2", "3"}},
		{"seven", 7, 0, []string{"1", "2", "3", "4", "5"}},
		{"the third is missing", 4, 3, []string{"1", "2"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b, s := newBus(t), newSite(t)
			s.page = func(w http.ResponseWriter, r *http.Request) {
				n := 1
				if page := r.URL.Query().Get("page"); page != "" {
					_, _ = fmt.Sscan(page, &n)
				}
				if n == tt.fails {
					http.NotFound(w, r)
					return
				}
				next := "/other" // the next story
				if n < tt.pages {
					next = fmt.Sprintf("%s?page=%d", r.URL.Path, n+1)
				}
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				fmt.Fprintf(w, `<html><head><link rel="next" href="%s"></head><body><article><p>%s</p></article></body></html>`, next, words(fmt.Sprint(n)))
			}
			f := newFetcher(t, b, &MemoryStore{}, Source{ID: "a", URL: s.URL + "/rss"})
			if err := f.scrape(t.Context(), news.Item{Feed: "a", Key: "1", Title: "Story", Link: s.URL + "/story"}); err != nil {
				t.Fatal(err)
			}
			var want []string
			for _, n := range tt.want {
				want = append(want, strings.TrimSpace(words(n)))
			}
			a := stored[news.Article](t, b, bus.Articles)[0]
			if a.Body != strings.Join(want, "\n\n") || a.URL != s.URL+"/story" {
				t.Errorf("%s: %q", a.URL, a.Body)
			}
			if slices.Contains(s.asked(), "/other") {
				t.Error("the next story was asked for")
			}
		})
	}
}

// TestDatesOfPageAndFeed holds which of the two dates of a story is believed.
func TestDatesOfPageAndFeed(t *testing.T) {
	day := time.Date(2026, 3, 12, 0, 0, 0, 0, time.UTC)
	feed := day.Add(10 * time.Hour)
	for _, tt := range []struct {
		name string
		page extract.Result
		item news.Item
		via  string
	}{
		{"the page's comes first", extract.Result{PublishedAt: day.Add(9 * time.Hour), DateVia: "json-ld"}, news.Item{PublishedAt: feed}, "json-ld"},
		{"the page has none", extract.Result{}, news.Item{PublishedAt: feed}, "feed"},
		{"a likely date of the page", extract.Result{PublishedAt: day.Add(9 * time.Hour), DateVia: extract.DateText}, news.Item{PublishedAt: feed}, "feed"},
		{"a likely date, and none of the feed", extract.Result{PublishedAt: day, DateVia: extract.DateText}, news.Item{PublishedAt: feed, DateVia: news.DateObserved}, extract.DateText},
		{"the bare day of the feed's moment", extract.Result{PublishedAt: day, DateVia: "meta", DayOnly: true}, news.Item{PublishedAt: feed}, "feed"},
		{"the bare day of another day", extract.Result{PublishedAt: day.AddDate(0, 0, -3), DateVia: "meta", DayOnly: true}, news.Item{PublishedAt: feed}, "meta"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.item.Title, tt.item.Link = "t", "https://a.example/1"
			if a := Compose(tt.item, tt.page, nil); a.DateVia != tt.via || a.PublishedAt.IsZero() {
				t.Errorf("%v by %s, want by %s", a.PublishedAt, a.DateVia, tt.via)
			}
		})
	}
}
