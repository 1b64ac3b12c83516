package feed

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/chipwire/chipwire/internal/text"
	"github.com/chipwire/chipwire/news"
)

// halfMark is the size of each half of a [news.Mark] in bits. Two titles that
// differ have the same half once in 16 million.
const halfMark = 24

// MarkOf returns the mark of a title as the feed wrote it, entities and markup
// included; 0 for none.
func MarkOf(title string) news.Mark { return markOf(title, headline(title)) }

// markOf is MarkOf of a title whose plain form is known.
func markOf(title, plain string) news.Mark {
	if title == "" {
		return 0
	}
	return said(plain)<<halfMark | written(title)
}

// Changed reports whether two titles say something else; one that is missing
// says nothing.
func Changed(before, now news.Mark) bool {
	return before != 0 && now != 0 && before>>halfMark != now>>halfMark
}

// differs reports whether a title says something else than the one of a mark. It
// is cheap while not a byte of the title has changed.
func differs(before news.Mark, title string) bool {
	return before != 0 && title != "" && before&(1<<halfMark-1) != written(title) && before>>halfMark != said(headline(title))
}

// changed reports whether the item of a known key has a title that says
// something else than before.
func (h Hint) changed(key, title string) bool {
	return h.Mark != nil && differs(h.Mark(key), title)
}

// written is the half of a mark that stands for the bytes of a title, never 0.
func written(title string) news.Mark {
	h := offset
	for i := range len(title) {
		h = (h ^ uint64(title[i])) * prime
	}
	return half(h)
}

// said is the half of a mark that stands for what a plain title says, never 0.
func said(plain string) news.Mark {
	h := offset
	claim(plain, func(r rune) { h = (h ^ uint64(r)) * prime })
	return half(h)
}

// FNV-1a, 64 bits (RFC 9923, section 5).
const (
	offset = uint64(14695981039346656037)
	prime  = 1099511628211
)

func half(h uint64) news.Mark {
	h ^= h >> 32
	return news.Mark(max(1, (h^h>>halfMark)&(1<<halfMark-1)))
}

// claim puts out what a title says, letter by letter: words without case, space
// and punctuation, numbers whole, and the signs that change a claim. The marks of
// the newsroom that say how urgent or in which form a story is are left out.
//
// Marks that say that the text is a new one (UPDATE 2, 종합, 정정) stay: there is
// something to read again.
func claim(title string, put func(rune)) {
	s := unmarked(lower(title))
	digit, gap := false, false // what came last, and that something was left out behind it
	for i := 0; i < len(s); {
		at := i
		r, size := utf8.DecodeRuneInString(s[i:])
		i += size
		switch class := classOf(r); {
		case class == digits:
			if digit && gap { // 1 2 is not 12
				put(' ')
			}
			put(r)
			digit, gap = true, false
		case class == word:
			put(r)
			digit, gap = false, false
		case r == '.' && digit && !gap && digitNext(s[i:]):
			put(r)
		case r == ',' && digit && !gap && digitNext(s[i:]): // 1,000 is 1000
		case (r == '-' || r == '−') && digitNext(s[i:]) && !joined(s[:at]): // a sign, no hyphen
			put('-')
			digit, gap = false, false
		default:
			gap = true
		}
	}
}

// lower is a title in lower case and in compatible forms.
func lower(title string) string {
	capital := false
	for _, r := range title {
		switch {
		case r < utf8.RuneSelf:
			capital = capital || 'A' <= r && r <= 'Z'
		case !text.Hangul(r) && !strings.ContainsRune("“”‘’·…", r):
			return strings.ToLower(norm.NFKC.String(title))
		}
	}
	if !capital {
		return title
	}
	b := []byte(title)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// A class is what a character is to a claim.
type class uint8

const (
	void class = iota
	digits
	word // a letter, or a sign that changes a claim
)

func classOf(r rune) class {
	switch {
	case '0' <= r && r <= '9':
		return digits
	case 'a' <= r && r <= 'z', text.Hangul(r):
		return word
	case r < utf8.RuneSelf:
		if strings.IndexByte("?%+$", byte(r)) >= 0 {
			return word
		}
		return void
	case unicode.IsDigit(r):
		return digits
	case unicode.IsLetter(r), unicode.IsMark(r), unicode.IsNumber(r), unicode.Is(unicode.Sc, r), strings.ContainsRune(signs, r):
		return word
	}
	return void
}

func digitNext(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return classOf(r) == digits
}

// signs beyond ASCII change what a title claims, as a question mark does, which
// makes a statement none.
const signs = "↑↓▲▼△▽"

// joined reports whether s ends in a letter or digit.
func joined(s string) bool {
	r, _ := utf8.DecodeLastRuneInString(s)
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}

// urgency are the marks that say nothing about the text below a title.
var urgency = map[string]bool{
	"속보": true, "긴급": true, "단독": true, "포토": true, "사진": true, "화보": true, "영상": true, "동영상": true, "그래픽": true, "1보": true,
	"breaking": true, "breaking news": true, "urgent": true, "alert": true, "flash": true, "just in": true, "exclusive": true,
	"developing": true, "live": true, "watch": true, "video": true, "photo": true, "photos": true, "rpt": true, "repeat": true,
}

// maxUrgency is where the sign behind the longest of urgency has begun, in bytes.
const maxUrgency = 24

// unmarked cuts the marks of urgency and form off the ends of a title in lower
// case, and a count of comments off its end.
func unmarked(s string) string {
	for {
		s = strings.TrimSpace(s)
		rest, ok := headMark(s)
		if !ok {
			rest, ok = tailMark(s)
		}
		if !ok || rest == "" {
			return s
		}
		s = rest
	}
}

// headMark cuts one mark off the start: in brackets, or before ":", "|" or a dash.
func headMark(s string) (string, bool) {
	r, size := utf8.DecodeRuneInString(s)
	if end, ok := brackets[r]; ok {
		inside, rest, closed := strings.Cut(s[size:], end)
		return strings.TrimSpace(rest), closed && urgency[strings.TrimSpace(inside)]
	}
	i := strings.IndexAny(s[:min(len(s), maxUrgency)], ":|-–—")
	if i < 0 || !urgency[strings.TrimSpace(s[:i])] {
		return s, false
	}
	_, size = utf8.DecodeRuneInString(s[i:])
	return strings.TrimSpace(s[i+size:]), true
}

// tailMark cuts one mark in brackets off the end.
func tailMark(s string) (string, bool) {
	last, size := utf8.DecodeLastRuneInString(s)
	open, ok := opening[last]
	if !ok {
		return s, false
	}
	before := s[:len(s)-size]
	i := strings.LastIndex(before, open)
	if i < 0 {
		return s, false
	}
	inside := strings.TrimSpace(before[i+len(open):])
	count := open == "[" && inside != "" && strings.Trim(inside, "0123456789") == ""
	return strings.TrimSpace(before[:i]), urgency[inside] || count
}

var (
	brackets = map[rune]string{'[': "]", '(': ")", '<': ">", '【': "】", '〈': "〉", '《': "》"}
	opening  = map[rune]string{']': "[", ')': "(", '>': "<", '】': "【", '〉': "〈", '》': "《"}
)
