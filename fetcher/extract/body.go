package extract

import (
	"fmt"
	"strings"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
)

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
const sure = .90

// sureDeclared is that of a place which content systems give the body and nothing else.
const sureDeclared = .75

// sureOf is the agreement from which nobody else is asked about a reading.
func sureOf(c candidate) float64 {
	if c.kind <= byItemprop {
		return sureDeclared
	}
	return sure
}

// maxReadable and maxDeep are the largest tree, in elements, and the deepest that
// is given to go-readability: what it costs grows with one times the other.
const (
	maxReadable = 6000
	maxDeep     = 100
)

// body chooses among the readings of a page. The dear ones are asked only where
// the cheap ones disagree.
func body(root *html.Node, m meta) (c candidate, list []candidate) {
	dropThreads(root)
	sc := dropBoxes(root)
	dropCards(root)
	t := newTree(root, sc)
	list = t.candidates(m)
	if text := linkedBody(m.ld.body); reads(text) {
		list = append(list, candidate{via: "json-ld", kind: byLinked, text: text, weight: weigh(text)})
	}
	best := choose(list)
	if t.nodes <= maxReadable && t.depth <= maxDeep && (best < 0 || list[best].agree < sureOf(list[best])) {
		if n := readable(root); n != nil {
			list = t.propose(list, "readability", byReadability, leastFound, m.title, t.texts(n))
			best = choose(list)
		}
	}
	if best < 0 || list[best].weight < weak {
		if i := t.fromState(&list, best, m.title); i >= 0 {
			best = i
		}
	}
	if best < 0 {
		return candidate{}, nil
	}
	return list[best], list
}

// weak is the weight below which a text may be the teaser of what the scripts of
// the page hold.
const weak = 700

// fromState reads the state of the scripts and returns where in the list its
// text stands, -1 where it holds no more than the best reading so far. A state
// holds other stories too: it must go on with what the page shows.
func (t *tree) fromState(list *[]candidate, best int, title string) int {
	n := len(*list)
	*list = t.propose(*list, "script state", byState, leastFound, title, stateBody(t.states))
	if len(*list) == n {
		return -1
	}
	state := &(*list)[n]
	if best < 0 {
		return n
	}
	shown := (*list)[best]
	state.grams = shingles(state.text)
	state.agree = agreement(state.grams, shown.grams)
	if state.weight*2 < shown.weight*3 || overlap(state.grams, shown.grams)*2 < len(shown.grams) {
		return -1
	}
	return n
}

// trust is how sure it is that a reading is the article: its agreement with the
// others, or without others what such a place is worth alone.
func trust(c candidate, list []candidate) float64 {
	if len(list) > 1 && c.kind != byState {
		return c.agree
	}
	return alone[c.kind]
}

var alone = [...]float64{byFamily: .9, byItemprop: .8, byLinked: .6, byClass: .6, byMain: .5, byDensity: .5, byReadability: .5, byState: .5}

// LowTrust is the [Result.Trust] below which a body is doubtful: the readings of
// the page have less than half of their words in common.
const LowTrust = .5

// explain tells of the readings of a page what Explain asks for.
func explain(won candidate, list []candidate) []Candidate {
	out := make([]Candidate, 0, len(list))
	for _, c := range list {
		why := fmt.Sprintf("lost: scored %.3f, the winner %.3f", c.score, won.score)
		switch {
		case c.via == won.via && c.kind == won.kind && c.kind == byState:
			why = "won: the page shows only its beginning"
		case c.via == won.via && c.kind == won.kind && len(list) == 1:
			why = "won: nothing else reads as an article"
		case c.via == won.via && c.kind == won.kind:
			why = fmt.Sprintf("won: scored %.3f", c.score)
		case c.text == won.text:
			why = "the same text as the winner"
		}
		out = append(out, Candidate{Via: c.via, Size: c.weight, Agreement: c.agree, Why: why})
	}
	return out
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
