package desk

import (
	"slices"

	"github.com/chipwire/chipwire/news"
)

// inOrder puts the events in an order of writing in which each claim is in the book
// at every moment, so that a crash between two writes loses none: an event that gives
// claims up comes after those that take them over. Of events that give to each other
// one is written twice, first with what it gives up still in it. A claim that a crash
// leaves in two events is put right when the verdict comes again ([placing.gather]).
func (p *placing) inOrder(events []news.Event) []news.Event {
	taker := map[key]string{}
	for _, ev := range events {
		for _, c := range ev.Claims {
			taker[keyOf(c)] = ev.ID
		}
	}
	written := map[string]bool{}
	given := func(ev news.Event) (out []news.Claim) {
		for _, c := range p.event(ev.ID).Claims {
			if to := taker[keyOf(c)]; to != "" && to != ev.ID && !written[to] {
				out = append(out, c)
			}
		}
		return out
	}
	var out []news.Event
	for len(events) > 0 {
		i := slices.IndexFunc(events, func(ev news.Event) bool { return len(given(ev)) == 0 })
		if i < 0 { // each waits for another
			i = slices.IndexFunc(events, func(ev news.Event) bool { return !written[ev.ID] && ev.Into == "" })
			both := p.event(events[i].ID)
			both.Claims = slices.Concat(events[i].Claims, given(events[i]))
			written[both.ID] = true
			out = append(out, both)
			continue
		}
		written[events[i].ID] = true
		out = append(out, events[i])
		events = slices.Delete(events, i, i+1)
	}
	return out
}
