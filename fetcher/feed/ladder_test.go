package feed

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/mmcdole/gofeed"

	"github.com/chipwire/chipwire/news"
)

func keysOf(items []news.Item) []string {
	list := make([]string, len(items))
	for i, it := range items {
		list[i] = it.Key
	}
	return list
}

// knowing returns a Hint of what is known, by place in the list of keys.
func knowing(h Hint, keys []string, places ...int) Hint {
	known := map[string]bool{}
	for _, p := range places {
		known[keys[p]] = true
	}
	h.Known = func(key string) bool { return known[key] }
	return h
}

// differ compares a parse that knows some items with a whole one, filtered.
func differ(body []byte, h Hint, known func(key string) bool) (string, Document) {
	whole, wholeErr := Parse(body, h)
	h.Known = known
	part, err := Parse(body, h)
	var want []news.Item
	for _, it := range whole.Items {
		if !known(it.Key) || h.Mark != nil && Changed(h.Mark(it.Key), it.Mark) {
			want = append(want, it)
		}
	}
	if fmt.Sprint(err) != fmt.Sprint(wholeErr) {
		return fmt.Sprintf("error %v, whole parse %v", err, wholeErr), part
	}
	if got, want := fmt.Sprintf("%+v", part.Items), fmt.Sprintf("%+v", want); got != want && len(part.Items)+len(want) > 0 {
		return fmt.Sprintf("cut %v\n got %s\nwant %s", part.Cut, got, want), part
	}
	if part.Title != whole.Title || part.Lang != whole.Lang || part.Format != whole.Format || part.Wishes != whole.Wishes {
		return fmt.Sprintf("head %q %s %s %v, want %q %s %s %v", part.Title, part.Lang, part.Format, part.Wishes, whole.Title, whole.Lang, whole.Format, whole.Wishes), part
	}
	return "", part
}

func TestKnownItemsAreLeftOut(t *testing.T) {
	docs := benchDocs()
	for _, name := range []string{"cms.xml", "atom.xml", "rdf.xml", "feed.json"} {
		docs[name] = file(t, name)
	}
	for name, doc := range docs {
		t.Run(name, func(t *testing.T) {
			h := Hint{Zone: seoul, URL: "https://a.example/rss"}
			whole, err := Parse([]byte(doc), h)
			if err != nil {
				t.Fatal(err)
			}
			keys := keysOf(whole.Items)
			for mask := range 1 << min(len(keys), 6) {
				known := map[string]bool{}
				for i, key := range keys {
					if mask>>(i%6)&1 == 1 {
						known[key] = true
					}
				}
				fault, part := differ([]byte(doc), h, func(key string) bool { return known[key] })
				if fault != "" {
					t.Fatal(fault)
				}
				if want := len(known) > 0 && name != "feed.json"; part.Cut != want {
					t.Errorf("%d of %d known: cut is %v, want %v", len(known), len(keys), part.Cut, want)
				}
				if len(part.Known) != len(known) {
					t.Errorf("%d known, want %d", len(part.Known), len(known))
				}
			}
		})
	}
}

// TestDoubtParsesTheWhole has a fault in each document that makes the scan
// unsure: the whole must be parsed, with the same outcome.
func TestDoubtParsesTheWhole(t *testing.T) {
	good := wrap(one(1), one(2), one(3))
	for _, tt := range []struct{ name, in string }{
		{"the same guid twice", wrap(one(1), one(2), one(1))},
		{"the same link twice", wrap(one(1), one(2), strings.Replace(one(3), "/3", "/1", 1))},
		{"two guids in an item", wrap(one(1)+"<guid>x</guid>", one(2))},
		{"an item without any", wrap(one(1), one(2), "<title>x</title>")},
		{"an item without an end", strings.Replace(good, "</item>", "", 1)},
		{"a title without an end", strings.Replace(good, "</title>", "", 2)},
		{"an end without a start", strings.Replace(good, "</title>", "</title></b>", 2)},
		{"a bare less-than", wrap(one(1), one(2), "<title>1 < 2</title><guid>g3</guid>")},
		{"cut", good[:len(good)-20]},
		{"the last sign missing", good[:len(good)-1]},
		{"an item inside another element", strings.Replace(good, "<item>", "<image><item><guid>i</guid></item></image><item>", 1)},
		{"an item of another namespace", strings.Replace(good, "</channel>", `<x:item xmlns:x="http://purl.org/rss/1.0/"><guid>x</guid></x:item></channel>`, 1)},
		{"a namespace on an item", strings.Replace(good, "<item>", `<item xmlns="http://www.w3.org/2005/Atom">`, 1)},
		{"a guid with markup", wrap("<guid>a<b/></guid>"+one(1), one(2))},
		{"a guid in a comment", wrap("<!-- <guid>x</guid> -->"+one(1), one(2))},
		{"xml:base", strings.Replace(good, "<channel>", `<channel xml:base="https://b.example/">`, 1)},
		{"a redirector's original", wrap(one(1), one(2)+`<f:origLink xmlns:f="http://rssnamespace.org/feedburner/ext/1.0">https://b.example/</f:origLink>`)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, key := range []string{"g1", "g2", "g3", "x", "i", "https://a.example/1"} {
				if fault, _ := differ([]byte(tt.in), Hint{URL: "https://a.example/rss"}, func(k string) bool { return k == key }); fault != "" {
					t.Errorf("%s known: %s", key, fault)
				}
			}
		})
	}
}

func TestCutIsUsed(t *testing.T) {
	link := func(n int) string {
		return fmt.Sprintf("<title>t%d</title><link>https://a.example/%d</link>", n, n)
	}
	for _, tt := range []struct {
		name, in string
		hint     Hint
	}{
		{"guid", wrap(one(1), one(2)), Hint{}},
		{"guid in CDATA", wrap("<title>a</title><guid><![CDATA[1]]></guid>", "<title>b</title><guid><![CDATA[2]]></guid>"), Hint{}},
		{"guid with entities", wrap("<title>a</title><guid>https://a.example/?a=1&amp;b=1</guid>", "<title>b</title><guid>https://a.example/?a=1&amp;b=2</guid>"), Hint{}},
		{"link", wrap(link(1), link(2)), Hint{URL: "https://a.example/rss"}},
		{"EUC-KR", cp949(t, wrap(one(1), one(2))), Hint{}},
		{"upper case", strings.NewReplacer("guid", "GUID", "item", "ITEM").Replace(wrap(one(1), one(2))), Hint{}},
		{"markup in the text", wrap(one(1)+"<description><p>a</p></description>", one(2)), Hint{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			whole, err := Parse([]byte(tt.in), tt.hint)
			if err != nil {
				t.Fatal(err)
			}
			d, err := Parse([]byte(tt.in), knowing(tt.hint, keysOf(whole.Items), 0))
			if err != nil || !d.Cut || len(d.Items) != 1 || d.Items[0].Key != whole.Items[1].Key || len(d.Known) != 1 {
				t.Errorf("cut %v, items %v, known %v, %v", d.Cut, keysOf(d.Items), d.Known, err)
			}
		})
	}
}

// TestLightIsGofeed holds the parse of a document whose long texts go round
// gofeed against gofeed on the whole document.
func TestLightIsGofeed(t *testing.T) {
	docs := benchDocs()
	for _, name := range []string{"cms.xml", "atom.xml", "rdf.xml"} {
		docs[name] = file(t, name)
	}
	docs["dc"] = `<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>T</title><item><title>a</title><description/><dc:description>d</dc:description><dc:date>2025-01-01</dc:date><pubDate></pubDate></item></channel></rss>`
	docs["twice"] = wrap("<description>a</description><description>b</description><pubDate>1</pubDate><pubdate>2</pubdate>", "<summary>s</summary><description> a &amp;lt; <![CDATA[&amp; b]]> c &nbsp; &copy=2; & &#8217;</description>")
	for name, doc := range docs {
		t.Run(name, func(t *testing.T) {
			o := scan(doc)
			want, err := read(o.kind, doc[o.start:o.end])
			if err != nil || !o.plain() {
				t.Fatal(err, o.doubt)
			}
			got := parseLight(doc, o, nil)
			if got == nil {
				t.Fatal("not parsed")
			}
			for i, w := range want.Items {
				g := got.feed.Items[i]
				if strings.TrimSpace(w.GUID) == "" {
					g.GUID = "" // rdf:about, which gofeed does not read
				}
				if a, b := essence(g), essence(w); a != b {
					t.Errorf("item %d:\n got %s\nwant %s", i, a, b)
				}
			}
		})
	}
}

func essence(e *gofeed.Item) string {
	return fmt.Sprintf("%q %q %q %q %q %q %q %q", e.Title, e.Link, e.Links, e.GUID, e.Description, e.Content, e.Published, e.Updated)
}

func FuzzKnown(f *testing.F) {
	for _, name := range []string{"cms.xml", "atom.xml", "rdf.xml", "feed.json"} {
		f.Add([]byte(file(f, name)), uint8(1))
	}
	f.Add([]byte(wrap(one(1), one(2), one(3))), uint8(5))
	f.Add([]byte(wrap(one(1), one(2), one(3))), uint8(0x82))
	f.Add([]byte(sitemap(sitemapEntry("1"), sitemapEntry("2"), sitemapEntry("3"))), uint8(2))
	for _, doc := range benchDocs() { // the first three items of each
		items := regexp.MustCompile(`(?s)<(item|entry)>.*?</(item|entry)>`).FindAllStringIndex(doc, -1)
		f.Add([]byte(doc[:items[2][1]]+doc[items[27][1]:]), uint8(2))
	}
	f.Fuzz(func(t *testing.T, body []byte, mask uint8) { // every second known title has changed
		h := Hint{Zone: seoul, URL: "https://a.example/rss", ByLink: mask&0x80 != 0}
		whole, _ := Parse(body, h)
		known, marks := map[string]bool{}, map[string]news.Mark{}
		for i, it := range whole.Items {
			if mask>>(i%8)&1 == 1 {
				known[it.Key] = true
				if marks[it.Key] = it.Mark; len(known)%2 == 0 {
					marks[it.Key] = MarkOf("before")
				}
			}
		}
		h.Mark = func(key string) news.Mark { return marks[key] }
		if fault, _ := differ(body, h, func(key string) bool { return known[key] }); fault != "" {
			t.Error(fault)
		}
	})
}

func BenchmarkKnown(b *testing.B) {
	for name, doc := range benchDocs() {
		h := Hint{Zone: seoul, URL: "https://a.example/rss"}
		whole, err := Parse([]byte(doc), h)
		if err != nil {
			b.Fatal(err)
		}
		keys := keysOf(whole.Items)
		for _, unknown := range []int{1, 3} {
			known, marks := map[string]bool{}, map[string]news.Mark{}
			for i, key := range keys[unknown:] {
				known[key], marks[key] = true, whole.Items[unknown+i].Mark
			}
			h.Mark = func(key string) news.Mark { return marks[key] }
			h.Known = func(key string) bool { return known[key] }
			b.Run(fmt.Sprintf("%s/new=%d", name, unknown), func(b *testing.B) {
				body := []byte(doc)
				b.SetBytes(int64(len(doc)))
				b.ReportAllocs()
				for b.Loop() {
					if d, err := Parse(body, h); err != nil || len(d.Items) != unknown {
						b.Fatal(len(d.Items), err)
					}
				}
			})
		}
	}
}
