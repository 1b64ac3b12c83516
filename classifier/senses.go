package classifier

import (
	"embed"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

//go:embed senses/*.txt
var sensesFiles embed.FS

// maxSenseRunes is the longest beginning of a Korean word that has a sense.
const maxSenseRunes = 5

// A thesaurus tells the senses of words: 도장, 서명 and 손잡 are of the sense sign.
// Where the lexicon has no cue for what a story says, the senses of its words
// still speak.
type thesaurus map[string][]string

// thesauri are the built-in thesauri, by language.
var thesauri = sync.OnceValue(func() map[string]thesaurus {
	out := map[string]thesaurus{}
	for _, lang := range []string{"ko", "en"} {
		data, err := sensesFiles.ReadFile("senses/" + lang + ".txt")
		if err != nil {
			panic(err) // it is embedded
		}
		out[lang] = parseThesaurus(string(data), lang)
	}
	return out
})

func parseThesaurus(file, lang string) thesaurus {
	t := thesaurus{}
	for line := range strings.Lines(file) {
		sense, words, ok := strings.Cut(line, ":")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		for w := range strings.FieldsSeq(words) {
			if lang == "en" {
				w = stem(w)
			}
			if !slices.Contains(t[w], sense) {
				t[w] = append(t[w], sense)
			}
		}
	}
	return t
}

// of returns the senses of a word: of a Korean one, of its longest beginning that
// has any.
func (t thesaurus) of(w, lang string) []string {
	if lang != "ko" {
		return t[w]
	}
	for n := min(maxSenseRunes, utf8.RuneCountInString(w)); n > 0; n-- {
		if s, ok := t[syllables(w, n)]; ok {
			return s
		}
	}
	return nil
}
