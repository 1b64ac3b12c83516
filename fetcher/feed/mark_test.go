package feed

import (
	"strings"
	"testing"

	"github.com/chipwire/chipwire/news"
)

func TestWhatATitleSays(t *testing.T) {
	for _, tt := range []struct {
		name, before, now string
		changed           bool
	}{
		{"nothing", "SK hynix to supply HBM4 to Nvidia", "SK hynix to supply HBM4 to Nvidia", false},
		{"case, space, punctuation", "SK hynix to supply HBM4 to Nvidia", "SK Hynix to Supply HBM-4, to  NVIDIA!", false},
		{"quotes and dots", "삼성전자, '엔비디아'에 HBM4 공급…계약 체결", "삼성전자 “엔비디아”에 HBM4 공급... 계약 체결", false},
		{"spacing of Korean", "삼성전자, 엔비디아에 HBM4 공급 계약", "삼성전자, 엔비디아에 HBM4 공급계약", false},
		{"full width", "삼성, HBM4 공급", "삼성,ＨＢＭ４ 공급", false},
		{"entities", "AT&amp;T buys chips", "AT&#38;T buys chips", false},
		{"markup", "Chips for <b>AMD</b>", "Chips for AMD", false},
		{"a flash mark goes", "[속보] 삼성전자, AMD와 파운드리 계약", "삼성전자, AMD와 파운드리 계약", false},
		{"a flash mark behind", "삼성전자, AMD와 파운드리 계약 [단독]", "삼성전자, AMD와 파운드리 계약", false},
		{"two marks", "[속보][단독] 삼성전자, AMD와 파운드리 계약", "<단독> 삼성전자, AMD와 파운드리 계약", false},
		{"breaking", "BREAKING: AMD buys a foundry", "AMD buys a foundry", false},
		{"repeat", "RPT-AMD buys a foundry", "AMD buys a foundry", false},
		{"a count of comments", "AMD buys a foundry [3]", "AMD buys a foundry [12]", false},
		{"thousands", "AMD pays $1,000 million", "AMD pays $1000 million", false},

		{"another verb", "A to supply HBM4 to B", "A denies to supply HBM4 to B", true},
		{"another name", "삼성전자, 엔비디아에 HBM4 공급", "SK하이닉스, 엔비디아에 HBM4 공급", true},
		{"one syllable", "삼성전자, 공급 계약 체결", "삼성전자, 공급 계약 해지", true},
		{"an amount", "테슬라, 23조원 파운드리 계약", "테슬라, 2.3조원 파운드리 계약", true},
		{"a decimal point alone", "a 1.5 billion deal", "a 15 billion deal", true},
		{"numbers side by side", "phase 1 2 of HBM", "phase 12 of HBM", true},
		{"another currency", "a $15 billion deal", "a ₩15 billion deal", true},
		{"per cent", "Stake of 5% in B", "Stake of 5 in B", true},
		{"a sign", "Sales of B -5%", "Sales of B 5%", true},
		{"an arrow", "HBM 가격 10%↑", "HBM 가격 10%↓", true},
		{"no question any more", "삼성, 엔비디아에 HBM4 공급?", "삼성, 엔비디아에 HBM4 공급", true},
		{"a new text: UPDATE", "AMD buys a foundry", "UPDATE 1-AMD buys a foundry", true},
		{"a new text: the second", "UPDATE 1-AMD buys a foundry", "UPDATE 2-AMD buys a foundry", true},
		{"a new text: 종합", "삼성전자, AMD와 파운드리 계약", "삼성전자, AMD와 파운드리 계약(종합)", true},
		{"a corrected text: 정정", "삼성전자, AMD와 파운드리 계약", "[정정] 삼성전자, AMD와 파운드리 계약", true},
		{"a corrected text: CORRECTED", "AMD buys a foundry", "CORRECTED-AMD buys a foundry", true},
		{"a company in brackets is no mark", "[삼성전자] HBM4 공급", "HBM4 공급", true},
		{"a word before a colon is no mark", "Nvidia: chips are short", "chips are short", true},

		{"the title is missing now", "AMD buys a foundry", "", false},
		{"the title was missing", "", "AMD buys a foundry", false},
		{"only signs", "…", "***", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before, now := MarkOf(tt.before), MarkOf(tt.now)
			if got := Changed(before, now); got != tt.changed {
				t.Errorf("%q, then %q: changed is %v", tt.before, tt.now, got)
			}
			if got := Changed(now, before); got != tt.changed {
				t.Errorf("back: changed is %v", got)
			}
			if got := differs(before, tt.now); got != tt.changed {
				t.Errorf("the short way says %v", got)
			}
		})
	}
}

func FuzzMark(f *testing.F) {
	for _, s := range []string{"[속보] a", "(1) -5.5%", "RPT-", "[", "a]", "\xff\xfe1", "UPDATE 1-A", "１，０００"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m := MarkOf(s)
		if (m == 0) != (s == "") || m>>(2*halfMark) != 0 {
			t.Fatalf("mark %x of %q", m, s)
		}
		if differs(m, s) || Changed(m, MarkOf(s+" ")) {
			t.Errorf("%q has changed on its own", s)
		}
	})
}

func BenchmarkMarkOf(b *testing.B) {
	for name, title := range map[string]string{
		"ko": "[속보] 가온전자, 다올반도체와 HBM4 공급 계약…3년간 23조원", "en": "Alpha &#038; Beta sign foundry deal worth $1.5 billion over three years",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				MarkOf(title)
			}
		})
		b.Run(name+"/same", func(b *testing.B) {
			m := MarkOf(title)
			b.ReportAllocs()
			for b.Loop() {
				if differs(m, title) {
					b.Fatal()
				}
			}
		})
	}
}

// TestAChangedTitleIsUnknown changes each title in turn: light and whole parse
// hand out that item, and leave out the others.
func TestAChangedTitleIsUnknown(t *testing.T) {
	docs := benchDocs()
	for _, name := range []string{"cms.xml", "atom.xml", "rdf.xml", "feed.json"} {
		docs[name] = file(t, name)
	}
	docs["sitemap"] = sitemap(sitemapEntry("1"), sitemapEntry("2"), sitemapEntry("3"))
	docs["sitemap, CDATA"] = strings.NewReplacer("<news:title>", "<news:title><![CDATA[", "</news:title>", "]]></news:title>").Replace(docs["sitemap"])
	docs["sitemap, entities"] = strings.ReplaceAll(docs["sitemap"], "<news:title>", "<news:title>A &amp; ")
	for name, doc := range docs {
		t.Run(name, func(t *testing.T) {
			h := Hint{Zone: seoul, URL: "https://a.example/rss"}
			whole, err := Parse([]byte(doc), h)
			if err != nil || len(whole.Items) == 0 {
				t.Fatal(len(whole.Items), err)
			}
			marks := map[string]news.Mark{}
			for _, it := range whole.Items {
				marks[it.Key] = it.Mark
			}
			h.Known = func(key string) bool { return marks[key] != 0 }
			h.Mark = func(key string) news.Mark { return marks[key] }
			for _, it := range whole.Items {
				marks[it.Key] = MarkOf("Something else before")
				d, err := Parse([]byte(doc), h)
				if err != nil || len(d.Items) != 1 || d.Items[0].Key != it.Key || d.Items[0].Mark != it.Mark || len(d.Known) != len(whole.Items)-1 {
					t.Errorf("%s changed: %v, known %v, %v", it.Key, keysOf(d.Items), d.Known, err)
				}
				marks[it.Key] = it.Mark
			}
			if d, err := Parse([]byte(doc), h); err != nil || len(d.Items) != 0 || len(d.Known) != len(whole.Items) {
				t.Errorf("nothing changed: %v, known %v, %v", keysOf(d.Items), d.Known, err)
			}
		})
	}
}
