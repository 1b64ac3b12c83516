package text

import (
	"slices"
	"testing"
)

func TestPointing(t *testing.T) {
	for line, want := range map[string]bool{
		"[함께 본 기사]":                                true,
		"▶ 이 시각 많이 본 영상":                           true,
		"━━ 함께 읽으면 좋은 뉴스룸 소식 ━━":                   true,
		"관련: [어제의 공시] 한미, 마이크론과 계약":                true,
		"많이 본 공시: 리벨리온 ▷ 삼성전자 hbm3e 구매 계약":         true,
		"▶많이 본 기사 ①솔브레인, 삼성 평택 p4에 식각액":            true,
		"👉 지난 레터 다시보기":                             true,
		"이 기사를 본 독자가 함께 본 기사":                      true,
		"이 기자의 다른 기사":                              true,
		"새벽일보 pick":                                true,
		"[디지털전자 tv] ▶ 영상 더보기":                      true,
		"다음 읽을거리 → hpsp, tsmc와 장비 공급 계약 체결":        true,
		"삼성전자, 엔비디아와 hbm4 공급 계약 소식":                false,
		"[관련 인터뷰]":                                 true,
		"[회차별 다시듣기] 2분기: 테슬라 ai6 수주 설명":            true,
		"💌 놓친 레터: ms, 네비우스에 gpu 방 예약 / 에어컨 고르는 법":  true,
		"[석간 다른 글] ▽하이닉스, ms에 hbm4 공급키로 ▽한강 철새 조사": true,
		"문답 더 보기 〉 \"삼성 4나노를 고른 까닭\" 편":            true,
		"▷ 필자의 지난 글: 애플이 브로드컴과 서버 칩을 그린다는데":        true,
		"옆 면 기사: 「앰코, 애플 물량도 애리조나서 싼다」":            true,
		"관련 업계에서는 삼성전자가 계약을 따냈다고 본다.":              false,
		"지난 호황 때 삼성은 어땠나: 계약을 거절했다.":               false,
		"▲ 삼성전자, 엔비디아와 hbm4 공급 계약":                 false,
		"○ 금액: 96억원":                               false,
		"○ 상대방: 현대모비스":                             false,
		"[단독] 삼성전자, 메타와 파운드리 협의":                   false,
		"also read":                            true,
		"also read: adani, microsoft ink pact": true,
		"on our website: • map • tsmc, amkor sign lease":            true,
		"you may also be interested in: \"aws takes gpu hosting\".": true,
		"previous issue: nvidia and samsung settle":                 true,
		"more stories from the courier: • amgen expands":            true,
		"earlier, the firm had signed a deal: it was for chips.":    false,
		"next year the plant will ship chips: hbm first.":           false,
		"analyst note: more chips for meta":                         false,
	} {
		if got := pointing(line); got != want {
			t.Errorf("%q: %v, want %v", line, got, want)
		}
	}
}

// Below its byline a story is over: titles there are of other stories.
func TestLinesAfterTheEnd(t *testing.T) {
	f := Fold("삼성전자가 배당을 늘린다고 12일 밝혔다. 주주들은 환영했다.\n주가는 보합으로 마감했다. 거래는 많지 않았다.\n홍길동 기자 hong@paper.example\n메타, 퓨리오사AI와 공급 계약\n\"2나노 통째로\" 삼성, xAI와 25조 계약\n그러나 하루 뒤 회사는 다른 설명을 내놓았다고 한다.")
	var got []bool
	for _, l := range Lines(f) {
		got = append(got, l.Boilerplate)
	}
	want := []bool{false, false, true, true, true, false}
	if !slices.Equal(got, want) {
		t.Errorf("boilerplate %v, want %v", got, want)
	}
}
