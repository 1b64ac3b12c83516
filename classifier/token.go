package classifier

import (
	"strings"
	"unicode/utf8"
)

// A token is a word of a sentence, or the name of a firm with what belongs to it.
type token struct {
	start   int
	word    string // as it is counted
	senses  []string
	mention *mention // of a name
}

// tokens returns the words and the names of a sentence, in order.
func (d *document) tokens(s *sentence) []token {
	if s.words != nil {
		return s.words
	}
	at := s.Start
	for _, m := range s.mentions {
		if m.start < at {
			continue
		}
		d.tokenize(s, at, m.start)
		s.words = append(s.words, token{start: m.start, mention: m})
		at = max(m.end, m.tail)
	}
	if at < s.End {
		d.tokenize(s, at, s.End)
	}
	return s.words
}

// tokenize takes in the words of a stretch of folded lower text: of Korean their
// first three syllables, of English without the commonest endings, of Japanese
// and Chinese each two characters in a row.
func (d *document) tokenize(s *sentence, from, to int) {
	in := s.f.Lower[from:to]
	if d.lang == "ja" || d.lang == "zh" {
		characters(in, func(i int, w string) { s.words = append(s.words, token{start: from + i, word: w}) })
		return
	}
	senses := thesauri()[d.lang]
	for i := 0; i < len(in); {
		n := strings.IndexFunc(in[i:], wordRune)
		if n < 0 {
			return
		}
		i += n
		n = strings.IndexFunc(in[i:], func(r rune) bool { return !wordRune(r) })
		if n < 0 {
			n = len(in) - i
		}
		w := in[i : i+n]
		t := token{start: from + i, word: w}
		switch {
		case w[0] >= '0' && w[0] <= '9':
			t.word = "0" + strings.TrimLeft(w, "0123456789.,")
		case d.lang == "ko" && w[0] >= 0x80:
			t.word = syllables(w, 3)
			t.senses = senses.of(w, d.lang)
		case d.lang == "en":
			t.word = stem(w)
			t.senses = senses.of(t.word, d.lang)
		}
		s.words = append(s.words, t)
		i += n
	}
}

func wordRune(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r >= 0x80 && r != '·' && r != '…'
}

// syllables returns the first n runes of a word.
func syllables(w string, n int) string {
	for i := range w {
		if n == 0 {
			return w[:i]
		}
		n--
	}
	return w
}

// characters hands on each two characters in a row of a text without spaces.
func characters(s string, do func(int, string)) {
	last, run := 0, 0 // start of the character before, and how many are in a row
	for i, r := range s {
		if r < 0x80 || strings.ContainsRune("。、，「」『』（）：；", r) {
			run = 0
			continue
		}
		if run > 0 {
			do(last, s[last:i+utf8.RuneLen(r)])
		}
		last = i
		run++
	}
}

// stem cuts the commonest English endings.
func stem(w string) string {
	for _, e := range []string{"ing", "ed", "es", "s"} {
		if len(w) > len(e)+3 && strings.HasSuffix(w, e) {
			return w[:len(w)-len(e)]
		}
	}
	return w
}
