package classifier

// An automaton finds every occurrence of a fixed set of strings in one pass
// (Aho and Corasick). Rows are dense over the classes of bytes that occur in
// the strings, so a step is one look-up.
type automaton struct {
	class [256]uint8
	width int32
	next  []int32 // state*width + class -> state
	out   []int32 // state -> first output, or -1
	links []output
}

// An output is one string that ends in a state, and the next of that state.
type output struct {
	pattern int32
	length  int32
	more    int32 // or -1
}

// newAutomaton builds the automaton of patterns. Two equal patterns must be
// one: the caller keeps what each stands for.
func newAutomaton(patterns []string) *automaton {
	a := &automaton{}
	a.width = 1 // class 0: bytes that occur in no pattern
	for _, p := range patterns {
		for i := range len(p) {
			if a.class[p[i]] == 0 {
				a.class[p[i]] = uint8(a.width)
				a.width++
			}
		}
	}
	a.grow()
	for id, p := range patterns {
		a.add(int32(id), p)
	}
	a.link()
	return a
}

func (a *automaton) grow() int32 {
	s := int32(len(a.out))
	for range a.width {
		a.next = append(a.next, 0)
	}
	a.out = append(a.out, -1)
	return s
}

func (a *automaton) add(id int32, p string) {
	s := int32(0)
	for i := range len(p) {
		at := s*a.width + int32(a.class[p[i]])
		if a.next[at] == 0 {
			n := a.grow()
			a.next[at] = n
		}
		s = a.next[at]
	}
	if len(p) > 0 {
		a.links = append(a.links, output{id, int32(len(p)), a.out[s]})
		a.out[s] = int32(len(a.links) - 1)
	}
}

// link turns the trie into an automaton: missing steps follow the longest
// suffix that is a state, and each state lists the outputs of its suffixes.
func (a *automaton) link() {
	fail := make([]int32, len(a.out))
	var queue []int32
	for c := range a.width {
		if n := a.next[c]; n != 0 {
			queue = append(queue, n)
		}
	}
	for len(queue) > 0 {
		s := queue[0]
		queue = queue[1:]
		f := fail[s]
		a.inherit(s, f)
		for c := range a.width {
			n := a.next[s*a.width+c]
			if n == 0 {
				a.next[s*a.width+c] = a.next[f*a.width+c]
				continue
			}
			fail[n] = a.next[f*a.width+c]
			queue = append(queue, n)
		}
	}
}

// inherit appends the outputs of state f to those of s.
func (a *automaton) inherit(s, f int32) {
	if a.out[f] < 0 {
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

// scan calls f for every occurrence, in the order of their ends.
func (a *automaton) scan(text string, f func(pattern int32, start, end int)) {
	s := int32(0)
	for i := range len(text) {
		s = a.next[s*a.width+int32(a.class[text[i]])]
		for o := a.out[s]; o >= 0; o = a.links[o].more {
			l := a.links[o]
			f(l.pattern, i+1-int(l.length), i+1)
		}
	}
}
