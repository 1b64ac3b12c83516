package classifier

import (
	"slices"
	"strings"

	"github.com/chipwire/chipwire/classifier/lexicon"
	"github.com/chipwire/chipwire/news"
)

// A frame is one claim of one clause: these firms do that.
type frame struct {
	s     *sentence
	start int // of the clause
	end   int // of the clause, with those after it that name nobody
	body  int // end of the clause itself

	a, b     []int32 // the two sides; b is empty for peers
	unnamed  string  // words for a party that is not named
	firms    bool    // a firm itself is bought
	borrowed bool    // the predicate is the next clause's
	lists    bool    // members of an alliance: parties, but no pairs

	relations []hit
	types     map[string]float64 // relation types and how much they weigh

	kinds    [8]float64 // by the order of news.Kinds
	stage    news.Stage
	explicit bool // the clause itself tells the stage
	strength float64

	inherited bool // a party comes from another sentence
	enrich    bool // adds to a deal told before, tells none by itself
	features  []news.Feature
	sum       float64
	dropped   string
}

// parties lists the companies of a frame.
func (f *frame) parties() []int32 { return append(slices.Clone(f.a), f.b...) }

// pairs lists the pairs that the frame ties, the lower index first.
func (f *frame) pairs() [][2]int32 {
	var out [][2]int32
	add := func(x, y int32) {
		if x > y {
			x, y = y, x
		}
		if p := [2]int32{x, y}; x != y && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	if len(f.b) > 0 {
		for _, x := range f.a {
			for _, y := range f.b {
				add(x, y)
			}
		}
		return out
	}
	for i, x := range f.a {
		for _, y := range f.a[i+1:] {
			add(x, y)
		}
	}
	return out
}

// A reader goes through a document from its start and keeps what later
// sentences lean on.
type reader struct {
	d       *document
	subject []int32 // the actor of the sentence before
	at      int     // its sentence
	last    *frame  // the last deal
	pairAt  int
	frames  []*frame
}

// read returns the frames of a document, those dropped included.
func (d *document) read() []*frame {
	if len(d.seen) == 0 {
		return nil
	}
	r := &reader{d: d, at: -9, pairAt: -9}
	for _, s := range d.sents {
		r.sentence(s)
	}
	return r.frames
}

func (r *reader) sentence(s *sentence) {
	inner := []int32(nil) // the actor of the clause before
	for i, c := range s.clauses {
		groups := r.d.groups(s, c.Start, c.End)
		f := &frame{s: s, start: c.Start, end: r.reach(s, i), body: c.End, types: map[string]float64{}}
		f.relations = s.relationsIn(c.Start, c.End)
		if len(f.relations) == 0 && borrows(groups) {
			for _, later := range s.clauses[i+1:] {
				if f.relations = s.relationsIn(later.Start, later.End); len(f.relations) > 0 {
					f.end, f.borrowed = later.End, true
					break
				}
			}
		}
		groups = r.d.modifiers(f, groups)
		args := r.d.arguments(f, groups)
		if len(f.relations) > 0 {
			f.fillTypes()
			before := inner
			if before == nil && s.index-r.at <= 2 && !s.title {
				before = r.subject
			}
			r.bind(f, args, before)
		}
		if len(args.actors) > 0 {
			inner = members(args.actors[:1])
		}
	}
	if len(inner) > 0 {
		r.subject, r.at = inner, s.index
	}
	if s.title && len(r.frames) == 0 && len(s.clauses) > 1 {
		r.whole(s)
	}
}

// whole reads a headline as one clause where its clauses tell nothing alone:
// 텐스토렌트에 5000만달러…현대차·LG전자 베팅.
func (r *reader) whole(s *sentence) {
	f := &frame{s: s, start: s.Start, end: s.End, body: s.End, types: map[string]float64{}}
	f.relations = s.relationsIn(s.Start, s.End)
	args := r.d.arguments(f, r.d.groups(s, s.Start, s.End))
	if len(f.relations) > 0 && len(args.actors)+len(args.strong)+len(args.weak) > 1 {
		f.fillTypes()
		r.bind(f, args, nil)
	}
}

// fillTypes fills the types of a frame from its relations.
func (f *frame) fillTypes() {
	for _, h := range f.relations {
		t := h.e.cue.Type
		if t == "" {
			t = "mutual"
			if h.e.cue.Stage == news.Shipping {
				t = "give"
			}
		}
		f.types[t] = max(f.types[t], h.e.cue.Weight)
	}
}

// relationsIn returns the cues of cooperation between start and end. Where
// there is none, that something was settled, tested or ended tells that there
// is a something.
func (s *sentence) relationsIn(start, end int) []hit {
	out := s.cuesIn(start, end, lexicon.Relation)
	if len(out) > 0 {
		return out
	}
	for _, h := range s.cuesIn(start, end, lexicon.Stage) {
		if h.e.cue.Weight >= 1 && h.e.cue.Stage != news.Rumour && h.e.cue.Stage != news.Denied {
			out = append(out, h)
		}
	}
	return out
}

// borrows holds for a clause without predicate that shares the next one's:
// 올트먼, 삼성과 AI반도체…SK와 HBM 협력 논의.
func borrows(groups []*group) bool { return len(groups) >= 2 }

// reach returns the end of what a clause says: the clauses after it that name
// no firm belong to it.
func (r *reader) reach(s *sentence, i int) int {
	end := s.clauses[i].End
	for _, c := range s.clauses[i+1:] {
		for _, m := range s.mentions {
			if m.out == "" && m.start >= c.Start && m.start < c.End {
				return end
			}
		}
		end = c.End
	}
	return end
}

// maxParties is how many firms one deal has at most: more are a survey.
const maxParties = 12

// keep adds a frame whose parties are known, and remembers them.
func (r *reader) keep(f *frame) {
	f.a = unique(f.a)
	f.b = slices.DeleteFunc(unique(f.b), func(c int32) bool { return slices.Contains(f.a, c) })
	if n := len(f.a) + len(f.b); n < 2 && f.unnamed == "" || n > maxParties {
		return
	}
	r.frames = append(r.frames, f)
	r.d.judge(f)
	if f.dropped == "" && f.unnamed == "" && !f.enrich && !f.spoilt() {
		r.last, r.pairAt = f, f.s.index
	}
}

// bind finds the two sides of a frame among its arguments.
func (r *reader) bind(f *frame, args arguments, before []int32) {
	actors, others := args.actors, args.strong
	if len(others) == 0 {
		if len(f.types) == 1 && f.types["develop"] > 0 {
			return // who designs for himself has no partner
		}
		others = args.weak
	}
	switch {
	case len(actors) > 0 && len(others) > 0:
		f.a, f.b = members(actors[:1]), members(others)
		if len(actors) > 1 && len(args.strong) == 0 {
			f.b = members(actors[1:])
		}
	case len(actors) > 1:
		f.a, f.b = members(actors[:1]), members(actors[1:])
	case len(actors) == 1:
		r.alone(f, actors[0], before)
		return
	case len(args.strong) > 0:
		r.headless(f, args, before)
		return
	case len(args.weak) > 1 && (f.mutual() || r.d.complement(f, members(args.weak))):
		f.a, f.b = members(args.weak[:1]), members(args.weak[1:])
	case len(args.weak) > 0:
		r.alone(f, args.weak[0], before)
		return
	default:
		r.again(f, nil)
		return
	}
	r.keep(f)
}

// headless binds a clause that has objects and no actor.
func (r *reader) headless(f *frame, args arguments, before []int32) {
	first := args.strong[0]
	switch {
	case len(args.strong) > 1:
		f.a, f.b = members(args.strong[:1]), members(args.strong[1:])
	case len(first.members) > 1 && f.mutual() && (len(before) == 0 || r.d.lang != "ko"):
		f.a = members(args.strong[:1])
		f.lists = f.membership()
	case len(args.weak) > 0:
		f.a, f.b = members(args.weak[:1]), members(args.strong)
	case len(before) > 0 && !slices.Equal(before, members(args.strong)):
		f.a, f.b, f.inherited = before, members(args.strong), true
	default:
		r.alone(f, first, before)
		return
	}
	r.keep(f)
}

// alone binds a clause with one group of firms: peers, a deal told before, or
// one with a party that is not named.
func (r *reader) alone(f *frame, g *group, before []int32) {
	who := members([]*group{g})
	s := f.s
	if other := without(before, who); len(other) > 0 && r.round(f) {
		f.a, f.b, f.inherited = who, other, true
		r.keep(f)
		return
	}
	if one, rest := r.d.vendor(f, who); len(rest) > 1 {
		f.a, f.b = one, rest
		r.keep(f)
		return
	}
	if len(g.members) > 1 && (f.mutual() && !r.d.abreast(f, who) || r.d.complement(f, who)) {
		f.a = who
		f.lists = f.membership()
		r.keep(f)
		return
	}
	if other := without(before, who); len(other) > 0 && f.handsOn() && (s.has(f.start, f.end, lexicon.Anaphor, "thing") || pronoun(s, f.start, f.end)) {
		f.a, f.b, f.inherited = who, other, true
		r.keep(f)
		return
	}
	if r.again(f, who) {
		return
	}
	if u := s.cuesIn(f.start, f.end, lexicon.Unnamed); len(u) > 0 && len(who) == 1 {
		f.a, f.unnamed = who, s.slice(u[0].start, u[0].end)
		r.keep(f)
	}
}

// round holds where a sentence goes on about the funding that the one before
// told of: 시리즈D에는 현대차가 참여했다.
func (r *reader) round(f *frame) bool {
	if f.types["join"] == 0 && f.types["invest"] == 0 || f.s.index == 0 {
		return false
	}
	stake := func(s *sentence) bool {
		for _, h := range s.cuesIn(s.Start, s.End, lexicon.Kind) {
			if h.e.cue.Kind == news.Investment {
				return true
			}
		}
		return false
	}
	return stake(f.s) && r.at < f.s.index && r.at >= 0 && stake(r.d.sents[r.at])
}

// vendor parts the one chip maker of a list from those who take his chips:
// 엔비디아·SK·현대차, 블랙웰 도입 합의.
func (d *document) vendor(f *frame, who []int32) (one, rest []int32) {
	if len(who) < 3 || f.types["take"]+f.types["give"] == 0 {
		return nil, nil
	}
	for _, c := range who {
		if d.v.pure(c) {
			one = append(one, c)
		} else {
			rest = append(rest, c)
		}
	}
	if len(one) != 1 {
		return nil, nil
	}
	return one, rest
}

// abreast holds for firms of one trade that do the same side by side: two
// memory makers who both raise output are no partners.
func (d *document) abreast(f *frame, who []int32) bool {
	if !f.handsOn() || f.types["mutual"] >= 1 || f.types["meet"] > 0 {
		return false
	}
	for _, role := range []string{"memory", "foundry", "equipment", "substrate", "osat"} {
		all := true
		for _, c := range who {
			all = all && d.v.companies[c].Is(role)
		}
		if all {
			return true
		}
	}
	return false
}

// complement holds for two firms of which one makes what the other needs:
// 화웨이·SMIC, 5나노 AI칩 양산.
func (d *document) complement(f *frame, who []int32) bool {
	if len(who) != 2 || !f.handsOn() {
		return false
	}
	a, b := d.v.companies[who[0]], d.v.companies[who[1]]
	makers := []string{"foundry", "memory", "equipment", "substrate", "osat", "design-house", "materials"}
	return a.Is(makers...) != b.Is(makers...)
}

// again binds a clause that goes on about the last deal: 양사는, under the
// agreement, or one of its firms with a denial.
func (r *reader) again(f *frame, who []int32) bool {
	s := f.s
	if r.last == nil || s.index-r.pairAt > 3 || s.title {
		return false
	}
	for _, c := range who {
		if !slices.Contains(r.last.parties(), c) {
			return false
		}
	}
	both := s.has(f.start, f.end, lexicon.Anaphor, "both")
	thing := s.has(f.start, f.end, lexicon.Anaphor, "thing")
	goesOn := s.index-r.pairAt <= 1 && (len(who) > 0 || f.handsOn() && len(s.mentions) == 0)
	if !both && !thing && !goesOn {
		return false
	}
	f.a, f.b, f.lists, f.enrich = slices.Clone(r.last.a), slices.Clone(r.last.b), r.last.lists, true
	r.keep(f)
	return true
}

// spoilt holds for a frame that is about something else than a deal on chips.
func (f *frame) spoilt() bool {
	for _, n := range f.features {
		switch n.Name {
		case "other-product", "other-chip", "wish", "market", "legal", "background", "standing", "no-contact", "paper", "relative-clause":
			return true
		}
	}
	return false
}

// mutual holds where several actors of one clause deal with each other.
func (f *frame) mutual() bool {
	return f.types["mutual"] > 0 || f.types["meet"] > 0 || f.types["join"] > 0
}

// membership holds where firms are members of one body.
func (f *frame) membership() bool {
	if len(f.a) <= 2 {
		return false
	}
	body := false
	for _, h := range f.s.cuesIn(f.s.Start, f.s.End, lexicon.Kind) {
		switch h.e.cue.Kind {
		case news.Investment:
			return false
		case news.Alliance:
			body = true
		}
	}
	return body
}

// handsOn holds for a predicate that has an object: made, supplied, adopted.
func (f *frame) handsOn() bool {
	for _, t := range []string{"make", "give", "take", "win", "test", "invest", "license"} {
		if f.types[t] > 0 {
			return true
		}
	}
	return false
}

// pronoun holds where a firm is meant by "it".
func pronoun(s *sentence, start, end int) bool {
	low := s.f.Lower[start:end]
	for _, p := range []string{" to it", " with it", " for it", " supply it ", " it with ", " with the company", " to the company", " for the company", " with the startup", " for the startup", " to the startup"} {
		if strings.Contains(low, p) {
			return true
		}
	}
	return false
}

// members lists the companies of groups.
func members(groups []*group) []int32 {
	var out []int32
	for _, g := range groups {
		for _, m := range g.members {
			out = append(out, m.company)
		}
	}
	return unique(out)
}

func unique(list []int32) []int32 {
	var out []int32
	for _, c := range list {
		if !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	return out
}

// without returns list without the companies of drop.
func without(list, drop []int32) []int32 {
	return slices.DeleteFunc(slices.Clone(list), func(c int32) bool { return slices.Contains(drop, c) })
}
