package lexicon

import (
	"slices"
	"strings"
	"testing"
)

func TestDefault(t *testing.T) {
	lex, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range []string{"ko", "en"} {
		for _, class := range classes {
			if !slices.ContainsFunc(lex.Cues, func(c Cue) bool { return c.Lang == lang && c.Class == class }) {
				t.Errorf("%s has no cue of class %s", lang, class)
			}
		}
	}
}

func TestExpand(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want []Term
	}{
		{"plain", []Term{{Text: "plain"}}},
		{"team{,s,ed} up", []Term{{Text: "team up"}, {Text: "teams up"}, {Text: "teamed up"}}},
		{"{a,b} {c,d}", []Term{{Text: "a c"}, {Text: "a d"}, {Text: "b c"}, {Text: "b d"}}},
		{"^이미$", []Term{{Text: "이미", Start: true, End: true}}},
		{"collaborat*", []Term{{Text: "collaborat", Open: true}}},
	} {
		t.Run(tt.in, func(t *testing.T) {
			if got := Expand(tt.in); !slices.Equal(got, tt.want) {
				t.Errorf("Expand(%q) = %+v, want %+v", tt.in, got, tt.want)
			}
		})
	}
}

func TestParseReportsAllFaults(t *testing.T) {
	_, err := Parse([]byte(`lang: ko
cues:
  - {id: a, class: relation, type: hug, terms: [x]}
  - {id: a, class: kind, kind: barter, terms: [Upper]}
  - {id: b, class: magic, terms: []}
  - {id: c, class: stage, terms: [y]}
`), []byte("lang: english\ncues: []\n"))
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{`type "hug"`, `cue "a": given twice`, `kind "barter"`, `term "Upper"`, `class "magic"`, `cue "b": no terms`, `stage ""`, `lang "english"`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error lacks %q:\n%v", want, err)
		}
	}
	if _, err := Parse([]byte("lang: ko\ncuse: []\n")); err == nil {
		t.Error("an unknown key is no error")
	}
}
