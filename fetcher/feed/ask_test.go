package feed

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/japanese"
)

// The asks of users of feed readers that belong to the bytes of a feed and to
// what identifies its entries. The others are tested where they belong.

// parseGood parses a feed that must be good.
func parseGood(t *testing.T, body string, h Hint) Document {
	t.Helper()
	if h.URL == "" {
		h.URL = "https://a.example/rss.xml"
	}
	d, err := Parse([]byte(body), h)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestAsk7 puts one bad byte or character at every place of a feed: no entry is lost.
func TestAsk7(t *testing.T) {
	doc := `<?xml version="1.0" encoding="utf-8"?>` + wrap(one(1), one(2), one(3))
	first := strings.Index(doc, "제목 1")
	for name, bad := range map[string]string{
		"a byte that is no UTF-8": "\xff", "half a character": "\xec\x82", "U+0008": "\x08", "a zero": "\x00",
		"a number of a forbidden character": "&#8;", "the last of Unicode's plane": "\uffff",
	} {
		for _, at := range []int{first, first + len("제목"), strings.LastIndex(doc, "반도체"), strings.Index(doc, "</guid>")} {
			d := parseGood(t, doc[:at]+bad+doc[at:], Hint{})
			if len(d.Items) != 3 || d.Skipped != 0 || d.Items[0].Link != "https://a.example/1" {
				t.Errorf("%s at %d: %d items, %d skipped", name, at, len(d.Items), d.Skipped)
			}
		}
	}
}

// TestAsk8 reads a wrong or missing label right without help, and takes the
// operator's word where it must.
func TestAsk8(t *testing.T) {
	const title = "青葉電機と緑川メモリ、人工知能向け半導体で提携を発表"
	body := `<rss version="2.0"><channel><title>半導体だより</title><item><title>` + title + `</title><guid>1</guid></item></channel></rss>`
	eucjp, err := japanese.EUCJP.NewEncoder().String(body)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, in  string
		hint      Hint
		corrected bool
	}{
		{"EUC-JP without a label", eucjp, Hint{}, false},
		{"EUC-JP labelled utf-8", `<?xml version="1.0" encoding="utf-8"?>` + eucjp, Hint{}, true},
		{"the operator's word", `<?xml version="1.0" encoding="iso-8859-1"?>` + eucjp, Hint{Charset: "euc-jp"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := parseGood(t, tt.in, tt.hint)
			if d.Charset != "euc-jp" || d.CharsetCorrected != tt.corrected || d.Items[0].Title != title {
				t.Errorf("%s, corrected %v: %q", d.Charset, d.CharsetCorrected, d.Items[0].Title)
			}
		})
	}
}

// TestAsk9 gives entries new guids, links of another edition and counters, and
// new titles: something that identifies them stays.
func TestAsk9(t *testing.T) {
	entry := func(guid, link, title string) string {
		return "<title>" + title + "</title><guid>" + guid + "</guid><link>" + link + "</link><pubDate>Tue, 04 Nov 2025 14:06:07 +0900</pubDate>"
	}
	const cms = "https://www.a.example/news/articleView.html?idxno=1001"
	before := parseGood(t, wrap(entry("1", cms, "가온전자, 다올반도체와 HBM 공급 계약")), Hint{}).Items[0]
	for name, in := range map[string]string{
		"a new guid":                entry("x", cms, "다른 제목의 아주 다른 기사"),
		"a new guid, by counters":   entry("x", cms+"&amp;sc_code=rss&amp;utm_source=feed#top", "다른 제목의 아주 다른 기사"),
		"the mobile edition":        entry("x", "http://m.a.example/news/articleView.html?idxno=1001", "다른 제목의 아주 다른 기사"),
		"the AMP edition":           entry("x", "https://m.a.example/news/articleViewAmp.html?idxno=1001", "다른 제목의 아주 다른 기사"),
		"a new guid, a new address": entry("x", "https://www.a.example/news/1001-2/", "가온전자, 다올반도체와 HBM 공급 계약"),
		"a new address, title too":  entry("1", "https://www.a.example/news/1001-2/", "다른 제목의 아주 다른 기사"),
	} {
		now := parseGood(t, wrap(in), Hint{}).Items[0]
		if !slices.ContainsFunc(now.Keys, func(k string) bool { return slices.Contains(before.Keys, k) }) {
			t.Errorf("%s: keys %q, were %q", name, now.Keys, before.Keys)
		}
	}
	other := parseGood(t, wrap(entry("2", strings.Replace(cms, "1001", "1002", 1), "다른 제목의 아주 다른 기사")), Hint{}).Items[0]
	if slices.ContainsFunc(other.Keys, func(k string) bool { return slices.Contains(before.Keys, k) }) {
		t.Errorf("another article has keys %q, the first %q", other.Keys, before.Keys)
	}
}

// TestAsk12 changes what feeds change without news: the date of the last change,
// the advertisements in the text, the counters.
func TestAsk12(t *testing.T) {
	entry := func(n int) string {
		return fmt.Sprintf(`<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><entry><id>tag:a,1</id><title>Alpha and Beta sign</title>`+
			`<link href="https://a.example/1?utm_id=%d"/><published>2025-11-04T14:06:07+09:00</published><updated>2025-11-0%dT14:06:07+09:00</updated>`+
			`<content type="html">&lt;p&gt;Text&lt;/p&gt;&lt;img src="https://ads.example/%d"&gt;</content></entry></feed>`, n, n, n)
	}
	a, b := parseGood(t, entry(4), Hint{}).Items[0], parseGood(t, entry(5), Hint{}).Items[0]
	if !slices.Equal(a.Keys, b.Keys) || a.Key != b.Key || !a.PublishedAt.Equal(b.PublishedAt) {
		t.Errorf("keys %q and %q, published at %v and %v", a.Keys, b.Keys, a.PublishedAt, b.PublishedAt)
	}
}

// TestAsk13 corrects an entry: it stays the same entry, and its new words are read.
func TestAsk13(t *testing.T) {
	entry := func(title string) string {
		return wrap("<guid>1</guid><link>https://a.example/1</link><title>" + title + "</title><pubDate>Tue, 04 Nov 2025 14:06:07 +0900</pubDate>")
	}
	a := parseGood(t, entry("가온전자, 3조원 규모 공급 계약"), Hint{}).Items[0]
	b := parseGood(t, entry("[정정] 가온전자, 3천억원 규모 공급 계약"), Hint{}).Items[0]
	if a.Key != b.Key || a.MsgID() != b.MsgID() || b.Title != "[정정] 가온전자, 3천억원 규모 공급 계약" {
		t.Errorf("%q became %q, %q", a.Key, b.Key, b.Title)
	}
}

// TestAsk20 holds the cap of items: the first 2,000 are read, and the rest is
// counted, in every format.
func TestAsk20(t *testing.T) {
	const over = 5
	var rss, atom, jsonItems, urlset []string
	for i := range MaxItems + over {
		rss = append(rss, one(i))
		atom = append(atom, fmt.Sprintf(`<entry><id>%d</id><title>t</title></entry>`, i))
		jsonItems = append(jsonItems, fmt.Sprintf(`{"id":"%d","title":"t"}`, i))
		urlset = append(urlset, sitemapEntry(fmt.Sprint(i)))
	}
	for format, body := range map[string]string{
		"rss": wrap(rss...), "atom": `<feed xmlns="http://www.w3.org/2005/Atom">` + strings.Join(atom, "") + `</feed>`,
		"json":    `{"version":"https://jsonfeed.org/version/1.1","items":[` + strings.Join(jsonItems, ",") + `]}`,
		"sitemap": sitemap(urlset...),
	} {
		d := parseGood(t, body, Hint{})
		if d.Format != format || len(d.Items) != MaxItems || d.Skipped != over || d.Over != over {
			t.Errorf("%s: %d items, %d skipped, %d over", d.Format, len(d.Items), d.Skipped, d.Over)
		}
	}
	long := parseGood(t, wrap("<guid>1</guid><title>"+strings.Repeat("가", 10_000)+"</title>"), Hint{}).Items[0]
	if len(long.Title) > maxTitle || !strings.HasPrefix(long.Title, "가가") {
		t.Errorf("title of %d bytes", len(long.Title))
	}
}

// TestAsk22 reads dates without a zone, or with an odd one, in every format.
func TestAsk22(t *testing.T) {
	want := time.Date(2025, 11, 4, 5, 6, 7, 0, time.UTC)
	for name, in := range map[string]string{
		"without a zone":       wrap("<guid>1</guid><pubDate>2025-11-04 14:06:07</pubDate>"),
		"KST":                  wrap("<guid>1</guid><pubDate>Tue, 04 Nov 2025 14:06:07 KST</pubDate>"),
		"GMT+9":                wrap("<guid>1</guid><pubDate>Tue,4 Nov 2025 14:6:7 GMT+9</pubDate>"),
		"in words":             wrap("<guid>1</guid><pubDate>2025년 11월 4일 오후 2:06:07</pubDate>"),
		"Atom, without a zone": `<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id><title>t</title><published>2025-11-04T14:06:07</published></entry></feed>`,
		"JSON, without a zone": `{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1","title":"t","date_published":"2025-11-04 14:06:07"}]}`,
	} {
		for hint, h := range map[string]Hint{"zone": {Zone: seoul}, "language": {Lang: "ko"}} {
			if it := parseGood(t, strings.Replace(in, "<guid>", "<title>t</title><guid>", 1), h).Items[0]; !it.PublishedAt.Equal(want) {
				t.Errorf("%s, by the %s: %v, want %v", name, hint, it.PublishedAt, want)
			}
		}
	}
	d := parseGood(t, wrap("<guid>1</guid><title>t</title><pubDate>어제</pubDate>", one(2)), Hint{})
	if len(d.Items) != 2 || !d.Items[0].PublishedAt.IsZero() || d.Items[0].Published != "어제" {
		t.Errorf("a date that cannot be read: %+v", d.Items)
	}
}

// TestAsk23 keeps the opaque link of a search as the hint that it is, and reads
// headline and publisher from the title.
func TestAsk23(t *testing.T) {
	const link = "https://news.google.com/rss/articles/CBMiX0FVX3lxTE1?oc=5"
	d := parseGood(t, wrap(
		`<title>Alpha - Beta deal on AI chips - Chip Daily</title><link>`+link+`</link><guid isPermaLink="false">CBMiX0FVX3lxTE1</guid><source url="https://chipdaily.example">Chip Daily</source>`,
		`<title>제목만 있는 기사</title><link>https://news.google.com/rss/articles/2</link><guid>2</guid>`,
		`<title>Alpha - Beta</title><link>https://a.example/3</link><guid>3</guid>`,
	), Hint{})
	for i, want := range [][2]string{{"Alpha - Beta deal on AI chips", "Chip Daily"}, {"제목만 있는 기사", ""}, {"Alpha - Beta", ""}} {
		if it := d.Items[i]; it.Title != want[0] || it.Publisher != want[1] {
			t.Errorf("%q of %q, want %q", it.Title, it.Publisher, want)
		}
	}
	if d.Items[0].Link != link || d.Items[0].Key != "CBMiX0FVX3lxTE1" {
		t.Errorf("link %s, key %s", d.Items[0].Link, d.Items[0].Key)
	}
}

// faultIn returns the status with which a document is refused, "" for a good one.
func faultIn(body string, h Hint) Status {
	var e *Error
	if _, err := Parse([]byte(body), h); errors.As(err, &e) {
		return e.Status
	}
	return ""
}
