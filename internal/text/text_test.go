package text

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestLang(t *testing.T) {
	for _, tt := range []struct{ name, in, declared, want string }{
		{"korean with Latin names", "SK hynix, 엔비디아와 HBM4 공급 계약", "", "ko"},
		{"english with a Korean word", "Samsung's chairman (회장) met the chief executive of a large American chip firm in Seoul", "", "en"},
		{"kana", "ラピダス、IBMと提携", "", "ja"},
		{"han alone", "台积电 代工", "", "zh"},
		{"han with a Korean line below", "台积电与英伟达就先进封装产能签署长期协议，双方未披露金额。该公司发言人周一表示，协议自明年起生效。\n무단 전재 금지", "", "zh"},
		{"korean with Hanja", "美, 對中 반도체 수출 규제…韓 기업 영향", "", "ko"},
		{"han declared Japanese", "半導体供給契約", "ja", "ja"},
		{"latin declared German", "Infineon liefert Chips", "de", "de"},
		{"latin declared Korean", "Infineon", "ko", "en"},
		{"digits only", "2026", "en", "en"},
		{"empty", "", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Lang(tt.in, tt.declared); got != tt.want {
				t.Errorf("Lang(%q, %q) = %q, want %q", tt.in, tt.declared, got, tt.want)
			}
		})
	}
}

func TestFold(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"wide", "ＴＳＭＣ　２나노", "TSMC 2나노"},
		{"quotes", "“가” ‘나’ 「다」", `"가" '나' "다"`},
		{"dots and dashes", "A・B‧C – D⋯", "A·B·C — D…"},
		{"zero width", "삼\u200b성\ufeff전자", "삼성전자"},
		{"white space", " a \t b\r\n\n c ", "a b\nc"},
		{"decomposed Hangul", "\u1112\u1161\u11ab", "한"},
		{"combining mark", "Cafe\u0301", "Café"},
		{"parenthesised sign", "㈜두산", "(주)두산"},
		{"invalid byte", "a\xffb", "a\uFFFDb"},
		{"entities", "SK&nbsp;hynix&#8203; &amp; &quot;AMD&quot;", "SK hynix & \"AMD\""},
		{"no entity", "R&D; AT&T; a & b;", "R&D; AT&T; a & b;"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Fold(tt.in).Text; got != tt.want {
				t.Errorf("Fold(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestOriginal(t *testing.T) {
	in := "㈜ “삼성전자”와\u200b  \u1112\u1161\u11ab국 &quot;AMD&quot; 끝"
	f := Fold(in)
	runes := []rune(in)
	for _, tt := range []struct{ folded, want string }{
		{"삼성전자", "삼성전자"},
		{"(주)", "㈜"},
		{"한국", "\u1112\u1161\u11ab국"},
		{"AMD", "AMD"},
		{"끝", "끝"},
	} {
		i := strings.Index(f.Text, tt.folded)
		a, b := f.Original(i, i+len(tt.folded))
		if got := string(runes[a:b]); i < 0 || got != tt.want {
			t.Errorf("original of %q = %q, want %q", tt.folded, got, tt.want)
		}
	}
}

func TestParticle(t *testing.T) {
	for _, tt := range []struct {
		in   string
		n    int
		role Role
		ok   bool
	}{
		{"와 협력", len("와"), With, true},
		{"와의 협력", len("와의"), With, true},
		{"로부터 공급", len("로부터"), From, true},
		{"에서는 ", len("에서는"), From, true},
		{"까지도", len("까지도"), Topic, true},
		{"버스", 0, Bare, false},
		{"리전스", 0, Bare, false},
		{", 그리고", 0, Bare, true},
		{"", 0, Bare, true},
		{"이었다.", len("이었다"), Is, true},
		{"입니다.", len("입니다"), Is, true},
		{"엔 공급", len("엔"), To, true},
		{"쪽에서 ", len("쪽에서"), From, true},
	} {
		t.Run(tt.in, func(t *testing.T) {
			n, role, ok := Particle(tt.in)
			if n != tt.n || role != tt.role || ok != tt.ok {
				t.Errorf("Particle(%q) = %d, %d, %t, want %d, %d, %t", tt.in, n, role, ok, tt.n, tt.role, tt.ok)
			}
		})
	}
}

func TestSentences(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		want     []string
	}{
		{"plain", "One. Two! Three?", []string{"One.", "Two!", "Three?"}},
		{"short forms", "Intel Corp. said so. It rose.", []string{"Intel Corp. said so.", "It rose."}},
		{"initials", "C.C. Wei spoke. J.P. Roe did not.", []string{"C.C. Wei spoke.", "J.P. Roe did not."}},
		{"number", "A 2.5D package. Done.", []string{"A 2.5D package.", "Done."}},
		{"korean", "계약을 맺었다. 끝났다.", []string{"계약을 맺었다.", "끝났다."}},
		{"no space", "계약을 맺었다.삼성전자는 웃었다.", []string{"계약을 맺었다.", "삼성전자는 웃었다."}},
		{"quote goes on", `"사실이 아니다."라고 말했다. 끝.`, []string{`"사실이 아니다."라고 말했다.`, "끝."}},
		{"bullets", "▲하나 ▲둘", []string{"▲하나", "▲둘"}},
		{"japanese", "契約した。終わり。", []string{"契約した。", "終わり。"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, s := range Sentences(tt.in, Span{0, len(tt.in)}) {
				got = append(got, tt.in[s.Start:s.End])
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestHeadline(t *testing.T) {
	in := "올트먼, 삼성과 AI반도체…SK와 HBM | 신문"
	var got []string
	for _, s := range Headline(in) {
		got = append(got, in[s.Start:s.End])
	}
	if want := []string{"올트먼, 삼성과 AI반도체", "SK와 HBM", "신문"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestLines(t *testing.T) {
	f := Fold("삼성전자가 계약을 맺었다고 밝혔다.\n\n사진=회사 제공\n\n홍길동 기자 hong@paper.example\n\n관련기사\n삼성전자, 엔비디아에 HBM 공급\n인텔, 새 공정 공개\n\n이 문장은 목록 뒤에 다시 이어지는 본문이다.\n\n저작권자 © 신문 무단전재 및 재배포 금지")
	var got []bool
	for _, l := range Lines(f) {
		got = append(got, l.Boilerplate)
	}
	if want := []bool{false, true, true, true, true, true, false, true}; !slices.Equal(got, want) {
		t.Errorf("boilerplate %v, want %v", got, want)
	}
}

func TestEveryLineMark(t *testing.T) {
	for _, m := range lineMarks {
		if !Boilerplate("x " + m) {
			t.Errorf("a line that ends with %q is no boilerplate", m)
		}
	}
	if Boilerplate("삼성전자, 엔비디아와 계약") || Boilerplate("") {
		t.Error("a headline is boilerplate")
	}
}

func TestListsOfOtherStories(t *testing.T) {
	for _, in := range []string{
		"本文だ。\n【関連記事】\n□エヌビディア、HBMで合意\n□AMDが出荷",
		"正文。\n延伸閱讀\n輝達攜手台積電\n超微拿下大單",
		"정문이다.\n많이 본 뉴스\n삼성전자, HBM 공급",
		"The text ends here, and is long enough.\nRead more\nNvidia signs with Samsung",
	} {
		for i, l := range Lines(Fold(in)) {
			if l.Boilerplate != (i > 0) {
				t.Errorf("%q: line %d boilerplate %t", in, i, l.Boilerplate)
			}
		}
	}
}

func TestConnective(t *testing.T) {
	for _, tt := range []struct {
		word, next string
		want       bool
	}{
		{"손잡고", "반도체를", true},
		{"밝혔지만", "", true},
		{"공급하고", "있다", false},
		{"했다고", "밝혔다", false},
		{"물량을", "", false},
		{"놓고", "협상", false},
		{"만나며", "웃었다", true},
	} {
		if got := Connective(tt.word, tt.next); got != tt.want {
			t.Errorf("Connective(%q, %q) = %t, want %t", tt.word, tt.next, got, tt.want)
		}
	}
}

func TestCut(t *testing.T) {
	for n := range 8 {
		if got := Cut("가나", n); len(got) > n || !utf8.ValidString(got) {
			t.Errorf("Cut to %d bytes = %q", n, got)
		}
	}
}

func FuzzFold(f *testing.F) {
	f.Add("㈜ “삼성”\u200b \xff e\u0301 ﾊﾟ")
	f.Add("\u0301\u1100\u1161\u11a8\ufdfa")
	f.Fuzz(func(t *testing.T, s string) {
		x := Fold(s)
		n := utf8.RuneCountInString(s)
		if len(x.Lower) != len(x.Text) {
			t.Fatalf("%d bytes, %d lower", len(x.Text), len(x.Lower))
		}
		last := 0
		for i := range len(x.Text) + 1 {
			a, _ := x.Original(i, i)
			if a < last || a > n {
				t.Fatalf("offset %d after %d of %d runes", a, last, n)
			}
			last = a
		}
		for _, l := range Lines(x) {
			for _, in := range Sentences(x.Text, l.Span) {
				if in.Start < l.Start || in.End > l.End || in.Start >= in.End {
					t.Fatalf("sentence %v outside line %v", in, l.Span)
				}
			}
		}
		Headline(x.Text)
		Particle(s)
		Lang(s, "")
	})
}

func BenchmarkFold(b *testing.B) {
	s := strings.Repeat("삼성전자는 “엔비디아”와 HBM4 공급 계약을 체결했다고 밝혔다. ", 50)
	b.SetBytes(int64(len(s)))
	for b.Loop() {
		Fold(s)
	}
}
