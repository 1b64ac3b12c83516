package fetcher

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chipwire/chipwire/fetcher/client"
)

// entriesAt returns entries whose first turns come after these times.
func entriesAt(after ...time.Duration) []*entry {
	var list []*entry
	for i, d := range after {
		e := &entry{turn: Turn{At: time.Now().Add(d)}}
		e.feed.ID = fmt.Sprint(i)
		list = append(list, e)
	}
	return list
}

func TestQueueKeepsTheTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute-time.Second)
		defer cancel()
		var mu sync.Mutex
		got := map[string][]time.Duration{}
		every := map[string]time.Duration{"0": 20 * time.Second, "1": 7 * time.Second, "2": time.Hour}
		newQueue(entriesAt(5*time.Second, time.Second, 0), nil).run(ctx, 2, func(e *entry) {
			mu.Lock()
			got[e.feed.ID] = append(got[e.feed.ID], time.Since(start))
			mu.Unlock()
			time.Sleep(time.Millisecond)
			e.turn.At = e.turn.At.Add(every[e.feed.ID])
		})
		for id, want := range map[string][]time.Duration{
			"0": {5e9, 25e9, 45e9},
			"1": {1e9, 8e9, 15e9, 22e9, 29e9, 36e9, 43e9, 50e9, 57e9},
			"2": {0},
		} {
			if !slices.Equal(got[id], want) {
				t.Errorf("entry %s at %v, want %v", id, got[id], want)
			}
		}
		if d := time.Since(start); d != time.Minute-time.Second {
			t.Errorf("run returned after %v", d)
		}
	})
}

// With more work than workers, who waits for longest is next, and nobody is left out.
func TestQueueUnderLoadLeavesNobodyOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Second)
		defer cancel()
		var mu sync.Mutex
		polls, busy := map[string]int{}, 0
		newQueue(entriesAt(make([]time.Duration, 50)...), nil).run(ctx, 3, func(e *entry) {
			mu.Lock()
			polls[e.feed.ID]++
			if busy++; busy > 3 {
				t.Errorf("%d at work, want at most 3", busy)
			}
			mu.Unlock()
			time.Sleep(time.Second)
			mu.Lock()
			busy--
			mu.Unlock()
			e.turn.At = time.Now().Add(time.Second)
		})
		for id, n := range polls {
			if n < 5 || n > 7 { // 300 turns for 50
				t.Errorf("entry %s: %d turns, want about 6", id, n)
			}
		}
		if len(polls) != 50 {
			t.Errorf("%d entries had turns, want 50", len(polls))
		}
	})
}

// What is at work when the end comes is finished first.
func TestQueueWaitsForWhatIsAtWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		done := 0
		newQueue(entriesAt(0), nil).run(ctx, 1, func(e *entry) {
			time.Sleep(time.Minute)
			done++
			e.turn.At = time.Now()
		})
		if done != 1 {
			t.Errorf("%d done, want 1", done)
		}
	})
}

func TestQueueOfNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Hour)
		defer cancel()
		newQueue(nil, nil).run(ctx, 1, func(*entry) { t.Error("there is no entry") })
	})
}

// BenchmarkQueue measures what a turn of one of 10,000 feeds costs beside the poll.
func BenchmarkQueue(b *testing.B) {
	now := time.Now()
	var list []*entry
	for i := range 10_000 {
		list = append(list, &entry{turn: Turn{At: now.Add(time.Duration(i-10_000) * time.Second)}})
	}
	q := newQueue(list, nil)
	q.free = 1
	e, _ := q.next()
	for b.Loop() {
		e.turn.At = now.Add(-time.Second)
		if e = q.swap(b.Context(), e); e == nil {
			b.Fatal("nothing is due")
		}
	}
}

// BenchmarkConclude304 measures what is decided after a 304, and when the next
// poll is.
func BenchmarkConclude304(b *testing.B) {
	now := time.Now()
	src := Source{ID: "etnews", URL: "https://rss.etnews.com/Section901.xml", Every: time.Minute}
	s := State{URL: src.URL, ETag: `"7"`, AddedAt: now, Health: Health{Status: StatusOK, Items: 28, LastOK: now}}
	s.Seen = []SeenDay{{Day: now.Unix() / 86400, Keys: make([]byte, 84*keySize)}}
	a := Answer{Response: &client.Response{NotModified: true, HeadersAt: now, URL: src.URL, Header: http.Header{"Etag": {`"7"`}}}, Condition: Conditional, Unchanged: true}
	b.ReportAllocs()
	for b.Loop() {
		end := Conclude(Default, src, s, a, Sift(s, nil, Default.Backfill, now), nil, now)
		if worthKeeping(s, end.State) {
			b.Fatal("a 304 is written")
		}
		NextTurn(src.Feed(time.Minute), true, end.Floor, now)
	}
}
