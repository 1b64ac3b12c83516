package bus

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// LeaseTTL is how long a lease lives without being renewed: the longest time
// that work stands still when its node dies. A holder renews every third of it,
// gives a call a sixth, and stops when one round has failed, so that its work in
// hand has ended when the lease runs out.
const (
	LeaseTTL     = 5 * time.Second
	LeaseRenewal = LeaseTTL / 3
	leaseCall    = LeaseTTL / 6
)

// PartitionTTL is that of partitions, which a node must not lose because its
// server is busy for seconds: their pages would be read again.
const PartitionTTL = 2 * LeaseTTL

// ConfigLease begins the keys by which nodes say what they run:
// config/<node>/<hash of the configuration>.
const ConfigLease = "config/"

// Leases are rights that at most one node holds at a time. A node that cannot
// renew one loses it after its time to live and must have stopped by then.
type Leases struct {
	js       jetstream.JetStream
	kv       jetstream.KeyValue
	replicas int
	node     string
}

// Leases returns the leases as seen by the node with the given id.
func (b *Bus) Leases(ctx context.Context, node string) (*Leases, error) {
	kv, err := b.coreJS.KeyValue(ctx, LeasesBucket)
	if err != nil {
		return nil, fmt.Errorf("bucket %s: %w", LeasesBucket, err)
	}
	return &Leases{js: b.coreJS, kv: kv, replicas: b.replicas, node: node}, nil
}

// Hold takes or renews the lease of key for ttl and reports whether this node has
// it. Another node's lease is left alone: that is no error.
func (l *Leases) Hold(ctx context.Context, key string, ttl time.Duration) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, leaseCall)
	defer cancel()
	if _, err := l.kv.Create(ctx, key, []byte(l.node), jetstream.KeyTTL(ttl)); err == nil {
		return true, nil
	} else if !Conflict(err) {
		return false, errors.Join(fmt.Errorf("lease %s: %w", key, err), l.restore(ctx))
	}
	entry, err := l.kv.Get(ctx, key)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return false, nil // it has just run out; the next round takes it
	}
	if err != nil {
		return false, fmt.Errorf("lease %s: %w", key, err)
	}
	if string(entry.Value()) != l.node {
		return false, nil
	}
	return l.renew(ctx, key, entry.Revision(), ttl)
}

// restore makes the bucket anew after the server has lost its memory. The next
// round finds it; where the server is only away, it fails as the caller did.
func (l *Leases) restore(ctx context.Context) error {
	cfg := leasesBucket()
	cfg.Replicas = l.replicas
	if _, err := l.js.CreateOrUpdateKeyValue(ctx, cfg); err != nil {
		return fmt.Errorf("bucket %s: %w", LeasesBucket, err)
	}
	return nil
}

// renew writes the lease again with a new time to live. The key-value API has
// no update with one, so the message is published on the bucket's subject.
func (l *Leases) renew(ctx context.Context, key string, revision uint64, ttl time.Duration) (bool, error) {
	msg := nats.NewMsg("$KV." + LeasesBucket + "." + key)
	msg.Data = []byte(l.node)
	_, err := l.js.PublishMsg(ctx, msg, jetstream.WithMsgTTL(ttl), jetstream.WithExpectLastSequencePerSubject(revision))
	if Conflict(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("lease %s: %w", key, err)
	}
	return true, nil
}

// Held reports whether this node has the lease now. It is the cheap look before
// an effect that only the holder may have.
func (l *Leases) Held(ctx context.Context, key string) (bool, error) {
	entry, err := l.kv.Get(ctx, key)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("lease %s: %w", key, err)
	}
	return string(entry.Value()) == l.node, nil
}

// Release gives a lease back, if this node has it.
func (l *Leases) Release(ctx context.Context, key string) error {
	entry, err := l.kv.Get(ctx, key)
	if errors.Is(err, jetstream.ErrKeyNotFound) || err == nil && string(entry.Value()) != l.node {
		return nil
	}
	if err == nil {
		err = l.kv.Delete(ctx, key, jetstream.LastRevision(entry.Revision()))
	}
	if err != nil {
		return fmt.Errorf("release %s: %w", key, err)
	}
	return nil
}

// Holders returns who holds each lease whose key begins with prefix ("node/").
func (l *Leases) Holders(ctx context.Context, prefix string) (map[string]string, error) {
	w, err := l.kv.WatchAll(ctx, jetstream.IgnoreDeletes())
	if err != nil {
		return nil, fmt.Errorf("leases %s: %w", prefix, err)
	}
	defer func() { _ = w.Stop() }()
	holders := map[string]string{}
	for {
		select {
		case entry := <-w.Updates():
			if entry == nil {
				return holders, nil
			}
			if strings.HasPrefix(entry.Key(), prefix) {
				holders[entry.Key()] = string(entry.Value())
			}
		case <-ctx.Done():
			return nil, fmt.Errorf("leases %s: %w", prefix, ctx.Err())
		}
	}
}
