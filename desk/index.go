package desk

import (
	"cmp"
	"slices"
	"strings"
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
	lone      map[news.CompanyID][]*deal // events with a report that names nobody else
	byArticle map[string][]string        // short id -> ids of events
	articles  map[string][]string        // the other way round
	emptied   map[string]bool            // events whose claims have all gone to others
	pruned    int                        // events that were left by the last prune
}

// A pair is two companies, in order.
type pair [2]news.CompanyID

func newIndex(window time.Duration) *index {
	return &index{
		window: window, events: map[string]*deal{}, byPair: map[pair][]*deal{}, byCompany: map[news.CompanyID][]*deal{},
		lone: map[news.CompanyID][]*deal{}, byArticle: map[string][]string{}, articles: map[string][]string{}, emptied: map[string]bool{},
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
		x.emptied[ev.ID] = true
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
	d.named, d.lone = firmsOf(claims)
	for _, p := range pairs(d.named) {
		x.byPair[p] = append(x.byPair[p], d)
	}
	for _, id := range d.named {
		x.byCompany[id] = append(x.byCompany[id], d)
	}
	for _, id := range d.lone {
		x.lone[id] = append(x.lone[id], d)
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
	delete(x.emptied, id)
	d := x.events[id]
	if d == nil {
		return
	}
	delete(x.events, id)
	for _, p := range pairs(d.named) {
		forget(x.byPair, p, d)
	}
	for _, c := range d.named {
		forget(x.byCompany, c, d)
	}
	for _, c := range d.lone {
		forget(x.lone, c, d)
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

// firmsOf lists the companies that any of the claims names or has named, and those
// that one of them names alone.
func firmsOf(claims []news.Claim) (named, lone []news.CompanyID) {
	for _, c := range claims {
		ids := firms(c)
		for _, id := range ids {
			if !slices.Contains(named, id) {
				named = append(named, id)
			}
		}
		if len(ids) == 1 && !slices.Contains(lone, ids[0]) {
			lone = append(lone, ids[0])
		}
	}
	slices.Sort(named)
	return named, lone
}

// near lists the events of which a report may join a deal of these companies, or
// may be joined by one: two are in common, or one where a report names nobody else.
func (x *index) near(named, lone []news.CompanyID) (out []*deal) {
	there := map[*deal]bool{}
	add := func(list []*deal) {
		for _, d := range list {
			if !there[d] {
				there[d] = true
				out = append(out, d)
			}
		}
	}
	for _, p := range pairs(named) {
		add(x.byPair[p])
	}
	for _, id := range named {
		add(x.lone[id])
	}
	for _, id := range lone {
		add(x.byCompany[id])
	}
	return out
}

// maxBlock is the most events that are placed anew for one report that came late.
const maxBlock = 48

// block returns the ids of the events to begin with for the claims of one article:
// those that the article is in, and those that a claim may join. Of these one is
// enough if the claim is the latest of all.
func (x *index) block(claims []news.Claim, article string) []string {
	ids := slices.Clone(x.byArticle[article])
	for _, c := range claims {
		near := x.near(firmsOf([]news.Claim{c}))
		late := func(d *deal) bool { return earlier(d.last, c) > 0 }
		if len(x.byArticle[article]) > 0 || slices.ContainsFunc(near, late) {
			ids = add(ids, x.within(near, c.Said, c.Said))
		} else if d, _ := best(near, c, x.window); d != nil {
			ids = add(ids, []*deal{d})
		}
	}
	return ids
}

// add puts as many events to the others as there is room for.
func add(ids []string, deals []*deal) []string {
	for _, d := range deals {
		if len(ids) < maxBlock && !slices.Contains(ids, d.id) {
			ids = append(ids, d.id)
		}
	}
	return ids
}

// revived returns the ids of a block with those of the events among what is to be
// written that have no claims any more, and now get some: an event that went into
// another and comes out of it again is the same one, with what was told of it.
func (x *index) revived(ids []string, write []news.Event) []string {
	for _, ev := range write {
		if x.emptied[ev.ID] && !slices.Contains(ids, ev.ID) {
			ids = append(ids, ev.ID)
		}
	}
	return ids
}

// within leaves the events that were reported within the window before a moment,
// between two, or within the window after the second; the nearest first.
func (x *index) within(near []*deal, from, to int64) (out []*deal) {
	away := func(d *deal) int64 { return max(from-d.last.Said, d.first.Said-to, 0) }
	for _, d := range near {
		if time.Duration(away(d))*time.Second <= x.window {
			out = append(out, d)
		}
	}
	slices.SortFunc(out, func(a, b *deal) int { return cmp.Or(cmp.Compare(away(a), away(b)), strings.Compare(a.id, b.id)) })
	return out
}

// spread returns the ids of a block with those of the events that a change of some
// in it may move in turn. An event that is another from a moment on may take or lose
// the reports behind that moment, so those of its neighbours, and where it has such
// reports itself, the neighbours that these may go to.
func (x *index) spread(ids []string, was, now []news.Event, article string) []string {
	for _, ev := range now {
		i := slices.IndexFunc(was, func(o news.Event) bool { return o.ID == ev.ID })
		var before []news.Claim
		if i >= 0 {
			before = was[i].Claims
		}
		changed := changes(before, ev.Claims, article)
		if len(changed) == 0 || len(ev.Claims) == 0 {
			continue
		}
		from, last := slices.MinFunc(changed, earlier), slices.MaxFunc(ev.Claims, earlier)
		near := x.within(x.near(firmsOf(ev.Claims)), from.Said, last.Said)
		// What the article itself may join was looked for at first.
		moved := slices.ContainsFunc(changed, func(c news.Claim) bool { return c.Article != article })
		if !moved && earlier(last, from) <= 0 {
			near = slices.DeleteFunc(near, func(d *deal) bool { return earlier(d.last, from) <= 0 })
		}
		ids = add(ids, near)
	}
	return ids
}

// changes are the claims that are in one of two states of an event only. What the
// article says counts as changed.
func changes(was, now []news.Claim, article string) (out []news.Claim) {
	look := func(claims, others []news.Claim) {
		for _, c := range claims {
			same := func(o news.Claim) bool { return keyOf(o) == keyOf(c) }
			if c.Article == article || !slices.ContainsFunc(others, same) {
				out = append(out, c)
			}
		}
	}
	look(was, now)
	look(now, was)
	return out
}
