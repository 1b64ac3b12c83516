package feed

import (
	"slices"
	"strings"

	"golang.org/x/net/html"

	"github.com/chipwire/chipwire/internal/charset"
	"github.com/chipwire/chipwire/internal/urls"
)

// A Via says how a link to a feed was found.
type Via string

// The ways to find a feed, the surest first.
const (
	ViaSelf      Via = "self"      // the document names itself: it is the feed
	ViaAlternate Via = "alternate" // the page names it as its feed
	ViaAnchor    Via = "anchor"    // the page links to it in its text
	ViaGuess     Via = "guess"     // a path that many sites use; nobody named it
)

// A Link is an address where a feed may be.
type Link struct {
	URL   string // absolute
	Title string // as the page names it
	Type  string // media type as the page names it
	Via   Via
}

// guesses are the paths that content systems serve feeds at, those of the Korean
// press among them.
var guesses = []string{
	"/feed", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml", "/feed.json",
	"/rss/allArticle.xml", "/rss/all.xml", "/news-sitemap.xml",
}

// maxLinks is the largest number of links that a page yields, guesses left out.
const maxLinks = 64

// Discover returns the addresses of feeds that a document at base names, the
// surest first, each once; then the usual paths of the site, as guesses. The
// document may be a feed itself: then its own address stands first.
func Discover(body []byte, base string) []Link {
	d := discovery{base: base, document: base, seen: map[string]bool{}}
	r := charset.Decode(body, xmlEncoding(body))
	if o := scan(clean(r.Text)); o.kind != rootNone && o.kind != rootHTML && o.kind != rootIndex {
		d.add(base, "", "", ViaSelf)
	}
	d.page(r.Text)
	slices.SortStableFunc(d.found, func(a, b Link) int { return rank(a) - rank(b) })
	d.found = d.found[:min(len(d.found), maxLinks)]
	for _, path := range guesses {
		d.add(urls.Resolve(d.document, path), "", "", ViaGuess)
	}
	return d.found
}

// A discovery gathers links in the order of the document.
type discovery struct {
	base     string // of relative links, moved by <base href>
	document string
	found    []Link
	seen     map[string]bool
	anchor   int // index of the anchor whose text is being read, +1
}

func (d *discovery) add(href, title, kind string, via Via) {
	address := urls.Resolve(d.base, href)
	if address == "" || d.seen[address] {
		return
	}
	d.seen[address] = true
	d.found = append(d.found, Link{address, cut(plainLine(title), maxTitle), kind, via})
}

// page reads the tags of a page.
func (d *discovery) page(text string) {
	z := html.NewTokenizer(strings.NewReader(text))
	z.SetMaxBuf(1 << 20)
	for {
		switch z.Next() {
		case html.ErrorToken:
			return
		case html.TextToken:
			if d.anchor > 0 {
				l := &d.found[d.anchor-1]
				l.Title = cut(plainLine(l.Title+" "+string(z.Text())), maxTitle)
			}
		case html.EndTagToken:
			if name, _ := z.TagName(); string(name) == "a" {
				d.anchor = 0
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, has := z.TagName()
			if n := string(name); has && (n == "link" || n == "a" || n == "base" || n == "atom:link") {
				d.tag(n, attributes(z))
			}
		}
		if len(d.found) >= 4*maxLinks {
			return
		}
	}
}

func attributes(z *html.Tokenizer) map[string]string {
	m := map[string]string{}
	for {
		k, v, more := z.TagAttr()
		if _, again := m[string(k)]; !again {
			m[string(k)] = strings.TrimSpace(string(v))
		}
		if !more {
			return m
		}
	}
}

func (d *discovery) tag(name string, a map[string]string) {
	rel := strings.Fields(strings.ToLower(a["rel"]))
	kind, _, _ := strings.Cut(strings.ToLower(a["type"]), ";")
	kind = strings.TrimSpace(kind)
	switch {
	case name == "base":
		if b := urls.Resolve(d.document, a["href"]); b != "" {
			d.base = b
		}
	case name == "a":
		d.anchor = 0
		if n := len(d.found); feedLike(a["href"]) {
			if d.add(a["href"], a["title"], kind, ViaAnchor); len(d.found) > n {
				d.anchor = len(d.found)
			}
		}
	case slices.Contains(rel, "self") && (feedType(kind) || name == "atom:link"):
		d.add(a["href"], a["title"], kind, ViaSelf)
	case slices.Contains(rel, "alternate") && feedType(kind), slices.Contains(rel, "feed"):
		d.add(a["href"], a["title"], kind, ViaAlternate)
	}
}

// feedType reports whether a media type is one of feeds. Plain XML and JSON are
// not: pages name oEmbed and their own interfaces so.
func feedType(kind string) bool {
	switch kind {
	case "application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json", "application/x-rss+xml", "text/rss+xml":
		return true
	}
	return false
}

// feedLike reports whether the address of a link in a text looks like a feed's.
func feedLike(href string) bool {
	href, _, _ = strings.Cut(strings.ToLower(href), "#")
	address, _, _ := strings.Cut(href, "?")
	address = strings.TrimRight(address, "/")
	last := address[strings.LastIndexByte(address, '/')+1:]
	switch last {
	case "feed", "rss", "atom", "feeds", "rss.xml", "feed.xml", "atom.xml", "index.rdf", "index.xml", "feed.json", "rss2":
		return true
	}
	xml := strings.HasSuffix(last, ".xml") || strings.HasSuffix(last, ".rdf")
	return xml && (strings.Contains(address, "rss") || strings.Contains(address, "feed")) ||
		strings.HasSuffix(last, ".rss") || strings.HasSuffix(last, ".atom")
}

// rank orders the ways to find a feed; feeds of comments come behind those of
// articles.
func rank(l Link) int {
	n := map[Via]int{ViaSelf: 0, ViaAlternate: 2, ViaAnchor: 4}[l.Via]
	if strings.Contains(strings.ToLower(l.URL), "comment") || strings.Contains(strings.ToLower(l.Title), "comment") || strings.Contains(l.Title, "댓글") {
		n++
	}
	return n
}
