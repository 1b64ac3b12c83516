package app

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// A stage is a part of the work that runs until its context is done.
type stage struct {
	name string
	run  func(ctx context.Context) error
}

// runStages starts the stages in order, waits until ctx is done or one of them
// fails, and stops them in reverse: what brings work stops before what takes it.
func (a *App) runStages(ctx context.Context, stages []stage, ready Ready) error {
	type running struct {
		stage
		stop context.CancelFunc
		done chan error
	}
	failed := make(chan struct{}, len(stages))
	var all []running
	for _, s := range stages {
		own, stop := context.WithCancel(context.WithoutCancel(ctx))
		r := running{s, stop, make(chan error, 1)}
		go func() { // ended below, by stop and done
			r.done <- s.run(own)
			failed <- struct{}{}
		}()
		all = append(all, r)
	}
	a.log.Info("ready", "nats", ready.NATS, "web", ready.Web, "feeds", ready.Feeds, "rules", a.classifier.Load().Rules())
	a.onReady(ready)
	a.watch.tell(noticeReady + Notice(fmt.Sprintf("\nSTATUS=polls %d feeds; alerts on %s", ready.Feeds, ready.NATS)))
	alive, rest := context.WithCancel(ctx)
	kept := make(chan struct{})
	go func() { // ended below
		defer close(kept)
		a.watch.keepAlive(alive, a.proofs, func(err error) { a.log.Error("stands still: the watchdog is not told that all is well", "err", err) })
	}()
	select {
	case <-ctx.Done():
	case <-failed:
	}
	a.watch.tell(noticeStopping + "\nSTATUS=stopping")
	rest()
	<-kept
	var errs []error
	for i := len(all) - 1; i >= 0; i-- {
		start := time.Now()
		all[i].stop()
		if err := <-all[i].done; err != nil && !errors.Is(err, context.Canceled) {
			errs = append(errs, fmt.Errorf("%s: %w", all[i].name, err))
		}
		a.log.Info("stopped", "stage", all[i].name, "after", time.Since(start).Round(time.Millisecond).String())
	}
	return errors.Join(errs...)
}
