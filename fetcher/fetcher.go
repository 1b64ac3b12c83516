// Package fetcher turns configured feeds into a stream of articles.
//
// A [Fetcher] polls every feed at its own slots, spread over the interval so
// that no two start together, asks conditionally, and stores each entry that it
// has not seen before as an item; it reads the pages of the items, within the
// gap that each host is due, and stores the articles. Both happen at least
// once: an item or an article that is stored a second time is recognised by its
// id, and the state of a feed moves only after its items are safe.
//
// A node asks only the hosts of the partitions that it holds a lease on. The
// package does not judge what an article says (see package classifier), and
// keeps nothing on disk: what must outlive a restart is in the [Store].
package fetcher

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chipwire/chipwire/fetcher/client"
	"github.com/chipwire/chipwire/fetcher/extract"
	"github.com/chipwire/chipwire/fetcher/websub"
	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/internal/urls"
	"github.com/chipwire/chipwire/news"
)

// Deps are what a [Fetcher] works with.
type Deps struct {
	Bus    *bus.Bus
	Store  Store
	Client *client.Client
	Node   string // id of this node, the same after a restart
	Log    *slog.Logger

	Metrics *Metrics // nil: nobody counts

	// Computing has a place for each page that may be worked through at once; the
	// later stages in the process take places too, and get them first. Nil: no bound.
	Computing chan struct{}
}

// A Fetcher polls feeds and reads pages.
type Fetcher struct {
	conf   atomic.Pointer[Config]
	bus    *bus.Bus
	store  Store
	client *client.Client
	node   string
	log    *slog.Logger

	mu      sync.Mutex // of the set of feeds; see reload.go
	feeds   []*entry
	queue   *queue            // nil until the first turns are set
	leaving map[string]*entry // removed, and still in the hands of a worker
	orphans orphans

	selectors atomic.Pointer[selectors]
	waiting   waiting
	drifts    drifts
	outage    outage
	tally     tally
	metrics   *Metrics
	computing chan struct{} // places for pages that are worked through, among others; nil: no bound
	reading   chan struct{} // and for pages alone
	moved     atomic.Int64  // when a worker took a feed or was done with one, Unix time in ns
	push      *pushes       // nil without WebSub
	polling   chan struct{} // closed when the first turns are set
	paused    atomic.Bool
}

// selectors are those of the feeds that have any, by feed id.
type selectors map[string]extract.Selectors

// config is the configuration as it is now; see [Fetcher.Adopt].
func (f *Fetcher) config() Config { return *f.conf.Load() }

// An entry is one feed on the heap. Between two turns it belongs to the heap,
// during its poll to one worker.
type entry struct {
	source *Source // as configured, with its id
	feed   news.Feed
	part   Partition
	turn   Turn

	known    bool   // it was polled before
	loaded   bool   // state and revision are those of the store
	state    *State // nil between two turns, when it is packed
	packed   []byte // the state as stored, and its history since
	askedAt  int64  // what of the state is not stored, in ns since 1970; 0: never
	revision uint64
	unsaved  bool // the state has moved past the stored one, by its history alone

	anew   bool      // asked or read in another way from now on: no rest of before counts
	gone   bool      // configured no more: not put back
	left   bool      // gone, and the worker that had it is done
	next   *entry    // what it becomes when it is put back
	place  int       // on the heap, -1 for one that a worker has
	errand time.Time // when its hub is to be asked, or has called; zero: never
	polled time.Time // last, by this process
	hinted bool      // a hub says that it has changed since

	hostOf, hostIs string // the address that hostIs is the host of

	standing string // the status that [Metrics] counts it under, "" for none
}

// due is when a feed needs a worker.
func (e *entry) due() time.Time {
	if !e.errand.IsZero() && e.errand.Before(e.turn.At) {
		return e.errand
	}
	return e.turn.At
}

// New returns a Fetcher of the sources. It starts nothing and owns nothing of
// deps: work begins in [Fetcher.Run] and has ended when Run returns. The sources
// are the Fetcher's from then on: it gives an id to those that have none.
func New(cfg Config, sources []Source, deps Deps) (*Fetcher, error) {
	f := &Fetcher{
		bus: deps.Bus, store: deps.Store, client: deps.Client, node: deps.Node, log: deps.Log.With("stage", "fetcher"),
		leaving: map[string]*entry{}, waiting: waiting{sites: map[string]int{}}, drifts: drifts{sites: map[string]*drifting{}},
		polling: make(chan struct{}), orphans: orphans{look: make(chan struct{}, 1)}, computing: deps.Computing, reading: make(chan struct{}, cap(deps.Computing)),
	}
	p, err := f.Plan(cfg, sources)
	if err != nil {
		return nil, err
	}
	if f.metrics = deps.Metrics; f.metrics == nil {
		f.metrics = NewMetrics(nil)
	}
	f.conf.Store(&p.cfg)
	f.feeds = p.entries
	f.selectors.Store(&p.selectors)
	f.push = newPushes(cfg, f.feeds, deps.Store)
	return f, nil
}

// Run polls and reads until ctx is done, and returns when all of its work has
// ended.
func (f *Fetcher) Run(ctx context.Context) error {
	var leases *bus.Leases
	err := bus.Retry(ctx, f.log, func(ctx context.Context) (err error) {
		leases, err = f.bus.Leases(ctx, f.node)
		return err
	})
	if err != nil {
		return err
	}
	var hubs *websub.Server
	if f.push != nil {
		if hubs, err = websub.Listen(f.config().WebSub); err != nil {
			return err
		}
		f.push.callback = hubs.Callback()
	}
	pages := &readers{f: f, stops: map[Partition]context.CancelFunc{}}
	hold := &holding{leases: leases, node: f.node, log: f.log, change: pages.change}
	hold.round(ctx) // so that the first turns find their partitions held
	if err := bus.Retry(ctx, f.log, func(ctx context.Context) error { return f.recall(ctx, hold) }); err != nil {
		hold.release()
		return err
	}

	var wg sync.WaitGroup
	wg.Go(func() { hold.run(ctx) })
	wg.Go(func() { f.sweep(ctx, hold.holds) })
	if f.push != nil {
		f.push.held = hold.holds
		wg.Go(func() { f.listen(ctx, hubs) })
	}
	f.pollAll(ctx, hold)
	wg.Wait()
	for _, e := range f.feeds {
		f.metrics.stand(e, "")
	}
	saved, unsaved := f.saveHistories(context.WithoutCancel(ctx), hold)
	hold.release()
	f.log.Info("polls since the start", "statuses", f.Polls(), "histories_saved", saved, "not_saved", unsaved)
	pages.stop()
	return nil
}

// recall reads what is known of the feeds, in one pass over the store: one feed
// after another in the order of their turns would have the server read its
// blocks again and again. A state that another node moves before its lease is
// taken over here is read again when it cannot be written.
func (f *Fetcher) recall(ctx context.Context, hold *holding) error {
	// What is read is garbage at once, and would double what the daemon ever needs.
	if before := debug.SetGCPercent(recallGarbage); before >= 0 && before < recallGarbage {
		debug.SetGCPercent(before)
	} else {
		defer debug.SetGCPercent(before)
	}
	entries := byID(f.feeds)
	return f.store.Each(ctx, func(id string, read func() (State, error), revision uint64) {
		e := entries[id]
		if e == nil {
			f.orphans.add(id)
			return
		}
		e.known = true
		if !hold.holds(e.part) {
			return
		}
		state, err := read()
		if err != nil { // the poll says it again
			f.log.Warn("feed state not read", "feed", id, "err", err)
			return
		}
		state = state.onClock(time.Now())
		e.packed, e.revision, e.loaded = state.pack(), revision, true
	})
}

// recallGarbage is how much garbage there may be while states are read at the
// start, in percent of what is in use.
const recallGarbage = 15

// pollAll polls every feed at its turns.
func (f *Fetcher) pollAll(ctx context.Context, hold *holding) {
	f.mu.Lock()
	for _, e := range f.feeds {
		e.turn = NextTurn(e.feed, e.known, Rest{}, time.Now())
		e.wake()
		if e.loaded {
			e.turn = f.planned(e, e.turn.At)
		}
		if e.known && f.boxOf(e) != nil { // its lease may end before its turn
			e.polled = time.Now() // perhaps: it was the process before this one
			e.hinted = e.loaded   // what hubs had to say while nobody listened counts as told
			e.errand = time.Now().Add(time.Duration(fraction(e.feed.ID, 0) * float64(3*time.Second)))
		}
		f.metrics.stand(e, standingOf(e, hold.holds(e.part)))
		e.doze()
	}
	f.queue = newQueue(f.feeds, f.push)
	f.queue.back = f.putBack
	f.mu.Unlock()
	close(f.polling)
	f.queue.run(ctx, f.config().Workers, func(e *entry) { f.turn(ctx, e, hold.holds(e.part)) })
}

// turn is a feed's turn: a poll, if this node holds its partition.
func (f *Fetcher) turn(ctx context.Context, e *entry, held bool) {
	now := time.Now()
	if held {
		f.metrics.late(now.Sub(e.due()))
	}
	f.moved.Store(now.UnixNano())
	defer func() { f.moved.Store(time.Now().UnixNano()) }()
	e.wake()
	defer e.sleep()
	defer func() {
		if r := recover(); r != nil { // one feed's bytes must not end the daemon
			f.log.Error("poll panicked", "feed", e.feed.ID, "url", urls.Shown(e.feed.URL), "err", r, "stack", string(debug.Stack()))
			f.panicked(ctx, e, r)
			f.release(e)
		}
		f.metrics.stand(e, standingOf(e, held))
	}()
	if !held {
		f.release(e)
	}
	switch {
	case held:
		if f.errands(ctx, e) {
			f.poll(ctx, e)
			e.known = true
		}
		f.plan(e)
	case e.known:
		e.loaded = false // another node polls it now, and moves its state
		e.turn = NextTurn(e.feed, true, Rest{}, time.Now())
	default:
		e.turn = Turn{time.Now().Add(bus.LeaseTTL), "never polled: looks again whether its partition is held here"}
	}
}

// panicked concludes a poll that this program could not cope with.
func (f *Fetcher) panicked(ctx context.Context, e *entry, cause any) {
	now := time.Now()
	rest := Rest{Until: now.Add(time.Hour), Why: "the poll panicked: rests an hour"}
	e.turn = NextTurn(e.feed, true, rest, now)
	if !e.loaded {
		return
	}
	defer func() {
		if recover() != nil { // the state itself is what nobody can cope with
			e.loaded = false
		}
	}()
	end := Conclude(f.config(), *e.source, *e.state, Answer{Err: fmt.Errorf("the poll panicked: %v", cause)}, Sifting{}, nil, now)
	end.State.Rest = rest
	f.report(e, &end)
	f.tell(ctx, &end, e.feed)
	f.keep(ctx, e, end.State)
}

// later puts a feed off whose state cannot be read now.
func (f *Fetcher) later(e *entry, err error) {
	if !errors.Is(err, context.Canceled) {
		f.log.Warn("feed put off", "feed", e.feed.ID, "err", err)
	}
	e.turn = NextTurn(e.feed, true, Rest{}, time.Now())
}

// putOff is how many pages of a partition may be put off for busy hosts.
const putOff = 2000

// readers run one consumer of ITEMS for each partition that this node holds.
type readers struct {
	f     *Fetcher
	mu    sync.Mutex
	stops map[Partition]context.CancelFunc
	wg    sync.WaitGroup
}

// change starts the consumer of a partition, inside ctx, or stops it.
func (r *readers) change(ctx context.Context, p Partition, held bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if held {
		r.f.metrics.partitions.Inc()
	} else {
		r.f.metrics.partitions.Dec()
	}
	if r.f.config().PollOnly {
		return
	}
	if !held {
		if stop := r.stops[p]; stop != nil {
			stop()
			delete(r.stops, p)
		}
		return
	}
	ctx, stop := context.WithCancel(ctx)
	r.stops[p] = stop
	r.wg.Go(func() {
		c := bus.Consumer{Stream: bus.Items, Name: "scrape-" + p.String(), Subject: "items." + p.String(), Workers: r.f.config().Workers, Pending: putOff}
		if err := r.f.bus.Consume(ctx, c, bus.Decode(r.f.scrape)); !errors.Is(err, context.Canceled) {
			r.f.log.Error("reader of pages stopped", "partition", p, "err", err)
		}
	})
}

func (r *readers) stop() {
	r.mu.Lock()
	for _, stop := range r.stops {
		stop()
	}
	r.mu.Unlock()
	r.wg.Wait()
}
