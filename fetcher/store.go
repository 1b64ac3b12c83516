package fetcher

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/chipwire/chipwire/internal/bus"
)

// bucketStore is the [Store] of the daemon.
type bucketStore struct{ kv jetstream.KeyValue }

// NewBucketStore returns a [Store] in a NATS bucket.
func NewBucketStore(kv jetstream.KeyValue) Store { return bucketStore{kv} }

// Known implements [Store].
func (b bucketStore) Known(ctx context.Context) (map[string]bool, error) {
	known := map[string]bool{}
	list, err := b.kv.ListKeys(ctx)
	if err != nil {
		return nil, fmt.Errorf("list feeds: %w", err)
	}
	for key := range list.Keys() {
		known[key] = true
	}
	return known, nil
}

// Load implements [Store].
func (b bucketStore) Load(ctx context.Context, feed string) (State, uint64, error) {
	entry, err := b.kv.Get(ctx, feed)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return State{}, 0, nil
	}
	if err != nil {
		return State{}, 0, fmt.Errorf("load state of feed %s: %w", feed, err)
	}
	var s State
	if err := json.Unmarshal(entry.Value(), &s); err != nil {
		return State{}, 0, fmt.Errorf("state of feed %s: %w", feed, err)
	}
	return s, entry.Revision(), nil
}

// Save implements [Store].
func (b bucketStore) Save(ctx context.Context, feed string, s State, revision uint64) (uint64, error) {
	data, err := json.Marshal(s)
	if err != nil {
		return 0, err
	}
	if revision == 0 {
		revision, err = b.kv.Create(ctx, feed, data)
	} else {
		revision, err = b.kv.Update(ctx, feed, data, revision)
	}
	if bus.Conflict(err) {
		return 0, fmt.Errorf("state of feed %s: %w", feed, ErrConflict)
	}
	if err != nil {
		return 0, fmt.Errorf("save state of feed %s: %w", feed, err)
	}
	return revision, nil
}

// ReadStates returns the states of all feeds in a bucket, in one pass and
// without the keys of what was seen, which are most of their size.
func ReadStates(ctx context.Context, kv jetstream.KeyValue) (map[string]State, error) {
	watch, err := kv.WatchAll(ctx, jetstream.IgnoreDeletes())
	if err != nil {
		return nil, fmt.Errorf("read feeds: %w", err)
	}
	defer func() { _ = watch.Stop() }() // the server drops what nobody watches
	states := map[string]State{}
	for {
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("read feeds: %w", ctx.Err())
		case entry, ok := <-watch.Updates():
			if entry == nil && !ok {
				return nil, errors.New("read feeds: the connection has ended")
			}
			if entry == nil { // what was there is read
				return states, nil
			}
			var s State
			if err := json.Unmarshal(entry.Value(), &s); err != nil {
				return nil, fmt.Errorf("state of feed %s: %w", entry.Key(), err)
			}
			s.Seen = nil
			states[entry.Key()] = s
		}
	}
}

// A MemoryStore is a [Store] that forgets: for one probe of a feed, and tests.
// The zero value is ready to use.
type MemoryStore struct {
	mu     sync.Mutex
	states map[string]memoryEntry
}

type memoryEntry struct {
	state    State
	revision uint64
}

// Known implements [Store].
func (m *MemoryStore) Known(context.Context) (map[string]bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	known := map[string]bool{}
	for id := range m.states {
		known[id] = true
	}
	return known, nil
}

// Load implements [Store].
func (m *MemoryStore) Load(_ context.Context, feed string) (State, uint64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.states[feed]
	return e.state, e.revision, nil
}

// Save implements [Store].
func (m *MemoryStore) Save(_ context.Context, feed string, s State, revision uint64) (uint64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.states == nil {
		m.states = map[string]memoryEntry{}
	}
	if m.states[feed].revision != revision {
		return 0, fmt.Errorf("state of feed %s: %w", feed, ErrConflict)
	}
	m.states[feed] = memoryEntry{s, revision + 1}
	return revision + 1, nil
}
