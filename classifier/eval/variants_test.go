package eval

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"

	"github.com/chipwire/chipwire/news"
)

// A variant writes a story otherwise without making it another one.
type variant struct {
	name   string
	lang   string  // of the stories that it suits, "" for all
	same   float64 // the least share of stories that are judged as before
	change func(title, body string) (string, string)
}

func onBoth(f func(string) string) func(title, body string) (string, string) {
	return func(title, body string) (string, string) { return f(title), f(body) }
}

func replacing(oldnew ...string) func(title, body string) (string, string) {
	return onBoth(strings.NewReplacer(oldnew...).Replace)
}

func appending(tail string) func(title, body string) (string, string) {
	return func(title, body string) (string, string) { return title, body + tail }
}

var variants = []variant{
	{"decomposed", "", 0.98, onBoth(norm.NFD.String)},
	{"wide letters", "", 0.98, onBoth(func(s string) string {
		return strings.Map(func(r rune) rune { // letters alone: wide signs end sentences otherwise
			if 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' {
				return []rune(width.Widen.String(string(r)))[0]
			}
			return r
		}, s)
	})},
	{"bent quotes", "", 0.98, replacing(`"`, "“", "'", "’")},
	{"straight quotes", "", 0.98, replacing("“", `"`, "”", `"`, "‘", "'", "’", "'")},
	{"other middle dots", "", 0.98, replacing("·", "・")},
	{"zero-width signs", "", 0.98, func(title, body string) (string, string) {
		return title + "\u200b", strings.ReplaceAll(body, " ", " \u200b")
	}},
	{"hard spaces", "", 0.98, func(title, body string) (string, string) {
		return title, strings.ReplaceAll(body, " ", "\u00a0")
	}},
	{"Windows line ends", "", 0.98, replacing("\n", "\r\n")},
	{"a Korean copyright line", "", 0.98, appending("\n\nⓒ 무단 전재 및 재배포 금지")},
	{"an English copyright line", "", 0.98, appending("\n\nCopyright © 2026 The Daily. All rights reserved.")},
	{"a byline", "ko", 0.98, func(title, body string) (string, string) {
		return title, "홍길동 기자 hong@daily.example\n\n" + body
	}},
	{"a Korean list of other stories", "ko", 0.98, appending("\n\n관련기사\n삼성전자, 엔비디아에 HBM4 공급 계약 체결\n오픈AI, 브로드컴과 AI 칩 공동 개발\n\nⓒ 무단 전재 및 재배포 금지")},
	{"an English list of other stories", "", 0.98, appending("\n\nRelated stories\nSamsung signs deal to supply HBM4 to Nvidia\nOpenAI and Broadcom to develop AI chip\n\nCopyright © 2026 The Daily. All rights reserved.")},
}

// TestVariantsAreJudgedAlike holds that what does not matter to a reader does not
// matter: for each variant, the share of stories with the same flag and pairs.
func TestVariantsAreJudgedAlike(t *testing.T) {
	c := newClassifier(t)
	stories := readGold(t, "dev").Stories
	before := make([]news.Verdict, len(stories))
	for i, s := range stories {
		before[i] = c.Classify(s.Article())
	}
	for _, v := range variants {
		t.Run(v.name, func(t *testing.T) {
			same, all, example := 0, 0, ""
			for i, s := range stories {
				if v.lang != "" && s.Lang != v.lang {
					continue
				}
				all++
				a := s.Article()
				a.Title, a.Body = v.change(a.Title, a.Body)
				got := c.Classify(a)
				if got.Flagged == before[i].Flagged && slices.Equal(got.Pairs, before[i].Pairs) {
					same++
				} else {
					example += " " + s.ID
				}
			}
			share := float64(same) / float64(all)
			t.Logf("%.3f of %d alike, others:%s", share, all, example)
			if share < v.same {
				t.Errorf("%.3f of the stories are judged alike, want at least %.3f", share, v.same)
			}
		})
	}
}
