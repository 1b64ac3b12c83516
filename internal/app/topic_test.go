package app

import (
	"log/slog"
	"slices"
	"testing"

	"github.com/chipwire/chipwire/config"
	"github.com/chipwire/chipwire/news"
)

// TestAnotherTopicByConfiguration judges stories about batteries, with nothing but
// a configuration, and stories about chips, which are then none of its matter.
func TestAnotherTopicByConfiguration(t *testing.T) {
	cfg, err := config.Load("testdata/batteries.yaml")
	if err != nil {
		t.Fatal(err)
	}
	batteries, err := NewClassifier(cfg)
	if err != nil {
		t.Fatal(err)
	}
	chips, err := NewClassifier(config.Default)
	if err != nil {
		t.Fatal(err)
	}
	if batteries.Rules() == chips.Rules() {
		t.Error("two lexicons have one hash of rules")
	}
	for _, tt := range []struct {
		name, title, body string
		want              []news.Pair
	}{
		{
			"korean supply", "LG에너지솔루션, 제너럴모터스에 배터리 공급 계약 체결",
			"LG에너지솔루션은 24일 제너럴모터스와 배터리 공급 계약을 체결했다고 밝혔다.",
			[]news.Pair{{A: "general-motors", B: "lg-energy-solution", Kind: news.Supply, Stage: news.Agreed}},
		},
		{
			"english talks", "CATL in talks to supply batteries to General Motors",
			"CATL is in talks with General Motors to supply battery cells for its electric vehicles, two people said on Monday.",
			[]news.Pair{{A: "catl", B: "general-motors", Kind: news.Supply, Stage: news.Talks}},
		},
		{
			"korean, denied", "포스코퓨처엠·LG에너지솔루션, 양극재 공급 계약설 부인",
			"포스코퓨처엠은 LG에너지솔루션과 양극재 공급 계약을 맺었다는 보도는 사실이 아니라고 부인했다.",
			[]news.Pair{{A: "lg-energy-solution", B: "posco-future-m", Kind: news.Supply, Stage: news.Denied}},
		},
		{
			"japanese", "寧徳時代、ゼネラルモーターズに電池を供給へ　契約締結",
			"寧徳時代は24日、ゼネラルモーターズと電池の供給契約を締結したと発表した。",
			[]news.Pair{{A: "catl", B: "general-motors", Kind: news.Supply, Stage: news.Agreed}},
		},
		{
			"chinese", "宁德时代与通用汽车签署电池供货协议",
			"宁德时代周一宣布，已与通用汽车签署电池供货协议。",
			[]news.Pair{{A: "catl", B: "general-motors", Kind: news.Supply, Stage: news.Agreed}},
		},
		{"chips", "TSMC, 엔비디아와 AI 가속기 위탁생산 계약 체결", "TSMC는 24일 엔비디아와 AI 가속기 위탁생산 계약을 체결했다고 밝혔다.", nil},
		{"another matter", "LG에너지솔루션·제너럴모터스, 야구단 후원 계약", "LG에너지솔루션은 제너럴모터스와 야구단 후원 계약을 체결했다고 밝혔다.", nil},
		{"a blocked word", "LG에너지솔루션, 제너럴모터스와 계약", "LG에너지솔루션은 제너럴모터스와 배터리 게임즈 후원 계약을 체결했다.", nil},
		{"rain", "Rain on Monday", "It rains in Detroit.", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := news.Article{Title: tt.title, Body: tt.body}
			if got := batteries.Classify(a).Pairs; !slices.Equal(got, tt.want) {
				t.Errorf("pairs %v, want %v\n%s", got, tt.want, batteries.Explain(a))
			}
			if got := chips.Classify(a).Flagged; got != (tt.name == "chips") {
				t.Errorf("flagged as a story on chips: %t", got)
			}
		})
	}
}

// TestReloadTurnsToOtherWords changes each section that stories are judged by.
func TestReloadTurnsToOtherWords(t *testing.T) {
	other, err := config.Load("testdata/batteries.yaml")
	if err != nil {
		t.Fatal(err)
	}
	a, err := New(config.Config{DataDir: t.TempDir(), NATS: config.Default.NATS, Fetcher: config.Default.Fetcher, Classifier: config.Default.Classifier, Web: config.Default.Web}, Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	turn := func(name string, cfg config.Config) {
		t.Helper()
		before := a.classifier.Load().Rules()
		done, err := a.turnTo(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		if after := a.classifier.Load().Rules(); after == before || done.Rules != after {
			t.Errorf("%s: rules %s, told %q, want other ones than %s", name, after, done.Rules, before)
		}
	}
	cfg := a.turning.cfg
	cfg.Lexicon = other.Lexicon
	turn("lexicon", cfg)
	cfg.Companies = other.Companies
	turn("companies", cfg)
	cfg.Classifier.Accept += 0.01
	turn("classifier", cfg)
}
