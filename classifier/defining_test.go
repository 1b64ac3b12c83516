package classifier

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chipwire/chipwire/news"
)

// outside is where the story that defines the product lies: beside the
// repository, since it is not ours to copy.
const definingFile = "../../shared/data/defining-story.txt"

// root is the repository's root, from this package's folder.
const root = ".."

// TestDefiningStory judges the story that defines what chipwire must see.
func TestDefiningStory(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(root, definingFile))
	if err != nil { // a checkout that lies one folder higher
		data, err = os.ReadFile(filepath.Join(root, strings.TrimPrefix(definingFile, "../")))
	}
	if err != nil {
		t.Skipf("the defining story is not on this machine: %v", err)
	}
	title, body, _ := strings.Cut(string(data), "\n\n")
	c := newDefault(t)
	defining(t, c, news.Article{Title: title, Body: body}, []want{
		{"meta", "samsung-electronics", news.Foundry, news.Rumour},
		{"openai", "samsung-electronics", "", news.Talks},
		{"openai", "sk-hynix", news.Memory, news.Talks},
		{"g42", "openai", news.Investment, news.Talks},
		{"openai", "softbank", news.Investment, news.Talks},
	}, [][2]news.CompanyID{{"nvidia", "samsung-electronics"}, {"arm", "samsung-electronics"}, {"arm", "nvidia"}, {"samsung-electronics", "softbank"}, {"nvidia", "softbank"}, {"arm", "softbank"}})
}

// TestStoryOfItsShape does the same for a story of the same build, in our own
// words with other firms mixed in: it always runs.
func TestStoryOfItsShape(t *testing.T) {
	title := "나델라 \"자체 칩, SK하이닉스와 손잡을 수도\"\n피차이, SK하이닉스와 HBM…삼성과 TPU 위탁생산 협의"
	body := `사티아 나델라 마이크로소프트 최고경영자가 서울을 찾았다. 사진=공동취재단

한국이 세계 인공지능 기업들의 협력 상대로 떠오르고 있다.

5일 업계에 따르면 나델라 CEO는 지난주 한국을 찾아 곽노정 SK하이닉스 사장, 조주완 LG전자 사장 등과 만나 AI와 스마트홈 협력을 모색했다.

특히 마이크로소프트와 SK하이닉스의 협력에 관심이 쏠린다. 마이크로소프트는 자체 AI 칩 '마이아'를 내년 데이터센터에 넣을 계획이라고 밝혔고, 이 칩에 들어갈 HBM을 SK하이닉스가 공급할 가능성이 거론되고 있다. TSMC가 엔비디아 물량을 대기도 벅차다는 분석이 나온다. 지난해 4분기 TSMC의 파운드리 점유율은 60%를 넘었다.

SK하이닉스는 마이크로소프트와 2013년 게임기용 메모리 개발에서 힘을 합친 바 있다.

나델라 CEO는 조주완 사장과 오찬을 하며 차세대 가전 플랫폼 협업도 논의했다. 최근 메타가 새 헤드셋을 내놓자 마음이 급해진 모습이다.

구글의 순다르 피차이 CEO도 같은 주에 한국에 왔다. 피차이 CEO는 이재용 삼성전자 회장을 만나 TPU 위탁생산 방안을 협의했다.

또 피차이 CEO는 곽노정 SK하이닉스 사장과도 만나 고대역폭메모리(HBM) 협력도 논의한 것으로 전해진다.

이는 앤트로픽과 오픈AI의 추격을 뿌리치기 위한 포석이다. 아마존은 지난해 앤트로픽에 투자했다고 밝혔다.

현대차는 자체 운영체제 개발을 접고 외부 소프트웨어를 쓰기로 했다.

저작권자 ⓒ 무단전재 및 재배포 금지`
	c := newDefault(t)
	defining(t, c, news.Article{Title: title, Body: body}, []want{
		{"microsoft", "sk-hynix", news.Memory, news.Rumour},
		{"google", "samsung-electronics", news.Foundry, news.Talks},
		{"google", "sk-hynix", news.Memory, news.Talks},
	}, nil)
}

type want struct {
	a, b  news.CompanyID
	kind  news.Kind // empty: any
	stage news.Stage
}

// defining checks that the wanted pairs come out, and no other but the allowed.
func defining(t *testing.T, c *Classifier, a news.Article, wanted []want, allowed [][2]news.CompanyID) {
	t.Helper()
	v := c.Classify(a)
	find := func(x, y news.CompanyID) int {
		return slices.IndexFunc(v.Pairs, func(p news.Pair) bool { return p.A == min(x, y) && p.B == max(x, y) })
	}
	for _, w := range wanted {
		i := find(w.a, w.b)
		if i < 0 {
			t.Errorf("%s and %s: not found", w.a, w.b)
			continue
		}
		p := v.Pairs[i]
		if w.kind != "" && p.Kind != w.kind || p.Stage != w.stage {
			t.Errorf("%s and %s: %s %s, want %s %s", w.a, w.b, p.Kind, p.Stage, w.kind, w.stage)
		}
	}
	for _, p := range v.Pairs {
		known := slices.ContainsFunc(wanted, func(w want) bool { return min(w.a, w.b) == p.A && max(w.a, w.b) == p.B }) ||
			slices.ContainsFunc(allowed, func(w [2]news.CompanyID) bool { return min(w[0], w[1]) == p.A && max(w[0], w[1]) == p.B })
		if !known {
			t.Errorf("%s and %s: %s %s, want no such pair", p.A, p.B, p.Kind, p.Stage)
		}
	}
	if t.Failed() {
		t.Log(c.Explain(a))
	}
}
