package classifier

import (
	"testing"

	"github.com/chipwire/chipwire/classifier/company"
	"github.com/chipwire/chipwire/classifier/lexicon"
)

func newDefault(t testing.TB) *Classifier {
	t.Helper()
	reg, err := company.Default()
	if err != nil {
		t.Fatal(err)
	}
	lex, err := lexicon.Default()
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(Default, reg, lex)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
