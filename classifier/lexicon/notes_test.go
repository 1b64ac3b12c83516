package lexicon

import (
	"slices"
	"testing"

	"github.com/chipwire/chipwire/news"
)

func TestNotes(t *testing.T) {
	ko := func(terms ...string) map[string][]string { return map[string][]string{"ko": terms} }
	l, err := Parse([]byte(`lang: ko
cues:
  - {id: supply, class: relation, type: give, terms: ["공급{,한다}"]}
  - {id: pads, class: block, terms: [공급망, 공급과잉, 공급사, 공급자]}
`))
	if err != nil {
		t.Fatal(err)
	}
	e := Extension{
		Topics: []UserTopic{{ID: "cells", Terms: ko("전지", "양극재")}},
		Cues: []UserCue{
			{ID: "supply", Terms: ko("공급한다", "대준다")},
			{ID: "giving", Class: "relation.give", Terms: ko("공급")},
			{ID: "kinds", Kind: news.Supply, Terms: ko("공급")},
		},
		Blocks: ko("건전지"),
	}
	if _, err := l.Extend(e); err != nil {
		t.Fatal(err)
	}
	want := []string{
		`topics[0].terms.ko[0]: "전지" does not count in "건전지"`,
		`cues[0].terms.ko[0]: "공급한다" is a term of the built-in cue supply already`,
		`cues[1].terms.ko[0]: "공급" does not count in "공급망", "공급과잉", "공급사" and 1 more`,
		`cues[1].terms.ko[0]: "공급" is a term of the built-in cue supply already`,
		`cues[2].terms.ko[0]: "공급" does not count in "공급망", "공급과잉", "공급사" and 1 more`,
	}
	if got := l.Notes(e); !slices.Equal(got, want) {
		t.Errorf("notes\n%q\nwant\n%q", got, want)
	}
}
