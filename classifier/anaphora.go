package classifier

import (
	"slices"
	"strings"

	"github.com/chipwire/chipwire/classifier/lexicon"
	"github.com/chipwire/chipwire/internal/text"
	"github.com/chipwire/chipwire/news"
)

// maxBack is how many sentences back a firm may be named that a later one
// means by its country or its side.
const maxBack = 3

// epithets finds the firms that are meant by their country or seat: the Korean
// company, the Santa Clara outfit. The firm is the last one of that country
// that was named before.
func (d *document) epithets() {
	for i, s := range d.sents {
		for _, h := range s.cues {
			country, ok := strings.CutPrefix(h.e.cue.ID, "epithet-")
			if !ok || h.e.cue.Class != lexicon.Anaphor {
				continue
			}
			if c := d.lastOf(i, h.start, strings.ToUpper(country)); c >= 0 {
				m := &mention{start: h.start, end: h.end, tail: h.end, options: []int32{c}, company: c}
				at, _ := slices.BinarySearchFunc(s.mentions, m, func(a, b *mention) int { return a.start - b.start })
				s.mentions = slices.Insert(s.mentions, at, m)
			} else {
				s.stranger = true
			}
		}
	}
}

// lastOf returns the last company of a country that is named before byte end of
// sentence i, or -1.
func (d *document) lastOf(i, end int, country string) int32 {
	for back := 0; back <= maxBack && i-back >= 0; back++ {
		list := d.sents[i-back].mentions
		for j := len(list) - 1; j >= 0; j-- {
			if m := list[j]; (back > 0 || m.end <= end) && d.v.companies[m.company].Country == country {
				return m.company
			}
		}
	}
	return -1
}

// leave keeps a frame whose other side is not in its sentence, for one that
// names it: 487억원어치를 따냈다. 발주처는 …다.
func (r *reader) leave(f *frame, who []int32) {
	if len(who) == 1 && !f.s.title && (f.handsOn() || f.types["win"] > 0 || f.types["mutual"] >= 1 || f.types["develop"] > 0) {
		g := *f
		g.a, g.b = who, nil
		r.open = &g
	}
}

// answer binds the frame left open when a sentence names its other side, and
// reports whether it did.
func (r *reader) answer(s *sentence) bool {
	f := r.open
	if f == nil || s.index-f.s.index > 2 || s == f.s {
		return false
	}
	who, ok := r.d.namesSide(s, s.Start, s.End)
	if !ok || slices.Contains(f.a, who) {
		return false
	}
	r.open = nil
	f.b, f.inherited = []int32{who}, true
	r.keep(f)
	g := &frame{s: s, start: s.Start, end: s.End, body: s.End, types: map[string]float64{}, a: f.a, b: f.b, enrich: true}
	r.keep(g)
	if g.explicit && g.stage == news.Rumour {
		f.stage = news.Rumour // who it is, is only guessed
	}
	return true
}

// namesSide returns the one firm that a stretch names as a party: 발주처는 X다,
// the customer is X, the new name on the register is X.
func (d *document) namesSide(s *sentence, start, end int) (int32, bool) {
	sides := s.cuesIn(start, end, lexicon.Anaphor, "side")
	if len(sides) == 0 {
		return 0, false
	}
	var one *mention
	for _, m := range s.mentions {
		if m.start < sides[0].end || m.start >= end || m.out != "" {
			continue
		}
		if one != nil && one.company != m.company {
			return 0, false
		}
		if one == nil {
			one = m
		}
	}
	if one == nil {
		return 0, false
	}
	if d.lang == "ko" {
		return one.company, one.role == text.Is || one.role == text.To || one.tail >= end || strings.HasPrefix(s.slice(one.tail, end), ".")
	}
	between := s.f.Lower[sides[0].start:one.start]
	return one.company, strings.Contains(between, " is ") || strings.Contains(between, " was ") || strings.Contains(between, " turned out to be ")
}
