package desk

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/chipwire/chipwire/news"
)

// wake is when something is next to be done about an event without a report: an
// alert that was held back is told, or an article behind an alert is read again.
// It is zero where there is nothing.
func (d *Desk) wake(ev news.Event) time.Time {
	var at time.Time
	sooner := func(t time.Time) {
		if at.IsZero() || t.Before(at) {
			at = t
		}
	}
	for _, r := range ev.History {
		if held(r) {
			sooner(r.Until)
		}
	}
	if d.reread != nil && ev.Into == "" {
		for _, s := range ev.Sources {
			if t := d.cfg.nextReread(s); !t.IsZero() {
				sooner(t)
			}
		}
	}
	return at
}

// nextReread is when an article behind an alert is read again, zero for never.
func (c Config) nextReread(s news.EventSource) time.Time {
	if s.ToldAt.IsZero() || s.Rereads >= len(c.Reread) {
		return time.Time{}
	}
	return s.ToldAt.Add(c.Reread[s.Rereads])
}

// Tick does what is due at a moment: it tells the alerts that were held back long
// enough, and asks for the articles behind alerts to be read again. It may be
// called at any time and any number of times.
func (d *Desk) Tick(ctx context.Context, now time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for id, at := range d.waits {
		if at.After(now) {
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
		if r := &ev.History[i]; held(*r) && !r.Until.After(now) {
			r.Until = time.Time{}
		}
	}
	for i := range ev.Sources {
		s := &ev.Sources[i]
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
