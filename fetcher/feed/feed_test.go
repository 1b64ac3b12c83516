package feed

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/korean"

	"github.com/chipwire/chipwire/news"
)

var seoul = time.FixedZone("Asia/Seoul", 9*3600)

func file(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func cp949(t testing.TB, s string) string {
	t.Helper()
	b, err := korean.EUCKR.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestParseFormats(t *testing.T) {
	at := time.Date(2025, 11, 4, 5, 6, 7, 0, time.UTC)
	for _, tt := range []struct {
		file, format, title, lang string
		items                     int
		zoneless                  int
		first                     news.Item
	}{
		{"cms.xml", "rss", "칩타임즈 - 전체기사", "ko", 2, 2, news.Item{
			Lang: "ko", Zone: "Asia/Seoul",
			Key:         "https://www.chiptimes.example/news/articleView.html?idxno=1001",
			Link:        "https://www.chiptimes.example/news/articleView.html?idxno=1001&sc_code=rss",
			Title:       `[단독] 가온전자, 다올반도체와 "HBM 공급" 계약`,
			Summary:     "가온전자는 12일 다올반도체와 고대역폭메모리 공급 계약을 맺었다고 밝혔다. 계약 규모는 <3조원>이다.",
			Published:   "2025-11-04 14:06:07",
			PublishedAt: at,
		}},
		{"atom.xml", "atom", "Chip Desk", "en", 2, 0, news.Item{
			Lang: "en", Zone: "Asia/Seoul",
			Key:         "tag:chipdesk.example,2025:1",
			Link:        "https://chipdesk.example/1?utm_source=feed",
			Title:       "Alpha Devices & Beta Silicon sign foundry deal",
			Summary:     "Alpha will build chips for Beta.",
			Content:     "Alpha will build chips for Beta.\n\nShipments start next year.",
			Published:   "2025-11-04T14:06:07+09:00",
			Updated:     "2025-11-04T14:10:00+09:00",
			PublishedAt: at,
		}},
		{"rdf.xml", "rdf", "半導体だより", "ja", 1, 0, news.Item{
			Lang: "ja", Zone: "Asia/Seoul",
			Key:         "https://handotai.example/a",
			Link:        "https://handotai.example/a",
			Title:       "青葉電機と緑川メモリ、提携を発表",
			Summary:     "両社は共同で開発する。",
			Published:   "2025-11-04T14:06:07+09:00",
			Updated:     "2025-11-04T14:06:07+09:00",
			PublishedAt: at,
		}},
		{"feed.json", "json", "Chip Notes", "en", 2, 0, news.Item{
			Lang: "en", Zone: "Asia/Seoul",
			Key:         "n1",
			Link:        "https://chipnotes.example/n1",
			Title:       "Delta licenses its IP to Epsilon",
			Content:     "Delta said so.\n\nEpsilon agreed.",
			Published:   "2025-11-04T05:06:07Z",
			PublishedAt: at,
		}},
	} {
		t.Run(tt.file, func(t *testing.T) {
			d, err := Parse([]byte(file(t, tt.file)), Hint{Zone: seoul, URL: "https://www.chiptimes.example/rss/all.xml"})
			if err != nil {
				t.Fatal(err)
			}
			if d.Format != tt.format || d.Title != tt.title || d.Lang != tt.lang || len(d.Items) != tt.items || d.Skipped != 0 || d.Zoneless != tt.zoneless {
				t.Errorf("got %s %q %s, %d items, %d skipped, %d without zone", d.Format, d.Title, d.Lang, len(d.Items), d.Skipped, d.Zoneless)
			}
			got := d.Items[0]
			if !got.PublishedAt.Equal(tt.first.PublishedAt) {
				t.Errorf("published at %v, want %v", got.PublishedAt, tt.first.PublishedAt)
			}
			got.PublishedAt = tt.first.PublishedAt
			got.Keys, got.Mark = nil, 0
			if !reflect.DeepEqual(got, tt.first) {
				t.Errorf("first item:\n got %+v\nwant %+v", got, tt.first)
			}
		})
	}
}

func TestParseSecondItems(t *testing.T) {
	d, err := Parse([]byte(file(t, "cms.xml")), Hint{URL: "https://www.chiptimes.example/rss/all.xml"})
	if err != nil {
		t.Fatal(err)
	}
	it := d.Items[1]
	if it.Link != "https://www.chiptimes.example/news/articleView.html?idxno=1002" {
		t.Errorf("relative link: %q", it.Link)
	}
	if want := "라온칩이 마루AI와 손잡았다.\n\n자세히 보기\n끝"; it.Summary != want {
		t.Errorf("summary %q, want %q", it.Summary, want)
	}
	if want := `라온칩 & 마루AI, AI 반도체 공동 개발 "R&D 센터 설립"`; it.Title != want {
		t.Errorf("title %q, want %q", it.Title, want)
	}
	d, err = Parse([]byte(file(t, "atom.xml")), Hint{URL: "https://chipdesk.example/feed.atom"})
	if err != nil {
		t.Fatal(err)
	}
	it = d.Items[1]
	if it.Link != "https://chipdesk.example/2" || it.Content != "Gamma joined." || it.PublishedAt.IsZero() {
		t.Errorf("second entry: %+v", it)
	}
}

// wrap makes an RSS document of item bodies.
func wrap(items ...string) string {
	return `<rss version="2.0"><channel><title>T</title><link>https://a.example/</link><item>` +
		strings.Join(items, "</item>\n<item>") + `</item></channel></rss>`
}

func one(n int) string {
	return fmt.Sprintf("<title>제목 %d 반도체</title><link>https://a.example/%d</link><guid>g%d</guid>", n, n, n)
}

func TestParseSurvives(t *testing.T) {
	good := wrap(one(1), one(2), one(3))
	utf8Labelled := `<?xml version="1.0" encoding="euc-kr"?>` + good
	for _, tt := range []struct {
		name, in string
		hint     Hint
		items    int
		skipped  int
		title    string // of the first item, when not the usual one
	}{
		{"plain", good, Hint{}, 3, 0, ""},
		{"UTF-8 labelled euc-kr", utf8Labelled, Hint{}, 3, 0, ""},
		{"CP949 by declaration", cp949(t, utf8Labelled), Hint{}, 3, 0, ""},
		{"CP949 by single-quoted declaration", cp949(t, `<?xml version='1.0' encoding='ms949'?>`+good), Hint{}, 3, 0, ""},
		{"CP949 by content type", cp949(t, good), Hint{ContentType: "text/xml; charset=ks_c_5601-1987"}, 3, 0, ""},
		{"CP949 undeclared", cp949(t, good), Hint{}, 3, 0, ""},
		{"CP949 labelled utf-8, override", cp949(t, `<?xml version="1.0" encoding="utf-8"?>`+good), Hint{Charset: "cp949"}, 3, 0, ""},
		{"mark, blank lines and comment before the root", "\ufeff\n\n<?xml version=\"1.0\"?><!-- <rss> " + strings.Repeat("x", 5000) + " -->" + good, Hint{}, 3, 0, ""},
		{"warning of a script before the root", "<br />\n<b>Warning</b>: x in <b>/a.php</b><br />" + good, Hint{}, 3, 0, ""},
		{"script behind the root", good + "<script>var a = '<rss>'</script>", Hint{}, 3, 0, ""},
		{"doctype", `<!DOCTYPE rss [<!ENTITY a "b">]>` + good, Hint{}, 3, 0, ""},
		{"control characters", strings.ReplaceAll(good, "제목", "제\x08목&#x1F;&#0;"), Hint{}, 3, 0, "제목 1 반도체"},
		{"one bad byte", strings.Replace(good, "제목 2", "제목\xff 2", 1), Hint{}, 3, 0, ""},
		{"bare ampersand and HTML entity", strings.ReplaceAll(good, "제목", "A&B&nbsp;&middot;제목"), Hint{}, 3, 0, "A&B ·제목 1 반도체"},
		{"bare less-than", strings.ReplaceAll(good, "제목", "1 < 2 제목"), Hint{}, 3, 0, "1 < 2 제목 1 반도체"},
		{"comment with an item in it", strings.Replace(good, "<title>T", "<!-- <item><title>x</title></item> --><title>T", 1), Hint{}, 3, 0, ""},
		{"CDATA with tags of a feed", wrap("<title><![CDATA[</item></rss><item>]]></title><guid>1</guid>", one(2)), Hint{}, 2, 0, "</item></rss><item>"},
		{"one item broken beyond reading", wrap(one(1), `<title a"<b">x</title><![x`+one(2)+">", one(3)), Hint{}, 2, 1, ""},
		{"titles without an end", strings.Replace(good, "</title>", "", 3), Hint{}, 3, 0, ""},
		{"an item without an end", strings.Replace(good, "</item>", "", 1), Hint{}, 2, 1, "제목 2 반도체"},
		{"an empty item", wrap(one(1), "<category>x</category>"), Hint{}, 1, 1, ""},
		{"no items", `<rss version="2.0"><channel><title>T</title></channel></rss>`, Hint{}, 0, 0, ""},
		{"the last sign missing", good[:len(good)-1] + "\r\n", Hint{}, 3, 0, ""},
		{"a root that closes itself", `<rss version="2.0"/>`, Hint{}, 0, 0, ""},
		{"upper case", strings.NewReplacer("rss", "RSS", "channel", "CHANNEL", "item", "ITEM").Replace(good), Hint{}, 3, 0, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, err := Parse([]byte(tt.in), tt.hint)
			if err != nil {
				t.Fatal(err)
			}
			if len(d.Items) != tt.items || d.Skipped != tt.skipped {
				t.Fatalf("%d items, %d skipped, want %d, %d: %+v", len(d.Items), d.Skipped, tt.items, tt.skipped, d.Items)
			}
			want := tt.title
			if want == "" {
				want = "제목 1 반도체"
			}
			if tt.items > 0 && d.Items[0].Title != want {
				t.Errorf("first title %q, want %q", d.Items[0].Title, want)
			}
		})
	}
}

func TestParseErrors(t *testing.T) {
	good := wrap(one(1), one(2), one(3))
	atom, rdf, jsonFeed := file(t, "atom.xml"), file(t, "rdf.xml"), file(t, "feed.json")
	for _, tt := range []struct {
		name, in string
		hint     Hint
		status   Status
		items    int
	}{
		{"no bytes", "", Hint{}, Empty, 0},
		{"only space", "\ufeff \r\n\t", Hint{}, Empty, 0},
		{"web page", "<!DOCTYPE html><html><head><title>x</title></head><body><p>x</p></body></html>", Hint{}, HTML, 0},
		{"XHTML", `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body/></html>`, Hint{}, HTML, 0},
		{"fragment of a page", "<div>Access denied</div>", Hint{ContentType: "text/html"}, HTML, 0},
		{"other XML", "<sitemap><url/></sitemap>", Hint{}, Malformed, 0},
		{"words", "Not Found", Hint{}, Malformed, 0},
		{"other JSON", `{"error":"no such feed"}`, Hint{}, Malformed, 0},
		{"broken JSON", `{"version": x}`, Hint{}, Malformed, 0},
		{"noise", noise(2000), Hint{}, Charset, 0},
		{"too deep", "<rss><channel>" + strings.Repeat("<a>", 1000) + strings.Repeat("</a>", 1000) + "</channel></rss>", Hint{}, Malformed, 0},
		{"cut behind the second item", good[:strings.Index(good, "제목 3")], Hint{}, Truncated, 2},
		{"cut inside a tag", good[:strings.Index(good, "g3</guid>")+4], Hint{}, Truncated, 2},
		{"cut before the root's end", strings.TrimSuffix(good, "</rss>"), Hint{}, Truncated, 3},
		{"cut inside the root's end", good[:len(good)-2], Hint{}, Truncated, 3},
		{"cut inside CDATA's opening", good[:strings.Index(good, "제목 3")] + "<![CD", Hint{}, Truncated, 2},
		{"the root's end inside an open item", strings.Replace(good, "</item></channel></rss>", "</rss", 1), Hint{}, Truncated, 2},
		{"cut before any item", good[:40], Hint{}, Truncated, 0},
		{"cut inside CDATA", wrap(one(1), "<title><![CDATA[x</item></channel></rss>"), Hint{}, Truncated, 1},
		{"cut inside a CP949 character", cp949(t, good)[:len(cp949(t, good[:strings.Index(good, "제목 3")]))+1], Hint{}, Truncated, 2},
		{"Atom cut", atom[:strings.LastIndex(atom, "joined")], Hint{}, Truncated, 1},
		{"RDF cut", rdf[:len(rdf)-5], Hint{}, Truncated, 1},
		{"JSON cut", jsonFeed[:strings.Index(jsonFeed, "Plain words")], Hint{}, Truncated, 1},
		{"JSON that is none behind an item", strings.Replace(jsonFeed, "Plain words", `Plain" words`, 1), Hint{}, Truncated, 1},
		{"JSON cut behind the items", jsonFeed[:strings.LastIndex(jsonFeed, "]")], Hint{}, Truncated, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, err := Parse([]byte(tt.in), tt.hint)
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("error %v, want status %s", err, tt.status)
			}
			if e.Status != tt.status || len(d.Items) != tt.items {
				t.Errorf("%v with %d items, want %s with %d", e, len(d.Items), tt.status, tt.items)
			}
			if e.Advice() == "" || !strings.HasPrefix(e.Error(), "feed: "+string(tt.status)) {
				t.Errorf("%q, advice %q", e.Error(), e.Advice())
			}
		})
	}
}

// TestEveryCut cuts each kind of feed at every byte: each cut must be an error
// that keeps exactly the items that are whole before it. Only the last sign of the
// root's end tag may be missing: nothing can have stood behind it.
func TestEveryCut(t *testing.T) {
	docs := map[string]string{
		"sitemap": sitemap(sitemapEntry("1"), sitemapEntry("2")),
		"EUC-KR":  cp949(t, `<?xml version="1.0" encoding="euc-kr"?>`+wrap(one(1), one(2))),
	}
	for _, name := range []string{"cms.xml", "atom.xml", "rdf.xml", "feed.json"} {
		docs[name] = strings.TrimSpace(file(t, name))
	}
	for name, doc := range docs {
		for i := range len(doc) {
			d, err := Parse([]byte(doc[:i]), Hint{})
			var e *Error
			if err == nil && (i < len(doc)-1 || d.Format == "json") {
				t.Fatalf("%s cut at %d of %d: no error, %d items", name, i, len(doc), len(d.Items))
			}
			whole := 0
			for _, end := range []string{"</item>", "</entry>", "</url>", "Z\"}"} {
				whole += strings.Count(doc[:i], end)
			}
			if len(d.Items) != whole && (!errors.As(err, &e) || e.Status != Charset) {
				t.Fatalf("%s cut at %d: %d items, %d are whole: %v", name, i, len(d.Items), whole, err)
			}
		}
	}
}

func TestKeys(t *testing.T) {
	link := "<link>https://a.example/news/articleView.html?idxno=%d&amp;page=2</link>"
	for _, tt := range []struct {
		name  string
		items []string
		want  []string
	}{
		{"guid", []string{"<guid> 17 </guid><link>https://a.example/1</link>"}, []string{"17"}},
		{"canonical link", []string{fmt.Sprintf(link, 9)}, []string{"https://a.example/news/articleView.html?idxno=9"}},
		{"title and date", []string{"<title>x</title><pubDate>y</pubDate>"}, []string{news.Hash("x", "y")}},
		{
			"a guid that all share",
			[]string{"<guid>g</guid>" + fmt.Sprintf(link, 1), "<guid>g</guid>" + fmt.Sprintf(link, 2)},
			[]string{"https://a.example/news/articleView.html?idxno=1", "https://a.example/news/articleView.html?idxno=2"},
		},
		{
			"links that differ in the fragment alone",
			[]string{"<title>a</title><link>https://a.example/changes#v1</link>", "<title>b</title><link>https://a.example/changes#v2</link>"},
			[]string{"https://a.example/changes#v1", "https://a.example/changes#v2"},
		},
		{"one item twice", []string{one(1), one(1)}, []string{"g1", "g1"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, err := Parse([]byte(wrap(tt.items...)), Hint{})
			if err != nil {
				t.Fatal(err)
			}
			for i, it := range d.Items {
				if it.Key != tt.want[i] {
					t.Errorf("key %q, want %q", it.Key, tt.want[i])
				}
			}
		})
	}
}

func TestIdentities(t *testing.T) {
	const title, date = "<title>두 회사, 인공지능 반도체 계약</title>", "<pubDate>Tue, 04 Nov 2025 14:06:07 +0900</pubDate>"
	byTitle := news.Hash("title", "두 회사, 인공지능 반도체 계약", "2025-11-04")
	for _, tt := range []struct {
		name  string
		items []string
		want  string // the other keys of the first item
	}{
		{"all", []string{"<guid>1</guid><link>https://m.a.example/1?utm_source=x</link>" + title + date}, "a.example/1 " + byTitle},
		{"no date", []string{"<guid>1</guid><link>https://a.example/1</link>" + title}, "a.example/1"},
		{"a short title", []string{"<guid>1</guid><title>인사</title>" + date}, ""},
		{"a title that two have", []string{"<guid>1</guid>" + title + date, "<guid>2</guid>" + title + date}, ""},
		{"a link that two have", []string{"<guid>1</guid><link>https://a.example/x</link>", "<guid>2</guid><link>https://a.example/x</link>"}, ""},
		{"a link to the site", []string{"<guid>1</guid><link>https://a.example/</link>"}, ""},
		{"a link into a page", []string{"<guid>1</guid><link>https://a.example/changes#v1</link>"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, err := Parse([]byte(wrap(tt.items...)), Hint{})
			if err != nil {
				t.Fatal(err)
			}
			keys := d.Items[0].Keys
			if keys[0] != "1" || strings.Join(keys[1:], " ") != tt.want {
				t.Errorf("keys %q, want 1 and %q", keys, tt.want)
			}
		})
	}
}

func TestLinks(t *testing.T) {
	for _, tt := range []struct{ name, item, want string }{
		{"link", "<title>x</title><link>\n https://a.example/1#top \n</link>", "https://a.example/1"},
		{"guid for want of a link", "<guid>https://a.example/2</guid>", "https://a.example/2"},
		{"guid that is no link", "<title>x</title><guid>2</guid>", ""},
		{"original behind a redirector", `<link>https://feeds.example/~r/1</link><f:origLink xmlns:f="http://rssnamespace.org/feedburner/ext/1.0">https://a.example/1</f:origLink>`, "https://a.example/1"},
		{"other scheme", "<title>x</title><link>javascript:alert(1)</link>", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, err := Parse([]byte(wrap(tt.item)), Hint{})
			if err != nil || len(d.Items) != 1 {
				t.Fatalf("%d items, %v", len(d.Items), err)
			}
			if d.Items[0].Link != tt.want {
				t.Errorf("link %q, want %q", d.Items[0].Link, tt.want)
			}
		})
	}
}

func TestPlain(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"text", " a \n b ", "a b"},
		{"blank line in text", "a\nb\n\nc", "a b\n\nc"},
		{"tags", "<p>a <b>b</b></p>\n<p>c</p>", "a b\n\nc"},
		{"line break", "a<br>b<br/><br />c", "a\nb\n\nc"},
		{"inline tags join", "<b>가온</b>전자", "가온전자"},
		{"entities", "a &amp; b&nbsp;&#8220;c&#8221;", "a & b “c”"},
		{"escaped twice", "&amp;quot;a&amp;quot; &amp;amp;lt;", `"a" <`},
		{"markup escaped twice", "&lt;p&gt;a&lt;/p&gt;", "a"},
		{"no tag", "1 < 2 > 0 <삼성-하이닉스> <no tag>", "1 < 2 > 0 <삼성-하이닉스> <no tag>"},
		{"script and comment", "a<script>var x = '<p>'</script><!-- b --><style>p{}</style>c", "ac"},
		{"quoted sign in a tag", `<a title="x > y" href='z'>b</a>`, "b"},
		{"tag without an end", "a <b", "a <b"},
		{"invisible characters", "a\u200bb\u00adc\x01", "abc"},
		{"namespace", "<o:p>a</o:p>", "a"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := plain(tt.in); got != tt.want {
				t.Errorf("plain(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

// TestParseUnclosed checks that an unclosed element swallows nothing.
func TestParseUnclosed(t *testing.T) {
	good := wrap(one(1), one(2), one(3))
	for n := 1; n <= 4; n++ {
		for _, tag := range []string{"</title>", "</link>", "</guid>"} {
			at := len(good)
			for range n {
				at = strings.LastIndex(good[:at], tag)
			}
			if at < 0 {
				continue
			}
			d, err := Parse([]byte(good[:at]+good[at+len(tag):]), Hint{})
			if err != nil || len(d.Items) != 3 || d.Skipped != 0 {
				t.Errorf("%s, %d from the end: %d items, %v", tag, n, len(d.Items), err)
				continue
			}
			for i, it := range d.Items {
				if want := fmt.Sprintf("g%d", i+1); it.Key != want || it.Link != "https://a.example/"+want[1:] || it.Title != "제목 "+want[1:]+" 반도체" {
					t.Errorf("%s, %d from the end: %+v", tag, n, it)
				}
			}
		}
	}
}

func TestMend(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"whole", "<item><title>a</title><link>b</link></item>", "<item><title>a</title><link>b</link></item>"},
		{"title", "<item><title>a<link>b</link></item>", "<item><title>a</title><link>b</link></item>"},
		{"last", "<item><title>a</title><link>b</item>", "<item><title>a</title><link>b</link></item>"},
		{"both", "<item><title>a<link>b</item>", "<item><title>a</title><link>b</link></item>"},
		{"markup in the text", "<item><description><p>a</p><title>b</title></item>", "<item><description><p>a</p></description><title>b</title></item>"},
		{"CDATA", "<item><title><![CDATA[<link>]]></title></item>", "<item><title><![CDATA[<link>]]></title></item>"},
		{"closed in itself", `<entry><link href="x"/><id>1</id></entry>`, `<entry><link href="x"/><id>1</id></entry>`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := mend(tt.in); got != tt.want {
				t.Errorf("mend(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestLang(t *testing.T) {
	for in, want := range map[string]string{"ko": "ko", "ko-KR": "ko", "KO_kr": "ko", "kr": "ko", "en-us": "en", "": "", "english": "", "x-1": ""} {
		if got := lang("", in); got != want {
			t.Errorf("lang(%q) = %q, want %q", in, got, want)
		}
	}
}

func noise(n int) string {
	b := make([]byte, n)
	x := uint32(7)
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
	return string(b)
}

func FuzzParse(f *testing.F) {
	for _, name := range []string{"cms.xml", "atom.xml", "rdf.xml", "feed.json"} {
		f.Add([]byte(file(f, name)), "text/xml; charset=utf-8")
	}
	f.Add([]byte(cp949(f, wrap(one(1), one(2)))), "text/xml; charset=euc-kr")
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		d, err := Parse(body, Hint{ContentType: contentType, Zone: seoul, URL: "https://a.example/rss"})
		var e *Error
		if err != nil && !errors.As(err, &e) {
			t.Errorf("error %v has no status", err)
		}
		if err != nil && e.Status != Truncated && len(d.Items) > 0 {
			t.Errorf("%v with %d items", err, len(d.Items))
		}
		for _, it := range d.Items {
			if it.Key == "" || it.Link != "" && !strings.HasPrefix(it.Link, "http") {
				t.Errorf("item %+v", it)
			}
		}
	})
}

func BenchmarkParse(b *testing.B) {
	var items []string
	body := "<description>&lt;p&gt;" + strings.Repeat("두 회사는 인공지능 반도체를 함께 개발한다. ", 25) + "&lt;/p&gt;</description><pubDate>Tue, 04 Nov 2025 14:06:07 +0900</pubDate>"
	for i := range 28 {
		items = append(items, one(i)+body)
	}
	doc := []byte(wrap(items...))
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(doc, Hint{Zone: seoul}); err != nil {
			b.Fatal(err)
		}
	}
}

func TestForbidden(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want bool
	}{
		{"", false},
		{"a\tb\r\nc d 가나다라", false},
		{"0123456\x08", true},
		{"01234567\x0b", true},
		{"0123\x00", true},
		{"\n\n\n\n\n\n\n\x1f", true},
		{"&#10;&#8217;&#x20;", false},
		{"&#10;&#8;", true},
		{"가\uffff", true},
		{"！＂", false},
	} {
		if got := forbidden(tt.in); got != tt.want {
			t.Errorf("forbidden(%q) = %v", tt.in, got)
		}
	}
}
