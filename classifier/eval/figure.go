package eval

import (
	"math"
	"math/rand/v2"
	"slices"
)

// A Figure is a share with the interval in which 95 of 100 resamples of the
// stories (bootstrap, percentiles) put it.
type Figure struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
	Of    int     `json:"of"` // what the share is of; 0: there is no figure
}

// A Score is how well a set of things was found.
type Score struct {
	Right     int    `json:"right"`
	Extra     int    `json:"extra"`
	Missed    int    `json:"missed"`
	Precision Figure `json:"precision"`
	Recall    Figure `json:"recall"`
	F1        Figure `json:"f1"`
}

// Resamples is how often the stories are drawn anew for an interval.
const Resamples = 1000

// A share is a figure in whole numbers.
type share struct{ right, of int }

// measures are the figures of a group: three each of flags, companies and
// pairs, then the five that newGroup names.
func (c *counts) measures() (s [14]share) {
	for i, at := range [...]int{flagRight, firmRight, pairRight} {
		right, extra, missed := c[at], c[at+1], c[at+2]
		s[3*i] = share{right, right + extra}
		s[3*i+1] = share{right, right + missed}
		s[3*i+2] = share{2 * right, 2*right + extra + missed}
	}
	s[9] = share{c[cleared], c[negatives]}
	s[10] = share{c[kindRight], c[kindOf]}
	s[11] = share{c[stageRight], c[kindOf]}
	s[12] = share{c[evidenceRight], c[evidenceOf]}
	s[13] = share{c[exactRight], c[storyOf]}
	return s
}

// newGroup sums stories up.
func newGroup(name string, list []counts) Group {
	var sum counts
	for i := range list {
		sum.add(&list[i])
	}
	f := figures(list, &sum)
	score := func(i, at int) Score {
		return Score{Right: sum[at], Extra: sum[at+1], Missed: sum[at+2], Precision: f[3*i], Recall: f[3*i+1], F1: f[3*i+2]}
	}
	return Group{
		Name: name, Stories: sum[storyOf], Flagged: sum[flagRight] + sum[flagMissed],
		Flag: score(0, flagRight), Companies: score(1, firmRight), Pairs: score(2, pairRight),
		Specificity: f[9], Kind: f[10], Stage: f[11], Evidence: f[12], Exact: f[13],
	}
}

func (c *counts) add(o *counts) {
	for i, n := range o {
		c[i] += n
	}
}

// figures returns every measure of the sum, with its interval.
func figures(list []counts, sum *counts) (out [14]Figure) {
	var drawn [len(out)][]float64
	chance := rand.New(rand.NewPCG(1, uint64(len(list))))
	for range Resamples {
		var c counts
		for range list {
			c.add(&list[chance.IntN(len(list))])
		}
		for i, s := range c.measures() {
			if s.of > 0 {
				drawn[i] = append(drawn[i], s.value())
			}
		}
	}
	for i, s := range sum.measures() {
		if s.of == 0 {
			continue
		}
		out[i] = Figure{Value: s.value(), Of: s.of}
		out[i].Low, out[i].High = interval(drawn[i])
	}
	return out
}

func (s share) value() float64 { return float64(s.right) / float64(s.of) }

// interval returns the bounds that hold 95 of 100 of the values.
func interval(values []float64) (low, high float64) {
	if len(values) == 0 {
		return 0, 0
	}
	slices.Sort(values)
	n := float64(len(values))
	return values[int(math.Floor(0.025*n))], values[int(math.Ceil(0.975*n))-1]
}
