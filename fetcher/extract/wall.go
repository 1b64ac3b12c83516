package extract

import (
	"net/url"
	"strings"

	"github.com/PuerkitoBio/goquery"
)

// wallTitles are the titles of pages that stand before an article. Each is the
// whole title or its beginning.
var wallTitles = []string{
	"access denied", "access to this page has been denied", "attention required", "just a moment", "one moment, please",
	"are you a robot", "are you human", "verify you are human", "human verification", "robot check", "bot verification",
	"pardon our interruption", "security check", "checking your browser", "please wait", "403 forbidden", "forbidden",
	"request rejected", "blocked", "you have been blocked", "ddos-guard", "captcha",
	"before you continue", "log in", "login", "sign in", "로그인", "접근이 차단", "접근 차단", "접근이 제한", "access restricted",
}

// wallLength is the weight up to which the text of a page can be a wall's: a
// story about bots may well be called "Are you a robot".
const wallLength = 1500

// wall returns the sign by which a page is known to be a login, consent or bot
// check, "" for an article.
func wall(doc *goquery.Document, p Page, r Result) string {
	if weigh(r.Body) > wallLength {
		return ""
	}
	title := strings.ToLower(fold(doc.Find("title").First().Text()))
	for _, t := range wallTitles {
		if rest, ok := strings.CutPrefix(title, t); ok && (rest == "" || strings.IndexAny(rest, " .!?…|:-,되") == 0) && (r.Body == "" || rest == "" || r.Via == "density") {
			return "title " + title
		}
	}
	if u, err := url.Parse(p.URL); err == nil {
		if h := u.Hostname(); strings.HasPrefix(h, "consent.") || strings.HasPrefix(h, "guce.") {
			return "host " + h
		}
	}
	for _, sel := range []string{"#challenge-form", "#challenge-error-text", "#cf-error-details", "iframe[src*='captcha-delivery.com']", "#px-captcha"} {
		if doc.Find(sel).Length() > 0 {
			return sel
		}
	}
	if r.Body == "" && doc.Find("input[type=password]").Length() > 0 {
		return "a password is asked for"
	}
	return ""
}
