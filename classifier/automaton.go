package classifier

import "slices"

// An automaton finds every occurrence of a fixed set of strings in one pass
// (Aho and Corasick). Most bytes of a text are met in the first states, so those
// have a row each, dense over the classes of bytes that occur in the strings, and
// a step from them is one look-up. The others know the few steps of their own and
// the state of the longest suffix: rows for them, too, would take thirty times the
// memory.
//
// States are numbered by their depth, and those of one depth in the order of the
// states before them. So the steps of all states, one after another, lead to the
// states 1, 2, 3 and so on, and need not say where.
type automaton struct {
	class [256]uint8
	width int32
	rows  []uint16 // state*width + class -> state, of the first states
	dense int32    // how many those are
	fail  []int32  // state -> state of the longest suffix
	first []int32  // state -> its first step in steps; one more at the end
	steps []uint8  // the classes; the step at i leads to the state i+1
	out   []int32  // state -> first output, or -1
	links []output
}

// A step is one byte on from a state of the trie.
type step struct {
	class uint8
	to    int32
}

// An output is one string that ends in a state, and the next of that state.
type output struct {
	pattern int32
	length  int32
	more    int32 // or -1
}

// maxDense is how many states have rows, as long as these lead to none beyond
// those that 16 bits can number.
const maxDense = 8192

// newAutomaton builds the automaton of patterns. Two equal patterns must be
// one: the caller keeps what each stands for.
func newAutomaton(patterns []string) *automaton {
	a := &automaton{width: 1} // class 0: bytes that occur in no pattern
	for _, p := range patterns {
		for i := range len(p) {
			if a.class[p[i]] == 0 {
				a.class[p[i]] = uint8(a.width)
				a.width++
			}
		}
	}
	a.lay(a.plant(patterns))
	return a
}

// A twig is a state of the trie while it grows.
type twig struct {
	steps []step
	out   int32
}

// plant makes the trie.
func (a *automaton) plant(patterns []string) []twig {
	trie := []twig{{out: -1}}
	for id, p := range patterns {
		s := int32(0)
		for i := range len(p) {
			c := a.class[p[i]]
			at := slices.IndexFunc(trie[s].steps, func(t step) bool { return t.class == c })
			if at < 0 {
				at = len(trie[s].steps)
				trie[s].steps = append(trie[s].steps, step{c, int32(len(trie))})
				trie = append(trie, twig{out: -1})
			}
			s = trie[s].steps[at].to
		}
		if len(p) > 0 {
			a.links = append(a.links, output{int32(id), int32(len(p)), trie[s].out})
			trie[s].out = int32(len(a.links) - 1)
		}
	}
	return trie
}

// lay numbers the states by their depth, so that the first are those that are met
// most, and turns the trie into an automaton: missing steps follow the longest
// suffix that is a state, and each state lists the outputs of its suffixes.
func (a *automaton) lay(trie []twig) {
	n := int32(len(trie))
	a.dense = min(n, maxDense)
	a.rows = make([]uint16, a.dense*a.width)
	a.fail, a.first, a.out = make([]int32, n), make([]int32, n+1), make([]int32, n)
	a.steps = make([]uint8, 0, n)
	twigs := make([]int32, 1, n) // state -> its twig
	for s := range n {
		t := trie[twigs[s]]
		a.out[s] = t.out
		a.inherit(s, a.fail[s])
		a.first[s] = int32(len(a.steps))
		if len(twigs)+len(t.steps) > 1<<16 {
			a.dense = min(a.dense, s)
		}
		if s > 0 && s < a.dense {
			copy(a.rows[s*a.width:(s+1)*a.width], a.rows[a.fail[s]*a.width:]) // the row of a shorter state is ready
		}
		for _, old := range t.steps {
			to := int32(len(twigs))
			twigs = append(twigs, old.to)
			if s > 0 {
				a.fail[to] = a.from(a.fail[s], old.class)
			}
			a.steps = append(a.steps, old.class)
			if s < a.dense {
				a.rows[s*a.width+int32(old.class)] = uint16(to)
			}
		}
		a.first[s+1] = int32(len(a.steps))
	}
}

// inherit appends the outputs of state f to those of s, a longer one.
func (a *automaton) inherit(s, f int32) {
	if s == f || a.out[f] < 0 {
		return
	}
	if a.out[s] < 0 {
		a.out[s] = a.out[f]
		return
	}
	o := a.out[s]
	for a.links[o].more >= 0 {
		o = a.links[o].more
	}
	a.links[o].more = a.out[f]
}

// from is the state after a byte of class c in state s.
func (a *automaton) from(s int32, c uint8) int32 {
	for s >= a.dense {
		from := a.first[s]
		for i, class := range a.steps[from:a.first[s+1]] {
			if class == c {
				return from + int32(i) + 1
			}
		}
		s = a.fail[s]
	}
	return int32(a.rows[s*a.width+int32(c)])
}

// scan calls f for every occurrence, in the order of their ends.
func (a *automaton) scan(text string, f func(pattern int32, start, end int)) {
	s := int32(0)
	for i := range len(text) {
		s = a.from(s, a.class[text[i]])
		for o := a.out[s]; o >= 0; o = a.links[o].more {
			l := a.links[o]
			f(l.pattern, i+1-int(l.length), i+1)
		}
	}
}
