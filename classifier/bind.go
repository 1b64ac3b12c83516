package classifier

import (
	"slices"
	"strings"

	"github.com/chipwire/chipwire/classifier/lexicon"
	"github.com/chipwire/chipwire/news"
)

// bind finds the two sides of a frame among its arguments.
func (r *reader) bind(f *frame, args arguments, before []int32) {
	actors, others := args.actors, args.strong
	if len(others) == 0 {
		if len(f.types) == 1 && f.types["develop"] > 0 {
			r.designs(f, actors)
			return
		}
		others = args.weak
	}
	switch {
	case len(actors) > 0 && len(others) > 0:
		f.a, f.b = members(actors[:1]), members(others)
		if len(actors) > 1 && len(args.strong) == 0 {
			f.b = members(actors[1:])
		}
		if len(args.strong) == 0 && r.d.lang != "ko" && f.sells() {
			return // servers with X's chips, sold to nobody who is named
		}
		if len(args.strong) == 0 && !f.relates("invest", "license") && r.d.abreast(f, f.parties()) && !product(f.s, others) {
			return
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

// sells holds for an English frame with no other word than one of selling.
func (f *frame) sells() bool {
	return !slices.ContainsFunc(f.relations, func(h hit) bool { return h.e.cue.ID != "sell" })
}

// designs binds a clause whose only word is one of design: two firms of
// different trades who are its one subject design together (OpenAI, Broadcom to
// develop custom processor); who designs alone has no partner, or one that the
// next sentence names.
func (r *reader) designs(f *frame, actors []*group) {
	if len(actors) != 1 {
		return
	}
	who := members(actors)
	if len(who) == 2 && !r.d.alike(who[0], who[1]) && !ownWork(f.s, f.start, f.end) {
		f.a = who
		r.keep(f)
		return
	}
	r.leave(f, who)
}

// alike reports whether two firms share a trade.
func (d *document) alike(a, b int32) bool { return d.v.companies[a].Is(d.v.companies[b].Roles...) }

// ownWork holds for a clause that says that each works for itself.
func ownWork(s *sentence, start, end int) bool {
	for _, w := range []string{" own ", "respective", "separately", "each", "in-house", "자체", "각각", "각자", "독자", "저마다"} {
		if strings.Contains(s.f.Lower[start:end], w) {
			return true
		}
	}
	return false
}

// headless binds a clause that has objects and no actor.
func (r *reader) headless(f *frame, args arguments, before []int32) {
	first := args.strong[0]
	switch {
	case len(args.strong) > 1:
		f.a, f.b = members(args.strong[:1]), members(args.strong[1:])
	case len(first.members) > 1 && f.mutual() && (len(before) == 0 || !r.d.verbLast()):
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
	if side, ok := r.d.namesSide(s, f.start, f.end); ok && len(who) == 1 && side == who[0] {
		if other := without(before, who); len(other) > 0 {
			f.a, f.b, f.inherited = who, other, true
			r.keep(f)
			return
		}
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
	r.leave(f, who)
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

// product reports whether one of the groups is named for what it makes: 인텔 18A,
// TSMC 2나노.
func product(s *sentence, groups []*group) bool {
	for _, g := range groups {
		if s.has(g.end, min(s.End, g.end+14), lexicon.Topic) {
			return true
		}
	}
	return false
}

// complement holds for two firms of which one makes what the other needs:
// 화웨이·SMIC, 5나노 AI칩 양산. So it does where one makes what the other's data
// centre runs on.
func (d *document) complement(f *frame, who []int32) bool {
	if len(who) != 2 || !f.handsOn() {
		return false
	}
	if f.types["give"]+f.types["take"] > 0 && d.finished(who) {
		return true
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
