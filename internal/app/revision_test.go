package app_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/chipwire/chipwire/fetcher"
	"github.com/chipwire/chipwire/news"
)

// A story is one article of a feed, as it stands at the moment.
type story struct {
	mu        sync.Mutex
	title     string
	body      string
	published time.Time
	pages     chan string // titles of the pages that were asked for
}

func (s *story) tell(title, body string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.title, s.body = title, body
}

func (s *story) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.URL.Path == "/rss" {
		w.Header().Set("Content-Type", "application/rss+xml; charset=utf-8")
		fmt.Fprintf(w, `<rss version="2.0"><channel><title>신문</title><item><title>%s</title><link>http://%s/1</link><guid>1</guid><pubDate>%s</pubDate></item></channel></rss>`,
			s.title, r.Host, s.published.Format(time.RFC1123Z))
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, `<html lang="ko"><head><title>%s</title></head><body><div id="article-view-content-div"><p>%s</p></div></body></html>`, s.title, s.body)
	if r.URL.Path == "/1" {
		s.pages <- s.title
	}
}

// A story that is corrected is read and judged again: an amount moves nothing, a
// denial is told to both firms, and nobody hears the first report twice.
func TestACorrectedStoryIsToldOnce(t *testing.T) {
	const agreed = "SK하이닉스가 엔비디아에 AI 가속기용 HBM4를 공급하는 계약을 체결했다고 3일 밝혔다. 두 회사는 내년 상반기부터 물량을 공급한다."
	s := &story{published: time.Now(), pages: make(chan string, 100)}
	server := httptest.NewServer(s)
	defer server.Close()
	cfg := testConfig(t, newPress(t, 0, 0, 0))
	cfg.Feeds = []fetcher.Source{{ID: "a", URL: server.URL + "/rss", Name: "신문", Lang: "ko", Every: time.Second}}

	s.tell("SK하이닉스, 엔비디아에 2조원 규모 HBM4 공급 계약 체결", agreed+" 계약 규모는 2조원이다.")
	ready, _ := start(t, cfg)
	alerts := follow(t, (<-ready).NATS)
	told := map[string]news.Alert{}
	hear := func(n int) {
		t.Helper()
		for range n {
			a := next(t, alerts)
			what := fmt.Sprint(a.Company.ID, " ", a.Stage, " ", a.Reason)
			if _, again := told[what]; again {
				t.Fatalf("%s told again", what)
			}
			told[what] = a
		}
	}
	read := func(title string) {
		t.Helper()
		select {
		case got := <-s.pages:
			if got != title {
				t.Fatalf("page of %q, want %q", got, title)
			}
		case <-time.After(30 * time.Second):
			t.Fatalf("page of %q not read in 30 s", title)
		}
	}
	read("SK하이닉스, 엔비디아에 2조원 규모 HBM4 공급 계약 체결")
	hear(2)
	s.tell("SK하이닉스, 엔비디아에 3조원 규모 HBM4 공급 계약 체결", agreed+" 계약 규모는 3조원이다.")
	read("SK하이닉스, 엔비디아에 3조원 규모 HBM4 공급 계약 체결")
	s.tell("SK하이닉스 “엔비디아 HBM4 공급 계약 사실무근”", "SK하이닉스는 엔비디아와 HBM4 공급 계약을 체결했다는 보도는 사실이 아니라고 3일 밝혔다. 회사는 엔비디아와 HBM4 공급 계약을 부인했다.")
	hear(2)
	for _, firm := range []string{"sk-hynix", "nvidia"} {
		if _, ok := told[firm+" agreed first"]; !ok {
			t.Errorf("%s was not told of the deal: %v", firm, told)
		}
		a := told[firm+" denied stage"]
		if a.Event == "" || a.Event != told[firm+" agreed first"].Event || len(a.Sources) != 1 || a.Sources[0].Title != "SK하이닉스 “엔비디아 HBM4 공급 계약 사실무근”" {
			t.Errorf("%s was told %+v of the denial, want the same event and the article once, as it stands", firm, a)
		}
	}
}

// An article behind an alert is read again though its feed says nothing new; a
// retraction found there is told to both firms.
func TestAnAlertedArticleIsReadAgain(t *testing.T) {
	const title = "SK하이닉스, 엔비디아에 2조원 규모 HBM4 공급 계약 체결"
	s := &story{published: time.Now(), pages: make(chan string, 100)}
	server := httptest.NewServer(s)
	defer server.Close()
	cfg := testConfig(t, newPress(t, 0, 0, 0))
	cfg.Feeds = []fetcher.Source{{ID: "a", URL: server.URL + "/rss", Name: "신문", Lang: "ko", Every: time.Hour}}
	cfg.Desk.Reread = []time.Duration{time.Second, 3 * time.Second, 9 * time.Second}
	s.tell(title, "SK하이닉스가 엔비디아에 AI 가속기용 HBM4를 공급하는 계약을 체결했다고 3일 밝혔다. 두 회사는 내년 상반기부터 물량을 공급한다.")
	ready, _ := start(t, cfg)
	alerts := follow(t, (<-ready).NATS)
	for range 2 {
		if a := next(t, alerts); a.Stage != news.Agreed || a.Reason != news.First {
			t.Fatalf("told %s %s, want the deal", a.Stage, a.Reason)
		}
	}
	s.tell("[기사 철회] 엔비디아 HBM4 계약 보도를 취소합니다", "본지는 SK하이닉스와 엔비디아의 HBM4 공급 계약을 다룬 기사를 취소합니다. 확인되지 않은 문서를 근거로 작성된 것으로 드러났습니다. 독자와 두 회사에 사과드립니다.")
	for range 2 {
		if a := next(t, alerts); a.Stage != news.Denied || a.Reason != news.Correction || a.PreviousStage == nil || *a.PreviousStage != news.Agreed {
			t.Errorf("%s was told %s %s of the retraction, want denied, correction", a.Company.ID, a.Stage, a.Reason)
		}
	}
}
