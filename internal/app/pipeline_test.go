package app

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chipwire/chipwire/desk"
	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/internal/bus/bustest"
	"github.com/chipwire/chipwire/news"
	"github.com/chipwire/chipwire/publisher"
)

// A desk whose lease has vanished (the bucket of leases is memory) must not go
// on beside the one that took it: the two would found two events of one deal.
func TestALostLeaseMakesNoSecondDesk(t *testing.T) {
	quiet := slog.New(slog.DiscardHandler)
	b, _ := bustest.Start(t)
	pub, err := publisher.New(t.Context(), b.Wire())
	if err != nil {
		t.Fatal(err)
	}
	book, err := b.Core().KeyValue(t.Context(), bus.EventsBucket)
	if err != nil {
		t.Fatal(err)
	}
	leases, err := b.Core().KeyValue(t.Context(), bus.LeasesBucket)
	if err != nil {
		t.Fatal(err)
	}
	holder := func() string {
		entry, err := leases.Get(t.Context(), deskLease)
		if err != nil {
			return ""
		}
		return string(entry.Value())
	}
	ctx, stop := context.WithCancel(t.Context())
	var desks sync.WaitGroup
	run := func(node string) {
		deps := desk.Deps{Store: desk.NewBucketStore(book), Publish: pub.Publish, Log: quiet}
		desks.Go(func() {
			_ = runDesk(ctx, b, node, deps, &sitting{cfg: desk.Default}, prometheus.NewGauge(prometheus.GaugeOpts{}))
		})
	}
	until := func(what string, holds func() bool) {
		t.Helper()
		for deadline := time.Now().Add(20 * time.Second); !holds(); {
			if time.Now().After(deadline) {
				t.Fatalf("not in 20 s: %s", what)
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
	alerts := func() uint64 {
		st, err := b.Wire().Stream(t.Context(), publisher.Stream)
		if err != nil {
			t.Fatal(err)
		}
		return st.CachedInfo().State.Msgs
	}
	put := func(n int) {
		seen := time.Now()
		v := news.Verdict{
			Article: news.ArticleID(fmt.Sprint(n)), DetectedAt: seen, Source: news.Source{URL: fmt.Sprint("https://example.com/", n), PublishedAt: &seen},
			Findings: []news.Finding{{Kind: news.Memory, Stage: news.Agreed, Parties: []news.Party{{ID: "x", Name: "X"}, {ID: "y", Name: "Y"}}}},
		}
		if err := b.Put(t.Context(), bus.Outgoing{Subject: bus.FindingsSubject, ID: fmt.Sprint(n), Value: v}); err != nil {
			t.Fatal(err)
		}
	}
	run("one")
	until("one holds the lease", func() bool { return holder() == "one" })
	if err := leases.Purge(t.Context(), deskLease); err != nil {
		t.Fatal(err)
	}
	run("two")
	until("two holds the lease", func() bool { return holder() == "two" })
	for n := range 12 {
		put(n)
		time.Sleep(30 * time.Millisecond) // so that both desks pull
	}
	until("both firms are told", func() bool { return alerts() >= 2 })
	until("every finding is taken", func() bool {
		cons, err := b.Core().Consumer(t.Context(), bus.Findings, "desk")
		return err == nil && cons.CachedInfo().NumPending == 0 && cons.CachedInfo().NumAckPending == 0
	})
	if n := alerts(); n != 2 {
		t.Errorf("%d alerts for one deal of two firms", n)
	}
	stop()
	desks.Wait()
}
