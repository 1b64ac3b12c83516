package extract

import (
	"strings"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
)

// known are the places where content systems put the body of an article and
// nothing else: Korean families first, by how widely they are used.
var known = []string{
	"#article-view-content-div", // the most common Korean news CMS
	"[itemprop=articleBody]",
	"#dic_area", "#newsct_article", // Naver
	".article_view[data-translation-body], .article_view", // Daum
	"#articleBody", "#article_body", "#articleBodyContents", "#articeBody",
	"#textBody", "#txt_area", "#pnlContent", "#CmAdContent", "#cont_newstext",
	"#news_body_area", "#newsEndContents", "#article_txt",
}

// usual are class names that much software gives the body, but not it alone.
var usual = []string{
	".entry-content", ".post-content", ".article-body", ".article__body", ".article-content", ".article__content", ".story-body",
}

// The least weight of a body (see weigh). A body from a known place may be a
// flash of one sentence; what was found by its looks must be two sentences and
// as long as the shortest reports are, or a teaser would pass for a story.
const (
	leastKnown = 80
	leastFound = 200
	leastEnds  = 2
)

// body finds the text of the article and says how.
func body(doc *goquery.Document, m meta) (text, via string) {
	sc := scale{}
	for _, sel := range known {
		if text := join(sc.texts(outermost(doc.Find(sel))...), m.title); weigh(text) >= leastKnown {
			return clip(text), sel
		}
	}
	root := doc.Find("body").Get(0)
	if root == nil {
		return "", ""
	}
	all := sc.survey(root)
	for _, sel := range append(usual, "article") {
		n, t := sc.richest(doc.Find(sel))
		if n == nil || t*5 < all.total*2 {
			continue
		}
		if text := join(sc.texts(n), m.title); reads(text) {
			return clip(text), sel
		}
	}
	if all.best != nil {
		if text := join(sc.texts(all.best), m.title); reads(text) {
			return clip(text), "density"
		}
	}
	if text := linkedBody(m.ld.body); reads(text) {
		return clip(text), "json-ld"
	}
	return "", ""
}

// reads reports whether text found by its looks reads as an article.
func reads(text string) bool {
	return weigh(text) >= leastFound && sentences(text, leastEnds) >= leastEnds
}

// weigh is the length of a text in letters: a sign of Chinese, Japanese or
// Korean says as much as two others.
func weigh(text string) int {
	n := 0
	for _, r := range text {
		switch {
		case r >= 0x1100 && r < 0x20000 && wide(r):
			n += 2
		default:
			n++
		}
	}
	return n
}

func wide(r rune) bool {
	return r >= 0x3040 && r <= 0x9fff || r >= 0xac00 && r <= 0xd7a3 || r >= 0x1100 && r <= 0x11ff
}

// sentences counts the ends of sentences, up to limit.
func sentences(text string, limit int) int {
	n := 0
	prev := rune(0)
	for _, r := range text {
		switch {
		case r == '。' || r == '！' || r == '？':
			n++
		case (prev == '.' || prev == '!' || prev == '?') && (r == ' ' || r == '\n' || r == '"' || r == '”' || r == ')'):
			n++
		}
		if n >= limit {
			return n
		}
		prev = r
	}
	if prev == '.' || prev == '!' || prev == '?' {
		n++
	}
	return n
}

// outermost returns the nodes of a selection that lie in none of the others.
func outermost(s *goquery.Selection) []*html.Node {
	var out []*html.Node
	seen := map[*html.Node]bool{}
	for _, n := range s.Nodes { // in document order: a parent comes first
		inside := false
		for p := n.Parent; p != nil && !inside; p = p.Parent {
			inside = seen[p]
		}
		if seen[n] = true; !inside {
			out = append(out, n)
		}
	}
	return out
}

// maxMatches bounds the nodes of a selector that are measured.
const maxMatches = 50

// richest returns the node that holds the most text of paragraphs.
func (sc scale) richest(s *goquery.Selection) (best *html.Node, most int) {
	for i, n := range outermost(s) {
		if i == maxMatches {
			break
		}
		if t := sc.survey(n).total; t > most {
			best, most = n, t
		}
	}
	return best, most
}

// linkedBody is the articleBody of linked data as text.
func linkedBody(s string) string {
	if strings.Contains(s, "</") || strings.Contains(s, "<br") {
		doc, err := goquery.NewDocumentFromReader(strings.NewReader(s))
		if err != nil {
			return ""
		}
		return join(scale{}.texts(doc.Find("body").Nodes...), "")
	}
	var paras []string
	for p := range strings.SplitSeq(html.UnescapeString(s), "\n") {
		if p = fold(p); p != "" {
			paras = append(paras, p)
		}
	}
	return strings.Join(paras, "\n\n")
}
