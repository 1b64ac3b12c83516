package extract

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/korean"

	"github.com/chipwire/chipwire/news"
)

var seoul = time.FixedZone("Asia/Seoul", 9*3600)

func file(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func cp949(t testing.TB, b []byte) []byte {
	t.Helper()
	out, err := korean.EUCKR.NewEncoder().Bytes(b)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

const cmsBody = "가온전자가 다올반도체와 차세대 고대역폭메모리(HBM) 공급 계약을 체결했다고 4일 밝혔다. 계약 기간은 2028년까지다.\n\n" +
	"두 회사는 인공지능 서버용 메모리를 함께 검증해 왔다.\n회사 관계자는 \"양산은 내년 상반기에 시작된다\"고 말했다.\n\n" +
	"업계는 이번 계약 규모를 3조원 안팎으로 추정한다."

func TestRead(t *testing.T) {
	at := time.Date(2025, 11, 4, 5, 6, 7, 0, time.UTC)
	for _, tt := range []struct {
		file, url string
		want      Result
	}{
		{"cms.html", "http://www.chiptimes.example/news/articleView.html?idxno=1001&page=3", Result{
			Title: "가온전자, 다올반도체와 HBM 공급 계약", Body: cmsBody,
			URL:         "https://www.chiptimes.example/news/articleView.html?idxno=1001",
			PublishedAt: at, DateVia: "meta", Lang: "ko", SiteName: "칩타임즈",
			Via: "#article-view-content-div", Charset: "utf-8",
		}},
		{"itemprop.html", "https://chipdesk.example/a?utm_source=x", Result{
			Title: "Alpha Devices to make AI chips for Beta Silicon",
			Body: "Alpha Devices said on Tuesday that it had won an order to make accelerators for Beta Silicon.\n\n" +
				"Capacity\n\nProduction starts next year at its second plant. Neither company gave a value.",
			URL:         "https://chipdesk.example/a",
			PublishedAt: at, DateVia: "json-ld", Lang: "en", SiteName: "Chip Desk",
			Via: "[itemprop=articleBody]", Charset: "utf-8",
		}},
		{"article.html", "https://waferweekly.example/2025/gamma-delta/?p=1", Result{
			Title: "Gamma and Delta form a packaging alliance",
			Body: "Gamma Materials and Delta Packaging will develop substrates for AI accelerators together, the companies said.\n\n" +
				"The alliance is open to others, and two equipment makers have shown interest. First samples are due in spring.\n\n" +
				"Both shares rose on the news.",
			URL:         "https://waferweekly.example/2025/gamma-delta/",
			PublishedAt: at.Add(-7 * time.Second), DateVia: "time", Lang: "en",
			Via: "article", Charset: "utf-8",
		}},
		{"plain.html", "", Result{
			Title: "Epsilon buys a stake in Zeta",
			Body: "Epsilon Memory has bought nine per cent of the design house Zeta Logic, a filing showed on Tuesday. The price was not given.\n\n" +
				"The two have worked together on memory controllers since last year, and plan a joint laboratory.\n\n" +
				"Analysts expect the first chip of the two in the coming year.",
			Via: "density", Charset: "utf-8",
		}},
	} {
		t.Run(tt.file, func(t *testing.T) {
			got, err := Read(Page{HTML: file(t, tt.file), URL: tt.url, Zone: seoul})
			if err != nil {
				t.Fatal(err)
			}
			if !got.PublishedAt.Equal(tt.want.PublishedAt) {
				t.Errorf("published at %v, want %v", got.PublishedAt, tt.want.PublishedAt)
			}
			got.PublishedAt = tt.want.PublishedAt
			got.Trust, got.Doubtful = 0, false // TestTrust
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("\n got %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

func TestReadCharsets(t *testing.T) {
	page := string(file(t, "cms.html"))
	page = strings.ReplaceAll(page, "©", "(c)") // not in CP949
	meta := func(label string) string { return strings.Replace(page, `charset="utf-8"`, `charset="`+label+`"`, 1) }
	late := strings.Replace(strings.Replace(page, `<meta charset="utf-8">`, strings.Repeat("<!-- x -->", 400), 1), "</head>",
		`<meta http-equiv="Content-Type" content="text/html; charset=ks_c_5601-1987"></head>`, 1)
	for _, tt := range []struct{ name, in, contentType, charset string }{
		{"declared in the head", meta("euc-kr"), "", "cp949"},
		{"declared late in the head", late, "text/html", "cp949"},
		{"declared by HTTP", meta(""), "text/html; charset=ms949", "cp949"},
		{"not declared", meta(""), "", "cp949"},
		{"declared wrongly", meta("utf-8"), "", "cp949"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Read(Page{HTML: cp949(t, []byte(tt.in)), ContentType: tt.contentType})
			if err != nil || got.Body != cmsBody || got.Charset != tt.charset {
				t.Errorf("%s, %v: %q", got.Charset, err, got.Body)
			}
		})
	}
	got, err := Read(Page{HTML: []byte(meta("euc-kr"))})
	if err != nil || got.Body != cmsBody || got.Charset != "utf-8" {
		t.Errorf("UTF-8 labelled euc-kr: %s, %v", got.Charset, err)
	}
}

const story = "<p>Alpha Devices said on Tuesday that it had won an order to make accelerators for Beta Silicon, its largest so far.</p>" +
	"<p>Production starts next year at its second plant, which is being built now. Neither of the companies gave a value.</p>"

func TestReadErrors(t *testing.T) {
	for _, tt := range []struct {
		name   string
		page   Page
		status Status
	}{
		{"no bytes", Page{}, Empty},
		{"only space", Page{HTML: []byte("\ufeff \n")}, Empty},
		{"an image", Page{HTML: []byte("\xff\xd8\xff"), ContentType: "image/jpeg"}, NotHTML},
		{"a PDF under the type of a page", Page{HTML: []byte("%PDF-1.7 <p>"), ContentType: "text/html"}, NotHTML},
		{"JSON", Page{HTML: []byte(`{"html":"<p>x</p>"}`)}, NotHTML},
		{"a feed", Page{HTML: []byte(`<?xml version="1.0"?><rss><channel><item><description><p>x</p></description></item></channel></rss>`), ContentType: "text/xml"}, NotHTML},
		{"noise", Page{HTML: bytes.Repeat([]byte("<p>\xff\xfe\x80\x81\xc0\xff"), 100)}, NotHTML},
		{"words", Page{HTML: []byte("Not found")}, NotHTML},
		{"too large", Page{HTML: bytes.Repeat([]byte("<p>a</p>"), MaxPage/8+1)}, TooBig},
		{"too deep", Page{HTML: []byte("<html>" + strings.Repeat("<div>", 5000) + story)}, TooBig},
		{"no text", Page{HTML: []byte("<html><head><title>x</title></head><body></body></html>")}, NoBody},
		{"a teaser", Page{HTML: []byte("<html><body><article><p>Alpha and Beta will work together. Read on in our app.</p></article></body></html>")}, NoBody},
		{"links only", Page{HTML: []byte("<html><body><ul>" + strings.Repeat("<li><a href=x>Alpha Devices won an order from Beta. It is large.</a></li>", 30) + "</ul></body></html>")}, NoBody},
		{"an application", Page{HTML: []byte(`<html><body><div id="root"></div><script>var a = "` + story + `"</script></body></html>`)}, ScriptOnly},
		{"access denied", Page{HTML: []byte("<html><head><title>Access Denied</title></head><body><h1>Access Denied</h1><p>You don't have permission to access this page on this server.</p></body></html>")}, Denied},
		{"bot check", Page{HTML: []byte(`<html><head><title>Just a moment...</title></head><body><form id="challenge-form"></form></body></html>`)}, Wall},
		{"login", Page{HTML: []byte(`<html><head><title>회원 로그인</title></head><body><form><input name=id><input type=password></form></body></html>`)}, Login},
		{"consent host", Page{HTML: []byte("<html><body>" + story + "</body></html>"), URL: "https://consent.example.com/x"}, Consent},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := Read(tt.page)
			var e *Error
			if !errors.As(err, &e) || e.Status != tt.status {
				t.Fatalf("error %v, want status %s: %+v", err, tt.status, r)
			}
			if r.Body != "" || e.Advice() == "" || !strings.HasPrefix(e.Error(), "page: "+string(tt.status)) {
				t.Errorf("body %q, %q, advice %q", r.Body, e.Error(), e.Advice())
			}
		})
	}
}

func TestReadBodies(t *testing.T) {
	const want = "Alpha Devices said on Tuesday"
	for _, tt := range []struct{ name, in, via string }{
		{"layout named after a sidebar", `<div class="layout withSidebar">` + story + `</div>`, "density"},
		{"a page inside a form", `<form action="default.aspx"><div id="menu"><a href=x>Home</a></div><div>` + story + `</div></form>`, "density"},
		{"comments enabled", `<div id="article" class="comments-enabled">` + story + `</div>`, "density"},
		{"usual class name", `<article><div class="post-meta">x</div><div class="entry-content">` + story + `</div></article>`, ".entry-content"},
		{"paragraphs of their own divisions", `<div id="a"><div>` + strings.ReplaceAll(story, "</p><p>", "</p></div><div><p>") + `</div></div>`, "density"},
		{"linked data only", `<div id="root"></div><script type="application/ld+json">{"@type":"NewsArticle","articleBody":"` +
			strings.NewReplacer("<p>", "", "</p>", `\n`).Replace(story) + `"}</script>`, "json-ld"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := Read(Page{HTML: []byte("<html><body>" + tt.in + "</body></html>")})
			if err != nil || !strings.HasPrefix(r.Body, want) || !strings.HasSuffix(r.Body, "gave a value.") || strings.Count(r.Body, "\n\n") != 1 || r.Via != tt.via {
				t.Errorf("via %s, %v: %q", r.Via, err, r.Body)
			}
		})
	}
}

func TestReadLongBody(t *testing.T) {
	page := `<div itemprop="articleBody">` + strings.Repeat("<p>가온전자와 다올반도체가 계약을 맺었다.</p>", 5000) + "</div>"
	r, err := Read(Page{HTML: []byte(page)})
	if err != nil || len(r.Body) > news.MaxBody || len(r.Body) < news.MaxBody/2 || !utf8.ValidString(r.Body) || !strings.HasSuffix(r.Body, "맺었다.") {
		t.Errorf("%d bytes, %v", len(r.Body), err)
	}
}

func TestCanonicalURL(t *testing.T) {
	const page = "https://www.a.co.kr/news/1?x=2"
	for _, tt := range []struct{ name, head, want string }{
		{"none", "", page},
		{"canonical", `<link rel="canonical" href="https://m.a.co.kr/n/1?utm_medium=x">`, "https://m.a.co.kr/n/1"},
		{"relative", `<link rel=canonical href="/n/1">`, "https://www.a.co.kr/n/1"},
		{"og:url", `<meta property="og:url" content="https://www.a.co.kr/n/2">`, "https://www.a.co.kr/n/2"},
		{"other site", `<link rel="canonical" href="https://www.b.co.kr/n/1">`, page},
		{"front page", `<link rel="canonical" href="https://www.a.co.kr/">`, page},
		{"not an address", `<link rel="canonical" href="javascript:x">`, page},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, _ := Read(Page{HTML: []byte("<html><head>" + tt.head + "</head><body>" + story + "</body></html>"), URL: page})
			if r.URL != tt.want {
				t.Errorf("url %q, want %q", r.URL, tt.want)
			}
		})
	}
}

func TestDates(t *testing.T) {
	for _, tt := range []struct{ name, head, url, want, via string }{
		{"none", "", "", "", ""},
		{"zone of the country", `<meta name="date" content="2025-11-04 14:06:07">`, "https://a.co.kr/1", "2025-11-04T05:06:07Z", "meta"},
		{"no zone known", `<meta name="date" content="2025-11-04 14:06:07">`, "https://a.example/1", "2025-11-04T14:06:07Z", "meta"},
		{"a time is better than a day", `<script type="application/ld+json">{"@type":"Article","datePublished":"2025-11-04"}</script><meta property="article:published_time" content="2025-11-04T05:06:07Z">`, "", "2025-11-04T05:06:07Z", "meta"},
		{"a day is better than nothing", `<meta name="pubdate" content="2025-11-04">`, "", "2025-11-04T00:00:00Z", "meta"},
		{"line break in linked data", "<script type=\"application/ld+json\">{\"@type\":\"Article\",\"headline\":\"a\nb\",\"datePublished\":\"2025-11-04T05:06:07Z\"};</script>", "", "2025-11-04T05:06:07Z", "json-ld"},
		{"Korean by its language", `<html lang="ko"><meta name="date" content="2025-11-04 14:06">`, "https://a.example/1", "2025-11-04T05:06:00Z", "meta"},
		{"nested linked data", `<script type="application/ld+json">{"@graph":[{"@type":"WebPage","dateModified":"2025-12-01T00:00:00Z"},{"@type":["NewsArticle"],"datePublished":"2025-11-04T05:06:07Z"}]}</script>`, "", "2025-11-04T05:06:07Z", "json-ld"},
		{"Naver", `</head><body><span class="t" data-modify-date-time="2025-11-05 10:00:00">a</span><span data-date-time="2025-11-04 14:06:07">오후</span>`, "https://n.news.example.kr/1", "2025-11-04T05:06:07Z", "time"},
		{"behind a label", `</head><body><ul class="infomation"><li>김기자 기자</li><li>입력 2025.11.04 14:06</li><li>수정 2025.11.05 09:00</li></ul>`, "https://a.co.kr/1", "2025-11-04T05:06:00Z", "label"},
		{"behind another", `</head><body><p>수정 2025.11.05 09:00</p><p>승인 : 2025.11.04  14:06</p>`, "https://a.co.kr/1", "2025-11-04T05:06:00Z", "label"},
		{"both on one line", `</head><body><p>기사입력 2025-11-04 14:06:07 | 최종수정 2025-11-05 09:00:00</p>`, "https://a.co.kr/1", "2025-11-04T05:06:07Z", "label"},
		{"of registration", `</head><body><p>등록 2025년 11월 4일 14:06</p>`, "https://a.co.kr/1", "2025-11-04T05:06:00Z", "label"},
		{"a label adds the time to a bare day", `<meta name="date" content="2025-11-04"></head><body><p>입력 2025.11.04 14:06</p>`, "https://a.co.kr/1", "2025-11-04T05:06:00Z", "label"},
		{"a label of another day does not", `<meta name="date" content="2025-11-04"></head><body><p>입력 2025.11.05 14:06</p>`, "https://a.co.kr/1", "2025-11-03T15:00:00Z", "meta"},
		{"unexplained, in a place for dates", `</head><body><span class="view-date">2025.11.04 14:06</span>`, "https://a.co.kr/1", "2025-11-04T05:06:00Z", "text"},
		{"unexplained, alone above the text", `</head><body><p>2025.11.04 14:06</p>`, "https://a.co.kr/1", "2025-11-04T05:06:00Z", "text"},
		{"unexplained, a day alone", `</head><body><p>2025.11.04</p>`, "https://a.co.kr/1", "", ""},
		{"unexplained, a day beside a writer", `</head><body><p>김기자 기자 2025.11.04</p>`, "https://a.co.kr/1", "2025-11-03T15:00:00Z", "text"},
		{"unexplained, in a sentence", `</head><body><p>The plant opened on 2025.11.04 14:06 in the city.</p>`, "https://a.co.kr/1", "", ""},
		{"unexplained, below the text", `</head><body>` + story + story + `<p>2025.11.04 14:06</p>`, "https://a.co.kr/1", "", ""},
		{"with the name of the month", `</head><body><p>Published: October 15th, 2026 4:45 PM EDT</p>`, "", "2026-10-15T20:45:00Z", "label"},
		{"a short year behind a label", `</head><body><p>작성일 26-02-24 15:17 조회 302회</p>`, "https://a.co.kr/1", "2026-02-24T06:17:00Z", "label"},
		{"a time in brackets", `</head><body><p>기사입력 2026/03/31 [14:05]</p>`, "https://a.co.kr/1", "2026-03-31T05:05:00Z", "label"},
		{"Chinese by its language", `<html lang="zh"><meta name="date" content="2025-11-04 14:06">`, "https://a.example/1", "2025-11-04T06:06:00Z", "meta"},
		{"English, by the content system", `</head><body><p>Published : 2026.08.12 15:32</p><div id="article-view-content-div"></div>`, "https://a.example/1", "2026-08-12T06:32:00Z", "label"},
		{"in a script", `<script>window.__STATE__={"article":{"publishedAt":"2025-11-04T05:06:07Z"}}</script>`, "", "2025-11-04T05:06:07Z", "script"},
		{"two in a script", `<script>window.__STATE__=[{"publishedAt":"2025-11-04T05:06:07Z"},{"publishedAt":"2025-11-05T05:06:07Z"}]</script>`, "", "", ""},
		{"two in a script, one beside the title", `<title>Alpha buys Beta Chips</title><script>window.__STATE__=[{"publishedAt":"2025-11-05T05:06:07Z"},` + strings.Repeat(`{"x":"y"},`, 200) + `{"title":"Alpha buys Beta Chips","publishedAt":"2025-11-04T05:06:07Z"}]</script>`, "", "2025-11-04T05:06:07Z", "script"},
		{"of a change only", `<meta property="article:modified_time" content="2025-11-04T05:06:07Z"></head><body><p class="date">수정 2025.11.05 09:00</p><time class="updated" datetime="2025-11-05T00:00:00Z">5</time>`, "https://a.co.kr/1", "", ""},
		{"of another story", `</head><body><aside><time datetime="2025-01-01T00:00:00Z">1</time></aside><time datetime="2025-11-04T05:06:07Z">4</time>`, "", "2025-11-04T05:06:07Z", "time"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, _ := Read(Page{HTML: []byte("<html><head>" + tt.head + "</head><body>" + story + "</body></html>"), URL: tt.url})
			got := ""
			if !r.PublishedAt.IsZero() {
				got = r.PublishedAt.UTC().Format(time.RFC3339)
			}
			if got != tt.want || r.DateVia != tt.via {
				t.Errorf("%s via %q, want %s via %q", got, r.DateVia, tt.want, tt.via)
			}
		})
	}
}

func TestLanguage(t *testing.T) {
	for _, tt := range []struct{ text, declared, want string }{
		{"가온전자가 HBM을 공급한다", "en", "ko"},
		{"青葉電機はメモリーを供給する", "", "ja"},
		{"两家公司共同开发芯片", "en", "zh"},
		{"Alpha makes chips", "en", "en"},
		{"Alpha baut Chips", "de", "de"},
		{strings.Repeat("Alpha makes chips ", 20), "ko", ""},
		{"", "ko", "ko"},
	} {
		if got := language(tt.text, tt.declared); got != tt.want {
			t.Errorf("language(%.20q, %q) = %q, want %q", tt.text, tt.declared, got, tt.want)
		}
	}
}

func TestJudge(t *testing.T) {
	for in, want := range map[string]kind{
		"": content, "article-body": content, "shared-values": content, "header": content, "download": content,
		"share": furniture, "post Comments": furniture, "share-bar": doubtful, "withSidebar": doubtful, "snsBox": doubtful, "article_relation": doubtful,
	} {
		if got := judge(in); got != want {
			t.Errorf("judge(%q) = %d, want %d", in, got, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, name := range []string{"cms.html", "itemprop.html", "article.html", "plain.html"} {
		f.Add(file(f, name), "https://www.a.co.kr/1", "text/html")
	}
	f.Add(cp949(f, []byte("<html><body><p>가온전자</p></body></html>")), "", "text/html; charset=euc-kr")
	f.Fuzz(func(t *testing.T, body []byte, url, contentType string) {
		r, err := Read(Page{HTML: body, URL: url, ContentType: contentType})
		var e *Error
		if err != nil && !errors.As(err, &e) {
			t.Errorf("error %v has no status", err)
		}
		if (err == nil) != (r.Body != "") || len(r.Body) > news.MaxBody || !utf8.ValidString(r.Body) {
			t.Errorf("%v with a body of %d bytes", err, len(r.Body))
		}
	})
}

func BenchmarkRead(b *testing.B) {
	page := string(file(b, "cms.html"))
	page = strings.Replace(page, "<aside", strings.Repeat(`<div class="list"><ul><li><a href="/1" class="link" title="x">다른 기사의 제목</a><span>2025.11.04</span></li></ul></div>`, 800)+"<aside", 1)
	in := []byte(page)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Read(Page{HTML: in}); err != nil {
			b.Fatal(err)
		}
	}
}
