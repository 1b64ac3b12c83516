package fetcher

import (
	"fmt"
	"time"
)

// stuckAfter is how long no worker may take a feed that is due, nor be done with
// one. A poll may last a minute or two, with its retries and NATS away.
const stuckAfter = 5 * time.Minute

// Stuck reports that polling stands still: a feed is due, and yet no worker has
// taken one or been done with one for minutes. It is nil before the first turns
// are set and while polling is paused.
func (f *Fetcher) Stuck(now time.Time) error {
	select {
	case <-f.polling:
	default:
		return nil
	}
	if f.paused.Load() {
		f.moved.Store(now.UnixNano()) // it stands still because it was told to, and has its time again afterwards
		return nil
	}
	moved := time.Unix(0, f.moved.Load())
	if moved.After(now) { // the clock was set back
		moved = now
		f.moved.Store(now.UnixNano())
	}
	return stuck(f.queue.overdue(now), now.Sub(moved))
}

// stuck judges how late the feed is that is due first, and how long ago anything
// moved.
func stuck(late, still time.Duration) error {
	if late < stuckAfter || still < stuckAfter {
		return nil
	}
	return fmt.Errorf("no feed was polled for %v, and one is due since %v", still.Round(time.Second), late.Round(time.Second))
}

// overdue is how late the first feed is, 0 where none is due.
func (q *queue) overdue(now time.Time) time.Duration {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.paused || len(q.turns) == 0 {
		return 0
	}
	return max(now.Sub(q.turns[0].at), 0)
}
