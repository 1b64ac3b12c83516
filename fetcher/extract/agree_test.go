package extract

import (
	"strings"
	"testing"
)

const (
	agreeA = "가온전자가 다올반도체와 차세대 고대역폭메모리 공급 계약을 체결했다고 4일 밝혔다. 계약 기간은 2028년까지다. 업계는 규모를 3조원 안팎으로 추정한다. 양산은 내년 상반기에 시작된다."
	agreeB = "Gamma Materials opened a museum of early calculators on Friday. Visitors may try most of them by hand. The museum is free on Sundays, and the café is run by pensioners of the firm."
)

func TestAgreement(t *testing.T) {
	a, b := shingles(agreeA), shingles(agreeB)
	if got := agreement(a, shingles("  "+strings.ReplaceAll(agreeA, " ", "\n"))); got != 1 {
		t.Errorf("with other space %.3f, want 1: signs of Korean do not hang on it", got)
	}
	if got := agreement(a, b); got != 0 {
		t.Errorf("of two stories %.3f, want 0", got)
	}
	if got := agreement(a, shingles(agreeA+" "+agreeA)); got < .6 || got > .7 {
		t.Errorf("with itself twice %.3f, want two thirds", got)
	}
	if got := agreement(nil, nil); got != 0 {
		t.Errorf("of nothing %.3f, want 0", got)
	}
}

func TestChoose(t *testing.T) {
	list := []candidate{
		{via: "main", kind: byMain, text: agreeA + "\n\n" + agreeB},
		{via: "article", kind: byClass, text: agreeA},
		{via: "density", kind: byDensity, text: agreeA},
	}
	if got := list[choose(list)]; got.text != agreeA {
		t.Errorf("chose %s, want one of the two that agree", got.via)
	}
	if choose(nil) != -1 {
		t.Error("chose among nothing")
	}
	list = []candidate{{via: "#articleBody", kind: byFamily, text: agreeA}, {via: "density", kind: byDensity, text: agreeB}}
	if got := list[choose(list)].via; got != "#articleBody" || list[0].agree != 0 {
		t.Errorf("chose %s at %.2f, want the family at 0", got, list[0].agree)
	}
}

func TestTrust(t *testing.T) {
	page := func(in string) Page {
		return Page{HTML: []byte("<html><head><title>t</title></head><body>" + in + "</body></html>"), Explain: true}
	}
	ps := func(s string) string { return "<p>" + strings.ReplaceAll(s, ". ", ".</p><p>") + "</p>" }
	sure, err := Read(page(`<article><div>` + ps(agreeA+" "+agreeB) + `</div></article>`))
	if err != nil || sure.Doubtful || sure.Trust < .9 || len(sure.Candidates) < 2 {
		t.Errorf("%+v, %v, want a sure body of several readings", sure, err)
	}
	for _, c := range sure.Candidates {
		if c.Via == "" || c.Size == 0 || c.Why == "" {
			t.Errorf("%+v, want all of it told", c)
		}
	}
	split, err := Read(page(`<div id="articleBody">` + ps(agreeB) + `</div><div><div><div><ul><li><a href="/x">` + agreeB + agreeB + agreeB + `</a></li></ul></div></div></div><section><div>` + ps(agreeA+agreeA+agreeA+agreeA) + `</div></section>`))
	if err != nil || !split.Doubtful || split.Via != "#articleBody" {
		t.Errorf("%+v, %v, want the family's, doubtful", split, err)
	}
	set, err := Read(Page{HTML: page("<div class=x>" + ps(agreeA) + "</div>").HTML, Selectors: Selectors{Body: ".x"}})
	if err != nil || set.Trust != 1 || set.Candidates != nil {
		t.Errorf("%+v, %v, want the operator's word to be sure, and nothing explained unasked", set, err)
	}
}
