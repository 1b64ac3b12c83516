package eval

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/chipwire/chipwire/classifier/company"
	"github.com/chipwire/chipwire/news"
)

// A Rule is a simple judge to compare with.
type Rule struct {
	Name  string
	Judge Judge
}

// Rules returns the judges that a classifier has to beat: one that flags all,
// and one that flags a story with names of two companies of the registry, a word
// for a chip and one for a deal, and takes every two named companies for a pair.
func Rules(reg *company.Registry) []Rule {
	names := newNames(reg)
	return []Rule{
		{"always flag", func(a news.Article) news.Verdict { return news.Verdict{Article: a.ID, Flagged: true} }},
		{"two companies", func(a news.Article) news.Verdict { return named(a, names.find(a.Title+"\n"+a.Body)) }},
		{"two companies, chip word, deal word", func(a news.Article) news.Verdict {
			all := a.Title + "\n" + a.Body
			text := strings.ToLower(all)
			word := func(list []string) bool {
				return slices.ContainsFunc(list, func(w string) bool { return strings.Contains(text, w) })
			}
			if !word(chipWords) || !word(dealWords) {
				return news.Verdict{Article: a.ID}
			}
			return named(a, names.find(all))
		}},
	}
}

// The words of the keyword rule, in Korean, English, Japanese and Chinese. They
// stay as they are: the rule is what others are measured against.
var (
	chipWords = []string{
		"반도체", "칩", "파운드리", "hbm", "gpu", "npu", "tpu", "asic", "메모리", "웨이퍼", "가속기", "chip", "semiconductor",
		"foundry", "accelerator", "wafer", "memory", "半導体", "チップ", "ファウンドリ", "メモリ", "芯片", "半导体", "晶圆", "代工", "内存", "存储", "加速卡",
	}
	dealWords = []string{
		"협력", "계약", "공급", "제휴", "투자", "체결", "협업", "손잡", "공동", "협의", "수주", "위탁", "인수", "협약", "deal", "partner",
		"agree", "contract", "supply", "invest", "alliance", "collaborat", "talks", "order", "acqui", "sign", "提携", "契約", "供給", "出資",
		"協業", "共同", "交渉", "受注", "合作", "签", "供应", "供货", "投资", "协议", "订单", "收购", "洽谈",
	}
)

// named flags a story that names two companies or more, each two of them a pair.
func named(a news.Article, ids []news.CompanyID) news.Verdict {
	v := news.Verdict{Article: a.ID}
	if len(ids) < 2 {
		return v
	}
	v.Flagged, v.Companies = true, ids
	for i, x := range ids {
		for _, y := range ids[i+1:] {
			v.Pairs = append(v.Pairs, news.Pair{A: x, B: y, Kind: news.Partnership, Stage: news.Agreed})
		}
	}
	return v
}

// names finds safe aliases as they are written, by their first bytes.
type names map[string][]nameOf

type nameOf struct {
	alias string
	id    news.CompanyID
}

const headBytes = 3

func newNames(reg *company.Registry) names {
	n := names{}
	for _, c := range reg.All() {
		for _, list := range c.Names {
			for _, alias := range list {
				if len(alias) >= headBytes {
					n[alias[:headBytes]] = append(n[alias[:headBytes]], nameOf{alias, c.ID})
				}
			}
		}
	}
	return n
}

// find returns the companies named in a text, sorted. A Latin name does not
// stand inside a longer word.
func (n names) find(text string) []news.CompanyID {
	var ids []news.CompanyID
	for i := 0; i+headBytes <= len(text); i++ {
		for _, x := range n[text[i:i+headBytes]] {
			if strings.HasPrefix(text[i:], x.alias) && !slices.Contains(ids, x.id) && !latinAround(text, i, i+len(x.alias)) {
				ids = append(ids, x.id)
			}
		}
	}
	slices.Sort(ids)
	return ids
}

// latinAround reports whether a Latin word runs on over an end of the passage.
func latinAround(text string, start, end int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:start])
	first, _ := utf8.DecodeRuneInString(text[start:])
	last, _ := utf8.DecodeLastRuneInString(text[:end])
	after, _ := utf8.DecodeRuneInString(text[end:])
	return latin(before) && latin(first) || latin(last) && latin(after)
}

func latin(r rune) bool { return unicode.Is(unicode.Latin, r) || unicode.IsDigit(r) }
