package fetcher

import (
	"context"
	"fmt"
	"hash/fnv"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/internal/urls"
)

// Partitions is the number of partitions of the web. It is fixed for ever: it
// is in the subjects of ITEMS.
const Partitions = 16

// A Partition is a share of all hosts that one node at a time may ask.
type Partition uint8

// String returns the partition as two hexadecimal digits.
func (p Partition) String() string { return fmt.Sprintf("%02x", uint8(p)) }

// PartitionOf returns the partition of a URL: the FNV-1a hash (32 bits) of the
// host's registrable domain, so that all hosts of a publisher are asked by one
// node. An IP address counts with its port.
func PartitionOf(rawURL string) Partition {
	h := fnv.New32a()
	h.Write([]byte(urls.Site(rawURL)))
	return Partition(h.Sum32() % Partitions)
}

// A holding keeps this node's share of the partitions by leases.
type holding struct {
	leases *bus.Leases
	node   string
	log    *slog.Logger
	mask   atomic.Uint32 // bit p: partition p is held
	since  [Partitions]time.Time
	change func(ctx context.Context, p Partition, held bool)
}

func (h *holding) holds(p Partition) bool { return h.mask.Load()&(1<<p) != 0 }

// run renews the leases until ctx is done. [holding.release] gives them back.
func (h *holding) run(ctx context.Context) {
	tick := time.NewTicker(bus.LeaseRenewal)
	defer tick.Stop()
	for {
		h.round(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// patience is how long after its last renewal a lease may be relied on that
// cannot be renewed now: it lives beyond the end of the next round.
const patience = bus.PartitionTTL - 2*bus.LeaseRenewal - time.Second

// round takes, renews and, where others want their share, gives back leases.
func (h *holding) round(ctx context.Context) {
	call, cancel := context.WithTimeout(ctx, bus.LeaseRenewal)
	defer cancel()
	share := Partitions
	if _, err := h.leases.Hold(call, "node/"+h.node, bus.PartitionTTL); err == nil {
		if nodes, err := h.leases.Holders(call, "node/"); err == nil && len(nodes) > 1 {
			share = (Partitions + len(nodes) - 1) / len(nodes)
		}
	}
	held := 0
	for p := range Partition(Partitions) {
		if held >= share {
			if h.holds(p) {
				h.set(ctx, p, false)
				if err := h.leases.Release(call, "partition/"+p.String()); err != nil {
					h.log.Warn("partition not released: its lease runs out", "partition", p, "err", err)
				}
				share = Partitions // one a round, so that work moves gently
			}
			continue
		}
		asked := time.Now()
		ok, err := h.leases.Hold(call, "partition/"+p.String(), bus.PartitionTTL)
		switch {
		case err != nil && time.Since(h.since[p]) < patience:
			ok = h.holds(p) // the lease lives on: the next round may renew it
		case err != nil && h.holds(p):
			h.log.Warn("partition lost: its lease cannot be renewed", "partition", p, "err", err)
		case ok:
			h.since[p] = asked
		}
		if ok {
			held++
		}
		h.set(ctx, p, ok)
	}
}

func (h *holding) set(ctx context.Context, p Partition, held bool) {
	if h.holds(p) == held {
		return
	}
	if held {
		h.mask.Or(1 << p)
	} else {
		h.mask.And(^uint32(1 << p))
	}
	h.change(ctx, p, held)
}

func (h *holding) release() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	for p := range Partition(Partitions) {
		if !h.holds(p) {
			continue
		}
		h.set(ctx, p, false)
		if h.leases.Release(ctx, "partition/"+p.String()) != nil {
			return // NATS is away: the leases run out by themselves
		}
	}
	_ = h.leases.Release(ctx, "node/"+h.node)
}
