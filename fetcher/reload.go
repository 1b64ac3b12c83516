package fetcher

import (
	"container/heap"
	"context"
	"fmt"
	"maps"
	"reflect"
	"time"

	"github.com/chipwire/chipwire/fetcher/extract"
)

// A Plan is a set of sources that a [Fetcher] may turn to. All that can be wrong
// with it was found when it was made.
type Plan struct {
	cfg       Config
	entries   []*entry
	selectors selectors
}

// Plan checks a configuration and its sources for [Fetcher.Adopt]. It changes
// nothing but the ids of those sources that have none.
func (f *Fetcher) Plan(cfg Config, sources []Source) (*Plan, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	p := &Plan{cfg: cfg, selectors: selectors{}}
	ids := map[string]string{}
	for i := range sources {
		s := &sources[i]
		if s.Disabled {
			continue
		}
		if err := s.Validate(); err != nil {
			return nil, err
		}
		fd := s.Feed(cfg.MinInterval)
		if other, twice := ids[fd.ID]; twice {
			return nil, fmt.Errorf("feed %s is there twice: %s and %s", fd.ID, other, fd.URL)
		}
		ids[fd.ID], s.ID = fd.URL, fd.ID
		if s.Selectors != (extract.Selectors{}) {
			p.selectors[fd.ID] = s.Selectors
		}
		p.entries = append(p.entries, &entry{source: s, feed: fd, part: PartitionOf(fd.URL)})
	}
	return p, nil
}

// A Change is what became of the feeds in [Fetcher.Adopt], by their ids.
type Change struct {
	Added, Removed, Changed []string
	Kept                    int // feeds that go on as they were
}

// live are the fields of a configuration that a running Fetcher can turn to.
func (c Config) live(next Config) Config {
	c.MinInterval, c.Backfill = next.MinInterval, next.Backfill
	c.HostGap, c.HostConcurrency = next.HostGap, next.HostConcurrency
	return c
}

// Fixed reports whether next differs from c in something that needs a new start:
// the number of workers, WebSub, and how requests are made.
func (c Config) Fixed(next Config) bool {
	next.PollOnly = c.PollOnly
	return !reflect.DeepEqual(c.live(next), next)
}

// Adopt has the Fetcher go on with the sources of a plan, once [Fetcher.Run] has
// set its first turns. A feed that is as it was keeps its turn, its state and, if
// it is being polled right now, its poll. One that is asked or read in another way
// is polled soon, though never within MinInterval of its last poll; one whose
// interval is another takes the next slot of that. What was stored of a removed
// feed is kept for a while (see [Forget]). Only the end of ctx makes it fail.
func (f *Fetcher) Adopt(ctx context.Context, p *Plan) (Change, error) {
	select {
	case <-f.polling:
	case <-ctx.Done():
		return Change{}, ctx.Err()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	cfg := f.config().live(p.cfg)
	f.conf.Store(&cfg)
	f.selectors.Store(&p.selectors)
	f.client.Pace(cfg.HostGap, cfg.HostConcurrency)

	q := f.queue
	q.mu.Lock()
	defer q.mu.Unlock()
	maps.DeleteFunc(f.leaving, func(_ string, e *entry) bool { return e.left })
	now := time.Now()
	var ch Change
	old, feeds := byID(f.feeds), make([]*entry, len(p.entries))
	for i, want := range p.entries {
		id := want.feed.ID
		e := old[id]
		switch {
		case e == nil:
			e = f.leaving[id] // back before its last poll has ended, or nil
			ch.Added = append(ch.Added, id)
		case e.later().equal(want):
			ch.Kept++
		default:
			ch.Changed = append(ch.Changed, id)
		}
		feeds[i] = f.take(e, want, now)
		delete(old, id)
		delete(f.leaving, id)
	}
	for id, e := range old {
		ch.Removed = append(ch.Removed, id)
		f.drop(e)
	}
	if f.push != nil {
		f.push.adopt(cfg, feeds, p.entries)
	}
	f.feeds = feeds
	q.turns.init()
	q.wake()
	f.orphans.swap(ch.Added, ch.Removed)
	return ch, nil
}

// take makes e, which may be nil, what want is, and has it on the heap. One that
// a worker has becomes so when it is put back.
func (f *Fetcher) take(e, want *entry, now time.Time) *entry {
	if e == nil {
		// Known or not: a poll looks for its state first, and keeps to its slots.
		want.turn = NextTurn(want.feed, false, Rest{}, now)
		f.queue.turns.Push(want)
		return want
	}
	e.gone = false
	if e.place < 0 {
		e.next = want
		return e
	}
	f.become(e, want, now)
	return e
}

// drop takes an entry off the heap, or has the worker that has it keep it off.
func (f *Fetcher) drop(e *entry) {
	e.gone, e.next = true, nil
	if e.place >= 0 {
		heap.Remove(&f.queue.turns, e.place)
		f.metrics.stand(e, "")
		return
	}
	f.leaving[e.feed.ID] = e
}

// putBack is what the queue asks, with its lock held, when a worker is done.
func (f *Fetcher) putBack(e *entry) bool {
	if e.next != nil {
		f.become(e, e.next, time.Now())
		e.next = nil
	}
	if e.gone {
		e.left = true // and is taken off the list of those by the next Adopt
		f.metrics.stand(e, "")
	}
	return !e.gone
}

// later is what an entry becomes, if that is decided, else the entry itself.
func (e *entry) later() *entry {
	if e.next != nil {
		return e.next
	}
	return e
}

// equal reports whether two entries are configured alike.
func (e *entry) equal(other *entry) bool {
	return e.feed == other.feed && reflect.DeepEqual(*e.source, *other.source)
}

// askedAlike reports whether two sources are asked and read in the same way.
func askedAlike(a, b *Source) bool {
	return a.URL == b.URL && a.List == b.List && a.Charset == b.Charset && a.UserAgent == b.UserAgent &&
		reflect.DeepEqual(a.Headers, b.Headers) && reflect.DeepEqual(a.Auth, b.Auth)
}

// become gives an entry that nobody else has another source.
func (f *Fetcher) become(e, want *entry, now time.Time) {
	was, is := e.source, want.source
	paced := e.feed.Interval == want.feed.Interval && was.Class == is.Class && was.Every == is.Every && was.Budget == is.Budget
	// Also where nothing is different: else one entry would keep the whole of an
	// old configuration in memory.
	e.source, e.feed, e.part = is, want.feed, want.part
	least := e.polled.Add(f.config().MinInterval)
	switch {
	case !askedAlike(was, is):
		e.anew = true
		e.turn = Turn{latest(NextTurn(e.feed, false, Rest{}, now).At, least), "configured anew"}
	case paced:
	case e.loaded:
		if e.state == nil {
			e.wake()
			defer e.doze()
		}
		e.turn = f.nextTurn(e, e.state.Rest, latest(now, least))
	default:
		e.turn = NextTurn(e.feed, e.known, Rest{}, latest(now, least))
	}
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func byID(entries []*entry) map[string]*entry {
	ids := make(map[string]*entry, len(entries))
	for _, e := range entries {
		ids[e.feed.ID] = e
	}
	return ids
}

// Pause has no feed be polled and no page be read until it is called again with
// false. Polls and pages that are under way end.
func (f *Fetcher) Pause(ctx context.Context, paused bool) error {
	select {
	case <-f.polling:
		f.paused.Store(paused)
		f.queue.pause(paused)
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
