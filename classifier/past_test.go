package classifier

import (
	"testing"
	"time"

	"github.com/chipwire/chipwire/news"
)

func TestYearsAreReadByTheDate(t *testing.T) {
	c := newDefault(t)
	on := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }
	for _, tt := range []struct {
		name, body string
		published  time.Time
		detected   time.Time
		flagged    bool
	}{
		{"no date, a year gone by", "SK하이닉스는 2024년 4월 TSMC와 베이스 다이 협력 양해각서를 맺었다.", time.Time{}, time.Time{}, false},
		{"of the same year", "SK하이닉스는 2024년 4월 TSMC와 베이스 다이 협력 양해각서를 맺었다.", on(2024, 4, 20), time.Time{}, true},
		{"found in the same year", "SK하이닉스는 2024년 4월 TSMC와 베이스 다이 협력 양해각서를 맺었다.", time.Time{}, on(2024, 4, 20), true},
		{"of the year before", "SK하이닉스는 2026년 4월 TSMC와 베이스 다이 협력 양해각서를 맺었다.", on(2027, 8, 1), time.Time{}, false},
		{"December, told in January", "SK하이닉스는 2025년 12월 TSMC와 베이스 다이 협력 양해각서를 맺었다.", on(2026, 1, 9), time.Time{}, true},
		{"no date, a full date", "SK하이닉스는 2025년 10월 13일 TSMC와 베이스 다이 협력 양해각서를 맺었다.", time.Time{}, time.Time{}, true},
		{"a year to come", "SK하이닉스는 2028년 나올 HBM5의 베이스 다이 생산을 TSMC에 맡기는 계약을 체결했다.", on(2026, 1, 9), time.Time{}, true},
		{"the year of a firm", "2020년 설립된 리벨리온은 KT클라우드와 NPU 공급 계약을 체결했다.", on(2026, 1, 9), time.Time{}, true},
		{"English, in an apposition", "The HBM4 that Google buys from Micron comes under a contract the two signed in 2025.", on(2026, 5, 2), time.Time{}, false},
		{"English, of the same year", "Google signed a contract to buy HBM4 from Micron in March 2026.", on(2026, 5, 2), time.Time{}, true},
		{"English, an old deal renewed", "Google and Micron extended the 2024 HBM supply agreement on Monday.", on(2026, 5, 2), time.Time{}, true},
		{"English, the year of a firm", "Tenstorrent, founded in 2016, signed a licence for its AI chip cores with Hyundai Motor.", on(2026, 5, 2), time.Time{}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := news.Article{Body: tt.body, PublishedAt: tt.published, DetectedAt: tt.detected}
			if v := c.Classify(a); v.Flagged != tt.flagged {
				t.Errorf("flagged %t, want %t\n%v", v.Flagged, tt.flagged, c.Explain(a))
			}
		})
	}
}

func TestHeadlineIsOldWhereItsBodyIs(t *testing.T) {
	c := newDefault(t)
	for _, tt := range []struct {
		name, body string
		flagged    bool
	}{
		{"the body looks back", "삼성전자는 2019년 퀄컴과 5나노 AI 칩 위탁생산 계약을 맺었다.", false},
		{"the body has news", "삼성전자는 2019년 퀄컴과 5나노 AI 칩 위탁생산 계약을 맺었다. 이번에는 2나노다. 삼성전자는 퀄컴과 2나노 AI 칩 위탁생산 계약을 체결했다고 3일 밝혔다.", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := news.Article{Title: "삼성·퀄컴 파운드리 동맹", Body: tt.body}
			if v := c.Classify(a); v.Flagged != tt.flagged {
				t.Errorf("flagged %t, want %t\n%v", v.Flagged, tt.flagged, c.Explain(a))
			}
		})
	}
}
