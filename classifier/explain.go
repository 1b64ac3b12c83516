package classifier

import (
	"fmt"
	"io"
	"strings"

	"github.com/chipwire/chipwire/news"
)

// An Explanation shows how a verdict came about.
type Explanation struct {
	Verdict   news.Verdict
	Config    Config
	Sentences []ExplainedSentence
}

// An ExplainedSentence is one sentence with what was found in it.
type ExplainedSentence struct {
	Field    string
	Text     string
	Clauses  []string
	Mentions []ExplainedSpan
	Cues     []ExplainedSpan
	Frames   []ExplainedFrame
}

// An ExplainedSpan is a stretch of a sentence and what it was taken for.
// Offsets are runes of the original field.
type ExplainedSpan struct {
	Start, End int
	Text       string
	What       string
}

// An ExplainedFrame is one claim that was read from a clause.
type ExplainedFrame struct {
	Parties  []string
	Kind     news.Kind
	Stage    news.Stage
	Told     bool // the clause itself tells the stage
	Sum      float64
	Score    float64
	Features []news.Feature
	Why      string // what the rules make of it; the model has the last word
}

// Explain judges an article as [Classifier.Classify] does and returns the way.
func (c *Classifier) Explain(a news.Article) Explanation {
	j := c.judge(a)
	e := Explanation{Verdict: j.verdict, Config: c.cfg}
	for _, s := range j.doc.sents {
		x := ExplainedSentence{Field: s.field(), Text: s.slice(s.Start, s.End)}
		for _, cl := range s.clauses {
			x.Clauses = append(x.Clauses, s.slice(cl.Start, cl.End))
		}
		for _, m := range s.mentions {
			what := string(c.v.companies[m.company].ID)
			if m.out != "" {
				what += " (" + m.out + ")"
			}
			x.Mentions = append(x.Mentions, s.span(m.start, m.end, what))
		}
		for _, h := range s.cues {
			what := string(h.e.cue.Class) + " " + h.e.cue.ID
			x.Cues = append(x.Cues, s.span(h.start, h.end, what))
		}
		for _, f := range j.frames {
			if f.s == s {
				x.Frames = append(x.Frames, c.explainFrame(f))
			}
		}
		e.Sentences = append(e.Sentences, x)
	}
	return e
}

func (s *sentence) span(start, end int, what string) ExplainedSpan {
	a, b := s.f.Original(start, end)
	return ExplainedSpan{Start: a, End: b, Text: s.slice(start, end), What: what}
}

func (c *Classifier) explainFrame(f *frame) ExplainedFrame {
	kind, _ := bestKind(c.v.weighRoles(f))
	x := ExplainedFrame{Kind: kind, Stage: f.stage, Told: f.explicit, Sum: f.sum, Score: logistic(f.sum), Features: f.features}
	for _, p := range f.parties() {
		x.Parties = append(x.Parties, string(c.v.companies[p].ID))
	}
	if f.unnamed != "" {
		x.Parties = append(x.Parties, "?"+f.unnamed)
	}
	switch {
	case f.dropped != "":
		x.Why = "dropped: " + f.dropped
	case f.enrich:
		x.Why = "adds to the deal before"
	case f.sum >= ruleAccept:
		x.Why = "a deal by the rules"
	default:
		x.Why = "none by the rules"
	}
	return x
}

// String returns the explanation as text for a terminal.
func (e Explanation) String() string {
	var b strings.Builder
	v := e.Verdict
	fmt.Fprintf(&b, "lang %s  flagged %t  score %.3f  accept %.2f  review %.2f  rules %s\n", v.Lang, v.Flagged, v.Score, e.Config.Accept, e.Config.Review, v.Rules)
	for _, f := range v.Findings {
		fmt.Fprintf(&b, "finding %.3f  %s %s %s ", f.Score, f.Kind, f.Stage, f.Instrument)
		for _, p := range f.Parties {
			id := string(p.ID)
			if id == "" {
				id = "(" + p.Name + ")"
			}
			fmt.Fprintf(&b, " %s:%s", id, p.Side)
		}
		b.WriteByte('\n')
		for _, x := range f.Why {
			fmt.Fprintf(&b, "    %+.2f %s %s\n", x.Weight, x.Name, x.Where)
		}
	}
	for _, p := range v.Pairs {
		fmt.Fprintf(&b, "pair %s + %s  %s %s\n", p.A, p.B, p.Kind, p.Stage)
	}
	for i, s := range e.Sentences {
		s.write(&b, i)
	}
	return b.String()
}

func (s ExplainedSentence) write(b *strings.Builder, i int) {
	if len(s.Mentions)+len(s.Frames) == 0 {
		return
	}
	fmt.Fprintf(b, "\n[%d %s] %s\n", i, s.Field, strings.Join(s.Clauses, " ‖ "))
	for _, m := range s.Mentions {
		fmt.Fprintf(b, "    firm  %d-%d %q %s\n", m.Start, m.End, m.Text, m.What)
	}
	for _, c := range s.Cues {
		fmt.Fprintf(b, "    cue   %d-%d %q %s\n", c.Start, c.End, c.Text, c.What)
	}
	for _, f := range s.Frames {
		told := "told"
		if !f.Told {
			told = "assumed"
		}
		fmt.Fprintf(b, "    frame %s  %s %s (%s)  %.2f -> %.3f  %s\n", strings.Join(f.Parties, " + "), f.Kind, f.Stage, told, f.Sum, f.Score, f.Why)
		for _, x := range f.Features {
			fmt.Fprintf(b, "        %+.2f %s %s\n", x.Weight, x.Name, x.Where)
		}
	}
}

// WriteTo writes what [Explanation.String] returns.
func (e Explanation) WriteTo(w io.Writer) (int64, error) {
	n, err := io.WriteString(w, e.String())
	return int64(n), err
}
