package classifier

import (
	"math"
	"slices"

	"github.com/chipwire/chipwire/classifier/weights"
	"github.com/chipwire/chipwire/news"
)

// A model weighs the features of a candidate: into the log odds that it is a
// deal, and into what kind and stage it then has. classifier/train makes its
// weights from the training split of the gold set; docs/bench.md tells how well it
// does.
type model struct {
	*weights.Table
}

// deal is the log odds that what the bag describes is a deal.
func (m *model) deal(b *bag) float64 {
	sum := 0.0
	for i, at := range b.places {
		sum += m.Deal(at) * b.values[i]
	}
	return m.LogOdds(sum)
}

// shape is the kind and the stage that a deal of such features has.
func (m *model) shape(b *bag) (news.Kind, news.Stage) {
	var kinds [weights.Kinds]float64
	var stages [weights.Stages]float64
	for i, at := range b.places {
		m.Shape(at, b.values[i], &kinds, &stages)
	}
	return news.Kinds[highest(kinds[:])], news.Stages[highest(stages[:])]
}

func highest(list []float64) int { return slices.Index(list, slices.Max(list)) }

// reasons lists the n features of a bag that moved the sum most.
func (m *model) reasons(b *bag, n int) []news.Feature {
	out := make([]news.Feature, 0, n+1)
	for i, place := range b.places {
		w := math.Round(m.Scale()*m.Deal(place)*b.values[i]*1000) / 1000
		at := len(out)
		for at > 0 && math.Abs(out[at-1].Weight) < math.Abs(w) {
			at--
		}
		if w != 0 && at < n {
			out = slices.Insert(out, at, news.Feature{Name: m.Name(place), Weight: w})
			out = out[:min(n, len(out))]
		}
	}
	return out
}
