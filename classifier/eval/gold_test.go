package eval

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chipwire/chipwire/classifier"
	"github.com/chipwire/chipwire/classifier/company"
	"github.com/chipwire/chipwire/classifier/lexicon"
)

const gold = "../testdata/gold/"

// readGold reads the gold files of a part. No test reads the blind part.
func readGold(t testing.TB, part string) Set {
	t.Helper()
	if strings.HasPrefix(part, "blind") {
		t.Fatal("the blind part is looked at only through chipwire eval")
	}
	files, err := filepath.Glob(gold + part + "-*.jsonl")
	if err != nil || len(files) == 0 {
		t.Fatalf("no gold files of %s: %v", part, err)
	}
	var set Set
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		err = set.Add(f, filepath.Base(name))
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
	}
	return set
}

func newClassifier(t testing.TB) *classifier.Classifier {
	t.Helper()
	reg, err := company.Default()
	if err != nil {
		t.Fatal(err)
	}
	lex, err := lexicon.Default()
	if err != nil {
		t.Fatal(err)
	}
	c, err := classifier.New(classifier.Default, reg, lex)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// A floor is a figure that may not get worse.
type floor struct {
	name string
	got  Figure
	want float64
}

func (f floor) check(t *testing.T) {
	t.Helper()
	if f.got.Value < f.want {
		t.Errorf("%s %.3f of %d, want at least %.3f", f.name, f.got.Value, f.got.Of, f.want)
	} else {
		t.Logf("%s %.3f, at least %.3f", f.name, f.got.Value, f.want)
	}
}

// TestDevStaysGood holds the figures of the dev part, a little under the level
// reached: raise the floors when the level rises.
func TestDevStaysGood(t *testing.T) {
	r := Measure(readGold(t, "dev"), newClassifier(t).Classify, nil)
	ko, en := r.Language("ko"), r.Language("en")
	for _, f := range []floor{
		{"all: flag precision", r.All.Flag.Precision, 0.85},
		{"ko: flag F1", ko.Flag.F1, 0.88},
		{"ko: companies F1", ko.Companies.F1, 0.80},
		{"ko: pairs F1", ko.Pairs.F1, 0.76},
		{"ko: kind", ko.Kind, 0.82},
		{"ko: stage", ko.Stage, 0.82},
		{"en: flag F1", en.Flag.F1, 0.84},
		{"en: companies F1", en.Companies.F1, 0.75},
		{"en: pairs F1", en.Pairs.F1, 0.69},
		{"en: kind", en.Kind, 0.79},
		{"en: stage", en.Stage, 0.76},
		{"hard negatives: specificity", r.Hard.Specificity, 0.86},
		{"all: evidence", r.All.Evidence, 0.79},
	} {
		f.check(t)
	}
}

// TestMinimalPairsStayGood holds the minimal pairs of train and dev together.
func TestMinimalPairsStayGood(t *testing.T) {
	set := readGold(t, "train")
	set.Minimal = append(set.Minimal, readGold(t, "dev").Minimal...)
	set.Stories = nil
	r := Measure(set, newClassifier(t).Classify, nil)
	floor{"minimal pairs, both right", r.Minimal.Both, 0.62}.check(t)
	floor{"minimal pairs, both flags right", r.Minimal.Flags, 0.70}.check(t)
}

// TestGoldKeepsItsSplit holds what the README of the gold set says of its parts: no
// author and no publisher is in two of them.
func TestGoldKeepsItsSplit(t *testing.T) {
	where := map[string]string{}
	for _, part := range []string{"train", "dev"} {
		for _, s := range readGold(t, part).Stories {
			author, _, _ := strings.Cut(s.ID, "-")
			if s.Lang == "ja" || s.Lang == "zh" {
				author = "" // one author wrote the first stories of both parts
			}
			for _, who := range []string{author, s.Publisher} {
				if other, ok := where[who]; ok && other != part && who != "" {
					t.Errorf("%s: %q of %s is in %s too", part, who, s.ID, other)
				}
				where[who] = part
			}
		}
	}
}
