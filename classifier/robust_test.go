package classifier

import (
	"reflect"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/chipwire/chipwire/classifier/company"
	"github.com/chipwire/chipwire/classifier/lexicon"
	"github.com/chipwire/chipwire/news"
)

// sound checks what every verdict must keep, whatever the article.
func sound(t *testing.T, c *Classifier, a news.Article) {
	t.Helper()
	v := c.Classify(a)
	if v.Companies == nil || v.Findings == nil || v.Pairs == nil {
		t.Error("a list is nil")
	}
	title, body := []rune(a.Title), []rune(a.Body)
	for _, f := range v.Findings {
		if f.Score < c.cfg.Review || f.Score > 1 {
			t.Errorf("score %v outside review band and one", f.Score)
		}
		for _, e := range f.Evidence {
			from := body
			if e.Field == "title" {
				from = title
			}
			if e.Start < 0 || e.End > len(from) || e.Start > e.End || e.End-e.Start > news.MaxEvidence {
				t.Fatalf("evidence %d-%d of %d runes", e.Start, e.End, len(from))
			}
			if got := string(from[e.Start:e.End]); got != e.Text {
				t.Errorf("evidence %q, the text has %q", e.Text, got)
			}
		}
	}
	for _, p := range v.Pairs {
		if p.A >= p.B {
			t.Errorf("pair %s, %s: want A before B", p.A, p.B)
		}
	}
	if v.Flagged != (len(v.Companies) > 0) {
		t.Errorf("flagged %t with companies %v", v.Flagged, v.Companies)
	}
}

func TestHostileText(t *testing.T) {
	c := newDefault(t)
	for _, tt := range []struct{ name, title, body string }{
		{"empty", "", ""},
		{"binary", "\x00\xff\xfe\x80", strings.Repeat("\xed\xa0\x80\x00\xff", 100)},
		{"ten megabytes", "삼성전자", strings.Repeat("삼성전자는 엔비디아와 HBM 공급 계약을 체결했다. ", 10<<20/60)},
		{"no sentences", "엔비디아", strings.Repeat("삼성전자·", 5000)},
		{"one long word", "", strings.Repeat("가", 20000)},
		{"decomposed", "", "\u1109\u1161\u11b7\u1109\u1165\u11bc\u110c\u1165\u11ab\u110c\u1161는 엔비디아와 HBM 공급 계약을 체결했다."},
		{"wide and bent", "", "ＴＳＭＣ는 “엔비디아”와\u200b ＡＩ 칩 위탁생산 계약을 체결했다…"},
		{"names only", "", strings.Repeat("Nvidia AMD Intel TSMC ", 800)},
	} {
		t.Run(tt.name, func(t *testing.T) { sound(t, c, news.Article{Title: tt.title, Body: tt.body}) })
	}
}

func TestDecomposedNameIsFound(t *testing.T) {
	c := newDefault(t)
	v := c.Classify(news.Article{Body: "\u1109\u1161\u11b7\u1109\u1165\u11bc\u110c\u1165\u11ab\u110c\u1161는 엔비디아와 HBM 공급 계약을 체결했다."})
	if len(v.Pairs) != 1 {
		t.Errorf("pairs %v, want one", v.Pairs)
	}
}

func TestFirstLinesDecideNothingAlone(t *testing.T) {
	c := newDefault(t)
	v := c.Classify(news.Article{Title: "날씨", Body: "맑다.\n\n관련기사\n삼성전자, 엔비디아에 HBM4 공급 계약 체결\n오픈AI, 브로드컴과 AI 칩 개발\n\n저작권자 © 신문 무단전재 및 재배포 금지"})
	if v.Flagged {
		t.Errorf("flagged by a list of other stories: %v", v.Pairs)
	}
}

func FuzzClassify(f *testing.F) {
	c := newDefault(f)
	for _, s := range readStories(f, "testdata/stories.jsonl")[:20] {
		f.Add(s.Title, s.Body)
	}
	f.Add("\xff", "a\u0301\u1100\u1161. ▲…—")
	f.Add("AMD、サムスン製HBMを採用　検証中", "エヌビディアとソニー、AMDの3社が、(米)AI半導体の供給で合意した。一方、インテル製GPU搭載の")
	f.Add("輝達攜手台積電 傳入股", "三星与SK海力士均向英伟达(NVDA)供货,而美光为其、由AMD的&amp;代工;双方")
	f.Fuzz(func(t *testing.T, title, body string) {
		if !utf8.ValidString(title) || len(title)+len(body) > 1<<16 {
			title = strings.ToValidUTF8(title, "?")
		}
		a := news.Article{Title: title, Body: body}
		sound(t, c, a)
		_ = c.Explain(a).String()
	})
}

func BenchmarkClassify(b *testing.B) {
	c := newDefault(b)
	stories := readStories(b, "testdata/stories.jsonl")
	for _, lang := range []string{"ko", "en"} {
		var body strings.Builder
		for _, s := range stories {
			if s.Lang == lang && body.Len() < 4000 {
				body.WriteString(s.Body + "\n\n")
			}
		}
		a := news.Article{Title: stories[0].Title, Body: body.String()}
		b.Run(lang, func(b *testing.B) {
			b.SetBytes(int64(len(a.Body)))
			b.ReportAllocs()
			for b.Loop() {
				c.Classify(a)
			}
		})
	}
	ordinary := news.Article{Title: "The weather", Body: strings.Repeat("The council will review a bridge over the river after the audit. Farmers said prices rose.\n\n", 42)}
	b.Run("ordinary", func(b *testing.B) {
		b.SetBytes(int64(len(ordinary.Body)))
		for b.Loop() {
			c.Classify(ordinary)
		}
	})
}

func TestConcurrentUse(t *testing.T) {
	c := newDefault(t)
	stories := readStories(t, "testdata/stories.jsonl")[:40]
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for _, s := range stories {
				a := news.Article{Title: s.Title, Body: s.Body}
				if v, w := c.Classify(a), c.Explain(a).Verdict; !reflect.DeepEqual(v, w) {
					t.Errorf("%s: two verdicts on one article", s.ID)
				}
			}
		})
	}
	wg.Wait()
}

func TestRulesFollowTheirParts(t *testing.T) {
	reg, err := company.Default()
	if err != nil {
		t.Fatal(err)
	}
	lex, err := lexicon.Default()
	if err != nil {
		t.Fatal(err)
	}
	rules := func(cfg Config, reg *company.Registry) string {
		c, err := New(cfg, reg, lex)
		if err != nil {
			t.Fatal(err)
		}
		return c.Rules()
	}
	more, err := reg.Merge([]company.Company{{ID: "acme-npu", Names: map[string][]string{"en": {"Acme NPU"}}}})
	if err != nil {
		t.Fatal(err)
	}
	base := rules(Default, reg)
	if again := rules(Default, reg); again != base {
		t.Errorf("rules %q and %q of the same parts", base, again)
	}
	if rules(Config{Accept: 0.8, Review: 0.4}, reg) == base || rules(Default, more) == base {
		t.Error("other thresholds or companies give the same rules")
	}
}

func TestConfigReportsAllFaults(t *testing.T) {
	err := Config{Accept: -1, Review: 2}.Validate()
	for _, want := range []string{"accept: -1", "review: 2, want", "review: 2 is above accept"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v lacks %q", err, want)
		}
	}
}
