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
		{"all: flag precision", r.All.Flag.Precision, 0.87},
		{"ko: flag F1", ko.Flag.F1, 0.90},
		{"ko: companies F1", ko.Companies.F1, 0.86},
		{"ko: pairs F1", ko.Pairs.F1, 0.76},
		{"ko: kind", ko.Kind, 0.85},
		{"ko: stage", ko.Stage, 0.86},
		{"en: flag F1", en.Flag.F1, 0.74},
		{"en: companies F1", en.Companies.F1, 0.72},
		{"en: pairs F1", en.Pairs.F1, 0.64},
		{"en: kind", en.Kind, 0.64},
		{"en: stage", en.Stage, 0.79},
		{"hard negatives: specificity", r.Hard.Specificity, 0.85},
		{"all: evidence", r.All.Evidence, 0.85},
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

// TestGoldKeepsItsSplit holds what the README of the gold set says of its parts.
func TestGoldKeepsItsSplit(t *testing.T) {
	publishers := map[string]string{}
	for _, part := range []struct{ name, from, to string }{
		{"train", "2025-02", "2026-03"}, {"dev", "2026-04", "2026-07"},
	} {
		for _, s := range readGold(t, part.name).Stories {
			if month := s.Date[:len("2026-04")]; month < part.from || month > part.to {
				t.Errorf("%s: %s of %s is not of this part", part.name, s.ID, s.Date)
			}
			if other, ok := publishers[s.Publisher]; ok && other != part.name {
				t.Errorf("%s: publisher %q of %s is in %s too", part.name, s.Publisher, s.ID, other)
			}
			publishers[s.Publisher] = part.name
		}
	}
}
