package config

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/chipwire/chipwire/fetcher"
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

// add puts feeds behind those that are there, in the shape that the file has.
func (e *edit) add(feeds []fetcher.Source) error {
	switch {
	case e.list == nil && isFlow(e.root):
		if e.at >= 0 {
			return ErrShape
		}
		return e.addFlow(e.root.(*ast.MappingNode).End, "feeds: ["+flowFeeds(feeds)+"]")
	case e.list == nil && e.at < 0:
		return e.addKey(feeds)
	case e.list == nil:
		return e.addToNull(feeds)
	case e.list.IsFlowStyle && len(e.list.Values) == 0 && !isFlow(e.root):
		return e.addToEmpty(feeds)
	case e.list.IsFlowStyle:
		return e.addFlow(e.list.End, flowFeeds(feeds))
	}
	return e.addToBlock(feeds)
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

func (e *edit) remove(i int) error {
	if e.list.IsFlowStyle {
		return e.removeFlow(i)
	}
	return e.removeFromBlock(i)
}
