package classifier

import (
	"strings"
	"unicode/utf8"

	"github.com/chipwire/chipwire/classifier/lexicon"
	"github.com/chipwire/chipwire/internal/text"
)

// tailKo reads on after a name: parenthesis, titles and units, and the particle
// that gives the whole its part (마크 저커버그 메타 최고경영자(CEO)와의).
func (d *document) tailKo(s *sentence, m *mention) {
	i := m.end
	for range 6 {
		if j := parenthesis(s, i); j > i {
			i = j
		}
		n, role, ok := text.Particle(s.slice(i, s.End))
		if ok && n > 0 {
			particle := s.slice(i, i+n)
			i += n
			if role == text.Object {
				if j := skipWord(s, i, "비롯한", "포함한", "필두로"); j > 0 {
					i = j
					continue
				}
			}
			if strings.HasPrefix(particle, "등") || particle == "측" {
				m.listed = m.listed || particle != "측"
			}
			if role != text.Bare {
				m.role = role
				break
			}
		}
		j := titleAfter(s, i)
		if j == 0 {
			break
		}
		m.listed = m.listed || strings.TrimSpace(s.slice(i, j)) == "등"
		i = j
	}
	m.tail = i
}

// parenthesis returns the end of a short parenthesis that starts at i, or i.
func parenthesis(s *sentence, i int) int {
	if i >= s.End || s.f.Text[i] != '(' {
		return i
	}
	j := strings.IndexByte(s.slice(i, min(s.End, i+60)), ')')
	if j < 0 {
		return i
	}
	return i + j + 1
}

// skipWord returns the end of the word at i, after a space, if it is one of
// words, or 0.
func skipWord(s *sentence, i int, words ...string) int {
	rest := s.slice(i, s.End)
	for _, w := range words {
		if strings.HasPrefix(rest, " "+w) {
			return i + 1 + len(w)
		}
	}
	return 0
}

// titleAfter returns the end of the title or unit that follows at i, or 0.
func titleAfter(s *sentence, i int) int {
	if i < s.End && (s.f.Text[i] == ' ' || s.f.Text[i] == '-') {
		i++
	}
	best := 0
	for _, h := range s.cues {
		if h.start > i {
			break
		}
		if h.start == i && h.e.cue.Class == lexicon.Title && h.end > best {
			if _, _, ok := text.Particle(s.slice(h.end, s.End)); ok {
				best = h.end
			}
		}
	}
	return best
}

// joinedKo: 삼성전자·SK하이닉스, A와 B가, A, B 등이. In a headline a comma parts
// the actor from the rest.
func joinedKo(s *sentence, a, b *mention, gap string) bool {
	switch gap {
	case "·", "/", " · ", "&", " & ", "-", "+", "·美 ", "X", "×", " x ", " X ":
		return a.role == text.Bare
	case " 및 ", ", 그리고 ", " 그리고 ", " 또는 ":
		return a.role == text.Bare
	case ", ", ",":
		return a.role == text.Bare && !s.title
	case " ":
		return a.role == text.With && (b.role != text.Bare || b.listed || listGoesOn(s, b.tail))
	}
	if a.role == text.With && len(gap) <= 25 && (strings.HasPrefix(gap, " 미국 ") || strings.HasPrefix(gap, " 대만 ") || strings.HasPrefix(gap, " 일본 ")) {
		return b.role != text.Bare
	}
	if a.role == text.Bare && !s.title && (strings.HasPrefix(gap, ", 미국") || strings.HasPrefix(gap, ", 일본") || strings.HasPrefix(gap, ", 대만")) && len(gap) <= 25 {
		return true
	}
	return false
}

// listGoesOn reports whether a list runs on at i, or closes there: B, C가; B 간.
func listGoesOn(s *sentence, i int) bool {
	rest := s.slice(i, s.End)
	for _, p := range []string{"·", " 간 ", " 양사", " 두 회사", " 사이"} {
		if strings.HasPrefix(rest, p) {
			return true
		}
	}
	return strings.HasPrefix(rest, ", ") && !s.title && s.mentionAt(i+2, 2)
}

// ruleOutKo marks a mention that the words around it make no party.
func (d *document) ruleOutKo(s *sentence, i int, m *mention) {
	rest := s.slice(m.end, s.End)
	after := s.slice(m.tail, s.End)
	if m.role == text.Than || m.role == text.Like {
		m.out = "compared"
		return
	}
	next := s.End
	if i+1 < len(s.mentions) {
		next = s.mentions[i+1].start
	}
	for _, h := range s.cues {
		if h.e.cue.Class == lexicon.After && (h.start >= m.end && h.start <= m.tail+1) && (h.start == m.end || h.start == m.tail || h.start == m.tail+1 && s.f.Text[m.tail] == ' ' || h.start == m.end+1 && s.f.Text[m.end] == ' ') && h.start < next && (h.start == m.end || m.role == text.Bare) {
			if _, _, ok := text.Particle(s.slice(h.end, s.End)); ok || s.f.Text[h.start] >= 0x80 && !wordly(h.e.form) {
				m.out = "not a party: " + h.e.form
				return
			}
		}
		if h.e.cue.Class == lexicon.Before && h.end <= m.start && m.start-h.end <= 4 && strings.Trim(s.slice(h.end, m.start), " 인\"'") == "" {
			m.out = "not a party: " + h.e.form
			return
		}
	}
	if m.role == text.To && (strings.HasPrefix(after, " 따르면") || strings.HasPrefix(after, " 의하면")) {
		m.role = text.Topic
		return
	}
	if m.role == text.From && (strings.Contains(prefix(after, 60), "로 갈아") || strings.Contains(prefix(after, 60), "로 옮") || strings.Contains(prefix(after, 60), "로 바꾸")) {
		m.out = "left"
		return
	}
	if m.role == text.Subject && (strings.HasPrefix(after, " 아니") || strings.HasPrefix(after, " 아닌")) {
		m.out = "not it"
		return
	}
	if m.role == text.Bare && strings.HasPrefix(rest, "에서 일") {
		m.out = "worked there"
	}
}

// wordly holds for after-cues that are whole words and must not run on.
func wordly(form string) bool {
	r, _ := utf8.DecodeRuneInString(form)
	return !strings.Contains(form, " ") && r != '에' && r != '를' && r != '을' && r != '와' && r != '과' && r != '의' && r != '이' && r != '가'
}

func prefix(s string, n int) string { return text.Cut(s, n) }

// splitKo cuts a Korean sentence at its connective endings.
func splitKo(s *sentence, from, to int) []clause {
	var out []clause
	start := from
	for i := from; i < to; {
		j := strings.IndexByte(s.slice(i, to), ' ')
		if j < 0 {
			break
		}
		end := i + j
		word := strings.TrimRight(strings.TrimLeft(s.slice(i, end), "\"'(["), ",\"')")
		next := s.slice(end+1, to)
		if text.Connective(word, next) && !insideName(s, end) || strings.HasPrefix(next, "반면 ") || strings.HasPrefix(next, "한편 ") {
			out = append(out, clause{text.Span{Start: start, End: end}})
			start = end + 1
		}
		i = end + 1
	}
	return append(out, clause{text.Span{Start: start, End: to}})
}

// insideName reports whether byte i lies in a mention.
func insideName(s *sentence, i int) bool {
	for _, m := range s.mentions {
		if m.start <= i && i < m.tail {
			return true
		}
	}
	return false
}

// adnominal reports whether the word of a predicate that starts at i modifies
// what follows, and where that begins: 공급하는, 투자한, 맡아 온, 납품 중인.
func adnominal(s *sentence, i int) (next int, ok bool) {
	end := s.End
	if j := strings.IndexByte(s.slice(i, s.End), ' '); j >= 0 {
		end = i + j
	}
	for _, aux := range []string{" 온 ", " 중인 ", " 있는 ", " 왔던 ", " 됐던 "} {
		if strings.HasPrefix(s.slice(end, s.End), aux) {
			return end + len(aux), true
		}
	}
	if end >= s.End {
		return 0, false
	}
	r, _ := utf8.DecodeLastRuneInString(s.slice(i, end))
	if !text.Hangul(r) {
		return 0, false
	}
	final := (r - 0xAC00) % 28
	if r == '는' || r == '던' || r == '한' || r == '할' || r == '된' || r == '될' || r == '온' || r == '인' && false || (final == 4 || final == 8) && end-i >= 6 && r != '은' && r != '를' && r != '을' && r != '일' && r != '인' {
		return end + 1, true
	}
	return 0, false
}
