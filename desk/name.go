package desk

import (
	"cmp"
	"slices"
	"time"

	"github.com/chipwire/chipwire/news"
)

// name gives each deal the id of an event: of the one that most of its claims
// come from, a new one where there is none.
func (p *placing) name(deals []*deal) {
	type bid struct {
		deal  int
		event string
		votes int
		told  bool
	}
	var bids []bid
	for i, d := range deals {
		votes := map[string]int{}
		for _, c := range d.claims {
			if id := p.home[keyOf(c)]; id != "" {
				votes[id]++
			}
		}
		for id, n := range votes {
			bids = append(bids, bid{i, id, n, heard(p.event(id).History)})
		}
	}
	slices.SortFunc(bids, func(a, b bid) int {
		return cmp.Or(cmp.Compare(b2i(b.told), b2i(a.told)), cmp.Compare(b.votes, a.votes), cmp.Compare(a.deal, b.deal), cmp.Compare(a.event, b.event))
	})
	used := map[string]bool{}
	for _, d := range deals {
		if d.pinned {
			used[d.id] = true
		}
	}
	for _, b := range bids {
		if d := deals[b.deal]; d.id == "" && !used[b.event] {
			d.id, used[b.event] = b.event, true
		}
	}
	for _, d := range deals {
		for salt := 0; d.id == ""; salt++ {
			if id := eventID(d.first, salt); !used[id] && p.free(id) {
				d.id, used[id] = id, true
			}
		}
	}
}

// free reports whether an id can be given to a deal: there is no such event in the
// block, or it has no claims of its own.
func (p *placing) free(id string) bool {
	return len(p.event(id).Claims) == 0
}

// merging lists the events that are one with the deal's now, the one that was told of
// last behind the others.
func (p *placing) merging(d *deal, deals []*deal) (out []news.Event) {
	for _, ev := range p.block {
		stands := slices.ContainsFunc(deals, func(o *deal) bool { return o.id == ev.ID })
		if ev.ID != d.id && ev.Into == "" && !stands && p.heir(ev, deals) == d.id {
			out = append(out, ev)
		}
	}
	told := func(ev news.Event) (at time.Time) {
		for _, r := range ev.History {
			at = latest(at, r.At)
		}
		return at
	}
	slices.SortFunc(out, func(a, b news.Event) int { return cmp.Or(told(a).Compare(told(b)), cmp.Compare(a.ID, b.ID)) })
	return out
}

// inherit takes over what was told under another event. What a move that was cut
// short has taken over already is left out.
func inherit(history []news.EventRow, from news.Event) []news.EventRow {
	known := slices.Clone(history)
	for _, r := range from.History {
		told := func(o news.EventRow) bool {
			return o.Event == cmp.Or(r.Event, from.ID) && o.Company == r.Company && o.Stage == r.Stage && o.Review == r.Review && o.Round == r.Round
		}
		if !held(r) && !slices.ContainsFunc(known, told) {
			r.Sent, r.Alert = true, nil
			r.Event = cmp.Or(r.Event, from.ID)
			history = append(history, r)
		}
	}
	return history
}

// heir is the event that most of the claims of ev have gone to.
func (p *placing) heir(ev news.Event, deals []*deal) string {
	heir, most := "", 0
	for _, d := range deals {
		n := 0
		for _, c := range d.claims {
			n += b2i(p.home[keyOf(c)] == ev.ID || slices.ContainsFunc(ev.Claims, func(o news.Claim) bool { return keyOf(o) == keyOf(c) }))
		}
		if n > most {
			heir, most = d.id, n
		}
	}
	return heir
}
