package classifier

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/chipwire/chipwire/classifier/lexicon"
)

// A candidate is two firms that a document names close to each other, with all
// that is known of them there. Most are no partners: the model decides.
type candidate struct {
	pair     [2]int32    // by the registry, the lower index first
	near     int         // how close they are named: together to headed
	contexts []*sentence // that name both; where none does, the later one of two
	early    []*sentence // the earlier one of each of contexts, where none names both
	frames   []*frame    // that tie the two
	deal     *deal       // what those come to, nil without any
}

// How close two firms are named, the closest first.
const (
	together = iota // in one sentence, or in one that speaks of the two
	adjacent        // in one after the other
	carried         // in one, when no other firm was named since the other
	headed          // in one, below a headline that names the other
)

// Limits of candidates, so that a list of a hundred firms stays cheap.
const (
	maxFirms    = 10  // of one sentence that are paired
	maxContexts = 6   // sentences of one candidate, where they name both
	maxApart    = 2   // the same, where they do not
	maxCarry    = 6   // sentences over which a firm is carried on
	maxHeads    = 2   // firms of a headline, and of a sentence below it, that are paired
	maxPairs    = 120 // of one document
)

// A gathering collects the candidates of a document in the order of the text.
type gathering struct {
	list  []*candidate
	index map[[2]int32]*candidate
}

func (g *gathering) get(a, b int32) *candidate {
	p := ordered(a, b)
	c := g.index[p]
	if c == nil && len(g.list) < maxPairs {
		c = &candidate{pair: p, near: headed + 1}
		g.index[p] = c
		g.list = append(g.list, c)
	}
	return c
}

// meet notes that s names b, and a too or early did; the closest meetings count.
func (g *gathering) meet(a, b int32, early, s *sentence, near int) {
	if a == b {
		return
	}
	c := g.get(a, b)
	if c == nil || c.near < near {
		return
	}
	if c.near > near {
		c.contexts, c.early, c.near = nil, nil, near
	}
	switch {
	case near == together && len(c.contexts) < maxContexts:
		c.contexts = append(c.contexts, s)
	case near > together && len(c.contexts) < maxApart:
		c.contexts, c.early = append(c.contexts, s), append(c.early, early)
	}
}

func ordered(a, b int32) [2]int32 { return [2]int32{min(a, b), max(a, b)} }

// candidates lists the pairs of firms of a document that are worth a look, with
// what the frames make of them.
func (d *document) candidates(frames []*frame, deals []*deal) []*candidate {
	g := &gathering{index: map[[2]int32]*candidate{}}
	var last *sentence // that named firms
	var before []int32 // those
	for _, s := range d.sents {
		firms := s.firms()
		if last != nil && s.index-last.index > maxCarry {
			last, before = nil, nil
		}
		if len(firms) == 0 {
			if len(before) == 2 && s.has(s.Start, s.End, lexicon.Anaphor, "both") {
				g.meet(before[0], before[1], last, s, together)
			}
			continue
		}
		g.within(s, firms)
		if last != nil && !s.stranger && !d.apart(last, s) {
			near := carried
			if s.index-last.index == 1 {
				near = adjacent
			}
			g.across(last, s, before, firms, near)
		}
		if head := d.sents[0]; head.title && len(firms) <= maxHeads {
			if heads := head.firms(); len(heads) <= maxHeads {
				g.across(head, s, without(heads, firms), firms, headed)
			}
		}
		last, before = s, firms
	}
	for _, f := range frames {
		if f.dropped != "" || f.unnamed != "" || f.lists {
			continue
		}
		for _, p := range f.pairs() {
			if c := g.get(p[0], p[1]); c != nil {
				c.frames = append(c.frames, f)
				if len(c.contexts) == 0 {
					c.contexts, c.near = []*sentence{f.s}, carried
				}
			}
		}
	}
	for _, x := range deals {
		for _, p := range x.tied {
			if c := g.index[ordered(p[0], p[1])]; c != nil && (c.deal == nil || x.sum > c.deal.sum) {
				c.deal = x
			}
		}
	}
	d.standing = d.rank(g.list)
	return g.list
}

// within pairs the firms of one sentence.
func (g *gathering) within(s *sentence, firms []int32) {
	for i, a := range firms {
		for _, b := range firms[i+1:] {
			g.meet(a, b, s, s, together)
		}
	}
}

// across pairs firms of an earlier sentence with those of a later one.
func (g *gathering) across(early, s *sentence, before, firms []int32, near int) {
	for _, a := range before {
		for _, b := range firms {
			g.meet(a, b, early, s, near)
		}
	}
}

// firms lists the companies that a sentence names, each once.
func (s *sentence) firms() []int32 {
	var out []int32
	for _, m := range s.mentions {
		if !slices.Contains(out, m.company) && len(out) < maxFirms {
			out = append(out, m.company)
		}
	}
	return out
}

// apart holds for sentences of two items of a bulletin: ▲ one, ▲ another.
func (d *document) apart(a, b *sentence) bool {
	if a.title || a.line == b.line {
		return false
	}
	for i := b.index; i > a.index; i-- {
		if s := d.sents[i]; s.line != d.sents[i-1].line && bulleted(s) {
			return true
		}
	}
	return false
}

// bulleted holds for a sentence that begins with the mark of a list.
func bulleted(s *sentence) bool {
	r, _ := utf8.DecodeRuneInString(s.slice(s.Start, s.End))
	return strings.ContainsRune("▲△■□◆◇●○•▶▷☞①②③④⑤⑥⑦⑧⑨⑩·*-", r) || r > 0x1F000
}
