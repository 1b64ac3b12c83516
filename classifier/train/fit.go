package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/chipwire/chipwire/classifier"
	"github.com/chipwire/chipwire/news"
)

// What a fit is made with; chosen by -cv over train and dev.
const (
	atLeast = 2    // times that a feature is seen to count
	bags    = 4    // runs that are averaged
	epochs  = 8    // of a run
	rate    = 0.05 // of a step
	decay   = 1e-3 // L2 penalty of the deal's weights

	prior       = 0.5 // how much of a rule's weight is believed beforehand
	against     = 1.0 // the same of what speaks against a deal
	follow      = 1.0 // how far kind and stage follow the rules beforehand
	pairWeight  = 1.0 // of a text of a minimal pair: they are many, and unlike stories
	shapeEpochs = 15
	shapeDecay  = 1e-2
	least       = 0.004 // smaller weights are left out of the file
)

// A fitted model has a weight for each feature and class: class 0 is the deal,
// then the kinds and the stages.
type fitted struct {
	names  []string
	index  map[string]int32
	deal   []float64
	scale  float64 // by which the sum is log odds, with offset
	offset float64
	kinds  [][]float64
	stages [][]float64
}

// fit learns from examples.
func fit(list []example) *fitted {
	m := &fitted{index: map[string]int32{}, scale: 1}
	count := map[string]int{}
	for i := range list {
		for _, f := range list[i].Features {
			count[f]++
		}
	}
	priors := classifier.Priors()
	for f := range priors {
		count[f] += atLeast
	}
	for f, n := range count {
		if n >= atLeast {
			m.names = append(m.names, f)
		}
	}
	slices.Sort(m.names)
	for i, f := range m.names {
		m.index[f] = int32(i)
	}
	list = slices.Clone(list)
	var deals []example
	for i := range list {
		list[i].keys = m.keys(list[i])
		if list[i].gold != nil {
			deals = append(deals, list[i])
		}
	}
	m.deal = m.descend(list, 2, func(e *example) int {
		if e.gold != nil {
			return 1
		}
		return 0
	}, nil, [][]float64{nil, m.priors(priors)}, epochs, decay)[1]
	shapes := make([]bool, len(m.names))
	for i, f := range m.names {
		shapes[i] = shaping(f)
	}
	m.kinds = m.descend(deals, len(news.Kinds), func(e *example) int { return slices.Index(news.Kinds, e.gold.Kind) }, shapes, m.ruled("rule.kind:", news.Kinds), shapeEpochs, shapeDecay)
	m.stages = m.descend(deals, len(news.Stages), func(e *example) int { return slices.Index(news.Stages, e.gold.Stage) }, shapes, m.ruled("rule.stage:", news.Stages), shapeEpochs, shapeDecay)
	return m
}

// priors are the weights to start from, and to be drawn back to.
func (m *fitted) priors(of map[string]float64) []float64 {
	out := make([]float64, len(m.names))
	for i, f := range m.names {
		out[i] = prior * of[f]
		if of[f] < 0 {
			out[i] = against * of[f]
		}
	}
	return out
}

// ruled are weights by which each class follows what the rules say of it.
func (m *fitted) ruled(prefix string, classes any) [][]float64 {
	names := strings.Fields(strings.Trim(fmt.Sprint(classes), "[]"))
	out := matrix(len(names), len(m.names))
	for c, name := range names {
		if k, ok := m.index[prefix+name]; ok {
			out[c][k] = follow
		}
	}
	return out
}

// shaping holds for features that kind and stage are told by: what the rest of the
// story speaks of says nothing of them, and conjunctions are too rare.
func shaping(f string) bool {
	for _, p := range []string{"x", "y", "d.", "dk:", "tw:"} {
		if strings.HasPrefix(f, p) {
			return false
		}
	}
	return true
}

// keys are the known features of an example, -1 for others.
func (m *fitted) keys(e example) []int32 {
	out := make([]int32, len(e.Features))
	for i, f := range e.Features {
		out[i] = -1
		if k, ok := m.index[f]; ok {
			out[i] = k
		}
	}
	return out
}

// descend fits a softmax over the classes of label, with the features of use
// (nil: all). Two classes are a logistic regression: class 0 keeps no weights.
func (m *fitted) descend(list []example, classes int, label func(*example) int, use []bool, prior [][]float64, epochs int, decay float64) [][]float64 {
	mean := matrix(classes, len(m.names))
	first := 0
	if classes == 2 {
		first = 1
	}
	for bag := range bags {
		w, g := matrix(classes, len(m.names)), matrix(classes, len(m.names))
		for c := range prior {
			copy(w[c], prior[c])
		}
		order := sequence{state: uint64(bag)*7919 + 12345}
		for range epochs {
			for _, i := range order.shuffled(len(list)) {
				e := &list[i]
				p := softmax(w, e, use)
				p[label(e)]--
				weight := 1.0
				if e.short {
					weight = pairWeight
				}
				for c := first; c < classes; c++ {
					for j, k := range e.keys {
						if k < 0 || use != nil && !use[k] {
							continue
						}
						away := w[c][k]
						if prior != nil {
							away -= prior[c][k]
						}
						step := float64(weight*p[c]*e.Values[j]) + float64(decay*away)
						g[c][k] += float64(step * step)
						w[c][k] -= float64(rate*step) / (math.Sqrt(g[c][k]) + 1e-6)
					}
				}
			}
		}
		for c := range w {
			for k := range w[c] {
				mean[c][k] += w[c][k] / bags
			}
		}
	}
	return mean
}

func matrix(rows, columns int) [][]float64 {
	out := make([][]float64, rows)
	for i := range out {
		out[i] = make([]float64, columns)
	}
	return out
}

func softmax(w [][]float64, e *example, use []bool) []float64 {
	p := make([]float64, len(w))
	for j, k := range e.keys {
		if k < 0 || use != nil && !use[k] {
			continue
		}
		for c := range w {
			p[c] += float64(w[c][k] * e.Values[j])
		}
	}
	top, sum := slices.Max(p), 0.0
	for c := range p {
		p[c] = math.Exp(p[c] - top)
		sum += p[c]
	}
	for c := range p {
		p[c] /= sum
	}
	return p
}

// A sequence is a source of orders that is the same on every machine (xorshift;
// Marsaglia 2003).
type sequence struct{ state uint64 }

func (s *sequence) shuffled(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	for i := n - 1; i > 0; i-- {
		s.state ^= s.state << 13
		s.state ^= s.state >> 7
		s.state ^= s.state << 17
		j := int(s.state % uint64(i+1))
		out[i], out[j] = out[j], out[i]
	}
	return out
}

// sum is the log odds that an example is a deal.
func (m *fitted) sum(e *example) float64 {
	s := 0.0
	for j, k := range m.keys(*e) {
		if k >= 0 {
			s += m.deal[k] * e.Values[j]
		}
	}
	return m.scale*s + m.offset
}

// calibrate makes log odds of the sums, from examples that were not learnt from
// (Platt 1999), by Newton's method.
func (m *fitted) calibrate(list []example) {
	m.scale, m.offset = 1, 0
	sums := make([]float64, len(list))
	for i := range list {
		sums[i] = m.sum(&list[i])
	}
	for range 50 {
		var ga, gb, haa, hab, hbb float64
		for i, s := range sums {
			p := 1 / (1 + math.Exp(-(m.scale*s + m.offset)))
			e, v := p, p*(1-p)
			if list[i].gold != nil {
				e--
			}
			ga, gb = ga+e*s, gb+e
			haa, hab, hbb = haa+v*s*s, hab+v*s, hbb+v
		}
		det := haa*hbb - hab*hab
		m.scale -= (hbb*ga - hab*gb) / det
		m.offset -= (haa*gb - hab*ga) / det
	}
}

// enough is how many deals of a language it takes to set its own offset.
const enough = 50

// calibrateLanguages moves the weight of each language so that the scores of its
// examples are probabilities as well.
func (m *fitted) calibrateLanguages(list []example, stories []story) {
	by := map[string][]example{}
	for _, e := range list {
		l := stories[e.story].Lang
		by[l] = append(by[l], e)
	}
	for l, part := range by {
		k, ok := m.index["lang:"+l]
		if !ok || positives(part) < enough {
			continue
		}
		shift := 0.0
		for range 50 {
			var g, h float64
			for i := range part {
				p := 1 / (1 + math.Exp(-(m.sum(&part[i]) + shift)))
				g, h = g+p, h+p*(1-p)
				if part[i].gold != nil {
					g--
				}
			}
			shift -= g / h
		}
		m.deal[k] += shift / m.scale
	}
}

// class is the likeliest class of an example.
func (m *fitted) class(w [][]float64, e *example) int {
	e.keys = m.keys(*e)
	p := softmax(w, e, nil)
	return slices.Index(p, slices.Max(p))
}

// file is the readable file of weights.
func (m *fitted) file() string {
	var b strings.Builder
	b.WriteString("# Weights of the classifier's model, made by go run ./classifier/train.\n")
	b.WriteString("# feature, deal=log odds, k0 to k7=kinds, s0 to s5=stages\n")
	fmt.Fprintf(&b, "@scale\tdeal=%.4f\n@offset\tdeal=%.4f\n", m.scale, m.offset)
	for k, f := range m.names {
		line := ""
		put := func(column string, w float64) {
			if math.Abs(w) >= least {
				line += "\t" + column + "=" + strconv.FormatFloat(math.Round(w*1000)/1000, 'g', -1, 64)
			}
		}
		put("deal", m.deal[k])
		for c := range m.kinds {
			put(fmt.Sprint("k", c), m.kinds[c][k])
		}
		for c := range m.stages {
			put(fmt.Sprint("s", c), m.stages[c][k])
		}
		if line != "" {
			b.WriteString(f + line + "\n")
		}
	}
	return b.String()
}
