package fetcher

import (
	"sync"
	"time"
)

// hold gives an entry the state of the store.
func (e *entry) hold(s State, revision uint64) {
	e.state, e.revision, e.loaded = &s, revision, true
}

// wake unpacks the state of an entry for its turn. One that has none yet, or that
// is to be loaded anew, has the zero one.
func (e *entry) wake() {
	if e.state == nil {
		s := awake.Get().(*State)
		e.recall(s)
		e.state = s
	}
}

// sleep packs the state until the next turn. Ten thousand feeds that wait are ten
// thousand pieces of memory without a pointer, of a third of the size.
func (e *entry) sleep() {
	s := e.state
	if s == nil {
		return
	}
	e.state, e.askedAt = nil, 0
	if !s.AskedAt.IsZero() {
		e.askedAt = s.AskedAt.UnixNano()
	}
	e.packed = s.pack()
	awake.Put(s)
}

// doze is sleep after a state was only looked at.
func (e *entry) doze() {
	awake.Put(e.state)
	e.state = nil
}

// awake are states that no feed has: there are no more than workers.
var awake = sync.Pool{New: func() any { return new(State) }}

// recalled is the state of an entry, awake or not.
func (e *entry) recalled() State {
	if e.state != nil {
		return *e.state
	}
	var s State
	e.recall(&s)
	return s
}

// recall unpacks the state into s, whatever that was.
func (e *entry) recall(s *State) {
	if len(e.packed) == 0 {
		*s = State{}
		return
	}
	if err := s.unpack(e.packed); err != nil { // cannot be: sleep has packed it
		*s, e.loaded, e.packed = State{}, false, nil
		return
	}
	if e.askedAt != 0 {
		s.AskedAt = time.Unix(0, e.askedAt)
	}
}
