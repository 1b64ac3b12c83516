package extract

import (
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxCard is the weight of the longest summary of a card, maxMarked of one below a
// marked headline, and maxCardHead of the longest headline.
const (
	maxCard     = 500
	maxMarked   = 400
	maxCardHead = 200
)

// A row is a run of cards side by side.
type row struct {
	cards  []*html.Node
	look   cardLook
	weight int
}

// dropCards takes out the teasers of other stories: at least leastThread elements
// alike in a row (see lookOf). Where little marks them as that, they must stand behind
// the text of the page, and be less than it.
func dropCards(root *html.Node) {
	rows := cardRows(root)
	if len(rows) == 0 {
		return
	}
	in := map[*html.Node]int{}
	for i, r := range rows {
		for _, c := range r.cards {
			in[c] = i
		}
	}
	before, all := textAround(root, in, len(rows))
	for i, r := range rows {
		if r.look != markedCard && (before[i]*7 < all*6 || r.weight > before[i]*4/3) {
			continue
		}
		for _, c := range r.cards {
			c.Parent.RemoveChild(c)
		}
	}
}

// textAround is how much text stands before each row, and how much there is
// outside of them all. Words in links and short lines do not count.
func textAround(root *html.Node, in map[*html.Node]int, rows int) (before []int, all int) {
	before = make([]int, rows)
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if i, ok := in[c]; ok {
				if c == n.FirstChild || before[i] == 0 {
					before[i] = all
				}
				continue
			}
			switch {
			case c.Type == html.TextNode:
				if w := weighNode(c.Data); w >= leastParagraph {
					all += w
				}
			case c.Type != html.ElementNode, c.DataAtom == atom.A, kindOf(c) == furniture:
			default:
				walk(c)
			}
		}
	}
	walk(root)
	return before, all
}

// cardRows finds the rows of cards.
func cardRows(root *html.Node) []row {
	var rows []row
	sizes := map[*html.Node]int{}
	sizesUnder(root, sizes)
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		var open row
		end := func() {
			if len(open.cards) >= leastThread {
				rows = append(rows, open)
			}
			open = row{}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if c.Type == html.TextNode && strings.TrimSpace(c.Data) == "" || c.Type == html.CommentNode {
				continue
			}
			look, w := noCard, 0
			if size := sizes[c]; size >= leastCardBytes && size <= maxCardBytes && alike(c) {
				look, w = lookOf(c)
			}
			if look == noCard {
				end()
				if c.Type == html.ElementNode && c.DataAtom != atom.Script {
					walk(c)
				}
				continue
			}
			if len(open.cards) > 0 && (open.cards[0].DataAtom != c.DataAtom || className(open.cards[0]) != className(c) || open.look != look) {
				end()
			}
			open.cards = append(open.cards, c)
			open.look = look
			open.weight += w
		}
		end()
	}
	walk(root)
	return rows
}

// alike reports whether an element of the same name and class stands beside n.
func alike(n *html.Node) bool {
	for _, before := range [...]bool{false, true} {
		if o := besides(n, before); o != nil && o.DataAtom == n.DataAtom && className(o) == className(n) {
			return true
		}
	}
	return false
}

// leastCardBytes and maxCardBytes are the bytes of text that a card may have.
const (
	leastCardBytes = 24
	maxCardBytes   = 3*maxCard + 4*maxCardHead
)

// sizesUnder notes for each element that may be a card how many bytes of text lie
// under it, and returns them for n.
func sizesUnder(n *html.Node, sizes map[*html.Node]int) int {
	total := 0
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch {
		case c.Type == html.TextNode:
			total += len(strings.TrimSpace(c.Data))
		case c.Type != html.ElementNode || c.DataAtom == atom.Script || c.DataAtom == atom.Style:
		default:
			total += sizesUnder(c, sizes)
		}
	}
	switch n.DataAtom {
	case atom.Div, atom.Li, atom.Section, atom.A, atom.Dl, atom.Article:
		if total >= leastCardBytes && total <= maxCardBytes && len(sizes) < maxLooked {
			sizes[n] = total
		}
	}
	return total
}

// A cardLook is how a card shows that it is one.
type cardLook uint8

const (
	noCard     cardLook = iota
	plainCard           // a line and words below it
	markedCard          // a headline that is a link or in bold, and a paragraph
)

// lookOf judges whether an element is a line, a summary below it, and at most two
// lines besides (a number, a date, who wrote it), and nothing else. A question with its
// answer is none, nor is a headline of a text that leads nowhere.
func lookOf(n *html.Node) (cardLook, int) {
	parts := cardParts(n)
	if len(parts) < 2 || len(parts) > 4 {
		return noCard, 0
	}
	head := -1
	total := 0
	for i, p := range parts {
		total += p.weight
		if head < 0 && p.weight >= 8 && strings.ContainsFunc(p.text, unicode.IsLetter) {
			head = i
		}
	}
	if head < 0 || head > 1 || head+1 >= len(parts) {
		return noCard, 0
	}
	for i, p := range parts[head+1:] {
		if i > 0 && p.weight >= leastParagraph || p.weight > maxCard {
			return noCard, 0
		}
	}
	h := parts[head]
	if h.weight > maxCardHead || asks(h.text) || !h.link && endsSentence(h.text) || head > 0 && !strings.ContainsAny(parts[0].text, "0123456789") || parts[head+1].weight < 40 {
		return noCard, 0
	}
	s := parts[head+1]
	switch tag := h.node.DataAtom; {
	case head == 0 && parts[0].node.Parent == n && len(parts) <= 3 && s.node.DataAtom == atom.P && s.weight <= maxMarked && n.DataAtom != atom.A && n.DataAtom != atom.Dl && n.DataAtom != atom.Article && (tag == atom.B || tag == atom.Strong || tag == atom.A || h.link && (tag == atom.H3 || tag == atom.H4)):
		return markedCard, total
	case n.DataAtom == atom.A, h.link:
	case heading(h.node), tag == atom.Dt:
		return noCard, 0
	case h.node.Type == html.TextNode || s.node.Type == html.TextNode:
		return noCard, 0
	case tag == s.node.DataAtom && className(h.node) == className(s.node):
		return noCard, 0 // two paragraphs alike are a text
	}
	return plainCard, total
}

// A cardPart is an element of a card that says something.
type cardPart struct {
	node   *html.Node
	text   string
	weight int
	link   bool // all of it is one link
}

// maxCardDeep is how many elements with one child lie around the parts of a card.
const maxCardDeep = 3

// cardParts are the parts of what may be a card, nil for more than four.
func cardParts(n *html.Node) []cardPart {
	for range maxCardDeep {
		var nodes [5]*html.Node
		count := 0
		for c := n.FirstChild; c != nil && count < len(nodes); c = c.NextSibling {
			if saysAny(c) {
				nodes[count] = c
				count++
			}
		}
		if count == 1 && nodes[0].Type != html.TextNode {
			n = nodes[0]
			continue
		}
		if count < 2 || count == len(nodes) {
			return nil
		}
		parts := make([]cardPart, 0, count)
		for _, c := range nodes[:count] {
			text, link := cardText(c)
			parts = append(parts, cardPart{c, text, weigh(text), link})
		}
		return parts
	}
	return nil
}

// saysAny reports whether there are words under n.
func saysAny(n *html.Node) bool {
	if n.Type == html.TextNode {
		return strings.TrimSpace(n.Data) != ""
	}
	if n.Type != html.ElementNode || n.DataAtom == atom.Script || n.DataAtom == atom.Style {
		return false
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if saysAny(c) {
			return true
		}
	}
	return false
}

// cardText is the text under n, cut behind what a card may hold, and whether all
// of it lies in one link.
func cardText(n *html.Node) (string, bool) {
	if n.Type == html.TextNode {
		return fold(cut(n.Data, 4*maxCard)), false
	}
	var w cardWords
	w.walk(n, n.DataAtom == atom.A)
	if w.several.Len() > 0 {
		w.text = w.several.String()
	}
	return fold(w.text), w.all > 0 && w.linked == w.all
}

// cardWords collects the text under an element, without a copy of it where it is
// one piece.
type cardWords struct {
	text        string // of the only piece
	several     strings.Builder
	size        int // bytes, with the space behind each piece
	linked, all int // weights
}

func (w *cardWords) walk(n *html.Node, inLink bool) {
	for c := n.FirstChild; c != nil && w.size < 4*maxCard; c = c.NextSibling {
		if c.Type == html.TextNode {
			w.add(c.Data, inLink)
		} else if c.DataAtom != atom.Script && c.DataAtom != atom.Style {
			w.walk(c, inLink || c.DataAtom == atom.A)
		}
	}
}

func (w *cardWords) add(s string, inLink bool) {
	weight := weighNode(s)
	s = cut(s, 4*maxCard)
	w.size += len(s) + 1
	if weight == 0 {
		return
	}
	if w.all += weight; inLink {
		w.linked += weight
	}
	if w.text == "" {
		w.text = s
		return
	}
	if w.several.Len() == 0 {
		w.several.WriteString(w.text)
		w.several.WriteByte(' ')
	}
	w.several.WriteString(s)
	w.several.WriteByte(' ')
}

// asks reports whether a line is a question.
func asks(s string) bool {
	return strings.HasPrefix(s, "Q") || strings.HasSuffix(s, "?") || strings.HasSuffix(s, "？")
}

// endsSentence reports whether a line is a sentence or a question, not a headline.
func endsSentence(s string) bool {
	s = strings.TrimRight(s, "\"”’')」』 ")
	for _, sign := range []string{".", "。", "!", "！", ":", "："} {
		if strings.HasSuffix(s, sign) {
			return !strings.HasSuffix(s, "...") && !strings.HasSuffix(s, "…")
		}
	}
	return false
}
