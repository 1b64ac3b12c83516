package classifier

import (
	"slices"
	"strings"
	"testing"

	"github.com/chipwire/chipwire/news"
)

// TestJapaneseAndChinese judges passages in which one thing decides.
func TestJapaneseAndChinese(t *testing.T) {
	c := newDefault(t)
	for _, tt := range []struct {
		name, title, body string
		want              string // the one pair, or nothing
		stage             news.Stage
	}{
		{"ja agreed", "キオクシア、AMDにAIサーバー用SSDを供給", "キオクシアは12日、米AMDにAIサーバー用のSSDを供給する契約を結んだと発表した。", "amd kioxia", news.Agreed},
		{"ja talks", "", "ソフトバンクは米インテルとAI半導体の共同開発に向けて協議している。関係者が明らかにした。", "intel softbank", news.Talks},
		{"ja denied", "", "サムスン電子は10日、エヌビディアにHBM4を納める契約を結んだとの報道を否定した。", "nvidia samsung-electronics", news.Denied},
		{"ja rivals", "", "サムスン電子とSKハイニックスはHBMの首位争いで火花を散らす。", "", ""},
		{"ja wish", "", "富士通とラピダスは2ナノのAI半導体を共同で開発すべきだ。", "", ""},
		{"ja related list", "新型の掃除機を試す", "吸い込む力は前の型より強い。\n【関連記事】\n□エヌビディアとSKハイニックス、HBM4の供給で合意\n□AMDとTSMC、2ナノで契約", "", ""},
		{"zh agreed", "", "寒武纪5日公告,与阿里巴巴签订AI加速卡采购合同,金额12亿元。", "alibaba cambricon", news.Agreed},
		{"zh traditional", "", "聯發科3日宣布,與微軟簽署協議,共同開發AI加速器晶片。", "mediatek microsoft", news.Agreed},
		{"zh talks", "", "知情人士称,字节跳动正与三星电子商谈AI芯片代工事宜。", "bytedance samsung-electronics", news.Talks},
		{"zh never spoke", "", "中芯国际表示,公司与壁仞科技就AI芯片代工从未接触。", "", ""},
		{"zh rivals", "", "美光与SK海力士在HBM市场竞争激烈,份额差距缩小。", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := c.Classify(news.Article{Title: tt.title, Body: tt.body})
			var got []string
			for _, p := range v.Pairs {
				got = append(got, string(p.A)+" "+string(p.B))
				if p.Stage != tt.stage {
					t.Errorf("stage %q, want %q", p.Stage, tt.stage)
				}
			}
			if strings.Join(got, ", ") != tt.want {
				t.Errorf("pairs %q, want %q", got, tt.want)
			}
		})
	}
}

// TestSimplify asks that a text keeps its length, so that places in it hold.
func TestSimplify(t *testing.T) {
	in := "台積電與輝達攜手,SK海力士 HBM4 簽約。"
	got := simplify(in)
	if want := "台积电与辉达携手,SK海力士 HBM4 签约。"; got != want || len(got) != len(in) {
		t.Errorf("simplify(%q) = %q, want %q", in, got, want)
	}
	for from, to := range simplified {
		if from == to || len(string(from)) != 3 || len(string(to)) != 3 {
			t.Errorf("pair %c %c: want two characters of three bytes", from, to)
		}
		if _, again := simplified[to]; again {
			t.Errorf("pair %c %c: the second is a first too", from, to)
		}
	}
}

// TestJapaneseNames asks that names are found between the hiragana of grammar,
// and not inside longer words.
func TestJapaneseNames(t *testing.T) {
	c := newDefault(t)
	for _, tt := range []struct {
		body string
		want []string
	}{
		{"米エヌビディアとソニーが会談した。", []string{"nvidia", "sony"}},
		{"インテリアのデザイン。", nil},
		{"韓国サムスン電子のHBM。", []string{"samsung-electronics"}},
	} {
		d := c.v.newDocument(news.Article{Body: tt.body})
		var got []string
		for _, s := range d.sents {
			for _, m := range s.mentions {
				got = append(got, string(c.v.companies[m.company].ID))
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%q: found %q, want %q", tt.body, got, tt.want)
		}
	}
}

// TestAmbiguousNames asks which firm a name with other meanings is, if any.
func TestAmbiguousNames(t *testing.T) {
	c := newDefault(t)
	for _, tt := range []struct {
		name, body string
		want       []string
	}{
		{"by its ticker", "KT(030200)는 8일 새 요금을 내놨다.", []string{"kt"}},
		{"another ticker", "KT(123456)는 8일 새 요금을 내놨다.", nil},
		{"by the next sentence", "수혜주는 ISC다. AI 가속기용 소켓을 만든다.", []string{"isc"}},
		{"spelt as a name", "The racks that Lambda rents hold AI accelerators.", []string{"lambda"}},
		{"another name before", "The view from Trump Tower was of AI accelerators.", nil},
		{"a common word", "An array holds lambda functions for AI accelerators.", nil},
		{"metaverse", "메타버스 AI 가속기를 엔비디아가 만든다.", []string{"nvidia"}},
		{"cancer", "암 치료에 쓰는 AI 반도체를 엔비디아가 만든다.", []string{"nvidia"}},
		{"a mountain", "阿里山的AI芯片展", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, s := range c.v.newDocument(news.Article{Body: tt.body}).sents {
				for _, m := range s.mentions {
					got = append(got, string(c.v.companies[m.company].ID))
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("found %q, want %q", got, tt.want)
			}
		})
	}
}
