package extract

import (
	"slices"
	"strings"
	"sync"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// A Candidate is one reading of where the body of a page stands.
type Candidate struct {
	Via       string  // how it was found
	Size      int     // weight of its text: a sign of Chinese, Japanese or Korean counts twice
	Agreement float64 // how much of it the other readings hold and it of theirs, 0 to 1
	Why       string  // why it won or lost
}

// A candidate is a Candidate with its text.
type candidate struct {
	via    string
	kind   origin
	node   *html.Node // the one element it is of, nil for several or none
	text   string
	weight int
	grams  []uint64 // see shingles
	score  float64  // what the choice goes by
	agree  float64
}

// An origin says how a candidate was found. Its faith is how much its word counts
// where readings disagree.
type origin uint8

const (
	byFamily      origin = iota // a place that a content system gives the body and nothing else
	byItemprop                  // itemprop=articleBody
	byLinked                    // articleBody of linked data
	byClass                     // a usual class name or the article element
	byMain                      // the main element, which often holds more than the article
	byDensity                   // where paragraphs stand closest
	byReadability               // go-readability
	byState                     // the state of a script
)

// candidates reads the page in every cheap way.
func (t *tree) candidates(m meta) []candidate {
	var list []candidate
	add := func(via string, kind origin, least int, nodes ...*html.Node) {
		if len(nodes) == 0 {
			return
		}
		for i, c := range list {
			if len(nodes) == 1 && c.node == nodes[0] && c.weight >= least {
				list = append(list, list[i])
				list[len(list)-1].via, list[len(list)-1].kind = via, kind
				return
			}
		}
		n := len(list)
		if list = t.propose(list, via, kind, least, m.title, t.texts(nodes...)); len(list) > n && len(nodes) == 1 {
			list[n].node = nodes[0]
		}
	}
	known := builtIn().places
	for i, f := range known {
		add(f, familyOrigin(f), leastKnown, outer(t.places[i])...)
	}
	if t.body == nil {
		return list
	}
	all := t.survey(t.body)
	for i, sel := range usual {
		nodes := outer(t.places[len(known)+i])
		n, w := t.richest(nodes, all)
		if n == nil || w*5 < all.total*2 {
			continue
		}
		if sel[0] == '.' {
			add(sel, byClass, leastFound, together(nodes, n)...)
		} else if sel == "main" {
			add(sel, byMain, leastFound, n)
		} else {
			add(sel, byClass, leastFound, n)
		}
	}
	if all.best != nil {
		add("density", byDensity, leastFound, all.best)
	}
	return list
}

func familyOrigin(place string) origin {
	if strings.HasPrefix(place, "[itemprop") {
		return byItemprop
	}
	return byFamily
}

// propose appends a reading, if it reads as an article.
func (t *tree) propose(list []candidate, via string, kind origin, least int, title string, paras []para) []candidate {
	paras = t.lines.trim(paras, title)
	text := render(paras)
	w := weigh(text)
	if w < least || least > leastKnown && sentences(text, leastEnds) < leastEnds {
		return list
	}
	if slices.ContainsFunc(list, func(c candidate) bool { return c.text == text && c.kind == kind }) {
		return list
	}
	return append(list, candidate{via: via, kind: kind, text: text, weight: w})
}

// richest returns the node that holds the most text of paragraphs, in a page that
// was surveyed.
func (t *tree) richest(nodes []*html.Node, all surveyed) (best *html.Node, most int) {
	for i, n := range nodes {
		if i == maxMatches {
			break
		}
		w := 0
		if b, ok := all.blocks[n]; ok {
			w = b.text
		} else {
			w = t.survey(n).total
		}
		if w > most {
			best, most = n, w
		}
	}
	return best, most
}

// together returns the nodes that lie in the same article as n: a box in the
// middle makes two elements of one body.
func together(nodes []*html.Node, n *html.Node) []*html.Node {
	if len(nodes) > maxMatches {
		return []*html.Node{n}
	}
	home := articleOf(n)
	var out []*html.Node
	for _, o := range nodes {
		if o == n || home != nil && articleOf(o) == home {
			out = append(out, o)
		}
	}
	return out
}

// articleOf returns the article element around n, nil without one.
func articleOf(n *html.Node) *html.Node {
	for p := n.Parent; p != nil; p = p.Parent {
		if p.DataAtom == atom.Article {
			return p
		}
	}
	return nil
}

// maxMatches bounds the nodes of a place that are measured.
const maxMatches = 50

// outermost returns the nodes of a selection that lie in none of the others.
func outermost(s *goquery.Selection) []*html.Node { return outer(s.Nodes) }

// outer returns the nodes of a list in document order that lie in none of the others.
func outer(nodes []*html.Node) []*html.Node {
	if len(nodes) < 2 {
		return nodes
	}
	var out []*html.Node
	seen := make(map[*html.Node]bool, len(nodes))
	for _, n := range nodes { // in document order: a parent comes first
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

// A tree is a parsed page, walked once: what stands at the known places, and
// what each element is to the text around it.
type tree struct {
	scale
	lines  lineBook // the lines that were judged
	body   *html.Node
	places [][]*html.Node // by the places of the rule book, then usual
	states []*html.Node   // scripts that may hold the state of an application
	nodes  int            // elements
	depth  int            // of the deepest
}

// newTree walks the page, with what is known of the kinds of its elements.
func newTree(root *html.Node, sc scale) *tree {
	t := &tree{lines: lineBook{}, places: make([][]*html.Node, len(builtIn().places)+len(usual))}
	t.walk(root, 0)
	if t.scale = sc; sc == nil {
		t.scale = make(scale, t.nodes)
	}
	return t
}

func (t *tree) walk(n *html.Node, depth int) {
	t.depth = max(t.depth, depth)
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type != html.ElementNode {
			continue
		}
		t.nodes++
		switch c.DataAtom {
		case atom.Script:
			t.states = append(t.states, c)
			continue
		case atom.Body:
			if t.body == nil {
				t.body = c
			}
		case atom.Article:
			t.note("article", c)
		case atom.Main:
			t.note("main", c)
		}
		for _, a := range c.Attr {
			switch a.Key {
			case "id":
				t.note("#"+a.Val, c)
			case "class":
				for name := range strings.FieldsSeq(cut(a.Val, maxName)) {
					t.note("."+name, c)
				}
			case "itemprop":
				if a.Val == "articleBody" {
					t.note("[itemprop=articleBody]", c)
				}
			}
		}
		t.walk(c, depth+1)
	}
}

// note keeps an element that stands at a known place.
func (t *tree) note(place string, n *html.Node) {
	i, ok := placeIndex()[place]
	if !ok {
		return
	}
	if list := t.places[i]; len(list) == 0 || list[len(list)-1] != n {
		t.places[i] = append(list, n)
	}
}

// placeIndex is where each place of the rule book and of usual stands in tree.places.
var placeIndex = sync.OnceValue(func() map[string]int {
	m := map[string]int{}
	for i, p := range slices.Concat(builtIn().places, usual) {
		m[p] = i
	}
	return m
})
