// Package desk decides which findings are one event, what has changed in it, and
// who is told why.
//
// The desk is the one writer of events. For each verdict it loads the events that
// its findings may belong to, places it in them with [Config.Place], writes each
// event and its unsent alerts in one step, publishes the alerts, and marks them
// sent. Whoever loads an event first publishes what is unsent, so a crash between
// any two steps only repeats work; a published alert is recognised by its subject
// (see package publisher).
//
// The book is what it would be if all reports had come in the order in which they
// were published; what is told of it follows the order in which they did come. The
// package does not know how alerts travel; the caller hands in a func.
package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/chipwire/chipwire/news"
)

// Deps are what a [Desk] works with.
type Deps struct {
	Config Config
	Store  Store
	// Publish stores an alert unless it is stored already, and says whether it
	// was fresh. It returns when the alert is safe.
	Publish func(ctx context.Context, a news.Alert, review bool) (fresh bool, err error)
	// Reread asks for the article of an item to be read again, and returns when
	// that is safe. It may be repeated. Nil: nothing is read again.
	Reread  func(ctx context.Context, it news.Item) error
	Log     *slog.Logger
	Metrics *Metrics // nil: nobody counts
}

// A Desk keeps the book. Its methods may be called from any goroutine; they take
// turns.
type Desk struct {
	cfg     Config
	store   Store
	publish func(context.Context, news.Alert, bool) (bool, error)
	reread  func(context.Context, news.Item) error
	log     *slog.Logger
	metrics *Metrics

	mu    sync.Mutex
	index *index
	waits map[string]wait // event -> when something is next to be done about it, see [Desk.wake]
}

// New returns a Desk that knows the events of the store, and publishes what was
// unsent when the last desk stopped.
func New(ctx context.Context, deps Deps) (*Desk, error) {
	d := &Desk{
		cfg: deps.Config, store: deps.Store, publish: deps.Publish, reread: deps.Reread, log: deps.Log.With("stage", "desk"),
		metrics: deps.Metrics, waits: map[string]wait{},
	}
	if d.metrics == nil {
		d.metrics = NewMetrics(nil)
	}
	if d.cfg.Window == 0 {
		d.cfg.Window = Default.Window
	}
	d.index = newIndex(d.cfg.Window)
	var unsent []string
	err := d.store.All(ctx, func(ev news.Event) error {
		d.know(ev)
		if hasUnsent(ev) {
			unsent = append(unsent, ev.ID)
		}
		return nil
	})
	if err != nil && !errors.Is(err, ErrUnreadable) {
		return nil, err
	}
	if err != nil { // the other events must not wait for it
		d.log.Error("the book has events that cannot be read: they are passed over", "err", err)
	}
	for _, id := range unsent {
		if _, _, err := d.load(ctx, id); err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			d.log.Error("event is not told: it is tried again when it is reported again, and at the next start", "event", id, "err", err)
		}
	}
	return d, nil
}

// Adopt goes on by another configuration. What was told stays told.
func (d *Desk) Adopt(cfg Config) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.cfg, d.index.window = cfg, cfg.Window
}

// Take folds a verdict into the book and returns when every alert that follows
// from it is stored. A verdict may be taken any number of times.
func (d *Desk) Take(ctx context.Context, v news.Verdict) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := placeable(v); err != nil { // before it is looked for
		return fmt.Errorf("verdict on %s: %w", v.Source.URL, err)
	}
	claims := claimsOf(v)
	if _, is := notice(v); !is && len(claims) == 0 && len(d.index.byArticle[shortID(v.Article)]) == 0 {
		return nil
	}
	// An id may be taken by an event that the index does not lead to: a write whose
	// answer was lost, or an event whose claims have gone to another. Then that is
	// looked at as well.
	var more []string
	for try := 0; ; try++ {
		err := d.take(ctx, v, claims, more)
		if err == nil {
			return nil
		}
		taken, conflict := errors.AsType[*takenError](err)
		if !conflict || try == maxTries {
			return fmt.Errorf("verdict on %s: %w", v.Source.URL, err)
		}
		more = append(more, taken.events...)
	}
}

// maxTries bounds how often a verdict is placed anew.
const maxTries = 5

// A takenError is an [ErrConflict] with the events that were looked at and the one
// that was written meanwhile.
type takenError struct {
	events []string
	error
}

func (e *takenError) Unwrap() error { return e.error }

func (d *Desk) take(ctx context.Context, v news.Verdict, claims []news.Claim, more []string) error {
	ids := d.index.block(claims, shortID(v.Article))
	for _, id := range more {
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	b, out, err := d.place(ctx, v, ids)
	if err != nil {
		return err
	}
	if err := d.write(ctx, b, out.Write); err != nil {
		return err
	}
	for i, dec := range out.Decisions {
		d.metrics.decided(dec, claims[i].Kind)
		d.log.Debug("decided", "event", dec.Event, "reason", dec.Reason, "match", dec.Match, "kind", claims[i].Kind, "deal_stage", claims[i].Stage, "url", v.Source.URL)
	}
	return nil
}

// place opens events and places a verdict in them, and goes on with those around
// them until nothing that is not open can be moved by it. A verdict that comes again
// may have been cut short anywhere: then all is looked at that it can have moved.
func (d *Desk) place(ctx context.Context, v news.Verdict, ids []string) (b book, out Outcome, err error) {
	b.revisions = map[string]uint64{}
	for opened := 0; ; {
		more, err := d.open(ctx, ids[opened:])
		if err != nil {
			return b, out, err
		}
		opened = len(ids)
		b.join(more)
		if out, err = d.cfg.Place(b.events, v); err != nil {
			return b, out, err
		}
		was, now := b.events, out.Write
		if out.Again {
			was, now = nil, b.events
		}
		ids = d.index.revived(d.index.spread(ids, was, now, shortID(v.Article)), out.Write)
		if len(ids) == opened {
			return b, out, nil
		}
	}
}

// A book is some events as they were loaded.
type book struct {
	events    []news.Event
	revisions map[string]uint64
}

// join adds the events of another book.
func (b *book) join(o book) {
	b.events = append(b.events, o.events...)
	maps.Copy(b.revisions, o.revisions)
}

// open loads events. Those that have gone from the store since are left out.
func (d *Desk) open(ctx context.Context, ids []string) (book, error) {
	b := book{revisions: map[string]uint64{}}
	for _, id := range ids {
		ev, revision, err := d.load(ctx, id)
		if err != nil {
			return b, err
		}
		if revision == 0 {
			d.index.drop(id)
			continue
		}
		b.events = append(b.events, ev)
		b.revisions[id] = revision
	}
	return b, nil
}

// write saves the events in their order, then tells what is unsent in them.
func (d *Desk) write(ctx context.Context, b book, events []news.Event) error {
	saved := make([]uint64, len(events))
	for i, ev := range events {
		revision, err := d.store.Save(ctx, ev, b.revisions[ev.ID])
		if errors.Is(err, ErrConflict) {
			if _, _, errLoad := d.load(ctx, ev.ID); errLoad != nil {
				return errLoad
			}
			return &takenError{append(slices.Collect(maps.Keys(b.revisions)), ev.ID), err}
		}
		if err != nil {
			return err
		}
		saved[i], b.revisions[ev.ID] = revision, revision
		d.know(ev)
	}
	for i, ev := range events {
		if err := d.send(ctx, ev, saved[i]); err != nil {
			return err
		}
	}
	return nil
}

// know puts an event into the index, and remembers when it is to be looked at.
func (d *Desk) know(ev news.Event) {
	d.index.put(ev)
	if w := d.wake(ev); w.at.IsZero() {
		delete(d.waits, ev.ID)
	} else {
		d.waits[ev.ID] = w
	}
}

// load returns an event after publishing what was left unsent in it.
func (d *Desk) load(ctx context.Context, id string) (news.Event, uint64, error) {
	ev, revision, err := d.store.Load(ctx, id)
	if err != nil || revision == 0 {
		return ev, revision, err
	}
	d.know(ev) // a write whose answer was lost is not in it yet
	if !hasUnsent(ev) {
		return ev, revision, nil
	}
	if err := d.send(ctx, ev, revision); err != nil {
		return ev, revision, err
	}
	return d.store.Load(ctx, id)
}

// send publishes the unsent alerts of an event in order, then marks them.
func (d *Desk) send(ctx context.Context, ev news.Event, revision uint64) error {
	if !hasUnsent(ev) {
		return nil
	}
	ev.History = slices.Clone(ev.History)
	for i := range ev.History {
		row := &ev.History[i]
		if row.Sent || held(*row) {
			continue
		}
		var a news.Alert
		if err := json.Unmarshal(row.Alert, &a); err != nil {
			return fmt.Errorf("unsent alert of event %s: %w", ev.ID, err)
		}
		fresh, err := d.publish(ctx, a, row.Review)
		if err != nil {
			return err
		}
		log := d.log.With("company", a.Company.ID, "kind", a.Kind, "deal_stage", a.Stage, "reason", a.Reason,
			"event", ev.ID, "url", row.Source, "after", time.Since(row.At).Round(time.Millisecond).String())
		if fresh {
			d.metrics.told(a, row.Review)
			log.Info("told")
		} else {
			log.Info("was told already")
		}
		row.Sent, row.Alert = true, nil
	}
	_, err := d.store.Save(ctx, ev, revision)
	if err == nil {
		d.know(ev)
	}
	return err
}

// hasUnsent reports whether a row of the event is to be published now.
func hasUnsent(ev news.Event) bool {
	return slices.ContainsFunc(ev.History, func(r news.EventRow) bool { return !r.Sent && !held(r) })
}
