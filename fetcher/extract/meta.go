package extract

import (
	"html"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/PuerkitoBio/goquery"

	"github.com/chipwire/chipwire/internal/dates"
)

// A meta is what a page says about itself.
type meta struct {
	title, site, lang, url string
	published              time.Time
	dateVia                string
	ld                     linked
}

func readMeta(doc *goquery.Document, p Page) meta {
	m := meta{ld: readLinked(doc)}
	tags := metaTags(doc)
	m.site = fold(first(tags["og:site_name"], m.ld.publisher, tags["application-name"]))
	m.title = title(doc, tags, m)
	m.url = canonicalURL(doc, p.URL)
	htmlLang, _ := doc.Find("html").First().Attr("lang")
	m.lang = first(langCode(htmlLang), langCode(tags["og:locale"]), langCode(tags["content-language"]), langCode(m.ld.lang))
	m.published, m.dateVia = published(doc, tags, m.ld, zoneOf(p))
	return m
}

// metaTags returns the content of each named meta element, the first of a name.
func metaTags(doc *goquery.Document) map[string]string {
	tags := map[string]string{}
	doc.Find("meta[content]").Each(func(_ int, s *goquery.Selection) {
		content := strings.TrimSpace(s.AttrOr("content", ""))
		for _, attr := range []string{"property", "name", "itemprop", "http-equiv"} {
			name := strings.ToLower(s.AttrOr(attr, ""))
			if name != "" && content != "" && tags[name] == "" {
				tags[name] = content
			}
		}
	})
	return tags
}

// title prefers what the page wrote for sharing, without the name of the site.
func title(doc *goquery.Document, tags map[string]string, m meta) string {
	heading := ""
	if h := doc.Find("h1"); h.Length() == 1 {
		heading = fold(h.Text())
	}
	whole := fold(doc.Find("title").First().Text())
	t := fold(html.UnescapeString(first(tags["og:title"], m.ld.headline, tags["twitter:title"], heading, whole)))
	if heading != "" && len(heading) < len(t) && strings.HasPrefix(t, heading) && siteSuffix(t[len(heading):]) {
		return heading
	}
	for _, site := range []string{m.site, tags["og:site_name"]} {
		if site == "" {
			continue
		}
		if short, ok := strings.CutSuffix(t, site); ok && siteSuffix(short[len(strings.TrimRight(short, " |-–—<:·")):]) {
			t = strings.TrimRight(short, " |-–—<:·")
		}
	}
	return t
}

// siteSuffix reports whether s begins as the name of a site behind a title does.
func siteSuffix(s string) bool {
	return strings.HasPrefix(s, " ") && strings.ContainsAny(cut(s, 6), "|-–—<:·") || strings.HasPrefix(s, "|")
}

// dateTags are the names under which pages declare the date of publication.
var dateTags = []string{
	"article:published_time", "og:article:published_time", "datepublished", "article:published", "pubdate",
	"publishdate", "publish-date", "publish_date", "parsely-pub-date", "sailthru.date", "cxenseparse:recs:publishtime",
	"dc.date.issued", "dcterms.issued", "dcterms.created", "dc.date", "dcterms.date", "date", "originalpublicationdate", "article.published",
}

// timeSelectors find the date in the text of the page, the surest first.
var timeSelectors = []string{
	"time[itemprop=datePublished]", "[itemprop=datePublished]", "time[pubdate]", "article time[datetime]", "time[datetime]",
}

// published finds the date of publication. A date with a time of day is
// preferred to a bare day wherever it stands.
func published(doc *goquery.Document, tags map[string]string, ld linked, zone *time.Location) (t time.Time, via string) {
	try := func(text, how string) (exact bool) {
		d, err := dates.Parse(fold(text), zone)
		if err == nil && (via == "" || !d.DayOnly) {
			t, via = d.Time, how
		}
		return err == nil && !d.DayOnly
	}
	if try(ld.published, "json-ld") {
		return t, via
	}
	for _, name := range dateTags {
		if tags[name] != "" && try(tags[name], "meta") {
			return t, via
		}
	}
	for _, sel := range timeSelectors {
		s := doc.Find(sel).First()
		if s.Length() > 0 && try(first(s.AttrOr("datetime", ""), s.AttrOr("content", ""), s.Text()), "time") {
			return t, via
		}
	}
	return t, via
}

// zones are the zones of countries that have one and write dates without it.
var zones = map[string]*time.Location{
	"kr": time.FixedZone("Asia/Seoul", 9*3600), "jp": time.FixedZone("Asia/Tokyo", 9*3600),
	"cn": time.FixedZone("Asia/Shanghai", 8*3600), "tw": time.FixedZone("Asia/Taipei", 8*3600),
	"hk": time.FixedZone("Asia/Hong_Kong", 8*3600), "sg": time.FixedZone("Asia/Singapore", 8*3600),
}

// zoneOf is the zone of dates that name none: the page's, else its country's.
func zoneOf(p Page) *time.Location {
	if p.Zone != nil {
		return p.Zone
	}
	u, err := url.Parse(p.URL)
	if err != nil {
		return nil
	}
	host := u.Hostname()
	return zones[host[strings.LastIndexByte(host, '.')+1:]]
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
func fold(s string) string { return strings.Join(strings.Fields(s), " ") }
