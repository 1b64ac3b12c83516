package extract

import (
	"html"
	"net/url"
	"strings"
	"unicode"

	"github.com/PuerkitoBio/goquery"
)

// A naming is one place of a page that names its article, and how far it is to
// be trusted. The headline that is described for machines is the article's own;
// what is made for sharing and searching is often another one, and only wins
// where the headline on the page bears it out or linked data is missing.
type naming struct {
	text, key string
	weight    float64
}

// The weights of the namings, chosen on the development half of the fundus pages
// (docs/bench.md): linked data beats any template's copies of one field, unless
// the headline of the page agrees with those.
const (
	weighsRule   = 1.6 // the place that sites.yaml names
	weighsLinked = 1.5
	weighsOG     = 0.6
	weighsH1     = 0.5
	weighsWhole  = 0.25
	weighsOther  = 0.25
	weighsHint   = 0.3 // the feed's title may decide between two, but is never the answer
	weighsLater  = 0.1 // of a second h1: often that of another story
)

// maxHeadings bounds the h1 elements that are looked at.
const maxHeadings = 6

// title is what most of the places that name the article agree on, without the
// name of the site.
func title(doc *goquery.Document, page *census, tags map[string]string, m meta, p Page, rules []*rule) string {
	own := siteNames(m.site, tags["og:site_name"], m.ld.publisher, tags["application-name"], p.URL)
	whole := picked(page.titles).First().Text()
	ownByHeading(own, picked(page.h1s).First().Text(), whole)
	var list []naming
	add := func(text string, weight float64) {
		text = fold(html.UnescapeString(html.UnescapeString(text)))
		text = withoutSite(text, own)
		if key := letters(text); key != "" && !own[key] && !isGeneric(text) {
			list = append(list, naming{text, key, weight})
		}
	}
	for _, r := range rules {
		s := firstOf(doc, r.title)
		add(first(s.AttrOr("content", ""), s.Text()), weighsRule)
	}
	weight := weighsH1
	picked(page.h1s).EachWithBreak(func(i int, s *goquery.Selection) bool {
		if n := len(list); i < maxHeadings {
			if add(s.Text(), weight); len(list) > n {
				weight = weighsLater
			}
		}
		return i < maxHeadings
	})
	add(m.ld.headline, weighsLinked)
	add(tags["og:title"], weighsOG)
	add(whole, weighsWhole)
	add(tags["twitter:title"], weighsOther)
	if len(list) == 0 {
		lowHeadings(doc, add)
	}
	return agreed(list, letters(p.Title))
}

// generic are what templates call any page, as [letters].
var generic = set(
	"프린트", "인쇄", "인쇄하기", "기사인쇄", "기사프린트", "기사보기", "기사본문", "뉴스", "뉴스상세", "뉴스보기", "보도자료", "보도자료상세", "보도자료상세보기", "보도자료보기", "공지사항", "상세보기", "상세", "게시판", "게시물", "본문", "홈",
	"print", "printpage", "printversion", "article", "articleview", "news", "newsview", "newsdetail", "pressrelease", "pressreleases", "detail", "view", "home", "untitled", "untitleddocument",
	"ニュース", "ニュースリリース", "プレスリリース", "お知らせ", "印刷", "新闻", "新聞", "新闻详情", "正文", "详情",
)

// isGeneric reports whether a title is what the template calls any page, with or
// without the name of the site behind it.
func isGeneric(title string) bool {
	if generic[letters(title)] {
		return true
	}
	i, _ := lastSeparator(title)
	return i > 0 && generic[letters(title[:i])]
}

// ownByHeading adds a h1 that stands behind the title in the head of the page: it is
// the name of the site, not of the article.
func ownByHeading(own map[string]bool, head, whole string) {
	key := letters(head)
	i, rest := lastSeparator(fold(whole))
	if i > 0 && key != "" && key == letters(rest) && len(letters(whole[:i])) > len(key) {
		own[key] = true
	}
}

// lowHeadings adds the first lower headline outside of menus, and what is named as
// one, for pages whose other places name no article.
func lowHeadings(doc *goquery.Document, add func(text string, weight float64)) {
	doc.Find("h2, h3, .title, .subject, .headline, .tit").EachWithBreak(func(_ int, s *goquery.Selection) bool {
		text := fold(s.Text())
		if weigh(text) < 16 || weigh(text) > maxCardHead || s.Closest("nav, aside, footer, ul, form, a").Length() > 0 {
			return true
		}
		add(text, weighsH1)
		return false
	})
}

// agreed is the naming that the others bear out most, the first of equal ones.
func agreed(list []naming, hint string) string {
	best, top := "", 0.0
	for _, c := range list {
		score := 0.0
		for _, o := range list {
			if o.key == c.key {
				score += o.weight
			}
		}
		if c.key == hint {
			score += weighsHint
		}
		if score > top+1e-9 {
			best, top = c.text, score
		}
	}
	return best
}

// letters is a text as titles are compared: its letters and digits alone.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// siteNames are the names of a site as [letters]: what the page calls it, and its
// host with and without the ending.
func siteNames(name, og, publisher, application, pageURL string) map[string]bool {
	own := map[string]bool{}
	for _, s := range []string{name, og, publisher, application} {
		if k := letters(s); k != "" {
			own[k] = true
		}
	}
	if u, err := url.Parse(pageURL); err == nil {
		labels := strings.Split(strings.TrimPrefix(u.Hostname(), "www."), ".")
		for i, label := range labels[:len(labels)-1] {
			if k := letters(label); len(k) > 2 || i == 0 && len(k) > 1 {
				own[k] = true
			}
			own[letters(strings.Join(labels[i:], ""))] = true
		}
	}
	delete(own, "")
	return own
}

// separators stand between a title and the name of its site.
const separators = "|｜∣ㅣ-–—<>«»·•:：/~"

// withoutSite takes the name of the site off the end of a title, or off its
// start, and what Korean systems put before it: "title < section < 기사본문 - site".
func withoutSite(t string, own map[string]bool) string {
	if i := strings.Index(t, " < "); i > 0 && (strings.Contains(t[i:], "기사본문") || strings.Contains(t[i:], "전체기사")) {
		return strings.TrimSpace(t[:i])
	}
	for {
		i, rest := lastSeparator(t)
		if i <= 0 || !isSite(letters(rest), own) {
			break
		}
		head := strings.TrimRight(t[:i], separators+" ")
		if head == "" {
			break
		}
		t = head
	}
	i := strings.IndexAny(t, separators)
	if i > 0 && own[letters(t[:i])] {
		sep := []rune(t[i:])[0]
		if rest := strings.TrimSpace(t[i+len(string(sep)):]); sep != ':' && spaced(t, i) && rest != "" {
			return rest
		}
	}
	return t
}

// lastSeparator is the place of the last separator of a title, and what follows
// it; -1 without one. A hyphen or a slash needs a space beside it.
func lastSeparator(t string) (int, string) {
	for i := strings.LastIndexAny(t, separators); i > 0; i = strings.LastIndexAny(t[:i], separators) {
		sep := []rune(t[i:])[0]
		if sep >= 0x80 || sep == '|' || spaced(t, i) {
			return i, t[i+len(string(sep)):]
		}
	}
	return -1, ""
}

// spaced reports whether a sign at i has a space beside it: a hyphen without one
// is part of a word.
func spaced(s string, i int) bool {
	return s[i-1] == ' ' || i+1 < len(s) && s[i+1] == ' '
}

// isSite reports whether a key is a name of the site, or begins with one and adds
// a word such as News or Online.
func isSite(key string, own map[string]bool) bool {
	if own[key] {
		return true
	}
	for name := range own {
		if len(name) >= 3 && len(key) <= len(name)+8 && (strings.HasPrefix(key, name) || len(key) >= 4 && strings.HasPrefix(name, key)) {
			return true
		}
	}
	return false
}
