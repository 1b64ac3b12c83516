package classifier

import (
	"slices"
	"strings"

	"github.com/chipwire/chipwire/classifier/lexicon"
	"github.com/chipwire/chipwire/internal/text"
)

// A mention is one company named in a sentence, by itself or by an executive.
type mention struct {
	start, end int     // the name
	tail       int     // with what belongs to it: parenthesis, title, particle
	options    []int32 // companies that it may be
	company    int32   // the one that it is, or -1
	person     bool
	context    bool
	role       text.Role // Korean
	prep       string    // English: the preposition before it
	genitive   bool      // English: 's
	listed     bool      // followed by 등, or one of several joined
	out        string    // why it is no party; empty when it may be one
}

// pick chooses among overlapping names: from the left, the longest.
func (d *document) pick(s *sentence, names []hit) []*mention {
	var out []*mention
	for i := 0; i < len(names); {
		h := names[i]
		m := &mention{start: h.start, end: h.end, tail: h.end, company: -1, person: h.e.kind == personEntry, context: h.e.context}
		j := i
		for ; j < len(names) && names[j].start < h.end; j++ {
			if names[j].start != h.start || names[j].end != h.end {
				continue
			}
			if !names[j].e.context && m.context && names[j].e.kind == aliasEntry { // a safe reading wins
				m.options, m.context = nil, false
			}
			if names[j].e.context == m.context || m.person {
				m.options = append(m.options, names[j].e.company)
			}
		}
		out = append(out, m)
		i = j
	}
	return out
}

// resolve decides which company each mention is, and drops context aliases
// that nothing confirms. Safe aliases come first, since they confirm others.
func (d *document) resolve() {
	for _, s := range d.sents {
		for _, m := range s.mentions {
			if !m.context && !m.person {
				m.company = m.options[0]
				d.seen[m.company] = true
			}
		}
	}
	for range 2 { // what one pass accepts confirms others in the next
		for _, s := range d.sents {
			for _, m := range s.mentions {
				if m.company < 0 {
					m.company = d.choose(s, m)
					if m.company >= 0 {
						d.seen[m.company] = true
					}
				}
			}
		}
	}
	for _, s := range d.sents {
		kept := s.mentions[:0]
		for _, m := range s.mentions {
			if m.company >= 0 {
				kept = append(kept, m)
			}
		}
		s.mentions = kept
	}
}

// choose returns the company that an ambiguous mention is, or -1.
func (d *document) choose(s *sentence, m *mention) int32 {
	slices.SortStableFunc(m.options, func(a, b int32) int { return d.v.bare(a) - d.v.bare(b) })
	for _, c := range m.options {
		if d.v.ticker(c, s.slice(m.end, s.End)) {
			return c
		}
	}
	oneRune := m.context && len([]rune(s.slice(m.start, m.end))) == 1
	if !oneRune {
		for _, c := range m.options {
			if needed(s.needs, c, m) {
				return c
			}
		}
	}
	for _, c := range m.options {
		if d.seen[c] {
			return c
		}
	}
	if oneRune {
		return -1
	}
	for _, c := range m.options {
		if d.core && m.context && d.neededBeside(s, c) {
			return c
		}
	}
	if s.has(s.Start, m.start, lexicon.Anaphor, "side") { // the customer is Amazon
		return m.options[len(m.options)-1]
	}
	if m.person {
		return m.options[0]
	}
	if len(d.sents) > 0 && d.sents[0].title {
		for _, c := range m.options {
			if needed(d.sents[0].needs, c, m) {
				return c
			}
		}
	}
	if s.has(s.Start, s.End, lexicon.Topic, "core") && others(s, m) {
		return m.options[len(m.options)-1]
	}
	if m.context && d.besideMaker(s, m) {
		return m.options[len(m.options)-1]
	}
	if len(m.options) == 1 && d.core && (others(s, m) || d.spelt(s, m)) {
		return m.options[0]
	}
	return -1
}

// neededBeside reports whether a cue that confirms company c stands in the
// sentence before or after s.
func (d *document) neededBeside(s *sentence, c int32) bool {
	for i := max(0, s.index-1); i <= min(s.index+1, len(d.sents)-1); i++ {
		if slices.ContainsFunc(d.sents[i].needs, func(h hit) bool { return h.e.company == c }) {
			return true
		}
	}
	return false
}

// ticker reports whether the listing of company c stands in parentheses at the
// start of s: KT(030200), 創意(3443), Credo (NASDAQ: CRDO).
func (v *vocabulary) ticker(c int32, s string) bool {
	_, code, ok := strings.Cut(v.companies[c].Ticker, ":")
	if !ok || len(code) < 2 {
		return false
	}
	inside, ok := strings.CutPrefix(strings.TrimPrefix(s, " "), "(")
	if !ok {
		return false
	}
	inside, _, ok = strings.Cut(prefix(inside, 24), ")")
	if !ok {
		return false
	}
	for w := range strings.FieldsFuncSeq(inside, func(r rune) bool { return r == ' ' || r == ':' || r == '.' || r == ',' || r == '-' }) {
		if w == code {
			return true
		}
	}
	return false
}

// spelt reports whether an ambiguous name can hardly be another word in a story
// on chips: a Latin one with a capital inside an English sentence, or any in
// Japanese and Chinese.
func (d *document) spelt(s *sentence, m *mention) bool {
	switch d.lang {
	case "ja", "zh":
		return true
	case "ko":
		return false
	}
	if s.title || m.start-s.Start < 2 {
		return false
	}
	head := strings.TrimRight(s.slice(s.Start, m.start), " ")
	if w := head[strings.LastIndexByte(head, ' ')+1:]; len(w) < len(head) && w != "" && 'A' <= w[0] && w[0] <= 'Z' && letter(w[len(w)-1]) {
		return false // Trump Tower
	}
	before := s.f.Text[m.start-1]
	second := s.f.Text[min(m.start+1, s.End-1)]
	return before == ' ' && s.f.Text[m.start-2] != '.' && s.f.Text[m.start-2] != ':' && s.f.Text[m.start] <= 'Z' && 'a' <= second && second <= 'z'
}

// bare is 1 for a company that makes nothing itself: a group stands behind its
// affiliates where both may be meant.
func (v *vocabulary) bare(c int32) int {
	if r := v.companies[c].Roles; len(r) == 1 && r[0] == "investor" {
		return 1
	}
	return 0
}

// needed reports whether a cue that confirms company c stands outside m.
func needed(needs []hit, c int32, m *mention) bool {
	for _, h := range needs {
		if h.e.company == c && (h.end <= m.start || h.start >= m.end) {
			return true
		}
	}
	return false
}

// others reports whether the sentence names another company for sure.
func others(s *sentence, m *mention) bool {
	for _, o := range s.mentions {
		if o != m && o.company >= 0 && (len(m.options) == 0 || o.company != m.options[0]) {
			return true
		}
	}
	return false
}

// besideMaker reports whether the sentence names a firm that does nothing but
// chips, and is that short that it can hardly speak of something else.
func (d *document) besideMaker(s *sentence, m *mention) bool {
	return s.End-s.Start < 400 && slices.ContainsFunc(s.mentions, func(o *mention) bool {
		return o != m && o.company >= 0 && !slices.Contains(m.options, o.company) && d.v.pure(o.company)
	})
}

// mark reads what belongs to each mention of a sentence and the part that it
// has there, joins an executive with his firm, and rules out those that are
// compared, left behind, or merely described.
func (d *document) mark(s *sentence) {
	for _, m := range s.mentions {
		switch d.lang {
		case "ko":
			d.tailKo(s, m)
		case "ja":
			d.tailJa(s, m)
		case "zh":
			d.tailZh(s, m)
		default:
			d.tailEn(s, m)
		}
	}
	d.join(s)
	for i, m := range s.mentions {
		switch d.lang {
		case "ko":
			d.ruleOutKo(s, i, m)
		case "ja":
			d.ruleOutJa(s, m)
		case "zh":
			d.ruleOutZh(s, m)
		default:
			d.ruleOutEn(s, i, m)
		}
	}
}

// join merges an executive and his firm where they stand side by side: 메타의
// 마크 저커버그 CEO는, 젠슨 황 엔비디아 CEO, OpenAI's Sam Altman, Nvidia CEO
// Jensen Huang. The one that is merged away keeps the words together.
func (d *document) join(s *sentence) {
	var out []*mention
	for _, m := range s.mentions {
		if len(out) == 0 {
			out = append(out, m)
			continue
		}
		p := out[len(out)-1]
		gap := s.slice(p.tail, max(p.tail, m.start))
		same := p.company == m.company || p.person && related(p, m)
		if !same || s.has(p.tail, m.start, lexicon.Source) || !p.person && !m.person && !strings.HasPrefix(strings.TrimSpace(gap), "(") || len(gap) > 30 || strings.ContainsAny(gap, ".;") ||
			p.role != text.Bare && p.role != text.Of && p.role != text.Is {
			out = append(out, m)
			continue
		}
		if p.person && d.v.bare(m.company) > 0 {
			m.company = p.company // the group's chairman, for the affiliate
		}
		m.start, m.person = p.start, false
		if m.prep == "" {
			m.prep = p.prep
		}
		out[len(out)-1] = m
	}
	s.mentions = out
}

// related reports whether m may be the firm of the executive p: his group's.
func related(p, m *mention) bool {
	for _, o := range p.options {
		if o == m.company {
			return true
		}
	}
	return false
}

// A group is one or more mentions joined into one part of a sentence.
type group struct {
	members []*mention
	start   int
	end     int // of the last member with its tail
	role    text.Role
	prep    string
	gen     bool
	comma   bool // a comma follows: the actor of a Korean headline
}

func (g *group) has(company int32) bool {
	for _, m := range g.members {
		if m.company == company {
			return true
		}
	}
	return false
}

// groups joins the mentions between start and end that may be parties.
func (d *document) groups(s *sentence, start, end int) []*group {
	var out []*group
	for _, m := range s.mentions {
		if m.start < start || m.start >= end || m.out != "" {
			continue
		}
		if n := len(out); n > 0 {
			g := out[n-1]
			last := g.members[len(g.members)-1]
			if d.joined(s, last, m) {
				if !g.has(m.company) {
					g.members = append(g.members, m)
				}
				g.end, g.role, g.gen = m.tail, m.role, m.genitive
				g.comma = commaAfter(s, m.tail, end)
				continue
			}
		}
		out = append(out, &group{members: []*mention{m}, start: m.start, end: m.tail, role: m.role, prep: m.prep, gen: m.genitive, comma: commaAfter(s, m.tail, end)})
	}
	return out
}

func commaAfter(s *sentence, i, end int) bool {
	return i < end && (s.f.Text[i] == ',' || strings.HasPrefix(s.f.Text[i:end], "、"))
}

// joined reports whether b goes on the list that a is on.
func (d *document) joined(s *sentence, a, b *mention) bool {
	if b.start < a.tail {
		return false
	}
	gap := s.slice(a.tail, b.start)
	switch d.lang {
	case "ko":
		return joinedKo(s, a, b, gap)
	case "ja":
		return joinedJa(s, a, b, gap)
	case "zh":
		return joinedZh(s, a, b, gap)
	}
	return joinedEn(s, a, b, gap)
}
