package classifier

import (
	"cmp"
	"slices"
	"unicode/utf8"

	"github.com/chipwire/chipwire/classifier/company"
	"github.com/chipwire/chipwire/classifier/lexicon"
	"github.com/chipwire/chipwire/news"
)

// maxProofs is how many passages a finding quotes.
const maxProofs = 3

// finding writes a deal in the words of package news.
func (d *document) finding(a news.Article, x *deal) news.Finding {
	f := news.Finding{Kind: x.kind, Stage: x.stage, Score: logistic(x.sum), Parties: d.parties(x), Evidence: []news.Evidence{}}
	frames := slices.Clone(x.frames)
	slices.SortStableFunc(frames, func(a, b *frame) int { return cmp.Compare(b.sum, a.sum) })
	for _, fr := range frames {
		if f.Instrument == "" {
			f.Instrument = d.instrument(fr)
		}
		e := d.evidence(a, fr.s)
		if len(f.Evidence) < maxProofs && !slices.Contains(f.Evidence, e) {
			f.Evidence = append(f.Evidence, e)
		}
	}
	f.Why = x.why
	if f.Why == nil {
		f.Why = append(slices.Clone(frames[0].features), x.extra...)
	}
	return f
}

// evidence quotes a sentence word for word from the original.
func (d *document) evidence(a news.Article, s *sentence) news.Evidence {
	original := a.Body
	if s.title {
		original = a.Title
	}
	start, end := s.f.Original(s.Start, s.End)
	end = min(end, start+news.MaxEvidence)
	return news.Evidence{Text: runes(original, start, end), Lang: d.lang, Field: s.field(), Start: start, End: end, Source: a.URL}
}

// runes returns runes start to end of s. Bytes that are no UTF-8 count as one
// rune each and come out as U+FFFD, as they do in JSON.
func runes(s string, start, end int) string {
	from, n := len(s), 0
	for i := range s {
		if n == start {
			from = i
		}
		if n == end {
			return whole(s[from:i])
		}
		n++
	}
	return whole(s[from:])
}

// whole returns s with each byte that is no UTF-8 as U+FFFD.
func whole(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return string([]rune(s))
}

// instrument returns the legal form that a frame's sentence names.
func (d *document) instrument(f *frame) news.Instrument {
	best := news.Instrument("")
	for _, h := range f.s.cuesIn(f.start, f.end, lexicon.Instrument) {
		switch in := news.Instrument(h.e.cue.Type); {
		case best == "" || in == news.LOI || in == news.MOU && best == news.Contract || in == news.Filing && best == news.Contract:
			best = in
		}
	}
	return best
}

// parties gives each firm of a deal its side.
func (d *document) parties(x *deal) []news.Party {
	lead := x.frames[0]
	for _, f := range x.frames {
		if f.sum > lead.sum && !f.enrich {
			lead = f
		}
	}
	var out []news.Party
	for _, c := range x.parties {
		co := d.v.companies[c]
		out = append(out, news.Party{ID: co.ID, Name: co.Name(d.lang), Side: d.side(x, lead, c)})
	}
	slices.SortFunc(out, func(a, b news.Party) int { return cmp.Compare(a.ID, b.ID) })
	if x.unnamed != "" {
		out = append(out, news.Party{Name: x.unnamed, Side: opposite(out[0].Side)})
	}
	return out
}

func opposite(s news.Side) news.Side {
	switch s {
	case news.Supplier:
		return news.Customer
	case news.Customer:
		return news.Supplier
	case news.Investor:
		return news.Investee
	case news.Investee:
		return news.Investor
	}
	return news.Peer
}

// trades are the roles of those who supply what a kind is about.
var trades = map[news.Kind][]string{
	news.Foundry:   {"foundry"},
	news.Memory:    {"memory"},
	news.Licensing: {"ip", "eda"},
}

// side tells the part of a firm: by its trade where that decides, else by who
// acts and on whom.
func (d *document) side(x *deal, lead *frame, c int32) news.Side {
	switch x.kind {
	case news.Development, news.Alliance, news.Partnership:
		return news.Peer
	}
	actor := slices.Contains(lead.a, c)
	if x.kind == news.Investment {
		if len(lead.b) == 0 {
			return news.Peer
		}
		if actor {
			return news.Investor
		}
		return news.Investee
	}
	co := d.v.companies[c]
	if t := trades[x.kind]; t != nil && d.divided(x, t) {
		if co.Is(t...) {
			return news.Supplier
		}
		return news.Customer
	}
	if x.kind == news.Supply && d.divided(x, upstream) {
		if co.Is(upstream...) {
			return news.Supplier
		}
		return news.Customer
	}
	if x.kind == news.Supply && d.divided(x, []string{"neocloud"}) && !d.divided(x, []string{"fabless"}) {
		if co.Is("neocloud") {
			return news.Supplier
		}
		return news.Customer
	}
	supplies := lead.types["give"]+lead.types["win"]+lead.types["make"] > lead.types["take"]
	if actor == supplies {
		return news.Supplier
	}
	return news.Customer
}

// upstream are the roles that only supply.
var upstream = []string{"equipment", "materials", "substrate", "osat"}

// divided reports whether some but not all parties have one of the roles.
func (d *document) divided(x *deal, roles []string) bool {
	n := 0
	for _, c := range x.parties {
		if d.v.companies[c].Is(roles...) {
			n++
		}
	}
	return n > 0 && n < len(x.parties)
}

// pairsOf lists the pairs of the accepted deals, each with its furthest-going
// deal, by ids.
func pairsOf(companies []company.Company, deals []*deal, accepted func(*deal) bool) []news.Pair {
	out := []news.Pair{}
	for _, x := range deals {
		if !accepted(x) {
			continue
		}
		for _, t := range x.tied {
			p := news.Pair{A: companies[t[0]].ID, B: companies[t[1]].ID, Kind: x.kind, Stage: x.stage}
			if p.A > p.B {
				p.A, p.B = p.B, p.A
			}
			i := slices.IndexFunc(out, func(o news.Pair) bool { return o.A == p.A && o.B == p.B })
			switch {
			case i < 0:
				out = append(out, p)
			case p.Stage.Rank() > out[i].Stage.Rank():
				out[i] = p
			}
		}
	}
	slices.SortFunc(out, func(a, b news.Pair) int { return cmp.Or(cmp.Compare(a.A, b.A), cmp.Compare(a.B, b.B)) })
	return out
}
