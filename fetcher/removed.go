package fetcher

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"
)

// Forget is how long the state of a feed is kept that no configuration names any
// more: as long as keys are remembered, so that a feed that comes back within it
// tells nothing twice.
const Forget = seenDays * 24 * time.Hour

// sweepEvery is how often the states of removed feeds are looked at.
const sweepEvery = time.Hour

// orphans are the feeds that have a state and are not configured.
type orphans struct {
	mu   sync.Mutex
	ids  map[string]bool
	look chan struct{} // holds one: there are new ones
}

func (o *orphans) add(ids ...string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ids == nil {
		o.ids = map[string]bool{}
	}
	for _, id := range ids {
		o.ids[id] = true
	}
}

func (o *orphans) drop(ids ...string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, id := range ids {
		delete(o.ids, id)
	}
}

// swap takes a change of the configuration into account.
func (o *orphans) swap(added, removed []string) {
	o.add(removed...)
	o.drop(added...)
	select {
	case o.look <- struct{}{}:
	default:
	}
}

func (o *orphans) list() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Sorted(maps.Keys(o.ids))
}

// sweep marks the states of removed feeds, and deletes them when their time is
// over, until ctx is done.
func (f *Fetcher) sweep(ctx context.Context, held func(Partition) bool) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		for _, id := range f.orphans.list() {
			if err := f.forget(ctx, id, held, time.Now()); err != nil && ctx.Err() == nil {
				f.log.Warn("state of a removed feed not settled: looked at again within the hour", "feed", id, "err", err)
			}
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		case <-f.orphans.look:
		}
	}
}

// A fate is what is to be done with the state of a feed that is not configured.
type fate int

const (
	keepIt fate = iota
	markIt
	deleteIt
)

// fateOf decides it. A clock that was set back counts the time anew, so that
// nothing is deleted too early.
func fateOf(s State, now time.Time) fate {
	switch {
	case s.RemovedAt.IsZero(), s.RemovedAt.After(now):
		return markIt
	case now.Sub(s.RemovedAt) >= Forget:
		return deleteIt
	}
	return keepIt
}

// forget does what is due with the state of a removed feed. The node that holds
// its partition does it; another's file may name the feed still.
func (f *Fetcher) forget(ctx context.Context, id string, held func(Partition) bool, now time.Time) error {
	state, revision, err := f.store.Load(ctx, id)
	if err != nil {
		return err
	}
	if revision == 0 {
		f.orphans.drop(id)
		return nil
	}
	if !held(PartitionOf(state.URL)) {
		return nil
	}
	switch fateOf(state, now) {
	case markIt:
		state.RemovedAt = now
		_, err = f.store.Save(ctx, id, state, revision)
	case deleteIt:
		if err = f.store.Delete(ctx, id, revision); err == nil {
			f.orphans.drop(id)
			f.log.Info("state of a removed feed deleted", "feed", id, "removed_at", state.RemovedAt)
		}
	}
	if errors.Is(err, ErrConflict) {
		return nil // it is alive
	}
	return err
}
