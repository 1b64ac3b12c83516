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
	".article_view", // Daum
	"#articleBody", "#article_body", "#articleBodyContents", "#articeBody",
	"#textBody", "#txt_area", "#pnlContent", "#CmAdContent", "#cont_newstext",
	"#news_body_area", "#newsEndContents", "#article_txt",
}

// usual are class names that much software gives the body, but not it alone.
var usual = []string{
	"article", "main",
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

// sure is the agreement from which nobody else is asked.
const sure = .97

// maxReadable is the largest tree, in elements, that is given to go-readability.
const maxReadable = 6000

// body chooses among the readings of a page. The dear ones are asked only where
// the cheap ones disagree.
func body(root *html.Node, m meta) (c candidate, list []candidate) {
	t := newTree(root)
	list = t.candidates(m)
	if text := linkedBody(m.ld.body); reads(text) {
		list = append(list, candidate{via: "json-ld", kind: byLinked, text: text, weight: weigh(text)})
	}
	best := choose(list)
	if t.nodes <= maxReadable && (best < 0 || list[best].agree < sure) {
		if n := readable(root); n != nil {
			list = t.propose(list, "readability", byReadability, leastFound, m.title, t.texts(n))
			best = choose(list)
		}
	}
	if best < 0 {
		return candidate{}, nil
	}
	return list[best], list
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

// linkedBody is the articleBody of linked data as text.
func linkedBody(s string) string {
	if strings.Contains(s, "</") || strings.Contains(s, "<br") {
		doc, err := goquery.NewDocumentFromReader(strings.NewReader(s))
		if err != nil {
			return ""
		}
		return join(scale{}.texts(doc.Find("body").Nodes...))
	}
	var paras []string
	for p := range strings.SplitSeq(html.UnescapeString(s), "\n") {
		if p = fold(p); p != "" {
			paras = append(paras, p)
		}
	}
	return strings.Join(paras, "\n\n")
}
