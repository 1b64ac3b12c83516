package classifier

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/chipwire/chipwire/classifier/lexicon"
	"github.com/chipwire/chipwire/internal/text"
)

// verbLast holds for the languages whose clauses end with their verb: what
// modifies a cue follows it.
func (d *document) verbLast() bool { return d.lang == "ko" || d.lang == "ja" }

// particlesJa lists what may follow a Japanese name, longest first within a
// first rune.
var particlesJa = []struct {
	s string
	r text.Role
}{
	{"とともに", text.With},
	{"と共に", text.With},
	{"とは", text.With},
	{"との", text.With},
	{"とも", text.With},
	{"と", text.With},
	{"に対して", text.To},
	{"に対し", text.To},
	{"に向けて", text.To},
	{"に向け", text.To},
	{"については", text.Object},
	{"について", text.Object},
	{"によると", text.Than}, // who says so is no party
	{"によれば", text.Than},
	{"による", text.From},
	{"に比べ", text.Than},
	{"に対抗", text.Than},
	{"には", text.To},
	{"にも", text.To},
	{"に", text.To},
	{"への", text.To},
	{"へ", text.To},
	{"からの", text.From},
	{"からも", text.From},
	{"から", text.From},
	{"よりも", text.Than},
	{"より", text.From},
	{"が", text.Subject},
	{"は", text.Topic},
	{"も", text.Topic},
	{"を", text.Object},
	{"の", text.Of},
	{"向けに", text.To},
	{"向け", text.For},
	{"製", text.For},
	{"での", text.From},
	{"では", text.Topic},
	{"で", text.From},
	{"のような", text.Like},
	{"や", text.Bare},
}

// particleJa reads the particle at the start of s.
func particleJa(s string) (n int, role text.Role) {
	for _, p := range particlesJa {
		if strings.HasPrefix(s, p.s) && len(p.s) > n {
			n, role = len(p.s), p.r
		}
	}
	return n, role
}

// tailJa reads on after a Japanese name: parenthesis, titles and units, など and
// 側, and the particle that gives the whole its part.
func (d *document) tailJa(s *sentence, m *mention) {
	i := m.end
	for range 6 {
		if j := parenthesis(s, i); j > i {
			i = j
			continue
		}
		if j := titleAfter(s, i); j > 0 {
			i = j
			continue
		}
		if s.has(i, min(s.End, i+6), lexicon.After) {
			break
		}
		rest := s.slice(i, s.End)
		if w := firstOf(rest, "など", "等", "ら", "側", "さん", "氏", "本体", "自身", "両社", "2社", "3社", "4社"); w != "" {
			m.listed = m.listed || w == "など" || w == "等" || strings.HasSuffix(w, "社")
			i += len(w)
			continue
		}
		if n, role := particleJa(rest); n > 0 {
			if role == text.Bare {
				m.listed = true
			}
			i, m.role = i+n, role
		}
		break
	}
	m.tail = i
}

// firstOf returns the first of words that s starts with, or "".
func firstOf(s string, words ...string) string {
	for _, w := range words {
		if strings.HasPrefix(s, w) {
			return w
		}
	}
	return ""
}

// countries stand before a name without giving it a part: 米エヌビディア,
// 韩国三星电子.
var countries = []string{
	"米国の", "韓国の", "台湾の", "中国の", "米国", "韓国", "台湾", "中国", "日本の", "日本", "英国", "オランダの", "カナダの", "独", "米", "英", "仏", "蘭", "加", "韓",
	"美国", "韩国", "台湾地区", "荷兰", "英国", "德国", "加拿大", "日企", "韩企", "美企", "美商", "日商", "韩", "美", "日",
}

// country returns how many bytes of s, which stands before a name, are a country.
func country(s string) string {
	for _, c := range countries {
		if rest, ok := strings.CutSuffix(s, c); ok {
			return rest
		}
	}
	return s
}

// joinedJa: NTT・インテル, AとBが, A、B、Cの3社, AやB.
func joinedJa(s *sentence, a, b *mention, gap string) bool {
	gap = country(gap)
	switch gap {
	case "·", "/", "&", " & ", "×", "+", "-", "および", "及び", "並びに", "ならびに", "、および", "または", "、または":
		return a.role == text.Bare
	case "", "、":
		if a.role == text.With {
			return b.role != text.Bare || b.listed || listClosesJa(s, b.tail)
		}
		if gap == "" && a.listed {
			return true
		}
		return gap == "、" && a.role == text.Bare && !(s.title && a.start-s.Start < 6 && b.role != text.Bare && b.role != text.Topic && b.role != text.Subject && !a.listed)
	}
	return false
}

// listClosesJa reports whether a list closes at i: AとB、Cの3社; AとB両社; AとBの間.
func listClosesJa(s *sentence, i int) bool {
	rest := s.slice(i, s.End)
	return strings.HasPrefix(rest, "·") || strings.HasPrefix(rest, "、") && s.mentionAt(i+len("、"), 6) || strings.HasPrefix(rest, "間") || strings.HasPrefix(rest, "両")
}

// ruleOutJa marks a mention that the words around it make no party.
func (d *document) ruleOutJa(s *sentence, m *mention) {
	if m.role == text.Than || m.role == text.Like {
		m.out = "compared"
		return
	}
	if rest, ok := strings.CutPrefix(s.slice(m.end, s.End), "製"); ok {
		for _, w := range []string{"搭載", "を載せた", "を積んだ", "を積む", "ベースの", "を使った", "内蔵"} {
			if strings.Contains(prefix(rest, 60), w) {
				m.out = "a part of a product"
				return
			}
		}
	}
	d.ruleOutBeside(s, m)
}

// ruleOutBeside marks a mention beside which a cue says that it is no party, in
// a language without spaces: the cue touches the name, or what belongs to it.
func (d *document) ruleOutBeside(s *sentence, m *mention) {
	for _, h := range s.cues {
		if h.start > m.tail+1 {
			return
		}
		switch h.e.cue.Class {
		case lexicon.After:
			if h.start == m.end || h.start == m.tail {
				m.out = "not a party: " + h.e.form
				return
			}
		case lexicon.Before:
			if h.end <= m.start && m.start-h.end <= 12 && strings.Trim(country(s.slice(h.end, m.start)), " \"'のであるは:") == "" {
				m.out = "not a party: " + h.e.form
				return
			}
		}
	}
}

// breaksJa end a clause before what follows them; the shorter ones only after
// the predicate of a verb.
var breaksJa = []string{"一方、", "一方で、", "のに対し、", "ものの、", "けれども、", "けれど、", "ながら、", "ため、", "ので、", "後、", "うえ、", "上、", "ほか、", "際、", "ば、", "つつ、"}

// splitJa cuts a Japanese sentence at its connectives, a headline at its spaces
// too.
func splitJa(s *sentence, from, to int) []clause {
	var out []clause
	start := from
	cut := func(i int) {
		if i > start {
			out = append(out, clause{text.Span{Start: start, End: i}})
		}
		start = i
	}
	depth := 0
	for i := from; i < to; {
		r, size := utf8.DecodeRuneInString(s.f.Text[i:])
		switch {
		case r == '(':
			depth++
		case r == ')':
			depth = max(0, depth-1)
		case depth > 0 || insideName(s, i):
		case r == ' ' && s.title && i > start+6 && s.f.Text[i-1] >= 0x80 && i+1 < to && (s.f.Text[i+1] >= 0x80 || s.mentionAt(i+1, 0)):
			cut(i + 1)
		case r == '。' || r == ';':
			cut(i + size)
		case r == '、' && breaksAtJa(s, start, i, to):
			cut(i + size)
		}
		i += size
	}
	cut(to)
	if len(out) == 0 {
		out = append(out, clause{text.Span{Start: from, End: to}})
	}
	return out
}

// breaksAtJa reports whether the comma at i ends a clause that tells something:
// one with a predicate, before another that names a firm.
func breaksAtJa(s *sentence, start, i, to int) bool {
	head := s.slice(start, i+len("、"))
	if strings.HasSuffix(head, "一方、") || strings.HasSuffix(head, "一方で、") {
		return true
	}
	named := false
	for _, m := range s.mentions {
		named = named || m.start >= i && m.start < to
	}
	if !named || !s.has(start, i, lexicon.Relation) && !s.has(start, i, lexicon.Stage) {
		return false
	}
	for _, b := range breaksJa {
		if strings.HasSuffix(head, b) {
			return true
		}
	}
	before, size := utf8.DecodeLastRuneInString(s.slice(start, i))
	if before == 'が' {
		verb, _ := utf8.DecodeLastRuneInString(s.slice(start, i-size))
		return strings.ContainsRune("だたるいすうくむつぬぶ", verb)
	}
	return strings.ContainsRune("しきりえべけせめてびみいち", before)
}

// argumentsJa sorts the groups of a Japanese clause by their particles.
func (f *frame) argumentsJa(groups []*group) arguments {
	var a arguments
	var topics, subjects, with, to []*group
	for i, g := range groups {
		switch g.role {
		case text.Topic:
			topics = append(topics, g)
		case text.Subject:
			subjects = append(subjects, g)
		case text.With:
			with = append(with, g)
		case text.To, text.From:
			to = append(to, g)
		case text.Object:
			if f.relates("invest", "meet", "mutual", "join") || f.chosenJa(g) {
				a.strong = append(a.strong, g)
			} else {
				a.weak = append(a.weak, g)
			}
		default:
			if i == 0 && (f.s.title && g.role == text.Bare || g.comma && g.role == text.Bare) {
				topics = append(topics, g)
			} else {
				a.weak = append(a.weak, g)
			}
		}
	}
	a.actors = append(topics, subjects...)
	if len(with) > 0 {
		a.strong = append(with, a.strong...)
		if len(a.actors) == 0 || f.relates("give", "take") && !f.relates("mutual") {
			a.strong = append(a.strong, to...)
		}
	} else {
		a.strong = append(to, a.strong...)
	}
	return a
}

// chosenJa holds for "Xを製造委託先に選定", "Xを顧客に", "Xを買収".
func (f *frame) chosenJa(g *group) bool {
	after := prefix(f.s.slice(g.end, f.s.End), 90)
	return slices.ContainsFunc([]string{"選定", "選ん", "選び", "指名", "顧客", "パートナー", "提携先", "委託先", "調達先", "訪", "迎え", "買収", "買う"}, func(w string) bool {
		return strings.Contains(after, w)
	})
}

// describedCJ takes out the groups that only describe another firm: エヌビディアに
// HBMを供給するSKハイニックスは, 为英伟达供货的SK海力士.
func (d *document) describedCJ(f *frame, groups []*group) []*group {
	s := f.s
	for k := len(f.relations) - 1; k >= 0; k-- {
		h := f.relations[k]
		at := s.describedAfter(d.lang, h.end)
		if at < 0 || s.title && s.lastMention(at, f.body) {
			continue
		}
		kept := groups[:0:0]
		for _, g := range groups {
			if g.start > h.start || g.role == text.Topic {
				kept = append(kept, g)
			}
		}
		f.relations = f.relations[k+1:]
		return kept
	}
	return groups
}

// describedAfter returns where the name starts that the predicate which ends
// near i describes, or -1.
func (s *sentence) describedAfter(lang string, i int) int {
	for _, m := range s.mentions {
		if m.start < i {
			continue
		}
		gap := country(s.slice(i, m.start))
		if lang == "zh" {
			if strings.HasSuffix(gap, "的") && len(gap) <= 6 {
				return m.start
			}
			return -1
		}
		if gap == "" || len(gap) > 24 {
			return -1
		}
		for _, r := range gap {
			if r < 'ぁ' || r > 'ん' {
				return -1
			}
		}
		last, _ := utf8.DecodeLastRuneInString(gap)
		if strings.ContainsRune("るたうむくすつぶい", last) {
			return m.start
		}
		return -1
	}
	return -1
}
