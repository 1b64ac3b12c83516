package classifier

import (
	"slices"
	"strconv"

	"github.com/chipwire/chipwire/classifier/lexicon"
)

// bucket names the range that n falls into: up to the first limit that holds it.
func bucket(n int, limits ...int) string {
	for _, l := range limits {
		if n <= l {
			return strconv.Itoa(l)
		}
	}
	return "+"
}

// describe puts the features of a candidate into the bag: what the rules make of
// it, what the firms are to the story, and what stands around their names.
func (d *document) describe(b *bag, c *candidate) {
	b.reset()
	b.again(&d.kept, d.describeDocument)
	b.add("near:", strconv.Itoa(c.near))
	b.add("contexts:", bucket(len(c.contexts), 1, 2, 4))
	d.describeTrades(b, c)
	d.describeRules(b, c)
	d.describePlace(b, c)
	d.standing.describe(b, c)
	for _, s := range c.contexts {
		d.describeContext(b, c, s)
	}
	for _, s := range c.early {
		b.again(&s.keptEarly, s.describeEarly)
	}
	if c.ruledOut() {
		b.add("ruled-out")
	}
}

// describeDocument adds what all candidates of a document share: its size, and
// what it speaks of in its headline (t), its first sentences (l) and below (d).
func (d *document) describeDocument(b *bag) {
	b.add("lang:", d.lang)
	b.add("firms:", bucket(len(d.seen), 2, 3, 5, 8, 14))
	b.add("pairs:", bucket(d.standing.candidates, 1, 3, 6, 15, 40))
	b.add("sentences:", bucket(len(d.sents), 2, 5, 10, 20, 40))
	for v := range d.vetoes {
		b.add("veto:", v)
	}
	for _, s := range d.sents {
		where := "d"
		switch {
		case s.title:
			where = "t"
		case s.index <= 2:
			where = "l"
		}
		for i := range s.cues {
			b.add(where, ".", string(s.cues[i].e.cue.Class), ":", s.cues[i].e.cue.ID)
		}
		for _, t := range d.tokens(s) {
			if s.title && t.mention == nil {
				b.add("tw:", t.word)
			}
			for _, k := range t.senses {
				b.add(where, "k:", k)
			}
		}
	}
}

func (d *document) describeTrades(b *bag, c *candidate) {
	x, y := d.v.companies[c.pair[0]], d.v.companies[c.pair[1]]
	for _, r := range x.Roles {
		for _, q := range y.Roles {
			b.add("roles:", min(r, q), "+", max(r, q))
		}
	}
	pure := 0
	for _, f := range c.pair {
		if d.v.pure(f) {
			pure++
		}
	}
	b.add("pure:", strconv.Itoa(pure))
	if x.Parent == y.ID || y.Parent == x.ID || x.Parent != "" && x.Parent == y.Parent {
		b.add("same-group")
	}
}

// describeRules adds the verdict of the rules: it is the strongest feature.
func (d *document) describeRules(b *bag, c *candidate) {
	if c.deal == nil {
		b.add("rule.none")
	} else {
		if c.deal.sum > ruleSure {
			b.add("rule.sure")
		}
		if c.deal.sum > ruleAccept {
			b.add("rule.accept")
		}
		if c.deal.sum > -0.4 {
			b.add("rule.review")
		}
		for _, f := range c.deal.extra {
			b.add("deal.", f.Name)
		}
		b.add("rule.kind:", string(c.deal.kind))
		b.add("rule.stage:", string(c.deal.stage))
	}
	best := c.best()
	if best == nil {
		b.add("frame.none")
		return
	}
	for _, f := range best.features {
		b.add("frame.", f.Name)
	}
	for t := range best.types {
		b.add("type.", t)
	}
	b.add("frames:", bucket(len(c.frames), 1, 2, 4))
	if c.allPast() {
		b.add("all-past")
	}
	b.add("frame.stage:", string(best.stage))
}

// allPast holds where every passage on the two looks back.
func (c *candidate) allPast() bool {
	return len(c.frames) > 0 && !slices.ContainsFunc(c.frames, func(f *frame) bool { return !f.hasFeature("background") && !f.hasFeature("standing") })
}

// best is the strongest frame of a candidate, nil without any.
func (c *candidate) best() *frame {
	var best *frame
	for _, f := range c.frames {
		if best == nil || f.sum > best.sum {
			best = f
		}
	}
	return best
}

// describePlace adds where in the story the two are named.
func (d *document) describePlace(b *bag, c *candidate) {
	if s := d.sents[0]; s.title {
		n := 0
		for _, m := range s.mentions {
			if m.company == c.pair[0] || m.company == c.pair[1] {
				n++
			}
		}
		b.add("title-names:", bucket(n, 0, 1, 2))
	}
	b.add("around:", d.topicAround(c))
	first := c.contexts[0].index
	for _, s := range c.contexts {
		first = min(first, s.index)
	}
	b.add("first:", bucket(first, 0, 1, 2, 4, 8, 16))
	where := c.contexts[0].form
	for _, s := range c.contexts[1:] {
		if s.form != where {
			where = "mixed"
		}
	}
	isle := strconv.Itoa(d.standing.elsewhere(c))
	b.add("where:", where)
	b.add("isle:", isle, "/", where)
	b.add("isle:", isle, "/", bucket(len(d.sents), 2, 5, 10, 20))
}

// topicAround tells how near the passages on a pair, with the sentences beside
// them, are to AI chips: core, weak (chips), or only the story as a whole.
func (d *document) topicAround(c *candidate) string {
	found := ""
	look := func(s *sentence) {
		switch {
		case s.has(s.Start, s.End, lexicon.Topic, "core"):
			found = "core"
		case found == "" && s.has(s.Start, s.End, lexicon.Topic, "weak"):
			found = "weak"
		}
	}
	for _, s := range c.contexts {
		for i := max(0, s.index-1); i <= min(s.index+1, len(d.sents)-1); i++ {
			look(d.sents[i])
		}
	}
	if found != "" {
		return found
	}
	for _, s := range d.sents {
		look(s)
	}
	if found != "" {
		return "story-" + found
	}
	return "none"
}

// ruledOut holds where each sentence names one of the two only to leave it out:
// unlike X, X's rivals, the customer is not X.
func (c *candidate) ruledOut() bool {
	for _, s := range c.contexts {
		var in [2]bool
		named := false
		for _, m := range s.mentions {
			for i := range c.pair {
				if m.company == c.pair[i] {
					in[i], named = in[i] || m.out == "", true
				}
			}
		}
		if !named || in[0] && in[1] || c.near > 0 && (in[0] || in[1]) {
			return false
		}
	}
	return true
}
