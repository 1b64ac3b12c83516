package client

import (
	"context"
	"slices"
	"sync"
	"time"
)

// A gate keeps requests to one host apart. A caller waits in its own goroutine,
// first come first served; the gate itself runs nothing.
type gate struct {
	gap   time.Duration // least time between two starts at a host
	limit int           // requests in flight at a host

	mu    sync.Mutex
	hosts map[string]*host
	idle  []idleHost // oldest first, so that quiet hosts are forgotten
}

// A host is what the gate remembers of one.
type host struct {
	turns
	queue []*waiter // the first is the only one that looks for its turn
}

// turns is the part of a host's state that decides when the next request starts.
type turns struct {
	inFlight int
	earliest time.Time // no start before it; zero for a host never asked
}

// next decides when the next request may start, given the state and the time.
// It reports false when that depends on the end of a request in flight.
func (t turns) next(now time.Time, limit int) (time.Time, bool) {
	if t.inFlight >= limit {
		return time.Time{}, false
	}
	if t.earliest.After(now) {
		return t.earliest, true
	}
	return now, true
}

// started returns the state after a start at now.
func (t turns) started(now time.Time, gap time.Duration) turns {
	return turns{inFlight: t.inFlight + 1, earliest: now.Add(gap)}
}

// A waiter is told over look, which holds one message, to look for its turn.
type waiter struct{ look chan struct{} }

func (w *waiter) wake() {
	select {
	case w.look <- struct{}{}:
	default:
	}
}

// An idleHost is a host that nobody waits for and that may be forgotten from
// until on, if it has not been asked again.
type idleHost struct {
	key   string
	until time.Time
}

func newGate(gap time.Duration, limit int) *gate {
	return &gate{gap: gap, limit: limit, hosts: map[string]*host{}}
}

// acquire waits until the host's next turn and returns the func that ends it,
// or the error of ctx.
func (g *gate) acquire(ctx context.Context, key string) (release func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	w := &waiter{look: make(chan struct{}, 1)}
	h := g.join(key, w)
	for {
		wait, started := g.try(key, h, w)
		if started {
			return sync.OnceFunc(func() { g.release(key, h) }), nil
		}
		if err := w.sleep(ctx, wait); err != nil {
			g.leave(key, h, w)
			return nil, err
		}
	}
}

// sleep returns after wait, or for a negative wait only when woken.
func (w *waiter) sleep(ctx context.Context, wait time.Duration) error {
	var alarm <-chan time.Time
	if wait >= 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		alarm = timer.C
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-w.look:
	case <-alarm:
	}
	return nil
}

// join puts w at the end of the host's queue.
func (g *gate) join(key string, w *waiter) *host {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.forget(time.Now())
	h := g.hosts[key]
	if h == nil {
		h = &host{}
		g.hosts[key] = h
	}
	h.queue = append(h.queue, w)
	return h
}

// try starts w if it is its turn, else says how long to wait: negative until
// woken.
func (g *gate) try(key string, h *host, w *waiter) (wait time.Duration, started bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if h.queue[0] != w {
		return -1, false
	}
	now := time.Now()
	at, ok := h.next(now, g.limit)
	if !ok {
		return -1, false
	}
	if at.After(now) {
		return at.Sub(now), false
	}
	h.turns = h.started(now, g.gap)
	g.remove(key, h, w)
	return 0, true
}

// leave takes w out of the queue before its turn.
func (g *gate) leave(key string, h *host, w *waiter) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.remove(key, h, w)
}

func (g *gate) release(key string, h *host) {
	g.mu.Lock()
	defer g.mu.Unlock()
	h.inFlight--
	if len(h.queue) > 0 {
		h.queue[0].wake()
	}
	g.rest(key, h)
}

// remove takes w out of the queue; who is first then looks for its turn.
func (g *gate) remove(key string, h *host, w *waiter) {
	i := slices.Index(h.queue, w)
	h.queue = slices.Delete(h.queue, i, i+1)
	if i == 0 && len(h.queue) > 0 {
		h.queue[0].wake()
	}
	g.rest(key, h)
}

// rest notes a host that nobody asks or waits for any more.
func (g *gate) rest(key string, h *host) {
	if h.inFlight == 0 && len(h.queue) == 0 {
		g.idle = append(g.idle, idleHost{key, h.earliest})
		g.forget(time.Now())
	}
}

// forget drops the hosts whose gap has passed in quiet.
func (g *gate) forget(now time.Time) {
	done := 0
	for done < len(g.idle) && !g.idle[done].until.After(now) {
		key := g.idle[done].key
		if h := g.hosts[key]; h != nil && h.inFlight == 0 && len(h.queue) == 0 && !h.earliest.After(now) {
			delete(g.hosts, key)
		}
		done++
	}
	g.idle = slices.Delete(g.idle, 0, done)
}
