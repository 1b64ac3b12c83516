package fetcher

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	// saveTime bounds the saving at a stop. The leases, which are not renewed
	// meanwhile, live longer (see [bus.PartitionTTL] and [bus.LeaseRenewal]).
	saveTime   = 3 * time.Second
	saveAtOnce = 16 // writes in flight
)

// saveHistories writes the states whose history is in memory only, and returns
// how many were written and how many not. One that another node has written in
// the meantime stays as it is there; a history that is lost costs nothing else.
func (f *Fetcher) saveHistories(ctx context.Context, hold *holding) (saved, unsaved int) {
	ctx, cancel := context.WithTimeout(ctx, saveTime)
	defer cancel()
	var done atomic.Int64
	var all int
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(saveAtOnce)
	f.mu.Lock()
	feeds := f.feeds
	f.mu.Unlock()
	for _, e := range feeds {
		if !e.loaded || !e.unsaved || !hold.holds(e.part) {
			continue
		}
		all++
		g.Go(func() error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			revision, err := f.store.Save(ctx, e.feed.ID, e.recalled(), e.revision)
			if err == nil {
				e.revision, e.unsaved = revision, false
				done.Add(1)
			}
			if errors.Is(err, ErrConflict) {
				return nil
			}
			return err // the server is away: no other will fare better
		})
	}
	_ = g.Wait() // what is not saved is counted
	return int(done.Load()), all - int(done.Load())
}
