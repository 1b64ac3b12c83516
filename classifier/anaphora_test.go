package classifier

import (
	"slices"
	"testing"

	"github.com/chipwire/chipwire/news"
)

func TestPartiesNamedBesideTheSentence(t *testing.T) {
	c := newDefault(t)
	for _, tt := range []struct {
		name, body string
		want       []news.CompanyID
	}{
		{"the customer follows", "가온칩스는 2나노 AI 가속기 설계 용역을 수주했다고 공시했다. 발주처는 도쿄의 프리퍼드네트웍스(PFN)다.", []news.CompanyID{"gaonchips", "preferred-networks"}},
		{"the customer is withheld", "가온칩스는 2나노 AI 가속기 설계 용역을 수주했다고 공시했다. 발주처는 공개하지 않았다.", nil},
		{"the customer is ruled out", "가온칩스는 2나노 AI 가속기 설계 용역을 수주했다고 공시했다. 발주처는 엔비디아가 아니다.", nil},
		{"in English", "Alchip won a contract to design a 3nm AI accelerator. The customer is Amazon.", []news.CompanyID{"alchip", "amazon"}},
		{"by its country", "SK hynix posted a note. The Korean company will supply Microsoft with HBM4 under a contract signed on Monday.", []news.CompanyID{"microsoft", "sk-hynix"}},
		{"another country", "SK hynix posted a note. The Japanese company will supply Microsoft with HBM4 under a contract signed on Monday.", nil},
		{"the new name on the register", "Etched AI, which makes inference chips, has closed its latest round, and the new shareholder is AMD.", []news.CompanyID{"amd", "etched"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := news.Article{Body: tt.body}
			if v := c.Classify(a); !slices.Equal(v.Companies, tt.want) && len(v.Companies)+len(tt.want) > 0 {
				t.Errorf("companies %v, want %v\n%v", v.Companies, tt.want, c.Explain(a))
			}
		})
	}
}
