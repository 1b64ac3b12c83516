package feed

import (
	"strconv"
	"strings"
)

// clean removes the characters that XML forbids, as they stand and as numbers.
func clean(s string) string {
	if !forbidden(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c < ' ' && c != '\t' && c != '\n' && c != '\r':
			i++
			continue
		case c == 0xef && (strings.HasPrefix(s[i:], "\uffff") || strings.HasPrefix(s[i:], "\ufffe")):
			i += 3
			continue
		case c == '&':
			if n := badReference(s[i:]); n > 0 {
				i += n
				continue
			}
		}
		b.WriteByte(s[i])
		i++
	}
	return b.String()
}

// forbidden reports whether s holds a character to remove.
func forbidden(s string) bool {
	if control(s) || strings.Contains(s, "\uffff") || strings.Contains(s, "\ufffe") {
		return true
	}
	for {
		i := strings.Index(s, "&#")
		if i < 0 {
			return false
		}
		if badReference(s[i:]) > 0 {
			return true
		}
		s = s[i+2:]
	}
}

// control reports whether s holds a control character but tab and line ends. It
// looks at eight bytes at once: all of a document goes through here.
func control(s string) bool {
	const low, high = 0x2020202020202020, 0x8080808080808080
	i := 0
	for ; i+8 <= len(s); i += 8 {
		x := uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24 |
			uint64(s[i+4])<<32 | uint64(s[i+5])<<40 | uint64(s[i+6])<<48 | uint64(s[i+7])<<56
		if (x-low)&^x&high != 0 && controlIn(s[i:i+8]) {
			return true
		}
	}
	return controlIn(s[i:])
}

func controlIn(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' && c != '\n' && c != '\r' {
			return true
		}
	}
	return false
}

// badReference returns the length of the reference to a forbidden character at
// the start of s, 0 when there is none.
func badReference(s string) int {
	if !strings.HasPrefix(s, "&#") {
		return 0
	}
	digits, _, ok := strings.Cut(s[2:min(len(s), 14)], ";")
	if !ok {
		return 0
	}
	base, num := 10, digits
	if num != "" && (num[0] == 'x' || num[0] == 'X') {
		base, num = 16, num[1:]
	}
	n, err := strconv.ParseUint(num, base, 32)
	if err != nil {
		return 0
	}
	ok = n == '\t' || n == '\n' || n == '\r' || n >= ' ' && n < 0xd800 || n >= 0xe000 && n < 0xfffe || n >= 0x10000 && n <= 0x10ffff
	if ok {
		return 0
	}
	return len("&#;") + len(digits)
}

// escapeStray writes the "<" at the given places as text.
func escapeStray(s string, at []int) string {
	if len(at) == 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 3*len(at))
	from := 0
	for _, i := range at {
		b.WriteString(s[from:i])
		b.WriteString("&lt;")
		from = i + 1
	}
	b.WriteString(s[from:])
	return b.String()
}
