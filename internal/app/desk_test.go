package app_test

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/chipwire/chipwire/desk"
	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/internal/bus/embed"
	"github.com/chipwire/chipwire/news"
	"github.com/chipwire/chipwire/publisher"
)

// liveEvents are those that a large desk has at once.
const liveEvents = 100_000

// BenchmarkDesk is the desk on its real book, a bucket of the embedded server with
// 100,000 events, each write synced: processor time a finding, the server's part in
// it. The bars are 1.5 ms for one that founds an event with two alerts, 0.3 ms for one
// that changes nothing, and 250 MB for what the desk keeps in memory.
//
//	go test ./internal/app -run NONE -bench Desk -benchtime 2000x
func BenchmarkDesk(b *testing.B) {
	d, megabytes := largeDesk(b)
	now := time.Now()
	for name, bench := range map[string]struct {
		bar  float64 // milliseconds
		next func(i int) news.Verdict
	}{
		"founds": {1.5, func(i int) news.Verdict {
			return deal(fmt.Sprint("new", i), fmt.Sprint("u", i), fmt.Sprint("w", i), now)
		}},
		"no-change": {0.3, func(i int) news.Verdict {
			x, y := liveParties(i * 7)
			return deal(fmt.Sprint("again", i), x, y, now)
		}},
	} {
		n := 0 // goes on over the runs of one benchmark
		b.Run(name, func(b *testing.B) {
			before := processorTime(b)
			for b.Loop() {
				n++
				if err := d.Take(b.Context(), bench.next(n)); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric((processorTime(b)-before)/float64(b.N), "cpu-ms/op")
			b.ReportMetric(bench.bar, "bar-ms")
			b.ReportMetric(megabytes, "MB-desk")
		})
	}
}

// largeDesk opens a desk on a book of live events, and says how much memory it takes.
func largeDesk(b *testing.B) (*desk.Desk, float64) {
	b.Helper()
	dir := b.TempDir()
	if memory, err := os.MkdirTemp("/dev/shm", "chipwire-desk-"); err == nil { // the bar is about processors, not disks
		dir = memory
		b.Cleanup(func() { _ = os.RemoveAll(memory) })
	}
	s, err := embed.Start(embed.Options{DataDir: dir, Listen: "127.0.0.1:0", MaxStore: 8 << 30}, quiet)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(s.Close)
	core, wire, err := s.Connect(quiet)
	if err != nil {
		b.Fatal(err)
	}
	on, err := bus.New(core, wire, quiet)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(on.Close)
	if err := on.Setup(b.Context(), bus.Layout{Store: s.Store()}); err != nil {
		b.Fatal(err)
	}
	fill(b, on)
	book, err := on.Core().KeyValue(b.Context(), bus.EventsBucket)
	if err != nil {
		b.Fatal(err)
	}
	pub, err := publisher.New(b.Context(), on.Wire())
	if err != nil {
		b.Fatal(err)
	}
	before := heap()
	d, err := desk.New(b.Context(), desk.Deps{Config: desk.Default, Store: desk.NewBucketStore(book), Publish: pub.Publish, Log: quiet})
	if err != nil {
		b.Fatal(err)
	}
	return d, heap() - before
}

// fill writes the events as a desk has written them after their alerts were told.
func fill(b *testing.B, on *bus.Bus) {
	b.Helper()
	start := time.Now().Add(-24 * time.Hour)
	for i := range liveEvents {
		x, y := liveParties(i)
		out, err := desk.Default.Place(nil, deal(fmt.Sprint("s", i), x, y, start))
		if err != nil {
			b.Fatal(err)
		}
		ev := out.Write[0]
		for j := range ev.History {
			ev.History[j].Sent, ev.History[j].Alert = true, nil
		}
		data, err := json.Marshal(ev)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := on.Core().PublishAsync("$KV."+bus.EventsBucket+"."+ev.ID, data); err != nil {
			b.Fatal(err)
		}
		if i%1000 == 999 { // so many may be unanswered
			<-on.Core().PublishAsyncComplete()
		}
	}
	<-on.Core().PublishAsyncComplete()
}

// liveParties are the firms of a live event: no two of them have the same.
func liveParties(i int) (x, y string) {
	i %= liveEvents
	return fmt.Sprint("x", i%1000), fmt.Sprint("y", (i/1000+i%1000+1)%1000)
}

// deal is a verdict on a deal of two firms.
func deal(article, x, y string, at time.Time) news.Verdict {
	return news.Verdict{
		Article: news.ArticleID(article), DetectedAt: at, Flagged: true,
		Source: news.Source{Title: article, URL: "https://" + article + ".example/1", PublishedAt: &at},
		Findings: []news.Finding{{
			Kind: news.Supply, Stage: news.Agreed, Score: .9, Evidence: []news.Evidence{{Text: article}},
			Parties: []news.Party{{ID: news.CompanyID(x), Name: x, Side: news.Peer}, {ID: news.CompanyID(y), Name: y, Side: news.Peer}},
		}},
	}
}

// processorTime is what this process has used, in milliseconds.
func processorTime(b *testing.B) float64 {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e6
}

func heap() float64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) / 1e6
}
