package fetcher

import (
	"container/heap"
	"strconv"
	"time"

	"github.com/chipwire/chipwire/news"
)

// A Turn is the moment of a feed's next poll and the reason for it.
type Turn struct {
	At  time.Time
	Why string
}

// NextTurn decides when f is polled next, as long as nothing more is known of it
// than its interval. A feed that was never polled is polled within its first
// seconds; for every other see [Tempo.Next].
func NextTurn(f news.Feed, known bool, rest Rest, now time.Time) Turn {
	if !known {
		spread := time.Duration(phase(f.ID) % uint64(min(f.Interval, 3*time.Second)))
		return Turn{now.Add(spread), "first poll"}
	}
	return tempoOf(f).Next(rest, now)
}

// tempoOf is the tempo of a feed of which only the interval is known.
func tempoOf(f news.Feed) Tempo { return Tempo{id: f.ID, Every: f.Interval} }

// Next decides when a feed is polled next: at the next slot that is not before
// the rest it was told to keep, or at the end of a rest that ends just after a
// slot. The slots are fixed by the feed's id and what is stored, so a restart
// needs no stored schedule and never polls early.
func (p Tempo) Next(rest Rest, now time.Time) Turn {
	// Counted from now, so that a clock that is set back delays no poll.
	if rest.Until.After(now) {
		at := now.Add(p.slot(rest.Until.Add(-p.slack())).Sub(now))
		if at.Before(rest.Until) {
			at = now.Add(rest.Until.Sub(now))
		}
		return Turn{at, rest.Why}
	}
	at := p.slot(now)
	every, why := p.At(at)
	if why != "" {
		why = ": " + why
	}
	return Turn{now.Add(at.Sub(now)), "every " + every.String() + why}
}

// slack is how far after a slot a rest may end for the slot still to count: the
// poll is then at the end of the rest, not an interval later.
func (p Tempo) slack() time.Duration { return p.Every / 10 }

// maxSlots bounds the search for a slot, over more than a week of any blog.
const maxSlots = 10 * 24

// slot is the first slot after t. A slot belongs to the interval of its own
// moment: those of twice the interval are every second one of those. The jitter
// of up to a twentieth of the interval depends on the slot, so that feeds of
// equal phase drift apart.
func (p Tempo) slot(t time.Time) time.Time {
	every, ph := uint64(p.Every), phase(p.id)
	n := (uint64(t.UnixNano()) + every - ph%every) / every
	var first time.Time
	var digits [20]byte
	for range maxSlots + p.ceiling/p.Every {
		start, slot := n*every+ph%every-every, n
		n++
		taken := p.takes(start, ph)
		if !taken && !first.IsZero() {
			continue
		}
		jitter := fnv1a(ph, strconv.AppendUint(digits[:0], slot, 10)) % max(every/20, 1)
		at := time.Unix(0, int64(start+jitter))
		switch {
		case !at.After(t):
		case taken:
			return at
		case first.IsZero():
			first = at
		}
	}
	return first
}

// takes reports whether the slot that starts at a moment is one of the interval
// that holds there, and not at an hour that the feed wants to be left alone.
func (p Tempo) takes(start, ph uint64) bool {
	at := time.Unix(0, int64(start))
	if p.wishes.Skips(at) {
		return false
	}
	if !p.silentAt(hourOf(at), at) {
		return true
	}
	every := uint64(p.stretched(at.Sub(p.silence(at))))
	return start%every == ph%every
}

// phase is a number that a feed always has.
func phase(s string) uint64 { return fnv1a(14695981039346656037, s) }

// fnv1a goes on with the hash h of what stands before s.
func fnv1a[S string | []byte](h uint64, s S) uint64 {
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}

// A Rest keeps a feed from being polled for a while.
type Rest struct {
	Until time.Time `json:"until,omitzero"`
	Why   string    `json:"why,omitempty"`
}

// A turnHeap orders feeds by their next turn: one heap for all, no timer and no
// goroutine a feed.
type turnHeap []slot

// A slot is a place on the heap. Its time stands beside the entry: to compare those
// of entries all over memory would take longer than all else about a turn.
type slot struct {
	at time.Time // when e is due, as it was when e was put here
	e  *entry
}

func (h turnHeap) Len() int           { return len(h) }
func (h turnHeap) Less(i, j int) bool { return h[i].at.Before(h[j].at) }
func (h turnHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].e.place, h[j].e.place = i, j
}

// Push implements [heap.Interface].
func (h *turnHeap) Push(x any) {
	e := x.(*entry)
	e.place = len(*h)
	*h = append(*h, slot{e.due(), e})
}

// Pop implements [heap.Interface].
func (h *turnHeap) Pop() any {
	last := len(*h) - 1
	e := (*h)[last].e
	(*h)[last] = slot{}
	*h = (*h)[:last]
	e.place = -1
	return e
}

// fix moves an entry whose turn has changed to its place.
func (h *turnHeap) fix(e *entry) {
	(*h)[e.place].at = e.due()
	heap.Fix(h, e.place)
}

// init puts all entries in order, whatever has changed about them.
func (h *turnHeap) init() {
	for i := range *h {
		(*h)[i].at = (*h)[i].e.due()
	}
	heap.Init(h)
}

var _ heap.Interface = (*turnHeap)(nil)
