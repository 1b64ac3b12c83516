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
	gap   time.Duration // least time between two starts at a host, as the host sees them
	limit int           // requests in flight at a host

	mu    sync.Mutex
	hosts map[string]*host
	wider map[string]time.Duration // gaps of hosts that asked for more
	idle  []idleHost               // oldest first, so that quiet hosts are forgotten
}

// A host is what the gate remembers of one.
type host struct {
	turns
	number uint64    // of the newest turn
	queue  []*waiter // the first is the only one that looks for its turn
}

// wakeFirst has the first of the queue look for its turn.
func (h *host) wakeFirst() {
	if len(h.queue) > 0 {
		h.queue[0].wake()
	}
}

// turns is the part of a host's state that decides when the next request starts.
type turns struct {
	inFlight int
	opening  bool      // the newest is not on the wire yet, so nobody knows when the host will see it
	earliest time.Time // no start before it; zero for a host never asked
}

// next decides when the next request may start, given the state and the time.
// It reports false when that depends on what becomes of a request in flight.
func (t turns) next(now time.Time, limit int) (time.Time, bool) {
	if t.inFlight >= limit || t.opening {
		return time.Time{}, false
	}
	if t.earliest.After(now) {
		return t.earliest, true
	}
	return now, true
}

// started returns the state after a start at now.
func (t turns) started(now time.Time, gap time.Duration) turns {
	return turns{inFlight: t.inFlight + 1, opening: gap > 0, earliest: now.Add(gap)}
}

// slowGaps bounds how long an answer that does not begin keeps others, which may
// be in flight beside it, from their start.
const slowGaps = 5

// wrote returns the state when the newest request went out at now. When the host
// sees it depends on the network and on the host, so the gap begins with the
// answer. A host that is slow to answer is asked less.
func (t turns) wrote(now time.Time, gap time.Duration) turns {
	t.opening, t.earliest = false, now.Add(slowGaps*gap)
	return t
}

// answered returns the state when the answer to the newest request began at now:
// the host has seen it, and what goes out a gap later it sees a gap later.
func (t turns) answered(now time.Time, gap time.Duration) turns {
	t.opening, t.earliest = false, now.Add(gap)
	return t
}

// ended returns the state after the end of a request.
func (t turns) ended() turns {
	t.inFlight--
	return t
}

// leastGrace is how long a host is left alone at least when nobody knows whether
// it has seen a request.
const leastGrace = time.Second

// abandoned returns the state after the end of a request whose answer was not
// read to its end: the host may still be busy with it, for two gaps. waited is how
// long there had been no answer when this side gave it up, 0 where the host ended
// it: a host that is behind may see it only now, and is left alone as long again.
func (t turns) abandoned(now time.Time, gap, waited time.Duration) turns {
	grace := 2 * gap
	if waited > 0 {
		grace = max(grace, waited, leastGrace)
	}
	t = t.ended()
	t.earliest = latest(t.earliest, now.Add(grace))
	return t
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
	return &gate{gap: gap, limit: limit, hosts: map[string]*host{}, wider: map[string]time.Duration{}}
}

// pace sets the gap and the limit for turns to come.
func (g *gate) pace(gap time.Duration, limit int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.gap, g.limit = gap, limit
}

// widen sets the gap that a host asked for, counted from its latest request too;
// a gap no wider than that of every host takes it back.
func (g *gate) widen(key string, gap time.Duration, latest time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if gap <= g.gap {
		delete(g.wider, key)
		return
	}
	g.wider[key] = gap
	h := g.hosts[key]
	if h == nil {
		h = &host{}
		g.hosts[key] = h
	}
	if at := latest.Add(gap); at.After(h.earliest) {
		h.earliest = at
	}
	g.rest(key, h)
}

// gapOf is the least time between two starts at a host.
func (g *gate) gapOf(key string) time.Duration {
	if gap, ok := g.wider[key]; ok {
		return gap
	}
	return g.gap
}

// A turn is the right to one request at a host, until it is ended. It is told
// what becomes of the request. Its methods do nothing once it is ended.
type turn struct {
	gate   *gate
	key    string
	host   *host
	number uint64    // of the host's turns
	paced  bool      // the host has a gap, so that it matters when the host sees the request
	before time.Time // earliest start of the host without this turn
	after  time.Time // and with it
	waits  time.Time // since when the request is on the wire without an answer; zero: it is not
}

// wrote says that the request is on the wire.
func (t *turn) wrote() { t.move(turns.wrote, true) }

// answered says that the answer has begun.
func (t *turn) answered() { t.move(turns.answered, false) }

// move moves the host's state for what became of its newest request. An older
// one has had its gap.
func (t *turn) move(f func(turns, time.Time, time.Duration) turns, waits bool) {
	g := t.gate
	g.mu.Lock()
	defer g.mu.Unlock()
	if t.host == nil {
		return
	}
	now := time.Now()
	t.waits = time.Time{}
	if waits {
		t.waits = now
	}
	if t.number == t.host.number {
		t.host.turns = f(t.host.turns, now, g.gapOf(t.key))
		t.host.wakeFirst()
	}
}

// end ends the turn.
func (t *turn) end() { t.finish(turns.ended) }

// abandon ends the turn of a request that the host may still be busy with, and
// that this side has given up or the host.
func (t *turn) abandon(gaveUp bool) {
	t.finish(func(h turns) turns {
		now, waited := time.Now(), time.Duration(0)
		if gaveUp && !t.waits.IsZero() {
			waited = max(now.Sub(t.waits), 1)
		}
		if t.number == t.host.number {
			h.earliest = time.Time{} // what was reckoned without the end
		}
		return h.abandoned(now, t.gate.gapOf(t.key), waited)
	})
}

// pass ends a turn that was not used: the next may start at once.
func (t *turn) pass() {
	t.finish(func(h turns) turns {
		if h.earliest.Equal(t.after) {
			h.earliest = t.before
		}
		return h.ended()
	})
}

func (t *turn) finish(f func(turns) turns) {
	g := t.gate
	g.mu.Lock()
	defer g.mu.Unlock()
	h := t.host
	if h == nil {
		return
	}
	h.turns = f(h.turns)
	if t.number == h.number {
		h.opening = false
	}
	h.wakeFirst()
	g.rest(t.key, h)
	t.host = nil
}

// acquire waits until the host's next turn, or returns the error of ctx.
func (g *gate) acquire(ctx context.Context, key string) (*turn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if t, ok := g.atOnce(key); ok {
		return t, nil
	}
	w := &waiter{look: make(chan struct{}, 1)}
	h := g.join(key, w)
	for {
		t, wait, started := g.try(key, h, w)
		if started {
			return t, nil
		}
		if err := w.sleep(ctx, wait); err != nil {
			g.leave(key, h, w)
			return nil, err
		}
	}
}

// atOnce starts a request at a host that is due and that nobody waits for.
func (g *gate) atOnce(key string) (*turn, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	g.forget(now)
	h := g.hosts[key]
	if h == nil {
		h = &host{}
		g.hosts[key] = h
	}
	if at, ok := h.next(now, g.limit); !ok || at.After(now) || len(h.queue) > 0 {
		return nil, false
	}
	return g.start(key, h, now), true
}

// start takes the host's turn at now.
func (g *gate) start(key string, h *host, now time.Time) *turn {
	before := h.earliest
	h.turns = h.started(now, g.gapOf(key))
	h.number++
	return &turn{gate: g, key: key, host: h, number: h.number, before: before, after: h.earliest, paced: h.opening}
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
func (g *gate) try(key string, h *host, w *waiter) (t *turn, wait time.Duration, started bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if h.queue[0] != w {
		return nil, -1, false
	}
	now := time.Now()
	at, ok := h.next(now, g.limit)
	if !ok {
		return nil, -1, false
	}
	if at.After(now) {
		return nil, at.Sub(now), false
	}
	t = g.start(key, h, now)
	g.remove(key, h, w)
	return t, 0, true
}

// leave takes w out of the queue before its turn.
func (g *gate) leave(key string, h *host, w *waiter) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.remove(key, h, w)
}

// remove takes w out of the queue; who is first then looks for its turn.
func (g *gate) remove(key string, h *host, w *waiter) {
	i := slices.Index(h.queue, w)
	h.queue = slices.Delete(h.queue, i, i+1)
	if i == 0 {
		h.wakeFirst()
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
