package extract

import (
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// stateSigns mark the scripts in which applications keep what they show: Next,
// Nuxt, Gatsby, Arc Fusion, Apollo, and stores that are named alike.
var stateSigns = []string{
	"__NEXT_DATA__", "__next_f", "__NUXT", "___gatsby", "pageContext", "Fusion.globalContent", "__APOLLO_STATE__",
	"__INITIAL_STATE__", "__PRELOADED_STATE__", "__INITIAL_DATA__", "__STATE__", "__data", "application/json",
}

// stateKeys are the names under which paragraphs or whole bodies lie in a state.
var stateKeys = set(
	"body", "content", "contents", "articlebody", "article_body", "paragraph", "paragraphs", "html", "text", "value", "children",
	"bodyhtml", "body_html", "contenthtml", "content_html", "articlecontent", "rendered", "newscontent", "news_content", "bodytext", "body_text", "contenttext",
)

const (
	maxState  = 3 << 20 // bytes of scripts that are read for state
	stateHead = 2000    // bytes of a script in which a sign of state is looked for

	fusionState = "Fusion.globalContent=" // may stand anywhere in its script

	runGap = 4000 // bytes between two strings of one body
)

// A stateText is a string of a state and where it stands.
type stateText struct {
	at    int
	text  string
	prose int // weight, if it reads as prose
}

// stateBody returns the paragraphs of the longest run of prose in the state of
// the page's scripts.
func stateBody(scripts []*html.Node) []para {
	byKey := map[string][]stateText{}
	left := maxState
	var flight strings.Builder
	for _, s := range scripts {
		text := scriptText(s)
		if len(text) < leastFound || len(text) > left || !isState(s, text) {
			continue
		}
		left -= len(text)
		if strings.Contains(text[:min(len(text), 200)], "__next_f") {
			eachString(text, func(_ int, _, value string) { flight.WriteString(value) })
			continue
		}
		collectState(byKey, text)
	}
	if flight.Len() > 0 {
		collectState(byKey, flight.String())
	}
	return longestRun(byKey)
}

func scriptText(n *html.Node) string {
	if n.FirstChild == nil {
		return ""
	}
	return n.FirstChild.Data
}

func isState(n *html.Node, text string) bool {
	for _, a := range n.Attr {
		if a.Key == "id" && hasAny(a.Val, stateSigns) || a.Key == "type" && a.Val == "application/json" {
			return true
		}
	}
	return hasAny(text[:min(len(text), stateHead)], stateSigns) || strings.Contains(text, fusionState)
}

// collectState adds the strings of a state by their keys.
func collectState(byKey map[string][]stateText, text string) {
	eachString(text, func(at int, key, value string) {
		key = strings.ToLower(key)
		if !stateKeys[key] || len(value) < 20 || strings.HasPrefix(value, "http") || strings.HasPrefix(value, "$") {
			return
		}
		t := stateText{at: at, text: value}
		if w := weigh(value); w >= leastParagraph && sentences(value, 1) > 0 && !strings.HasPrefix(value, "{") {
			t.prose = w
		}
		byKey[key] = append(byKey[key], t)
	})
}

// longestRun is the run of strings under one key that holds the most prose.
func longestRun(byKey map[string][]stateText) []para {
	keys := make([]string, 0, len(byKey))
	for k := range byKey {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	var best []stateText
	most := 0
	for _, k := range keys {
		list := byKey[k]
		for i := 0; i < len(list); {
			j, sum, end := i, 0, list[i].at
			for ; j < len(list) && list[j].at-end < runGap; j++ {
				sum += list[j].prose
				end = list[j].at + len(list[j].text)
			}
			if sum > most {
				most, best = sum, list[i:j]
			}
			i = j
		}
	}
	return statePara(best)
}

// statePara makes paragraphs of a run; what is markup is read as such.
func statePara(run []stateText) []para {
	var out []para
	seen := map[string]bool{}
	for _, s := range run {
		if seen[s.text] {
			continue
		}
		seen[s.text] = true
		for text := range strings.SplitSeq(linkedBody(s.text), "\n\n") {
			if text = strings.TrimSpace(text); text != "" {
				out = append(out, para{text: text, weight: weigh(text)})
			}
		}
	}
	return out
}

// eachString calls f for each string of a script that is JSON or holds it, with
// the key before it, "" for those without. A string in a list has the key of the list.
// What lies under a key that names furniture is passed over, and so are objects whose
// type does.
func eachString(s string, f func(at int, key, value string)) {
	key, other := "", false
	var around []bool // of each open object and list: whether it is no part of a story
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '{' || c == '[':
			around = append(around, other)
			other = other || key != "" && judge(key) != content
			continue
		case c == '}' || c == ']':
			if n := len(around) - 1; n >= 0 {
				other, around = around[n], around[:n]
			}
			if c == '}' {
				key = ""
			}
			continue
		case c == ':' && i > 0 && nameByte(s[i-1]):
			key = nameBefore(s, i) // of an object that is not written as JSON
			continue
		case c != '"':
			continue
		}
		end := stringEnd(s, i)
		if end < 0 {
			return
		}
		raw, at := s[i+1:end], i
		i = end
		next := end + 1
		for next < len(s) && (s[next] == ' ' || s[next] == '\n') {
			next++
		}
		switch {
		case next < len(s) && s[next] == ':':
			key = raw
		case other || judge(key) != content:
		case (key == "type" || key == "_type") && foreignType(raw):
			other = true // up to the end of the object
		default:
			f(at, key, unescape(raw))
		}
	}
}

// stringEnd is the place of the quotation mark that ends the string at i, -1 for none.
func stringEnd(s string, i int) int {
	for i++; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}

// foreignType reports whether the type of an element of a body says that it is no text.
func foreignType(s string) bool {
	s = strings.ToLower(s)
	return strings.HasSuffix(s, "link") || judge(s) != content
}

func nameByte(c byte) bool { return letter(c) || c == '_' || '0' <= c && c <= '9' }

// nameBefore is the name that ends before i.
func nameBefore(s string, i int) string {
	from := i
	for from > 0 && nameByte(s[from-1]) {
		from--
	}
	return s[from:i]
}

// unescape undoes the escapes of a JSON string.
func unescape(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch s[i] {
		case 'n':
			b.WriteByte('\n')
		case 'r', 't', 'b', 'f':
			b.WriteByte(' ')
		case 'u':
			r, n := hexRune(s[i+1:])
			if r >= 0xd800 && r < 0xdc00 && strings.HasPrefix(s[i+1+n:], `\u`) {
				low, m := hexRune(s[i+1+n+2:])
				r, n = 0x10000+(r-0xd800)<<10+(low-0xdc00), n+2+m
			}
			if !utf8.ValidRune(r) {
				r = utf8.RuneError
			}
			b.WriteRune(r)
			i += n
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// hexRune reads four hexadecimal digits.
func hexRune(s string) (r rune, n int) {
	for n < 4 && n < len(s) {
		c := s[n] | 0x20
		switch {
		case '0' <= s[n] && s[n] <= '9':
			r = r<<4 + rune(s[n]-'0')
		case 'a' <= c && c <= 'f':
			r = r<<4 + rune(c-'a'+10)
		default:
			return r, n
		}
		n++
	}
	return r, n
}
