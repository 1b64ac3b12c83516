package feed

import (
	"html"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html/atom"

	"github.com/chipwire/chipwire/news"
)

// Marks that stand for markup until spaces are folded.
const (
	paragraph = '\x1e'
	line      = '\x1f'
)

// plain turns an HTML fragment into text: paragraphs divided by a blank line.
// Entities that were escaped more than once are read to the end.
func plain(s string) string {
	text, tags := strip(cut(s, maxFragment))
	text = html.UnescapeString(text)
	for range 2 {
		if !escaped(text) {
			break
		}
		text = html.UnescapeString(text)
	}
	if !tags && strings.IndexByte(text, '<') >= 0 { // the markup itself was escaped twice
		text, tags = strip(text)
	}
	return fold(text, !tags)
}

// plainLine is plain on one line.
func plainLine(s string) string {
	return strings.Join(strings.Fields(plain(s)), " ")
}

// strip removes tags, comments and scripts; what only looks like a tag stays.
func strip(s string) (text string, tags bool) {
	if strings.IndexByte(s, '<') < 0 {
		return s, false
	}
	var b strings.Builder
	b.Grow(len(s))
	for {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			break
		}
		b.WriteString(s[:i])
		n, mark := tag(s[i:])
		if n == 0 {
			b.WriteByte('<')
			s = s[i+1:]
			continue
		}
		tags = true
		if mark != 0 {
			b.WriteRune(mark)
		}
		s = s[i+n:]
	}
	b.WriteString(s)
	return b.String(), tags
}

const (
	// maxFragment is how much of a fragment is read, in bytes.
	maxFragment = 8 * news.MaxBody
	// maxMarkup is the longest tag, comment or script that is taken for one:
	// the search for its end stays short however often it is in vain.
	maxMarkup = 4 << 10
)

// tag returns the length of the markup at the start of s, 0 when it is none,
// and the mark that takes its place.
func tag(s string) (n int, mark rune) {
	window := s[:min(len(s), maxMarkup)]
	if strings.HasPrefix(s, "<!--") {
		if i := strings.Index(window, "-->"); i >= 0 {
			return i + 3, 0
		}
		return 0, 0
	}
	name := strings.ToLower(tagName(strings.TrimPrefix(window[1:], "/")))
	if name == "" || !element(name) {
		return 0, 0
	}
	if n = tagEnd(window, 0, maxMarkup); n < 0 {
		return 0, 0
	}
	if (name == "script" || name == "style") && s[1] != '/' {
		if i := strings.Index(strings.ToLower(window), "</"+name); i >= n {
			n = i
		}
	}
	switch {
	case name == "br":
		return n, line
	case blocks[name]:
		return n, paragraph
	case name == "td" || name == "th":
		return n, ' '
	}
	return n, 0
}

// element reports whether name is one of HTML, or of a namespace beside it.
func element(name string) bool {
	return atom.Lookup([]byte(name)) != 0 || strings.ContainsAny(name, ":-") && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789:-_") == ""
}

var blocks = map[string]bool{
	"p": true, "div": true, "ul": true, "ol": true, "li": true, "dl": true, "dt": true, "dd": true,
	"h1": true, "h2": true, "h3": true, "h4": true, "h5": true, "h6": true, "blockquote": true, "pre": true,
	"table": true, "tr": true, "section": true, "article": true, "figure": true, "figcaption": true, "hr": true,
	"header": true, "footer": true, "aside": true, "form": true,
}

// escaped reports whether an entity survives in s.
func escaped(s string) bool {
	for {
		i := strings.IndexByte(s, '&')
		if i < 0 {
			return false
		}
		s = s[i+1:]
		name, _, ok := strings.Cut(s[:min(len(s), 10)], ";")
		if ok && len(name) > 1 && strings.Trim(name, "#0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" {
			return true
		}
	}
}

// fold turns marks into line breaks and runs of space into one. With keep,
// blank lines of the text itself divide paragraphs too.
func fold(s string, keep bool) string {
	var b strings.Builder
	b.Grow(len(s))
	space, breaks := false, 0
	for i := 0; i < len(s); {
		n := ordinary(s[i:])
		if n == 0 {
			r, size := utf8.DecodeRuneInString(s[i:])
			switch {
			case r == paragraph:
				breaks += 2
			case r == line, r == '\n' && keep:
				breaks++
			case unicode.IsSpace(r) || r == '\u00a0':
				space = true
			case unicode.IsControl(r) || r == '\u200b' || r == '\ufeff' || r == '\u00ad':
			default:
				n = size
			}
			if n == 0 {
				i += size
				continue
			}
		}
		if b.Len() > 0 {
			switch {
			case breaks > 1:
				b.WriteString("\n\n")
			case breaks == 1 && !keep:
				b.WriteByte('\n')
			case breaks == 1 || space:
				b.WriteByte(' ')
			}
		}
		space, breaks = false, 0
		b.WriteString(s[i : i+n])
		i += n
	}
	return b.String()
}

// ordinary is the number of bytes at the start of s that stay as they are
// whatever they mean: those of ASCII, and of letters whose first byte begins no
// space or mark.
func ordinary(s string) int {
	for i := range len(s) {
		switch c := s[i]; {
		case c <= ' ', c == 0x7f, c == 0xc2, c >= 0xe1 && c <= 0xe3, c == 0xef:
			return i
		}
	}
	return len(s)
}
