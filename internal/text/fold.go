package text

import (
	"html"
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
	Lower string  // Text with ASCII letters in lower case, byte for byte
	runes []int32 // index in the original, in runes, of each byte; one more for the end
}

// Original returns where bytes start to end of the folded text lie in the
// original, in runes.
func (f Folded) Original(start, end int) (int, int) {
	start = min(max(start, 0), len(f.Text))
	end = min(max(end, start), len(f.Text))
	return int(f.runes[start]), int(f.runes[end])
}

// folder builds a Folded.
type folder struct {
	b    []byte
	at   []int32
	gap  byte // ' ' or '\n' that waits for the next character
	gapi int32
	it   norm.Iter
}

// Fold returns the folded form of s.
func Fold(s string) Folded {
	f := folder{b: make([]byte, 0, len(s)+8), at: make([]int32, 0, len(s)+8)}
	n := int32(0)
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf && !combines(s, i+1) {
			if size := f.entity(s[i:], n); size > 0 {
				i, n = i+size, n+int32(size)
				continue
			}
			f.ascii(c, n)
			i, n = i+1, n+1
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if (Hangul(r) || plainHan(r)) && !combines(s, i+size) {
			f.put(s[i:i+size], n)
			i, n = i+size, n+1
			continue
		}
		j, runes := i+size, int32(1)
		for j < len(s) && combines(s, j) {
			_, size = utf8.DecodeRuneInString(s[j:])
			j, runes = j+size, runes+1
		}
		f.rest(s[i:j], n)
		i, n = j, n+runes
	}
	f.at = append(f.at, n)
	text := string(f.b)
	return Folded{Text: text, Lower: lower(text), runes: f.at}
}

// combines reports whether a character that joins the one before starts at i.
func combines(s string, i int) bool {
	if i >= len(s) || s[i] < 0xCC {
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
		f.b = append(f.b, c)
		f.at = append(f.at, n)
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
		f.b = append(f.b, f.gap)
		f.at = append(f.at, f.gapi)
	}
	f.gap = 0
}

func (f *folder) put(s string, n int32) {
	f.flush()
	f.b = append(f.b, s...)
	for range len(s) {
		f.at = append(f.at, n)
	}
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
