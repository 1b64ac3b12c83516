package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// A pageLine is a page as a line of JSON.
type pageLine struct {
	ID     json.RawMessage `json:"id"`
	URL    string          `json:"url"`
	HTML   string          `json:"html"`
	Base64 []byte          `json:"html_base64"`
}

// decodePage reads a line, by the short way where it serves: [json.Unmarshal]
// reads a page twice and costs half of what parsing it does.
func decodePage(line []byte, p *pageLine) *lineFault {
	if quickPage(line, p) {
		return nil
	}
	*p = pageLine{}
	return decodeLine(line, p)
}

// quickPage reads a line whose values are plain strings, as most are. That it
// reports false for anything else is not to say that it is wrong.
func quickPage(line []byte, p *pageLine) bool {
	rest, ok := bytes.CutPrefix(bytes.TrimSpace(line), []byte("{"))
	for ok {
		key, n := quickString(rest)
		if n == 0 || !bytes.HasPrefix(rest[n:], []byte(":")) {
			return false
		}
		rest = rest[n+1:]
		value, n := quickString(rest)
		if n == 0 || !utf8.ValidString(value) {
			return false
		}
		switch key {
		case "id":
			p.ID = bytes.Clone(rest[:n])
		case "url":
			p.URL = value
		case "html":
			p.HTML = value
		default:
			return false
		}
		if rest = rest[n:]; string(rest) == "}" {
			return true
		}
		rest, ok = bytes.CutPrefix(rest, []byte(","))
	}
	return false
}

// quickEscapes are the escapes of one letter.
var quickEscapes = [256]byte{'n': '\n', 't': '\t', 'r': '\r', '"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f'}

// quickString reads the string that b begins with, and says how long it is as it
// is written; 0 when it is none or hard to read.
func quickString(b []byte) (string, int) {
	if len(b) == 0 || b[0] != '"' {
		return "", 0
	}
	var out strings.Builder
	from := 1
	for i := 1; i < len(b); i++ {
		switch c := b[i]; {
		case c == '"':
			out.Write(b[from:i])
			return out.String(), i + 1
		case c < ' ':
			return "", 0
		case c == '\\':
			if i+1 == len(b) {
				return "", 0
			}
			if from == 1 {
				out.Grow(len(b))
			}
			out.Write(b[from:i])
			i++
			if e := quickEscapes[b[i]]; e != 0 {
				out.WriteByte(e)
			} else if r, ok := quickUnicode(b[i:]); ok {
				out.WriteRune(r)
				i += 4
			} else {
				return "", 0
			}
			from = i + 1
		}
	}
	return "", 0
}

// quickUnicode reads u and four hexadecimal digits, of a rune that needs no second.
func quickUnicode(b []byte) (rune, bool) {
	if len(b) < 5 || b[0] != 'u' {
		return 0, false
	}
	var v [2]byte
	if _, err := hex.Decode(v[:], b[1:5]); err != nil {
		return 0, false
	}
	r := rune(v[0])<<8 | rune(v[1])
	return r, utf8.ValidRune(r)
}
