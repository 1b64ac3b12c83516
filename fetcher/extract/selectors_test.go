package extract

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

const selectorsPage = `<html><head><title>목록 - 칩뉴스</title><meta property="og:title" content="칩뉴스 오늘">
<meta property="article:published_time" content="2025-11-05T09:00:00+09:00"></head><body>
<h2 class="head">가온전자, <b>다올반도체</b>와 HBM 공급 계약</h2>
<div class="info">입력 2025.11.04 14:06 | 수정 2025.11.04 15:00</div>
<div class="entry-content"><p>` + teaser + `</p><p>` + teaser + `</p></div>
<div class="txt"><p>` + selected + `</p><div class="box">오늘의 특가 상품을 지금 바로 만나 보십시오. 늦으면 없습니다.</div><p>양산은 내년에 시작된다.</p></div>
</body></html>`

const (
	teaser   = "다른 기사의 긴 요약이 여기에 있고 이 글은 기사가 아니다. 그래도 규칙은 이것을 본문으로 볼 수 있다. 여러 문장이 이어지기 때문이다. 그래서 선택자가 있어야 한다."
	selected = "가온전자가 다올반도체와 차세대 고대역폭메모리(HBM) 공급 계약을 체결했다고 4일 밝혔다. 계약 기간은 2028년까지다."
)

func TestSelectors(t *testing.T) {
	at := time.Date(2025, 11, 4, 5, 6, 0, 0, time.UTC)
	shared := time.Date(2025, 11, 5, 0, 0, 0, 0, time.UTC)
	const body = selected + "\n\n양산은 내년에 시작된다."
	for _, tt := range []struct {
		name string
		sel  Selectors
		want Result
	}{
		{"all", Selectors{Title: "h2.head", Body: ".txt", Drop: ".box", Date: ".info"}, Result{
			Title: "가온전자, 다올반도체와 HBM 공급 계약", TitleVia: TitleVia, Body: body, Via: "selectors.body .txt", PublishedAt: at, DateVia: DateVia,
		}},
		{"a group, and meta elements", Selectors{Title: "meta[property='og:title']", Body: ".none, .txt > p", Date: "meta[property='article:published_time']"}, Result{
			Title: "칩뉴스 오늘", TitleVia: TitleVia, Body: body, Via: "selectors.body .none, .txt > p", PublishedAt: shared, DateVia: DateVia,
		}},
		{"what finds nothing leaves it to the rules", Selectors{Title: ".none", Body: ".none", Drop: ".box, .txt", Date: "h2.head"}, Result{
			Title: "칩뉴스 오늘", Body: teaser + "\n\n" + teaser, Via: ".entry-content", PublishedAt: shared, DateVia: "meta",
		}},
		{"too little is nothing", Selectors{Body: "h2.head b", Drop: ".txt"}, Result{
			Title: "칩뉴스 오늘", Body: teaser + "\n\n" + teaser, Via: ".entry-content", PublishedAt: shared, DateVia: "meta",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.sel.Validate(); err != nil {
				t.Fatal(err)
			}
			got, err := Read(Page{HTML: []byte(selectorsPage), URL: "https://chipnews.example/1", Zone: seoul, Selectors: tt.sel})
			if err != nil {
				t.Fatal(err)
			}
			if !got.PublishedAt.Equal(tt.want.PublishedAt) {
				t.Errorf("published at %v, want %v", got.PublishedAt, tt.want.PublishedAt)
			}
			tt.want.PublishedAt, tt.want.URL, tt.want.Lang, tt.want.Charset = got.PublishedAt, got.URL, "ko", "utf-8"
			got.Trust, got.Doubtful = 0, false // TestTrust
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("\n got %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

func TestSelectorsValidate(t *testing.T) {
	err := Selectors{Title: "h1[", Body: ".a >", Drop: "p::before", Date: "time"}.Validate()
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{`selectors.title: "h1[", want a CSS selector`, `selectors.body: ".a >"`, `selectors.drop: "p::before"`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s in it", err, want)
		}
	}
	if strings.Contains(err.Error(), "date") {
		t.Errorf("%v: date is good", err)
	}
}

func TestDateIn(t *testing.T) {
	const want = "2025-11-04T14:06:00+09:00"
	for _, in := range []string{
		"2025-11-04 14:06", "입력 2025.11.04 14:06", "승인 : 2025.11.04 14:06", "등록 2025-11-04 오후 2:06 | 수정 2025-11-04 오후 3:00",
		"Updated: Nov 4, 2025", "입력2025.11.04. 오후 2:06 기사원문",
	} {
		got := dateIn(in, seoul)
		if strings.HasPrefix(in, "Updated") { // its digits do not begin the date
			if got.via != "" {
				t.Errorf("%q: %v", in, got)
			}
			continue
		}
		if got.at.Format(time.RFC3339) != want {
			t.Errorf("%q: %v, want %s", in, got, want)
		}
	}
}
