package feed

import (
	"errors"
	"strings"
	"testing"

	"github.com/chipwire/chipwire/internal/urls"
)

// FuzzLight holds the reading of a document whose long texts and dates go round
// gofeed against gofeed alone.
func FuzzLight(f *testing.F) {
	for _, name := range []string{"cms.xml", "atom.xml", "rdf.xml"} {
		f.Add(file(f, name))
	}
	f.Add(wrap("<description>a</description><description>b</description><pubDate>1</pubDate>", "<summary>s</summary><description> a &amp;lt; <![CDATA[&amp; b]]> c &nbsp; &copy=2; & &#8217;</description>"))
	f.Add(`<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id><content type>&lt;</content></entry><entry><id>2</id><summary x:type="text/x" type="html">&amp;lt;</summary></entry></feed>`)
	f.Add(`<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><item><dc:date>2025-01-01</dc:date><content:encoded>c</content:encoded><dc:creator>x</dc:creator></item></channel></rss>`)
	f.Fuzz(func(t *testing.T, doc string) {
		doc = clean(strings.ToValidUTF8(doc, "\ufffd"))
		o := scan(doc)
		if formats[o.kind] == "" || o.deep || len(o.stray) > 0 || !o.plain() || strings.Contains(doc, "xml:base") {
			return
		}
		got := parseLight(doc, o, nil)
		if got == nil {
			return // the whole goes to gofeed
		}
		want, err := read(o.kind, doc[o.start:o.end])
		if err != nil {
			return // damage in what gofeed need not see
		}
		if len(want.Items) != len(got.feed.Items) {
			t.Fatalf("%d items, gofeed has %d", len(got.feed.Items), len(want.Items))
		}
		for i, w := range want.Items {
			g := got.feed.Items[i]
			if strings.TrimSpace(w.GUID) == "" {
				g.GUID, w.GUID = "", "" // rdf:about, which gofeed does not read
			}
			if a, b := essence(g), essence(w); a != b {
				t.Errorf("item %d:\n got %s\nwant %s", i, a, b)
			}
		}
	})
}

// cutHolds checks that a document which ends early is an error, and never holds
// more than the whole.
func cutHolds(t *testing.T, body string, at uint16, h Hint) {
	t.Helper()
	body = strings.TrimSpace(body)
	whole, err := Parse([]byte(body), h)
	if err != nil || len(body) < 2 {
		return
	}
	end := len(body)
	if whole.Format != "json" {
		end = scan(body).end - 1 // the last ">" may be missing, and what follows is no part of it
	}
	if end <= 0 {
		return
	}
	n := int(at) % end
	part, err := Parse([]byte(body[:n]), h)
	if err == nil {
		t.Errorf("cut at %d of %d: no error, %d items", n, len(body), len(part.Items))
	}
	if len(part.Items) > len(whole.Items)+whole.Skipped {
		t.Errorf("cut at %d of %d: %d items, the whole has %d", n, len(body), len(part.Items), len(whole.Items))
	}
}

func FuzzJSON(f *testing.F) {
	f.Add(file(f, "feed.json"), uint16(300))
	f.Add(`{"version":"https://jsonfeed.org/version/1.1","items":[{"id":1,"title":"a"},"x",{"id":2.5,"content_text":7,"attachments":{"url":1}}]}`, uint16(90))
	f.Fuzz(func(t *testing.T, body string, at uint16) {
		body = "{" + strings.TrimPrefix(body, "{")
		h := Hint{Zone: seoul, URL: "https://a.example/feed.json", Charset: "utf-8"}
		d, err := Parse([]byte(body), h)
		var e *Error
		if err != nil && !errors.As(err, &e) || err == nil && d.Format != "json" {
			t.Errorf("%v, format %q", err, d.Format)
		}
		for _, it := range d.Items {
			if it.Key == "" || it.Link != "" && urls.Resolve("", it.Link) != it.Link {
				t.Errorf("item %+v", it)
			}
		}
		cutHolds(t, body, at, h)
	})
}

func FuzzSitemap(f *testing.F) {
	f.Add(sitemapEntry("1")+sitemapEntry("2"), uint16(300), uint8(1))
	f.Add("<url><loc>https://a.example/</loc></url>"+sitemapEntry("3")+"<url/>", uint16(40), uint8(2))
	f.Fuzz(func(t *testing.T, entries string, at uint16, mask uint8) {
		body := sitemap(entries)
		h := Hint{Zone: seoul, URL: "https://a.example/news.xml", Charset: "utf-8"}
		whole, err := Parse([]byte(body), h)
		var e *Error
		if err != nil && !errors.As(err, &e) {
			t.Errorf("error %v has no status", err)
		}
		known := map[string]bool{}
		for i, it := range whole.Items {
			if it.Key == "" {
				t.Errorf("item %+v", it)
			}
			known[it.Key] = mask>>(i%8)&1 == 1
		}
		if fault, _ := differ([]byte(body), h, func(key string) bool { return known[key] }); fault != "" {
			t.Error(fault)
		}
		cutHolds(t, body, at, h)
	})
}
