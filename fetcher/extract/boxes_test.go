package extract

import (
	"strings"
	"testing"
)

func TestLabel(t *testing.T) {
	for _, tt := range []struct {
		text string
		want bool
	}{
		{"관련기사", true},
		{"■ 관련 기사", true},
		{"AI 3줄 요약", true},
		{"댓글 (12)", true},
		{"댓글 12개", true},
		{"'하드웨어' 카테고리의 다른 글", true},
		{"You may also like", true},
		{"Comments (14)", true},
		{"往期推荐：", true},
		{"관련기사를 쓴 기자가 상을 받았다.", false},
		{"Trending chips sell out", false},
		{"HBM4", false},
	} {
		if got := label(tt.text); got != tt.want {
			t.Errorf("label(%q) = %v, want %v", tt.text, got, tt.want)
		}
	}
}

func TestLines(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		is         func(string) bool
		want       bool
	}{
		{"dates and a name", "안다미 기자 2026-04-16 12:10:33", dateLine, true},
		{"two dates", "입력 2026.04.22. 06:30 업데이트 2026.04.22. 09:12", dateLine, true},
		{"English", "By our correspondent in Bavaria · 30 September 2026", dateLine, true},
		{"a sentence with a date", "두 회사는 2026년 4월 16일 계약을 맺었다.", dateLine, false},
		{"a headline with a date", "2026년 4월 16일 공급 개시, 물량은 두 배", dateLine, false},
		{"masked name", "dd17****", masked, true},
		{"masked name with a title", "ss74****님의 댓글", masked, true},
		{"stars in a text", "별 **다섯** 개", masked, false},
		{"what a reader said", "dd17**** 세금으로 도와주는 일은 그만합시다", readerLine, true},
		{"emphasis as text", "**굵게** 쓴 말", readerLine, false},
		{"remark", "※ 외부 필자의 글은 본지의 편집 방향과 다를 수 있습니다.", lowered(remark), true},
		{"a note with figures", "※ 2026년 수치는 추정", lowered(remark), false},
		{"caption with an owner", "LX세미콘 대전 캠퍼스. [LX세미콘 제공. 재판매 및 DB 금지]", lowered(photoCredit), true},
		{"a headline on what is provided", "▲ 삼성전자, 대학에 국산 NPU 무상 제공", lowered(photoCredit), false},
		{"a sentence on what is provided", "삼성전자는 이 칩을 무료로 제공한다.", lowered(photoCredit), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.is(tt.text); got != tt.want {
				t.Errorf("%q: %v, want %v", tt.text, got, tt.want)
			}
		})
	}
}

func TestBoxes(t *testing.T) {
	for _, tt := range []struct {
		name, box string
		kept      bool
	}{
		{"related stories without links", `<div><b>관련기사</b><p>BOX 다른 회사의 계약 소식</p></div>`, false},
		{"a summary made by a machine", `<div><span>AI 3줄 요약</span><ul><li>BOX 공급하기로 했음</li></ul></div>`, false},
		{"comments of readers", `<ul><li><em>ab12****</em><p>BOX 잘 읽었습니다</p></li><li><em>cd34****</em><p>좋은 기사 감사합니다</p></li></ul>`, false},
		{"a part of the text under such a name", `<div><h3>관련 뉴스</h3><p>BOX ` + strings.Repeat("공급 계약의 배경을 길게 설명하는 문장이다. ", 12) + `</p></div>`, true},
		{"a part of the text", `<div><b>배경</b><p>BOX 두 회사는 오래 함께 일했다.</p></div>`, true},
		{"a picture and its line", `<div><img src="/a.jpg"><span>BOX 두 회사 대표가 손을 맞잡았다</span></div>`, false},
		{"a picture and a sentence", `<div><img src="/a.jpg"><p>BOX 두 회사는 오래 함께 일했다.</p></div>`, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := "<p>가온전자는 다올반도체와 고대역폭메모리 공급 계약을 맺었다고 밝혔다. 물량은 내년 상반기부터 나온다.</p><p>계약 금액은 사천억원이며 기간은 삼 년이다. 두 회사는 다음 세대 제품도 함께 개발한다.</p>"
			page := "<html><title>공급 계약</title><body><div><h1>공급 계약</h1><div>" + text + tt.box + "<p>업계는 이번 계약이 시장의 판도를 바꿀 것으로 본다. 다른 회사들도 비슷한 계약을 서두르고 있다.</p></div></div></body></html>"
			r, err := Read(Page{HTML: []byte(page), URL: "https://a.co.kr/1"})
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Contains(r.Body, "BOX"); got != tt.kept || !strings.Contains(r.Body, "판도를") || !strings.Contains(r.Body, "삼 년") {
				t.Errorf("body %q: box kept %v, want %v", r.Body, got, tt.kept)
			}
		})
	}
}

// lowered gives a judge of lines both forms of a line.
func lowered(judge func(s, lower string) bool) func(string) bool {
	return func(s string) bool { return judge(s, strings.ToLower(s)) }
}
