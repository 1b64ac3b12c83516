package fetcher

import (
	"context"
	"testing"

	"github.com/chipwire/chipwire/internal/bus"
)

func newHolding(t *testing.T, b *bus.Bus, node string) *holding {
	t.Helper()
	leases, err := b.Leases(t.Context(), node)
	if err != nil {
		t.Fatal(err)
	}
	return &holding{leases: leases, node: node, log: quiet, change: func(context.Context, Partition, bool) {}}
}

func (h *holding) count() (n int) {
	for p := range Partition(Partitions) {
		if h.holds(p) {
			n++
		}
	}
	return n
}

// One node holds every partition; a second one gets its half, one by one, and
// no partition is ever held by both; when it leaves, all go back to the first.
func TestNodesShareThePartitions(t *testing.T) {
	b := newBus(t)
	one, two := newHolding(t, b, "one"), newHolding(t, b, "two")
	one.round(t.Context())
	if n := one.count(); n != Partitions {
		t.Fatalf("a single node holds %d partitions", n)
	}
	for range 12 {
		before := one.count()
		two.round(t.Context())
		one.round(t.Context())
		if both := one.mask.Load() & two.mask.Load(); both != 0 {
			t.Fatalf("partitions %016b are held by both", both)
		}
		if after := one.count(); before-after > 1 {
			t.Fatalf("%d partitions were given back at once", before-after)
		}
	}
	if a, b := one.count(), two.count(); a != 8 || b != 8 {
		t.Errorf("%d and %d partitions, want 8 and 8", a, b)
	}
	two.release()
	one.round(t.Context())
	if n := one.count(); n != Partitions {
		t.Errorf("%d partitions after the other has left", n)
	}
}

// A node that cannot renew its leases stops before they can be another's.
func TestANodeWithoutLeasesHoldsNothing(t *testing.T) {
	b := newBus(t)
	h := newHolding(t, b, "one")
	h.round(t.Context())
	b.Close()
	for p := range h.since {
		h.since[p] = h.since[p].Add(-bus.PartitionTTL)
	}
	h.round(t.Context())
	if n := h.count(); n != 0 {
		t.Errorf("%d partitions are held without a server", n)
	}
}
