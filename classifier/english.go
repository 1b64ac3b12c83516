package classifier

import (
	"strings"

	"github.com/chipwire/chipwire/classifier/lexicon"
	"github.com/chipwire/chipwire/internal/text"
)

// prepositions that give the name after them its part.
var prepositions = map[string]bool{
	"with": true, "to": true, "from": true, "by": true, "for": true, "between": true, "among": true, "of": true,
	"at": true, "on": true, "in": true, "into": true, "using": true, "via": true, "through": true, "over": true, "and": true,
	"about": true, "alongside": true, "including": true, "against": true, "than": true, "like": true, "unlike": true, "behind": true, "as": true, "under": true, "inside": true,
}

// tailEn reads the possessive, a parenthesis and a unit after a name, and the
// preposition before it.
func (d *document) tailEn(s *sentence, m *mention) {
	i := m.end
	for range 4 {
		switch {
		case strings.HasPrefix(s.slice(i, s.End), "'s"):
			m.genitive = true
			i += 2
		case strings.HasPrefix(s.slice(i, s.End), "' "):
			m.genitive = true
			i++
		case strings.HasPrefix(s.slice(i, s.End), " (") && parenthesis(s, i+1) > i+1:
			i = parenthesis(s, i+1)
		default:
			j := titleAfter(s, i)
			if j == 0 {
				m.tail = i
				m.prep = d.prepBefore(s, m)
				return
			}
			if m.genitive { // Samsung's foundry unit is Samsung
				m.genitive = strings.HasPrefix(s.slice(j, s.End), "'s")
			}
			i = j
		}
	}
	m.tail = i
	m.prep = d.prepBefore(s, m)
}

// prepBefore walks back from a name over what describes it to a preposition.
func (d *document) prepBefore(s *sentence, m *mention) string {
	end := m.start
	for range 7 {
		head := strings.TrimRight(s.f.Lower[s.Start:end], " \"'($")
		if head == "" {
			return ""
		}
		at := strings.LastIndexAny(head, " \"(") + 1
		word := head[at:]
		if last := word[len(word)-1]; last == ',' || last == '.' || last == ';' || last == ':' || last >= 0x80 {
			return ""
		}
		if prepositions[word] {
			return word
		}
		start := s.Start + at
		for _, o := range s.mentions {
			if o != m && o.start < end && o.end > start {
				if strings.HasSuffix(word, "'s") {
					continue
				}
				return ""
			}
		}
		if s.has(start, start+len(word), lexicon.Relation) {
			return "object"
		}
		if verbs[word] || s.has(start, start+len(word), lexicon.Source) {
			return ""
		}
		end = start
	}
	return ""
}

// verbs end the search for a preposition: a name after them is an object.
var verbs = map[string]bool{
	"is": true, "are": true, "was": true, "were": true, "be": true, "has": true, "have": true, "had": true, "will": true, "that": true, "said": true,
	"whether": true, "if": true, "when": true, "while": true, "because": true, "but": true, "or": true, "would": true, "could": true, "may": true, "where": true, "after": true, "before": true, "which": true,
}

// joinedEn: A and B; A, B and C; A, memory maker B; A-B.
func joinedEn(s *sentence, a, b *mention, gap string) bool {
	switch gap {
	case ", ", " and ", ", and ", " or ", " & ", "/", "-", " as well as ", ", or ", " x ", " and its ", "·":
		return !a.genitive || gap == " and "
	case " and the ", ", the ":
		return true
	}
	if len(gap) > 45 || a.genitive {
		return false
	}
	for _, lead := range []string{" and ", ", and ", ", ", " as well as ", " along with ", " together with ", ", along with ", ", together with ", " alongside "} {
		rest, ok := strings.CutPrefix(gap, lead)
		if !ok {
			continue
		}
		if strings.ContainsAny(rest, ",;:") || strings.Count(rest, " ") > 4 {
			return false
		}
		start := a.tail + len(lead)
		if s.has(start, b.start, lexicon.Relation) || s.has(start, b.start, lexicon.Source) || s.has(start, b.start, lexicon.Stage) {
			return false
		}
		for w := range strings.FieldsSeq(strings.ToLower(rest)) {
			if prepositions[w] || verbs[w] || w == "not" || w == "its" {
				return false
			}
		}
		return true
	}
	return false
}

// ruleOutEn marks a mention that the words around it make no party.
func (d *document) ruleOutEn(s *sentence, i int, m *mention) {
	if m.person && m.genitive {
		m.out = "of a person"
		return
	}
	switch m.prep {
	case "against", "than", "like", "unlike", "behind", "over":
		m.out = "compared: " + m.prep
		return
	}
	for _, h := range s.cues {
		switch {
		case h.start > m.tail+1:
			return
		case h.e.cue.Class == lexicon.Before && strings.HasPrefix(h.e.form, "rival") && capitalBefore(s, h.start):
		case h.e.cue.Class == lexicon.Before && h.end < m.start && m.start-h.end <= 25 && describes(s.slice(h.end, m.start)):
			m.out = "not a party: " + h.e.form
			return
		case h.e.cue.Class == lexicon.After && h.start >= m.end && (h.start == m.end || h.start == m.end+1):
			m.out = "not a party: " + h.e.form
			return
		}
	}
}

// capitalBefore reports whether the word before i is a name: what follows
// "Alphawave rival" is itself no rival of the actor.
func capitalBefore(s *sentence, i int) bool {
	head := strings.TrimRight(s.slice(s.Start, i), " ")
	word := head[strings.LastIndexByte(head, ' ')+1:]
	return word != "" && 'A' <= word[0] && word[0] <= 'Z' && len(head) > len(word)
}

// describes holds for the words between a cue and the name that it governs.
func describes(gap string) bool {
	if strings.ContainsAny(gap, ",.;:—") {
		return false
	}
	words := strings.Fields(gap)
	if len(words) > 3 {
		return false
	}
	for _, w := range words {
		if w = strings.ToLower(w); prepositions[w] && w != "of" || verbs[w] {
			return false
		}
	}
	return true
}

// breaks are the words before which an English sentence falls into clauses.
var breaks = []string{
	"; ", " while ", ", but ", " whereas ", " although ", " though ", " after ", ", which ", ", who ", ", whose ", " because ", ", as ",
	" even as ", " — ", ", whereas ", ", while ", " but ", ". ", " following ", " since ", ", where ", " when ", ": ", ", sending ", ", adding ", ", though ", " even though ", ", so ", ", with ",
}

// splitEn cuts an English sentence into clauses.
func splitEn(s *sentence, from, to int) []clause {
	low := s.f.Lower
	var out []clause
	start, relative, quote := from, false, 0
	cut := func(i int) {
		out = append(out, clause{text.Span{Start: start, End: i}})
		start = i + 1
	}
	for i := from; i < to; i++ {
		c := low[i]
		if c == '"' && i >= quote {
			quote = shortQuote(low, i, to)
		}
		if c != ' ' && c != ',' && c != ';' && c != ':' && c != '.' || i <= start || i < quote {
			continue
		}
		if b := breakAt(low, i, to); b != "" {
			relative = strings.HasPrefix(b, ", wh") && b != ", while " && b != ", whereas "
			cut(i)
		} else if relative && c == ',' && finite(low[min(i+2, to):to]) { // X, which makes Y, has signed
			relative = false
			cut(i)
		}
		if strings.HasPrefix(low[i:to], ", and ") && i > start && newSubject(s, start, i+6) || strings.HasPrefix(low[i:to], " and ") && i > start && newSubject(s, start, i+5) {
			cut(i)
		}
	}
	return append(out, clause{text.Span{Start: start, End: to}})
}

// breakAt returns the break that starts at i, or "".
func breakAt(low string, i, to int) string {
	for _, b := range breaks {
		if strings.HasPrefix(low[i:to], b) && !(b == " following " && strings.HasSuffix(low[:i], " the")) {
			return b
		}
	}
	return ""
}

// shortQuote returns the end of a quotation of a few words that starts at i, a
// title or a phrase, in which no clause begins; or 0.
func shortQuote(low string, i, to int) int {
	if j := strings.IndexByte(low[i+1:min(to, i+50)], '"'); j >= 0 {
		return i + 1 + j
	}
	return 0
}

// auxiliaries open a predicate.
var auxiliaries = map[string]bool{
	"will": true, "would": true, "has": true, "have": true, "had": true, "is": true, "are": true, "was": true, "were": true, "may": true, "could": true, "might": true, "did": true, "does": true,
}

// finite reports whether a text starts with a verb that a subject far before it
// may have.
func finite(s string) bool {
	word, _, _ := strings.Cut(s, " ")
	switch word {
	case "said", "says", "plans", "agreed", "signed", "won", "announced", "told":
		return true
	}
	return auxiliaries[word]
}

// newSubject reports whether a name with a verb of its own starts at i, or a
// little after it: South Korea's X has.
func newSubject(s *sentence, from, i int) bool {
	if !s.has(from, i, lexicon.Relation) && !s.has(from, i, lexicon.Stage) && !s.has(from, i, lexicon.Source) && !predicated(s, from, i) {
		return false // still the list of the actors
	}
	for _, m := range s.mentions {
		if m.start < i || m.start > i+20 {
			continue
		}
		if lead := s.slice(i, m.start); m.start > i+4 && !strings.HasSuffix(lead, "'s ") {
			return false
		}
		next, _, _ := strings.Cut(strings.TrimLeft(s.f.Lower[m.tail:s.End], " "), " ")
		switch next {
		case "said", "says", "plans", "agreed", "signed", "makes", "supplies", "remains", "won":
			return true
		}
		return auxiliaries[next]
	}
	return false
}

// predicated reports whether a predicate stands after the last name between
// from and i: A and B are pressing it, and C has.
func predicated(s *sentence, from, i int) bool {
	for k := len(s.mentions) - 1; k >= 0; k-- {
		m := s.mentions[k]
		if m.start < from || m.tail > i {
			continue
		}
		word, _, _ := strings.Cut(strings.TrimLeft(s.f.Lower[m.tail:i], " "), " ")
		return auxiliaries[word]
	}
	return false
}
