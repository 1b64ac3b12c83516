package client

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestTurnsNext(t *testing.T) {
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name  string
		turns turns
		limit int
		want  time.Time
		ok    bool
	}{
		{"never asked", turns{}, 1, now, true},
		{"gap passed", turns{earliest: now.Add(-time.Second)}, 1, now, true},
		{"gap ends now", turns{earliest: now}, 1, now, true},
		{"inside the gap", turns{earliest: now.Add(time.Second)}, 1, now.Add(time.Second), true},
		{"one in flight", turns{inFlight: 1, earliest: now.Add(-time.Hour)}, 1, time.Time{}, false},
		{"one of two in flight", turns{inFlight: 1, earliest: now.Add(time.Second)}, 2, now.Add(time.Second), true},
		{"two of two in flight", turns{inFlight: 2}, 2, time.Time{}, false},
		{"one of two in flight, not on the wire", turns{inFlight: 1, opening: true}, 2, time.Time{}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := tt.turns.next(now, tt.limit)
			if !got.Equal(tt.want) || ok != tt.ok {
				t.Errorf("next = %v, %v, want %v, %v", got, ok, tt.want, tt.ok)
			}
		})
	}
}

// A length is how long a request takes: until it is on the wire, from there
// until its answer begins, and from there to its end.
type length struct{ dial, answer, body time.Duration }

// ask runs n requests of the given length at one host, queued in order, and
// returns when each started, counted from the first.
func ask(t *testing.T, g *gate, n int, l length) []time.Duration {
	t.Helper()
	var (
		mu     sync.Mutex
		starts = make([]time.Duration, n)
		began  = time.Now()
		wg     sync.WaitGroup
	)
	for i := range n {
		wg.Go(func() {
			turn, err := g.acquire(t.Context(), "a.example")
			if err != nil {
				t.Error(err)
				return
			}
			defer turn.end()
			mu.Lock()
			starts[i] = time.Since(began)
			mu.Unlock()
			time.Sleep(l.dial)
			turn.wrote()
			time.Sleep(l.answer)
			turn.answered()
			time.Sleep(l.body)
		})
		synctest.Wait() // in the queue before the next one
	}
	wg.Wait()
	return starts
}

func TestGateKeepsItsGap(t *testing.T) {
	const s = time.Second
	for _, tt := range []struct {
		name   string
		gap    time.Duration
		limit  int
		length length
		want   []time.Duration
	}{
		{"short requests", 2 * s, 1, length{}, []time.Duration{0, 2 * s, 4 * s, 6 * s}},
		{"a slow dial", 2 * s, 1, length{dial: s}, []time.Duration{0, 3 * s, 6 * s}},
		{"a slow answer", 2 * s, 1, length{answer: 5 * s}, []time.Duration{0, 7 * s, 14 * s}},
		{"a long body", 2 * s, 1, length{body: 3 * s}, []time.Duration{0, 3 * s, 6 * s, 9 * s}},
		{"two in flight", 2 * s, 2, length{body: 3 * s}, []time.Duration{0, 2 * s, 4 * s, 6 * s}},
		{"two in flight, long bodies", 2 * s, 2, length{body: 10 * s}, []time.Duration{0, 2 * s, 10 * s, 12 * s}},
		{"two in flight, slow dials", 2 * s, 2, length{dial: 5 * s, body: 10 * s}, []time.Duration{0, 7 * s, 15 * s}},
		{"two in flight, slow answers", 2 * s, 2, length{answer: 3 * s}, []time.Duration{0, 5 * s, 10 * s}},
		{"two in flight, very slow answers", 2 * s, 2, length{answer: 15 * s}, []time.Duration{0, 10 * s, 20 * s, 30 * s}},
		{"no gap", 0, 1, length{body: s}, []time.Duration{0, s, 2 * s, 3 * s}},
		{"no gap, two in flight", 0, 2, length{dial: s}, []time.Duration{0, 0, s, s}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got := ask(t, newGate(tt.gap, tt.limit), len(tt.want), tt.length)
				if !slices.Equal(got, tt.want) {
					t.Errorf("starts at %v, want %v", got, tt.want)
				}
			})
		})
	}
}

// A request without a whole answer leaves its host some time: two gaps, and where
// it was given up as long as it was without an answer, a second at least.
func TestGateWaitsAfterAbandoned(t *testing.T) {
	const s = time.Second
	for _, tt := range []struct {
		name     string
		gap      time.Duration
		waited   time.Duration
		answered bool
		gaveUp   bool
		want     time.Duration
	}{
		{"reset at once", 2 * s, 0, false, false, 4 * s},
		{"reset later", 2 * s, 20 * s, false, false, 4 * s},
		{"no answer in time", 2 * s, 20 * s, false, true, 20 * s},
		{"no end in time", 2 * s, 20 * s, true, true, 4 * s},
		{"given up at once", s / 10, 0, false, true, s},
		{"given up in the body", s / 10, 0, true, true, s / 5},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newGate(tt.gap, 1)
				turn, err := g.acquire(t.Context(), "a.example")
				if err != nil {
					t.Fatal(err)
				}
				turn.wrote()
				if tt.answered {
					turn.answered()
				}
				time.Sleep(tt.waited)
				turn.abandon(tt.gaveUp)
				turn.end() // does nothing any more
				turn.answered()
				began := time.Now()
				if turn, err = g.acquire(t.Context(), "a.example"); err != nil {
					t.Fatal(err)
				}
				turn.end()
				if d := time.Since(began); d != tt.want {
					t.Errorf("the next started after %v, want %v", d, tt.want)
				}
			})
		})
	}
}

func TestGateGivesUpWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(time.Minute, 1)
		turn, err := g.acquire(t.Context(), "a:80")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := g.acquire(ctx, "a:80"); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("first in the queue: %v, want a deadline exceeded", err)
			}
		})
		synctest.Wait()
		began := time.Now()
		wg.Go(func() { // the one behind takes the turn of the one that left
			turn, err := g.acquire(t.Context(), "a:80")
			if err != nil {
				t.Error(err)
				return
			}
			turn.end()
			if d := time.Since(began); d != time.Minute {
				t.Errorf("second in the queue started after %v, want %v", d, time.Minute)
			}
		})
		synctest.Wait()
		turn.end()
		turn.end() // a second call does nothing
		wg.Wait()
		if ctx.Err() == nil {
			t.Error("the context did not end")
		}
		canceled, stop := context.WithCancel(t.Context())
		stop()
		if _, err := g.acquire(canceled, "b:80"); !errors.Is(err, context.Canceled) {
			t.Errorf("acquire with an ended context: %v, want canceled", err)
		}
	})
}

func TestGateKeepsHostsApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(time.Hour, 1)
		began := time.Now()
		for i := range 100 {
			if _, err := g.acquire(t.Context(), fmt.Sprintf("host-%d:80", i)); err != nil {
				t.Fatal(err)
			}
		}
		if d := time.Since(began); d != 0 {
			t.Errorf("100 hosts took %v, want no waiting", d)
		}
	})
}

func TestGateForgetsQuietHosts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(2*time.Second, 1)
		visit := func(key string) {
			turn, err := g.acquire(t.Context(), key)
			if err != nil {
				t.Fatal(err)
			}
			turn.end()
		}
		for i := range 1000 {
			visit(fmt.Sprintf("host-%d:80", i))
		}
		if n := len(g.hosts); n != 1000 {
			t.Errorf("inside the gap %d hosts are known, want 1000: their gaps still hold", n)
		}
		time.Sleep(2 * time.Second)
		visit("last:80")
		if len(g.hosts) != 1 || len(g.idle) != 1 {
			t.Errorf("after the gap %d hosts and %d notes are kept, want 1 and 1", len(g.hosts), len(g.idle))
		}
	})
}

func TestGateForgetsAtOnceWithoutGap(t *testing.T) {
	g := newGate(0, 1)
	turn, err := g.acquire(t.Context(), "a:80")
	if err != nil {
		t.Fatal(err)
	}
	turn.end()
	if len(g.hosts) != 0 || len(g.idle) != 0 {
		t.Errorf("%d hosts and %d notes are kept, want none", len(g.hosts), len(g.idle))
	}
}

func BenchmarkGate(b *testing.B) {
	g := newGate(0, 1)
	for b.Loop() {
		turn, err := g.acquire(b.Context(), "a:80")
		if err != nil {
			b.Fatal(err)
		}
		turn.end()
	}
}
