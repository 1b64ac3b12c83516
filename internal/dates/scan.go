package dates

import (
	"unicode"
	"unicode/utf8"
)

type kind uint8

const (
	number kind = iota
	word
	sign // one rune that is neither space, digit nor letter
)

// A token is a run of digits, a run of letters of one script, or one sign.
type token struct {
	kind   kind
	text   string
	n      int  // value of a number
	digits int  // how many digits it was written with
	glued  bool // nothing stands between it and the token before it
}

// scan cuts s into tokens. Scripts are kept apart, so that "T" and "년" end
// where a name in the other script begins.
func (p *parser) scan(s string) {
	glued := false
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		var t token
		switch {
		case unicode.IsSpace(r) || r == '\u200b' || r == '\ufeff':
			i += size
			glued = false
			continue
		case '0' <= r && r <= '9':
			t = digits(s[i:])
		case letterClass(r) != 0:
			t = letters(s[i:])
			if first := s[i : i+size]; glued && p.toks[len(p.toks)-1].kind == number && units[first] {
				t.text = first // 2日土曜日
			}
		default:
			t = token{kind: sign, text: s[i : i+size]}
		}
		t.glued = glued
		glued = true
		i += len(t.text)
		p.toks = append(p.toks, t)
	}
}

// units are the signs that may follow a number, of one rune each.
var units = set("년", "年", "월", "月", "일", "日", "시", "時", "时", "点", "분", "分", "초", "秒")

func digits(s string) token {
	t := token{kind: number}
	for t.digits < len(s) && '0' <= s[t.digits] && s[t.digits] <= '9' {
		if t.digits < 18 {
			t.n = t.n*10 + int(s[t.digits]-'0')
		}
		t.digits++
	}
	t.text = s[:t.digits]
	return t
}

func letters(s string) token {
	first, _ := utf8.DecodeRuneInString(s)
	class := letterClass(first)
	end := len(s)
	for i, r := range s {
		if letterClass(r) != class {
			end = i
			break
		}
	}
	return token{kind: word, text: s[:end]}
}

func letterClass(r rune) int {
	switch {
	case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', r == '_':
		return 1
	case unicode.Is(unicode.Hangul, r):
		return 2
	case unicode.Is(unicode.Han, r):
		return 3
	case unicode.IsLetter(r):
		return 4
	}
	return 0
}
