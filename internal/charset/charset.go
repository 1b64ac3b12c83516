// Package charset turns the bytes of a feed or a page into UTF-8.
//
// Declarations are hints, not facts: text that is valid UTF-8 is UTF-8 whatever
// its label says, a label counts only if the bytes agree with it, and text
// without a usable label is tried as the legacy encodings of Korean, Japanese
// and Chinese pages. [Decode] never fails: a caller judges the text by the
// number of characters that had to be replaced.
package charset

import (
	"bytes"
	"encoding/binary"
	"mime"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
)

// A Result is decoded text and how it came about.
type Result struct {
	Text      string // valid UTF-8, without a byte order mark
	Charset   string // the name of the encoding used, such as utf-8 or cp949
	Declared  string // the first label that was declared and is known, else the first one; "" without any
	Replaced  int    // U+FFFD put in for bytes that mean nothing
	Corrected bool   // the declaration was wrong, or none of it was usable
}

// Decode turns b into UTF-8. Labels are tried in the order given; empty and
// unknown ones are passed over. It takes time linear in len(b).
func Decode(b []byte, declared ...string) Result {
	var labels []named
	first := ""
	for _, d := range declared {
		d = strings.ToLower(strings.TrimSpace(d))
		if d == "" {
			continue
		}
		if first == "" {
			first = d
		}
		if n, ok := lookup(d); ok {
			if len(labels) == 0 {
				first = d
			}
			labels = append(labels, n)
		}
	}
	r := decode(b, labels)
	r.Declared = first
	switch {
	case first == "" || isASCII(b):
	case len(labels) == 0:
		r.Corrected = true
	default:
		r.Corrected = !agrees(labels[0].name, r.Charset)
	}
	return r
}

// Param returns the charset parameter of a Content-Type, "" when it has none.
func Param(contentType string) string {
	if _, params, err := mime.ParseMediaType(contentType); err == nil {
		return strings.ToLower(params["charset"])
	}
	lower := strings.ToLower(contentType)
	_, after, ok := strings.Cut(lower, "charset=")
	if !ok {
		return ""
	}
	after = strings.TrimLeft(after, " \t\"'")
	if i := strings.IndexAny(after, " \t\"';,"); i >= 0 {
		after = after[:i]
	}
	return after
}

func decode(b []byte, labels []named) Result {
	if r, ok := byMark(b, labels); ok {
		return r
	}
	if n, ok := wide(b); ok {
		return with(b, n)
	}
	if utf8.Valid(b) {
		if len(labels) > 0 && labels[0].name == "iso-2022-jp" && bytes.IndexByte(b, 0x1b) >= 0 {
			return with(b, labels[0])
		}
		return Result{Text: string(b), Charset: utf8Name}
	}
	if mostlyUTF8(b, labels) {
		return asUTF8(b)
	}
	guess, sure := guessed(b)
	for _, n := range labels {
		if n.name == utf8Name || isWide(n.name) {
			continue
		}
		if sure && guess.name != n.name && implausible(b, n.name) {
			continue
		}
		if r := with(b, n); few(r) {
			return r
		}
	}
	if guess.enc != nil {
		return with(b, guess)
	}
	return asUTF8(b)
}

// byMark decodes text that begins with a byte order mark.
func byMark(b []byte, labels []named) (Result, bool) {
	for _, m := range marks {
		rest, ok := bytes.CutPrefix(b, []byte(m.mark))
		if !ok {
			continue
		}
		if m.named.name != utf8Name {
			return with(rest, m.named), true
		}
		if utf8.Valid(rest) {
			return Result{Text: string(rest), Charset: utf8Name}, true
		}
		// A template saved with a mark may still carry legacy text.
		return decode(rest, append([]named{m.named}, labels...)), true
	}
	return Result{}, false
}

// wide recognises UTF-16 and UTF-32 without a mark, by the zero bytes of the
// ASCII characters that every document begins with.
func wide(b []byte) (named, bool) {
	if len(b) < 4 {
		return named{}, false
	}
	z := [4]bool{b[0] == 0, b[1] == 0, b[2] == 0, b[3] == 0}
	switch z {
	case [4]bool{false, true, true, true}:
		return utf32LE, true
	case [4]bool{true, true, true, false}:
		return utf32BE, true
	case [4]bool{false, true, false, true}:
		return utf16LE, true
	case [4]bool{true, false, true, false}:
		return utf16BE, true
	}
	return named{}, false
}

// mostlyUTF8 reports whether b is UTF-8 with a few damaged bytes. A sequence
// that the end of b cuts does not count as damage.
func mostlyUTF8(b []byte, labels []named) bool {
	good, bad := 0, 0
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(b[i:])
		switch {
		case r != utf8.RuneError || n > 1:
			good++
		case utf8.FullRune(b[i:]):
			bad++
		}
		i += n
	}
	said := len(labels) == 0
	for _, l := range labels {
		said = said || l.name == utf8Name
	}
	return bad*10 <= good || said && (bad <= 2 || bad*2 <= good)
}

func asUTF8(b []byte) Result {
	var s strings.Builder
	s.Grow(len(b) + 16)
	replaced := 0
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 {
			replaced++
			n = damaged(b)
		}
		s.WriteRune(r)
		b = b[n:]
	}
	return Result{Text: s.String(), Charset: utf8Name, Replaced: replaced}
}

// damaged is the number of bytes at the start of b that one replacement
// character stands for: a lead byte takes the continuation bytes that follow it.
func damaged(b []byte) int {
	want := 1
	switch {
	case b[0] >= 0xf0:
		want = 4
	case b[0] >= 0xe0:
		want = 3
	case b[0] >= 0xc0:
		want = 2
	}
	n := 1
	for n < want && n < len(b) && b[n]&0xc0 == 0x80 {
		n++
	}
	return n
}

func with(b []byte, n named) Result {
	if n.name == utf8Name {
		return asUTF8(b)
	}
	out, err := n.enc.NewDecoder().Bytes(b)
	if err != nil {
		return asUTF8(b)
	}
	text := strings.TrimPrefix(string(out), "\ufeff")
	return Result{Text: text, Charset: n.name, Replaced: strings.Count(text, "\ufffd")}
}

// few reports whether the replaced characters are so few that the encoding must
// be right: one, and one more in fifty characters beyond ASCII.
func few(r Result) bool {
	if r.Replaced == 0 {
		return true
	}
	high := 0
	for i := 0; i < len(r.Text); i++ {
		if r.Text[i] >= 0xc0 {
			high++
		}
	}
	return r.Replaced*50 <= high+49
}

// agrees reports whether text declared as one encoding and read as the other
// was declared rightly.
func agrees(declared, used string) bool {
	return declared == used || isWide(declared) && isWide(used)
}

func isASCII(b []byte) bool {
	for len(b) >= 8 {
		if binary.LittleEndian.Uint64(b)&0x8080808080808080 != 0 {
			return false
		}
		b = b[8:]
	}
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// A named is an encoding with the name that results carry.
type named struct {
	name string
	enc  encoding.Encoding
}
