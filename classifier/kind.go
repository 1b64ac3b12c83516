package classifier

import (
	"slices"
	"strings"

	"github.com/chipwire/chipwire/classifier/lexicon"
	"github.com/chipwire/chipwire/news"
)

// How much the words of a place count for the kind.
const (
	inClause   = 1.0
	inSentence = 0.5
)

// weighKinds fills the kinds of a frame from the words of its clause and
// sentence, and from what its firms make.
func (d *document) weighKinds(f *frame) {
	seen := map[string]bool{}
	add := func(start, end int, factor float64) {
		for _, h := range f.s.cuesIn(start, end, lexicon.Kind) {
			if c := h.e.cue; !seen[c.ID] {
				seen[c.ID] = true
				w := factor * c.Weight
				if insideName(f.s, h.start+1) { // 인텔 파운드리, Samsung Foundry
					w *= 0.65
				}
				f.kinds[kindIndex(c.Kind)] += w
			}
		}
	}
	add(f.start, f.body, inClause)
	if !f.borrowed {
		add(f.body, f.end, inClause)
		add(f.s.Start, f.s.End, inSentence)
	}
	d.temperKinds(f)
}

// temperKinds corrects the kinds that words alone suggest by what the firms do
// with each other: work together, try out, entrust, take over.
func (d *document) temperKinds(f *frame) {
	at := func(k news.Kind) *float64 { return &f.kinds[kindIndex(k)] }
	joint := f.s.hasID(f.start, f.end, "together", "joint-work", "work-together")
	allied := f.s.hasID(f.start, f.end, "join-hands", "team-up") && f.s.hasID(f.start, f.end, "design")
	switch {
	case allied && !joint && *at(news.Investment) == 0:
		*at(news.Development) += 1.2
		*at(news.Memory) *= 0.6
	case f.s.hasID(f.start, f.end, "custom") && f.s.hasID(f.start, f.end, "work-together"):
		*at(news.Development) += 1
	case joint && f.s.hasID(f.start, f.end, "design", "joint-work"):
		*at(news.Development) += 2
		*at(news.Memory) *= 0.5
		*at(news.Foundry) *= 0.5
		*at(news.Supply) *= 0.5
	case d.lang != "ko" && f.worksOn():
		*at(news.Development) += 2.4
		*at(news.Memory) *= 0.5
		*at(news.Foundry) *= 0.5
		*at(news.Supply) *= 0.5
	case f.types["test"] > 0 && *at(news.Memory) == 0 && *at(news.Foundry) < 1 && *at(news.Supply) < 2:
		*at(news.Development) += 1.6
	}
	if f.s.hasID(f.start, f.end, "entrust") && f.s.hasID(f.start, f.end, "design") && !joint && f.types["make"] == 0 {
		*at(news.Development) += 1.6 // 설계를 맡겼다
	}
	if f.takesOver() { // a business that is bought, whatever it makes
		*at(news.Memory) *= 0.4
		*at(news.Foundry) *= 0.4
	}
	if *at(news.Alliance) >= 1.5 { // a standard, whatever it is for
		*at(news.Memory) *= 0.6
		*at(news.Supply) *= 0.6
	}
	if f.s.hasID(f.start, f.end, "buy", "entrust") && !joint && f.types["license"] == 0 && !f.s.hasID(f.start, f.end, "design") {
		*at(news.Supply) += 0.6
	}
	if f.firms {
		*at(news.Investment) += 2.6
	}
}

// takesOver holds for a frame in which a business changes hands.
func (f *frame) takesOver() bool {
	for _, h := range f.relations {
		switch h.e.form {
		case "인수", "합병", "acquire", "acquires", "acquired", "acquiring", "acquisition", "takeover", "merger", "buyout":
			return true
		}
	}
	return false
}

// worksOn holds for an English clause in which one firm works with another on a
// chip: will work alongside X on three generations of accelerator.
func (f *frame) worksOn() bool {
	for _, h := range f.relations {
		if h.e.cue.ID != "work-together" || !strings.HasPrefix(h.e.form, "work") {
			continue
		}
		if i := strings.Index(f.s.f.Lower[h.end:f.end], " on "); i >= 0 && f.s.has(h.end+i, f.end, lexicon.Topic, "core", "weak") {
			return true
		}
	}
	return false
}

// hasID reports whether a cue of one of the ids lies between start and end.
func (s *sentence) hasID(start, end int, ids ...string) bool {
	for i := range s.cues {
		if h := &s.cues[i]; h.start >= start && h.end <= end && contains(ids, h.e.cue.ID) {
			return true
		}
	}
	return false
}

// weighRoles returns the kinds of a frame with what the trades of the parties
// say, where the words leave room.
func (d *document) weighRoles(kinds [8]float64, parties []int32, f *frame) [8]float64 {
	bump := func(k news.Kind, by float64) {
		if i := kindIndex(k); kinds[i] > 0 {
			kinds[i] += by
		}
	}
	has := func(roles ...string) bool {
		return slices.ContainsFunc(parties, func(c int32) bool { return d.v.companies[c].Is(roles...) })
	}
	if has("foundry") {
		if (f.types["make"] > 0 || f.s.hasID(f.start, f.end, "entrust")) && kinds[kindIndex(news.Memory)] == 0 && f.s.has(f.start, f.end, lexicon.Topic) {
			kinds[kindIndex(news.Foundry)] += 1.2
		}
		bump(news.Foundry, 0.6)
	} else {
		kinds[kindIndex(news.Foundry)] *= 0.6
	}
	if d.castsWafers(f) {
		kinds[kindIndex(news.Foundry)] += 1.4
		kinds[kindIndex(news.Supply)] *= 0.6
	}
	if has("foundry") && f.s.hasID(f.start, f.end, "foundry") {
		kinds[kindIndex(news.Memory)] *= 0.4
	}
	if has("memory") {
		bump(news.Memory, 0.6)
	} else {
		kinds[kindIndex(news.Memory)] *= 0.5
	}
	if has("equipment", "substrate", "materials", "osat") && kinds[kindIndex(news.Supply)] >= 1 {
		bump(news.Supply, 1)
	}
	if has("design-house") {
		bump(news.Development, 1.2)
	}
	if has("eda") {
		bump(news.Development, 1)
	}
	if has("ip") {
		bump(news.Licensing, 0.5)
	}
	if has("ip", "eda") && kinds[kindIndex(news.Licensing)] >= 2 { // cores for a process, no wafers
		kinds[kindIndex(news.Foundry)] *= 0.4
		kinds[kindIndex(news.Development)] *= 0.7
	}
	return kinds
}

// weighRoles is for the explanation of one frame.
func (v *vocabulary) weighRoles(f *frame) [8]float64 {
	return (&document{v: v}).weighRoles(f.kinds, f.parties(), f)
}

func kindIndex(k news.Kind) int { return slices.Index(news.Kinds, k) }

// tradeKind is the substance of a deal without a word on it: what the one firm
// of a single trade sells.
func (d *document) tradeKind(parties []int32, f *frame) news.Kind {
	if !f.handsOn() {
		return news.Partnership
	}
	for _, c := range parties {
		for _, t := range []struct {
			role string
			kind news.Kind
		}{{"memory", news.Memory}, {"foundry", news.Foundry}, {"equipment", news.Supply}} {
			if r := d.v.companies[c].Roles; len(r) == 1 && r[0] == t.role {
				return t.kind
			}
		}
	}
	if f.types["give"]+f.types["take"] > 0 && d.finished(parties) {
		return news.Supply
	}
	return news.Partnership
}

// castsWafers reports whether a firm that is a foundry and nothing else wins or
// makes what a frame is about: then that is wafers, by whatever name.
func (d *document) castsWafers(f *frame) bool {
	if f.s.hasID(f.start, f.end, "packaging", "equipment", "material", "memory", "stake", "licence") {
		return false
	}
	sole := func(list []int32) bool {
		return slices.ContainsFunc(list, func(c int32) bool { r := d.v.companies[c].Roles; return len(r) == 1 && r[0] == "foundry" })
	}
	return sole(f.a) && f.types["win"]+f.types["make"] > 0 || sole(f.b) && f.s.hasID(f.start, f.end, "entrust")
}

// finished reports whether one party makes whole chips or machines of them and
// another runs a data centre: what the one hands the other is compute.
func (d *document) finished(parties []int32) bool {
	maker, user := false, false
	for _, c := range parties {
		co := d.v.companies[c]
		user = user || co.Is("hyperscaler", "neocloud", "telco", "ai-lab", "internet")
		maker = maker || d.v.pure(c) && co.Is("fabless") || co.Is("systems")
	}
	return maker && user
}

// bestKind returns the kind of the highest weight, or partnership where no
// word says what the deal is about.
func bestKind(kinds [8]float64) (news.Kind, float64) {
	best := 0
	for i, w := range kinds {
		if w > kinds[best] {
			best = i
		}
	}
	if kinds[best] < 0.5 {
		return news.Partnership, 0
	}
	return news.Kinds[best], kinds[best]
}
