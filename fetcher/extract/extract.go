// Package extract finds the article in a web page: its title, its body without
// the furniture around it, its date and its canonical address.
//
// The body is looked for where the operator says it is ([Selectors]). Else the
// page is read in several ways, by the places that content systems use, by linked
// data and by its looks, and the reading that the others bear out wins. What is
// found must read as an article; otherwise [Read] returns an [Error] with a status,
// beside the title and date that the page gave all the same.
//
// The package knows no network and no clock. The same bytes always give the
// same result.
package extract

import (
	"bytes"
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"

	"github.com/chipwire/chipwire/internal/charset"
	"github.com/chipwire/chipwire/internal/urls"
	"github.com/chipwire/chipwire/news"
)

// MaxPage is the largest page that is read, in bytes. Article pages of the press
// are a tenth of it, with all their scripts.
const MaxPage = 4 << 20

// A Page is an answer of a web server.
type Page struct {
	HTML        []byte
	URL         string         // where it was read, after redirects; "" when unknown
	First       string         // of a further page of an article: the URL of its first; else ""
	ContentType string         // of the HTTP answer; "" when unknown
	Zone        *time.Location // of dates that name none; nil: by the country of the host, else by the language, else UTC
	Title       string         // what the feed calls the article: a hint that decides between titles, never one; may be ""
	Selectors   Selectors      // the operator's word on where the article stands
	Explain     bool           // fill in [Result.Candidates]
}

// A Result is the article of a page.
type Result struct {
	Title    string
	TitleVia string // [TitleVia] where the operator's selector found it, else ""
	Body     string // paragraphs divided by a blank line, at most [news.MaxBody] bytes
	URL      string // the canonical address

	PublishedAt time.Time // zero when the page names no date
	DateVia     string    // where it does: [DateVia], or DateLinked to DateText
	DayOnly     bool      // the page gives no time of day: PublishedAt is midnight

	Author   string // as the page names it, without "by" or 기자; several in one string; "" when unknown
	Lang     string // two-letter code, "" when unknown
	SiteName string

	NextPage string // the next page of the same article, "" when it has one page or this is the last

	Via     string // how the body was found: a selector, json-ld, density, readability, script state, or [BodyVia] and the operator's selector
	Charset string // the encoding that was used

	Trust      float64     // how sure the body is, 0 to 1: how far the readings of the page agree on it; 1 for the operator's selector
	Doubtful   bool        // there is a body, and Trust is below [LowTrust]
	Candidates []Candidate // the readings that were weighed; only with [Page.Explain]
}

// Read finds the article of a page. The error is an [*Error]; unless the page
// could not be read at all ([Empty], [NotHTML], [TooBig]), the result still holds
// what it says about itself.
func Read(p Page) (Result, error) {
	text, cs, err := source(p)
	if err != nil {
		return Result{Charset: cs}, err
	}
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		return Result{Charset: cs}, errorf(TooBig, "%v", err)
	}
	doc := goquery.NewDocumentFromNode(root)
	p.Selectors.drop(doc)
	own := take(root)
	rules := rulesOf(own, p.URL)
	if dropIn(doc, rules) {
		own = take(root)
	}
	m := readMeta(doc, own, p, rules)
	r := Result{
		Title: m.title, URL: m.url, SiteName: m.site, Author: m.author, Charset: cs,
		PublishedAt: m.date.at, DateVia: m.date.via, DayOnly: m.date.dayOnly,
	}
	if title := p.Selectors.title(doc); title != "" {
		m.title, r.Title, r.TitleVia = title, title, TitleVia
	}
	if d := p.Selectors.date(doc, zoneOf(p, m.lang)); d.via != "" {
		r.PublishedAt, r.DateVia, r.DayOnly = d.at, d.via, d.dayOnly
	}
	if r.Body, r.Via = p.Selectors.body(doc, m.title), BodyVia+" "+p.Selectors.Body; r.Body == "" {
		r.find(root, m, p.Explain)
		r.bySite(doc, rules, m.title, p.Explain)
	} else {
		r.Trust = 1
	}
	r.Lang = language(r.Body, m.lang)
	if status, sign := fault(doc, own, p, r, text); status != "" {
		r.Body, r.Via, r.Trust, r.Doubtful = "", "", 0, false
		return r, errorf(status, "%s", sign)
	}
	if own.next {
		r.NextPage = nextPage(doc, p)
	}
	return r, nil
}

// fault finds why a page is no article, "" when it is one.
func fault(doc *goquery.Document, own *census, p Page, r Result, text string) (Status, string) {
	if status, sign := wall(doc, own, p, r); status != "" {
		return status, sign
	}
	if sign := truncated(text, r.Body); sign != "" {
		return Truncated, sign
	}
	if r.Body != "" {
		return "", ""
	}
	if sign := scripted(doc); sign != "" {
		return ScriptOnly, sign
	}
	return NoBody, fmt.Sprintf("title %q", cut(r.Title, 80))
}

// find fills in the body that the readings of the page agree on.
func (r *Result) find(root *html.Node, m meta, why bool) {
	c, list := body(root, m)
	r.Body, r.Via = clip(c.text), c.via
	if r.Body == "" {
		return
	}
	r.Trust = trust(c, list)
	r.Doubtful = r.Trust < LowTrust
	if why {
		r.Candidates = explain(c, list)
	}
}

// source decodes the page, and refuses what is no web page.
func source(p Page) (text, cs string, err error) {
	if len(p.HTML) > MaxPage {
		return "", "", errorf(TooBig, "%d bytes, want at most %d", len(p.HTML), MaxPage)
	}
	if ct := mediaType(p.ContentType); ct != "" && ct != "text/plain" && !strings.Contains(ct, "html") && !strings.HasSuffix(ct, "xml") && ct != "application/octet-stream" {
		return "", "", errorf(NotHTML, "content type %s", ct)
	}
	r := charset.Decode(p.HTML, charset.Param(p.ContentType), metaCharset(p.HTML))
	text = strings.TrimSpace(r.Text)
	if text == "" {
		return "", r.Charset, errorf(Empty, "%d bytes", len(p.HTML))
	}
	if r.Replaced > 0 {
		if n := utf8.RuneCountInString(text); r.Replaced*50 > n {
			return "", r.Charset, errorf(NotHTML, "%d of %d characters cannot be read", r.Replaced, n)
		}
	}
	text = limitTags(strip(text))
	if !looksHTML(text) {
		return "", r.Charset, errorf(NotHTML, "it begins with %q", cut(text, 40))
	}
	return text, r.Charset, nil
}

// maxTags bounds the tags of a page that are read. It is the deadline of this
// package: all work is linear in what is left.
const maxTags = 150_000

// limitTags cuts a page behind maxTags tags.
func limitTags(text string) string {
	at := 0
	for range maxTags {
		i := strings.IndexByte(text[at:], '<')
		if i < 0 {
			return text
		}
		at += i + 1
	}
	return text[:at-1]
}

// mediaType is a Content-Type without its parameters.
func mediaType(contentType string) string {
	ct, _, _ := strings.Cut(contentType, ";")
	return strings.ToLower(strings.TrimSpace(ct))
}

// looksHTML reports whether text begins like a web page or part of one.
func looksHTML(text string) bool {
	head := strings.ToLower(text[:min(len(text), 4096)])
	if strings.HasPrefix(head, "{") || strings.HasPrefix(head, "[") || strings.HasPrefix(head, "%pdf") {
		return false
	}
	for _, feed := range []string{"<rss", "<feed", "<rdf:rdf", "<urlset", "<sitemapindex"} {
		if i := strings.Index(head, feed); i >= 0 && !strings.Contains(head[:i], "<html") {
			return false
		}
	}
	for _, tag := range []string{"<!doctype html", "<html", "<head", "<body", "<div", "<p>", "<p ", "<title", "<article", "<meta", "<script", "<section", "<table", "<h1"} {
		if strings.Contains(head, tag) {
			return true
		}
	}
	return false
}

// metaCharset returns the charset that a meta element of the head declares,
// wherever in the head it stands.
func metaCharset(b []byte) string {
	b = b[:min(len(b), 256<<10)]
	for {
		i := bytes.IndexByte(b, '<')
		if i < 0 {
			return ""
		}
		b = b[i+1:]
		name := bytes.ToLower(b[:min(len(b), 4)])
		if string(name) == "body" {
			return ""
		}
		if string(name) != "meta" {
			continue
		}
		tag, _, _ := strings.Cut(strings.ToLower(string(b[:min(len(b), 512)])), ">")
		if label := charset.Param(strings.ReplaceAll(tag, "charset =", "charset=")); label != "" {
			return label
		}
	}
}

// canonicalURL is the address the page gives itself, if it lies on the same
// site and is not merely the front page; else the one where it was read.
func canonicalURL(own *census, pageURL string) string {
	here, err := urls.Canonical(pageURL)
	if err != nil {
		here = pageURL
	}
	for _, c := range []struct {
		nodes            []*html.Node
		key, value, attr string
	}{
		{own.links, "rel", "canonical", "href"}, {own.metas, "property", "og:url", "content"},
	} {
		href, ok := "", false
		for _, n := range c.nodes {
			if v, is := attrOf(n, c.key); is && v == c.value {
				href, ok = attrOf(n, c.attr)
				break
			}
		}
		if !ok {
			continue
		}
		u, err := urls.Canonical(urls.Resolve(pageURL, href))
		if err != nil || pageURL != "" && !urls.SameSite(u, pageURL) && !ampCache(pageURL) || frontPage(u) {
			continue
		}
		return u
	}
	return here
}

// ampCache reports whether an address is of a cache that shows pages of others.
func ampCache(pageURL string) bool {
	u, err := url.Parse(pageURL)
	return err == nil && (strings.HasSuffix(u.Hostname(), ".cdn.ampproject.org") || u.Hostname() == "www.google.com" && strings.HasPrefix(u.Path, "/amp/"))
}

// frontPage reports whether an address has neither path nor query.
func frontPage(u string) bool {
	_, rest, _ := strings.Cut(u, "://")
	_, path, _ := strings.Cut(rest, "/")
	return path == ""
}

// cut shortens s to at most n bytes, at a rune.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// clip is cut for a body: at the end of a paragraph when one ends near.
func clip(s string) string {
	if len(s) <= news.MaxBody {
		return s
	}
	s = cut(s, news.MaxBody)
	if i := strings.LastIndex(s, "\n\n"); i > len(s)*3/4 {
		s = s[:i]
	}
	return strings.TrimSpace(s)
}
