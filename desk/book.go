package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/news"
)

// ErrConflict reports that the event was written since it was read.
var ErrConflict = errors.New("written by another desk")

// ErrUnreadable reports a stored event that is no event.
var ErrUnreadable = errors.New("not an event")

// A Store is the desk's book. Its two forms are a bucket ([NewBucketStore]) and
// memory ([MemoryStore]).
type Store interface {
	// All calls visit with every event, in no order. After those it returns an
	// error that wraps [ErrUnreadable] if there were some that cannot be read.
	All(ctx context.Context, visit func(news.Event) error) error
	// Load returns an event and its revision, 0 when there is none.
	Load(ctx context.Context, id string) (news.Event, uint64, error)
	// Save writes the event over the given revision and returns the new one. It
	// fails with [ErrConflict] when the stored revision is another.
	Save(ctx context.Context, ev news.Event, revision uint64) (uint64, error)
}

// bucketStore is the [Store] of the daemon.
type bucketStore struct{ kv jetstream.KeyValue }

// NewBucketStore returns a [Store] in a NATS bucket.
func NewBucketStore(kv jetstream.KeyValue) Store { return bucketStore{kv} }

// All implements [Store].
func (b bucketStore) All(ctx context.Context, visit func(news.Event) error) error {
	w, err := b.kv.WatchAll(ctx, jetstream.IgnoreDeletes())
	if err != nil {
		return fmt.Errorf("read the book: %w", err)
	}
	defer func() { _ = w.Stop() }()
	var bad []error
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case entry := <-w.Updates():
			if entry == nil {
				return errors.Join(bad...)
			}
			ev, err := decode(entry.Value())
			if err != nil {
				bad = append(bad, fmt.Errorf("event %s: %w", entry.Key(), err))
				continue
			}
			if err := visit(ev); err != nil {
				return err
			}
		}
	}
}

// Load implements [Store].
func (b bucketStore) Load(ctx context.Context, id string) (news.Event, uint64, error) {
	entry, err := b.kv.Get(ctx, id)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return news.Event{}, 0, nil
	}
	if err != nil {
		return news.Event{}, 0, fmt.Errorf("load event %s: %w", id, err)
	}
	ev, err := decode(entry.Value())
	if err != nil {
		return news.Event{}, 0, fmt.Errorf("event %s: %w", id, err)
	}
	return ev, entry.Revision(), nil
}

func decode(data []byte) (ev news.Event, err error) {
	if err := json.Unmarshal(data, &ev); err != nil {
		return ev, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	if ev.Claims == nil && ev.Into == "" {
		ev.Claims = recalled(ev)
	}
	return ev, nil
}

// recalled are the claims of an event that was written before there were any: what
// its sources said, as far as it was kept. Later reports join it by them, and it is
// written with them then.
func recalled(ev news.Event) (claims []news.Claim) {
	for _, s := range ev.Sources {
		said := s.At
		if s.PublishedAt != nil {
			said = *s.PublishedAt
		}
		claims = append(claims, news.Claim{
			Article: shortID(s.Article), Revision: s.Revision, Said: said.Unix(), Seen: s.At.UnixMilli(),
			Kind: ev.Kind, Stage: s.Stage, Instrument: ev.Instrument, Parties: ev.Parties, Score: ev.Score, Review: ev.Review, Host: host(s.URL),
		})
	}
	slices.SortFunc(claims, earlier)
	if n := len(claims); n > 0 && stageOf(claims) != ev.Stage { // who said so is not among the sources any more
		claims[n-1].Stage = ev.Stage
	}
	return claims
}

// Save implements [Store].
func (b bucketStore) Save(ctx context.Context, ev news.Event, revision uint64) (uint64, error) {
	data, err := json.Marshal(ev)
	if err != nil {
		return 0, fmt.Errorf("event %s: %w", ev.ID, err)
	}
	if revision == 0 {
		revision, err = b.kv.Create(ctx, ev.ID, data)
	} else {
		revision, err = b.kv.Update(ctx, ev.ID, data, revision)
	}
	if bus.Conflict(err) {
		return 0, fmt.Errorf("event %s: %w", ev.ID, ErrConflict)
	}
	if err != nil {
		return 0, fmt.Errorf("save event %s: %w", ev.ID, err)
	}
	return revision, nil
}

// A MemoryStore is a [Store] that forgets. The zero value is ready to use.
type MemoryStore struct {
	mu     sync.Mutex
	events map[string]memoryEvent
}

type memoryEvent struct {
	event    news.Event
	revision uint64
}

// All implements [Store].
func (m *MemoryStore) All(_ context.Context, visit func(news.Event) error) error {
	m.mu.Lock()
	var all []news.Event
	for _, e := range m.events {
		all = append(all, e.event)
	}
	m.mu.Unlock()
	for _, ev := range all {
		if err := visit(ev); err != nil {
			return err
		}
	}
	return nil
}

// Load implements [Store].
func (m *MemoryStore) Load(_ context.Context, id string) (news.Event, uint64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.events[id]
	e.event.History = slices.Clone(e.event.History) // rows are marked in place
	return e.event, e.revision, nil
}

// Save implements [Store].
func (m *MemoryStore) Save(_ context.Context, ev news.Event, revision uint64) (uint64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.events == nil {
		m.events = map[string]memoryEvent{}
	}
	if m.events[ev.ID].revision != revision {
		return 0, fmt.Errorf("event %s: %w", ev.ID, ErrConflict)
	}
	ev.History = slices.Clone(ev.History)
	m.events[ev.ID] = memoryEvent{ev, revision + 1}
	return revision + 1, nil
}
