package desk

import (
	"slices"
	"time"

	"github.com/chipwire/chipwire/news"
)

// An index finds the events that a claim may belong to. It is memory only,
// rebuilt from the book when the desk starts.
type index struct {
	window    time.Duration
	events    map[string]*deal
	byPair    map[pair][]*deal
	byCompany map[news.CompanyID][]*deal
	open      map[news.CompanyID][]*deal // events with a party that nobody has named
	byArticle map[string][]string        // short id -> ids of events
	articles  map[string][]string        // the other way round
	pruned    int                        // events that were left by the last prune
}

// A pair is two companies, in order.
type pair [2]news.CompanyID

func newIndex(window time.Duration) *index {
	return &index{
		window: window, events: map[string]*deal{}, byPair: map[pair][]*deal{}, byCompany: map[news.CompanyID][]*deal{},
		open: map[news.CompanyID][]*deal{}, byArticle: map[string][]string{}, articles: map[string][]string{},
	}
}

// maxPairParties is the most parties of which every pair is indexed; larger
// circles are found by the pairs of the first ones.
const maxPairParties = 24

func pairs(ids []news.CompanyID) (out []pair) {
	ids = ids[:min(len(ids), maxPairParties)]
	for i := range ids {
		for j := i + 1; j < len(ids); j++ {
			out = append(out, pair{ids[i], ids[j]})
		}
	}
	return out
}

// put adds the event, or replaces what is known of it.
func (x *index) put(ev news.Event) {
	x.drop(ev.ID)
	for _, c := range ev.Claims {
		if !slices.Contains(x.articles[ev.ID], c.Article) {
			x.articles[ev.ID] = append(x.articles[ev.ID], c.Article)
			x.byArticle[c.Article] = append(x.byArticle[c.Article], ev.ID)
		}
	}
	if ev.Into != "" || len(ev.Claims) == 0 {
		return
	}
	d := &deal{id: ev.ID, pinned: ev.Pinned}
	claims := slices.Clone(ev.Claims)
	slices.SortFunc(claims, earlier)
	for _, c := range claims {
		d.add(c)
	}
	d.claims = nil
	d.first, d.last = news.Claim{Said: d.first.Said}, news.Claim{Said: d.last.Said, Article: d.last.Article, N: d.last.N}
	x.events[ev.ID] = d
	for _, p := range pairs(d.companies) {
		x.byPair[p] = append(x.byPair[p], d)
	}
	for _, id := range d.companies {
		x.byCompany[id] = append(x.byCompany[id], d)
		if d.open() {
			x.open[id] = append(x.open[id], d)
		}
	}
	if len(x.events) > 2*x.pruned+1000 {
		x.prune(d.last.Said)
	}
}

// drop forgets an event.
func (x *index) drop(id string) {
	for _, a := range x.articles[id] {
		if x.byArticle[a] = without(x.byArticle[a], id); len(x.byArticle[a]) == 0 {
			delete(x.byArticle, a)
		}
	}
	delete(x.articles, id)
	d := x.events[id]
	if d == nil {
		return
	}
	delete(x.events, id)
	for _, p := range pairs(d.companies) {
		forget(x.byPair, p, d)
	}
	for _, c := range d.companies {
		forget(x.byCompany, c, d)
		forget(x.open, c, d)
	}
}

func forget[K comparable](m map[K][]*deal, k K, d *deal) {
	if m[k] = without(m[k], d); len(m[k]) == 0 {
		delete(m, k)
	}
}

func without[T comparable](list []T, v T) []T {
	return slices.DeleteFunc(list, func(o T) bool { return o == v })
}

// prune forgets the events that nothing can join any more. Reports come up to
// [stale] after they were published.
func (x *index) prune(now int64) {
	for id, d := range x.events {
		if time.Duration(now-d.last.Said)*time.Second > x.window+2*stale {
			x.drop(id)
		}
	}
	x.pruned = len(x.events)
}

// near lists the events that could be one with a claim of these companies: two in
// common, or one where somebody is not named.
func (x *index) near(ids []news.CompanyID) (out []*deal) {
	add := func(list []*deal) {
		for _, d := range list {
			if !slices.Contains(out, d) {
				out = append(out, d)
			}
		}
	}
	if len(ids) < 2 {
		for _, id := range ids {
			add(x.byCompany[id])
		}
		return out
	}
	for _, p := range pairs(ids) {
		add(x.byPair[p])
	}
	for _, id := range ids {
		add(x.open[id])
	}
	return out
}

// maxBlock is the most events that are placed anew for one report that came late.
const maxBlock = 48

// block returns the ids of the events that have to be looked at for the claims of
// one article: those that the article is in, and for a claim that is the latest of
// all the event that it joins; for one that comes late every event whose reports it
// may move.
func (x *index) block(claims []news.Claim, article string) []string {
	ids := slices.Clone(x.byArticle[article])
	add := func(id string) bool {
		if slices.Contains(ids, id) || len(ids) >= maxBlock {
			return false
		}
		ids = append(ids, id)
		return true
	}
	for _, c := range claims {
		companies, _ := registered(c.Parties)
		near := x.near(companies)
		after := func(d *deal) bool { return x.reaches(d, c.Said) && earlier(d.last, c) > 0 }
		late := len(x.byArticle[article]) > 0 || slices.ContainsFunc(near, after)
		if !late {
			d, _ := best(near, c, x.window)
			if d == nil {
				continue
			}
			// What the deal becomes by this claim may draw later ones to it.
			if !slices.ContainsFunc(x.near(union(slices.Clone(d.companies), companies)), after) {
				add(d.id)
				continue
			}
		}
		for queue := x.reached(near, c, companies); len(queue) > 0; queue = queue[1:] {
			if d := queue[0]; add(d.id) && d.last.Said >= c.Said {
				queue = append(queue, x.reached(x.near(d.companies), c, d.companies)...)
			}
		}
	}
	return ids
}

// reaches reports whether the event was reported within the window before a
// moment, or after it.
func (x *index) reaches(d *deal, said int64) bool {
	return time.Duration(said-d.last.Said)*time.Second <= x.window && time.Duration(d.first.Said-said)*time.Second <= x.window
}

// reached leaves the events that a report said at c.Said can move. Where somebody
// is not named a product or a sum has to agree before two are one, so the others
// need not be looked at.
func (x *index) reached(near []*deal, c news.Claim, companies []news.CompanyID) (out []*deal) {
	for _, d := range near {
		if x.reaches(d, c.Said) {
			out = append(out, d)
		}
	}
	return out
}
