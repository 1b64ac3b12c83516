package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/chipwire/chipwire/news"
)

// An Order is what a person tells the desk to do with events: to put one into
// another, or to take articles out of one.
type Order struct {
	Merge string   `json:"merge,omitempty"` // event whose claims go to Event
	Split []string `json:"split,omitempty"` // URLs or ids of articles that become an event of their own
	Event string   `json:"event"`
}

// ErrOrder reports an order that makes no sense as the book stands.
var ErrOrder = errors.New("cannot be done")

// Do carries out an order and returns the events as they stand then, that of the
// order first. They are pinned: no later report moves their claims. Nobody is told
// anything by it, and what was told under one id counts as told under the other.
func (d *Desk) Do(ctx context.Context, o Order) ([]news.Event, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	ids := []string{o.Event}
	if o.Merge != "" {
		ids = append(ids, o.Merge)
	}
	b, err := d.open(ctx, ids)
	if err != nil {
		return nil, err
	}
	for i, id := range ids {
		if len(b.events) <= i || b.events[i].ID != id {
			return nil, fmt.Errorf("%w: there is no event %s", ErrOrder, id)
		}
		if into := b.events[i].Into; into != "" {
			return nil, fmt.Errorf("%w: event %s is part of %s now", ErrOrder, id, into)
		}
	}
	var out []news.Event
	switch {
	case o.Merge != "" && o.Merge != o.Event:
		out, err = merged(b.events[0], b.events[1]), nil
	case len(o.Split) > 0:
		out, err = split(b.events[0], o.Split, func(id string) bool {
			_, revision, err := d.store.Load(ctx, id)
			return err != nil || revision > 0
		})
	default:
		err = fmt.Errorf("%w: nothing to do: want another event to merge, or articles to split off", ErrOrder)
	}
	if err != nil {
		return nil, err
	}
	if err := d.write(ctx, b, out); err != nil {
		return nil, err
	}
	d.log.Info("done by hand", "event", o.Event, "merge", o.Merge, "split", o.Split)
	return out, nil
}

// merged puts the claims of one event into another.
func merged(into, from news.Event) []news.Event {
	into.Claims = append(slices.Clone(into.Claims), from.Claims...)
	slices.SortFunc(into.Claims, earlier)
	for _, s := range from.Sources {
		if !slices.ContainsFunc(into.Sources, func(o news.EventSource) bool { return o.Article == s.Article }) {
			into.Sources = append(into.Sources, s)
		}
	}
	into.Sources = fewer(into.Sources)
	into.History = inherit(slices.Clone(into.History), from)
	into.Reports += from.Reports
	into.Pinned = true
	settle(&into)
	from.Claims, from.Into = nil, into.ID
	from.History = slices.DeleteFunc(slices.Clone(from.History), held)
	return []news.Event{into, from}
}

// maxSalt is how many ids are tried for an event that is split off; a book that has
// them all, or does not answer, refuses the write.
const maxSalt = 16

// split takes the claims of some articles out of an event.
func split(ev news.Event, articles []string, taken func(id string) bool) ([]news.Event, error) {
	var chosen []string
	for _, name := range articles {
		i := slices.IndexFunc(ev.Sources, func(s news.EventSource) bool { return s.URL == name })
		id := name
		if i >= 0 {
			id = ev.Sources[i].Article
		}
		id = shortID(id)
		if !slices.ContainsFunc(ev.Claims, func(c news.Claim) bool { return c.Article == id }) {
			return nil, fmt.Errorf("%w: event %s has no article %s", ErrOrder, ev.ID, name)
		}
		chosen = append(chosen, id)
	}
	off := func(id string) bool { return slices.Contains(chosen, shortID(id)) }
	other := news.Event{Pinned: true, History: inherit(nil, ev)}
	for _, c := range ev.Claims {
		if off(c.Article) {
			other.Claims = append(other.Claims, c)
		}
	}
	if len(other.Claims) == len(ev.Claims) {
		return nil, fmt.Errorf("%w: event %s would be left without an article", ErrOrder, ev.ID)
	}
	for salt := 0; salt < maxSalt && (salt == 0 || taken(other.ID)); salt++ {
		other.ID = eventID(other.Claims[0], salt)
	}
	for _, s := range ev.Sources {
		if off(s.Article) {
			other.Sources = append(other.Sources, s)
		}
	}
	ev.Claims = slices.DeleteFunc(slices.Clone(ev.Claims), func(c news.Claim) bool { return off(c.Article) })
	ev.Sources = slices.DeleteFunc(slices.Clone(ev.Sources), func(s news.EventSource) bool { return off(s.Article) })
	other.Reports = len(chosen)
	ev.Reports -= len(chosen)
	ev.Pinned = true
	settle(&other)
	settle(&ev)
	return []news.Event{other, ev}, nil
}

// Find returns the id that a prefix stands for among some.
func Find(ids []string, prefix string) (string, error) {
	var found []string
	for _, id := range ids {
		if id == prefix {
			return id, nil
		}
		if strings.HasPrefix(id, prefix) {
			found = append(found, id)
		}
	}
	switch len(found) {
	case 0:
		return "", fmt.Errorf("no event %q; `chipwire events list` names them", prefix)
	case 1:
		return found[0], nil
	}
	return "", fmt.Errorf("%q stands for %d events; want more of the id", prefix, len(found))
}
