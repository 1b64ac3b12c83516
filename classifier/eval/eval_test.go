package eval

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/chipwire/chipwire/classifier"
	"github.com/chipwire/chipwire/classifier/company"
	"github.com/chipwire/chipwire/classifier/lexicon"
	"github.com/chipwire/chipwire/news"
)

func readSmall(t testing.TB) Set {
	t.Helper()
	data, err := os.ReadFile("testdata/small.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var set Set
	if err := set.Add(bytes.NewReader(data), "small.jsonl"); err != nil {
		t.Fatal(err)
	}
	return set
}

// verdict builds what a judge says; quote is in the body, at its start.
func verdict(score float64, quote string, pairs ...news.Pair) news.Verdict {
	v := news.Verdict{Flagged: score >= 0.75, Score: score}
	for _, p := range pairs {
		v.Findings = append(v.Findings, news.Finding{
			Parties: []news.Party{{ID: p.A}, {ID: p.B}}, Kind: p.Kind, Stage: p.Stage, Score: score, Review: !v.Flagged,
			Evidence: []news.Evidence{{Text: quote, Field: "body", End: len([]rune(quote))}},
		})
		if v.Flagged {
			v.Companies = append(v.Companies, p.A, p.B)
			v.Pairs = append(v.Pairs, p)
		}
	}
	slices.Sort(v.Companies)
	v.Companies = slices.Compact(v.Companies)
	return v
}

// smallJudge is right and wrong in ways that the figures below are counted from.
func smallJudge(a news.Article) news.Verdict {
	acmeBolt := news.Pair{A: "acme", B: "bolt", Kind: news.Foundry, Stage: news.Agreed}
	switch a.ID {
	case "t1":
		return verdict(0.95, "Acme will make", acmeBolt)
	case "t2":
		return verdict(0.85, "Acme talks", news.Pair{A: "acme", B: "cog", Kind: news.Supply, Stage: news.Agreed})
	case "n2":
		return verdict(0.80, "Read on", news.Pair{A: "acme", B: "dyne", Kind: news.Supply, Stage: news.Agreed})
	case "n3":
		return verdict(0.30, "Acme", acmeBolt)
	case "x1":
		return verdict(0.90, "Acme", news.Pair{A: "acme", B: "nobody", Kind: news.Supply, Stage: news.Agreed})
	case "x2":
		return verdict(0.90, "Nothing", news.Pair{A: "acme", B: "bolt", Kind: news.Supply, Stage: news.Shipping}, news.Pair{A: "cog", B: "nobody", Kind: news.Supply, Stage: news.Shipping})
	case "m1/a", "m1/b": // blind to the stage
		return verdict(0.90, "Wafers", acmeBolt)
	case "m2/a": // the kind is not what the members differ in
		return verdict(0.90, "칩", news.Pair{A: "acme", B: "bolt", Kind: news.Memory, Stage: news.Agreed})
	}
	return news.Verdict{}
}

func TestMeasure(t *testing.T) {
	calls := 0
	r := Measure(readSmall(t), smallJudge, func(n int) { calls = n })
	if calls != 10 {
		t.Errorf("told of %d stories and minimal pairs, want 10", calls)
	}
	// Counted by hand: t1 and t2 and x2 right, n2 added, t3 missed.
	for _, tt := range []struct {
		name      string
		got       Figure
		right, of int
	}{
		{"flag precision", r.All.Flag.Precision, 3, 4},
		{"flag recall", r.All.Flag.Recall, 3, 4},
		{"flag F1", r.All.Flag.F1, 6, 8},
		{"specificity", r.All.Specificity, 2, 3},
		{"companies precision", r.All.Companies.Precision, 6, 8}, // acme and dyne of n2 added
		{"companies recall", r.All.Companies.Recall, 6, 9},       // dyne of t2, bolt and cog of t3 missed
		{"pairs precision", r.All.Pairs.Precision, 3, 4},
		{"pairs recall", r.All.Pairs.Recall, 3, 5},
		{"pairs F1", r.All.Pairs.F1, 6, 9},
		{"kind", r.All.Kind, 2, 3},
		{"stage", r.All.Stage, 2, 3},
		{"evidence", r.All.Evidence, 2, 3}, // of x2 another sentence is quoted
		{"exact", r.All.Exact, 4, 7},       // t1, n1, n3, x2
		{"hard", r.Hard.Specificity, 1, 2},
		{"korean recall", r.Language("ko").Flag.Recall, 0, 1},
		{"korean precision", r.Language("ko").Flag.Precision, 0, 0},
		{"both members", r.Minimal.Both, 1, 2},
		{"both flags", r.Minimal.Flags, 2, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if want := float64(tt.right) / max(float64(tt.of), 1); tt.got.Of != tt.of || math.Abs(tt.got.Value-want) > 1e-12 {
				t.Errorf("%+v, want %d of %d", tt.got, tt.right, tt.of)
			}
			if tt.got.Low > tt.got.Value || tt.got.High < tt.got.Value {
				t.Errorf("value %v outside its interval %v to %v", tt.got.Value, tt.got.Low, tt.got.High)
			}
		})
	}
	if r.All.Stories != 7 || r.All.Flagged != 4 || r.Apart.Stories != 1 || r.Apart.Found != 1 {
		t.Errorf("%d stories, %d deals, apart %+v; want 7, 4, one of one", r.All.Stories, r.All.Flagged, r.Apart)
	}
	if got := r.Stages.Counts[1][2]; got != 1 { // t2: talks taken for agreed
		t.Errorf("talks taken for agreed: %d, want 1", got)
	}
	if got := r.Kinds.Counts[0][0]; got != 1 {
		t.Errorf("foundry found: %d, want 1", got)
	}
	if got := r.Misses[0]; got.ID != "t3" || got.Faults[0] != "not flagged" {
		t.Errorf("worst miss %+v, want t3", got)
	}
}

func TestCalibration(t *testing.T) {
	r := Measure(readSmall(t), smallJudge, nil)
	// Scores and labels: .95 1, .85 1, 0 1, 0 0, .80 0, .30 0, .90 1.
	brier := (0.05*0.05 + 0.15*0.15 + 1 + 0 + 0.64 + 0.09 + 0.01) / 7
	if got := r.Calibration.Brier; math.Abs(got-brier) > 1e-12 {
		t.Errorf("Brier %v, want %v", got, brier)
	}
	// Bins: 0-0.1 {0 1, 0 0}, 0.3 {.3 0}, 0.8 {.85 1, .8 0}, 0.9 {.95 1, .9 1}.
	ece := (2*0.5 + 0.3 + 2*0.325 + 2*0.075) / 7
	if got := r.Calibration.ECE; math.Abs(got-ece) > 1e-12 {
		t.Errorf("ECE %v, want %v", got, ece)
	}
	want := []Point{{0.95, 1, 0.25}, {0.90, 1, 0.5}, {0.85, 1, 0.75}, {0.80, 0.75, 0.75}, {0.30, 0.6, 0.75}}
	if !slices.Equal(r.Curve, want) {
		t.Errorf("curve %v, want %v", r.Curve, want)
	}
	all := r.Thresholds[0]
	if all.Lang != "all" || all.Best != want[2] || all.Sure != want[2] {
		t.Errorf("thresholds %+v, want best and sure at 0.85", all)
	}
	if i := slices.IndexFunc(all.Steps, func(p Point) bool { return p.Score == 0.80 }); i < 0 || all.Steps[i].Precision != 0.75 {
		t.Errorf("steps %v, want precision 0.75 at 0.80", all.Steps)
	}
}

func TestSameReportTwice(t *testing.T) {
	set := readSmall(t)
	if a, b := Measure(set, smallJudge, nil), Measure(set, smallJudge, nil); !reflect.DeepEqual(a, b) {
		t.Error("two reports of the same differ")
	}
}

func TestTotalsShowNoStory(t *testing.T) {
	r := Measure(readSmall(t), smallJudge, nil).Totals()
	if len(r.Misses)+len(r.Tags)+len(r.Minimal.Failed)+len(r.Thresholds) > 0 {
		t.Errorf("totals hold more than totals: %+v", r)
	}
	if r.All.Stories != 7 {
		t.Errorf("%d stories, want 7", r.All.Stories)
	}
}

func TestAddReportsAllFaults(t *testing.T) {
	in := `{"id":"a","title":"t","flagged":true}
not json
{"id":"a","title":"t","date":"May 1"}
{"title":" "}
{"id":"b","title":"t","flagged":true,"companies":["x","y"],"pairs":[{"a":"y","b":"x","kind":"barter","stage":"agreed"}],"findings":[{"evidence":"elsewhere"}]}
{"id":"c","a":{"title":"t","pairs":[{"a":"x","b":"y","kind":"supply","stage":"someday"}]},"b":{"title":"u"}}
`
	var set Set
	err := set.Add(strings.NewReader(in), "bad.jsonl")
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		`bad.jsonl:1: story "a": flagged true with 0 companies`, `bad.jsonl:2: not the JSON`, `bad.jsonl:3: id "a": given twice`,
		`bad.jsonl:3: story "a": date "May 1"`, `bad.jsonl:4: no id`, `bad.jsonl:4: story "": no text`, `bad.jsonl:5: story "b": pair y, x: want a before b`,
		`kind "barter"`, `evidence "elsewhere" is in neither`, `bad.jsonl:6: story "c/a": flagged false with 0 companies and 1 pairs`, `stage "someday"`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error lacks %q:\n%v", want, err)
		}
	}
}

func TestRules(t *testing.T) {
	reg, err := company.Default()
	if err != nil {
		t.Fatal(err)
	}
	rules := Rules(reg)
	flags := func(title string) (out []bool) {
		for _, r := range rules {
			out = append(out, r.Judge(news.Article{Title: title}).Flagged)
		}
		return out
	}
	for _, tt := range []struct {
		title string
		want  []bool
	}{
		{"It rains", []bool{true, false, false}},
		{"Nvidia and TSMC play football", []bool{true, true, false}},
		{"Nvidia and TSMC sign a chip contract", []bool{true, true, true}},
		{"엔비디아와 삼성전자, 반도체 공급 계약", []bool{true, true, true}},
		{"Nvidians meet TSMCs", []bool{true, false, false}},
	} {
		if got := flags(tt.title); !slices.Equal(got, tt.want) {
			t.Errorf("%q: %v, want %v", tt.title, got, tt.want)
		}
	}
}

func TestPartsAndReasons(t *testing.T) {
	reg, err := company.Default()
	if err != nil {
		t.Fatal(err)
	}
	lex, err := lexicon.Default()
	if err != nil {
		t.Fatal(err)
	}
	cfg := classifier.Config{Accept: classifier.Default.Accept, Review: 1e-6}
	parts, err := Parts(cfg, reg, lex)
	if err != nil {
		t.Fatal(err)
	}
	a := news.Article{Title: "The week", Body: "TSMC signed a contract with Nvidia to make its AI accelerators on Monday."}
	flagged := map[string]bool{}
	for _, p := range parts {
		flagged[p.Name] = p.Judge(a).Flagged
	}
	if !flagged["the whole"] || !flagged["without the learnt weights"] || !flagged["without people"] || !flagged["the body alone"] || flagged["the headline alone"] {
		t.Errorf("flagged: %v", flagged)
	}
	c, err := classifier.New(cfg, reg, lex)
	if err != nil {
		t.Fatal(err)
	}
	m := Miss{story: Story{Title: a.Title, Body: a.Body, Pairs: []news.Pair{{A: "mistral-ai", B: "tsmc"}}}}
	got := strings.Join(m.Reasons(c.Explain(m.Article())), "\n")
	for _, want := range []string{"found nvidia + tsmc", "in no sentence: mistral-ai"} {
		if !strings.Contains(got, want) {
			t.Errorf("reasons lack %q:\n%s", want, got)
		}
	}
}

func TestPictures(t *testing.T) {
	r := Measure(readSmall(t), smallJudge, nil)
	for name, draw := range map[string]func(io.Writer) error{
		"curve": r.WriteCurve, "reliability": r.WriteReliability,
		"stages": func(w io.Writer) error { return r.Stages.WriteSVG(w, `Stages <&">`) },
	} {
		t.Run(name, func(t *testing.T) {
			var a, b bytes.Buffer
			if err := errors.Join(draw(&a), draw(&b)); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(a.Bytes(), b.Bytes()) {
				t.Error("two pictures of the same differ")
			}
			dec := xml.NewDecoder(&a)
			for {
				if _, err := dec.Token(); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}
