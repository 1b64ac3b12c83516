package fetcher

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/chipwire/chipwire/fetcher/websub"
)

// pushes are what hubs bring. A hub's message waits in the box of its feed until
// a worker has the feed in hand: state is moved by one at a time, and the hub has
// its answer long before.
type pushes struct {
	callback string // base of the callbacks
	boxing   sync.RWMutex
	boxes    map[string]*box // by feed id
	held     func(Partition) bool
	load     func(ctx context.Context, feed string) (State, uint64, error)

	bell   chan struct{} // holds one: somebody has called
	mu     sync.Mutex
	called []*entry

	asking  chan struct{} // places for requests to hubs: their hosts are few, and workers must not queue for them
	waiting atomic.Int64  // bytes in all boxes
	tally   websub.Tally
}

const (
	maxAsking  = 4
	maxWaiting = 64 << 20 // bytes of pushes that wait for a worker
	boxSize    = 8        // messages of one feed that wait; what is beyond is read by a poll
)

// A box holds what hubs said of one feed.
type box struct {
	entry *entry
	part  Partition // of the feed; under boxing

	mu       sync.Mutex
	sub      websub.Subscription // as the worker left it, or as stored
	loaded   bool
	messages []websub.Message
	hint     string // the feed may have changed, because of this
}

// newPushes returns what the feeds that may be pushed need, nil where none may.
func newPushes(cfg Config, feeds []*entry, store Store) *pushes {
	if !cfg.WebSub.On() {
		return nil
	}
	p := &pushes{boxes: map[string]*box{}, load: store.Load, bell: make(chan struct{}, 1), asking: make(chan struct{}, maxAsking)}
	for _, e := range feeds {
		if e.source.Pushed(cfg) {
			p.boxes[e.feed.ID] = &box{entry: e, part: e.part}
		}
	}
	return p
}

// box is the box of a feed, nil where it is not to be pushed.
func (p *pushes) box(feed string) *box {
	p.boxing.RLock()
	defer p.boxing.RUnlock()
	return p.boxes[feed]
}

// adopt makes the boxes those of a new set of feeds. entries are the entries as
// they are on the heap, wanted what they are to become.
func (p *pushes) adopt(cfg Config, entries, wanted []*entry) {
	p.boxing.Lock()
	defer p.boxing.Unlock()
	boxes := make(map[string]*box, len(p.boxes))
	for i, e := range entries {
		if !wanted[i].source.Pushed(cfg) {
			continue
		}
		b := p.boxes[wanted[i].feed.ID]
		if b == nil || b.entry != e {
			b = &box{entry: e}
		}
		b.part = wanted[i].part
		boxes[wanted[i].feed.ID] = b
	}
	p.boxes = boxes
}

// find is [websub.Desk.Find].
func (p *pushes) find(ctx context.Context, feed string) (websub.Subscription, error) {
	b := p.box(feed)
	if b == nil {
		return websub.Subscription{}, websub.ErrUnknown
	}
	p.boxing.RLock()
	part := b.part
	p.boxing.RUnlock()
	if !p.held(part) {
		return websub.Subscription{}, websub.ErrElsewhere
	}
	b.mu.Lock()
	sub, loaded := b.sub, b.loaded
	b.mu.Unlock()
	if loaded {
		return sub, nil
	}
	state, _, err := p.load(ctx, feed)
	return state.WebSub(), err
}

// tell is [websub.Desk.Tell].
func (p *pushes) tell(feed string, m websub.Message) {
	b := p.box(feed)
	if b == nil {
		return // removed since it was found
	}
	size := int64(len(m.Body))
	full := p.waiting.Add(size) > maxWaiting
	b.mu.Lock()
	switch {
	case m.Kind == websub.Hint:
		b.hint = m.Reason
	case full || len(b.messages) >= boxSize:
		b.hint = "more pushes than are worked off"
		full = true
	default:
		b.messages = append(b.messages, m)
	}
	b.mu.Unlock()
	if full {
		p.waiting.Add(-size)
	}
	p.mu.Lock()
	p.called = append(p.called, b.entry)
	p.mu.Unlock()
	select {
	case p.bell <- struct{}{}:
	default:
	}
}

// take empties a box.
func (p *pushes) take(b *box) ([]websub.Message, string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	messages, hint := b.messages, b.hint
	b.messages, b.hint = nil, ""
	for _, m := range messages {
		p.waiting.Add(-int64(len(m.Body)))
	}
	return messages, hint
}

// rung returns the feeds that hubs have called since the last time.
func (p *pushes) rung() []*entry {
	p.mu.Lock()
	defer p.mu.Unlock()
	called := p.called
	p.called = nil
	return called
}

// calls reports whether something waits in the box of e.
func (p *pushes) calls(e *entry) bool {
	b := p.box(e.feed.ID)
	if b == nil {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.messages) > 0 || b.hint != ""
}

// keep shows hubs the subscription as it is now.
func (b *box) keep(e *entry) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sub, b.loaded = e.state.WebSub(), e.loaded
}
