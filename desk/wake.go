package desk

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/chipwire/chipwire/news"
)

// A wait is when something is next to be done about an event, and the latest of the
// moments that it counts from.
type wait struct{ at, from time.Time }

// ahead is how far in the future a moment may lie that is past: clocks of nodes are
// not the same. One that lies further was noted by a clock that was set back since.
const ahead = 5 * time.Minute

// due reports whether the event is to be looked at.
func (w wait) due(now time.Time) bool {
	return !w.at.After(now) || w.from.After(now.Add(ahead))
}

// wake is when something is next to be done about an event without a report: an
// alert that was held back is told, or an article behind an alert is read again.
// It is zero where there is nothing.
func (d *Desk) wake(ev news.Event) (w wait) {
	sooner := func(t, from time.Time) {
		if w.at.IsZero() || t.Before(w.at) {
			w.at = t
		}
		w.from = latest(w.from, from)
	}
	for _, r := range ev.History {
		if held(r) {
			sooner(r.Until, r.At)
		}
	}
	if d.reread != nil && ev.Into == "" {
		for _, s := range ev.Sources {
			if t := d.cfg.nextReread(s); !t.IsZero() {
				sooner(t, s.ToldAt)
			}
		}
	}
	return w
}

// nextReread is when an article behind an alert is read again, zero for never.
func (c Config) nextReread(s news.EventSource) time.Time {
	if s.ToldAt.IsZero() || s.Rereads >= len(c.Reread) {
		return time.Time{}
	}
	return s.ToldAt.Add(c.Reread[s.Rereads])
}

// Tick does what is due at a moment: it tells the alerts that were held back long
// enough, and asks for the articles behind alerts to be read again. It may be called
// at any time and any number of times. What waits by a clock that was set back since
// does not wait for that time to come again.
func (d *Desk) Tick(ctx context.Context, now time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for id, w := range d.waits {
		if !w.due(now) {
			continue
		}
		if err := d.tick(ctx, id, now); err != nil {
			return fmt.Errorf("event %s: %w", id, err)
		}
	}
	return nil
}

func (d *Desk) tick(ctx context.Context, id string, now time.Time) error {
	ev, revision, err := d.load(ctx, id)
	if err != nil {
		return err
	}
	if revision == 0 {
		delete(d.waits, id)
		d.index.drop(id)
		return nil
	}
	ev.History, ev.Sources = slices.Clone(ev.History), slices.Clone(ev.Sources)
	for i := range ev.History {
		if r := &ev.History[i]; held(*r) && (wait{r.Until, r.At}).due(now) {
			r.Until = time.Time{}
		}
	}
	for i := range ev.Sources {
		s := &ev.Sources[i]
		if s.ToldAt.After(now.Add(ahead)) {
			s.ToldAt = now
		}
		asked := s.Rereads
		for t := d.cfg.nextReread(*s); d.reread != nil && !t.IsZero() && !t.After(now); t = d.cfg.nextReread(*s) {
			s.Rereads++ // what a pause has made two of is one
		}
		if s.Rereads > asked && now.Sub(s.ToldAt) < maxReread {
			if err := d.reread(ctx, again(*s)); err != nil {
				return err
			}
		}
	}
	revision, err = d.store.Save(ctx, ev, revision)
	if err != nil {
		return err
	}
	d.know(ev)
	return d.send(ctx, ev, revision)
}

// again is the item that asks for an article to be read again.
func again(s news.EventSource) news.Item {
	it := news.Item{
		Feed: s.Feed, Publisher: s.Publisher, Key: s.URL, Revision: s.Revision, Link: s.URL, Title: s.Title,
		Reread: s.Rereads, Sum: s.Sum, ETag: s.ETag, LastModified: s.LastModified,
	}
	if s.PublishedAt != nil {
		it.PublishedAt = *s.PublishedAt
	}
	return it
}
