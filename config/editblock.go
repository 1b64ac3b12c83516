package config

import (
	"regexp"
	"strings"

	"github.com/chipwire/chipwire/fetcher"
)

// addKey adds the list at the end of a file that has none.
func (e *edit) addKey(feeds []fetcher.Source) error {
	indent := ""
	if len(e.pairs) > 0 {
		indent = strings.Repeat(" ", e.pairs[0].Key.GetToken().Position.Column-1)
	}
	return e.insertLines(e.end(), indent+"feeds:"+e.eol+e.block(indent+"  ", feeds, false))
}

// addToBlock adds behind the last entry, written as that one is.
func (e *edit) addToBlock(feeds []fetcher.Source) error {
	last := len(e.list.Entries) - 1
	if last < 0 {
		return ErrShape
	}
	indent := strings.Repeat(" ", e.list.Entries[last].Start.Position.Column-1)
	return e.insertLines(e.entryEnd(last)+1, e.block(indent, feeds, isFlow(e.list.Values[last])))
}

var nullValue = regexp.MustCompile(`^(:)(?:[ \t]+(?:~|null|Null|NULL))?([ \t]*|[ \t]+#.*)$`)

// addToNull adds behind "feeds:" with nothing, or null, behind it.
func (e *edit) addToNull(feeds []fetcher.Source) error {
	key := e.pairs[e.at].Key.GetToken().Position
	line := e.line(key.Line)
	at := strings.IndexByte(line, ':')
	if at < 0 || !nullValue.MatchString(line[at:]) {
		return ErrShape
	}
	indent := strings.Repeat(" ", key.Column+1)
	if err := e.insertLines(key.Line+1, e.block(indent, feeds, false)); err != nil {
		return err
	}
	from := e.lines[key.Line-1] + at
	return e.cut(from, from+len(line)-at, nullValue.ReplaceAllString(line[at:], "$1$2"))
}

var emptyList = regexp.MustCompile(`^\[[ \t]*\]([ \t]*|[ \t]+#.*)$`)

// addToEmpty makes a block of "feeds: []"; an empty list over several lines
// stays in its brackets.
func (e *edit) addToEmpty(feeds []fetcher.Source) error {
	from := e.offset(e.list.Start.Position)
	key := e.pairs[e.at].Key.GetToken().Position
	rest := strings.TrimRight(e.text[from:e.lines[e.list.Start.Position.Line]], "\r\n")
	if key.Line != e.list.Start.Position.Line || !emptyList.MatchString(rest) {
		return e.addFlow(e.list.End, flowFeeds(feeds))
	}
	if err := e.insertLines(key.Line+1, e.block(strings.Repeat(" ", key.Column+1), feeds, false)); err != nil {
		return err
	}
	tail := emptyList.ReplaceAllString(rest, "$1")
	to := from + len(rest)
	for from > 0 && e.text[from-1] == ' ' {
		from--
	}
	return e.cut(from, to, tail)
}

// entryEnd is the last line of an entry of a block: what follows it up to the
// next one or the next key is space, or comments that are not indented deeper
// than its dash.
func (e *edit) entryEnd(i int) int {
	start := e.list.Entries[i].Start.Position
	next := e.end()
	if i+1 < len(e.list.Entries) {
		next = e.list.Entries[i+1].Start.Position.Line
	} else if e.at+1 < len(e.pairs) {
		next = e.pairs[e.at+1].Key.GetToken().Position.Line
	}
	for n := next - 1; n > start.Line; n-- {
		l := e.line(n)
		content := strings.TrimLeft(l, " \t")
		if content != "" && (content[0] != '#' || len(l)-len(content) >= start.Column) {
			return n
		}
	}
	return start.Line
}

// commentedEntry is an entry that somebody has switched off, or a list of them.
var commentedEntry = regexp.MustCompile(`^#\s*-\s`)

// removeFromBlock takes out the lines of an entry, and of the comment directly
// above it.
func (e *edit) removeFromBlock(i int) error {
	start := e.list.Entries[i].Start.Position
	if strings.TrimLeft(e.line(start.Line)[:min(start.Column-1, len(e.line(start.Line)))], " ") != "" {
		return ErrShape
	}
	first := start.Line
	for first > 1 {
		l := e.line(first - 1)
		content := strings.TrimLeft(l, " ")
		if !strings.HasPrefix(content, "#") || len(l)-len(content) != start.Column-1 || commentedEntry.MatchString(content) {
			break
		}
		first--
	}
	return e.cut(e.lines[first-1], e.lines[e.entryEnd(i)], "")
}
