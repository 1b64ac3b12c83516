package extract

import "strings"

// strip takes out of a page what is half of the bytes of many and none of their
// text: comments, styles, drawings, and the code of scripts. What holds data stays.
// It takes one pass.
func strip(text string) string {
	var b strings.Builder
	from, drawings := 0, true
	drop := func(start, end int) {
		if b.Cap() == 0 {
			b.Grow(len(text))
		}
		b.WriteString(text[from:start])
		from = end
	}
	for i := 0; i < len(text); {
		j := strings.IndexByte(text[i:], '<')
		if j < 0 {
			break
		}
		at := i + j
		i = at + 1
		switch {
		case strings.HasPrefix(text[i:], "!--"):
			end := strings.Index(text[i:], "-->")
			if end < 0 {
				i = len(text)
				continue
			}
			i += end + len("-->")
			drop(at, i)
		case opens(text[i:], "style"):
			if _, end := element(text, i, "style"); end > 0 {
				drop(at, end)
				i = end
			} else {
				i = len(text)
			}
		case drawings && opens(text[i:], "svg"):
			if inside, end := element(text, i, "svg"); end > 0 && !strings.Contains(text[inside:end], "<svg") {
				drop(at, end)
				i = end
			} else {
				drawings = end > 0
			}
		case opens(text[i:], "script"):
			inside, end := element(text, i, "script")
			if end < 0 {
				i = len(text)
				continue
			}
			i = end
			close := strings.LastIndex(text[inside:end], "</") + inside
			if !holdsData(text[at:inside], text[inside:close]) {
				drop(inside, close)
			}
		case opens(text[i:], "title"), opens(text[i:], "textarea"):
			name := "title"
			if opens(text[i:], "textarea") {
				name = "textarea"
			}
			if _, end := element(text, i, name); end > 0 {
				i = end
			}
		}
	}
	if from == 0 {
		return text
	}
	b.WriteString(text[from:])
	return b.String()
}

// opens reports whether a tag has a name.
func opens(s, name string) bool {
	return len(s) > len(name) && strings.EqualFold(s[:len(name)], name) && strings.IndexByte(" \t\r\n\f/>", s[len(name)]) >= 0
}

// element is where the content of the element begins whose name stands at i, and
// where the tag that closes it ends; -1 when nothing does.
func element(text string, i int, name string) (inside, end int) {
	inside = i
	quote := byte(0)
	for ; inside < len(text) && (quote != 0 || text[inside] != '>'); inside++ {
		switch c := text[inside]; {
		case quote == c:
			quote = 0
		case quote == 0 && (c == '"' || c == '\'') && text[inside-1] == '=':
			quote = c
		}
	}
	if inside++; inside >= len(text) {
		return 0, -1
	}
	for at := inside; ; {
		j := strings.Index(text[at:], "</")
		if j < 0 {
			return 0, -1
		}
		at += j + 2
		if opens(text[at:], name) {
			if close := strings.IndexByte(text[at:], '>'); close >= 0 {
				return inside, at + close + 1
			}
			return 0, -1
		}
	}
}

// smallScript is the length up to which a script stays, in bytes: it costs little,
// and may name a date.
const smallScript = 2 << 10

// holdsData reports whether a script may hold an article, or what describes it. One
// that writes scripts is left as it is, for the parser to find its end.
func holdsData(tag, code string) bool {
	return len(code) <= smallScript || strings.Contains(tag, "json") || hasAny(tag, stateSigns) || hasAny(code[:min(len(code), stateHead)], stateSigns) ||
		strings.Contains(code, fusionState) || strings.Contains(code, "<!--")
}
