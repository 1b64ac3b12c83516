package classifier

import (
	"slices"
	"strings"

	"github.com/chipwire/chipwire/classifier/lexicon"
	"github.com/chipwire/chipwire/internal/text"
	"github.com/chipwire/chipwire/news"
)

// arguments are the firms of a clause by their part in it.
type arguments struct {
	actors []*group
	strong []*group // named as the other side: with, to, from
	weak   []*group // may be the other side where nobody else is: of, a product's maker
}

// arguments sorts the groups of a frame's clause.
func (d *document) arguments(f *frame, groups []*group) arguments {
	var a arguments
	switch d.lang {
	case "ko":
		a = f.argumentsKo(groups)
	case "ja":
		a = f.argumentsJa(groups)
	case "zh":
		a = f.argumentsZh(groups)
	default:
		a = f.argumentsEn(groups)
	}
	for i := 1; i < len(a.actors); i++ { // the firm, then its executive who says so
		if len(without(members(a.actors[i:i+1]), members(a.actors[:i]))) == 0 {
			a.actors = append(a.actors[:i:i], a.actors[i+1:]...)
			i--
		}
	}
	return a
}

// relates reports whether the frame has a relation of one of the types.
func (f *frame) relates(types ...string) bool {
	for _, h := range f.relations {
		if contains(types, h.e.cue.Type) {
			return true
		}
	}
	return false
}

func (f *frame) argumentsKo(groups []*group) arguments {
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
			if f.relates("invest", "meet", "mutual") || f.chosen(g) {
				a.strong = append(a.strong, g)
			} else {
				a.weak = append(a.weak, g)
			}
		default:
			if f.s.title && (g.comma || i == 0) && g.role == text.Bare && i == 0 {
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

// chosen holds for "X를 파운드리로 선정", "X를 고객사로 확보", "X를 찾아".
func (f *frame) chosen(g *group) bool {
	after := prefix(f.s.slice(g.end, f.s.End), 90)
	for _, w := range []string{"선정", "낙점", "택했", "택한", "고객", "파트너", "공급사로", "협력사로", "찾아", "만나", "만났", "선택", "끌어들", "영입", "업체로", "공급업체"} {
		if strings.Contains(after, w) {
			return true
		}
	}
	return false
}

// modifiers takes out the groups that only describe another firm: 엔비디아에
// HBM을 공급하는 SK하이닉스는.
func (d *document) modifiers(f *frame, groups []*group) []*group {
	if d.lang == "ja" || d.lang == "zh" {
		return d.describedCJ(f, groups)
	}
	if d.lang != "ko" {
		return groups
	}
	s := f.s
	for k := len(f.relations) - 1; k >= 0; k-- {
		h := f.relations[k]
		next, ok := adnominal(s, h.start)
		if !ok || !s.mentionAt(next, 24) || s.title && s.lastMention(next, f.body) || d.ordered(f, h, next) {
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

// ordered reports whether a cue that modifies says who ordered the product that
// the clause is about: 네이버가 주문한 엔비디아 GPU 1차 물량이 도착했다.
func (d *document) ordered(f *frame, h hit, next int) bool {
	if h.e.cue.Type != "take" {
		return false
	}
	for _, m := range f.s.mentions {
		if m.start >= next {
			return m.role == text.Bare && f.s.has(m.tail, min(f.end, m.tail+14), lexicon.Topic) &&
				slices.ContainsFunc(f.s.stagesIn(m.tail, f.end), func(c hit) bool { return c.e.cue.Stage == news.Shipping && c.e.cue.Weight >= 1 })
		}
	}
	return false
}

// lastMention reports whether the first company named from i on ends the
// clause: in a headline it is then the actor, SK하이닉스 대신 마이크론을 택한 AMD.
func (s *sentence) lastMention(i, end int) bool {
	for _, m := range s.mentions {
		if m.start >= i {
			return strings.TrimRight(s.slice(m.tail, max(m.tail, end)), "\"' ") == "" || m.tail >= end
		}
	}
	return false
}

// mentionAt reports whether a company is named within n bytes of i, with no
// particle on the words between.
func (s *sentence) mentionAt(i, n int) bool {
	for _, m := range s.mentions {
		if m.start >= i && m.start <= i+n {
			gap := s.slice(i, m.start)
			return !strings.ContainsAny(gap, ",.") && !strings.Contains(gap, "것") && !strings.Contains(gap, "위해") && !strings.Contains(gap, "방안") && !strings.Contains(gap, "계약") && !strings.Contains(gap, "계획") && !strings.Contains(gap, "예정")
		}
	}
	return false
}

func (f *frame) argumentsEn(groups []*group) arguments {
	var a arguments
	for _, g := range groups {
		switch g.prep {
		case "":
			a.actors = append(a.actors, g)
		case "object":
			if plainObject(f.s, g) || f.s.hasID(max(f.start, g.start-10), g.start, "supply", "sell") && !g.gen {
				f.firms = f.firms || f.s.hasID(max(f.start, g.start-60), g.start, "buy")
				a.strong = append(a.strong, g)
			} else {
				a.weak = append(a.weak, g)
			}
		case "with", "to", "from", "by", "between", "among", "for", "alongside", "and":
			if g.gen && g.prep != "with" && g.prep != "between" && g.prep != "to" && g.prep != "by" {
				a.weak = append(a.weak, g)
			} else {
				a.strong = append(a.strong, g)
			}
		case "in", "into", "of":
			bought := g.prep == "of" && !g.gen && f.s.hasID(max(f.start, g.start-14), g.start, "buy")
			f.firms = f.firms || bought
			if f.relates("invest") || bought {
				a.strong = append(a.strong, g)
			} else {
				a.weak = append(a.weak, g)
			}
		default:
			a.weak = append(a.weak, g)
		}
	}
	if len(a.actors) > 1 && len(a.strong) > 0 {
		if left := speakers(f.s, a.actors); len(without(members(left), members(a.strong))) > 0 {
			a.actors = left
		}
	}
	return a
}

// speakers drops those who only say what another firm does.
func speakers(s *sentence, actors []*group) []*group {
	for i, g := range actors[:len(actors)-1] {
		if s.has(g.end, actors[i+1].start, lexicon.Source) || g.gen {
			continue
		}
		return actors[i:]
	}
	return actors[len(actors)-1:]
}

// plainObject tells "tap Samsung to" from "buy Nvidia GPUs".
func plainObject(s *sentence, g *group) bool {
	if g.gen {
		return false
	}
	rest := strings.TrimLeft(s.f.Lower[g.end:s.End], " ")
	if rest == "" || !letter(rest[0]) {
		return true
	}
	word, _, _ := strings.Cut(rest, " ")
	word = strings.TrimRight(word, ".,;:")
	return prepositions[word] || verbs[word] || word == "this" || word == "next" || word == "last" || word == "instead" || word == "again" || word == "today" || strings.HasSuffix(word, "day")
}
