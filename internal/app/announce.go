package app

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/chipwire/chipwire/config"
	"github.com/chipwire/chipwire/internal/bus"
)

// A node says every announceEvery with which configuration it runs, and is believed
// for announceTTL.
const (
	announceEvery = 10 * time.Second
	announceTTL   = 3 * announceEvery
)

// configHash is a short hash of what nodes must agree on: all but where a node
// keeps its files and listens, how it reaches NATS, and what it logs.
func configHash(c config.Config) string {
	own := config.Default
	c.DataDir, c.NATS, c.Web, c.Log, c.Fetcher.WebSub = "", own.NATS, own.Web, own.Log, own.Fetcher.WebSub
	feeds := c.Feeds
	c.Feeds = nil
	sum := sha256.New()
	to := json.NewEncoder(sum) // secrets stay hidden: they are files of each node
	err := to.Encode(c)
	for i := range feeds { // one by one: the text of all of them is megabytes
		err = cmp.Or(err, to.Encode(&feeds[i]))
	}
	if err != nil {
		return "unknown"
	}
	return hex.EncodeToString(sum.Sum(nil)[:6])
}

// announce keeps a lease that names this node and the hash of the configuration
// that it runs, until ctx is done. `chipwire doctor` compares them.
func (a *App) announce(ctx context.Context, b *bus.Bus, node string) error {
	var leases *bus.Leases
	err := bus.Retry(ctx, a.log, func(ctx context.Context) (err error) {
		leases, err = b.Leases(ctx, node)
		return err
	})
	if err != nil {
		return err
	}
	tick := time.NewTicker(announceEvery)
	defer tick.Stop()
	said := ""
	release := func() {
		call, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = leases.Release(call, said) // else it runs out
	}
	for {
		a.turning.Lock()
		if a.turning.hash == "" {
			a.turning.hash = configHash(a.turning.cfg)
		}
		hash := a.turning.hash
		a.turning.Unlock()
		key := bus.ConfigLease + node + "/" + hash
		if said != "" && said != key {
			release()
		}
		said = key
		if _, err := leases.Hold(ctx, key, announceTTL); err != nil && ctx.Err() == nil {
			a.log.Debug("configuration not announced: trying again", "err", err)
		}
		select {
		case <-ctx.Done():
			release()
			return ctx.Err()
		case <-tick.C:
		}
	}
}
