package fetcher

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"iter"
	"slices"
	"time"

	"github.com/chipwire/chipwire/news"
)

// A SeenDay holds the keys of items that were last in the document on one day.
//
// The keys of one item stand together, and the lowest bit of the first of them
// is set: while an item is in the document it is enough to meet one of its keys
// to remember them all.
type SeenDay struct {
	Day  int64  `json:"day"`  // days since 1970, UTC
	Keys []byte `json:"keys"` // keySize bytes a key

	// Traces has traceSize bytes for each item, in the order of Keys. An item
	// without one, as older states have them, is not revised.
	Traces []byte `json:"traces,omitempty"`
}

// A key is a hash of 39 bits, so that of an entry which is new, with three keys, one
// is taken for one of n that were seen with a probability of 3n/2^39: one entry in two
// thousand million where the 84 keys of a document of 28 are remembered, one in thirty
// million where all of maxSeen are. That entry would be missed.
const (
	keySize  = 5
	seenDays = 7    // a key is remembered this long after it left the document
	maxSeen  = 6000 // keys of one feed
)

// A seenKey is a hash of a key. Its lowest bit is clear.
type seenKey uint64

func hashKey(key string) seenKey {
	sum := sha256.Sum256([]byte(key))
	return keyOf(sum[:])
}

// keyOf is the key that some bytes begin with.
func keyOf(b []byte) seenKey {
	_ = b[keySize-1]
	return seenKey(b[0])<<32 | seenKey(binary.BigEndian.Uint32(b[1:])&^1)
}

// appendKey adds a key; first says that it is the first of its item.
func appendKey(to []byte, k seenKey, first bool) []byte {
	return binary.BigEndian.AppendUint32(append(to, byte(k>>32)), uint32(k)|uint32(count(first)))
}

// A Seen is a set of keys.
type Seen struct {
	table  []seenKey // open addressing; 0 is an empty place
	n      int
	traces []trace // of the item of each place; nil in a set of keys alone
}

// newSeen returns a set with room for n keys.
func newSeen(n int) Seen {
	size := 16
	for size < 2*n {
		size *= 2
	}
	return Seen{table: make([]seenKey, size)}
}

// place is where k stands, or belongs.
func (s *Seen) place(k seenKey) int {
	mask := len(s.table) - 1
	for i := int(k>>1) & mask; ; i = (i + 1) & mask {
		if s.table[i] == k || s.table[i] == 0 {
			return i
		}
	}
}

func (s *Seen) has(k seenKey) bool { return s.n > 0 && k != 0 && s.table[s.place(k)] != 0 }

// add puts k into the set and returns its place.
func (s *Seen) add(k seenKey) int {
	if 2*(s.n+1) > len(s.table) {
		old := s.table
		*s = newSeen(len(old))
		for _, k := range old {
			if k != 0 {
				s.table[s.place(k)] = k
				s.n++
			}
		}
	}
	p := s.place(k)
	if s.table[p] == 0 && k != 0 {
		s.table[p] = k
		s.n++
	}
	return p
}

// trace is what is remembered of the item of a key.
func (s *Seen) trace(key string) trace {
	if s.n == 0 || s.traces == nil {
		return 0
	}
	return s.traces[s.place(hashKey(key))] // an empty place has none
}

// traceOf is what is remembered of an item: of two that it may be, the one that
// has changed more often, so that no revision is counted twice.
func (s *Seen) traceOf(it news.Item) trace {
	var found trace
	for _, key := range keysOf(it) {
		if t := s.trace(key); found == 0 || t != 0 && t.revision() > found.revision() {
			found = t
		}
	}
	return found
}

// Has reports whether the item of a key was seen.
func (s *Seen) Has(key string) bool { return s.has(hashKey(key)) }

// Same reports whether item was seen before under any of its keys: a new guid
// with a known link, or with a known title of the same day, is no new item.
func Same(seen *Seen, item news.Item) bool {
	return slices.ContainsFunc(keysOf(item), seen.Has)
}

// keysOf is all that identifies an item.
func keysOf(it news.Item) []string {
	if len(it.Keys) > 0 {
		return it.Keys
	}
	return []string{it.Key}
}

// seen returns the set of all keys that s has seen.
func (s State) seen() *Seen {
	n := 0
	for _, d := range s.Seen {
		n += len(d.Keys) / keySize
	}
	set := newSeen(n)
	set.traces = make([]trace, len(set.table))
	for _, d := range s.Seen {
		for g, t := range d.groups() {
			for k := range keysIn(g) {
				set.traces[set.add(k)] = t // there is room for all: nothing moves
			}
		}
	}
	return &set
}

// groups yields the keys of each item, and its trace.
func (d SeenDay) groups() iter.Seq2[[]byte, trace] {
	return func(yield func([]byte, trace) bool) {
		traces := d.Traces
		for from := 0; from+keySize <= len(d.Keys); {
			to := from + keySize
			for to+keySize <= len(d.Keys) && d.Keys[to+keySize-1]&1 == 0 {
				to += keySize
			}
			var t trace
			if len(traces) >= traceSize {
				t, traces = trace(binary.BigEndian.Uint64(traces)), traces[traceSize:]
			}
			if !yield(d.Keys[from:to], t) {
				return
			}
			from = to
		}
	}
}

// keysIn yields the keys of one group.
func keysIn(group []byte) iter.Seq[seenKey] {
	return func(yield func(seenKey) bool) {
		for k := range slices.Chunk(group, keySize) {
			if !yield(keyOf(k)) {
				return
			}
		}
	}
}

// see returns the seen keys after a document was read at now: those of its
// items, and of the known ones that it holds still, are of today; older ones
// stay for a week, and the oldest go when there are too many.
func (s State) see(items []news.Item, known []string, now time.Time) []SeenDay {
	m := memory{today: dayOf(now), kept: newSeen(4 * (len(items) + len(known)))}
	m.days = []SeenDay{{Day: m.today}}
	before := &Seen{}
	if len(items) > 0 {
		before = s.seen()
	}
	for _, it := range items {
		var group []seenKey
		for _, key := range keysOf(it) {
			group = append(group, hashKey(key))
		}
		t, _ := before.traceOf(it).after(it.Mark, m.today)
		m.add(&m.days[0], group, t)
	}
	still := newSeen(len(known))
	for _, key := range known {
		still.add(hashKey(key))
	}
	m.carry(s.Seen, func(day int64, group []seenKey) *SeenDay {
		if slices.ContainsFunc(group, still.has) {
			return &m.days[0]
		}
		return nil
	})
	m.carry(s.Seen, m.dayOf)
	for i := range m.days {
		m.days[i].Keys = bytes.Clone(m.days[i].Keys) // what append has set aside is most of a feed's memory
	}
	return slices.DeleteFunc(m.days, func(d SeenDay) bool { return len(d.Keys) == 0 && d.Day != m.today })
}

// A memory is what see is building.
type memory struct {
	today int64
	days  []SeenDay
	kept  Seen
}

// add puts the keys of one item into a day with its trace, as far as there is
// room and they are not kept already.
func (m *memory) add(d *SeenDay, group []seenKey, t trace) {
	first := true
	for _, k := range group {
		if m.kept.n >= maxSeen || m.kept.has(k) {
			continue
		}
		m.kept.add(k)
		d.Keys = appendKey(d.Keys, k, first)
		first = false
	}
	if !first {
		d.Traces = binary.BigEndian.AppendUint64(d.Traces, uint64(t))
	}
}

// carry takes the groups of old days for which to names a day.
func (m *memory) carry(old []SeenDay, to func(day int64, group []seenKey) *SeenDay) {
	var group []seenKey
	for _, d := range old {
		if m.today-d.Day > seenDays {
			continue
		}
		for g, t := range d.groups() {
			group = slices.AppendSeq(group[:0], keysIn(g))
			if day := to(d.Day, group); day != nil {
				m.add(day, group, t)
			}
		}
	}
}

// dayOf is the day of a key that is in the document no more.
func (m *memory) dayOf(day int64, _ []seenKey) *SeenDay {
	for i := range m.days {
		if m.days[i].Day == day {
			return &m.days[i]
		}
	}
	m.days = append(m.days, SeenDay{Day: day})
	return &m.days[len(m.days)-1]
}
