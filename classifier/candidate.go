package classifier

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// A candidate is two firms that a document names close to each other, with all
// that is known of them there. Most are no partners: the model decides.
type candidate struct {
	pair     [2]int32    // by the registry, the lower index first
	contexts []*sentence // that name both; where none does, the later one of two that are close
	near     int         // sentences between the two names: 0, 1 or 2
	frames   []*frame    // that tie the two
	deal     *deal       // what those come to, nil without any
}

// Limits of candidates, so that a list of a hundred firms stays cheap.
const (
	maxFirms    = 10  // of one sentence that are paired
	maxContexts = 6   // sentences of one candidate
	maxNear     = 1   // sentences between the two names
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
		c = &candidate{pair: p, near: maxNear + 1}
		g.index[p] = c
		g.list = append(g.list, c)
	}
	return c
}

// meet notes that s names both firms, or the second of them n sentences after
// the first.
func (g *gathering) meet(a, b int32, s *sentence, n int) {
	c := g.get(a, b)
	if a == b || c == nil || c.near < n {
		return
	}
	if c.near > n {
		c.contexts, c.near = nil, n
	}
	if limit := maxContexts; len(c.contexts) < limit && (n == 0 || len(c.contexts) < 2) {
		c.contexts = append(c.contexts, s)
	}
}

func ordered(a, b int32) [2]int32 { return [2]int32{min(a, b), max(a, b)} }

// candidates lists the pairs of firms of a document that are worth a look, with
// what the frames make of them.
func (d *document) candidates(frames []*frame, deals []*deal) []*candidate {
	g := &gathering{index: map[[2]int32]*candidate{}}
	before := make([][]int32, 0, len(d.sents)) // firms of the sentences before
	for i, s := range d.sents {
		firms := s.firms()
		for i, a := range firms {
			for _, b := range firms[i+1:] {
				g.meet(a, b, s, 0)
			}
		}
		for n := 1; n <= maxNear && n <= len(before); n++ {
			if s.stranger || d.apart(d.sents[i-n], s) {
				break
			}
			for _, a := range before[i-n] {
				for _, b := range firms {
					if a != b {
						g.meet(a, b, s, n)
					}
				}
			}
		}
		before = append(before, firms)
	}
	for _, f := range frames {
		if f.dropped != "" || f.unnamed != "" || f.lists {
			continue
		}
		for _, p := range f.pairs() {
			if c := g.get(p[0], p[1]); c != nil {
				c.frames = append(c.frames, f)
				if len(c.contexts) == 0 {
					c.contexts = []*sentence{f.s}
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
	return g.list
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
