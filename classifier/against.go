package classifier

import (
	"slices"
	"strings"

	"github.com/chipwire/chipwire/classifier/lexicon"
	"github.com/chipwire/chipwire/news"
)

// weighAgainst adds what makes a passage something else than a report.
func (d *document) weighAgainst(f *frame) {
	s := f.s
	fresh := s.has(f.start, d.said(f), lexicon.Fresh)
	signed := f.explicit && f.stage != news.Rumour && s.hasID(f.start, f.end, "sign", "join-hands", "team-up", "joint-work", "license")
	for _, a := range []struct{ name, kind string }{
		{"wish", "wish"},
		{"rivalry", "rivalry"},
		{"market", "market"},
		{"legal", "legal"},
		{"ranking", "ranking"},
		{"earnings", "earnings"},
		{"government", "government"},
		{"paper", "paper"},
		{"no-contact", "no-contact"},
	} {
		if h := s.cuesIn(f.start, f.end, lexicon.Anti, a.kind); len(h) > 0 {
			times := 1.0
			if signed && a.name != "wish" && a.name != "paper" && a.name != "no-contact" {
				times = 0.35 // such words stand in reports of deals too
			}
			f.note(a.name, times, s.slice(h[0].start, h[0].end))
		}
	}
	if where, times := d.past(f); times > 0 {
		if fresh {
			times *= 0.5
		}
		f.note("background", times, where)
	}
	d.weighManner(f, fresh)
}

// weighManner adds how a passage is told: as lasting, by the way, as a question,
// as a career, or as what was not done.
func (d *document) weighManner(f *frame, fresh bool) {
	s := f.s
	for _, h := range s.cuesIn(f.start, f.end, lexicon.Anti, "standing") {
		if f.explicit && f.stage == news.Ended {
			break // what stood has ended
		}
		if h.e.cue.ID != "progressive" || !d.leads(f) && !told(s, h) {
			f.note("standing", 1, s.slice(h.start, h.end))
			break
		}
	}
	if d.lang != "ko" && !s.title && !f.explicit && f.habitual() {
		f.note("habitual", 1, f.relations[0].e.form)
	}
	if !f.explicit && !f.enrich && !d.leads(f) && !s.has(s.Start, s.End, lexicon.Source) && !fresh &&
		!s.has(s.Start, s.End, lexicon.Instrument) && !s.has(s.Start, s.End, lexicon.Amount) {
		f.note("in-passing", 1, "")
	}
	if d.lang != "ko" && d.undone(f) {
		f.note("undone", 1, "")
	}
	if !s.title && asks(s) {
		f.note("question", 1, "?")
	}
	if d.vetoes["personnel"] && d.lang != "ko" && f.hasHe() {
		f.note("career", 1, "")
	}
	if d.lang != "ko" && relative(s, f.start) {
		f.note("relative-clause", 1, "")
	}
}

// habitual holds for an English clause that only says what a firm does all the
// time: TSMC makes Nvidia's chips.
func (f *frame) habitual() bool {
	for _, h := range f.relations {
		switch h.e.form {
		case "makes", "supplies", "produces", "manufactures", "designs", "provides", "delivers", "ships", "buys", "uses", "sources", "make", "supply", "builds", "runs on":
		default:
			return false
		}
	}
	return len(f.relations) > 0 && !f.s.has(f.start, f.end, lexicon.Future)
}

// leads holds for a frame of the headline or the lead, and for one whose firms
// the headline names.
func (d *document) leads(f *frame) bool {
	if f.s.title || f.s.index <= 1 || f.s.index == 2 && d.sents[0].title {
		return true
	}
	if !d.sents[0].title {
		return false
	}
	n := 0
	for _, p := range f.parties() {
		if slices.ContainsFunc(d.sents[0].mentions, func(m *mention) bool { return m.company == p }) {
			n++
		}
	}
	return n >= 2
}

// told holds where somebody says what a Korean cue tells: 공급하고 있다고 밝혔다.
func told(s *sentence, h hit) bool {
	rest := prefix(s.slice(h.end, s.End), 24)
	return strings.HasPrefix(rest, "다고") || strings.HasPrefix(rest, "는 것으로") || strings.HasPrefix(rest, "다는")
}

// relative holds for an English clause that only describes a firm.
func relative(s *sentence, start int) bool {
	head := s.f.Lower[start:min(s.End, start+10)]
	for _, w := range []string{" which ", " who ", " whose ", " where ", " since ", " following "} {
		if len(head) >= len(w) && head[:len(w)] == w {
			return true
		}
	}
	return false
}

// asks holds for a sentence that is a question and not said by anybody.
func asks(s *sentence) bool {
	return strings.HasSuffix(s.slice(s.Start, s.End), "?") && !s.has(s.Start, s.End, lexicon.Source)
}

// hasHe reports whether the one who acts in an English frame is a person: at
// Samsung he won the contract.
func (f *frame) hasHe() bool {
	if len(f.relations) == 0 {
		return false
	}
	before := " " + strings.TrimLeft(f.s.f.Lower[f.start:max(f.start, f.relations[0].start)], " ,:;")
	return strings.Contains(before, " he ") || strings.Contains(before, " she ") || strings.Contains(before, " who ")
}

// undone holds for an English frame all of whose predicates are denied: could
// not buy, did not sign. A denial or an end is told with words of its own.
func (d *document) undone(f *frame) bool {
	if f.explicit && (f.stage == news.Denied || f.stage == news.Ended || f.stage == news.Talks) {
		return false
	}
	for _, h := range f.relations {
		before := strings.TrimRight(f.s.f.Lower[max(f.start, h.start-12):h.start], " ")
		if !strings.HasSuffix(before, " not") && !strings.HasSuffix(before, " never") && !strings.HasSuffix(before, "n't") && !strings.HasSuffix(before, "cannot") {
			return false
		}
	}
	return len(f.relations) > 0
}
