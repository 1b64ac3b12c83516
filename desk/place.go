package desk

import (
	"cmp"
	"slices"
	"time"

	"github.com/chipwire/chipwire/desk/marks"
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
	Write     []news.Event // as they are to be written, in this order
}

// Place folds a verdict into the events that it may belong to (block): those that
// its findings may join, and those that the article is in. It has no memory and no
// clock: the same arguments give the same outcome, and a verdict that was folded
// in already writes nothing.
//
// The events are those that would stand if all reports had come in the order of
// their publication: a report that comes late, as one from a slow feed does, makes
// those behind it be placed anew. In the order of arrival only alerts are decided.
func (cfg Config) Place(block []news.Event, v news.Verdict) (Outcome, error) {
	in := claimsOf(v)
	p := placing{cfg: cfg, verdict: v, block: block, home: map[key]string{}, pin: map[key]string{}, fresh: map[key]bool{}, mended: map[string]bool{}, changed: map[string]bool{}}
	p.gather()
	known := p.of(shortID(v.Article))
	out := Outcome{Decisions: make([]Decision, len(in))}
	switch {
	case len(known) == 0 && v.Source.PublishedAt != nil && v.DetectedAt.Sub(*v.Source.PublishedAt) > stale:
		for i := range out.Decisions {
			out.Decisions[i].Reason = news.History
		}
		return out, nil
	case len(known) == 0 && v.Print.Note == news.NoteRetracted:
		p.retract(in)
		in = nil
	case !p.revise(known, &in):
		for i := range out.Decisions {
			out.Decisions[i] = Decision{Reason: news.Reprint, Event: p.home[key{shortID(v.Article), i}]}
		}
		return out, nil
	}
	for _, c := range in {
		p.fresh[keyOf(c)] = true
	}
	p.claims = append(p.claims, in...)
	return p.conclude(out)
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
	mended  map[string]bool
	changed map[string]bool
	torn    bool // a claim is in two events: a move was cut short
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
				p.torn = true
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

// revise puts a revision in the place of what the article said before, and
// reports whether there is anything to do.
func (p *placing) revise(known []int, in *[]news.Claim) bool {
	if len(known) == 0 {
		return len(*in) > 0
	}
	newest := slices.MaxFunc(known, func(a, b int) int { return fresher(p.claims[a], p.claims[b]) })
	now := news.Claim{Revision: p.verdict.Revision, Reread: p.verdict.Reread}
	if order := fresher(now, p.claims[newest]); order < 0 {
		return false
	} else if order == 0 { // redelivered: what a crash has left out is added
		*in = slices.DeleteFunc(*in, func(c news.Claim) bool { _, there := p.home[keyOf(c)]; return there })
		return len(*in) > 0 || p.torn
	}
	retracted := p.verdict.Print.Note == news.NoteRetracted
	if retracted {
		*in = nil
	}
	next := nextN(p.claims, known)
	for _, i := range known {
		p.replace(i, in, retracted)
	}
	for j := range *in { // new deals of the article must not take the keys of old ones
		if (*in)[j].N < next && p.taken((*in)[j]) {
			(*in)[j].N, next = next, next+1
		}
	}
	return true
}

func (p *placing) taken(c news.Claim) bool { _, there := p.home[keyOf(c)]; return there }

func nextN(claims []news.Claim, known []int) (n int) {
	for _, i := range known {
		n = max(n, claims[i].N+1)
	}
	return n
}

// replace puts into the place of claim i what the article says now. A deal that
// it does not speak of any more is withdrawn if the publisher says that something
// was wrong, or if the text is another one; else the classifier may have wavered,
// and what was said stands.
func (p *placing) replace(i int, in *[]news.Claim, retracted bool) {
	old := p.claims[i]
	event := p.home[keyOf(old)]
	j := slices.IndexFunc(*in, func(c news.Claim) bool { return sameFirms(c, old) })
	if j < 0 && p.verdict.Print.Note == news.NoteCorrected { // a firm was wrong
		j = slices.IndexFunc(*in, func(c news.Claim) bool { return c.Kind == old.Kind && shared(c, old) > 0 })
	}
	if j < 0 {
		now := old
		now.Revision, now.Reread = p.verdict.Revision, p.verdict.Reread
		rewritten := p.verdict.Print.Sketch != 0 && old.Sketch != 0 && !marks.Near(p.verdict.Print.Sketch, old.Sketch)
		if retracted || p.verdict.Print.Note == news.NoteCorrected || rewritten {
			now.Gone = true
			p.mended[event], p.changed[event] = true, p.changed[event] || p.verdict.Print.Note != ""
		}
		p.claims[i] = now
		p.fresh[keyOf(now)] = true
		return
	}
	now := (*in)[j]
	*in = slices.Delete(*in, j, j+1)
	// The place among the others is that of the first text, and so are its marks:
	// others have printed the old sum, and it is still the same deal.
	now.N, now.Said, now.Seen = old.N, old.Said, old.Seen
	if now.Stage != old.Stage { // what is said anew was said now
		now.Said = p.verdict.DetectedAt.Unix()
	}
	now.Was, now.Mended = old.Was, old.Mended
	ids, _ := registered(now.Parties)
	was, _ := registered(old.Parties)
	for _, id := range was {
		if !slices.Contains(ids, id) {
			now.Was, now.Mended = union(now.Was, []news.CompanyID{id}), p.verdict.DetectedAt.Unix()
		}
	}
	p.mended[event] = true
	p.changed[event] = p.changed[event] || p.verdict.Print.Note != ""
	now.Marks.Products = union(now.Marks.Products, old.Marks.Products)
	now.Marks.Amounts = union(now.Marks.Amounts, old.Marks.Amounts)
	p.claims[i] = now
	p.fresh[keyOf(now)] = true
}

// sameFirms reports whether two claims of one article speak of the same deal: they
// share two firms, or one where one is all there is.
func sameFirms(a, b news.Claim) bool {
	x, _ := registered(a.Parties)
	y, _ := registered(b.Parties)
	n := shared(a, b)
	return n >= min(2, len(x), len(y)) && n > 0
}

// shared counts the firms that two claims have in common.
func shared(a, b news.Claim) (n int) {
	x, _ := registered(a.Parties)
	y, _ := registered(b.Parties)
	for _, id := range x {
		n += b2i(slices.Contains(y, id))
	}
	return n
}

// retract withdraws what the publisher has said elsewhere of the deals that a
// notice of retraction names.
func (p *placing) retract(in []news.Claim) {
	for i, c := range p.claims {
		for _, r := range in {
			if sameFirms(c, r) && (c.Host == r.Host || c.Agency != "" && c.Agency == r.Agency) && !c.Gone {
				c.Gone = true
				p.claims[i] = c
				p.mended[p.home[keyOf(c)]], p.changed[p.home[keyOf(c)]] = true, true
				p.fresh[keyOf(c)] = true
			}
		}
	}
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
	kept := 0
	for _, d := range deals {
		old := p.event(d.id)
		if !p.touched(d, old) {
			continue
		}
		ev, reason, err := p.write(d, deals, old)
		if err != nil {
			return Outcome{}, err
		}
		if keeps(old, ev) { // what takes over claims is written before what gives them up
			out.Write = slices.Insert(out.Write, kept, ev)
			kept++
		} else {
			out.Write = append(out.Write, ev)
		}
		for _, c := range d.claims {
			if c.Article == shortID(p.verdict.Article) && p.fresh[keyOf(c)] && c.N < len(out.Decisions) {
				out.Decisions[c.N] = Decision{Reason: cmp.Or(reason, p.quiet(d, ev, c)), Event: d.id, Match: p.match(d, c)}
			}
		}
	}
	for _, ev := range p.block { // what has lost all of its claims to others
		if ev.Into == "" && !taken[ev.ID] && len(ev.Claims) > 0 {
			ev.Into = p.heir(ev, deals)
			ev.Claims = nil
			out.Write = append(out.Write, ev)
		}
	}
	for i, d := range out.Decisions {
		if d.Reason == "" {
			out.Decisions[i].Reason = news.NoChange
		}
	}
	return out, nil
}

// keeps reports whether the event still has every claim that it had.
func keeps(old, now news.Event) bool {
	return !slices.ContainsFunc(old.Claims, func(c news.Claim) bool {
		return !slices.ContainsFunc(now.Claims, func(o news.Claim) bool { return keyOf(o) == keyOf(c) })
	})
}

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
	for _, from := range p.block { // what was told in an event that is one with this now
		if from.ID != d.id && from.Into == "" && p.heir(from, deals) == d.id && !slices.ContainsFunc(deals, func(o *deal) bool { return o.id == from.ID }) {
			ev.History = inherit(ev.History, from)
		}
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

// inherit takes over what was told under another event.
func inherit(history []news.EventRow, from news.Event) []news.EventRow {
	for _, r := range from.History {
		if !held(r) {
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
			n += b2i(p.home[keyOf(c)] == ev.ID)
		}
		if n > most {
			heir, most = d.id, n
		}
	}
	return heir
}

// bounded drops the latest claims that say nothing which an earlier one did not,
// where there are too many.
func bounded(claims []news.Claim) []news.Claim {
	if len(claims) <= news.MaxClaims {
		return claims
	}
	claims = slices.Clone(claims)
	for i := len(claims) - 1; i > 0 && len(claims) > news.MaxClaims; i-- {
		c := claims[i]
		same := func(o news.Claim) bool { return o.Stage == c.Stage && o.Review == c.Review && sameFirms(o, c) }
		if !c.Stage.Over() && !c.Gone && slices.ContainsFunc(claims[:i], same) {
			claims = slices.Delete(claims, i, i+1)
		}
	}
	return claims[:min(len(claims), 2*news.MaxClaims)]
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

// sources lists the articles of the deal where an alert can name them.
func (p *placing) sources(d *deal, old news.Event) []news.EventSource {
	var out []news.EventSource
	has := func(list []news.EventSource, c news.Claim) int {
		return slices.IndexFunc(list, func(s news.EventSource) bool { return shortID(s.Article) == c.Article })
	}
	for _, s := range old.Sources {
		if slices.ContainsFunc(d.claims, func(c news.Claim) bool { return c.Article == shortID(s.Article) }) {
			out = append(out, s)
		}
	}
	for _, c := range d.claims {
		i := has(out, c)
		if c.Article == shortID(p.verdict.Article) && p.fresh[keyOf(c)] {
			if s := p.source(c, old); i < 0 {
				out = append(out, s)
			} else {
				out[i] = s
			}
			continue
		}
		for j := 0; i < 0 && j < len(p.block); j++ {
			if i = has(p.block[j].Sources, c); i >= 0 {
				out = append(out, p.block[j].Sources[i])
			}
		}
	}
	return fewer(out)
}

// fewer drops sources where there are too many: the founding one stays, those
// behind an alert, and the newest.
func fewer(out []news.EventSource) []news.EventSource {
	for i := 1; len(out) > news.MaxSources && i < len(out); {
		if out[i].ToldAt.IsZero() || i == len(out)-1 {
			out = slices.Delete(out, i, i+1)
		} else {
			i++
		}
	}
	return out[:min(len(out), news.MaxSources)]
}

// source is the article of the verdict as it stands now.
func (p *placing) source(c news.Claim, old news.Event) news.EventSource {
	v := p.verdict
	s := news.EventSource{
		Article: v.Article, Revision: v.Revision, Reread: v.Reread, Stage: c.Stage, At: v.DetectedAt, Feed: v.Feed, Source: v.Source,
		Sum: v.Print.Sum, ETag: v.Print.ETag, LastModified: v.Print.LastModified,
	}
	for _, o := range old.Sources {
		if o.Article == v.Article {
			s.At, s.Rereads, s.ToldAt = o.At, o.Rereads, o.ToldAt
		}
	}
	return s
}

// alerted marks the article of the verdict as one that is behind an alert.
func (p *placing) alerted(sources []news.EventSource) []news.EventSource {
	for i := range sources {
		if s := &sources[i]; s.Article == p.verdict.Article && s.ToldAt.IsZero() {
			s.ToldAt = p.verdict.DetectedAt
		}
	}
	return sources
}
