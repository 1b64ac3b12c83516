package classifier

import (
	"slices"
	"strconv"

	"github.com/chipwire/chipwire/classifier/lexicon"
)

// A place is where two firms stand in a sentence.
type place struct {
	s          *sentence
	of         []*mention // of the two firms
	l, r       *mention   // the closest two of different firms, nil where only one is named
	start, end int        // of the clause that both stand in, else of nothing
	others     int        // other firms in the sentence
}

func (p *place) lo() int {
	if p.l != nil {
		return p.l.start
	}
	if len(p.of) == 0 {
		return p.s.Start
	}
	return p.of[0].start
}

func (p *place) hi() int {
	if p.r != nil {
		return p.r.tail
	}
	if len(p.of) == 0 {
		return p.s.Start
	}
	return p.of[len(p.of)-1].tail
}

// zone tells where a cue stands: between the names, in their clause, or
// somewhere in the sentence.
func (p *place) zone(h *hit) string {
	switch {
	case p.l != nil && h.start >= p.lo() && h.end <= p.hi():
		return "b"
	case h.start >= p.start && h.end <= p.end:
		return "c"
	}
	return "s"
}

func (c *candidate) placeIn(s *sentence) place {
	p := place{s: s}
	for _, m := range s.mentions {
		if m.company == c.pair[0] || m.company == c.pair[1] {
			p.of = append(p.of, m)
		} else {
			p.others++
		}
	}
	for i := 1; i < len(p.of); i++ {
		a, b := p.of[i-1], p.of[i]
		if a.company != b.company && (p.l == nil || b.start-a.tail < p.r.start-p.l.tail) {
			p.l, p.r = a, b
		}
	}
	if p.l != nil {
		for _, cl := range s.clauses {
			if p.l.start >= cl.Start && p.l.start < cl.End && p.r.start < cl.End {
				p.start, p.end = cl.Start, cl.End
			}
		}
	}
	return p
}

// describeContext adds what stands in one sentence around the two firms; a
// sentence on "the two companies" names neither.
func (d *document) describeContext(b *bag, c *candidate, s *sentence) {
	p := c.placeIn(s)
	if s.title {
		b.add("in-title")
	}
	for _, m := range p.of {
		if m.out != "" {
			b.add("out:", m.out)
		}
	}
	switch {
	case p.l != nil:
		b.add("gap:", bucket(p.r.start-p.l.tail, 1, 4, 12, 30, 60, 120))
		b.add("parts:", d.part(p.l), ">", d.part(p.r))
		if p.end > 0 {
			b.add("same-clause")
		}
	case len(p.of) == 0:
		b.add("both")
	default:
		b.add("part:", d.part(p.of[0]))
	}
	b.add("others:", bucket(p.others, 0, 1, 3, 6))
	b.again(&s.kept, func(b *bag) { d.describeSentence(b, s) })
	d.describeCues(b, c, &p)
	d.conjoin(b, &p)
	d.grams(b, &p)
}

// describeCues adds the cues of a sentence by where they stand, and, of firms in
// two sentences, those of the second by how far the first is.
func (d *document) describeCues(b *bag, c *candidate, p *place) {
	for i := range p.s.cues {
		h := &p.s.cues[i]
		class, id := string(h.e.cue.Class), h.e.cue.ID
		if z := p.zone(h); z != "s" {
			b.add("c.", class, ":", id)
			if z == "b" {
				b.add("b.", class, ":", id)
			}
		}
		if c.near > 0 {
			switch h.e.cue.Class {
			case lexicon.Relation, lexicon.Stage, lexicon.Anaphor:
				b.add("n", strconv.Itoa(c.near), ".", id)
			}
		}
	}
}

// describeSentence adds what a sentence says, whoever it says it of: its cues, its
// words, each two in a row, their senses, and each two senses.
func (d *document) describeSentence(b *bag, s *sentence) {
	for i := range s.cues {
		b.add("s.", string(s.cues[i].e.cue.Class), ":", s.cues[i].e.cue.ID)
	}
	var senses []string
	prev := "^"
	for _, t := range d.tokens(s) {
		if t.mention != nil {
			prev = ""
			continue
		}
		b.add("w:", t.word)
		if prev != "" {
			b.add("w2:", prev, " ", t.word)
		}
		prev = t.word
		for _, k := range t.senses {
			if !slices.Contains(senses, k) {
				senses = append(senses, k)
			}
		}
	}
	if prev != "" {
		b.add("w2:", prev, " $")
	}
	topic := d.subject(s)
	slices.Sort(senses)
	for i, k := range senses {
		b.add("k:", k)
		b.add("kt:", k, "/", topic)
		for _, l := range senses[i+1:] {
			b.add("kk:", k, "+", l)
		}
	}
}

// describeEarly adds the cues of the sentence that names the first of two firms,
// where a later one names the second.
func (s *sentence) describeEarly(b *bag) {
	for i := range s.cues {
		b.add("e.", string(s.cues[i].e.cue.Class), ":", s.cues[i].e.cue.ID)
	}
}

// grams adds the words beside the names, the two firms as P and others as O with
// their parts, and the words and senses between the two.
func (d *document) grams(b *bag, p *place) {
	tokens := d.tokens(p.s)
	name := func(i int) string {
		switch {
		case i < 0:
			return "^"
		case i >= len(tokens):
			return "$"
		case tokens[i].mention == nil:
			return tokens[i].word
		}
		who := "O"
		if slices.Contains(p.of, tokens[i].mention) {
			who = "P"
		}
		if d.lang == "ko" {
			who += partNames[tokens[i].mention.role]
		}
		return who
	}
	for i, t := range tokens {
		if t.mention != nil {
			who := name(i)
			b.add("w:", who)
			b.add("w2:", name(i-1), " ", who)
			if i+1 >= len(tokens) || tokens[i+1].mention == nil {
				b.add("w2:", who, " ", name(i+1))
			}
		}
		if p.l != nil && t.start >= p.lo() && t.start < p.hi() {
			b.add("bw:", name(i))
			for _, k := range t.senses {
				b.add("bk:", k)
			}
		}
	}
}

// part is the part of a mention in its sentence: a Korean particle's role, or an
// English preposition.
func (d *document) part(m *mention) string {
	p := partNames[m.role]
	if d.lang != "ko" {
		p = m.prep
		if m.genitive {
			p += "'s"
		}
	}
	if m.out != "" {
		p += "!"
	}
	return p
}

// partNames are in the order of [text.Role].
var partNames = [...]string{"bare", "topic", "subject", "object", "with", "to", "from", "of", "for", "than", "like", "is"}

// conjoin adds what counts only together: the sort of relation, where it stands,
// what it is about, and what speaks against a report.
func (d *document) conjoin(b *bag, p *place) {
	topic, anti := d.subject(p.s), p.s.against()
	alone := ""
	if p.others == 0 && p.l != nil {
		alone = "two"
	}
	parts := ""
	if p.l != nil {
		parts = d.part(p.l) + ">" + d.part(p.r)
	}
	any := "no-relation"
	for i := range p.s.cues {
		h := &p.s.cues[i]
		switch c := h.e.cue; c.Class {
		case lexicon.Relation:
			t, z := c.Type, p.zone(h)
			if t == "" {
				t = "mutual"
			}
			b.add("x1:", t, "@", z, "/", topic)
			b.add("x2:", t, "@", z, "/", anti)
			b.add("x3:", t, "@", z, "/", alone)
			if parts != "" {
				b.add("x4:", t, "@", z, "/", parts)
			}
			any = "relation"
		case lexicon.Stage:
			b.add("y3:", string(c.Stage), "/", topic, "/", alone)
		}
	}
	b.add("y1:", any, "/", topic, "/", alone)
	b.add("y2:", any, "/", topic, "/", anti)
}

// subject tells how near a sentence is to AI chips.
func (d *document) subject(s *sentence) string {
	switch {
	case s.has(s.Start, s.End, lexicon.Topic, "core"):
		return "core"
	case s.has(s.Start, s.End, lexicon.Topic, "weak"):
		return "weak"
	case d.sents[0].title && d.sents[0].has(0, d.sents[0].End, lexicon.Topic, "core"):
		return "title"
	}
	return "none"
}

// against names the first sort of cue that speaks against a report, with a minus
// where something is negated.
func (s *sentence) against() string {
	what, not := "", ""
	for i := range s.cues {
		switch c := s.cues[i].e.cue; c.Class {
		case lexicon.Anti:
			if c.Weight >= 1 && what == "" {
				what = c.Type
			}
		case lexicon.Other:
			if what == "" {
				what = "other"
			}
		case lexicon.Negation:
			not = "-"
		}
	}
	return what + not
}
