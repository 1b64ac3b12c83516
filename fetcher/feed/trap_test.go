package feed

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chipwire/chipwire/internal/urls"
)

// The traps that real feeds were seen to set, each in a small feed of our own.

// trapTime is when the entries of the traps were published.
var trapTime = time.Date(2025, 11, 4, 5, 6, 7, 0, time.UTC)

// dated returns a feed of one entry with the given element of a date.
func dated(element string) string {
	return wrap("<title>두 회사, 인공지능 반도체 계약</title><link>https://a.example/1</link>" + element)
}

// wantDate checks the date of the one entry of a feed.
func wantDate(t *testing.T, body string, want time.Time) {
	t.Helper()
	d := parseGood(t, body, Hint{Zone: seoul})
	if len(d.Items) != 1 || !d.Items[0].PublishedAt.Equal(want) {
		t.Errorf("%+v, want it published at %v", d.Items, want)
	}
}

func TestTrapNaiveDates(t *testing.T) {
	wantDate(t, dated("<pubDate>2025-11-04 14:06:07</pubDate>"), trapTime)
	d := parseGood(t, dated("<pubDate>2025-11-04 14:06:07</pubDate>"), Hint{Lang: "ko"})
	if !d.Items[0].PublishedAt.Equal(trapTime) || d.Zoneless != 1 || len(d.Walls) != 1 {
		t.Errorf("%v, %d without a zone, walls %v", d.Items[0].PublishedAt, d.Zoneless, d.Walls)
	}
}

func TestTrapShortOffset(t *testing.T) {
	wantDate(t, dated("<pubDate>Tue, 04 Nov 2025 14:06:07 +090</pubDate>"), trapTime)
}

func TestTrapNoSpaceBehindTheComma(t *testing.T) {
	wantDate(t, dated("<pubDate>Tue,04 Nov 2025 14:06:07 +0900</pubDate>"), trapTime)
}

func TestTrapMonthAsANumber(t *testing.T) {
	wantDate(t, dated("<pubDate>Tue, 04 11 2025 14:06:07 +0900</pubDate>"), trapTime)
}

func TestTrapMarkAndDateInCDATA(t *testing.T) {
	wantDate(t, "\ufeff"+dated("<pubDate><![CDATA[04  Nov 2025 14:06:07 +0900]]></pubDate>"), trapTime)
}

func TestTrapLowerCasePubdate(t *testing.T) {
	wantDate(t, dated("<pubdate>Tue,4 Nov 2025 14:6:7 GMT+9</pubdate><guid>381201</guid>"), trapTime)
}

func TestTrapOneDateForAll(t *testing.T) {
	entry := "<pubdate>Tue,4 Nov 2025 14:6:7 GMT+9</pubdate><link>https://a.example/%[1]d?fl</link><guid>%[1]d</guid><title>An article of the day, number %[1]d</title>"
	d := parseGood(t, wrap(fmt.Sprintf(entry, 1), fmt.Sprintf(entry, 2)), Hint{})
	if len(d.Items) != 2 || slices.ContainsFunc(d.Items[0].Keys, func(k string) bool { return slices.Contains(d.Items[1].Keys, k) }) {
		t.Errorf("%+v", d.Items)
	}
}

func TestTrapSingleQuotedEUCKR(t *testing.T) {
	body := `<?xml version='1.0' encoding='EUC-KR'?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>보안</title>` +
		`<item><title>가온전자, 보안 칩 공급 계약</title><link>https://a.example/view.asp?idx=1&amp;kind=0</link><dc:date>Tue, 04 Nov 2025 14:06:07 +0900</dc:date></item></channel></rss>`
	d := parseGood(t, cp949(t, body), Hint{ContentType: "text/xml"})
	it := d.Items[0]
	if d.Charset != "cp949" || d.CharsetCorrected || it.Title != "가온전자, 보안 칩 공급 계약" || !it.PublishedAt.Equal(trapTime) || it.Link != "https://a.example/view.asp?idx=1&kind=0" {
		t.Errorf("%s, corrected %v: %+v", d.Charset, d.CharsetCorrected, it)
	}
}

func TestTrapNoDescription(t *testing.T) {
	d := parseGood(t, wrap(one(1), "<title>빈 설명</title><guid>2</guid><description/>", "<title>짧은 설명</title><guid>3</guid><description>속보 참고하세요</description>"), Hint{})
	if len(d.Items) != 3 || d.Skipped != 0 || d.Items[0].Summary+d.Items[1].Summary != "" || d.Items[2].Summary != "속보 참고하세요" {
		t.Errorf("%+v", d.Items)
	}
}

func TestTrapTitlesAndLinksAlone(t *testing.T) {
	body := `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel rdf:about="x"><title>T</title></channel>` +
		`<item rdf:about="https://a.example/1"><title>Two chip makers sign</title><link>https://a.example/1</link></item></rdf:RDF>`
	d := parseGood(t, body, Hint{})
	if d.Format != "rdf" || len(d.Items) != 1 || d.Items[0].Title != "Two chip makers sign" || d.Items[0].Link != "https://a.example/1" || !d.Items[0].PublishedAt.IsZero() {
		t.Errorf("%s: %+v", d.Format, d.Items)
	}
}

// TestTrapQueryIsTheAddress holds that what stands behind the "?" of feeds and
// articles stays, but for what counts clicks.
func TestTrapQueryIsTheAddress(t *testing.T) {
	for _, address := range []string{
		"https://news.a.example/news/SectionRssFeed.do?sectionId=02&plink=RSSREADER",
		"https://biz.a.example/arc/outboundfeeds/rss/?outputType=xml",
		"https://search.a.example/rs/search/view.xml?partnerId=wrss01&id=19854910",
		"https://newsroom.a.example/press-releases?pagetemplate=rss",
		"https://money.a.example/rssfeed/news/1001/5590?ch=money",
		"https://a.example/?p=1", "https://a.example/view.php?no=7&ref=main",
	} {
		if c, err := urls.Canonical(address); err != nil || c != address {
			t.Errorf("%s became %s, %v", address, c, err)
		}
		if page := urls.Page(address); !strings.HasSuffix(page, address[strings.IndexByte(address, '?'):]) {
			t.Errorf("%s is the page %s", address, page)
		}
		d := parseGood(t, wrap("<title>x</title><link>"+strings.ReplaceAll(address, "&", "&amp;")+"</link>"), Hint{})
		if d.Items[0].Link != address || d.Items[0].Key != address {
			t.Errorf("link %s, key %s", d.Items[0].Link, d.Items[0].Key)
		}
	}
}

func TestTrapManyItemsOfFullText(t *testing.T) {
	var items []string
	text := strings.Repeat("두 회사는 인공지능 반도체를 함께 개발한다. ", 40)
	for i := range 427 {
		items = append(items, one(i)+"<content:encoded><![CDATA[<p>"+text+"</p>]]></content:encoded><pubDate>2025-11-04T14:06:07+09:00</pubDate>")
	}
	body := strings.Replace(wrap(items...), "<rss ", `<rss xmlns:content="http://purl.org/rss/1.0/modules/content/" `, 1)
	d := parseGood(t, body, Hint{})
	if len(d.Items) != 427 || d.Skipped != 0 || d.Items[426].Content != strings.TrimSpace(text) || !d.Items[426].PublishedAt.Equal(trapTime) {
		t.Fatalf("%d items, %d skipped", len(d.Items), d.Skipped)
	}
	d = parseGood(t, body, Hint{Known: func(key string) bool { return key != "g3" }})
	if len(d.Items) != 1 || !d.Cut || len(d.Known) != 426 {
		t.Errorf("with one new: %d items, cut %v, %d known", len(d.Items), d.Cut, len(d.Known))
	}
}

func TestTrapFeedburnerLinks(t *testing.T) {
	body := strings.Replace(wrap(
		`<title>가온전자 계약</title><link>https://feeds.a.example/~r/z/~3/abc/</link><guid isPermaLink="false">https://z.example/view/?no=1</guid><feedburner:origLink>https://z.example/view/?no=1</feedburner:origLink>`,
		`<title>나래전자 계약</title><link>https://feeds.a.example/~r/z/~3/def/</link><guid isPermaLink="false">2</guid>`,
	), "<rss ", `<rss xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0" `, 1)
	d := parseGood(t, body, Hint{})
	if d.Items[0].Link != "https://z.example/view/?no=1" || d.Items[1].Link != "https://feeds.a.example/~r/z/~3/def/" {
		t.Errorf("links %s and %s", d.Items[0].Link, d.Items[1].Link)
	}
}

func TestTrapHomePage(t *testing.T) {
	home := `<!DOCTYPE html><html lang="ko"><head><title>디지털뉴스</title><link rel="alternate" type="application/rss+xml" href="/rss.xml"></head><body><article>기사</article></body></html>`
	for _, in := range []string{home, "\n\n" + home, strings.TrimPrefix(home, "<!DOCTYPE html>")} {
		if got := faultIn(in, Hint{ContentType: "text/html; charset=utf-8"}); got != HTML {
			t.Errorf("status %q, want %s", got, HTML)
		}
	}
}

func TestTrapAccessDenied(t *testing.T) {
	page := `<HTML><HEAD><TITLE>Access Denied</TITLE></HEAD><BODY><H1>Access Denied</H1>You don't have permission to access this server.<P>Reference #18.1</BODY></HTML>`
	if got := faultIn(page, Hint{ContentType: "text/html"}); got != HTML {
		t.Errorf("status %q, want %s", got, HTML)
	}
	if got := faultIn(page, Hint{ContentType: "application/rss+xml"}); got != HTML {
		t.Errorf("called a feed: status %q, want %s", got, HTML)
	}
}

func TestTrapNoBytes(t *testing.T) {
	if got := faultIn("", Hint{ContentType: "text/xml"}); got != Empty {
		t.Errorf("status %q, want %s", got, Empty)
	}
}

// TestTrapNoItems reads a section that answers with an empty list: a good
// document, of which its health must judge.
func TestTrapNoItems(t *testing.T) {
	d := parseGood(t, `<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title><![CDATA[산업]]></title><link>https://a.example</link></channel></rss>`, Hint{})
	if d.Title != "산업" || d.Items == nil || len(d.Items)+d.Skipped+len(d.Known) != 0 {
		t.Errorf("%+v", d)
	}
}

// TestTrapChannelIsLocalhost has a channel that calls a machine of the publisher
// its site: links are read from where the feed was.
func TestTrapChannelIsLocalhost(t *testing.T) {
	d := parseGood(t, `<rss version="2.0"><channel><title>T</title><link>http://localhost:8080/</link><item><title>x</title><link>/news/1</link></item></channel></rss>`, Hint{URL: "https://rss.a.example/it.xml"})
	if d.Items[0].Link != "https://rss.a.example/news/1" {
		t.Errorf("link %s", d.Items[0].Link)
	}
}

func TestTrapEscapedTwice(t *testing.T) {
	d := parseGood(t, wrap("<guid>1</guid><title>&amp;quot;HBM&amp;quot; 공급, R&amp;amp;D &amp;middot; 투자</title><description>&amp;lt;p&amp;gt;본문&amp;lt;/p&amp;gt;</description>"), Hint{})
	if it := d.Items[0]; it.Title != `"HBM" 공급, R&D · 투자` || it.Summary != "본문" {
		t.Errorf("%q, %q", it.Title, it.Summary)
	}
}

// TestTrapNoGUIDButAnother reads a system that names its entries in an element
// of its own: the article's number in the link is the identity.
func TestTrapNoGUIDButAnother(t *testing.T) {
	d := parseGood(t, wrap("<nsid>4321</nsid><title>x</title><link>https://news.a.example/news/articleView.html?idxno=4321&amp;sc_sub=S1</link><pubDate>2025-11-04 14:06:07</pubDate>"), Hint{Lang: "ko"})
	if it := d.Items[0]; it.Key != "https://news.a.example/news/articleView.html?idxno=4321" || !it.PublishedAt.Equal(trapTime) {
		t.Errorf("key %s, %v", it.Key, it.PublishedAt)
	}
}
