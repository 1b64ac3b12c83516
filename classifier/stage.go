package classifier

import (
	"strings"

	"github.com/chipwire/chipwire/classifier/lexicon"
	"github.com/chipwire/chipwire/news"
)

// tellStage reads how far along a frame is from the cues of its clause and of
// the clauses that lean on it.
func (d *document) tellStage(f *frame) {
	cues := f.s.stagesIn(f.start, f.end)
	var found [6]bool
	last, first := -1, -1
	for i, h := range cues {
		st := h.e.cue.Stage
		if st == news.Shipping && d.ahead(f, h) {
			st = news.Agreed
		}
		if h.e.cue.ID == "finished" && !f.s.hasID(f.start, h.start, "durative") {
			continue // a test or a term has ended, not what two did together
		}
		if d.negated(f.s, h) && st.Rank() > 0 || h.e.cue.Stage == news.Shipping && tested(f.s, h) {
			continue
		}
		found[stageIndex(st)] = true
		if st.Rank() >= 2 && (h.e.cue.Weight >= 1 || last < 0) {
			last = i
			if first < 0 {
				first = i
			}
		}
	}
	d.pickStage(f, cues, found, first, last)
}

// pickStage decides among the stages found in a frame; first and last are the
// cues of the living stages that count in English and in Korean, or -1.
func (d *document) pickStage(f *frame, cues []hit, found [6]bool, first, last int) {
	f.explicit = true
	switch {
	case found[stageIndex(news.Denied)]:
		f.stage = news.Denied
	case found[stageIndex(news.Ended)]:
		f.stage = news.Ended
	case found[stageIndex(news.Rumour)]:
		f.stage = news.Rumour
		if f.s.has(f.start, f.end, lexicon.Anaphor, "both") && found[stageIndex(news.Talks)] {
			f.stage = news.Talks
		}
	case last >= 0:
		pick := last // Korean and Japanese end with the verb that counts
		if !d.verbLast() {
			pick = first
		}
		f.stage = cues[pick].e.cue.Stage
		f.explicit = cues[pick].e.cue.Weight >= 1
		if f.stage == news.Shipping && d.ahead(f, cues[pick]) {
			f.stage = news.Agreed
		}
		if cues[pick].e.cue.ID == "testing" && found[stageIndex(news.Shipping)] && !d.verbLast() {
			f.stage = news.Shipping // qualified, and begun to ship
		}
		if f.stage == news.Agreed && found[stageIndex(news.Shipping)] && !d.verbLast() {
			f.stage = d.shipped(f, cues)
		}
	default:
		f.stage, f.explicit = news.Agreed, false
		if f.types["meet"] > 0 || f.types["test"] > 0 {
			f.stage = news.Talks
		}
	}
}

// stagesIn returns the cues of stage between start and end, with the cues of
// cooperation that imply one.
func (s *sentence) stagesIn(start, end int) []hit {
	var out []hit
	for _, h := range s.cues {
		if h.start >= start && h.end <= end && (h.e.cue.Class == lexicon.Stage || h.e.cue.Class == lexicon.Relation && h.e.cue.Stage != "") {
			out = append(out, h)
		}
	}
	return out
}

// shipped decides an English clause that has both words of agreement and of
// delivery.
func (d *document) shipped(f *frame, cues []hit) news.Stage {
	for _, h := range cues {
		if h.e.cue.Stage == news.Shipping && !d.ahead(f, h) && strings.Contains(h.e.form, " ") {
			return news.Shipping
		}
	}
	return news.Agreed
}

// ahead reports whether what a cue tells is still to come.
func (d *document) ahead(f *frame, h hit) bool {
	s := f.s
	for _, c := range s.cues {
		if c.e.cue.Class != lexicon.Future {
			continue
		}
		if d.verbLast() {
			if c.start >= f.start && c.end <= f.end && c.start >= h.start-60 && c.start <= h.end+40 {
				return true
			}
			continue
		}
		if c.end <= h.end && h.start-c.end <= 12 && c.start >= f.start || c.start >= h.start && c.start-h.end <= 12 && c.start < f.end && strings.HasPrefix(c.e.form, "next") {
			return true
		}
	}
	if !d.verbLast() {
		before := s.f.Lower[max(s.Start, h.start-12):h.start]
		for _, w := range []string{"will ", "to ", "would ", "could ", "may ", "could be ", "will be ", "to be "} {
			if strings.HasSuffix(before, " "+w) {
				return true
			}
		}
	}
	return false
}

// tested reports whether what is shipped is a sample.
func tested(s *sentence, h hit) bool {
	for _, c := range s.cues {
		if c.e.cue.ID == "testing" && c.start <= h.end+14 && c.end >= h.start-14 {
			return true
		}
	}
	return false
}

// negated reports whether a cue is denied by the words next to it.
func (d *document) negated(s *sentence, h hit) bool {
	for _, n := range s.cues {
		if n.e.cue.Class != lexicon.Negation {
			continue
		}
		if d.verbLast() && n.start >= h.end && n.start-h.end <= 18 {
			return true
		}
		if !d.verbLast() && n.end <= h.start && h.start-n.end <= 22 && n.e.form != "yet to" && n.e.form != "declined to" {
			return true
		}
	}
	return false
}

func stageIndex(s news.Stage) int {
	for i, t := range news.Stages {
		if s == t {
			return i
		}
	}
	return 0
}
