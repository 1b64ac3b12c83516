package fetcher

import (
	"strings"
	"testing"

	"github.com/chipwire/chipwire/fetcher/extract"
	"github.com/chipwire/chipwire/news"
)

func TestDoubtfulBody(t *testing.T) {
	long := strings.Repeat("Alpha makes chips for Beta. ", 40)
	page := extract.Result{Title: "Alpha", Body: "Alpha makes chips for Beta, it is said.", URL: "https://a.example/1", Via: "density", Trust: .3, Doubtful: true}
	sure := page
	sure.Trust, sure.Doubtful = .9, false
	for _, tt := range []struct {
		name, content string
		source        news.BodySource
		page          extract.Result
		fed           int
	}{
		{"the feed has more", long, news.BodyFeed, page, 1},
		{"the feed has less", "Alpha.", news.BodyPage, page, 0},
		{"the page is sure", long, news.BodyPage, sure, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := Compose(news.Item{Title: "Alpha", Link: "https://a.example/1?x", Content: tt.content}, tt.page, nil)
			if a.BodySource != tt.source || a.URL != "https://a.example/1" {
				t.Errorf("%+v, want the body of the %s and the page's address", a, tt.source)
			}
			if tt.source == news.BodyFeed && !strings.Contains(a.BodyWhy, "0.30") {
				t.Errorf("why %q, want the agreement in it", a.BodyWhy)
			}
			var d doubts
			d.count("a.example", tt.page, a.BodySource)
			want := Doubt{Pages: 1, Fed: tt.fed}
			if tt.page.Doubtful {
				want.Doubtful = 1
			}
			if d.sites["a.example"] != want {
				t.Errorf("counted %+v, want %+v", d.sites["a.example"], want)
			}
		})
	}
}
