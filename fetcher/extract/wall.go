package extract

import (
	"net/url"
	"slices"
	"strings"

	"github.com/PuerkitoBio/goquery"
)

// A sign is a text by which a page is known that stands where an article should.
type sign struct {
	status Status
	texts  []string
}

// titleSigns are the titles of such pages. Each is the whole title or its
// beginning.
var titleSigns = []sign{
	{Denied, []string{
		"access denied", "access to this page has been denied", "access forbidden", "403 forbidden", "forbidden", "error 403", "request rejected",
		"blocked", "you have been blocked", "access restricted", "접근이 차단", "접근 차단", "접근이 제한", "접근이 거부", "접근 거부", "접속이 차단", "비정상적인 접근",
		"アクセスが拒否", "访问被拒绝",
	}},
	{Wall, []string{
		"attention required", "just a moment", "one moment, please", "are you a robot", "are you human", "verify you are human",
		"human verification", "robot check", "bot verification", "pardon our interruption", "security check", "checking your browser",
		"please wait", "ddos-guard", "captcha", "자동입력 방지", "로봇이 아닙니다",
	}},
	{Login, []string{"log in", "login", "sign in", "로그인", "회원 로그인", "회원로그인", "ログイン", "登录", "登入"}},
	{Consent, []string{"before you continue", "cookie consent", "your privacy choices", "we value your privacy", "privacy consent", "개인정보 수집 동의", "쿠키 동의"}},
	{NotFound, []string{
		"404 not found", "404 error", "404 -", "404 |", "404 page", "page not found", "not found", "error 404", "story not found", "article not found", "content not found", "this page could not be found",
		"페이지를 찾을 수 없", "존재하지 않는 페이지", "존재하지 않는 기사", "삭제된 기사", "없는 기사", "요청하신 페이지를 찾을 수", "기사를 찾을 수 없", "ページが見つかりません", "页面不存在", "頁面不存在",
	}},
}

// textSigns are the words of such pages, where there is hardly any other text.
var textSigns = []sign{
	{NotFound, []string{
		"페이지를 찾을 수 없", "페이지를 찾을수 없", "삭제된 기사", "삭제되었거나", "기사가 삭제", "존재하지 않는 기사", "존재하지 않는 페이지", "존재하지 않는 게시물", "요청하신 기사를 찾을 수 없",
		"잘못된 기사번호", "기사가 존재하지 않", "page not found", "page you requested could not be found", "page you are looking for", "article is no longer available", "story is no longer available",
		"this page could not be found", "has been removed or", "ページが見つかりません", "お探しのページ", "記事は削除", "页面不存在", "文章已被删除",
	}},
	{Denied, []string{
		"you don't have permission", "you do not have permission", "access denied", "has been blocked", "접근이 차단", "접속이 차단", "접근이 거부", "접근 권한이 없", "비정상적인 접근", "차단되었습니다",
	}},
	{Wall, []string{"verify you are human", "checking your browser", "unusual traffic", "are a robot", "자동입력 방지문자", "자동등록방지", "로봇이 아닙니다"}},
	{Login, []string{
		"로그인이 필요", "로그인 후 이용", "로그인 후 보실", "회원만 볼 수", "회원 전용", "유료회원 전용", "구독자만", "sign in to continue", "log in to continue", "subscribe to continue", "subscribers only",
		"to continue reading", "already a subscriber", "この記事は会員限定", "有料会員限定",
	}},
	{Consent, []string{"we value your privacy", "accept all cookies", "cookies to continue", "쿠키 사용에 동의", "개인정보 처리에 동의해야"}},
	{ScriptOnly, []string{"enable javascript", "javascript is required", "javascript is disabled", "requires javascript", "turn on javascript", "자바스크립트를 활성화", "자바스크립트를 사용", "javascript를 사용", "javascriptを有効"}},
}

// wallLength is the weight up to which the text of a page can be a wall's: a
// story about bots may well be called "Are you a robot".
const wallLength = 1500

// stub is the weight up to which a page has hardly any text: what it says then
// is all it says.
const stub = 800

// wall returns the status and the sign by which a page is known to stand in place
// of an article, "" for an article.
func wall(doc *goquery.Document, own *census, p Page, r Result) (Status, string) {
	if weigh(r.Body) > wallLength {
		return "", ""
	}
	title := strings.ToLower(fold(picked(own.titles).First().Text()))
	for _, s := range titleSigns {
		if t := begins(title, s.texts); t != "" && (r.Body == "" || t == title || r.Via == "density") {
			return s.status, "title " + title
		}
	}
	if u, err := url.Parse(p.URL); err == nil {
		if h := u.Hostname(); strings.HasPrefix(h, "consent.") || strings.HasPrefix(h, "guce.") {
			return Consent, "host " + h
		}
	}
	for _, sel := range challenges {
		if own.barred && doc.Find(sel).Length() > 0 {
			return Wall, sel
		}
	}
	if weigh(r.Body) <= stub && (r.Body == "" || r.Via == "density" || r.Via == "article") {
		text := strings.ToLower(strings.ReplaceAll(shortText(doc), "’", "'"))
		for _, s := range textSigns {
			for _, t := range s.texts {
				if strings.Contains(text, t) {
					return s.status, "the page says " + t
				}
			}
		}
	}
	if r.Body == "" && doc.Find("input[type=password]").Length() > 0 {
		return Login, "a password is asked for"
	}
	return "", ""
}

// challenges are the elements by which systems that keep readers out are known.
var challenges = []string{"#challenge-form", "#challenge-error-text", "#cf-error-details", "iframe[src*='captcha-delivery.com']", "#px-captcha"}

// signEndings go on with a Korean sign as its sentence does.
var signEndings = []string{"되", "됐", "된 페이지", "습니다", "음", "어요", "입니다", "이 필요", "가 필요", "하는 중", "ません"}

// begins returns the text that a title begins with, as a word of its own.
func begins(title string, texts []string) string {
	for _, t := range texts {
		rest, ok := strings.CutPrefix(title, t)
		if ok && (rest == "" || strings.IndexAny(rest, " .!?…|:-,") == 0 || slices.ContainsFunc(signEndings, func(e string) bool { return strings.HasPrefix(rest, e) })) {
			return t
		}
	}
	return ""
}

// shortText is all that a page says outside of menus and scripts, "" when that is
// more than a stub. The words of noscript are among them.
func shortText(doc *goquery.Document) string {
	body := doc.Find("body")
	if body.Length() == 0 {
		return ""
	}
	sc := scale{}
	if sc.weight(body.Nodes[0]) > stub {
		return ""
	}
	var b strings.Builder
	for i, para := range sc.texts(body.Nodes[0]) {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(para.text)
	}
	doc.Find("h1, noscript, figcaption").Each(func(_ int, s *goquery.Selection) { b.WriteString("\n" + cut(s.Text(), 500)) })
	return b.String()
}

// scripted returns the sign by which a page without text is known to be drawn by
// scripts, "" for another page.
func scripted(doc *goquery.Document) string {
	for _, sel := range []string{"#root", "#app", "#__next", "#__nuxt", "app-root", "#react-root", "#svelte"} {
		if doc.Find(sel).Length() > 0 && doc.Find("script").Length() > 0 {
			return sel + " is filled by a script"
		}
	}
	body := doc.Find("body")
	if body.Length() > 0 && body.Find("script").Length() > 0 && (scale{}).weight(body.Nodes[0]) < leastKnown {
		return "nothing but scripts in the page"
	}
	return ""
}

// truncated returns the sign by which a page is known to have been cut off in the
// middle, "" for a whole one. HTML need not close what it opens, so a page only
// counts as cut where it ends inside of a tag, a script, or a sentence of the
// article.
func truncated(text, article string) string {
	tail := strings.TrimSpace(strings.ToLower(text[max(0, len(text)-4096):]))
	if strings.Contains(tail, "</html") || strings.Contains(tail, "</body") {
		return ""
	}
	head := strings.ToLower(text[:min(len(text), 2048)])
	if !strings.Contains(head, "<html") && !strings.Contains(head, "<!doctype") {
		return "" // part of a page, as a tool may give it
	}
	if open := strings.LastIndexByte(tail, '<'); open >= 0 && !strings.Contains(tail[open:], ">") && len(tail[open:]) < 2048 {
		return "it ends inside of a tag"
	}
	lower := strings.ToLower(text)
	for _, tag := range []string{"script", "style"} {
		if open := strings.LastIndex(lower, "<"+tag); open >= 0 && !strings.Contains(lower[open:], "</"+tag) {
			return "it ends inside of a " + tag
		}
	}
	words := strings.Fields(article)
	if n := len(words); n >= 3 && strings.HasSuffix(tail, strings.ToLower(words[n-1])) && !strings.ContainsAny(words[n-1], `.!?。"”'’)`) {
		return "it ends inside of a sentence of the article"
	}
	return ""
}
