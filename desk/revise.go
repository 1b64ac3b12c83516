package desk

import (
	"slices"

	"github.com/chipwire/chipwire/desk/marks"
	"github.com/chipwire/chipwire/news"
)

// first takes the claims of an article that the book does not know. A notice of
// retraction withdraws what its publisher has said of these deals under other
// addresses. A later text that says nothing, since its publisher has mended or
// withdrawn it, is noted without a deal, for the first text may be on its way.
func (p *placing) first(in []news.Claim) []news.Claim {
	if p.verdict.Print.Note == news.NoteRetracted {
		p.retract(in)
		in = nil
	}
	if n, is := notice(p.verdict); is && len(in) == 0 {
		in = []news.Claim{n}
	}
	return in
}

// notice is the claim of a later text that says of no deal any more that there is one.
func notice(v news.Verdict) (c news.Claim, is bool) {
	if v.Revision == 0 || v.Print.Note == "" {
		return c, false
	}
	return news.Claim{
		Article: shortID(v.Article), Revision: v.Revision, Reread: v.Reread, Said: said(v).Unix(), Seen: v.DetectedAt.UnixMilli(),
		Stage: news.Denied, Sketch: v.Print.Sketch, Host: host(v.Source.URL), Note: v.Print.Note, Gone: true,
	}, true
}

// revise puts a revision in the place of what the article said before, and
// reports whether there is anything to do.
func (p *placing) revise(known []int, in *[]news.Claim) bool {
	newest := slices.MaxFunc(known, func(a, b int) int { return fresher(p.claims[a], p.claims[b]) })
	now := news.Claim{Revision: p.verdict.Revision, Reread: p.verdict.Reread}
	if fresher(now, p.claims[newest]) < 0 {
		return p.overtaken(known, newest, in)
	}
	if p.verdict.Print.Note == news.NoteRetracted {
		*in = nil
	}
	// Of a verdict that comes again only what a crash has left out is there to do.
	*in = slices.DeleteFunc(*in, func(c news.Claim) bool {
		return slices.ContainsFunc(known, func(i int) bool { return fresher(now, p.claims[i]) == 0 && sameWords(p.claims[i], c) })
	})
	any := len(*in) > 0
	for _, i := range known {
		if fresher(now, p.claims[i]) > 0 {
			p.replace(i, in)
			any = true
		}
	}
	return any
}

// replace puts into the place of claim i what the article says now, or what is left
// of the claim where it says nothing of that deal any more.
func (p *placing) replace(i int, in *[]news.Claim) {
	old, v := p.claims[i], p.verdict
	text := text{revision: v.Revision, reread: v.Reread, note: v.Print.Note, sketch: v.Print.Sketch}
	event := p.home[keyOf(old)]
	now := text.leaves(old)
	if j := text.speaksOf(old, *in); j >= 0 {
		p.spoken[keyOf(old)] = (*in)[j].N % perText
		now = succeed(old, (*in)[j], v.DetectedAt.Unix())
		*in = slices.Delete(*in, j, j+1)
		p.mend(event)
	} else if now.Gone && !old.Gone {
		p.mend(event)
	}
	p.claims[i] = now
	p.fresh[keyOf(now)] = true
}

// mend notes that a publisher has changed what it said in an event.
func (p *placing) mend(event string) {
	p.mended[event] = true
	p.changed[event] = p.changed[event] || p.verdict.Print.Note != ""
}

// overtaken takes in a text that comes after a later one of the same article, so that
// the article stands as if they had come in order. It tells nothing of its own.
func (p *placing) overtaken(known []int, newest int, in *[]news.Claim) (any bool) {
	later := p.claims[newest]
	text := text{revision: later.Revision, reread: later.Reread, note: later.Note, sketch: later.Sketch}
	var left []news.Claim
	for _, old := range *in {
		i := text.speaksOf(old, p.at(known))
		switch {
		case i < 0: // it may be a notice without a deal that it meets
			i = slices.IndexFunc(known, func(i int) bool { return len(p.claims[i].Parties) == 0 })
			old = text.leaves(old)
		case p.claims[known[i]].Seen <= old.Seen: // it was taken in already, or an earlier one was
			continue
		default:
			old = succeed(old, p.claims[known[i]], p.claims[known[i]].Seen/1000)
		}
		any = true
		if i < 0 {
			left = append(left, old)
			continue
		}
		p.rename(p.claims[known[i]], old)
		p.claims[known[i]] = old
	}
	*in = left
	return any
}

// rename has a claim stand where another one did.
func (p *placing) rename(from, to news.Claim) {
	event := p.home[keyOf(from)]
	p.home[keyOf(to)], p.fresh[keyOf(to)], p.mended[event] = event, true, true
	if id, pinned := p.pin[keyOf(from)]; pinned {
		p.pin[keyOf(to)] = id
	}
}

func (p *placing) at(known []int) (out []news.Claim) {
	for _, i := range known {
		out = append(out, p.claims[i])
	}
	return out
}

// A text is one revision of an article, as far as it says what becomes of claims that
// an earlier one made.
type text struct {
	revision, reread int
	note             news.Note
	sketch           uint64
}

// speaksOf finds the claim of the text on the deal of an earlier claim, -1 for none.
func (t text) speaksOf(old news.Claim, claims []news.Claim) int {
	i := slices.IndexFunc(claims, func(c news.Claim) bool { return sameFirms(c, old) })
	if i < 0 && t.note == news.NoteCorrected { // a firm was wrong
		i = slices.IndexFunc(claims, func(c news.Claim) bool { return c.Kind == old.Kind && shared(c, old) > 0 })
	}
	return i
}

// leaves is what becomes of a claim on a deal that the text does not speak of any
// more: it is withdrawn if the publisher says that something was wrong, or if the
// text is another one; else the classifier may have wavered, and what was said stands.
func (t text) leaves(old news.Claim) news.Claim {
	rewritten := t.sketch != 0 && old.Sketch != 0 && !marks.Near(t.sketch, old.Sketch)
	old.Revision, old.Reread, old.Note = t.revision, t.reread, t.note
	old.Gone = old.Gone || t.note != "" || rewritten
	return old
}

// succeed is a claim with what an earlier text of its article leaves to it: the place
// among the others, and the marks, for others have printed the old sum, and it is
// still the same deal. Seen is when the later text was seen, in seconds since 1970.
func succeed(old, now news.Claim, seen int64) news.Claim {
	if now.Stage == old.Stage { // what is said anew was said now
		now.Said = old.Said
	} else {
		now.Said = seen
	}
	now.N, now.Seen = old.N, old.Seen
	was, _ := registered(old.Parties)
	ids, _ := registered(now.Parties)
	gone := union(slices.Clone(old.Was), slices.DeleteFunc(was, func(id news.CompanyID) bool { return slices.Contains(ids, id) }))
	if len(gone) > len(old.Was) {
		now.Mended = seen
	} else if now.Mended == 0 {
		now.Mended = old.Mended
	}
	now.Was = gone
	now.Marks.Products = union(now.Marks.Products, old.Marks.Products)
	now.Marks.Amounts = union(now.Marks.Amounts, old.Marks.Amounts)
	return now
}

// sameWords reports whether two claims of one article say the same.
func sameWords(a, b news.Claim) bool {
	return a.Kind == b.Kind && a.Stage == b.Stage && slices.Equal(a.Parties, b.Parties)
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
				p.mend(p.home[keyOf(c)])
				p.fresh[keyOf(c)] = true
			}
		}
	}
}
