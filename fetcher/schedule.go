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

// NextTurn decides when f is polled next. A feed that was never polled is polled
// within its first seconds; every other at the next slot of its interval that is
// not before the rest it was told to keep, or at the end of a rest that ends just
// after a slot. The slots are fixed by the feed's id,
// so a restart needs no stored schedule and never polls early.
func NextTurn(f news.Feed, known bool, rest Rest, now time.Time) Turn {
	if !known {
		spread := time.Duration(phase(f.ID) % uint64(min(f.Interval, 3*time.Second)))
		return Turn{now.Add(spread), "first poll"}
	}
	if rest.Until.After(now) {
		at := now.Add(slot(f, rest.Until.Add(-slack(f))).Sub(now))
		if at.Before(rest.Until) {
			at = rest.Until
		}
		return Turn{at, rest.Why}
	}
	// Counted from now, so that a clock that is set back delays no poll.
	return Turn{now.Add(slot(f, now).Sub(now)), "every " + f.Interval.String()}
}

// slot is the first slot of f after t. The jitter of up to a twentieth of the
// interval depends on the slot, so that feeds of equal phase drift apart.
func slot(f news.Feed, t time.Time) time.Time {
	every := uint64(f.Interval)
	offset := phase(f.ID) % every
	n := (uint64(t.UnixNano()) + every - offset) / every
	var digits [20]byte
	for {
		start := n*every + offset - every
		jitter := fnv1a(phase(f.ID), strconv.AppendUint(digits[:0], n, 10)) % max(every/20, 1)
		if at := time.Unix(0, int64(start+jitter)); at.After(t) {
			return at
		}
		n++
	}
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
type turnHeap []*entry

func (h turnHeap) Len() int           { return len(h) }
func (h turnHeap) Less(i, j int) bool { return h[i].turn.At.Before(h[j].turn.At) }
func (h turnHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }

// Push implements [heap.Interface].
func (h *turnHeap) Push(x any) { *h = append(*h, x.(*entry)) }

// Pop implements [heap.Interface].
func (h *turnHeap) Pop() any {
	last := len(*h) - 1
	e := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return e
}

var _ heap.Interface = (*turnHeap)(nil)
