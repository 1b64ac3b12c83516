package config

import (
	"bytes"
	"encoding"
	"fmt"
	"log/slog"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// A decoding fills a value from a YAML tree and goes on after a fault, which
// the decoder of the library does not.
type decoding struct {
	file      string
	faults    Faults
	malformed int // faults of form, which come before those of sense
	anchors   map[string]ast.Node
	origin    map[string]string                 // path -> variable that set it
	fields    map[reflect.Type]map[string][]int // key -> place of the field

	keys, values map[string]place // of each path; nil: not noted
}

// A place is where a token begins, both numbers from 1.
type place struct{ line, column int }

// placeOf is where a node begins: a block of keys at its first key, not at the
// colon behind it.
func placeOf(n ast.Node) place {
	if pairs, ok := entries(n); ok && len(pairs) > 0 {
		n = pairs[0].Key
	}
	p := n.GetToken().Position
	return place{p.Line, p.Column}
}

func newDecoding(file string) *decoding {
	return &decoding{file: file, anchors: map[string]ast.Node{}, origin: map[string]string{}, fields: map[reflect.Type]map[string][]int{}}
}

// note remembers where the key of a path stands.
func (d *decoding) note(path string, at place) {
	if d.keys != nil {
		d.keys[path] = at
		delete(d.values, path)
	}
}

// fault records what is wrong at path, at the place of the nearest key that is in
// the file: at its value where that is on the same line.
func (d *decoding) fault(path, text string) {
	if name := d.origin[path]; name != "" {
		d.faults = append(d.faults, Fault{File: name, Path: path, Text: text})
		return
	}
	var at place
	for p := path; at.line == 0; {
		at = d.keys[p]
		if v := d.values[p]; v.line == at.line && v.column > 0 {
			at = v
		}
		if p == "" {
			break
		}
		p = p[:max(strings.LastIndexAny(p, ".["), 0)]
	}
	d.faults = append(d.faults, Fault{File: d.file, Line: at.line, Column: at.column, Path: path, Text: text})
}

// follows records what makes no sense at path, unless what stands there or above
// it is malformed and so has no value.
func (d *decoding) follows(path, text string) {
	for _, f := range d.faults[:d.malformed] {
		if rest, ok := strings.CutPrefix(path, f.Path); ok && f.Path != "" && (rest == "" || rest[0] == '.' || rest[0] == '[') {
			return
		}
	}
	d.fault(path, text)
}

func (d *decoding) parse(data []byte, c *Config) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if f, bad := noText(d.file, data); bad {
		d.faults = append(d.faults, f)
		return
	}
	// A key that is there twice is a fault like others, and hides none of them.
	file, err := parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		d.faults = append(d.faults, syntax(d.file, err))
		return
	}
	found := false
	for _, doc := range file.Docs {
		if _, directive := doc.Body.(*ast.DirectiveNode); directive || doc.Body == nil {
			continue
		}
		if found {
			d.faults = append(d.faults, Fault{File: d.file, Line: start(doc), Column: 1, Text: "a second document, want one"})
			return
		}
		found = true
		d.note("", place{start(doc), 0})
		d.value("", doc.Body, reflect.ValueOf(c).Elem())
	}
}

// noText finds the first byte that is not UTF-8 text: a name that was saved in
// another encoding would go out to readers as it stands.
func noText(file string, data []byte) (Fault, bool) {
	line := 1
	for rest := data; len(rest) > 0; {
		r, n := utf8.DecodeRune(rest)
		if r == utf8.RuneError && n == 1 || r == 0 {
			return Fault{File: file, Line: line, Text: fmt.Sprintf("byte %#02x is no text of UTF-8: save the file as UTF-8", rest[0])}, true
		}
		if r == '\n' {
			line++
		}
		rest = rest[n:]
	}
	return Fault{}, false
}

// start is the line on which a document with a body begins.
func start(doc *ast.DocumentNode) int {
	if doc.Start != nil {
		return doc.Start.Position.Line
	}
	return doc.Body.GetToken().Position.Line
}

// syntax turns the parser's error into a fault.
func syntax(file string, err error) Fault {
	f := Fault{File: file, Text: "not YAML: " + err.Error()}
	if e, ok := err.(yaml.Error); ok {
		f.Text = "not YAML: " + plainWords(e.GetMessage())
		if t := e.GetToken(); t != nil {
			f.Line, f.Column = t.Position.Line, t.Position.Column
		}
	}
	return f
}

// plainWords says what to do about the commonest errors of the parser.
func plainWords(message string) string {
	switch {
	case strings.HasPrefix(message, "found character '\t'"):
		return "a tab at the start, want spaces"
	case strings.HasPrefix(message, "mapping value is not allowed"):
		return message + "; a text that holds \": \" wants quotes"
	case strings.HasSuffix(message, "is a reserved character"):
		return message + "; a text that begins with it wants quotes"
	}
	return message
}

// value decodes node into v.
func (d *decoding) value(path string, node ast.Node, v reflect.Value) {
	node = d.plain(node)
	if d.keys != nil && path != "" {
		if d.keys[path].line == 0 {
			d.keys[path] = placeOf(node)
		}
		d.values[path] = placeOf(node)
	}
	switch n := node.(type) {
	case *ast.NullNode:
		return // "key:" with nothing behind it leaves the default
	case *ast.AliasNode:
		d.fault(path, fmt.Sprintf("alias *%s of nothing, want an anchor &%[1]s before it", n.Value.GetToken().Value))
		return
	}
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		d.text(path, node, u)
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		d.value(path, node, v.Elem())
	case reflect.Struct:
		d.mapping(path, node, v)
	case reflect.Map:
		d.table(path, node, v)
	case reflect.Slice:
		d.list(path, node, v)
	default:
		d.scalar(path, node, v)
	}
}

// plain follows anchors, aliases and tags to the node behind them.
func (d *decoding) plain(node ast.Node) ast.Node {
	for range 32 {
		switch n := node.(type) {
		case *ast.AnchorNode:
			d.anchors[n.Name.GetToken().Value] = n.Value
			node = n.Value
		case *ast.AliasNode:
			target, ok := d.anchors[n.Value.GetToken().Value]
			if !ok {
				return node
			}
			node = target
		case *ast.TagNode:
			node = n.Value
		default:
			return node
		}
	}
	return node
}

// key is the text of a key.
func (d *decoding) key(pair *ast.MappingValueNode) string {
	node := d.plain(pair.Key)
	if s, ok := scalarText(node); ok {
		return s
	}
	return node.GetToken().Value
}

func entries(node ast.Node) ([]*ast.MappingValueNode, bool) {
	switch n := node.(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	}
	return nil, false
}

func (d *decoding) mapping(path string, node ast.Node, v reflect.Value) {
	pairs, ok := entries(node)
	fields := d.fields[v.Type()]
	if fields == nil {
		fields = map[string][]int{}
		collect(v.Type(), nil, fields)
		d.fields[v.Type()] = fields
	}
	if !ok {
		found := describe(node)
		if _, secret := fields["password"]; secret && found[0] == '"' {
			found = "a value" // it may be the secret itself
		}
		d.fault(path, found+", want a block of keys")
		return
	}
	seen := map[string]bool{}
	for _, pair := range pairs {
		key := d.key(pair)
		at := strings.TrimPrefix(path+"."+key, ".")
		first := d.keys[at].line
		d.note(at, placeOf(pair.Key))
		field, known := fields[key]
		switch {
		case key == "<<":
			d.fault(at, "merging is not supported, write the keys out")
		case !known:
			d.fault(at, "unknown key"+suggestion(key, fields))
		case seen[key]:
			d.twice(at, first)
		default:
			d.value(at, pair.Value, v.FieldByIndex(field))
		}
		seen[key] = true
	}
}

func (d *decoding) twice(path string, first int) {
	d.fault(path, fmt.Sprintf("the key is there twice, first on line %d: keep one", first))
}

// collect maps the keys of a struct to the places of its fields, those of inlined
// ones too.
func collect(t reflect.Type, at []int, fields map[string][]int) {
	for i := range t.NumField() {
		place := append(slices.Clone(at), i)
		name, options, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
		switch {
		case options == "inline":
			collect(t.Field(i).Type, place, fields)
		case name != "" && name != "-":
			fields[name] = place
		}
	}
}

// suggestion names the known key that is nearest to one that is not, or all
// where none is near.
func suggestion(key string, fields map[string][]int) string {
	names := slices.Sorted(maps.Keys(fields))
	plain := strings.ReplaceAll(strings.ToLower(key), "-", "_")
	nearest, least := "", 3 // edits; a short key must be nearer than that
	for _, name := range names {
		if n := edits(plain, name); n < least && 2*n < len(name) {
			nearest, least = name, n
		}
	}
	for _, name := range names {
		if nearest == "" && len(plain) >= 3 && (strings.Contains(name, plain) || strings.Contains(plain, name)) {
			nearest = name
		}
	}
	if nearest != "" {
		return fmt.Sprintf(", did you mean %s?", nearest)
	}
	return ", want one of " + strings.Join(names, ", ")
}

// edits is the number of bytes to insert, remove or change to make b of a.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

func (d *decoding) table(path string, node ast.Node, v reflect.Value) {
	pairs, ok := entries(node)
	if !ok {
		d.fault(path, fmt.Sprintf("%s, want a block of keys", describe(node)))
		return
	}
	v.Set(reflect.MakeMap(v.Type()))
	for _, pair := range pairs {
		key := d.key(pair)
		at, elem := path+"."+key, reflect.New(v.Type().Elem()).Elem()
		first := d.keys[at].line
		d.note(at, placeOf(pair.Key))
		if v.MapIndex(reflect.ValueOf(key).Convert(v.Type().Key())).IsValid() {
			d.twice(at, first)
			continue
		}
		d.value(at, pair.Value, elem)
		v.SetMapIndex(reflect.ValueOf(key).Convert(v.Type().Key()), elem)
	}
}

func (d *decoding) list(path string, node ast.Node, v reflect.Value) {
	seq, ok := node.(*ast.SequenceNode)
	if !ok {
		d.fault(path, fmt.Sprintf("%s, want a list: a dash before each item", describe(node)))
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(seq.Values), len(seq.Values)))
	for i, item := range seq.Values {
		at := fmt.Sprintf("%s[%d]", path, i)
		d.value(at, item, v.Index(i))
		if _, null := d.plain(item).(*ast.NullNode); null {
			d.fault(at, "an empty item, want a value or no dash")
		}
	}
}

func (d *decoding) text(path string, node ast.Node, u encoding.TextUnmarshaler) {
	s, ok := scalarText(node)
	if !ok {
		d.fault(path, fmt.Sprintf("%s, want one value", describe(node)))
		return
	}
	if err := unmarshal(u, s); err != nil {
		d.fault(path, err.Error())
	}
}

// unmarshal reads a text into a value that knows its form.
func unmarshal(u encoding.TextUnmarshaler, s string) error {
	err := u.UnmarshalText([]byte(s))
	if _, level := u.(*slog.Level); level && err != nil {
		return fmt.Errorf("%q, want debug, info, warn or error", s)
	}
	return err
}

var durationType = reflect.TypeFor[time.Duration]()

// scalar decodes a single value; what is wrong leaves v as it is.
func (d *decoding) scalar(path string, node ast.Node, v reflect.Value) {
	s, ok := scalarText(node)
	want := "one value"
	if ok {
		ok, want = set(v, s, node)
	}
	if !ok {
		d.fault(path, fmt.Sprintf("%s, want %s", describe(node), want))
	}
}

// set reads s into v and reports whether it has the form that is wanted there.
func set(v reflect.Value, s string, node ast.Node) (ok bool, want string) {
	switch {
	case v.Type() == durationType:
		long, err := time.ParseDuration(s)
		if err == nil {
			v.SetInt(int64(long))
		}
		return err == nil, "a duration such as 90s, 5m or 24h"
	case v.Kind() == reflect.String:
		v.SetString(s)
		return true, ""
	case v.Kind() == reflect.Bool:
		b, isBool := node.(*ast.BoolNode)
		if isBool {
			v.SetBool(b.Value)
		}
		return isBool, "true or false"
	case v.CanInt():
		n, err := strconv.ParseInt(s, 10, v.Type().Bits())
		if err == nil {
			v.SetInt(n)
		}
		return err == nil, "a whole number"
	case v.CanFloat():
		f, err := strconv.ParseFloat(s, 64)
		if err == nil {
			v.SetFloat(f)
		}
		return err == nil, "a number"
	}
	return false, "nothing here"
}

// scalarText is the text of a single value.
func scalarText(node ast.Node) (string, bool) {
	switch n := node.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NanNode, *ast.InfinityNode:
		return n.GetToken().Value, true
	}
	return "", false
}

func describe(node ast.Node) string {
	switch node.(type) {
	case *ast.SequenceNode:
		return "a list"
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a block of keys"
	default:
		if s, ok := scalarText(node); ok {
			return strconv.Quote(s)
		}
		return strconv.Quote(node.GetToken().Value)
	}
}
