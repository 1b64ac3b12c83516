package config

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/chipwire/chipwire/fetcher"
	"github.com/chipwire/chipwire/fetcher/extract"
	"github.com/chipwire/chipwire/internal/urls"
)

// Errors of an edit. The text is then left as it was.
var (
	ErrFeedThere = errors.New("the feed is there already")
	ErrNoFeed    = errors.New("no such feed")
	ErrShape     = errors.New("the file is written in a way that cannot be edited safely: edit it by hand")
)

// FindFeed returns the place of the feed that name means, its id or its address,
// or -1. Addresses are compared in the form of [urls.Canonical].
func FindFeed(feeds []fetcher.Source, name string) int {
	if i := slices.IndexFunc(feeds, func(s fetcher.Source) bool { return s.Feed(0).ID == name }); i >= 0 {
		return i
	}
	page, err := urls.Canonical(name)
	return slices.IndexFunc(feeds, func(s fetcher.Source) bool {
		if s.URL == name {
			return true
		}
		other, otherErr := urls.Canonical(s.URL)
		return err == nil && otherErr == nil && other == page
	})
}

// AddFeeds returns the text of a configuration with feeds at the end of its
// list. Every other byte stays, and so does the meaning of the rest. The error
// is [Faults] where the text is no configuration, before or after, and wraps
// [ErrFeedThere] or [ErrShape] otherwise.
func AddFeeds(name string, data []byte, feeds ...fetcher.Source) ([]byte, error) {
	e, cfg, err := newEdit(name, data)
	if err != nil {
		return nil, err
	}
	want := slices.Clone(cfg.Feeds)
	known := map[string]bool{}
	for _, s := range want {
		known[s.Feed(0).ID], known[sameAddress(s.URL)] = true, true
	}
	for _, s := range feeds {
		if known[s.Feed(0).ID] || known[sameAddress(s.URL)] {
			return nil, fmt.Errorf("%w: %s", ErrFeedThere, s.URL)
		}
		known[s.Feed(0).ID], known[sameAddress(s.URL)] = true, true
		want = append(want, s)
	}
	if len(feeds) == 0 {
		return data, nil
	}
	if err := e.add(feeds); err != nil {
		return nil, err
	}
	return e.checked(name, cfg, want)
}

func sameAddress(raw string) string {
	if c, err := urls.Canonical(raw); err == nil {
		return c
	}
	return raw
}

// RemoveFeed returns the text of a configuration without the feed that key
// means, its id or its address, and without the comment lines directly above it.
// Every other byte stays. Its errors are those of [AddFeeds], with [ErrNoFeed].
func RemoveFeed(name string, data []byte, key string) ([]byte, fetcher.Source, error) {
	e, cfg, err := newEdit(name, data)
	if err != nil {
		return nil, fetcher.Source{}, err
	}
	i := FindFeed(cfg.Feeds, key)
	if i < 0 {
		return nil, fetcher.Source{}, fmt.Errorf("%w: %s", ErrNoFeed, key)
	}
	if err := e.remove(i); err != nil {
		return nil, fetcher.Source{}, err
	}
	out, err := e.checked(name, cfg, slices.Delete(slices.Clone(cfg.Feeds), i, i+1))
	return out, cfg.Feeds[i], err
}

// An edit is a text and where its feeds stand.
type edit struct {
	text  string
	lines []int // offset of each line, and of the end
	eol   string
	root  ast.Node                // nil in an empty document
	pairs []*ast.MappingValueNode // of the root
	at    int                     // of the key among pairs, -1 when it is not there
	list  *ast.SequenceNode       // nil when there is none
}

func newEdit(name string, data []byte) (*edit, Config, error) {
	cfg, err := Parse(name, data)
	if err != nil {
		return nil, cfg, err
	}
	e := &edit{text: string(data), eol: "\n", at: -1}
	if strings.Contains(e.text, "\r\n") {
		e.eol = "\r\n"
	}
	if strings.Count(e.text, "\r") != strings.Count(e.text, "\r\n") || strings.LastIndex(e.text, "\ufeff") > 0 {
		return nil, cfg, ErrShape
	}
	plain := strings.TrimPrefix(e.text, "\ufeff")
	e.lines = []int{len(e.text) - len(plain)}
	for i := range len(e.text) {
		if e.text[i] == '\n' {
			e.lines = append(e.lines, i+1)
		}
	}
	if last := e.lines[len(e.lines)-1]; last < len(e.text) {
		e.lines = append(e.lines, len(e.text))
	}
	file, err := parser.ParseBytes([]byte(plain), 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, cfg, ErrShape
	}
	return e, cfg, e.find(file)
}

// find looks for the list of feeds.
func (e *edit) find(file *ast.File) error {
	d := newDecoding("")
	for _, doc := range file.Docs {
		if _, directive := doc.Body.(*ast.DirectiveNode); !directive && doc.Body != nil {
			e.root = d.plain(doc.Body)
		}
	}
	if _, null := e.root.(*ast.NullNode); null {
		return ErrShape
	}
	e.pairs, _ = entries(e.root)
	e.at = slices.IndexFunc(e.pairs, func(p *ast.MappingValueNode) bool { return d.key(p) == "feeds" })
	if e.at < 0 {
		return nil
	}
	value := e.pairs[e.at].Value
	if _, alias := value.(*ast.AliasNode); alias {
		return ErrShape
	}
	e.list, _ = d.plain(value).(*ast.SequenceNode)
	return nil
}

// checked returns the edited text if it means what was meant.
func (e *edit) checked(name string, before Config, want []fetcher.Source) ([]byte, error) {
	after, err := Parse(name, []byte(e.text))
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrShape, err)
	}
	if len(after.Feeds) != len(want) || len(want) > 0 && !reflect.DeepEqual(after.Feeds, want) {
		return nil, ErrShape
	}
	before.Feeds, after.Feeds = nil, nil
	if !reflect.DeepEqual(before, after) {
		return nil, ErrShape
	}
	return []byte(e.text), nil
}

// offset is where a token begins.
func (e *edit) offset(p *token.Position) int {
	if p.Line < 1 || p.Line >= len(e.lines) {
		return len(e.text)
	}
	at := e.lines[p.Line-1]
	for range p.Column - 1 {
		_, n := utf8.DecodeRuneInString(e.text[at:])
		at += n
	}
	return at
}

// line is the text of a line, counted from 1, without its end.
func (e *edit) line(n int) string {
	return strings.TrimRight(e.text[e.lines[n-1]:e.lines[n]], "\r\n")
}

// cut replaces the bytes from..to.
func (e *edit) cut(from, to int, with string) error {
	if from < 0 || from > to || to > len(e.text) {
		return ErrShape
	}
	e.text = e.text[:from] + with + e.text[to:]
	return nil
}

// insertLines puts whole lines before a line, counted from 1.
func (e *edit) insertLines(n int, block string) error {
	at := e.lines[min(n, len(e.lines))-1]
	if at > e.lines[0] && e.text[at-1] != '\n' { // the last line has no end, and keeps none
		block = e.eol + strings.TrimSuffix(block, e.eol)
	}
	return e.cut(at, at, block)
}

func isFlow(node ast.Node) bool {
	m, ok := node.(*ast.MappingNode)
	return ok && m.IsFlowStyle
}

func (e *edit) add(feeds []fetcher.Source) error {
	switch {
	case e.list == nil && isFlow(e.root):
		if e.at >= 0 {
			return ErrShape
		}
		return e.addFlow(e.root.(*ast.MappingNode).End, "feeds: ["+flowFeeds(feeds)+"]")
	case e.list == nil && e.at < 0:
		indent := ""
		if len(e.pairs) > 0 {
			indent = strings.Repeat(" ", e.pairs[0].Key.GetToken().Position.Column-1)
		}
		return e.insertLines(e.end(), indent+"feeds:"+e.eol+e.block(indent+"  ", feeds, false))
	case e.list == nil:
		return e.addToNull(feeds)
	case e.list.IsFlowStyle && len(e.list.Values) == 0 && !isFlow(e.root):
		return e.addToEmpty(feeds)
	case e.list.IsFlowStyle:
		return e.addFlow(e.list.End, flowFeeds(feeds))
	}
	last := len(e.list.Entries) - 1
	if last < 0 {
		return ErrShape
	}
	indent := strings.Repeat(" ", e.list.Entries[last].Start.Position.Column-1)
	return e.insertLines(e.entryEnd(last)+1, e.block(indent, feeds, isFlow(e.list.Values[last])))
}

// end is the line at which the document is over: behind the last, or the one
// that says so.
func (e *edit) end() int {
	for n := len(e.lines) - 1; n >= 1; n-- {
		if l := e.line(n); l == "..." || strings.HasPrefix(l, "... ") {
			return n
		}
	}
	return len(e.lines)
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

// addFlow adds inside brackets, before the one that ends them.
func (e *edit) addFlow(end *token.Token, what string) error {
	tokens := e.tokens()
	i := e.indexAt(tokens, end)
	if i < 1 {
		return ErrShape
	}
	p := i - 1
	to := e.offset(tokens[i].Position)
	if strings.TrimSpace(e.text[e.lines[tokens[i].Position.Line-1]:to]) == "" && tokens[p].Position.Line < tokens[i].Position.Line {
		// The bracket has a line of its own, and so has what comes before it.
		line := tokens[p].Position.Line
		indent := e.line(line)
		indent = indent[:len(indent)-len(strings.TrimLeft(indent, " "))]
		if line == end.Position.Line || strings.ContainsAny(tokens[p].Value, "[{") {
			indent += "  "
		}
		if err := e.insertLines(tokens[i].Position.Line, indent+what+e.eol); err != nil {
			return err
		}
	} else {
		switch tokens[p].Type {
		case token.SequenceStartType, token.MappingStartType:
		case token.CollectEntryType:
			if e.text[to-1] == ',' {
				what = " " + what
			}
		default:
			to = len(strings.TrimRight(e.text[:to], " \t"))
			what = ", " + what
		}
		return e.cut(to, to, what)
	}
	switch tokens[p].Type {
	case token.SequenceStartType, token.MappingStartType, token.CollectEntryType:
		return nil
	}
	at := e.endOf(tokens[p])
	return e.cut(at, at, ",")
}

// endOf is where the last token of a value ends.
func (e *edit) endOf(t *token.Token) int {
	at := e.offset(t.Position)
	switch t.Type {
	case token.MappingEndType, token.SequenceEndType:
		return at + 1
	}
	return -1
}

func (e *edit) tokens() token.Tokens {
	tokens := lexer.Tokenize(e.text[e.lines[0]:])
	return slices.DeleteFunc(tokens, func(t *token.Token) bool { return t.Type == token.CommentType })
}

func (e *edit) indexAt(tokens token.Tokens, t *token.Token) int {
	if t == nil {
		return -1
	}
	return slices.IndexFunc(tokens, func(o *token.Token) bool {
		return o.Position.Line == t.Position.Line && o.Position.Column == t.Position.Column
	})
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

func (e *edit) remove(i int) error {
	if e.list.IsFlowStyle {
		return e.removeFlow(i)
	}
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

func (e *edit) removeFlow(i int) error {
	m, ok := e.list.Values[i].(*ast.MappingNode)
	if !ok || !m.IsFlowStyle {
		return ErrShape
	}
	tokens := e.tokens()
	from, to := e.indexAt(tokens, m.Start), e.indexAt(tokens, m.End)
	if from < 1 || to < from || to+1 >= len(tokens) {
		return ErrShape
	}
	start, end := e.offset(tokens[from].Position), e.offset(tokens[to].Position)+1
	comma := -1
	if tokens[to+1].Type == token.CollectEntryType {
		end = e.offset(tokens[to+1].Position) + 1
		if next := tokens[to+2]; next.Position.Line == tokens[to+1].Position.Line && next.Type != token.SequenceEndType {
			end = e.offset(next.Position)
		}
	} else if tokens[from-1].Type == token.CollectEntryType {
		comma = e.offset(tokens[from-1].Position)
	}
	start, end = e.wholeLines(start, end)
	if comma >= 0 && strings.Trim(e.text[comma+1:start], " \t") == "" {
		start = comma + 1 // on one line
	}
	if err := e.cut(start, end, ""); err != nil || comma < 0 {
		return err
	}
	return e.cut(comma, comma+1, "")
}

// wholeLines widens a range to whole lines where nothing else but a comment
// stands on them.
func (e *edit) wholeLines(start, end int) (from, to int) {
	from = strings.LastIndexByte(e.text[:start], '\n') + 1
	to = len(e.text)
	if n := strings.IndexByte(e.text[end:], '\n'); n >= 0 {
		to = end + n + 1
	}
	rest := strings.TrimSpace(e.text[end:to])
	if from <= e.lines[0] || strings.TrimSpace(e.text[from:start]) != "" || rest != "" && rest[0] != '#' {
		return start, end
	}
	return from, to
}

// block writes feeds as entries of a block.
func (e *edit) block(indent string, feeds []fetcher.Source, flow bool) string {
	var b strings.Builder
	for _, s := range feeds {
		if flow {
			b.WriteString(indent + "- " + flowFeeds([]fetcher.Source{s}) + e.eol)
			continue
		}
		for i, f := range fieldsOf(s) {
			lead := "  "
			if i == 0 {
				lead = "- "
			}
			b.WriteString(indent + lead + f + e.eol)
		}
	}
	return b.String()
}

func flowFeeds(feeds []fetcher.Source) string {
	list := make([]string, len(feeds))
	for i, s := range feeds {
		list[i] = "{" + strings.Join(fieldsOf(s), ", ") + "}"
	}
	return strings.Join(list, ", ")
}

// fieldsOf writes what a source says, as "key: value".
func fieldsOf(s fetcher.Source) []string {
	fields := []string{"url: " + scalarOf(s.URL)}
	add := func(key, value string) {
		if value != "" {
			fields = append(fields, key+": "+scalarOf(value))
		}
	}
	add("id", s.ID)
	add("name", s.Name)
	add("lang", s.Lang)
	add("zone", s.Zone)
	add("class", string(s.Class))
	if s.Every != 0 {
		add("every", short(s.Every.String()))
	}
	add("recover", s.Recover)
	add("list", s.List)
	if s.Budget != 0 {
		fields = append(fields, "budget: "+strconv.Itoa(s.Budget))
	}
	add("charset", s.Charset)
	add("user_agent", s.UserAgent)
	if sel := selectorsOf(s.Selectors); len(sel) > 0 {
		fields = append(fields, "selectors: {"+strings.Join(sel, ", ")+"}")
	}
	if s.Backfill != nil {
		add("backfill", short(s.Backfill.String()))
	}
	if s.WebSub != nil {
		fields = append(fields, fmt.Sprintf("websub: %t", *s.WebSub))
	}
	if s.Disabled {
		fields = append(fields, "disabled: true")
	}
	return fields
}

// selectorsOf writes the selectors that are there, as "key: value".
func selectorsOf(s extract.Selectors) []string {
	var list []string
	for _, f := range []struct{ key, css string }{{"title", s.Title}, {"body", s.Body}, {"drop", s.Drop}, {"date", s.Date}} {
		if f.css != "" {
			list = append(list, f.key+": "+scalarOf(f.css))
		}
	}
	return list
}

// short leaves off the parts of a duration that say nothing.
func short(d string) string {
	if strings.HasSuffix(d, "m0s") {
		d = strings.TrimSuffix(d, "0s")
	}
	if strings.HasSuffix(d, "h0m") {
		d = strings.TrimSuffix(d, "0m")
	}
	return d
}

// plainScalar needs no quotes, in a block or in brackets.
var plainScalar = regexp.MustCompile(`^[\p{L}\p{N}](?:[\p{L}\p{N}_./~%=&+@?;()·-]|:[\p{L}\p{N}/]| [\p{L}\p{N}(·])*$`)

var reservedWord = regexp.MustCompile(`^(?i:true|false|null|yes|no|on|off|y|n|[0-9][-+.0-9_:exoabcdf]*|nan|inf)$`)

func scalarOf(s string) string {
	if plainScalar.MatchString(s) && !reservedWord.MatchString(s) {
		return s
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 || r == 0xfeff:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
