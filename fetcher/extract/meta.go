package extract

import (
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/PuerkitoBio/goquery"
	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"
)

// A meta is what a page says about itself.
type meta struct {
	title, site, lang, url, author string
	date                           dated
	ld                             linked
}

func readMeta(doc *goquery.Document, own *census, p Page, rules []*rule) meta {
	m := meta{ld: readLinked(own.scripts)}
	tags := metaTags(own.metas)
	m.site = fold(first(tags["og:site_name"], m.ld.publisher, tags["application-name"]))
	m.title = title(doc, own, tags, m, p, rules)
	m.author = author(doc, own, tags, m.ld)
	m.url = canonicalURL(own, p.URL)
	htmlLang := picked(own.html).AttrOr("lang", "")
	m.lang = first(langCode(htmlLang), langCode(tags["og:locale"]), langCode(tags["content-language"]), langCode(m.ld.lang))
	m.date = published(doc, own, tags, m, rules, zoneOf(p, first(m.lang, language(m.title, "")), rules...))
	return m
}

// metaTags returns the content of each named meta element, the first of a name.
func metaTags(metas []*html.Node) map[string]string {
	tags := make(map[string]string, len(metas))
	for _, n := range metas {
		content, _ := attrOf(n, "content")
		if content = strings.TrimSpace(content); content == "" {
			continue
		}
		for _, attr := range [...]string{"property", "name", "itemprop", "http-equiv"} {
			name, _ := attrOf(n, attr)
			if name = strings.ToLower(name); name != "" && tags[name] == "" {
				tags[name] = content
			}
		}
	}
	return tags
}

// zones are the zones of countries that have one and write dates without it.
var zones = map[string]*time.Location{
	"kr": time.FixedZone("Asia/Seoul", 9*3600), "jp": time.FixedZone("Asia/Tokyo", 9*3600),
	"cn": time.FixedZone("Asia/Shanghai", 8*3600), "tw": time.FixedZone("Asia/Taipei", 8*3600),
	"hk": time.FixedZone("Asia/Hong_Kong", 8*3600), "sg": time.FixedZone("Asia/Singapore", 8*3600),
}

// zoneOf is the zone of dates that name none: the page's, else that
// of its content system, of the host's
// country, else of the country that writes its language. Chinese is written in
// several, whose clocks are the same.
func zoneOf(p Page, lang string, rules ...*rule) *time.Location {
	if p.Zone != nil {
		return p.Zone
	}
	for _, r := range rules {
		if r.zone != nil {
			return r.zone
		}
	}
	if u, err := url.Parse(p.URL); err == nil {
		host := u.Hostname()
		if zone := zones[host[strings.LastIndexByte(host, '.')+1:]]; zone != nil {
			return zone
		}
	}
	switch lang {
	case "ko":
		return zones["kr"]
	case "ja":
		return zones["jp"]
	case "zh":
		return zones["cn"]
	}
	return nil
}

// authorTags are the names under which pages declare who wrote the article.
var authorTags = []string{"author", "article:author", "dable:author", "parsely-author", "sailthru.author", "byl", "dc.creator", "dcterms.creator", "cxenseparse:author"}

// maxAuthor is the longest name of an author, in bytes: several may have written.
const maxAuthor = 200

// writerName selects a name by the classes around it.
var writerName = cascadia.MustCompile(".byline-name, .author-name, .byline .name")

// author is who wrote the article, without the words around the name.
func author(doc *goquery.Document, own *census, tags map[string]string, ld linked) string {
	if name := authorName(ld.author); name != "" {
		return name
	}
	for _, tag := range authorTags {
		if name := authorName(tags[tag]); name != "" {
			return name
		}
	}
	if len(own.authors) > 0 {
		for _, sel := range []string{"[itemprop=author] [itemprop=name]", "[itemprop=author]", "[rel=author]"} {
			if name := authorName(doc.Find(sel).First().Text()); name != "" {
				return name
			}
		}
	}
	for _, n := range own.bylines { // in document order: the first that is found is the first of the page
		found := n
		if !writerName.Match(n) {
			found = cascadia.Query(n, writerName)
		}
		if found != nil {
			return authorName(picked([]*html.Node{found}).Text())
		}
	}
	return ""
}

// authorName cleans a name, and refuses what is none: an address, a sentence.
func authorName(s string) string {
	s = fold(html.UnescapeString(s))
	if len(s) > maxAuthor || strings.Contains(s, "://") {
		return ""
	}
	if rest, ok := strings.CutPrefix(strings.ToLower(s), "by "); ok {
		s = s[len(s)-len(rest):]
	}
	words := strings.Fields(s)
	words = slices.DeleteFunc(words, func(w string) bool { return strings.Contains(w, "@") })
	s = strings.Trim(strings.Join(words, " "), " ()[]<>|,·-")
	for _, tail := range []string{" 기자", " 특파원", " 선임기자", "기자"} {
		if name, ok := strings.CutSuffix(s, tail); ok && name != "" && weigh(name) >= 4 {
			s = name
		}
	}
	if !strings.ContainsFunc(s, unicode.IsLetter) || strings.Count(s, " ") > 24 {
		return ""
	}
	return s
}

// language is the language of the text by its script, where that is certain;
// else the declared one. Templates often declare the wrong one.
func language(text, declared string) string {
	letters, hangul, kana, han := 0, 0, 0, 0
	for _, r := range text {
		switch {
		case r < 0x80:
			if 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' {
				letters++
			}
			continue
		case unicode.Is(unicode.Hangul, r):
			hangul++
		case unicode.Is(unicode.Hiragana, r), unicode.Is(unicode.Katakana, r):
			kana++
		case unicode.Is(unicode.Han, r):
			han++
		case !unicode.IsLetter(r):
			continue
		}
		letters++
	}
	cjk := hangul + kana + han
	switch {
	case letters == 0 || cjk*5 < letters:
		if declared == "ko" || declared == "ja" || declared == "zh" {
			if cjk == 0 && letters > 200 {
				return ""
			}
		}
		return declared
	case hangul >= kana && hangul*2 >= han:
		return "ko"
	case kana*20 >= han:
		return "ja"
	}
	return "zh"
}

// langCode is the two-letter code of a language tag, "" when it has none.
func langCode(tag string) string {
	tag = strings.ToLower(strings.TrimSpace(tag))
	if i := strings.IndexAny(tag, "-_"); i >= 0 {
		tag = tag[:i]
	}
	if tag == "kr" {
		return "ko"
	}
	if len(tag) != 2 || strings.Trim(tag, "abcdefghijklmnopqrstuvwxyz") != "" {
		return ""
	}
	return tag
}

func first(list ...string) string {
	for _, s := range list {
		if strings.TrimSpace(s) != "" {
			return s
		}
	}
	return ""
}

// fold puts s on one line.
func fold(s string) string {
	if s = strings.TrimSpace(s); folded(s) {
		return s
	}
	return strings.Join(strings.Fields(s), " ")
}

// folded reports whether no space of a text but single ones stands between its words.
func folded(s string) bool {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == ' ':
			if i+1 < len(s) && s[i+1] == ' ' {
				return false
			}
		case '\t' <= c && c <= '\r':
			return false
		case c == 0xc2, 0xe1 <= c && c <= 0xe3: // all other signs of space begin with these
			if r, _ := utf8.DecodeRuneInString(s[i:]); unicode.IsSpace(r) {
				return false
			}
		}
	}
	return true
}
