package eval

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/chipwire/chipwire/classifier"
	"github.com/chipwire/chipwire/news"
)

// A Miss is a story that was judged wrongly.
type Miss struct {
	ID     string   `json:"id"`
	Lang   string   `json:"lang"`
	Title  string   `json:"title"`
	Score  float64  `json:"score"`
	Faults []string `json:"faults"`
	Why    string   `json:"why"` // what the labels say of themselves

	weight float64
	story  Story
}

// Article returns the story of the miss as the judge got it.
func (m Miss) Article() news.Article { return m.story.Article() }

// Reasons tells from an explanation how the miss came about: the findings that
// were taken, the frames that were nearest to it, the labelled companies that
// were found in no sentence.
func (m Miss) Reasons(e classifier.Explanation) []string {
	var out []string
	for _, f := range e.Verdict.Findings {
		if f.Score < e.Config.Accept {
			continue
		}
		var parties []string
		for _, p := range f.Parties {
			parties = append(parties, string(p.ID))
		}
		quote := ""
		if len(f.Evidence) > 0 {
			quote = " “" + cut(f.Evidence[0].Text, 100) + "”"
		}
		out = append(out, fmt.Sprintf("found %s, %s %s, %.2f:%s%s", strings.Join(parties, " + "), f.Kind, f.Stage, f.Score, features(f.Why), quote))
	}
	for _, f := range near(e, 3) {
		out = append(out, fmt.Sprintf("frame %s, %s %s, %.2f, %s:%s", strings.Join(f.Parties, " + "), f.Kind, f.Stage, f.Score, f.Why, features(f.Features)))
	}
	if lost := m.unseen(e); len(lost) > 0 {
		out = append(out, "in no sentence: "+strings.Join(lost, ", "))
	}
	if len(out) == 0 {
		out = append(out, "no frame")
	}
	return out
}

// near returns the best frames that were not taken.
func near(e classifier.Explanation, most int) []classifier.ExplainedFrame {
	var list []classifier.ExplainedFrame
	for _, s := range e.Sentences {
		for _, f := range s.Frames {
			if f.Why != "taken" {
				list = append(list, f)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b classifier.ExplainedFrame) int { return cmp.Compare(b.Sum, a.Sum) })
	return list[:min(most, len(list))]
}

// unseen returns the labelled companies that no mention stands for.
func (m Miss) unseen(e classifier.Explanation) []string {
	seen := map[string]bool{}
	for _, s := range e.Sentences {
		for _, x := range s.Mentions {
			id, _, _ := strings.Cut(x.What, " ")
			seen[id] = true
		}
	}
	var lost []string
	for _, p := range m.story.Pairs {
		for _, id := range []news.CompanyID{p.A, p.B} {
			if !unknown(id) && !seen[string(id)] {
				seen[string(id)] = true
				lost = append(lost, string(id))
			}
		}
	}
	return lost
}

// features lists what weighs most, at most five.
func features(list []news.Feature) string {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b news.Feature) int { return cmp.Compare(abs(b.Weight), abs(a.Weight)) })
	var b strings.Builder
	for _, f := range list[:min(5, len(list))] {
		fmt.Fprintf(&b, " %+.1f %s", f.Weight, f.Name)
		if f.Where != "" {
			fmt.Fprintf(&b, " (%s)", cut(f.Where, 24))
		}
	}
	return b.String()
}

func abs(x float64) float64 { return max(x, -x) }

// cut shortens a text to most runes, on one line.
func cut(s string, most int) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}
