package fetcher

import (
	"net/http"
	"strings"
	"testing"

	"github.com/chipwire/chipwire/fetcher/extract"
	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/news"
)

// TestSelectorsOfTheFeed reads one page for two feeds: the selectors of a feed
// hold for its own items alone.
func TestSelectorsOfTheFeed(t *testing.T) {
	b, s := newBus(t), newSite(t)
	const words = "Alpha Devices will make accelerators for Beta Silicon, the two companies said on Tuesday. Production starts in spring. "
	s.page = func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		page := `<html><body><h2 class="t">The whole title of the page</h2><i class="d">입력 2025.11.04 14:06</i>` +
			`<article><p>` + strings.Repeat("Teasers of other stories stand here, and there are many of them. ", 9) + `</p></article>` +
			`<div class="mine"><p>` + words + `</p></div></body></html>`
		_, _ = w.Write([]byte(page))
	}
	f := newFetcher(
		t, b, &MemoryStore{},
		Source{ID: "with", URL: s.URL + "/rss", Selectors: extract.Selectors{Title: ".t", Body: ".mine", Date: ".d"}},
		Source{ID: "without", URL: s.URL + "/rss?2"},
	)
	for _, feed := range []string{"with", "without"} {
		if err := f.scrape(t.Context(), news.Item{Feed: feed, Key: "1", Title: "The whole…", Link: s.URL + "/" + feed, Zone: "Asia/Seoul"}); err != nil {
			t.Fatal(err)
		}
	}
	for _, a := range stored[news.Article](t, b, bus.Articles) {
		got := []string{a.Title, a.BodyWhy, a.DateVia}
		want := []string{"The whole…", "found", "label"}
		if a.Feed == "without" && !strings.HasPrefix(a.BodyWhy, "selectors") {
			got[1] = "found"
		}
		if a.Feed == "with" {
			want = []string{"The whole title of the page", "selectors.body .mine", "selectors.date"}
		}
		if strings.Join(got, "|") != strings.Join(want, "|") || (a.Body == strings.TrimSpace(words)) != (a.Feed == "with") {
			t.Errorf("%s: %q, want %q; body %q", a.Feed, got, want, a.Body)
		}
	}
}
