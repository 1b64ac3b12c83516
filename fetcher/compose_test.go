package fetcher

import (
	"strings"
	"testing"

	"github.com/chipwire/chipwire/fetcher/extract"
	"github.com/chipwire/chipwire/news"
)

// A body that the readings of its page disagree on gives way to the feed's text
// where that is longer.
func TestDoubtfulBody(t *testing.T) {
	long := strings.Repeat("Alpha makes chips for Beta. ", 40)
	page := extract.Result{Title: "Alpha", Body: "Alpha makes chips for Beta, it is said.", URL: "https://a.example/1", Via: "density", Trust: .3, Doubtful: true}
	sure := page
	sure.Trust, sure.Doubtful = .9, false
	for _, tt := range []struct {
		name, content string
		source        news.BodySource
		page          extract.Result
	}{
		{"the feed has more", long, news.BodyFeed, page},
		{"the feed has less", "Alpha.", news.BodyPage, page},
		{"the page is sure", long, news.BodyPage, sure},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := Compose(news.Item{Title: "Alpha", Link: "https://a.example/1?x", Content: tt.content}, tt.page, nil)
			if a.BodySource != tt.source || a.URL != "https://a.example/1" {
				t.Errorf("%+v, want the body of the %s and the page's address", a, tt.source)
			}
			if tt.source == news.BodyFeed && !strings.Contains(a.BodyWhy, "0.30") {
				t.Errorf("why %q, want the agreement in it", a.BodyWhy)
			}
		})
	}
}
