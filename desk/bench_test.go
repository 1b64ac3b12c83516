package desk

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"testing"
	"time"

	"github.com/chipwire/chipwire/news"
)

// live are the events that a large desk has at once.
const live = 100_000

// fullDesk is a desk with live events of two firms each, and how much memory its
// index takes, in MB. What the store holds is not its own.
func fullDesk(b *testing.B) (*Desk, *MemoryStore, float64) {
	b.Helper()
	store := &MemoryStore{}
	deps := Deps{Config: Default, Store: store, Log: slog.New(slog.DiscardHandler), Publish: func(context.Context, news.Alert, bool) (bool, error) { return true, nil }}
	d, err := New(b.Context(), deps)
	if err != nil {
		b.Fatal(err)
	}
	for i := range live {
		if err := d.Take(b.Context(), founding(i)); err != nil {
			b.Fatal(err)
		}
	}
	d = nil
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	d, err = New(b.Context(), deps)
	if err != nil {
		b.Fatal(err)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	return d, store, float64(after.HeapAlloc-before.HeapAlloc) / 1e6
}

// founding is a story of which no two are one deal: a thousand firms with each other.
func founding(i int) news.Verdict {
	a, b := i%1000, (i/1000+i%1000+1)%1000
	return story{fmt.Sprint("s", i), time.Duration(i) * 30 * time.Second, 0, fmt.Sprintf("x%d y%d", a, b), news.Supply, news.Agreed, false}.verdict()
}

// BenchmarkFound is a finding that founds an event with two alerts, among 100,000
// others. The bar is 1.5 ms.
func BenchmarkFound(b *testing.B) {
	d, _, mb := fullDesk(b)
	i := live
	for b.Loop() {
		i++
		v := story{fmt.Sprint("n", i), live * 30 * time.Second, 0, fmt.Sprintf("u%d w%d", i, i), news.Supply, news.Agreed, false}.verdict()
		if err := d.Take(b.Context(), v); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(mb, "MB-index")
}

// BenchmarkNoChange is a finding that changes nothing in one of 100,000 events. The
// bar is 0.3 ms.
func BenchmarkNoChange(b *testing.B) {
	d, _, mb := fullDesk(b)
	i := 0
	for b.Loop() {
		i++
		v := founding(live - 1 - i%live)
		v.Article, v.DetectedAt = news.ArticleID(fmt.Sprint("again", i)), noon.Add(live*30*time.Second)
		v.Source.PublishedAt = &v.DetectedAt
		if err := d.Take(b.Context(), v); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(mb, "MB-index")
}
