package fetcher

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chipwire/chipwire/fetcher/client"
)

// reconfigure changes the configuration as [Fetcher.Adopt] does.
func (f *Fetcher) reconfigure(change func(*Config)) {
	cfg := f.config()
	change(&cfg)
	f.conf.Store(&cfg)
}

// A rota is a Fetcher whose polls take time and bring nothing, and when they began.
type rota struct {
	*Fetcher
	mu     sync.Mutex
	polls  map[string][]time.Time
	inHand map[string]bool
	faults []string
}

func newRota(t *testing.T, cfg Config, sources []Source) *rota {
	t.Helper()
	f, err := New(cfg, sources, Deps{Store: &MemoryStore{}, Client: client.New(cfg.Config), Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	r := &rota{Fetcher: f, polls: map[string][]time.Time{}, inHand: map[string]bool{}}
	for _, e := range f.feeds {
		e.turn = NextTurn(e.feed, false, Rest{}, time.Now())
	}
	f.queue = newQueue(f.feeds, nil)
	f.queue.back = f.putBack
	close(f.polling)
	return r
}

// poll takes up to half a second, by the feed and how often it was polled.
func (r *rota) poll(e *entry) {
	id, now := e.feed.ID, time.Now()
	r.mu.Lock()
	if r.inHand[id] {
		r.faults = append(r.faults, id+" is polled by two at once")
	}
	r.inHand[id] = true
	r.polls[id] = append(r.polls[id], now)
	n := len(r.polls[id])
	r.mu.Unlock()
	time.Sleep(time.Duration(phase(fmt.Sprint(id, n)) % uint64(500*time.Millisecond)))
	e.wake()
	defer e.sleep()
	e.loaded, e.known, e.anew, e.polled = true, true, false, time.Now()
	e.turn = r.nextTurn(e, Rest{Until: now.Add(r.config().MinInterval)}, time.Now())
	r.mu.Lock()
	r.inHand[id] = false
	r.mu.Unlock()
}

func steady() (list []Source) {
	for i := range 30 {
		list = append(list, Source{ID: fmt.Sprint("steady-", i), URL: fmt.Sprintf("https://s%d.example/rss", i), Every: time.Duration(20+i) * time.Second})
	}
	return list
}

// twoHours are the polls of two hours, with so many changes of other feeds at
// random moments.
func twoHours(t *testing.T, changes int) *rota {
	t.Helper()
	cfg := Default
	cfg.MinInterval = time.Second
	r := newRota(t, cfg, steady())
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Hour)
	defer cancel()
	done := make(chan struct{})
	go func() { defer close(done); r.queue.run(ctx, 64, r.poll) }()
	rng := rand.New(rand.NewPCG(7, 7))
	for range changes {
		time.Sleep(time.Duration(rng.Int64N(int64(2 * time.Hour / time.Duration(changes)))))
		list := steady()
		for i := range 20 {
			if rng.IntN(3) > 0 {
				src := Source{ID: fmt.Sprint("other-", i), URL: fmt.Sprintf("https://o%d.example/%d", i, rng.IntN(2)), Every: time.Duration(5+rng.IntN(3)) * time.Second}
				list = append(list, src)
			}
		}
		rng.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		p, err := r.Plan(cfg, list)
		if err != nil {
			t.Fatal(err)
		}
		ch, err := r.Adopt(ctx, p)
		if err != nil {
			t.Fatal(err)
		}
		r.mu.Lock()
		for _, id := range ch.Removed { // one that comes back asks the store first, which polls here do not
			r.polls[id] = append(r.polls[id], time.Time{})
		}
		r.mu.Unlock()
		r.queue.mu.Lock()
		n := len(r.queue.turns)
		r.queue.mu.Unlock()
		if n > len(list) {
			t.Errorf("%d entries on the heap of %d feeds", n, len(list))
		}
	}
	<-done
	return r
}

// However often other feeds come, change and go: a feed that stays is polled when
// it would have been.
func TestAdoptLosesAndDoublesNoPoll(t *testing.T) {
	var quietly, busily *rota
	synctest.Test(t, func(t *testing.T) { quietly = twoHours(t, 0) })
	synctest.Test(t, func(t *testing.T) { busily = twoHours(t, 200) })
	for _, fault := range busily.faults {
		t.Error(fault)
	}
	for _, s := range steady() {
		want, got := quietly.polls[s.ID], busily.polls[s.ID]
		if len(want) != len(got) {
			t.Errorf("%s: %d polls, want %d", s.ID, len(got), len(want))
			continue
		}
		for i := range want {
			if d := got[i].Sub(want[i]).Abs(); d > 2*coalesce {
				t.Errorf("%s: poll %d is %v off", s.ID, i, d)
				break
			}
		}
	}
	others := 0
	for id, polls := range busily.polls {
		if slices.ContainsFunc(steady(), func(s Source) bool { return s.ID == id }) {
			continue
		}
		others += len(polls)
		for i, at := range polls[1:] {
			if gap := at.Sub(polls[i]); !at.IsZero() && gap < time.Second {
				t.Errorf("%s: polled %v after its last poll", id, gap)
			}
		}
	}
	if others == 0 {
		t.Error("no other feed was polled")
	}
}

func TestBecome(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	planned := Turn{now.Add(20 * time.Minute), "planned"}
	base := Source{ID: "a", URL: "https://a.example/rss", Every: 30 * time.Minute}
	for _, tt := range []struct {
		name   string
		change func(*Source)
		anew   bool
		want   func(time.Time) bool
	}{
		{"as it was", func(*Source) {}, false, planned.At.Equal},
		{"another name", func(s *Source) { s.Name = "A" }, false, planned.At.Equal},
		{"another interval", func(s *Source) { s.Every = time.Minute }, false, func(at time.Time) bool { return at.Before(now.Add(3 * time.Minute)) }},
		{"another address", func(s *Source) { s.URL = "https://a.example/atom" }, true, now.Add(30 * time.Second).Equal},
		{"a password", func(s *Source) { s.Auth = client.Auth{User: "u", Password: "p"} }, true, now.Add(30 * time.Second).Equal},
		{"a header", func(s *Source) { s.Headers = Headers{"X-Key": "1"} }, true, now.Add(30 * time.Second).Equal},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg := Default
			f, err := New(cfg, []Source{base}, Deps{Client: client.New(cfg.Config), Log: quiet})
			if err != nil {
				t.Fatal(err)
			}
			e := f.feeds[0]
			e.turn, e.loaded, e.known, e.polled = planned, true, true, now.Add(-30*time.Second)
			next := base
			tt.change(&next)
			p, err := f.Plan(cfg, []Source{next})
			if err != nil {
				t.Fatal(err)
			}
			f.become(e, p.entries[0], now)
			if !tt.want(e.turn.At) || e.anew != tt.anew {
				t.Errorf("turn in %v (%s), anew %v", e.turn.At.Sub(now), e.turn.Why, e.anew)
			}
			if e.source != p.entries[0].source {
				t.Error("the entry holds on to the old configuration")
			}
		})
	}
}

func TestPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := Default
		cfg.MinInterval = time.Second
		r := newRota(t, cfg, steady()[:1])
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); r.queue.run(ctx, 4, r.poll) }()
		polls := func() int {
			r.mu.Lock()
			defer r.mu.Unlock()
			return len(r.polls["steady-0"])
		}
		count := func(d time.Duration) int {
			before := polls()
			time.Sleep(d)
			synctest.Wait()
			return polls() - before
		}
		if n := count(time.Minute); n == 0 {
			t.Error("no poll")
		}
		if err := r.Pause(ctx, true); err != nil {
			t.Fatal(err)
		}
		if n := count(10 * time.Minute); n != 0 {
			t.Errorf("%d polls in a pause", n)
		}
		if err := r.Pause(ctx, false); err != nil {
			t.Fatal(err)
		}
		if n := count(time.Second); n != 1 {
			t.Errorf("%d polls right after a pause, want 1", n)
		}
		cancel()
		<-done
	})
}

func TestFate(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name    string
		removed time.Time
		want    fate
	}{
		{"just removed", time.Time{}, markIt},
		{"for a day", now.Add(-24 * time.Hour), keepIt},
		{"for a week", now.Add(-Forget), deleteIt},
		{"the clock was set back", now.Add(24 * time.Hour), markIt},
	} {
		if got := fateOf(State{RemovedAt: tt.removed}, now); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestForget(t *testing.T) {
	b := newBus(t)
	kv, err := b.Core().KeyValue(t.Context(), "feeds")
	if err != nil {
		t.Fatal(err)
	}
	for name, store := range map[string]Store{"memory": &MemoryStore{}, "bucket": NewBucketStore(kv)} {
		t.Run(name, func(t *testing.T) {
			f := newFetcher(t, b, store)
			if _, err := store.Save(t.Context(), "old", State{URL: "https://old.example/rss"}, 0); err != nil {
				t.Fatal(err)
			}
			f.orphans.add("old")
			now, all, none := time.Now(), func(Partition) bool { return true }, func(Partition) bool { return false }
			for i, step := range []struct {
				held   func(Partition) bool
				at     time.Time
				marked bool
				left   bool
			}{
				{none, now, false, true},
				{all, now, true, true},
				{all, now.Add(Forget / 2), true, true},
				{none, now.Add(2 * Forget), true, true},
				{all, now.Add(2 * Forget), false, false},
			} {
				if err := f.forget(t.Context(), "old", step.held, step.at); err != nil {
					t.Fatal(err)
				}
				s, revision, err := store.Load(t.Context(), "old")
				if err != nil || (revision > 0) != step.left || s.RemovedAt.IsZero() == step.marked {
					t.Errorf("step %d: %v %d %v", i, s.RemovedAt, revision, err)
				}
			}
			if left := f.orphans.list(); len(left) != 0 {
				t.Errorf("still looked at: %v", left)
			}
		})
	}
}
