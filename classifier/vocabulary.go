package classifier

import (
	"cmp"
	"slices"
	"strings"

	"github.com/chipwire/chipwire/classifier/company"
	"github.com/chipwire/chipwire/classifier/lexicon"
	"github.com/chipwire/chipwire/internal/text"
)

// What an entry of the vocabulary is.
type entryKind uint8

const (
	aliasEntry entryKind = iota
	personEntry
	needEntry
	blockEntry // of a company
	cueEntry
)

// An entry is one thing that a string of the vocabulary stands for.
type entry struct {
	kind             entryKind
	company          int32 // index in the registry, but for cues
	context          bool  // an alias with other meanings
	cased            bool  // counts in exact case only
	form             string
	start, end, open bool // marks of a cue's term
	cue              *lexicon.Cue
	order            int32 // of the cue in the lexicon
}

// A vocabulary is everything that one scan of a text looks for.
type vocabulary struct {
	auto      *automaton
	entries   [][]entry // by pattern
	companies []company.Company
	ownTopic  bool // see [lexicon.Lexicon.OwnTopic]
}

// newVocabulary compiles a registry and a lexicon.
func newVocabulary(reg *company.Registry, lex *lexicon.Lexicon) *vocabulary {
	b := builder{index: map[string]int{}}
	companies := reg.All()
	for i, c := range companies {
		b.company(int32(i), c)
	}
	for i := range lex.Cues {
		cue := &lex.Cues[i]
		for _, term := range cue.Terms {
			for _, t := range lexicon.Expand(term) {
				b.add(t.Text, entry{kind: cueEntry, cue: cue, order: int32(i), start: t.Start, end: t.End, open: t.Open})
			}
		}
	}
	return &vocabulary{auto: newAutomaton(b.patterns), entries: b.entries, companies: companies, ownTopic: lex.OwnTopic}
}

// A builder collects patterns.
type builder struct {
	index    map[string]int
	patterns []string
	entries  [][]entry
}

func (b *builder) add(s string, e entry) {
	f := text.Fold(s)
	if f.Lower == "" {
		return
	}
	e.form = f.Text
	i, ok := b.index[f.Lower]
	if !ok {
		i = len(b.patterns)
		b.index[f.Lower] = i
		b.patterns = append(b.patterns, f.Lower)
		b.entries = append(b.entries, nil)
	}
	if !slices.ContainsFunc(b.entries[i], func(o entry) bool {
		return o.kind == e.kind && o.company == e.company && o.cue == e.cue && o.form == e.form
	}) {
		b.entries[i] = append(b.entries[i], e)
	}
}

func (b *builder) company(i int32, c company.Company) {
	for _, lang := range []string{"en", "ja", "ko", "zh"} {
		for _, n := range c.Names[lang] {
			b.add(n, entry{kind: aliasEntry, company: i, cased: c.Cased() || shortLatin(n)})
			b.simplified(lang, n, entry{kind: aliasEntry, company: i, cased: c.Cased() || shortLatin(n)})
		}
		for _, n := range c.Context[lang] {
			b.add(n, entry{kind: aliasEntry, company: i, context: true, cased: true})
			b.simplified(lang, n, entry{kind: aliasEntry, company: i, context: true, cased: true})
		}
	}
	for _, n := range c.People {
		b.add(n, entry{kind: personEntry, company: i, cased: true})
		b.simplified("zh", n, entry{kind: personEntry, company: i, cased: true})
	}
	for _, n := range c.Needs {
		b.add(n, entry{kind: needEntry, company: i})
	}
	for _, n := range c.Block {
		b.add(n, entry{kind: blockEntry, company: i})
	}
}

// simplified adds a Chinese name in simplified characters too, the form in which
// Chinese texts are read.
func (b *builder) simplified(lang, s string, e entry) {
	if t := simplify(s); lang == "zh" && t != s {
		b.add(t, e)
	}
}

// shortLatin holds for Latin names so short that case must be exact, and for
// acronyms.
func shortLatin(s string) bool {
	return len(s) <= 4 && s == strings.ToUpper(s) && s[0] < 0x80
}

// A hit is one entry found in a text.
type hit struct {
	start, end int
	e          *entry
}

// A scanned text is what the vocabulary found in it, each list by start.
type scanned struct {
	names []hit // aliases and people, boundaries checked
	needs []hit
	cues  []hit
}

// scan finds the vocabulary in f. Cues of another language than lang, and what
// lies inside a longer block string, are left out.
func (v *vocabulary) scan(f text.Folded, lang string) scanned {
	var s scanned
	var blocks, stops []hit
	v.auto.scan(f.Lower, func(p int32, start, end int) {
		for i := range v.entries[p] {
			e := &v.entries[p][i]
			switch e.kind {
			case aliasEntry, personEntry:
				if named(f.Text, start, end, e) {
					s.names = append(s.names, hit{start, end, e})
				}
			case needEntry:
				if text.WordStart(f.Text, start) && text.WordEnd(f.Text, end) || f.Lower[start] >= 0x80 {
					s.needs = append(s.needs, hit{start, end, e})
				}
			case blockEntry:
				blocks = append(blocks, hit{start, end, e})
			case cueEntry:
				if e.cue.Lang != lang || !bounded(f.Text, start, end, e) {
					continue
				}
				if e.cue.Class == lexicon.Block {
					stops = append(stops, hit{start, end, e})
				} else {
					s.cues = append(s.cues, hit{start, end, e})
				}
			}
		}
	})
	s.names = slices.DeleteFunc(s.names, func(h hit) bool {
		return slices.ContainsFunc(blocks, func(b hit) bool {
			return b.e.company == h.e.company && b.start <= h.start && h.end <= b.end &&
				(b.end-b.start > h.end-h.start || f.Text[b.start:b.end] == b.e.form)
		})
	})
	byStart(stops)
	s.cues = outside(s.cues, stops)
	byStart(s.names)
	byStart(s.needs)
	return s
}

// outside returns the cues, by start, that lie in none of the stops, which are
// by start; a cue of the length of its stop stays.
func outside(cues, stops []hit) []hit {
	byStart(cues)
	if len(stops) == 0 {
		return cues
	}
	kept, first := cues[:0], 0
	for _, c := range cues {
		for first < len(stops) && stops[first].end <= c.start {
			first++
		}
		in := false
		for _, b := range stops[first:] {
			if b.start > c.start {
				break
			}
			in = in || c.end <= b.end && b.end-b.start > c.end-c.start
		}
		if !in {
			kept = append(kept, c)
		}
	}
	return kept
}

// byStart sorts hits by their start, longest first, then by a fixed order.
func byStart(hits []hit) {
	slices.SortFunc(hits, func(a, b hit) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end),
			cmp.Compare(a.e.kind, b.e.kind), cmp.Compare(a.e.order, b.e.order), cmp.Compare(a.e.company, b.e.company))
	})
}

// named reports whether a name stands by itself: not inside a longer word, and
// followed by nothing or by Korean particles.
func named(s string, start, end int, e *entry) bool {
	if e.cased && s[start:end] != e.form && !(loud(s[start:end]) && strings.EqualFold(s[start:end], e.form)) {
		return false
	}
	if !text.WordStart(s, start) || !text.WordEnd(s, end) && !hangulNext(s, end) {
		return false
	}
	_, _, ok := text.Particle(s[end:])
	return ok
}

// loud holds for a Latin name in capitals, as in the flashes of a wire; three
// letters could be another firm's.
func loud(s string) bool {
	return len(s) > 3 && !strings.ContainsFunc(s, func(r rune) bool { return r > 'Z' })
}

// hangulNext reports whether a Hangul syllable follows at i.
func hangulNext(s string, i int) bool {
	return i < len(s) && s[i] >= 0xEA && s[i] <= 0xED
}

// bounded checks the marks of a cue: Latin terms are whole words unless open.
func bounded(s string, start, end int, e *entry) bool {
	if (e.start || s[start] < 0x80) && !text.WordStart(s, start) && !(s[start] < 0x80 && !letter(s[start])) {
		return false
	}
	if e.open {
		return true
	}
	last := s[end-1]
	if e.end || last < 0x80 && letter(last) {
		if hangulNext(s, end) && !e.end {
			return true
		}
		return text.WordEnd(s, end)
	}
	return true
}

func letter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' }
