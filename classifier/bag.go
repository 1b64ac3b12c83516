package classifier

import (
	"slices"
	"strings"

	"github.com/chipwire/chipwire/classifier/weights"
)

// A bag collects the features of a candidate, each once. A feature is known by
// its place in the model, and left out where the model does not know it. For
// training there is no model: all are kept, by their names.
type bag struct {
	model  *model
	stamp  []uint32 // by place in the model: the round in which it was put in
	round  uint32
	places []int32 // in the model
	values []float64

	aside *bag // to work out what is kept

	named bool
	names []string
	seen  map[string]bool
}

func newBag(m *model) *bag {
	return &bag{model: m, stamp: make([]uint32, m.Len()), aside: &bag{model: m, stamp: make([]uint32, m.Len())}}
}

// namedBag keeps every feature by its name.
func namedBag() *bag { return &bag{named: true, seen: map[string]bool{}} }

func (b *bag) reset() {
	if b.round++; b.round == 0 {
		clear(b.stamp)
		b.round = 1
	}
	b.places, b.values, b.names = b.places[:0], b.values[:0], b.names[:0]
	clear(b.seen)
}

// add puts in the feature whose name is parts in a row.
func (b *bag) add(parts ...string) { b.put(1, parts...) }

func (b *bag) put(value float64, parts ...string) {
	if !b.named {
		b.place(b.model.Find(weights.Key(parts...)), value)
		return
	}
	if name := strings.Join(parts, ""); !b.seen[name] {
		b.seen[name] = true
		b.values, b.names = append(b.values, value), append(b.names, name)
	}
}

// place puts in a feature by its place in the model.
func (b *bag) place(at int32, value float64) {
	if at < 0 || b.stamp[at] == b.round {
		return
	}
	b.stamp[at] = b.round
	b.places, b.values = append(b.places, at), append(b.values, value)
}

// again puts in what list adds, which does not depend on the candidate: it is
// worked out once and kept.
func (b *bag) again(kept *[]int32, list func(*bag)) {
	if b.named {
		list(b)
		return
	}
	if *kept == nil {
		b.aside.reset()
		list(b.aside)
		*kept = append(make([]int32, 0, len(b.aside.places)+1), b.aside.places...)
	}
	for _, at := range *kept {
		b.place(at, 1)
	}
}

// sorted returns the names of a named bag in their order, with their values: what
// is learnt must not hang on the order of a map.
func (b *bag) sorted() ([]string, []float64) {
	order := make([]int, len(b.names))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return strings.Compare(b.names[i], b.names[j]) })
	names, values := make([]string, len(order)), make([]float64, len(order))
	for i, at := range order {
		names[i], values[i] = b.names[at], b.values[at]
	}
	return names, values
}
