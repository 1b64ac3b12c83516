package text

import (
	"strings"
	"unicode/utf8"
)

// Sentences splits a stretch of a folded text, a line mostly, into sentences.
func Sentences(s string, in Span) []Span {
	var out []Span
	start := in.Start
	add := func(end int) {
		a, b := start, end
		for a < b && (s[a] == ' ' || s[a] == '\n') {
			a++
		}
		for b > a && (s[b-1] == ' ' || s[b-1] == '\n') {
			b--
		}
		if a < b {
			out = append(out, Span{a, b})
		}
		start = end
	}
	for i := in.Start; i < in.End; {
		switch c := s[i]; {
		case c == '.' || c == '!' || c == '?':
			if end := stop(s, i, in); end > 0 {
				add(end)
				i = end
				continue
			}
			i++
		case c < utf8.RuneSelf:
			i++
		default:
			r, size := utf8.DecodeRuneInString(s[i:])
			switch r {
			case '。', '！', '？':
				add(i + size)
			case '▲', '△', '■', '◆', '◇', '●', '○', '▶', '□', '▷', '★':
				if i > start {
					add(i)
				}
			}
			i += size
		}
	}
	add(in.End)
	return out
}

// stop returns the end of the sentence that the mark at i ends, or 0 where it
// ends none.
func stop(s string, i int, in Span) int {
	end := i + 1
	for end < in.End && (s[end] == '.' || s[end] == '!' || s[end] == '?') {
		end++
	}
	if end-i >= 2 && s[i] == '.' { // an ellipsis in ASCII
		return 0
	}
	quoted := end
	for quoted < in.End && (s[quoted] == '"' || s[quoted] == '\'' || s[quoted] == ')' || s[quoted] == ']') {
		quoted++
	}
	if quoted >= in.End {
		return in.End
	}
	before, _ := utf8.DecodeLastRuneInString(s[in.Start:i])
	after, _ := utf8.DecodeRuneInString(s[quoted:])
	if quoted > end && Hangul(after) { // "…다."라고
		return 0
	}
	if s[quoted] == ' ' || s[quoted] == '\n' {
		if s[i] == '.' && abbreviated(s[in.Start:i], s[quoted+1:in.End]) {
			return 0
		}
		return quoted
	}
	if s[i] == '.' && quoted == end && Hangul(before) && Hangul(after) && strings.ContainsRune("다요음함임", before) {
		return end
	}
	return 0
}

// abbreviations end with a period that ends no sentence.
var abbreviations = map[string]bool{
	"corp": true, "inc": true, "co": true, "ltd": true, "mr": true, "mrs": true, "ms": true, "dr": true, "prof": true, "st": true, "vs": true,
	"no": true, "jr": true, "sr": true, "gen": true, "sen": true, "rep": true, "gov": true, "jan": true, "feb": true, "mar": true, "apr": true,
	"jun": true, "jul": true, "aug": true, "sep": true, "sept": true, "oct": true, "nov": true, "dec": true, "approx": true, "est": true,
	"e.g": true, "i.e": true, "u.s": true, "u.k": true, "u.s.a": true, "e.u": true, "a.m": true, "p.m": true, "plc": false,
}

// abbreviated reports whether the period after before belongs to a short form.
// Inc., Corp. and the like may end a sentence too: then a capital and a word
// that opens sentences follows.
func abbreviated(before, after string) bool {
	word := before[strings.LastIndexAny(before, " (\"'\n")+1:]
	low := lower(word)
	if n := len(word); n > 0 && word[n-1] >= 'A' && word[n-1] <= 'Z' && (n == 1 || word[n-2] == '.') {
		return true
	}
	if !abbreviations[low] {
		return false
	}
	switch low {
	case "corp", "inc", "co", "ltd", "u.s", "u.k", "e.u", "a.m", "p.m", "no":
		next, _, _ := strings.Cut(after, " ")
		switch next {
		case "The", "It", "In", "A", "An", "But", "He", "She", "They", "This", "That", "Under", "Both", "Neither", "On", "At", "As", "For", "Its", "Separately", "Meanwhile", "Shares", "Analysts":
			return true && low == "no"
		}
	}
	return true
}

// Headline splits a headline into the clauses that its writer set apart: by an
// ellipsis, a long dash, a bar, a semicolon, or a line feed.
func Headline(s string) []Span {
	var out []Span
	start := 0
	add := func(end, next int) {
		a, b := start, end
		for a < b && (s[a] == ' ' || s[a] == '\n') {
			a++
		}
		for b > a && (s[b-1] == ' ' || s[b-1] == '\n') {
			b--
		}
		if a < b {
			out = append(out, Span{a, b})
		}
		start = next
	}
	for i := 0; i < len(s); {
		switch {
		case s[i] == '\n' || s[i] == ';' || s[i] == '|':
			add(i, i+1)
			i++
		case strings.HasPrefix(s[i:], "…"), strings.HasPrefix(s[i:], "—"), strings.HasPrefix(s[i:], "..."):
			add(i, i+3)
			i += 3
		case strings.HasPrefix(s[i:], " - "):
			add(i, i+3)
			i += 3
		case strings.HasPrefix(s[i:], ".."):
			add(i, i+2)
			i += 2
		case strings.HasPrefix(s[i:], ". ") && i > 2 && !abbreviated(s[:i], s[i+2:]):
			add(i+1, i+1)
			i++
		default:
			i++
		}
	}
	add(len(s), len(s))
	return out
}
