package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Names of streams, buckets and fixed subjects.
const (
	Items      = "ITEMS"
	Articles   = "ARTICLES"
	Findings   = "FINDINGS"
	Advisories = "ADVISORIES"
	Alerts     = "ALERTS"
	Ops        = "OPS"

	FeedsBucket  = "feeds"
	EventsBucket = "events"
	LeasesBucket = "leases"
	MetaBucket   = "meta"

	FindingsSubject = "findings"
	deadSubject     = "dead" // dead.<stream>: the payload of a message that was given up
)

const (
	day = 24 * time.Hour
	gib = 1 << 30
)

// reserved is what the streams of full size keep for themselves, in bytes.
const reserved = 6 * gib

// MinStore is the smallest disk limit that the layout can be squeezed into.
const MinStore = 64 << 20

// A Layout sizes the streams for a server.
type Layout struct {
	Store    int64 // the server's disk limit in bytes; 0: unknown, streams take their full size
	Replicas int   // 1, or 3 in a cluster
}

// Validate reports a disk limit that is too small.
func (l Layout) Validate() error {
	if l.Store > 0 && l.Store < MinStore {
		return fmt.Errorf("disk limit of %d MiB is too small: chipwire needs %d MiB or more (nats.max_store, or free space on the disk of data_dir)", l.Store>>20, MinStore>>20)
	}
	return nil
}

// size is the share of a stream that has full bytes at full size. A quarter of
// the limit stays free for alerts and buckets, which have no size of their own.
func (l Layout) size(full int64) int64 {
	if room := l.Store / 4 * 3; l.Store > 0 && room < reserved {
		return int64(float64(full) * float64(room) / reserved)
	}
	return full
}

func (l Layout) coreStreams() []jetstream.StreamConfig {
	return []jetstream.StreamConfig{
		{
			Name: Items, Subjects: []string{"items.*"}, Description: "entries of feeds, waiting for their page to be read",
			MaxAge: 72 * time.Hour, MaxBytes: l.size(gib), Duplicates: 2 * time.Hour,
		},
		{
			Name: Articles, Subjects: []string{"articles.*"}, Description: "items with their page read; the archive for backtest",
			MaxAge: 30 * day, MaxBytes: l.size(4 * gib), Duplicates: day, Compression: jetstream.S2Compression,
		},
		{
			Name: Findings, Subjects: []string{FindingsSubject}, Description: "what the classifier says of each article",
			MaxAge: 30 * day, MaxBytes: l.size(gib), Duplicates: day,
		},
		{
			Name: Advisories, Description: "messages that were given up, with their payload", MaxAge: 30 * day,
			Subjects: []string{
				"$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.>", "$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.>", deadSubject + ".*",
			},
		},
	}
}

func (l Layout) wireStreams() []jetstream.StreamConfig {
	return []jetstream.StreamConfig{
		{
			Name: Alerts, Subjects: []string{"alerts.*.*.*.*", "review.*.*.*.*"}, Description: "alerts of deals, and those in the review band",
			MaxAge: 90 * day, DenyDelete: true, DenyPurge: true,
		},
		{
			Name: Ops, Subjects: []string{"ops.feed.*.*", "ops.site.*.*"}, Description: "feeds and sites that break or recover", MaxAge: 30 * day,
		},
	}
}

// buckets of the CORE account. None is compressed: each random read would
// inflate a block, sixty times the price of a plain one.
func (l Layout) buckets() []jetstream.KeyValueConfig {
	return []jetstream.KeyValueConfig{
		{Bucket: FeedsBucket, Description: "what is known of each feed", History: 1, MaxValueSize: 256 << 10, Storage: jetstream.FileStorage},
		{Bucket: EventsBucket, Description: "the desk's book", History: 1, TTL: 90 * day, MaxValueSize: 256 << 10, Storage: jetstream.FileStorage},
		leasesBucket(),
		{Bucket: MetaBucket, Description: "version of this layout", History: 1, Storage: jetstream.FileStorage},
	}
}

// leasesBucket is in memory: a lease outlives nothing, so a renewal should cost
// no disk write, and after a restart of the server every lease is simply free.
func leasesBucket() jetstream.KeyValueConfig {
	return jetstream.KeyValueConfig{
		Bucket: LeasesBucket, Description: "who holds which partition", History: 1, LimitMarkerTTL: time.Minute, Storage: jetstream.MemoryStorage,
	}
}

// Setup creates the streams and buckets that are missing and updates those that
// differ. It may be called any number of times, by any number of nodes.
func (b *Bus) Setup(ctx context.Context, l Layout) error {
	if err := l.Validate(); err != nil {
		return err
	}
	l.Replicas = max(l.Replicas, 1)
	b.replicas = l.Replicas
	found, err := b.storedSchema(ctx) // before anything is changed: a newer layout is not ours to touch
	if err != nil {
		return err
	}
	if err := setupStreams(ctx, b.coreJS, l.coreStreams(), l.Replicas); err != nil {
		return err
	}
	if err := setupStreams(ctx, b.wireJS, l.wireStreams(), l.Replicas); err != nil {
		return err
	}
	for _, cfg := range l.buckets() {
		cfg.Replicas = l.Replicas
		if _, err := b.coreJS.CreateOrUpdateKeyValue(ctx, cfg); err != nil {
			return fmt.Errorf("bucket %s: %w", cfg.Bucket, err)
		}
	}
	return b.migrate(ctx, found, migrations)
}

// noStorage is the server's code for "insufficient storage resources available".
const noStorage jetstream.ErrorCode = 10047

func setupStreams(ctx context.Context, js jetstream.JetStream, cfgs []jetstream.StreamConfig, replicas int) error {
	for _, cfg := range cfgs {
		cfg.Storage, cfg.Discard, cfg.AllowDirect, cfg.Replicas = jetstream.FileStorage, jetstream.DiscardOld, true, replicas
		_, err := js.CreateOrUpdateStream(ctx, cfg)
		var api *jetstream.APIError
		if errors.As(err, &api) && api.ErrorCode == noStorage {
			return fmt.Errorf("stream %s needs %d MiB, over the server's disk limit: raise nats.max_store, or the server's max_file_store: %w", cfg.Name, cfg.MaxBytes>>20, err)
		}
		if err != nil {
			return fmt.Errorf("stream %s: %w", cfg.Name, err)
		}
	}
	return nil
}
