package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

// Bodies that grow side by side and together want more than there is all end, one
// of them beyond the budget at a time.
func TestBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const size, each, limit = 100, 60, 10
		b := &budget{left: size}
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				h := hold{budget: b}
				defer h.shrink(0)
				for n := range each / limit {
					if err := h.grow(t.Context(), (n+1)*limit); err != nil {
						t.Error(err)
					}
					b.mu.Lock()
					if b.left < -each {
						t.Errorf("%d bytes beyond the budget, want at most one body's %d", -b.left, each)
					}
					b.mu.Unlock()
				}
			})
		}
		wg.Wait()
		if b.left != size || b.over != nil {
			t.Errorf("%d of %d bytes are left, %v beyond", b.left, size, b.over)
		}
	})
}

func TestBudgetGivesUpWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &budget{left: 10}
		over, other := hold{budget: b}, hold{budget: b}
		if err := over.grow(t.Context(), 50); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			if err := other.grow(ctx, 1); !errors.Is(err, context.Canceled) {
				t.Errorf("%v, want canceled", err)
			}
		})
		synctest.Wait()
		cancel()
		wg.Wait()
		over.shrink(5)
		if err := other.grow(t.Context(), 5); err != nil || b.over != nil {
			t.Errorf("%v, %v beyond, want room for both", err, b.over)
		}
	})
}

// Few large answers are in use at once, and any number of small ones; what a use
// holds is given back, also when it panics.
func TestUse(t *testing.T) {
	large, small := noise(bigBody+1), noise(1000)
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/large" {
			fmt.Fprint(w, large)
			return
		}
		fmt.Fprint(w, small)
	})
	const n = 8
	c := newTest(t, func(cfg *Config) { cfg.HostConcurrency = 2 * n })
	var in, most atomic.Int32
	var smalls, all sync.WaitGroup
	smalls.Add(n)
	for range n {
		all.Go(func() {
			c.Use(t.Context(), Request{URL: url + "/small"}, func(_ *Response, err error) {
				smalls.Done()
				if err != nil {
					t.Error(err)
				}
				smalls.Wait() // for all the others, which are in use at once with it
			})
		})
		all.Go(func() {
			defer func() { _ = recover() }()
			c.Use(t.Context(), Request{URL: url + "/large"}, func(resp *Response, err error) {
				if err != nil || len(resp.Body) != len(large) {
					t.Errorf("%v, want the whole body", err)
				}
				for now := in.Add(1); ; {
					old := most.Load()
					if now <= old || most.CompareAndSwap(old, now) {
						break
					}
				}
				in.Add(-1)
				panic("of a parser")
			})
		})
	}
	all.Wait()
	if most.Load() > bigUses {
		t.Errorf("%d large bodies were in use at once, want at most %d", most.Load(), bigUses)
	}
	if c.budget.left != budgetBytes || len(c.uses) != 0 {
		t.Errorf("%d of %d bytes are left, %d places taken", c.budget.left, budgetBytes, len(c.uses))
	}
}
