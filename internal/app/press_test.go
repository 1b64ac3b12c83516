package app_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/chipwire/chipwire/classifier"
	"github.com/chipwire/chipwire/fetcher"
	"github.com/chipwire/chipwire/news"
)

// firms are companies whose names mean nothing else; any two of them make a deal
// of the press below.
var firms = []struct {
	id   news.CompanyID
	name string
}{
	{"samsung-electronics", "삼성전자"},
	{"sk-hynix", "SK하이닉스"},
	{"micron", "마이크론"},
	{"nvidia", "엔비디아"},
	{"amd", "AMD"},
	{"broadcom", "브로드컴"},
	{"openai", "오픈AI"},
	{"tsmc", "TSMC"},
	{"intel", "인텔"},
	{"qualcomm", "퀄컴"},
	{"marvell", "마벨"},
	{"rebellions", "리벨리온"},
	{"furiosa-ai", "퓨리오사AI"},
	{"deepx", "딥엑스"},
	{"microsoft", "마이크로소프트"},
	{"cerebras", "세레브라스"},
	{"tenstorrent", "텐스토렌트"},
	{"sk-telecom", "SK텔레콤"},
	{"mediatek", "미디어텍"},
	{"globalfoundries", "글로벌파운드리"},
	{"lenovo", "레노버"},
	{"hanmi-semiconductor", "한미반도체"},
}

// A press prints one story about every pair of firms, so that no two stories are
// one event, in several feeds; each poll of a feed finds a few more of them.
type press struct {
	*httptest.Server
	stories int
	feeds   int
	step    int // stories that a poll adds to its feed

	mu    sync.Mutex
	held  bool             // nothing is printed yet
	shown map[string][]int // feed path -> stories in it, oldest first
	next  map[string]int
	pages int // pages served
	dates map[int]time.Time
}

func newPress(t *testing.T, stories, feeds, step int) *press {
	t.Helper()
	p := &press{stories: stories, feeds: feeds, step: step, shown: map[string][]int{}, next: map[string]int{}, dates: map[int]time.Time{}}
	if most := len(firms) * (len(firms) - 1) / 2; stories > most {
		t.Fatalf("%d stories, but only %d pairs", stories, most)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /feed/{n}", p.feed)
	mux.HandleFunc("GET /story/{n}", p.page)
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func (p *press) sources() []fetcher.Source {
	var list []fetcher.Source
	for i := range p.feeds {
		list = append(list, fetcher.Source{ID: fmt.Sprint("feed-", i), URL: fmt.Sprint(p.URL, "/feed/", i), Name: fmt.Sprint("신문 ", i), Lang: "ko", Every: time.Second})
	}
	return list
}

// pair returns the firms of a story.
func pair(n int) (a, b int) {
	for a = range firms {
		if rest := len(firms) - 1 - a; n >= rest {
			n -= rest
			continue
		}
		return a, a + 1 + n
	}
	return 0, 1
}

func headline(n int) string {
	a, b := pair(n)
	return fmt.Sprintf("%s·%s, 맞춤형 AI 반도체 공동 개발 계약 체결", firms[a].name, firms[b].name)
}

func body(n int) string {
	a, b := pair(n)
	return fmt.Sprintf("%[1]s와 %[2]s가 데이터센터용 맞춤형 AI 반도체를 공동 개발하는 계약을 체결했다고 3일 밝혔다.\n\n"+
		"두 회사는 추론용 AI 가속기를 함께 설계하고 내년 하반기에 시제품을 내놓을 계획이다. 계약 기간은 3년이다.\n\n"+
		"%[1]s 관계자는 “%[2]s와 AI 반도체 설계 역량을 합치게 됐다”고 말했다. 계약 번호는 %[3]d번이다.", firms[a].name, firms[b].name, n)
}

func (p *press) feed(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	path := r.PathValue("n")
	var number int
	if _, err := fmt.Sscan(path, &number); err != nil {
		http.NotFound(w, r)
		return
	}
	p.add(path, number)
	shown := p.shown[path]
	etag := fmt.Sprintf(`"%d"`, len(shown))
	w.Header().Set("ETag", etag)
	w.Header().Set("Content-Type", "application/rss+xml; charset=utf-8")
	if r.Header.Get("If-None-Match") == etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	fmt.Fprint(w, `<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>신문</title>`)
	for i := len(shown) - 1; i >= 0; i-- {
		n := shown[i]
		fmt.Fprintf(w, `<item><title>%s</title><link>%s/story/%d</link><guid>%d</guid><pubDate>%s</pubDate></item>`,
			headline(n), p.URL, n, n, p.dates[n].Format(time.RFC1123Z))
	}
	fmt.Fprint(w, `</channel></rss>`)
}

// add prints the next stories of a feed.
func (p *press) add(path string, number int) {
	for range p.step {
		n := p.next[path]*p.feeds + number
		if p.held || n >= p.stories {
			return
		}
		p.next[path]++
		p.shown[path] = append(p.shown[path], n)
		p.dates[n] = time.Now()
	}
}

// print adds to every feed what a poll would have.
func (p *press) print() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.feeds {
		p.add(fmt.Sprint(i), i)
	}
}

func (p *press) page(w http.ResponseWriter, r *http.Request) {
	var n int
	if _, err := fmt.Sscan(r.PathValue("n"), &n); err != nil || n >= p.stories {
		http.NotFound(w, r)
		return
	}
	p.mu.Lock()
	p.pages++
	p.mu.Unlock()
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, `<html lang="ko"><head><title>%s</title></head><body><nav><a href="/">홈</a></nav><div id="article-view-content-div"><p>%s</p></div></body></html>`, headline(n), body(n))
}

// hold stops the press, or lets it go on.
func (p *press) hold(held bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held = held
}

// served is the number of pages served so far.
func (p *press) served() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.pages
}

// printed reports whether every story is in its feed.
func (p *press) printed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.dates) == p.stories
}

// alerts is what a wire that loses nothing and repeats nothing tells of the
// press, as company and story. It is judged by the classifier itself: this is
// about the way of a story, not about its label.
func (p *press) alerts(t *testing.T, c *classifier.Classifier) map[string]bool {
	t.Helper()
	want := map[string]bool{}
	for n := range p.stories {
		v := c.Classify(news.Article{Title: headline(n), Body: body(n), URL: fmt.Sprint(p.URL, "/story/", n)})
		a, b := pair(n)
		if !v.Flagged || len(v.Companies) != 2 {
			t.Fatalf("story %d on %s and %s is judged as %v: it cannot serve here", n, firms[a].id, firms[b].id, v.Companies)
		}
		for _, id := range v.Companies {
			want[fmt.Sprint(id, " /story/", n)] = true
		}
	}
	return want
}
