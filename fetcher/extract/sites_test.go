package extract

import (
	"strings"
	"testing"
)

func TestSitesFile(t *testing.T) {
	if _, err := parseRules(sitesYAML); err != nil {
		t.Error(err)
	}
}

func TestRulesAreStrict(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"unknown key", "sites:\n  - {hosts: [a.kr], body: p, boddy: p}", "boddy"},
		{"no body", "sites:\n  - {hosts: [a.kr], title: h1}", "no body"},
		{"no hosts", "sites:\n  - {body: p}", "want hosts"},
		{"host twice", "sites:\n  - {hosts: [a.kr], body: p}\n  - {hosts: [a.kr], body: p}", "named twice"},
		{"bad selector", "sites:\n  - {hosts: [a.kr], body: 'p['}", `body: "p["`},
		{"no marks", "families:\n  - {name: a, body: p}", "want a name and marks"},
		{"no such zone", "families:\n  - {name: a, marks: ['#a'], body: '#a', zone: Asia/Nowhere}", "Asia/Nowhere"},
		{"a mark that is none", "families:\n  - {name: a, marks: ['div p'], body: p}", `mark "div p"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := parseRules([]byte(tt.in)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %s in it", err, tt.want)
			}
		})
	}
}

func TestRulesFor(t *testing.T) {
	for _, tt := range []struct {
		host  string
		marks []string
		want  string
	}{
		{"www.etnews.com", nil, "etnews.com"},
		{"biz.chosun.com", []string{"#articleBody"}, "chosun.com article-body-id"},
		{"notetnews.com", nil, ""},
		{"a.example", []string{"#article-view-content-div", "[itemprop=articleBody]"}, "nd itemprop"},
		{"", nil, ""},
	} {
		marks := map[string]bool{}
		for _, m := range tt.marks {
			marks[m] = true
		}
		var got []string
		for _, r := range rulesFor(tt.host, marks) {
			got = append(got, r.name)
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s %v: %q, want %q", tt.host, tt.marks, got, tt.want)
		}
	}
}

func TestSiteRule(t *testing.T) {
	const long = "가온전자가 다올반도체와 차세대 고대역폭메모리 공급 계약을 체결했다고 4일 밝혔다. 계약 기간은 2028년까지다."
	page := `<html><head><title>보안뉴스</title><meta property="og:title" content="보안뉴스"></head><body>
<div id="news_title02">가온전자, 다올반도체와 공급 계약</div><div id="news_util01">입력 : 2025-11-04 14:06</div>
<article><p>` + strings.Repeat("다른 기사의 요약이 길게 이어진다. 이것은 본문이 아니다. ", 20) + `</p></article>
<div id="news_content"><p>` + long + `</p></div></body></html>`
	r, err := Read(Page{HTML: []byte(page), URL: "https://www.boannews.com/media/view.asp?idx=1"})
	if err != nil || r.Body != long || r.Via != "site boannews.com: #news_content" || r.Title != "가온전자, 다올반도체와 공급 계약" {
		t.Errorf("%v: %q by %s: %q", err, r.Title, r.Via, r.Body)
	}
	if got := r.PublishedAt.Format("2006-01-02T15:04Z07:00"); got != "2025-11-04T14:06+09:00" || r.DateVia != DateTime {
		t.Errorf("%s by %s", got, r.DateVia)
	}
	other, err := Read(Page{HTML: []byte(page), URL: "https://a.example/1"})
	if err != nil || other.Via != "article" {
		t.Errorf("on another host: %v, via %s", err, other.Via)
	}
}

func TestFamilyDropsItsFurniture(t *testing.T) {
	page := `<html><body><div id="article-view-content-div"><p>` + selected + `</p><div class="view-copyright2"></div>` +
		`<div class="article-relation"><p>이 줄은 다른 기사를 가리키는 긴 문장이며 본문에 들어가서는 안 된다. 그렇다.</p></div></div></body></html>`
	r, err := Read(Page{HTML: []byte(page)})
	if err != nil || r.Body != selected {
		t.Errorf("%v: %q", err, r.Body)
	}
}
