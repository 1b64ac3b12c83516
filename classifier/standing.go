package classifier

import (
	"slices"
	"strconv"
	"strings"
)

// standing is what the firms of a document are to it, beside each other.
type standing struct {
	candidates int                   // pairs that are weighed
	named      map[int32][]*sentence // sentences that name a firm
	ties       map[int32]int         // pairs of a firm that one sentence names
	framed     map[int32]int         // those of them that the rules read a frame of
	together   int                   // pairs that one sentence names
}

// rank reads the standing of the firms from the sentences and the candidates.
func (d *document) rank(list []*candidate) *standing {
	st := &standing{candidates: len(list), named: map[int32][]*sentence{}, ties: map[int32]int{}, framed: map[int32]int{}}
	for _, s := range d.sents {
		for _, f := range s.firms() {
			st.named[f] = append(st.named[f], s)
		}
	}
	for _, c := range list {
		if c.near > 0 {
			continue
		}
		st.together++
		for _, f := range c.pair {
			st.ties[f]++
			if len(c.frames) > 0 {
				st.framed[f]++
			}
		}
	}
	return st
}

// describe adds how often others are named, and how many other pairs one sentence
// names: a pair of the firms that a story is about is not one of twenty.
func (st *standing) describe(b *bag, c *candidate) {
	x, y := len(st.named[c.pair[0]]), len(st.named[c.pair[1]])
	x, y = max(x, y), min(x, y)
	over, under := 0, 0
	for f, list := range st.named {
		if f == c.pair[0] || f == c.pair[1] {
			continue
		}
		if len(list) >= x {
			over++
		}
		if len(list) >= y {
			under++
		}
	}
	b.add("rank:", bucket(over, 0, 1, 3), "/", bucket(under, 0, 1, 2, 4, 8))
	b.add("met:", strconv.Itoa(c.near), "/", bucket(len(c.contexts), 1, 2, 4))
	together, ties, framed := st.together, st.ties[c.pair[0]]+st.ties[c.pair[1]], st.framed[c.pair[0]]+st.framed[c.pair[1]]
	if c.near == 0 {
		together, ties = together-1, ties-2
		if len(c.frames) > 0 {
			framed -= 2
		}
	}
	near := strconv.Itoa(min(c.near, carried))
	b.add("rivals:", near, "/", bucket(together, 0, 1, 3, 8), "/", bucket(ties, 0, 1, 3))
	b.add("framed:", near, "/", bucket(framed, 0, 1, 3))
}

// elsewhere counts the firms of a candidate that the story's prose or headline
// names in other sentences than the candidate's own. A deal in a list of other
// stories is an island.
func (st *standing) elsewhere(c *candidate) int {
	n := 0
	for _, f := range c.pair {
		if slices.ContainsFunc(st.named[f], func(s *sentence) bool {
			return (s.title || strings.HasPrefix(s.form, "prose")) && !slices.Contains(c.contexts, s) && !slices.Contains(c.early, s)
		}) {
			n++
		}
	}
	return n
}
