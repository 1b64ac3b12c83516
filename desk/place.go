package desk

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/chipwire/chipwire/news"
)

// stale is the age at first sight from which a story tells nothing.
const stale = 72 * time.Hour

// A Decision is what became of one finding.
type Decision struct {
	Reason news.Reason // why subscribers are told, or why not
	Event  string      // that it belongs to, "" for none
	Match  string      // why it was taken for that event, "" when it founded it
}

// An Outcome is what a verdict does to the book.
type Outcome struct {
	Decisions []Decision   // one a finding, those of a kind that is not said last
	Write     []news.Event // as they are to be written, in this order; one may come twice
	Again     bool         // the verdict says nothing that is not in the book; what is written ends a move that was cut short
}

// Place folds a verdict into the events that it may belong to (block): those that
// its findings may join, and those that the article is in. It has no memory and no
// clock: the same arguments give the same outcome. A verdict that was folded in
// already writes nothing, unless a crash has kept some of it from being written.
//
// The events are those that would stand if all reports had come in the order of
// their publication: a report that comes late, as one from a slow feed does, makes
// those behind it be placed anew. In the order of arrival only alerts are decided.
func (cfg Config) Place(block []news.Event, v news.Verdict) (Outcome, error) {
	if err := placeable(v); err != nil {
		return Outcome{}, err
	}
	in := claimsOf(v)
	p := placing{cfg: cfg, verdict: v, block: block, home: map[key]string{}, pin: map[key]string{}, fresh: map[key]bool{}, spoken: map[key]int{}, mended: map[string]bool{}, changed: map[string]bool{}}
	p.gather()
	known := p.of(shortID(v.Article))
	out := Outcome{Decisions: make([]Decision, len(in))}
	switch {
	case len(known) == 0 && v.Source.PublishedAt != nil && v.DetectedAt.Sub(*v.Source.PublishedAt) > stale:
		for i := range out.Decisions {
			out.Decisions[i].Reason = news.History
		}
		return out, nil
	case len(known) == 0:
		in = p.first(in)
	case !p.revise(known, &in):
		out.Again = true
		for i, c := range claimsOf(v) {
			out.Decisions[i] = Decision{Reason: news.Reprint, Event: p.standing(c)}
		}
	}
	for _, c := range in {
		p.fresh[keyOf(c)] = true
		if c.N/perText == v.Revision && c.N%perText < len(out.Decisions) {
			p.spoken[keyOf(c)] = c.N % perText
		}
	}
	p.claims = append(p.claims, in...)
	return p.conclude(out)
}

// maxParties is the most firms that a finding may name: an event with an alert for
// each of them, which lists all, must fit into a value of the book.
const maxParties = 48

// placeable reports a finding that no event can be made of.
func placeable(v news.Verdict) error {
	for i, f := range v.Findings {
		if n := len(f.Parties); n > maxParties {
			return fmt.Errorf("finding %d names %d parties, want %d at most", i, n, maxParties)
		}
	}
	return nil
}

// A placing is one call of [Config.Place].
type placing struct {
	cfg     Config
	verdict news.Verdict
	block   []news.Event

	claims  []news.Claim
	home    map[key]string // event that a claim is in
	pin     map[key]string // event that a hand has put it in
	fresh   map[key]bool   // came with this verdict
	spoken  map[key]int    // and is what this finding says
	mended  map[string]bool
	changed map[string]bool
}

// gather takes the claims of the block.
func (p *placing) gather() {
	for _, ev := range p.block {
		if ev.Into != "" {
			continue
		}
		for _, c := range ev.Claims {
			k := keyOf(c)
			if _, twice := p.home[k]; twice { // a crash between two writes of one move
				continue
			}
			p.home[k] = ev.ID
			if ev.Pinned {
				p.pin[k] = ev.ID
			}
			p.claims = append(p.claims, c)
		}
	}
}

func (p *placing) of(article string) (known []int) {
	for i, c := range p.claims {
		if c.Article == article {
			known = append(known, i)
		}
	}
	return known
}

// standing is the event in which an article already says what a claim does, "" where
// it does not.
func (p *placing) standing(c news.Claim) string {
	for _, o := range p.claims {
		if o.Article == c.Article && sameWords(o, c) {
			return p.home[keyOf(o)]
		}
	}
	return ""
}

// conclude folds the claims, writes the events that have changed, and says what
// became of each finding.
func (p *placing) conclude(out Outcome) (Outcome, error) {
	deals := fold(p.claims, p.pin, p.cfg.Window)
	p.name(deals)
	taken := map[string]bool{}
	for _, d := range deals {
		taken[d.id] = true
	}
	for _, d := range deals {
		old := p.event(d.id)
		if !p.touched(d, old) {
			continue
		}
		ev, reason, err := p.write(d, deals, old)
		if err != nil {
			return Outcome{}, err
		}
		out.Write = append(out.Write, ev)
		for _, c := range d.claims {
			if i, said := p.spoken[keyOf(c)]; said {
				out.Decisions[i] = Decision{Reason: cmp.Or(reason, p.quiet(d, ev, c)), Event: d.id, Match: p.match(d, c)}
			}
		}
	}
	for _, ev := range p.block { // what has lost all of its claims to others
		if ev.Into == "" && !taken[ev.ID] && len(ev.Claims) > 0 {
			ev.Into = p.heir(ev, deals)
			ev.Claims = []news.Claim{} // not nil: see recalled
			out.Write = append(out.Write, ev)
		}
	}
	for i, d := range out.Decisions {
		if d.Reason == "" {
			out.Decisions[i].Reason = news.NoChange
		}
	}
	out.Write = p.inOrder(out.Write)
	return out, nil
}

func (p *placing) event(id string) news.Event {
	for _, ev := range p.block {
		if ev.ID == id {
			return ev
		}
	}
	return news.Event{}
}

// touched reports whether the event has to be written.
func (p *placing) touched(d *deal, old news.Event) bool {
	if len(d.claims) != len(old.Claims) {
		return true
	}
	return slices.ContainsFunc(d.claims, func(c news.Claim) bool { return p.fresh[keyOf(c)] || p.home[keyOf(c)] != d.id })
}

// write makes the event of a deal, with the rows of what is to be told.
func (p *placing) write(d *deal, deals []*deal, old news.Event) (news.Event, news.Reason, error) {
	ev := old
	ev.ID, ev.Into = d.id, ""
	slices.SortFunc(d.claims, earlier) // pinned ones were folded first
	ev.Claims = bounded(d.claims)
	ev.History = slices.Clone(old.History)
	for _, from := range p.merging(d, deals) {
		ev.History = inherit(ev.History, from)
	}
	ev.Sources = p.sources(d, old)
	ev.Reports = max(old.Reports, 0) + p.arrivals(d, old)
	settle(&ev)
	mended, changed := false, false
	for _, c := range d.claims {
		mended = mended || p.mended[p.home[keyOf(c)]]
		changed = changed || p.changed[p.home[keyOf(c)]]
	}
	c := cause{verdict: p.verdict, finding: p.finding(d), mended: mended, changed: changed}
	for _, cl := range d.claims {
		if p.fresh[keyOf(cl)] && cl.Article == shortID(p.verdict.Article) {
			c.match = p.match(d, cl)
		}
	}
	before := len(ev.History)
	reason, err := p.cfg.tell(&ev, old, c)
	if len(ev.History) > before {
		ev.Sources = p.alerted(ev.Sources)
	}
	return ev, reason, err
}

// arrivals counts the articles of the deal that the event did not have.
func (p *placing) arrivals(d *deal, old news.Event) (n int) {
	for i, c := range d.claims {
		is := func(o news.Claim) bool { return o.Article == c.Article }
		if !slices.ContainsFunc(old.Claims, is) && !slices.ContainsFunc(d.claims[:i], is) {
			n++
		}
	}
	return n
}

// finding is what the verdict says of the deal, or the last claim where it says
// nothing of it.
func (p *placing) finding(d *deal) news.Finding {
	c := d.last
	for _, f := range ordered(p.verdict.Findings) {
		ids, _ := registered(f.Parties)
		if slices.ContainsFunc(d.claims, func(c news.Claim) bool {
			own, _ := registered(c.Parties)
			return c.Article == shortID(p.verdict.Article) && c.Kind == f.Kind && slices.Equal(own, ids)
		}) {
			return f
		}
	}
	return news.Finding{Parties: c.Parties, Kind: c.Kind, Stage: c.Stage, Score: c.Score}
}

// match says why a claim is in a deal, "" when it founded it.
func (p *placing) match(d *deal, c news.Claim) string {
	before := deal{}
	for _, o := range d.claims {
		if keyOf(o) == keyOf(c) {
			break
		}
		before.add(o)
	}
	if len(before.claims) == 0 {
		return ""
	}
	m, _ := before.matches(c, p.cfg.Window)
	return m.String()
}

// quiet says why a report told nobody anything.
func (p *placing) quiet(d *deal, ev news.Event, c news.Claim) news.Reason {
	for _, o := range d.claims {
		if o.Article != c.Article && !p.fresh[keyOf(o)] && oneVoice(o, c) {
			return news.Reprint
		}
	}
	switch {
	case ev.Stage == news.Ended && c.Stage != news.Ended:
		return news.Old
	case c.Review && !ev.Review, c.Stage != ev.Stage:
		return news.Weaker
	}
	return news.NoChange
}
