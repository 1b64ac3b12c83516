package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/chipwire/chipwire/internal/bus"
)

// A Notice is what a service manager is told, in the form of sd_notify(3).
type Notice string

// The notices, besides a line of status.
const (
	noticeReady    Notice = "READY=1"
	noticeStopping Notice = "STOPPING=1"
	noticeAlive    Notice = "WATCHDOG=1"
)

// A Watch is how a service manager looks after the daemon.
type Watch struct {
	Tell  func(Notice)  // nil: there is none
	Every time.Duration // it ends the daemon that does not say for so long that it lives; 0: it never does
}

func (w Watch) tell(n Notice) {
	if w.Tell != nil {
		w.Tell(n)
	}
}

// A proof shows that one part of the work goes on, or says what stands still.
type proof func(ctx context.Context, now time.Time) error

// proofTime is how long a part has to show that it goes on.
const proofTime = 5 * time.Second

// keepAlive says that the daemon lives for as long as every proof holds, until
// ctx is done. A loop that merely runs proves nothing: a daemon whose workers all
// hang would be kept for ever.
func (w Watch) keepAlive(ctx context.Context, proofs []proof, stuck func(error)) {
	if w.Every <= 0 {
		<-ctx.Done()
		return
	}
	tick := time.NewTicker(w.Every / 3)
	defer tick.Stop()
	for {
		if err := prove(ctx, proofs); err == nil {
			w.tell(noticeAlive)
		} else if ctx.Err() == nil {
			stuck(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func prove(ctx context.Context, proofs []proof) error {
	ctx, cancel := context.WithTimeout(ctx, proofTime)
	defer cancel()
	var errs []error
	for _, p := range proofs {
		errs = append(errs, p(ctx, time.Now()))
	}
	return errors.Join(errs...)
}

// serverAnswers proves that the embedded server does its work. One that is
// elsewhere is nobody's to restart by ending this process.
func serverAnswers(b *bus.Bus) proof {
	return func(ctx context.Context, _ time.Time) error {
		if _, err := b.Core().AccountInfo(ctx); err != nil {
			return fmt.Errorf("the nats server inside does not answer: %w", err)
		}
		return nil
	}
}
