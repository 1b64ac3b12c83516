// Package text reads news prose: which language it is in, its folded form and
// the way back to the original, its lines, sentences and clauses, and the
// Korean particles that follow a name. Everything works on bytes of the folded
// text, in time linear in its length, and never fails: foreign bytes give
// meagre results, no panic.
package text

import (
	"unicode"
	"unicode/utf8"
)

// langSample is how much of a text Lang reads, in bytes.
const langSample = 4 << 10

// Lang returns the two-letter code of the language of s by its script: ko, ja,
// zh, else en. The declared language, which may be empty, decides where the
// script cannot: Han without kana, and Latin. It is "" for text without letters
// and without a declared language.
func Lang(s, declared string) string {
	if len(s) > langSample {
		s = s[:langSample]
	}
	var hangul, kana, han, latin int
	for _, r := range s {
		switch {
		case r < utf8.RuneSelf:
			if 'a' <= r|0x20 && r|0x20 <= 'z' {
				latin++
			}
		case r >= 0xAC00 && r <= 0xD7A3 || r >= 0x1100 && r <= 0x11FF:
			hangul++
		case r >= 0x3040 && r <= 0x30FF:
			kana++
		case unicode.Is(unicode.Han, r):
			han++
		case unicode.IsLetter(r):
			latin++
		}
	}
	switch {
	case hangul >= 2 && hangul*8 >= latin && hangul >= kana && hangul*3 >= han: // Korean has Hanja, Chinese a Korean line below
		return "ko"
	case kana > 0 && kana*8 >= latin:
		return "ja"
	case han > 0 && han*4 >= latin:
		if declared == "ja" {
			return "ja"
		}
		return "zh"
	case latin > 0:
		if len(declared) == 2 && declared != "ko" && declared != "ja" && declared != "zh" {
			return declared
		}
		return "en"
	}
	return declared
}

// Hangul reports whether r is a Hangul syllable.
func Hangul(r rune) bool { return r >= 0xAC00 && r <= 0xD7A3 }

// A script is what two letters must share to be of one word.
type script uint8

const (
	none script = iota
	latin
	digit
	hangul
	kana // katakana: hiragana between two names is grammar
	hiragana
	han
	other
)

func scriptOf(r rune) script {
	switch {
	case r < utf8.RuneSelf:
		switch {
		case 'a' <= r|0x20 && r|0x20 <= 'z':
			return latin
		case '0' <= r && r <= '9':
			return digit
		}
		return none
	case Hangul(r) || r >= 0x1100 && r <= 0x11FF || r >= 0x3131 && r <= 0x318E:
		return hangul
	case r >= 0x3041 && r <= 0x309F:
		return hiragana
	case r >= 0x30A0 && r <= 0x30FF:
		return kana
	case r >= 0x4E00 && r <= 0x9FFF || r >= 0x3400 && r <= 0x4DBF || r == 0x3005:
		return han
	case unicode.IsLetter(r):
		return other
	}
	return none
}

// WordStart reports whether no word runs on across byte i of s from the left:
// the runes on its two sides are not of one script, and no digit touches a
// letter on its left where a number may count it (3테슬라, 5마이크론).
func WordStart(s string, i int) bool {
	if i <= 0 || i >= len(s) {
		return true
	}
	before, _ := utf8.DecodeLastRuneInString(s[:i])
	after, _ := utf8.DecodeRuneInString(s[i:])
	b, a := scriptOf(before), scriptOf(after)
	if b == none || a == none || a == han {
		return true
	}
	if b == digit || b == other && a == latin {
		return false
	}
	return b != a
}

// WordEnd reports whether no word of the same script runs on at byte i of s.
// Hangul after Latin is for [Particle] to judge.
func WordEnd(s string, i int) bool {
	if i <= 0 || i >= len(s) {
		return true
	}
	before, _ := utf8.DecodeLastRuneInString(s[:i])
	after, _ := utf8.DecodeRuneInString(s[i:])
	b, a := scriptOf(before), scriptOf(after)
	if b == none || a == none || b == han {
		return true
	}
	if (b == latin || b == digit) && (a == latin || a == digit || a == other) {
		return false
	}
	return b != a
}
