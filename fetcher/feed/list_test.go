package feed

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chipwire/chipwire/news"
)

// lines writes items one a line, as title, link and date.
func lines(items []news.Item) string {
	var b strings.Builder
	for _, it := range items {
		date := "-"
		if !it.PublishedAt.IsZero() {
			date = it.PublishedAt.Format("2006-01-02T15:04Z07:00")
		}
		fmt.Fprintf(&b, "%s %s %s\n", it.Title, it.Link, date)
	}
	return b.String()
}

const ndPage = `<!doctype html><html lang="ko"><head><title>전체기사 - 반도체신문</title></head><body>
<nav><a href="/news/articleList.html?view_type=sm">목록</a></nav>
<section id="section-list"><ul class="type2">
<li><a href="/news/articleView.html?idxno=2" class="thumb"><img src="a.jpg"></a>
 <div class="view-cont"><h4 class="titles"><a href="/news/articleView.html?idxno=2">둘째 &amp; 기사</a></h4><p class="lead"><a href="/news/articleView.html?idxno=2">요약</a></p>
 <span class="byline"><em>산업</em><em>홍길동 기자</em><em>2026.11.03 10:20</em></span></div></li>
<li><h4 class="titles"><a href="/news/articleView.html?idxno=1">첫째 기사</a></h4><span class="byline"><em>산업</em><em>2026.11.03 09:00</em></span></li>
</ul></section></body></html>`

const ndOldPage = `<html><body><div class="article-list"><section class="article-list-content">
<div class="list-block"><div class="list-titles"><a href="/news/articleView.html?idxno=7" target="_top"><strong>옛 기사</strong></a></div>
<div class="list-dated">경제 | 홍길동 기자 | 2019-01-02 10:30</div></div></section></div></body></html>`

func TestListPages(t *testing.T) {
	for _, tt := range []struct {
		name, list, page, want string
	}{
		{"nd", "nd", ndPage, "둘째 & 기사 https://a.example/news/articleView.html?idxno=2 2026-11-03T10:20+09:00\n첫째 기사 https://a.example/news/articleView.html?idxno=1 2026-11-03T09:00+09:00\n"},
		{"nd of old", "nd", ndOldPage, "옛 기사 https://a.example/news/articleView.html?idxno=7 2019-01-02T10:30+09:00\n"},
		{
			"a selector, times beside some", ".news a",
			`<html><body><div class="news"><p><a href="one">One</a> <time datetime="2026-11-03T10:00:00Z">today</time></p><p><a href="/two">Two</a></p>` +
				`<p><a href="mailto:x@a.example">Mail</a></p><p><a href="one#more">again</a></p></div><a href="/three">Three</a></body></html>`,
			"One https://a.example/list/one 2026-11-03T10:00Z\nTwo https://a.example/two -\n",
		},
		{
			"a base, a picture first, a title that looks like markup", "a.x",
			`<html><head><base href="https://b.example/n/"></head><body><a class="x" href="1"><img></a><h2><a class="x" href="1">AT&amp;T &lt; x</a></h2></body></html>`,
			"AT&T < x https://b.example/n/1 -\n",
		},
		{"a feed all the same", "nd", `<rss><channel><item><title>One</title><link>https://a.example/1</link></item></channel></rss>`, "One https://a.example/1 -\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			doc, err := Parse([]byte(tt.page), Hint{URL: "https://a.example/list/", List: tt.list, Zone: seoulTime})
			if got := lines(doc.Items); err != nil || got != tt.want {
				t.Errorf("%v\n%swant\n%s", err, got, tt.want)
			}
		})
	}
}

// A page of another sort, such as a login, is no empty list.
func TestAPageWithoutTheLinksIsAFault(t *testing.T) {
	for _, page := range []string{"<html><body><h1>Log in</h1><a href='/in'>in</a></body></html>", "<!doctype html><p>Access denied"} {
		_, err := Parse([]byte(page), Hint{URL: "https://a.example/", List: "nd"})
		var e *Error
		if !errors.As(err, &e) || e.Status != HTML || !strings.Contains(e.Detail, "finds no link") {
			t.Errorf("%q: %v", page, err)
		}
	}
}

func TestKnownLinksOfAList(t *testing.T) {
	h := Hint{URL: "https://a.example/", List: "nd"}
	all, err := Parse([]byte(ndPage), h)
	if err != nil || len(all.Items) != 2 {
		t.Fatalf("%d items, %v", len(all.Items), err)
	}
	h.Known = func(key string) bool { return key == all.Items[1].Key }
	doc, err := Parse([]byte(ndPage), h)
	if err != nil || len(doc.Items) != 1 || doc.Items[0].Key != all.Items[0].Key || len(doc.Known) != 1 {
		t.Errorf("items %v, known %v, %v", doc.Items, doc.Known, err)
	}
}

// A page of very many links, all in one element, costs no more than to read it.
func TestAPageOfLinks(t *testing.T) {
	var b strings.Builder
	b.WriteString("<html><body>" + strings.Repeat("<br>", 50_000))
	for i := range 50_000 {
		fmt.Fprintf(&b, `<a href="/%d">%d</a>`, i, i)
	}
	began := time.Now()
	doc, err := Parse([]byte(b.String()), Hint{URL: "https://a.example/", List: "a"})
	if took := time.Since(began); err != nil || len(doc.Items) != MaxItems || doc.Skipped != 50_000-MaxItems || took > 20*time.Second {
		t.Errorf("%d items, %d left out, in %v, %v", len(doc.Items), doc.Skipped, took, err)
	}
	t.Logf("read in %v", time.Since(began))
}

func TestCheckList(t *testing.T) {
	for list, good := range map[string]bool{"": true, "nd": true, ".a > b a": true, "a, b": true, "a[": false, "..a": false, ">>": false} {
		if err := CheckList(list); (err == nil) != good {
			t.Errorf("%q: %v", list, err)
		}
	}
}

const naverAnswer = `{
	"lastBuildDate":"Tue, 03 Nov 2026 10:30:00 +0900", "total":2, "start":1, "display":2,
	"items":[
		{"title":"<b>HBM4<\/b> 공급 &quot;계약&quot;","originallink":"https:\/\/www.a.example\/news\/articleView.html?idxno=5&utm_source=n","link":"https:\/\/n.news.naver.com\/mnews\/article\/001\/5","description":"<b>HBM4<\/b> &amp; 더","pubDate":"Tue, 03 Nov 2026 10:20:00 +0900"},
		{"title":"둘","originallink":"","link":"https:\/\/b.example\/2","description":"","pubDate":"Tue, 03 Nov 2026 10:00:00 +0900"}
	]}`

func TestNaverSearch(t *testing.T) {
	doc, err := Parse([]byte(naverAnswer), Hint{ContentType: "application/json", URL: "https://openapi.naver.com/v1/search/news.json?query=HBM"})
	want := "HBM4 공급 \"계약\" https://www.a.example/news/articleView.html?idxno=5&utm_source=n 2026-11-03T10:20+09:00\n둘 https://b.example/2 2026-11-03T10:00+09:00\n"
	if got := lines(doc.Items); err != nil || got != want || doc.Format != "naver" || doc.Lang != "ko" {
		t.Fatalf("%s %s, %v\n%swant\n%s", doc.Format, doc.Lang, err, got, want)
	}
	if it := doc.Items[0]; strings.Contains(it.Key, "naver") || strings.Contains(it.Key, "utm_") || it.Summary != "HBM4 & 더" {
		t.Errorf("key %q, summary %q", it.Key, it.Summary)
	}
	none := `{"lastBuildDate":"Tue, 03 Nov 2026 10:30:00 +0900","total":0,"start":1,"display":0,"items":[]}`
	if doc, err := Parse([]byte(none), Hint{}); err != nil || len(doc.Items) != 0 || doc.Format != "naver" {
		t.Errorf("no hits: %+v, %v", doc, err)
	}
	cut := naverAnswer[:strings.Index(naverAnswer, `{"title":"둘"`)+20]
	var e *Error
	if doc, err := Parse([]byte(cut), Hint{}); !errors.As(err, &e) || e.Status != Truncated || len(doc.Items) != 1 {
		t.Errorf("cut: %d items, %v", len(doc.Items), err)
	}
	odd := strings.Replace(naverAnswer, `{"title":"둘"`, `[1], {"title":["둘"]`, 1)
	if doc, err := Parse([]byte(odd), Hint{}); err != nil || len(doc.Items) != 2 || doc.Skipped != 1 {
		t.Errorf("odd values: %d items, %d skipped, %v", len(doc.Items), doc.Skipped, err)
	}
}
