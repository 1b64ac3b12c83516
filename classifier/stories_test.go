package classifier

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/chipwire/chipwire/news"
)

// A story of the development set, labelled by docs/labels.md.
type story struct {
	ID        string           `json:"id"`
	Title     string           `json:"title"`
	Body      string           `json:"body"`
	Lang      string           `json:"lang"`
	Flagged   bool             `json:"flagged"`
	Companies []news.CompanyID `json:"companies"`
	Pairs     []news.Pair      `json:"pairs"`
	Why       string           `json:"why"`
}

func readStories(t testing.TB, name string) []story {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []story
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		var s story
		if err := json.Unmarshal(sc.Bytes(), &s); err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
	if err := sc.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// A tally counts how a verdict compares with its labels.
type tally struct{ right, extra, missed int }

func (c tally) precision() float64 { return ratio(c.right, c.right+c.extra) }
func (c tally) recall() float64    { return ratio(c.right, c.right+c.missed) }
func (c tally) f1() float64        { return ratio(2*c.right, 2*c.right+c.extra+c.missed) }

func ratio(a, b int) float64 {
	if b == 0 {
		return 1
	}
	return float64(a) / float64(b)
}

// A score sums up a set of stories.
type score struct {
	flagged, pairs, companies tally
	kinds, stages             tally // of the pairs that were found
}

// take compares one verdict with its labels and describes the difference.
func (sc *score) take(s story, v news.Verdict) (diff string) {
	count := func(c *tally, want, got bool) {
		switch {
		case want && got:
			c.right++
		case want:
			c.missed++
		case got:
			c.extra++
		}
	}
	count(&sc.flagged, s.Flagged, v.Flagged)
	if s.Flagged != v.Flagged {
		diff += fmt.Sprintf(" flagged=%t", v.Flagged)
	}
	for _, c := range s.Companies {
		count(&sc.companies, true, slices.Contains(v.Companies, c))
	}
	for _, c := range v.Companies {
		if !slices.Contains(s.Companies, c) {
			sc.companies.extra++
			diff += " +" + string(c)
		}
	}
	same := func(p news.Pair) func(news.Pair) bool {
		return func(q news.Pair) bool { return p.A == q.A && p.B == q.B }
	}
	for _, p := range s.Pairs {
		i := slices.IndexFunc(v.Pairs, same(p))
		count(&sc.pairs, true, i >= 0)
		if i < 0 {
			diff += fmt.Sprintf(" -%s/%s", p.A, p.B)
			continue
		}
		q := v.Pairs[i]
		count(&sc.kinds, true, p.Kind == q.Kind)
		count(&sc.stages, true, p.Stage == q.Stage)
		if p.Kind != q.Kind || p.Stage != q.Stage {
			diff += fmt.Sprintf(" %s/%s: %s %s, want %s %s", p.A, p.B, q.Kind, q.Stage, p.Kind, p.Stage)
		}
	}
	for _, q := range v.Pairs {
		if !slices.ContainsFunc(s.Pairs, same(q)) {
			sc.pairs.extra++
			diff += fmt.Sprintf(" +%s/%s", q.A, q.B)
		}
	}
	return diff
}

// TestStories holds the quality on the development set at the level reached.
// EXPLAIN=id prints the way to one verdict.
func TestStories(t *testing.T) {
	c := newDefault(t)
	var sc score
	for _, s := range readStories(t, "testdata/stories.jsonl") {
		a := news.Article{Title: s.Title, Body: s.Body}
		if diff := sc.take(s, c.Classify(a)); diff != "" {
			t.Logf("%s:%s", s.ID, diff)
		}
		if os.Getenv("EXPLAIN") == s.ID {
			t.Log(c.Explain(a))
		}
	}
	t.Logf("flagged P %.3f R %.3f  companies F1 %.3f  pairs P %.3f R %.3f F1 %.3f  kind %.3f  stage %.3f",
		sc.flagged.precision(), sc.flagged.recall(), sc.companies.f1(), sc.pairs.precision(), sc.pairs.recall(), sc.pairs.f1(), sc.kinds.recall(), sc.stages.recall())
	for _, g := range []struct {
		name      string
		got, want float64
	}{
		{"flagged precision", sc.flagged.precision(), 0.98},
		{"flagged recall", sc.flagged.recall(), 0.94},
		{"companies F1", sc.companies.f1(), 0.96},
		{"pairs F1", sc.pairs.f1(), 0.95},
		{"kind accuracy", sc.kinds.recall(), 0.91},
		{"stage accuracy", sc.stages.recall(), 0.96},
	} {
		if g.got < g.want {
			t.Errorf("%s %.3f, want at least %.3f", g.name, g.got, g.want)
		}
	}
}
