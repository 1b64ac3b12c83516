package lexicon

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Notes tells what is worth knowing of an extension that is no fault, each behind
// the key that it is about: terms that lie inside a blocked word, where they do not
// count, and terms that a built-in cue of their class has already. l is the lexicon
// that e extends.
func (l *Lexicon) Notes(e Extension) []string {
	n := noting{base: l, blocks: map[string][]string{}}
	for _, c := range l.Cues {
		if c.Class == Block {
			n.block(c.Lang, c.Terms)
		}
	}
	for lang, terms := range e.Blocks {
		n.block(lang, terms)
	}
	for i, t := range e.Topics {
		n.terms(fmt.Sprintf("topics[%d]", i), Topic, t.ID, t.Terms)
	}
	for i, c := range e.Cues {
		class, _, _ := strings.Cut(c.Class, ".")
		switch {
		case class == "" && c.Kind != "":
			class = string(Kind)
		case class == "" && c.Stage != "":
			class = string(Stage)
		}
		n.terms(fmt.Sprintf("cues[%d]", i), Class(class), c.ID, c.Terms)
	}
	return n.out
}

type noting struct {
	base   *Lexicon
	blocks map[string][]string // language -> words
	out    []string
}

func (n *noting) block(lang string, terms []string) {
	for _, s := range terms {
		for _, t := range Expand(strings.ToLower(s)) {
			n.blocks[lang] = append(n.blocks[lang], t.Text)
		}
	}
}

func (n *noting) terms(at string, class Class, id string, terms map[string][]string) {
	for _, lang := range slices.Sorted(maps.Keys(terms)) {
		for i, s := range terms[lang] {
			for _, t := range Expand(strings.ToLower(strings.TrimSpace(s))) {
				n.term(fmt.Sprintf("%s.terms.%s[%d]", at, lang, i), lang, class, id, t.Text)
			}
		}
	}
}

func (n *noting) term(at, lang string, class Class, id, term string) {
	var inside []string
	for _, b := range n.blocks[lang] {
		if len(b) > len(term) && strings.Contains(b, term) && !slices.Contains(inside, b) {
			inside = append(inside, b)
		}
	}
	if len(inside) > 0 {
		n.out = append(n.out, fmt.Sprintf("%s: %q does not count in %s", at, term, few(inside)))
	}
	for _, c := range n.base.Cues {
		if c.Lang != lang || c.Class != class && c.ID != id {
			continue
		}
		for _, s := range c.Terms {
			if slices.ContainsFunc(Expand(s), func(t Term) bool { return t.Text == term }) {
				n.out = append(n.out, fmt.Sprintf("%s: %q is a term of the built-in cue %s already", at, term, c.ID))
			}
		}
	}
}

// few quotes up to three words and counts the rest.
func few(words []string) string {
	var quoted []string
	for _, w := range words[:min(3, len(words))] {
		quoted = append(quoted, fmt.Sprintf("%q", w))
	}
	out := strings.Join(quoted, ", ")
	if more := len(words) - len(quoted); more > 0 {
		out += fmt.Sprintf(" and %d more", more)
	}
	return out
}
