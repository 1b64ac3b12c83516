package feed

import (
	"errors"
	"strings"
	"testing"

	"github.com/chipwire/chipwire/news"
)

func sitemapEntry(n string) string {
	return `<url><loc>https://chiptimes.example/news/articleView.html?idxno=` + n + `&amp;sc=rss</loc><lastmod>2025-11-04T15:00:00+09:00</lastmod>
<news:news><news:publication><news:name>칩타임즈</news:name><news:language>ko</news:language></news:publication>
<news:publication_date>2025-11-04T14:06:07+09:00</news:publication_date><news:title>가온전자 &amp; 다올반도체, HBM 공급 계약 ` + n + `</news:title></news:news>
<image:image><image:loc>https://chiptimes.example/a.jpg</image:loc><image:title>사진</image:title></image:image></url>`
}

func sitemap(entries ...string) string {
	return `<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">` +
		strings.Join(entries, "\n") + `</urlset>`
}

func TestNewsSitemap(t *testing.T) {
	plain := `<url><loc>https://chiptimes.example/about</loc></url>`
	body := sitemap(sitemapEntry("1"), plain, sitemapEntry("2"))
	h := Hint{URL: "https://chiptimes.example/news-sitemap.xml"}
	d, err := Parse([]byte(body), h)
	if err != nil {
		t.Fatal(err)
	}
	if d.Format != "sitemap" || d.Title != "칩타임즈" || d.Lang != "ko" || len(d.Items) != 2 || d.Skipped != 1 {
		t.Fatalf("%+v", d)
	}
	it := d.Items[0]
	if it.Key != "https://chiptimes.example/news/articleView.html?idxno=1" || it.Title != "가온전자 & 다올반도체, HBM 공급 계약 1" ||
		it.Link != "https://chiptimes.example/news/articleView.html?idxno=1&sc=rss" || it.Published != "2025-11-04T14:06:07+09:00" ||
		it.Updated != "2025-11-04T15:00:00+09:00" || it.PublishedAt.IsZero() || it.Lang != "ko" {
		t.Errorf("%+v", it)
	}
	known := d.Items[0].Key
	if fault, part := differ([]byte(body), h, func(key string) bool { return key == known }); fault != "" || len(part.Known) != 1 {
		t.Error(fault, part.Known)
	}
}

// TestSitemapWithoutAddress holds that an entry known by its title is left out
// beside one known by its address.
func TestSitemapWithoutAddress(t *testing.T) {
	body := sitemap(strings.Replace(sitemapEntry("1"), "https:", "news:", 1), sitemapEntry("2"))
	if fault, part := differ([]byte(body), Hint{URL: "https://chiptimes.example/"}, func(string) bool { return true }); fault != "" || len(part.Known) != 2 {
		t.Errorf("%d known: %s", len(part.Known), fault)
	}
}

func TestSitemapFaults(t *testing.T) {
	whole := sitemap(sitemapEntry("1"), sitemapEntry("2"))
	for _, tt := range []struct {
		name, in string
		status   Status
		items    int
	}{
		{"an index", `<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap><loc>https://a.example/1.xml</loc></sitemap></sitemapindex>`, SitemapIndex, 0},
		{"pages alone", sitemap(`<url><loc>https://a.example/</loc></url>`), Malformed, 0},
		{"cut", whole[:len(whole)-30], Truncated, 1},
		{"empty", sitemap(), "", 0},
		{"one entry broken", sitemap(sitemapEntry("1"), "<url><loc>x</url>", sitemapEntry("3")), "", 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, err := Parse([]byte(tt.in), Hint{})
			var e *Error
			if tt.status == "" && err != nil || tt.status != "" && (!errors.As(err, &e) || e.Status != tt.status || e.Advice() == "") {
				t.Errorf("error %v, want %q", err, tt.status)
			}
			if len(d.Items) != tt.items {
				t.Errorf("%d items, want %d", len(d.Items), tt.items)
			}
		})
	}
}

func TestJSONFeedVersions(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		items    []news.Item
		skipped  int
	}{
		{
			"1.0",
			`{"version":"https://jsonfeed.org/version/1","title":"T","author":{"name":"A"},"items":[{"id":"1","url":"https://a.example/1","title":"a","content_text":"b","attachments":[{"url":"https://a.example/1.mp3","mime_type":"audio/mpeg","size_in_bytes":12}]}]}`,
			[]news.Item{{Key: "1", Link: "https://a.example/1", Title: "a", Content: "b"}},
			0,
		},
		{
			"1.1",
			`{"version":"https://jsonfeed.org/version/1.1","title":"T","language":"en","authors":[{"name":"A"}],"items":[{"id":"1","external_url":"https://b.example/1","url":"https://a.example/1","content_html":"<p>b</p>","summary":"s"}]}`,
			[]news.Item{{Key: "1", Link: "https://a.example/1", Summary: "s", Content: "b", Lang: "en"}},
			0,
		},
		{
			"ids that are numbers, and an item that is none",
			`{"version":"https://jsonfeed.org/version/1.1","items":[{"id":1,"title":"a"},"x",{"id":2.5,"title":"b","content_text":7}]}`,
			[]news.Item{{Key: "1", Title: "a"}, {Key: "2.5", Title: "b", Content: "7"}},
			1,
		},
		{
			"attachments of the wrong type",
			`{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1","title":"a","attachments":{"url":1}}]}`,
			[]news.Item{{Key: "1", Title: "a"}},
			0,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, err := Parse([]byte(tt.in), Hint{})
			if err != nil || len(d.Items) != len(tt.items) || d.Skipped != tt.skipped || d.Format != "json" {
				t.Fatalf("%+v, %v", d, err)
			}
			for i, it := range d.Items {
				w := tt.items[i]
				if it.Key != w.Key || it.Link != w.Link || it.Title != w.Title || it.Summary != w.Summary || it.Content != w.Content || it.Lang != w.Lang {
					t.Errorf("%+v, want %+v", it, w)
				}
			}
		})
	}
}

func TestRDFAbout(t *testing.T) {
	item := func(about, n string) string {
		return `<item rdf:about="` + about + `"><title>t` + n + `</title><link>https://a.example/` + n + `?from=rss</link></item>`
	}
	doc := `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel rdf:about="x"><title>T</title></channel>` +
		item("https://a.example/1?a=1&amp;b=2", "1") + item("urn:2", "2") + `<item><title>t3</title><link>https://a.example/3</link></item></rdf:RDF>`
	for _, in := range []string{doc, strings.Replace(doc, "</rdf:RDF>", "", 1), strings.Replace(doc, "</title>", "", 3)} {
		d, _ := Parse([]byte(in), Hint{URL: "https://a.example/rdf"})
		if got := strings.Join(keysOf(d.Items), " "); got != "https://a.example/1?a=1&b=2 urn:2 https://a.example/3" {
			t.Errorf("keys %s", got)
		}
	}
	if fault, part := differ([]byte(doc), Hint{URL: "https://a.example/rdf"}, func(key string) bool { return key == "urn:2" }); fault != "" || !part.Cut {
		t.Errorf("cut %v: %s", part.Cut, fault)
	}
}
