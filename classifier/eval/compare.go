package eval

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/chipwire/chipwire/news"
)

// What is counted of a story.
const (
	storyOf = iota
	flagRight
	flagExtra
	flagMissed
	firmRight
	firmExtra
	firmMissed
	pairRight
	pairExtra
	pairMissed
	negatives
	cleared
	kindOf
	kindRight
	stageRight
	evidenceOf
	evidenceRight
	exactRight
	nCounts
)

// counts is what one story, or many, add up to.
type counts [nCounts]int

// A comparison is a verdict beside its labels.
type comparison struct {
	counts  counts
	matched []match
	faults  []string // what is wrong, for people
}

// A match is a pair that was found.
type match struct{ want, got news.Pair }

func (c *comparison) fault(format string, args ...any) {
	c.faults = append(c.faults, fmt.Sprintf(format, args...))
}

func (c *comparison) count(at int, want, got bool) {
	switch {
	case want && got:
		c.counts[at]++
	case got:
		c.counts[at+1]++
	case want:
		c.counts[at+2]++
	}
}

// compare counts a verdict against its labels. What concerns a firm outside the
// registry counts neither for nor against.
func compare(s Story, v news.Verdict) comparison {
	var c comparison
	c.counts[storyOf] = 1
	c.count(flagRight, s.Flagged, v.Flagged)
	switch {
	case s.Flagged && !v.Flagged:
		c.fault("not flagged")
	case !s.Flagged && v.Flagged:
		c.fault("flagged")
	}
	if !s.Flagged {
		c.counts[negatives]++
		if !v.Flagged {
			c.counts[cleared]++
		}
	}
	c.companies(s, v)
	c.pairs(s, v)
	c.evidence(s, v)
	if len(c.faults) == 0 {
		c.counts[exactRight]++
	}
	return c
}

func (c *comparison) companies(s Story, v news.Verdict) {
	for _, id := range s.Companies {
		if !unknown(id) && s.counted(id) {
			c.count(firmRight, true, slices.Contains(v.Companies, id))
		}
	}
	for _, id := range v.Companies {
		if !slices.Contains(s.Companies, id) && !slices.Contains(s.Companies, "x-"+id) {
			c.count(firmRight, false, true)
		}
	}
}

// counted reports whether a company of the labels has a part in more than pairs
// with firms outside the registry.
func (s Story) counted(id news.CompanyID) bool {
	beside := false
	for _, p := range s.Pairs {
		if p.A != id && p.B != id {
			continue
		}
		if !unknown(p.A) && !unknown(p.B) {
			return true
		}
		beside = true
	}
	return !beside
}

func samePair(p news.Pair) func(news.Pair) bool {
	return func(q news.Pair) bool { return p.A == q.A && p.B == q.B }
}

func (c *comparison) pairs(s Story, v news.Verdict) {
	for _, p := range s.Pairs {
		if unknown(p.A) || unknown(p.B) {
			continue
		}
		i := slices.IndexFunc(v.Pairs, samePair(p))
		c.count(pairRight, true, i >= 0)
		if i < 0 {
			c.fault("missed %s + %s (%s %s)", p.A, p.B, p.Kind, p.Stage)
			continue
		}
		q := v.Pairs[i]
		c.matched = append(c.matched, match{p, q})
		c.counts[kindOf]++
		if p.Kind == q.Kind {
			c.counts[kindRight]++
		} else {
			c.fault("%s + %s: %s, want %s", p.A, p.B, q.Kind, p.Kind)
		}
		if p.Stage == q.Stage {
			c.counts[stageRight]++
		} else {
			c.fault("%s + %s: %s, want %s", p.A, p.B, q.Stage, p.Stage)
		}
	}
	for _, q := range v.Pairs {
		if !slices.ContainsFunc(s.Pairs, func(p news.Pair) bool { return known(p.A, q) && known(p.B, q) }) {
			c.count(pairRight, false, true)
			c.fault("added %s + %s (%s %s)", q.A, q.B, q.Kind, q.Stage)
		}
	}
}

// known reports whether a label's company is in the pair, by its id in the
// registry or by the one it would have there.
func known(id news.CompanyID, q news.Pair) bool {
	id = news.CompanyID(strings.TrimPrefix(string(id), "x-"))
	return id == q.A || id == q.B
}

// evidence asks of each deal that was found whether a quoted passage overlaps
// the labelled sentence.
func (c *comparison) evidence(s Story, v news.Verdict) {
	for _, l := range s.Findings {
		if l.Evidence == "" {
			continue
		}
		found, hit := false, false
		for _, f := range v.Findings {
			if f.Review || shared(l.Parties, f.Parties) < 2 {
				continue
			}
			found = true
			hit = hit || slices.ContainsFunc(f.Evidence, func(e news.Evidence) bool { return s.overlaps(l.Evidence, e) })
		}
		if found {
			c.counts[evidenceOf]++
			if hit {
				c.counts[evidenceRight]++
			}
		}
	}
}

// shared counts the parties that a label and a finding have in common.
func shared(ids []news.CompanyID, parties []news.Party) int {
	n := 0
	for _, p := range parties {
		if slices.Contains(ids, p.ID) {
			n++
		}
	}
	return n
}

// overlaps reports whether a passage and a sentence of the labels share a rune
// of the text. The sentence may stand at several places.
func (s Story) overlaps(sentence string, e news.Evidence) bool {
	field := s.Body
	if e.Field == "title" {
		field = s.Title
	}
	for from := 0; ; {
		i := strings.Index(field[from:], sentence)
		if i < 0 {
			return false
		}
		start := utf8.RuneCountInString(field[:from+i])
		if end := start + utf8.RuneCountInString(sentence); e.Start < end && start < e.End {
			return true
		}
		from += i + len(sentence)
	}
}

// flaggable is the score on which the flag of a story hangs: that of the best
// finding of which every party is known.
func flaggable(v news.Verdict) float64 {
	best := 0.0
	for _, f := range v.Findings {
		if !slices.ContainsFunc(f.Parties, func(p news.Party) bool { return p.ID == "" }) {
			best = max(best, f.Score)
		}
	}
	return best
}
