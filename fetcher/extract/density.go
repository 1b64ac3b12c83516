package extract

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// A block is what was counted in an element and all below it.
type block struct {
	text int // weight of the words in paragraphs that are not links
	link int // weight of the words in links
	all  int // weight of all words
}

// A surveyed is where the paragraphs of a tree are.
type surveyed struct {
	total int        // weight of all paragraphs
	best  *html.Node // the element in which they stand closest; nil without any

	blocks map[*html.Node]block // what was counted in each block that was reached
}

// leastParagraph is the weight from which a run of words counts as a paragraph
// of an article; labels and teasers are shorter.
const leastParagraph = 60

type surveyor struct {
	scale
	whole  int // weight of the tree
	scores map[*html.Node]float64
	order  []*html.Node // the scored elements, so that a tie never hangs on the order of a map
	blocks map[*html.Node]block
}

// survey finds the element around which paragraphs stand closest: each one
// counts for its parent, half for the parent of that, and so on; links lower
// the score. It takes one walk.
func (sc scale) survey(root *html.Node) surveyed {
	s := surveyor{scale: sc, whole: sc.weight(root), scores: map[*html.Node]float64{}, blocks: map[*html.Node]block{}}
	b := s.walk(root, false)
	out := surveyed{total: b.text, blocks: s.blocks}
	top := 0.0
	for _, n := range s.order {
		nb := s.blocks[n]
		score := s.scores[n] * (1 - float64(nb.link)/float64(max(nb.all, 1)))
		if score > top {
			top, out.best = score, n
		}
	}
	out.best = s.climb(out.best, root)
	return out
}

// climb goes up as long as the element around adds paragraphs and few links:
// articles are often cut in two by a box, or into sections that lie deep. What
// lies far away must be more to count.
func (s *surveyor) climb(n, root *html.Node) *html.Node {
	if n == nil {
		return nil
	}
	far := 0
	for up := n.Parent; n != root && up != nil; up = up.Parent {
		b, ub := s.blocks[n], s.blocks[up]
		if far++; ub.all == 0 {
			continue // no block
		}
		if ub.link*4 > ub.all {
			return n
		}
		if more := ub.text - b.text; far <= 2 && more*8 >= b.text || more*2 >= b.text {
			n, far = up, 0
		}
		if up == root {
			break
		}
	}
	return n
}

// walk counts what lies under n, and scores the elements around paragraphs.
func (s *surveyor) walk(n *html.Node, inLink bool) block {
	var sum, run block
	endRun := func() {
		if run.all-run.link >= leastParagraph {
			words := run.all - run.link
			sum.text += words
			s.reward(n, float64(words))
		}
		sum.link += run.link
		sum.all += run.all
		run = block{}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch {
		case c.Type == html.TextNode:
			w := weighNode(c.Data)
			run.all += w
			if inLink {
				run.link += w
			}
		case c.Type != html.ElementNode || s.skips(c, s.whole):
		case c.DataAtom == atom.Br:
		case isBlock(c):
			endRun()
			b := s.walk(c, inLink)
			sum.text += b.text
			sum.link += b.link
			sum.all += b.all
		default:
			b := s.walk(c, inLink || isLink(c))
			run.all += b.all
			run.link += b.link
		}
	}
	if isBlock(n) {
		endRun()
		s.blocks[n] = sum
		return sum
	}
	run.link += sum.link
	run.all += sum.all
	run.text += sum.text
	return run
}

// reward scores the elements around a paragraph. A paragraph element counts for
// those around it, words that stand in a division for the division itself.
func (s *surveyor) reward(n *html.Node, points float64) {
	points = min(points, 1200)
	if n.DataAtom == atom.P || n.DataAtom == atom.Blockquote || n.DataAtom == atom.Li {
		n = n.Parent
	}
	for level := 0; level < 3 && n != nil && n.Type == html.ElementNode; n = n.Parent {
		if isBlock(n) {
			if s.scores[n] == 0 {
				s.order = append(s.order, n)
			}
			s.scores[n] += points
			points /= 2
			level++
		}
	}
}

// weighNode is weigh without the space that markup is laid out with.
func weighNode(s string) int {
	n, space := 0, true
	for i := 0; i < len(s); {
		r, size := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(s[i:])
		}
		i += size
		switch {
		case r == ' ' || '\t' <= r && r <= '\r' || r >= utf8.RuneSelf && unicode.IsSpace(r):
			if !space {
				n++
			}
			space = true
			continue
		case r >= 0x1100 && wide(r):
			n++
		}
		space = false
		n++
	}
	return n
}
