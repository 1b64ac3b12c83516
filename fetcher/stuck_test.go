package fetcher

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestStuckWhenAllWorkersHang holds that polling counts as stuck when every worker
// hangs while feeds are due, and not before, nor while it is paused.
func TestStuckWhenAllWorkersHang(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		polling := make(chan struct{})
		f := &Fetcher{polling: polling}
		if err := f.Stuck(time.Now()); err != nil {
			t.Errorf("before the first turns: %v", err)
		}
		e := &entry{turn: Turn{At: time.Now().Add(time.Hour)}}
		f.queue = newQueue([]*entry{e}, nil)
		close(polling)
		f.moved.Store(time.Now().UnixNano())
		time.Sleep(59 * time.Minute)
		if err := f.Stuck(time.Now()); err != nil {
			t.Errorf("none is due: %v", err)
		}
		time.Sleep(5 * time.Minute)
		if err := f.Stuck(time.Now()); err != nil {
			t.Errorf("due for four minutes: %v", err)
		}
		time.Sleep(2 * time.Minute)
		if f.Stuck(time.Now()) == nil {
			t.Error("due for six minutes, and nobody moves: not stuck")
		}
		f.queue.pause(true)
		if err := f.Stuck(time.Now()); err != nil {
			t.Errorf("paused: %v", err)
		}
		f.queue.pause(false)
		f.moved.Store(time.Now().UnixNano())
		if err := f.Stuck(time.Now()); err != nil {
			t.Errorf("a worker has just moved: %v", err)
		}
	})
}
