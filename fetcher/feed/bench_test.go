package feed

import (
	"strconv"
	"strings"
	"testing"

	"github.com/mmcdole/gofeed"
)

func BenchmarkGofeed(b *testing.B) {
	for name, doc := range benchDocs() {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(doc)))
			b.ReportAllocs()
			for b.Loop() {
				p := gofeed.NewParser()
				p.RSSTranslator = &gofeed.DefaultRSSTranslator{DisableContentImageScan: true}
				if _, err := p.Parse(strings.NewReader(doc)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// benchDocs are feeds of 28 items in some 50 KB, as newsrooms write them.
func benchDocs() map[string]string {
	ko := strings.Repeat("두 회사는 인공지능 반도체를 함께 개발한다. ", 24)
	en := strings.Repeat("The two companies will develop a chip for AI servers, they said. ", 24)
	var cms, blog, atom strings.Builder
	cms.WriteString(`<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>칩타임즈</title><link>https://www.chiptimes.example</link>`)
	blog.WriteString(`<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:wfw="http://wellformedweb.org/CommentAPI/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" xmlns:slash="http://purl.org/rss/1.0/modules/slash/"><channel><title>Chip Desk</title><link>https://chipdesk.example</link>`)
	atom.WriteString(`<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Chip Notes</title><id>tag:x</id><updated>2025-11-04T14:06:07Z</updated>`)
	for i := range 28 {
		n := strconv.Itoa(i)
		cms.WriteString("<item><title><![CDATA[가온전자, 다올반도체와 HBM 공급 계약 " + n + "]]></title>\n<link>https://www.chiptimes.example/news/articleView.html?idxno=" + n + "</link>\n<description><![CDATA[" + ko + "]]></description>\n<author>기자</author><guid>https://www.chiptimes.example/news/articleView.html?idxno=" + n + "</guid><pubDate>2025-11-04 14:06:07</pubDate></item>\n")
		blog.WriteString("<item>\n\t<title>Alpha &#038; Beta sign foundry deal " + n + "</title>\n\t<link>https://chipdesk.example/2025/" + n + "/</link>\n\t<comments>https://chipdesk.example/2025/" + n + "/#respond</comments>\n\t<dc:creator><![CDATA[A. Writer]]></dc:creator>\n\t<pubDate>Tue, 04 Nov 2025 14:06:07 +0000</pubDate>\n\t<category><![CDATA[Chips]]></category><category><![CDATA[AI]]></category>\n\t<guid isPermaLink=\"false\">https://chipdesk.example/?p=" + n + "</guid>\n\t<description><![CDATA[" + en[:300] + "]]></description>\n\t<content:encoded><![CDATA[<p>" + en[:1100] + "</p>]]></content:encoded>\n\t<wfw:commentRss>https://chipdesk.example/2025/" + n + "/feed/</wfw:commentRss>\n\t<slash:comments>0</slash:comments>\n</item>\n")
		atom.WriteString("<entry><title type=\"html\">Alpha &amp;amp; Beta " + n + "</title><link href=\"https://chipnotes.example/" + n + "\"/><id>tag:chipnotes.example,2025:" + n + "</id><published>2025-11-04T14:06:07Z</published><updated>2025-11-04T14:06:07Z</updated><author><name>A. Writer</name></author><content type=\"html\">&lt;p&gt;" + en[:1300] + "&lt;/p&gt;</content></entry>\n")
	}
	cms.WriteString("</channel></rss>")
	blog.WriteString("</channel></rss>")
	atom.WriteString("</feed>")
	return map[string]string{"cms": cms.String(), "blog": blog.String(), "atom": atom.String()}
}

func BenchmarkWhole(b *testing.B) {
	for name, doc := range benchDocs() {
		b.Run(name, func(b *testing.B) {
			body := []byte(doc)
			b.SetBytes(int64(len(doc)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(body, Hint{Zone: seoul, URL: "https://a.example/rss"}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
