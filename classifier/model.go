package classifier

import (
	_ "embed" // the built-in weights
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/chipwire/chipwire/news"
)

// A model weighs the features of a candidate: into the log odds that it is a
// deal, and into what kind and stage it then has. classifier/train makes it from
// the training split of the gold set; docs/bench.md tells how well it does.
//
// Its file has one feature a line, by name: the name, then weights as
// column=value, where deal is the log odds of a deal, k and a digit the kind and
// s and a digit the stage, in the order of [news.Kinds] and [news.Stages]. The
// features @scale and @offset make log odds of the sum of the others.
type model struct {
	keys          []uint64 // hashes of the names, a table with open addressing; 0: free
	at            []int32  // where the weight of each of keys stands
	weights       []weight
	shapes        []shape
	file          string  // that the names are read from
	scale, offset float64 // what makes log odds of the sum (Platt 1999)
}

// A weight is that of one feature.
type weight struct {
	deal  float32 // log odds
	shape uint32  // its place among the shapes, from 1; 0 for the most, which have none
	line  uint32  // where its line begins in the file
}

// A shape holds the weights of one feature for kinds and stages, in thousandths:
// the file has no finer ones.
type shape struct {
	kinds  [8]int16
	stages [6]int16
}

//go:embed weights.txt
var weightsFile string

var defaultModel = sync.OnceValues(func() (*model, error) { return parseModel(weightsFile) })

// parseModel reads a file of weights.
func parseModel(file string) (*model, error) {
	n := strings.Count(file, "\n")
	free := 1 << bits.Len(uint(n*3/2)) // at most two thirds full
	m := &model{keys: make([]uint64, free), at: make([]int32, free), weights: make([]weight, 0, n), file: file, scale: 1}
	n = 0
	begin := 0
	for line := range strings.Lines(file) {
		n++
		w := weight{line: uint32(begin)}
		begin += len(line)
		line = strings.TrimSuffix(line, "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		name, rest, _ := strings.Cut(line, "\t")
		for rest != "" {
			var field string
			field, rest, _ = strings.Cut(rest, "\t")
			if err := m.set(&w, field); err != nil {
				return nil, fmt.Errorf("weights: line %d: %w", n, err)
			}
		}
		switch name {
		case "@scale":
			m.scale = float64(w.deal)
		case "@offset":
			m.offset = float64(w.deal)
		default:
			m.add(keyOf(name), w)
		}
	}
	return m, nil
}

// find returns the place of a feature among the weights, or -1.
func (m *model) find(key uint64) int32 {
	mask := uint64(len(m.keys) - 1)
	for i := key & mask; ; i = (i + 1) & mask {
		switch m.keys[i] {
		case key:
			return m.at[i]
		case 0:
			return -1
		}
	}
}

// add takes in the weight of a feature.
func (m *model) add(key uint64, w weight) {
	mask := uint64(len(m.keys) - 1)
	i := key & mask
	for m.keys[i] != 0 && m.keys[i] != key {
		i = (i + 1) & mask
	}
	m.keys[i], m.at[i] = key, int32(len(m.weights))
	m.weights = append(m.weights, w)
}

// name is that of the feature at a place.
func (m *model) name(at int32) string {
	name, _, _ := strings.Cut(m.file[m.weights[at].line:], "\t")
	return name
}

func (m *model) set(w *weight, field string) error {
	column, value, _ := strings.Cut(field, "=")
	x, err := strconv.ParseFloat(value, 32)
	if err != nil {
		return fmt.Errorf("%q, want column=number", field)
	}
	if column == "deal" {
		w.deal = float32(x)
		return nil
	}
	if len(column) == 2 {
		if w.shape == 0 {
			m.shapes = append(m.shapes, shape{})
			w.shape = uint32(len(m.shapes))
		}
		s, i := &m.shapes[w.shape-1], int(column[1]-'0')
		switch {
		case column[0] == 'k' && i >= 0 && i < len(s.kinds):
			s.kinds[i] = int16(math.Round(x * 1000))
			return nil
		case column[0] == 's' && i >= 0 && i < len(s.stages):
			s.stages[i] = int16(math.Round(x * 1000))
			return nil
		}
	}
	return fmt.Errorf("column %q, want deal, k0 to k7 or s0 to s5", column)
}

// deal is the log odds that what the bag describes is a deal.
func (m *model) deal(b *bag) float64 {
	sum := 0.0
	for i, at := range b.places {
		sum += float64(m.weights[at].deal) * b.values[i]
	}
	return m.scale*sum + m.offset
}

// shape is the kind and the stage that a deal of such features has.
func (m *model) shape(b *bag) (news.Kind, news.Stage) {
	var kinds [8]float64
	var stages [6]float64
	for i, at := range b.places {
		n := m.weights[at].shape
		if n == 0 {
			continue
		}
		s := &m.shapes[n-1]
		for j, w := range s.kinds {
			kinds[j] += float64(w) * b.values[i]
		}
		for j, w := range s.stages {
			stages[j] += float64(w) * b.values[i]
		}
	}
	return news.Kinds[highest(kinds[:])], news.Stages[highest(stages[:])]
}

func highest(list []float64) int { return slices.Index(list, slices.Max(list)) }

// reasons lists the n features of a bag that moved the sum most.
func (m *model) reasons(b *bag, n int) []news.Feature {
	out := make([]news.Feature, 0, n+1)
	for i, place := range b.places {
		w := math.Round(m.scale*float64(m.weights[place].deal)*b.values[i]*1000) / 1000
		at := len(out)
		for at > 0 && math.Abs(out[at-1].Weight) < math.Abs(w) {
			at--
		}
		if w != 0 && at < n {
			out = slices.Insert(out, at, news.Feature{Name: m.name(place), Weight: w})
			out = out[:min(n, len(out))]
		}
	}
	return out
}
