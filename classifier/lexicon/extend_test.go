package lexicon

import (
	"slices"
	"strings"
	"testing"

	"github.com/chipwire/chipwire/news"
)

func base(t *testing.T) *Lexicon {
	t.Helper()
	lex, err := Parse([]byte(`lang: ko
cues:
  - {id: supply, class: relation, type: give, weight: 1.2, terms: [공급]}
  - {id: chips, class: topic, type: core, terms: [hbm]}
  - {id: things, class: other, type: product, terms: [배터리]}
  - {id: devices, class: other, type: chip, terms: [전력반도체]}
`), []byte(`lang: en
cues:
  - {id: supply, class: relation, type: give, weight: 1.2, terms: [supply]}
`))
	if err != nil {
		t.Fatal(err)
	}
	return lex
}

func find(l *Lexicon, lang, id string) *Cue {
	i := slices.IndexFunc(l.Cues, func(c Cue) bool { return c.Lang == lang && c.ID == id })
	if i < 0 {
		return nil
	}
	return &l.Cues[i]
}

func TestExtend(t *testing.T) {
	l := base(t)
	got, err := l.Extend(Extension{
		Without: []string{"topic", "other.product"},
		Topics: []UserTopic{
			{ID: "cells", Terms: map[string][]string{"ko": {"배터리 셀"}, "ja": {"電池セル"}}},
			{ID: "cars", Weight: "weak", Terms: map[string][]string{"en": {"EV", "car{,s}"}}},
		},
		Cues: []UserCue{
			{ID: "supply", Terms: map[string][]string{"ko": {"대 주"}, "zh": {"供货"}}},
			{ID: "lta", Kind: news.Memory, Stage: news.Agreed, Terms: map[string][]string{"ko": {"장기공급계약"}}},
			{ID: "rank", Class: "anti.market", Weight: 2, Terms: map[string][]string{"ko": {"시총 순위"}}},
			{ID: "done", Stage: news.Shipping, Terms: map[string][]string{"en": {"Rolled Out"}}},
		},
		Blocks: map[string][]string{"ko": {"공급과잉"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		lang, id string
		want     Cue
	}{
		{"ko", "cells", Cue{Class: Topic, Type: "core", Weight: 1, Terms: []string{"배터리 셀"}}},
		{"ja", "cells", Cue{Class: Topic, Type: "core", Weight: 1, Terms: []string{"電池セル"}}},
		{"en", "cars", Cue{Class: Topic, Type: "weak", Weight: 1, Terms: []string{"ev", "car{,s}"}}},
		{"ko", "supply", Cue{Class: Relation, Type: "give", Weight: 1.2, Terms: []string{"공급", "대 주"}}},
		{"en", "supply", Cue{Class: Relation, Type: "give", Weight: 1.2, Terms: []string{"supply"}}},
		{"zh", "supply", Cue{Class: Relation, Type: "give", Weight: 1.2, Terms: []string{"供货"}}},
		{"ko", "lta", Cue{Class: Kind, Kind: news.Memory, Stage: news.Agreed, Weight: 1, Terms: []string{"장기공급계약"}}},
		{"ko", "rank", Cue{Class: Anti, Type: "market", Weight: 2, Terms: []string{"시총 순위"}}},
		{"en", "done", Cue{Class: Stage, Stage: news.Shipping, Weight: 1, Terms: []string{"rolled out"}}},
		{"ko", "devices", Cue{Class: Other, Type: "chip", Weight: 1, Terms: []string{"전력반도체"}}},
		{"ko", "your-blocks", Cue{Class: Block, Weight: 1, Terms: []string{"공급과잉"}}},
	} {
		c := find(got, tt.lang, tt.id)
		if c == nil {
			t.Errorf("%s: no cue %s", tt.lang, tt.id)
			continue
		}
		tt.want.ID, tt.want.Lang = tt.id, tt.lang
		if c.Class != tt.want.Class || c.Type != tt.want.Type || c.Kind != tt.want.Kind || c.Stage != tt.want.Stage || c.Weight != tt.want.Weight || !slices.Equal(c.Terms, tt.want.Terms) {
			t.Errorf("%+v, want %+v", *c, tt.want)
		}
		if err := c.check(); err != nil {
			t.Error(err)
		}
	}
	if !got.OwnTopic || l.OwnTopic {
		t.Errorf("own topic %t of the extended lexicon, %t of the built-in one", got.OwnTopic, l.OwnTopic)
	}
	for _, gone := range []string{"chips", "things"} {
		if find(got, "ko", gone) != nil {
			t.Errorf("%s is still there", gone)
		}
	}
	if again := base(t); len(l.Cues) != len(again.Cues) || !slices.Equal(find(l, "ko", "supply").Terms, []string{"공급"}) {
		t.Error("the lexicon itself was changed")
	}
	if same, err := l.Extend(Extension{}); err != nil || same != l {
		t.Errorf("an empty extension gives %v, %v, want the lexicon itself", same, err)
	}
}

func TestExtendReportsAllFaults(t *testing.T) {
	ko := func(terms ...string) map[string][]string { return map[string][]string{"ko": terms} }
	_, err := base(t).Extend(Extension{
		Without: []string{"topics", "other.toy"},
		Topics: []UserTopic{
			{ID: "Bad Id", Terms: ko("전지")},
			{ID: "heavy", Weight: "huge", Terms: ko("전지")},
			{ID: "empty"},
			{ID: "marks", Terms: ko("전", "^전$", "a{b", "a}b", " ", "{a,b,c,d,e,f,g,h,i,j}{a,b,c,d,e,f,g,h,i,j}{a,b,c,d,e,f,g,h,i,j}{a,b}")},
			{ID: "things", Terms: ko("장난감")},
			{ID: "tongues", Terms: map[string][]string{"fr": {"pile"}, "en": {}}},
		},
		Cues: []UserCue{
			{ID: "supply", Class: "relation.give", Terms: ko("대준다")},
			{ID: "nothing", Terms: ko("대준다")},
			{ID: "hug", Class: "relation.hug", Terms: ko("포옹")},
			{ID: "magic", Class: "magic", Terms: ko("마법")},
			{ID: "barter", Kind: "barter", Terms: ko("물물교환")},
			{ID: "someday", Stage: "someday", Terms: ko("언젠가")},
			{ID: "weighty", Class: "negation", Weight: 9, Terms: ko("아니")},
			{ID: "one", Class: "anti.market", Terms: ko("시총", "시총")},
			{ID: "one", Class: "anti.market", Terms: ko("증시")},
			{ID: "one", Terms: ko("증시")},
		},
		Blocks: map[string][]string{"ko": {"시총"}, "xx": {"x"}},
	})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		`without[0]: "topics", want a class (relation,`, `without[1]: "other.toy", want`,
		`topics[0].id: "Bad Id", want 1 to 40`, `topics[1].weight: "huge", want one of core, weak`, `topics[2].terms: no terms`,
		`topics[3].terms.ko[0]: "전": one sign alone`, `topics[3].terms.ko[2]: "a{b": a { without`, `topics[3].terms.ko[3]: "a}b": a } without`,
		`topics[3].terms.ko[4]: " ": empty`, `topics[3].terms.ko[5]: "{a,b,c`, `more than 1000 forms`,
		`topics[4].id: "things" is a built-in cue of class other product`, `topics[5].terms.fr: language "fr", want one of en, ja, ko, zh`, `topics[5].terms.en: no terms`,
		`cues[0].id: "supply" is a built-in cue`, `cues[1]: "nothing" has no class, kind or stage`, `cues[2]: type "hug", want one of`,
		`cues[3]: class "magic" is not known`, `cues[4]: kind "barter", want one of foundry`, `cues[5]: stage "someday", want one of rumour`,
		`cues[6].weight: 9, want more than 0`, `cues[7].terms.ko[1]: "시총" is there already, in cues[7].terms.ko[0]`, `cues[8].id: "one" is given twice, first in cues[7]`, `cues[9].id: "one" is given twice`,
		`blocks.ko[0]: "시총" is a term of cues[7].terms.ko[1] too`, `blocks.xx: language "xx"`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error lacks %q", want)
		}
	}
	if strings.Contains(err.Error(), `"^전$"`) {
		t.Error("one sign with both marks is a fault")
	}
	if t.Failed() {
		t.Log(err)
	}
}
