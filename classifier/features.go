package classifier

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/chipwire/chipwire/classifier/lexicon"
)

// A bag collects the features of a candidate, each once. A feature is known by
// the hash of its name; the names themselves are kept only where somebody reads
// them (the reasons of a finding, training).
type bag struct {
	seen   map[uint64]bool
	keys   []uint64
	values []float64
	named  bool
	names  []string
}

func newBag(named bool) *bag { return &bag{seen: map[uint64]bool{}, named: named} }

// spare are bags that were used: a map that has grown is worth keeping.
var spare = sync.Pool{New: func() any { return newBag(false) }}

func (b *bag) reset() {
	clear(b.seen)
	b.keys, b.values, b.names = b.keys[:0], b.values[:0], b.names[:0]
}

// add puts in the feature whose name is parts in a row.
func (b *bag) add(parts ...string) { b.put(1, parts...) }

func (b *bag) put(value float64, parts ...string) {
	key := keyOf(parts...)
	if b.seen[key] {
		return
	}
	b.seen[key] = true
	b.keys, b.values = append(b.keys, key), append(b.values, value)
	if b.named {
		b.names = append(b.names, strings.Join(parts, ""))
	}
}

// keyOf is the 64-bit FNV-1a hash of parts in a row.
func keyOf(parts ...string) uint64 {
	h := uint64(14695981039346656037)
	for _, p := range parts {
		for i := range len(p) {
			h = (h ^ uint64(p[i])) * 1099511628211
		}
	}
	return h
}

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
func (d *document) describe(b *bag, c *candidate, candidates int) {
	b.reset()
	b.add("lang:", d.lang)
	b.add("near:", strconv.Itoa(c.near))
	b.add("contexts:", bucket(len(c.contexts), 1, 2, 4))
	b.add("firms:", bucket(len(d.seen), 2, 3, 5, 8, 14))
	b.add("pairs:", bucket(candidates, 1, 3, 6, 15, 40))
	d.describeTrades(b, c)
	d.describeRules(b, c)
	d.describeStory(b, c)
	for _, s := range c.contexts {
		d.describeContext(b, c, s)
	}
	if c.ruledOut() {
		b.add("ruled-out")
	}
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
		b.put(max(-2, min(2, math.Round(c.deal.sum*10)/30)), "rule.sum")
		if c.deal.sum > 1.1 {
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

// describeStory adds what the two are to the story as a whole.
func (d *document) describeStory(b *bag, c *candidate) {
	for v := range d.vetoes {
		b.add("veto:", v)
	}
	if s := d.sents[0]; s.title {
		n := 0
		for _, m := range s.mentions {
			if m.company == c.pair[0] || m.company == c.pair[1] {
				n++
			}
		}
		b.add("title-names:", bucket(n, 0, 1, 2))
		for i := range s.cues {
			b.add("t.", string(s.cues[i].e.cue.Class), ":", s.cues[i].e.cue.ID)
		}
	}
	b.add("around:", d.topicAround(c))
	first := c.contexts[0].index
	for _, s := range c.contexts {
		first = min(first, s.index)
	}
	b.add("first:", bucket(first, 0, 1, 2, 4, 8, 16))
	b.add("sentences:", bucket(len(d.sents), 2, 5, 10, 20, 40))
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
	return p.of[0].start
}

func (p *place) hi() int {
	if p.r != nil {
		return p.r.tail
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

func (c *candidate) placeIn(s *sentence) (place, bool) {
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
	return p, len(p.of) > 0
}

// describeContext adds what stands in one sentence around the two firms.
func (d *document) describeContext(b *bag, c *candidate, s *sentence) {
	p, ok := c.placeIn(s)
	if !ok {
		return
	}
	if s.title {
		b.add("in-title")
	}
	for _, m := range p.of {
		if m.out != "" {
			b.add("out:", m.out)
		}
	}
	if p.l != nil {
		b.add("gap:", bucket(p.r.start-p.l.tail, 1, 4, 12, 30, 60, 120))
		b.add("parts:", d.part(p.l), ">", d.part(p.r))
		if p.end > 0 {
			b.add("same-clause")
		}
	} else {
		b.add("part:", d.part(p.of[0]))
	}
	b.add("others:", bucket(p.others, 0, 1, 3, 6))
	for i := range s.cues {
		h := &s.cues[i]
		class, id := string(h.e.cue.Class), h.e.cue.ID
		b.add("s.", class, ":", id)
		if z := p.zone(h); z != "s" {
			b.add("c.", class, ":", id)
			if z == "b" {
				b.add("b.", class, ":", id)
			}
		}
	}
	d.conjoin(b, &p)
	d.grams(b, &p)
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

// grams adds the words of a sentence and each two in a row, the two firms as P
// and others as O, with their parts.
func (d *document) grams(b *bag, p *place) {
	s, prev, at := p.s, "^", p.s.Start
	put := func(w string, between bool) {
		b.add("w:", w)
		b.add("w2:", prev, " ", w)
		if between {
			b.add("bw:", w)
		}
		prev = w
	}
	stretch := func(from, to int) {
		words(s.f.Lower[from:to], d.lang, func(w string) { put(w, from >= p.lo() && to <= p.hi()) })
	}
	for _, m := range s.mentions {
		if m.start < at {
			continue
		}
		stretch(at, m.start)
		who := "O"
		if slices.Contains(p.of, m) {
			who = "P"
		}
		if d.lang == "ko" {
			who += partNames[m.role]
		}
		put(who, m.start >= p.lo() && m.tail <= p.hi())
		at = max(m.end, m.tail)
	}
	if at < s.End {
		stretch(at, s.End)
	}
	b.add("w2:", prev, " $")
}

// words hands on the words of a stretch of folded lower text: of Korean their
// first three syllables, of English without the commonest endings, of Japanese
// and Chinese each two characters in a row.
func words(s, lang string, do func(string)) {
	if lang == "ja" || lang == "zh" {
		characters(s, do)
		return
	}
	for len(s) > 0 {
		i := strings.IndexFunc(s, wordRune)
		if i < 0 {
			return
		}
		s = s[i:]
		n := strings.IndexFunc(s, func(r rune) bool { return !wordRune(r) })
		if n < 0 {
			n = len(s)
		}
		w := s[:n]
		s = s[n:]
		switch {
		case w[0] >= '0' && w[0] <= '9':
			do("0" + strings.TrimLeft(w, "0123456789.,"))
		case lang == "ko" && w[0] >= 0x80:
			do(syllables(w, 3))
		case lang == "en":
			do(stem(w))
		default:
			do(w)
		}
	}
}

func wordRune(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r >= 0x80 && r != '·' && r != '…'
}

// syllables returns the first n runes of a word.
func syllables(w string, n int) string {
	for i := range w {
		if n == 0 {
			return w[:i]
		}
		n--
	}
	return w
}

// characters hands on each two characters in a row of a text without spaces.
func characters(s string, do func(string)) {
	last, run := 0, 0 // start of the character before, and how many are in a row
	for i, r := range s {
		if r < 0x80 || strings.ContainsRune("。、，「」『』（）：；", r) {
			run = 0
			continue
		}
		if run > 0 {
			do(s[last : i+len(string(r))])
		}
		last = i
		run++
	}
}

// stem cuts the commonest English endings.
func stem(w string) string {
	for _, e := range []string{"ing", "ed", "es", "s"} {
		if len(w) > len(e)+3 && strings.HasSuffix(w, e) {
			return w[:len(w)-len(e)]
		}
	}
	return w
}
