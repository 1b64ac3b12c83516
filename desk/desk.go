// Package desk decides which findings are one event, what has changed in it, and
// who is told why.
//
// The desk is the one writer of events. For each finding it loads the event that
// it joins, folds it in with [Decide], writes event and unsent alerts in one
// step, publishes the alerts, and marks them sent. Whoever loads an event first
// publishes what is unsent, so a crash between any two steps only repeats work;
// a published alert is recognised by its subject (see package publisher).
//
// What is told once is told for good: a stage only moves on, or is over. The
// package does not know how alerts travel; the caller hands in a func.
package desk

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/chipwire/chipwire/news"
)

// Deps are what a [Desk] works with.
type Deps struct {
	Store Store
	// Publish stores an alert unless it is stored already, and says whether it
	// was fresh. It returns when the alert is safe.
	Publish func(ctx context.Context, a news.Alert, review bool) (fresh bool, err error)
	Log     *slog.Logger
	Metrics *Metrics // nil: nobody counts
}

// A Desk keeps the book. It is not safe for concurrent use: one caller hands it
// verdicts one by one.
type Desk struct {
	store   Store
	publish func(context.Context, news.Alert, bool) (bool, error)
	log     *slog.Logger
	metrics *Metrics
	index   *index
}

// New returns a Desk that knows the events of the store, and publishes what was
// unsent when the last desk stopped.
func New(ctx context.Context, deps Deps) (*Desk, error) {
	d := &Desk{store: deps.Store, publish: deps.Publish, log: deps.Log.With("stage", "desk"), metrics: deps.Metrics, index: newIndex()}
	if d.metrics == nil {
		d.metrics = NewMetrics(nil)
	}
	var unsent []string
	err := d.store.All(ctx, func(ev news.Event) error {
		d.index.put(ev)
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

// Take folds a verdict into the book and returns when every alert that follows
// from it is stored. A verdict may be taken any number of times.
func (d *Desk) Take(ctx context.Context, v news.Verdict) error {
	// Of two findings that join one event the first counts: the one that says
	// what the deal is.
	findings := slices.Clone(v.Findings)
	slices.SortStableFunc(findings, func(a, b news.Finding) int {
		return cmp.Compare(b2i(a.Kind == news.Partnership), b2i(b.Kind == news.Partnership))
	})
	for _, f := range findings {
		if err := d.fold(ctx, v, f); err != nil {
			return fmt.Errorf("verdict on %s: %w", v.Source.URL, err)
		}
	}
	return nil
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (d *Desk) fold(ctx context.Context, v news.Verdict, f news.Finding) error {
	id := d.index.find(f, said(v), v.DetectedAt)
	if id == "" {
		id = eventID(v, f) // a crash may have kept it from the index
	}
	old, revision, err := d.load(ctx, id)
	if err != nil {
		return err
	}
	var known *news.Event
	if revision > 0 {
		known = &old
		d.index.put(old) // a write whose answer was lost is not in it yet
	}
	decision, err := Decide(known, v, f)
	if err != nil {
		return err
	}
	d.log.Debug("decided", "event", id, "reason", decision.Reason, "kind", f.Kind, "story", f.Stage, "url", v.Source.URL)
	if !decision.Write {
		d.metrics.decided(decision, f.Kind)
		return nil
	}
	revision, err = d.store.Save(ctx, decision.Event, revision)
	if err != nil {
		return err
	}
	d.metrics.decided(decision, f.Kind)
	d.index.put(decision.Event)
	return d.send(ctx, decision.Event, revision)
}

// load returns an event after publishing what was left unsent in it.
func (d *Desk) load(ctx context.Context, id string) (news.Event, uint64, error) {
	ev, revision, err := d.store.Load(ctx, id)
	if err != nil || revision == 0 || !hasUnsent(ev) {
		return ev, revision, err
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
	for i := range ev.History {
		row := &ev.History[i]
		if row.Sent {
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
		what := "told"
		if fresh {
			d.metrics.told(a, row.Review)
		} else {
			what = "was told already"
		}
		d.log.Info(what, "company", a.Company.ID, "kind", a.Kind, "stage", a.Stage, "reason", a.Reason,
			"event", ev.ID, "url", row.Source, "after", time.Since(row.At).Round(time.Millisecond).String())
		row.Sent, row.Alert = true, nil
	}
	_, err := d.store.Save(ctx, ev, revision)
	return err
}

func hasUnsent(ev news.Event) bool {
	for _, row := range ev.History {
		if !row.Sent {
			return true
		}
	}
	return false
}
