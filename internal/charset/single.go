package charset

import (
	"golang.org/x/text/encoding/charmap"
)

// An alphabet is an encoding of one byte a letter whose text can be told from
// the others by the bytes that ordinary words use: lower-case letters and
// letters without case.
type alphabet struct {
	named
	letter   func(c byte) bool // any letter or sign of the language
	everyday func(c byte) bool // those that make up nearly all of a text
	share    float64           // of everyday letters among the bytes beyond ASCII, at least
}

// alphabets in the order in which an equal score decides.
var alphabets = []alphabet{
	{
		named:    named{"windows-1251", charmap.Windows1251},
		letter:   func(c byte) bool { return c >= 0xc0 || c == 0xa8 || c == 0xb8 },
		everyday: func(c byte) bool { return c >= 0xe0 },
		share:    0.85,
	},
	{
		named:    named{"koi8-r", charmap.KOI8R},
		letter:   func(c byte) bool { return c >= 0xc0 || c == 0xa3 || c == 0xb3 },
		everyday: func(c byte) bool { return in(c, 0xc0, 0xdf) },
		share:    0.85,
	},
	{
		named:    named{"windows-1255", charmap.Windows1255},
		letter:   func(c byte) bool { return in(c, 0xe0, 0xfa) || in(c, 0xc0, 0xd3) },
		everyday: func(c byte) bool { return in(c, 0xe0, 0xfa) },
		share:    0.85,
	},
	{
		named:    named{"windows-874", charmap.Windows874},
		letter:   func(c byte) bool { return in(c, 0xa1, 0xda) || in(c, 0xdf, 0xfb) },
		everyday: func(c byte) bool { return in(c, 0xa1, 0xda) || in(c, 0xe0, 0xe4) || in(c, 0xe6, 0xe9) },
		share:    0.95,
	},
}

const (
	minLetters = 40   // fewer do not show what language a text is in
	anyLetters = 0.96 // share of letters among the bytes beyond ASCII
)

// guessedAlphabet names the alphabet that b looks like; enc is nil when it looks
// like none. Hebrew uses a part of the bytes of Cyrillic: of two that fit, the
// one with fewer letters wins unless letters beyond it are in use.
func guessedAlphabet(b []byte) named {
	var best named
	high, bestLetters := 0, 0
	var count [256]int
	for _, c := range sample(b) {
		count[c]++
		switch {
		case c >= 0x80:
			high++
		case c < ' ' && c != '\t' && c != '\n' && c != '\r':
			return named{} // not text
		}
	}
	if high < minLetters {
		return named{}
	}
	for _, a := range alphabets {
		letters, everyday, distinct := 0, 0, 0
		for c := 0x80; c < 0x100; c++ {
			if a.letter(byte(c)) {
				letters += count[c]
			}
			if a.everyday(byte(c)) {
				everyday += count[c]
				distinct++
			}
		}
		fits := float64(letters) >= anyLetters*float64(high) && float64(everyday) >= a.share*float64(high)
		if fits && (best.enc == nil || distinct < bestLetters) {
			best, bestLetters = a.named, distinct
		}
	}
	return best
}
