package marks

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/chipwire/chipwire/news"
)

func TestAmounts(t *testing.T) {
	const bn = 1e9
	for text, want := range map[string]float64{ // in US dollars
		"22조7648억 원 규모의 계약":                     16.5 * bn,
		"22조7648억 규모 파운드리":                      16.5 * bn,
		"약 23조 원짜리":                             16.7 * bn,
		"165억 달러":                               16.5 * bn,
		"$16.5 billion":                         16.5 * bn,
		"a $16.5bn order":                       16.5 * bn,
		"16.5 billion dollars over eight years": 16.5 * bn,
		"22.8 trillion won":                     16.5 * bn,
		"契約額は約165億ドルで":                          16.5 * bn,
		"165亿美元":                                16.5 * bn,
		"6천억 원대":                                .435 * bn,
		"1조 2천억 원":                              .87 * bn,
		"1억5000만 달러":                            .15 * bn,
		"412억 원":                                .0299 * bn,
		"US$30 million":                         .030 * bn,
		"3000億円":                                2 * bn,
		"12亿元":                                  .168 * bn,
		"€1 billion":                            1.13 * bn,
	} {
		got := amounts([]string{text})
		if len(got) != 1 || math.Abs(math.Log(got[0]/want)) > .05 {
			t.Errorf("%s: %v, want about %.3g", text, got, want)
		}
	}
	for _, text := range []string{"1만8천 개", "18,000 GB300s", "2억 개를 판다", "5만 장", "100 million units", "up 6.8 %", "2026년 11월 3일", "전년 대비 3조각", ""} {
		if got := amounts([]string{text}); len(got) != 0 {
			t.Errorf("%s: %v, want no sum", text, got)
		}
	}
}

func TestCompareAmounts(t *testing.T) {
	for _, tt := range []struct {
		a, b []float64
		want int
	}{
		{[]float64{16.5e9}, []float64{16.7e9}, 1},
		{[]float64{16.5e9}, []float64{1e9, 16e9}, 1},
		{[]float64{155e6}, []float64{29.9e6}, -1},
		{[]float64{3.1e9}, []float64{3.2e9}, 1},
		{[]float64{1e9}, []float64{1.2e9}, 0},
		{nil, []float64{1e9}, 0},
	} {
		if got := CompareAmounts(tt.a, tt.b); got != tt.want {
			t.Errorf("%v and %v: %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}

func TestProducts(t *testing.T) {
	for text, want := range map[string]string{
		"SK하이닉스, 엔비디아에 HBM4 공급":              "hbm:4",
		"12-high HBM3E stacks":               "hbm:3e",
		"6세대 고대역폭메모리(HBM) 공급":                "hbm:4",
		"sixth-generation HBM":               "hbm:4",
		"2나노 공정":                             "node:2",
		"a 2nm trial run":                    "node:2",
		"1.4ナノ品の生産":                          "node:1.4",
		"on 18A-P wafers":                    "node:18a",
		"18,000 GB300s for Essonne":          "gb:300",
		"'마이아 300' 임대":                       "maia:300",
		"Maia 300 capacity":                  "maia:300",
		"昇腾920封装":                            "ascend:920",
		"TC본더 214억 원":                        "tool:tc-bonder",
		"hybrid bonding systems":             "tool:hybrid-bonder",
		"FC-BGA substrates":                  "board:fc-bga",
		"유리기판 양산":                            "board:glass",
		"on May 12 in FY2026, GPT-5, Q3, 5G": "",
	} {
		if got := strings.Join(products([]string{text}), " "); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestAgencyAndNote(t *testing.T) {
	for _, tt := range []struct {
		title, body, agency string
		note                news.Note
	}{
		{"", "(서울=연합뉴스) 김 기자 = 삼성전자가 3일 밝혔다.", "yonhap", ""},
		{"", "SEOUL, Nov. 3 (Yonhap) -- Samsung said.", "yonhap", ""},
		{"", "삼성전자가 3일 밝혔다.\n\n출처: 누리통신", "누리통신", ""},
		{"", "삼성전자가 3일 밝혔다.\n\n[누리통신 제공]", "누리통신", ""},
		{"", "Samsung said on Tuesday, Reuters reported last week.", "", ""},
		{"[정정] 삼성전자 수주", "본문이다.", "", news.NoteCorrected},
		{"A deal", "Text.\n\nCorrection: an earlier version said four years.", "", news.NoteCorrected},
		{"[기사 철회] 보도를 취소합니다", "사과드립니다.", "", news.NoteRetracted},
		{"A deal", "This story has been withdrawn.", "", news.NoteRetracted},
		{"삼성전자, 정부와 협약", "계약이다.", "", ""},
	} {
		p := PrintOf(news.Article{Title: tt.title, Body: tt.body})
		if p.Agency != tt.agency || p.Note != tt.note {
			t.Errorf("%q %q: agency %q, note %q, want %q, %q", tt.title, tt.body, p.Agency, p.Note, tt.agency, tt.note)
		}
	}
}

func TestNearTexts(t *testing.T) {
	const text = "네이버클라우드가 AMD와 MI450 도입을 위한 업무협약을 체결했다. 양측은 춘천과 세종 데이터센터에 차세대 가속기를 들이는 방안을 구체화한다. 리사 수 CEO가 직접 서명했고, 두 회사는 내년 상반기부터 물량을 들이기로 했다."
	const other = "SK하이닉스는 오픈AI와 4조1000억 원 규모의 HBM4 공급 계약을 체결했다고 22일 밝혔다. 2028년까지 3년간 나눠 납품하며, 곽노정 사장은 추론 시장의 첫 대형 고객이라고 말했다. 물량은 청주에서 만든다."
	a, b, c := sketch(text), sketch("(서울=누리통신) "+text+"\n\n출처: 누리통신"), sketch(other)
	if !Near(a, b) || Near(a, c) || Near(0, 0) {
		t.Errorf("reprint near: %v, other text near: %v, no text near: %v", Near(a, b), Near(a, c), Near(0, 0))
	}
	if s := sketch("짧은 글"); s != 0 {
		t.Errorf("a short text has the sketch %x", s)
	}
	// Sketches are stored: they must never change.
	if a != 0x0 && sketch(text) != a {
		t.Error("the same text has two sketches")
	}
}

// Whatever the text, marks are found without harm and are the same twice.
func FuzzOf(f *testing.F) {
	f.Add("삼성전자, 22조7648억 파운드리 수주", "(서울=연합뉴스) 2나노 공정으로 $16.5 billion 계약.", 0, 5)
	f.Add("", "\xff조억만1,0.0.0억", 3, 1)
	f.Fuzz(func(t *testing.T, title, body string, _, _ int) {
		a := news.Article{Title: title, Body: body}
		find := news.Finding{Evidence: []news.Evidence{{Text: body, Field: "body"}}}
		m := Of(a, find, true)
		if n := Of(a, find, true); !slices.Equal(m.Products, n.Products) || !slices.Equal(m.Amounts, n.Amounts) {
			t.Fatalf("%+v and %+v of one text", m, n)
		}
		for _, v := range m.Amounts {
			if !(v >= 1e5) || math.IsInf(v, 0) {
				t.Fatalf("a sum of %v dollars", v)
			}
		}
		PrintOf(a)
	})
}

func BenchmarkAdd(b *testing.B) {
	body := strings.Repeat("삼성전자가 테슬라와 22조7648억 원 규모의 2나노 파운드리 계약을 체결했다고 3일 밝혔다. ", 30)
	a := news.Article{Title: "삼성전자, 테슬라와 22조7648억 규모 파운드리 계약", Body: body}
	v := news.Verdict{Findings: []news.Finding{{Evidence: []news.Evidence{{Text: body[:280], Field: "body"}}}}}
	for b.Loop() {
		Add(v, a)
	}
}
