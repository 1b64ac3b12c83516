package text

import (
	"html"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A Folded is a text in the form that rules are written for, with the way back
// to the original: NFKC; one kind each of quote, double quote, middle dot, long
// dash and ellipsis; no zero-width and control characters; a run of white space
// as one space, or as one line feed where it holds one.
type Folded struct {
	Text  string
	Lower string // Text with ASCII letters in lower case, byte for byte

	marks []mark // by byte: the way back
	end   int    // length of the original, in runes
}

// A mark says which rune of the original a byte of the folded text comes from.
// Up to the next mark, each rune of the one is a rune of the other; or all comes
// from the same rune, where the mark is fixed.
type mark struct {
	at    int32
	rune  int32
	fixed bool
}

// maxStretch is how many bytes a mark holds for at most, so that the way back
// is short.
const maxStretch = 256

// Original returns where bytes start to end of the folded text lie in the
// original, in runes.
func (f Folded) Original(start, end int) (int, int) {
	start = min(max(start, 0), len(f.Text))
	end = min(max(end, start), len(f.Text))
	return f.original(start), f.original(end)
}

func (f Folded) original(b int) int {
	if b == len(f.Text) {
		return f.end
	}
	i := sort.Search(len(f.marks), func(i int) bool { return int(f.marks[i].at) > b }) - 1
	m := f.marks[i]
	n := int(m.rune)
	if m.fixed {
		return n
	}
	for _, c := range []byte(f.Text[m.at+1 : b+1]) {
		if c&0xC0 != 0x80 {
			n++
		}
	}
	return n
}

// folder builds a Folded.
type folder struct {
	b     []byte
	marks []mark
	next  int32 // the rune that the next byte is expected to come from, or -1
	gap   byte  // ' ' or '\n' that waits for the next character
	gapi  int32
	it    norm.Iter
}

// Fold returns the folded form of s.
func Fold(s string) Folded {
	f := folder{b: make([]byte, 0, len(s)+8), marks: make([]mark, 0, len(s)/maxStretch+16), next: -1}
	n := int32(0)
	for i := 0; i < len(s); {
		if j, k := f.plain(s, i, n); j > i {
			i, n = j, k
			continue
		}
		if c := s[i]; c < utf8.RuneSelf && !combines(s, i+1) {
			if c == '&' {
				if size := f.entity(s[i:], n); size > 0 {
					i, n = i+size, n+int32(size)
					continue
				}
			}
			f.ascii(c, n)
			i, n = i+1, n+1
			continue
		}
		_, size := utf8.DecodeRuneInString(s[i:])
		j, runes := i+size, int32(1)
		for j < len(s) && combines(s, j) {
			_, size = utf8.DecodeRuneInString(s[j:])
			j, runes = j+size, runes+1
		}
		f.rest(s[i:j], n)
		i, n = j, n+runes
	}
	text := string(f.b)
	return Folded{Text: text, Lower: lower(text), marks: f.marks, end: int(n)}
}

// mark notes that the next byte comes from rune n.
func (f *folder) mark(n int32, fixed bool) {
	at := int32(len(f.b))
	if fixed || f.next != n || at-f.marks[len(f.marks)-1].at >= maxStretch {
		f.marks = append(f.marks, mark{at, n, fixed})
	}
	f.next = n + 1
	if fixed {
		f.next = -1
	}
}

// plain takes the longest run of characters at i that folding leaves alone:
// ASCII that is no white space, syllables, ideographs, kana, and single spaces
// between them. It returns where the run ends, in bytes and in characters.
func (f *folder) plain(s string, i int, n int32) (int, int32) {
	start, first := i, n
	for i < len(s) && i-start < maxStretch {
		size := plainAt(s, i)
		if size == 0 || s[i] == ' ' && (i == start || s[i-1] == ' ') || combines(s, i+size) {
			break
		}
		i, n = i+size, n+1
	}
	if i > start && s[i-1] == ' ' { // it may be of a longer gap
		i, n = i-1, n-1
	}
	if i > start {
		f.flush()
		f.mark(first, false)
		f.b = append(f.b, s[start:i]...)
		f.next = n
	}
	return i, n
}

// plainAt returns the size of the character at i, or 0 where folding may change
// it.
func plainAt(s string, i int) int {
	c := s[i]
	switch {
	case c < utf8.RuneSelf:
		if c < ' ' || c == 0x7F || c == '`' || c == '&' {
			return 0
		}
		return 1
	case c < 0xE3 || c > 0xED || i+2 >= len(s) || s[i+1]&0xC0 != 0x80 || s[i+2]&0xC0 != 0x80:
		return 0
	}
	r := rune(c&0xF)<<12 | rune(s[i+1]&0x3F)<<6 | rune(s[i+2]&0x3F)
	if Hangul(r) || plainHan(r) || r >= 0x3041 && r <= 0x3096 || r >= 0x30A1 && r <= 0x30FA || r == 0x30FC {
		return 3
	}
	return 0
}

// combines reports whether a character that joins the one before starts at i.
func combines(s string, i int) bool {
	if i >= len(s) || s[i] < 0xCC {
		return false
	}
	switch s[i] { // the first bytes of the ranges below
	case 0xCC, 0xCD, 0xE1, 0xE3, 0xEF:
	default:
		return false
	}
	r, _ := utf8.DecodeRuneInString(s[i:])
	return r >= 0x300 && r <= 0x36F || r >= 0x1160 && r <= 0x11FF || r >= 0x3099 && r <= 0x309A || r == 0xFF9E || r == 0xFF9F
}

// plainHan holds for ideographs that NFKC leaves alone.
func plainHan(r rune) bool { return r >= 0x4E00 && r <= 0x9FFF }

// ascii takes one ASCII character.
func (f *folder) ascii(c byte, n int32) {
	switch {
	case c == '\n':
		f.space('\n', n)
	case c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f':
		f.space(' ', n)
	case c < ' ' || c == 0x7F:
	case c == '`':
		f.put("'", n)
	default:
		f.flush()
		f.mark(n, false)
		f.b = append(f.b, c)
	}
}

// maxEntity is the longest entity of HTML that Fold reads, in bytes.
const maxEntity = 10

// entity takes an entity of HTML that a page was careless to leave in its text
// (&quot;, &#8203;), at character n, and returns its length, or 0 where none
// starts.
func (f *folder) entity(s string, n int32) int {
	if s[0] != '&' || len(s) < 4 {
		return 0
	}
	end := strings.IndexByte(s[:min(len(s), maxEntity)], ';')
	if end < 3 {
		return 0
	}
	for _, c := range []byte(s[1:end]) {
		if c != '#' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			return 0
		}
	}
	out := html.UnescapeString(s[:end+1])
	if out == s[:end+1] {
		return 0
	}
	if out == "&" || len(out) == 1 {
		f.ascii(out[0], n)
	} else {
		f.rest(out, n)
	}
	return end + 1
}

// rest takes a character that may need work, with what combines with it.
func (f *folder) rest(s string, n int32) {
	r, size := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && size <= 1 {
		f.put("\uFFFD", n)
		return
	}
	if size == len(s) {
		switch r {
		case '“', '”', '„', '‟', '«', '»', '〝', '〞', '＂', '「', '」', '『', '』', '《', '》':
			f.put(`"`, n)
			return
		case '‘', '’', '‚', '‛', '′', '＇', '´', '〈', '〉':
			f.put("'", n)
			return
		case '·', '・', '･', '‧', '∙', '⋅', 'ㆍ', '•', '᛫':
			f.put("·", n)
			return
		case '–', '—', '―', '─', '━':
			f.put("—", n)
			return
		case '‐', '‑', '−', '－':
			f.put("-", n)
			return
		case '…', '⋯', '‥', '︙':
			f.put("…", n)
			return
		case 0x2028, 0x2029, 0x85:
			f.space('\n', n)
			return
		}
		if unicode.IsSpace(r) {
			f.space(' ', n)
			return
		}
		if unicode.Is(unicode.Cf, r) || unicode.IsControl(r) || r == 0xFE0F {
			return
		}
	}
	if norm.NFKC.IsNormalString(s) {
		f.put(s, n)
		return
	}
	f.it.InitString(norm.NFKC, s)
	for !f.it.Done() {
		for _, c := range string(f.it.Next()) {
			if c == ' ' {
				f.space(' ', n)
			} else {
				f.put(string(c), n)
			}
		}
	}
}

// space notes a gap; a line feed outweighs a space.
func (f *folder) space(c byte, n int32) {
	if f.gap == 0 {
		f.gapi = n
	}
	if f.gap != '\n' {
		f.gap = c
	}
}

func (f *folder) flush() {
	if f.gap != 0 && len(f.b) > 0 {
		f.mark(f.gapi, false)
		f.b = append(f.b, f.gap)
	}
	f.gap = 0
}

func (f *folder) put(s string, n int32) {
	f.flush()
	_, size := utf8.DecodeRuneInString(s)
	f.mark(n, size != len(s))
	f.b = append(f.b, s...)
}

// lower returns s with ASCII letters in lower case.
func lower(s string) string {
	for i := 0; i < len(s); i++ {
		if 'A' <= s[i] && s[i] <= 'Z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				if 'A' <= b[i] && b[i] <= 'Z' {
					b[i] += 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}

// Cut returns the start of s, at most n bytes, cut at a rune.
func Cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for i := n; i >= 0 && i > n-utf8.UTFMax; i-- {
		if utf8.RuneStart(s[i]) {
			return s[:i]
		}
	}
	return s[:n]
}
