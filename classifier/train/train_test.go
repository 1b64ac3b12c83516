package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chipwire/chipwire/classifier/company"
	"github.com/chipwire/chipwire/classifier/lexicon"
	"github.com/chipwire/chipwire/news"

	"github.com/chipwire/chipwire/classifier"
)

// The weights in the repository are those that its stories, registry and lexicons
// make, byte for byte. When it fails: go run ./classifier/train.
func TestWeightsAreMadeFromTheGoldSet(t *testing.T) {
	if testing.Short() {
		t.Skip("learns for some seconds")
	}
	dir := t.TempDir()
	if err := run("..", dir, false, 0); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"weights.txt", "weights.bin"} {
		want, err := os.ReadFile(filepath.Join("../weights", name))
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) {
			t.Errorf("classifier/weights/%s is not what go run ./classifier/train makes: run it, and look at go run ./classifier/train -cv and chipwire eval", name)
		}
	}
}

// What is learnt from is what the labels say: a pair of a story is an example of a
// deal, any other pair one of none.
func TestExamples(t *testing.T) {
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
	list, lost := examples(c, []story{{
		ID: "a-1", Title: "SK hynix signs HBM4 contract with Nvidia", Lang: "en", Flagged: true,
		Body:  "SK hynix signed a contract to supply Nvidia with HBM4. Samsung Electronics, which competes with SK hynix, will supply nobody.",
		Pairs: []news.Pair{{A: "nvidia", B: "sk-hynix", Kind: news.Memory, Stage: news.Agreed}, {A: "amd", B: "sk-hynix", Kind: news.Memory, Stage: news.Agreed}},
	}})
	if lost != 1 {
		t.Errorf("%d deals without candidate, want 1: AMD is not named", lost)
	}
	for _, e := range list {
		if deal := e.A == "nvidia" && e.B == "sk-hynix"; deal != (e.gold != nil) {
			t.Errorf("%s and %s: a deal %t, want %t", e.A, e.B, e.gold != nil, deal)
		}
	}
	if positives(list) != 1 {
		t.Errorf("%d deals, want 1", positives(list))
	}
}
