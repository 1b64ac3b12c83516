package main

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/chipwire/chipwire/news"
)

// A tally counts what was found, what was not, and what should not have been.
type tally struct{ right, missed, extra int }

func (t *tally) add(want, got bool) {
	switch {
	case want && got:
		t.right++
	case want:
		t.missed++
	case got:
		t.extra++
	}
}

func (t tally) String() string {
	p := float64(t.right) / float64(max(1, t.right+t.extra))
	r := float64(t.right) / float64(max(1, t.right+t.missed))
	return fmt.Sprintf("P %.3f R %.3f F %.3f", p, r, 2*float64(t.right)/float64(max(1, 2*t.right+t.missed+t.extra)))
}

// judge prints how well a model does on stories when pairs of a score above at
// are told.
func judge(stories []story, list []example, m *fitted, at float64) {
	sums := make([]float64, len(list))
	for i := range list {
		sums[i] = m.sum(&list[i])
	}
	report(stories, list, sums, at)
}

func report(stories []story, list []example, sums []float64, at float64) {
	type both = [2]news.CompanyID
	told := make([]map[both]bool, len(stories))
	for i := range list {
		e := &list[i]
		if 1/(1+math.Exp(-sums[i])) >= at {
			if told[e.story] == nil {
				told[e.story] = map[both]bool{}
			}
			told[e.story][both{e.A, e.B}] = true
		}
	}
	flagged, companies, pairs := map[string]*tally{}, map[string]*tally{}, map[string]*tally{}
	for i, s := range stories {
		if s.Publisher == "" {
			continue // a minimal pair
		}
		for _, l := range []string{"all", s.Lang} {
			for _, t := range []map[string]*tally{flagged, companies, pairs} {
				if t[l] == nil {
					t[l] = &tally{}
				}
			}
			flagged[l].add(s.Flagged, len(told[i]) > 0)
			wantC, gotC, wantP := map[news.CompanyID]bool{}, map[news.CompanyID]bool{}, map[both]bool{}
			for _, c := range s.Companies {
				wantC[c] = known(c)
			}
			for _, p := range s.Pairs {
				wantP[both{p.A, p.B}] = known(p.A) && known(p.B)
			}
			for p := range told[i] {
				gotC[p[0]], gotC[p[1]] = true, true
			}
			compare(companies[l], wantC, gotC)
			compare(pairs[l], wantP, told[i])
		}
	}
	for _, l := range slices.Sorted(maps.Keys(flagged)) {
		fmt.Printf("  %-4s flagged %v | companies %v | pairs %v\n", l, flagged[l], companies[l], pairs[l])
	}
}

func compare[K comparable](t *tally, want, got map[K]bool) {
	for k, w := range want {
		if w {
			t.add(true, got[k])
		}
	}
	for k := range got {
		if !want[k] {
			t.add(false, true)
		}
	}
}

// ownFold is how many stories an author has who is judged by what the others teach.
const ownFold = 40

// cross judges the stories of each author by what is learnt from the others: a
// paper not seen differs from those seen more than two pages of one paper do.
func cross(stories []story, list []example, worst int) {
	count := map[string]int{}
	for i := range stories {
		if stories[i].Publisher != "" {
			count[stories[i].author()]++
		}
	}
	sums := make([]float64, len(list))
	kind, stage, n := 0, 0, 0
	var apart []story // those that are judged, by their place in stories
	for _, s := range stories {
		if count[s.author()] < ownFold {
			s.Publisher = "" // not judged
		}
		apart = append(apart, s)
	}
	for _, author := range slices.Sorted(maps.Keys(count)) {
		if count[author] < ownFold {
			continue
		}
		var learn []example
		for i := range list {
			if stories[list[i].story].author() != author {
				learn = append(learn, list[i])
			}
		}
		m := fit(learn)
		for i := range list {
			e := &list[i]
			if stories[e.story].author() != author {
				continue
			}
			sums[i] = m.sum(e)
			if e.gold != nil {
				n++
				kind += btoi(news.Kinds[m.class(m.kinds, e)] == e.gold.Kind)
				stage += btoi(news.Stages[m.class(m.stages, e)] == e.gold.Stage)
			}
		}
		fmt.Printf("%s, %d stories: ", author, count[author])
		flags(stories, list, sums, author)
	}
	for _, p := range []float64{0.1, 0.2, 0.3, 0.4, 0.5} {
		fmt.Printf("at %.2f\n", p)
		report(apart, list, sums, p)
	}
	fmt.Printf("kind %.3f stage %.3f of %d deals\n", float64(kind)/float64(n), float64(stage)/float64(n), n)
	for i := range list {
		e := &list[i]
		if wrong := (sums[i] > -1.4) != (e.gold != nil); wrong && worst > 0 && apart[e.story].Publisher != "" {
			worst--
			fmt.Printf("%s %s+%s want %v sum %.2f | %s\n", stories[e.story].ID, e.A, e.B, e.gold != nil, sums[i], stories[e.story].Title)
		}
	}
}

// flags prints how well the stories of an author are flagged at some thresholds.
func flags(stories []story, list []example, sums []float64, author string) {
	top := make([]float64, len(stories))
	for i := range top {
		top[i] = math.Inf(-1)
	}
	for i := range list {
		top[list[i].story] = max(top[list[i].story], sums[i])
	}
	for _, p := range []float64{0.1, 0.2, 0.3, 0.4} {
		var t tally
		for i := range stories {
			if stories[i].Publisher != "" && stories[i].author() == author {
				t.add(stories[i].Flagged, 1/(1+math.Exp(-top[i])) >= p)
			}
		}
		fmt.Printf(" %.1f %v;", p, t)
	}
	fmt.Println()
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
