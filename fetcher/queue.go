package fetcher

import (
	"container/heap"
	"context"
	"sync"
	"time"
)

// A queue gives each entry to a worker when its turn has come. A worker that is
// done puts its entry back and takes what is due itself: while there is work
// nobody hands anything to anybody, and no goroutine is woken.
type queue struct {
	mu    sync.Mutex
	turns turnHeap
	free  int           // workers that wait for an entry
	alarm time.Time     // when run looks for work next
	look  chan struct{} // tells it to look before that
	hubs  *pushes       // that call for feeds before their turns; nil without WebSub

	back   func(*entry) bool // asked with mu held whether an entry goes back on the heap; nil: always
	paused bool              // nothing is due
}

// newQueue returns a queue of the entries, whose turns are set.
func newQueue(entries []*entry, hubs *pushes) *queue {
	q := &queue{look: make(chan struct{}, 1), hubs: hubs}
	for _, e := range entries {
		q.turns.Push(e)
	}
	q.turns.init()
	return q
}

// run has each entry worked on at its turns by a number of workers, until ctx is
// done. work sets the next turn. It returns when all work has ended.
func (q *queue) run(ctx context.Context, workers int, work func(*entry)) {
	due := make(chan *entry)
	q.free = workers
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for e := range due {
				for ; e != nil; e = q.swap(ctx, e) {
					work(e)
				}
			}
		})
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil {
		e, wait := q.next()
		if e != nil {
			due <- e // a worker is free
			continue
		}
		timer.Reset(wait)
		select {
		case <-timer.C:
		case <-q.look:
		case <-q.hubs.ring():
			q.call()
		case <-ctx.Done():
		}
	}
	close(due)
	wg.Wait()
}

// coalesce is the least time between two looks for work: feeds that are due within
// it are polled in one go, by workers that are awake already. A poll is later by
// so much at most.
const coalesce = 10 * time.Millisecond

// idle is how long run sleeps when no worker is free or no turn known.
const idle = time.Hour

// next takes the entry that is due for a free worker, or says how long there
// will be none.
func (q *queue) next() (e *entry, wait time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	wait = idle
	if q.free > 0 && len(q.turns) > 0 && !q.paused {
		if e = q.pop(now); e != nil {
			q.free--
			return e, 0
		}
		wait = max(q.turns[0].at.Sub(now), coalesce)
	}
	q.alarm = now.Add(wait)
	return nil, wait
}

// swap puts an entry back and takes the one that is due. When none is, the
// worker is free, and run must look no later than at the first turn.
func (q *queue) swap(ctx context.Context, back *entry) *entry {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.hubs != nil && q.hubs.calls(back) {
		back.errand = time.Now()
	}
	if q.back == nil || q.back(back) {
		heap.Push(&q.turns, back)
	}
	if ctx.Err() == nil {
		if e := q.pop(time.Now()); e != nil {
			return e
		}
	}
	q.free++
	if len(q.turns) == 0 {
		return nil
	}
	if at := q.turns[0].at; at.Before(q.alarm.Add(-coalesce)) {
		q.alarm = at
		q.wake()
	}
	return nil
}

// wake has run look for work now.
func (q *queue) wake() {
	select {
	case q.look <- struct{}{}:
	default: // it is about to look
	}
}

// pause has nothing be due until it is called again.
func (q *queue) pause(paused bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.paused = paused
	q.wake()
}

// call brings the feeds forward for which hubs have called.
func (q *queue) call() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, e := range q.hubs.rung() {
		if e.place >= 0 { // else a worker has it
			e.errand = time.Now()
			q.turns.fix(e)
		}
	}
}

// pop takes the first entry if it is due at now.
func (q *queue) pop(now time.Time) *entry {
	if len(q.turns) == 0 || q.paused || q.turns[0].at.After(now) {
		return nil
	}
	return heap.Pop(&q.turns).(*entry)
}
