package desk

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/chipwire/chipwire/news"
)

// joinWindow is how long after its last source a deal is still the same deal.
const joinWindow = 30 * 24 * time.Hour

// A ref is what the index knows of an event: enough to tell whether a finding
// belongs to it.
type ref struct {
	id          string
	kind        news.Kind
	parties     []news.CompanyID // registered ones, sorted
	unnamed     bool             // a party is in no registry
	first, last time.Time        // of its sources
	ended       time.Time        // when it ended, zero while it lives
}

func refOf(ev news.Event) ref {
	r := ref{id: ev.ID, kind: ev.Kind, first: ev.FirstSeen, last: ev.LastSeen}
	r.parties, r.unnamed = registered(ev.Parties)
	if ev.Stage == news.Ended {
		r.ended = ev.LastSeen
		for _, s := range ev.Sources { // the first report of the end
			if s.Stage == news.Ended && s.At.Before(r.ended) {
				r.ended = s.At
			}
		}
	}
	return r
}

// registered returns the sorted ids of the parties, and whether one has none.
func registered(parties []news.Party) (ids []news.CompanyID, unnamed bool) {
	for _, p := range parties {
		switch {
		case p.ID == "":
			unnamed = true
		case !slices.Contains(ids, p.ID):
			ids = append(ids, p.ID)
		}
	}
	slices.Sort(ids)
	return ids, unnamed
}

// matches reports whether a finding, said at one moment and seen at another,
// tells of the event of r: the same parties, or one has all of the other's and
// they share two; the same kind, or one that is not said; no more than a month
// apart. After its end only the end itself, and reports from before it, belong
// to an event; an end that was said before the event began is another's.
func (r ref) matches(f news.Finding, said, at time.Time) bool {
	if r.kind != f.Kind && r.kind != news.Partnership && f.Kind != news.Partnership {
		return false
	}
	if r.away(at) > joinWindow {
		return false
	}
	if !r.ended.IsZero() && at.After(r.ended) && !f.Stage.Over() || r.ended.IsZero() && f.Stage.Over() && said.Before(r.first) {
		return false
	}
	ids, unnamed := registered(f.Parties)
	if len(ids) < 2 || len(r.parties) < 2 {
		return unnamed == r.unnamed && slices.Equal(ids, r.parties)
	}
	return subset(ids, r.parties) || subset(r.parties, ids)
}

// away is how far a moment is from the time in which the event was reported.
func (r ref) away(at time.Time) time.Duration {
	switch {
	case at.Before(r.first):
		return r.first.Sub(at)
	case at.After(r.last):
		return at.Sub(r.last)
	}
	return 0
}

func subset(a, b []news.CompanyID) bool {
	return !slices.ContainsFunc(a, func(id news.CompanyID) bool { return !slices.Contains(b, id) })
}

// best returns the event that the finding joins: of the same kind before one of
// a kind not said, then the one nearest in time, then the younger one.
func best(found []ref, f news.Finding, at time.Time) (ref, bool) {
	if len(found) == 0 {
		return ref{}, false
	}
	return slices.MinFunc(found, func(a, b ref) int {
		return cmp.Or(
			cmp.Compare(b2i(a.kind != f.Kind), b2i(b.kind != f.Kind)),
			cmp.Compare(a.away(at), b.away(at)),
			b.last.Compare(a.last),
			strings.Compare(a.id, b.id),
		)
	}), true
}

// An index finds the events of a company. It is memory only, rebuilt from the
// book when the desk starts.
type index struct {
	byCompany map[news.CompanyID][]ref
	of        map[string][]news.CompanyID // event id -> where its ref stands
	pruned    int                         // events that were left by the last prune
}

func newIndex() *index {
	return &index{byCompany: map[news.CompanyID][]ref{}, of: map[string][]news.CompanyID{}}
}

// put adds the event, or replaces what is known of it.
func (x *index) put(ev news.Event) {
	r := refOf(ev)
	for _, id := range x.of[ev.ID] {
		x.byCompany[id] = slices.DeleteFunc(x.byCompany[id], func(o ref) bool { return o.id == ev.ID })
	}
	for _, id := range r.parties {
		x.byCompany[id] = append(x.byCompany[id], r)
	}
	x.of[ev.ID] = r.parties
	if len(x.of) > 2*x.pruned+1000 {
		x.prune(r.last)
	}
}

// prune forgets the events that nothing can join any more.
func (x *index) prune(now time.Time) {
	for company, refs := range x.byCompany {
		refs = slices.DeleteFunc(refs, func(r ref) bool {
			old := now.Sub(r.last) > 2*joinWindow
			if old {
				delete(x.of, r.id)
			}
			return old
		})
		if x.byCompany[company] = refs; len(refs) == 0 {
			delete(x.byCompany, company)
		}
	}
	x.pruned = len(x.of)
}

// find returns the id of the event that the finding joins, "" for none.
func (x *index) find(f news.Finding, said, at time.Time) string {
	ids, _ := registered(f.Parties)
	if len(ids) == 0 {
		return ""
	}
	// What the finding joins has all of its companies, or some of them and no
	// other: the events of each company have to be asked.
	var found []ref
	taken := map[string]bool{}
	for _, id := range ids {
		for _, r := range x.byCompany[id] {
			if !taken[r.id] && r.matches(f, said, at) {
				taken[r.id] = true
				found = append(found, r)
			}
		}
	}
	r, ok := best(found, f, at)
	if !ok {
		return ""
	}
	return r.id
}
