package eval

import (
	"maps"
	"slices"

	"github.com/chipwire/chipwire/news"
)

// Minimal is how minimal pairs were judged. A member is right when its flag,
// its pairs and their stages are; the kind counts where the members differ in it.
type Minimal struct {
	Both      Figure        `json:"both"`  // of the minimal pairs, those with both members right
	Flags     Figure        `json:"flags"` // of the minimal pairs, those with both flags right
	Languages []MinimalLang `json:"languages"`
	Failed    []Miss        `json:"failed,omitempty"` // the members judged wrongly
}

// MinimalLang is the share of minimal pairs with both members right in a language.
type MinimalLang struct {
	Lang string `json:"lang"`
	Both Figure `json:"both"`
}

// measureMinimal judges both members of each pair.
func measureMinimal(pairs []MinimalPair, judge Judge, done func()) Minimal {
	var m Minimal
	var both, flags []counts
	langs := map[string][]counts{}
	one := func(ok bool) counts {
		c := counts{storyOf: 1}
		if ok {
			c[exactRight] = 1
		}
		return c
	}
	for _, p := range pairs {
		right, flagged := true, true
		for _, side := range [][2]*Story{{&p.A, &p.B}, {&p.B, &p.A}} {
			s, v := *side[0], judge(side[0].Article())
			flagged = flagged && s.Flagged == v.Flagged
			if faults := memberFaults(s, *side[1], v); len(faults) > 0 {
				right = false
				m.Failed = append(m.Failed, Miss{ID: s.ID, Lang: s.Lang, Title: s.Title, Faults: faults, Why: p.What, Score: flaggable(v), story: s})
			}
		}
		both, flags = append(both, one(right)), append(flags, one(flagged))
		langs[p.Lang] = append(langs[p.Lang], one(right))
		done()
	}
	exact := func(list []counts) Figure { return newGroup("", list).Exact }
	m.Both, m.Flags = exact(both), exact(flags)
	for _, l := range slices.Sorted(maps.Keys(langs)) {
		m.Languages = append(m.Languages, MinimalLang{l, exact(langs[l])})
	}
	return m
}

// memberFaults returns what is wrong with the verdict on a member; a wrong kind is
// only where the other member has the pair with another.
func memberFaults(s, other Story, v news.Verdict) []string {
	got := v
	got.Pairs = slices.Clone(v.Pairs)
	for i, q := range got.Pairs {
		same := samePair(q)
		if a, b := slices.IndexFunc(s.Pairs, same), slices.IndexFunc(other.Pairs, same); a >= 0 && (b < 0 || s.Pairs[a].Kind == other.Pairs[b].Kind) {
			got.Pairs[i].Kind = s.Pairs[a].Kind
		}
	}
	return compare(s, got).faults
}
