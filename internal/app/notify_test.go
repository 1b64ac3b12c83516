package app

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chipwire/chipwire/internal/bus/bustest"
)

// TestAliveOnlyWhileWorkGoesOn holds that the watchdog hears nothing while a part
// stands still, and hears again when it goes on.
func TestAliveOnlyWhileWorkGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		var hangs atomic.Bool
		var said []Notice
		var stuck []error
		w := Watch{Every: 30 * time.Second, Tell: func(n Notice) { said = append(said, n) }}
		proofs := []proof{
			func(context.Context, time.Time) error { return nil },
			func(context.Context, time.Time) error {
				if hangs.Load() {
					return errors.New("hangs")
				}
				return nil
			},
		}
		done := make(chan struct{})
		go func() {
			w.keepAlive(ctx, proofs, func(err error) { stuck = append(stuck, err) })
			close(done)
		}()
		time.Sleep(25 * time.Second)
		hangs.Store(true)
		time.Sleep(time.Minute)
		hangs.Store(false)
		time.Sleep(10 * time.Second)
		stop()
		<-done
		if want := []Notice{noticeAlive, noticeAlive, noticeAlive, noticeAlive}; !slices.Equal(said, want) || len(stuck) != 6 {
			t.Errorf("said %q, and %d times stuck, want %q and 6", said, len(stuck), want)
		}
	})
}

func TestServerAnswers(t *testing.T) {
	b, s := bustest.Start(t)
	if err := prove(t.Context(), []proof{serverAnswers(b)}); err != nil {
		t.Error(err)
	}
	s.Close()
	if err := prove(t.Context(), []proof{serverAnswers(b)}); err == nil {
		t.Error("a server that is gone answers")
	}
}
