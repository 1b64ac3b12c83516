package fetcher

import (
	"cmp"
	"context"
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

// Each implements [Store].
func (b bucketStore) Each(ctx context.Context, do func(feed string, read func() (State, error), revision uint64)) error {
	watch, err := b.kv.WatchAll(ctx, jetstream.IgnoreDeletes())
	if err != nil {
		return fmt.Errorf("read feeds: %w", err)
	}
	defer func() { _ = watch.Stop() }() // the server drops what nobody watches
	for {
		select {
		case <-ctx.Done():
			return fmt.Errorf("read feeds: %w", ctx.Err())
		case entry, ok := <-watch.Updates():
			if entry == nil && !ok {
				return errors.New("read feeds: the connection has ended")
			}
			if entry == nil { // what was there is read
				return nil
			}
			do(entry.Key(), func() (State, error) { return decodeState(entry) }, entry.Revision())
		}
	}
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
	s, err := decodeState(entry)
	if err != nil {
		return State{}, 0, err
	}
	return s, entry.Revision(), nil
}

func decodeState(entry jetstream.KeyValueEntry) (State, error) {
	s, err := unpack(entry.Value())
	if err != nil {
		return State{}, fmt.Errorf("state of feed %s: %w", entry.Key(), err)
	}
	return s, nil
}

// Save implements [Store].
func (b bucketStore) Save(ctx context.Context, feed string, s State, revision uint64) (uint64, error) {
	data, err := s.pack(), error(nil)
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

// Delete implements [Store].
func (b bucketStore) Delete(ctx context.Context, feed string, revision uint64) error {
	err := b.kv.Purge(ctx, feed, jetstream.LastRevision(revision))
	if bus.Conflict(err) {
		return fmt.Errorf("state of feed %s: %w", feed, ErrConflict)
	}
	if err != nil {
		return fmt.Errorf("delete state of feed %s: %w", feed, err)
	}
	return nil
}

// ReadStates returns the states of all feeds in a store, without the keys of what
// was seen, which are most of their size.
func ReadStates(ctx context.Context, store Store) (map[string]State, error) {
	states := map[string]State{}
	var faults []error
	err := store.Each(ctx, func(id string, read func() (State, error), _ uint64) {
		s, err := read()
		if err != nil {
			faults = append(faults, err)
		}
		s.Seen = nil
		states[id] = s
	})
	return states, cmp.Or(err, errors.Join(faults...))
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

// Each implements [Store].
func (m *MemoryStore) Each(_ context.Context, do func(feed string, read func() (State, error), revision uint64)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, e := range m.states {
		do(id, func() (State, error) { return e.state, nil }, e.revision)
	}
	return nil
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

// Delete implements [Store].
func (m *MemoryStore) Delete(_ context.Context, feed string, revision uint64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.states[feed].revision != revision {
		return fmt.Errorf("state of feed %s: %w", feed, ErrConflict)
	}
	delete(m.states, feed)
	return nil
}
