package extract

import (
	"errors"
	"strings"
	"testing"
)

// flash is a report as short as reports are; it stands at a known place.
const flash = `<div id="article-view-content-div"><p>가온전자는 다올반도체와 차세대 메모리 공급 계약을 맺었다고 4일 공시했다. 금액은 밝히지 않았다.</p></div>`

// TestBadPages holds that every page that stands in place of an article is named
// for what it is, and that a story about such pages is a story.
func TestBadPages(t *testing.T) {
	page := func(title, body string) string {
		return "<!doctype html><html><head><title>" + title + "</title></head><body><div class=gnb><a href=/>홈</a></div>" + body + "</body></html>"
	}
	for _, tt := range []struct {
		name, in string
		status   Status // "" for an article
	}{
		{"login, Korean", page("로그인 | 칩뉴스", `<div><p>이 기사는 로그인이 필요한 서비스입니다.</p></div>`), Login},
		{"members only", page("칩뉴스", `<div><p>유료회원 전용 기사입니다. 구독하시면 전문을 보실 수 있습니다.</p></div>`), Login},
		{"members only, English", page("Chip News", `<div><p>This story is for members. Log in to continue.</p></div>`), Login},
		{"password form", page("칩뉴스", `<form><input name=u><input type=password></form>`), Login},
		{"consent", page("Before you continue", `<form><p>We use cookies to make this site work.</p><button>Accept</button></form>`), Consent},
		{"consent in the text", page("Chip News", `<div><p>We value your privacy. We and our partners store information on a device.</p></div>`), Consent},
		{"denied, Korean", page("접근이 차단되었습니다", `<p>보안 정책에 따라 접속이 제한됩니다.</p>`), Denied},
		{"denied in the text", page("칩뉴스", `<p>비정상적인 접근이 감지되었습니다. 관리자에게 문의하십시오.</p>`), Denied},
		{"denied, English", page("Chip News", `<h1>Sorry</h1><p>You don’t have permission to see this.</p>`), Denied},
		{"bot check", page("Just a moment...", `<p>Checking your browser before you go on.</p>`), Wall},
		{"bot check, Korean", page("칩뉴스", `<p>자동등록방지를 위해 아래 문자를 입력하십시오.</p>`), Wall},
		{"not found, Korean", page("페이지를 찾을 수 없습니다", `<p>주소를 다시 확인하십시오.</p>`), NotFound},
		{"deleted, Korean", page("칩뉴스", `<div><p>삭제된 기사입니다. 이용에 불편을 드려 죄송합니다.</p></div>`), NotFound},
		{"no such article", page("칩뉴스", `<div><p>존재하지 않는 기사입니다.</p></div>`), NotFound},
		{"not found, English", page("404 Not Found", `<p>Sorry.</p>`), NotFound},
		{"not found in the text", page("Chip News", `<h1>Oops</h1><p>The page you are looking for has moved or never was.</p>`), NotFound},
		{"an application", page("칩뉴스", `<div id="app"></div><script src=app.js></script>`), ScriptOnly},
		{"asks for scripts", page("Chip News", `<noscript>Please enable JavaScript to run this app.</noscript>`), ScriptOnly},
		{"cut inside of a tag", `<!doctype html><html><head><title>x</title></head><body>` + story + `<div class="rela`, Truncated},
		{"cut inside of a script", `<!doctype html><html><head><title>x</title><script>var a = {`, Truncated},
		{"cut inside of a sentence", `<!doctype html><html><body><div id="article-view-content-div">` + story + `<p>The two companies also`, Truncated},

		{"a flash", page("가온전자, 다올반도체와 계약", flash), ""},
		{"a flash with a link to log in", page("가온전자, 다올반도체와 계약", flash+`<div>로그인이 필요합니다</div>`), ""},
		{"a story about 404", page("404 Media wins a prize", "<article>"+strings.Repeat(story, 2)+"</article>"), ""},
		{"a story about blocks", page("접근이 차단되었습니다… 반도체 업계의 장벽", "<article>"+strings.Repeat(story, 5)+"</article>"), ""},
		{"a title that begins like a page that is missing", page("존재하지 않는 칩을 판 회사", "<article>"+story+"</article>"), ""},
		{"not closed, but whole", `<!doctype html><html><head><title>x</title></head><body><article>` + story, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := Read(Page{HTML: []byte(tt.in), URL: "https://news.example.kr/1"})
			if tt.status == "" {
				if err != nil || r.Body == "" {
					t.Errorf("%v, want an article", err)
				}
				return
			}
			var e *Error
			if !errors.As(err, &e) || e.Status != tt.status {
				t.Fatalf("error %v, want status %s", err, tt.status)
			}
			if r.Body != "" || e.Detail == "" || e.Advice() == "" {
				t.Errorf("%+v: body %q, advice %q", e, r.Body, e.Advice())
			}
		})
	}
}

// TestEveryStatusHasItsAdvice holds that no status is explained by the words of
// another.
func TestEveryStatusHasItsAdvice(t *testing.T) {
	said := map[string]Status{}
	for _, s := range []Status{Empty, NotHTML, TooBig, Truncated, NoBody, ScriptOnly, Wall, Login, Consent, Denied, NotFound} {
		advice := (&Error{Status: s}).Advice()
		if other, twice := said[advice]; twice || advice == "" {
			t.Errorf("%s is advised as %s: %q", s, other, advice)
		}
		said[advice] = s
	}
}

func TestPageNumber(t *testing.T) {
	for _, tt := range []struct {
		article, page string
		want          int
	}{
		{"https://a.kr/news/1", "https://a.kr/news/1?page=2", 2},
		{"https://a.kr/v?id=7", "https://a.kr/v?id=7&page=2", 2},
		{"https://a.kr/v?id=7&page=1", "https://a.kr/v?page=3&id=7", 3},
		{"https://a.kr/story.html", "https://a.kr/story_2.html", 2},
		{"https://a.kr/story/", "https://a.kr/story/page/2/", 2},
		{"https://a.kr/story", "https://a.kr/story/2", 2},
		{"https://a.kr/v?id=7", "https://a.kr/v?id=8", 0},
		{"https://a.kr/v?id=7", "https://a.kr/v?id=8&page=2", 0},
		{"https://a.kr/news/1", "https://a.kr/news/2", 0},
		{"https://a.kr/news/1", "https://b.kr/news/1?page=2", 0},
		{"https://a.kr/news/1", "https://a.kr/news/12", 0},
		{"https://a.kr/news/1", "https://a.kr/news/1?page=400", 0},
		{"https://a.kr/news/1", "https://a.kr/news/1", 0},
		{"https://a.kr/list?page=4", "https://a.kr/list?page=5", 0},
	} {
		if got := PageNumber(tt.article, tt.page); got != tt.want {
			t.Errorf("PageNumber(%s, %s) = %d, want %d", tt.article, tt.page, got, tt.want)
		}
	}
}

func TestNextPage(t *testing.T) {
	const first = "https://a.kr/news/1"
	for _, tt := range []struct{ name, url, first, link, want string }{
		{"none", first, "", "", ""},
		{"the second page", first, "", `<link rel="next" href="/news/1?page=2">`, first + "?page=2"},
		{"in the text", first, "", `<a rel="nofollow next" href="?page=2">다음</a>`, first + "?page=2"},
		{"the next story", first, "", `<link rel="next" href="/news/2">`, ""},
		{"the third page", first + "?page=2", first, `<link rel="next" href="/news/1?page=3">`, first + "?page=3"},
		{"back to the second", first + "?page=3", first, `<link rel="next" href="/news/1?page=2">`, ""},
		{"not called so", first, "", `<a href="?page=2">2</a>`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			page := "<html><head>" + tt.link + "</head><body><article>" + story + "</article></body></html>"
			r, err := Read(Page{HTML: []byte(page), URL: tt.url, First: tt.first})
			if err != nil || r.NextPage != tt.want {
				t.Errorf("%v: next page %q, want %q", err, r.NextPage, tt.want)
			}
		})
	}
}

// TestEditions holds that the AMP and the printed edition of a story are known by
// the address of the story.
func TestEditions(t *testing.T) {
	for _, tt := range []struct{ name, url, canonical, want string }{
		{"AMP", "https://www.a.co.kr/amp/news/1", "https://www.a.co.kr/news/1", "https://www.a.co.kr/news/1"},
		{"AMP in a cache", "https://www-a-co-kr.cdn.ampproject.org/c/s/www.a.co.kr/amp/1", "https://www.a.co.kr/news/1", "https://www.a.co.kr/news/1"},
		{"to print", "https://www.a.co.kr/news/articlePrint.html?idxno=7", "https://www.a.co.kr/news/articleView.html?idxno=7", "https://www.a.co.kr/news/articleView.html?idxno=7"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := Read(Page{HTML: []byte(`<html amp><head><link rel="canonical" href="` + tt.canonical + `"></head><body><article>` + story + "</article></body></html>"), URL: tt.url})
			if err != nil || r.URL != tt.want {
				t.Errorf("%v: %s, want %s", err, r.URL, tt.want)
			}
		})
	}
}
