package config

import (
	"bytes"
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/chipwire/chipwire/classifier/company"
	"github.com/chipwire/chipwire/fetcher"
	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/news"
)

var update = flag.Bool("update", false, "write schema.json anew")

// object is a JSON object whose keys keep their order.
type object []pair

type pair struct {
	key   string
	value any
}

func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, p := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		value, err := json.Marshal(p.value)
		if err != nil {
			return nil, err
		}
		key, _ := json.Marshal(p.key)
		b.Write(append(append(key, ':'), value...))
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// A schemer makes the schema of a Go type.
type schemer struct {
	t    *testing.T
	docs map[string]map[string]map[string]string // package path -> type -> field -> comment
}

// own are the schemas of types that say nothing of themselves, by key and Go type.
func own(key string, t reflect.Type) (object, bool) {
	switch t {
	case reflect.TypeFor[time.Duration]():
		return object{{"type", "string"}, {"pattern", `^[0-9.]+(ns|us|µs|ms|s|m|h)([0-9.]+(ns|us|µs|ms|s|m|h))*$|^0$`}, {"examples", []string{"90s", "5m", "24h"}}}, true
	case reflect.TypeFor[bus.Size]():
		return object{{"type", []string{"string", "integer"}}, {"pattern", `^[0-9]+ *([KMGT]i?B|B)?$`}, {"examples", []string{"2GiB"}}}, true
	case reflect.TypeFor[slog.Level]():
		return object{{"type", "string"}, {"pattern", `^(?i)(debug|info|warn|error)([+-][0-9]+)?$`}, {"examples", []string{"debug", "info", "warn", "error"}}}, true
	case reflect.TypeFor[fetcher.Class]():
		return object{{"enum", []fetcher.Class{fetcher.News, fetcher.Trade, fetcher.Blog}}}, true
	case reflect.TypeFor[news.Kind]():
		return object{{"enum", news.Kinds}}, true
	case reflect.TypeFor[news.Stage]():
		return object{{"enum", news.Stages}}, true
	}
	switch key {
	case "replicas":
		return object{{"enum", []int{1, 3, 5}}}, true
	case "role":
		return object{{"type", "array"}, {"items", object{{"enum", company.Roles}}}}, true
	case "match":
		return object{{"enum", []string{"cased"}}}, true
	case "lang":
		return object{{"type", "string"}, {"pattern", "^[a-z]{2}$"}}, true
	case "accept", "review":
		return object{{"type", "number"}, {"exclusiveMinimum", 0}, {"maximum", 1}}, true
	}
	return nil, false
}

func (s schemer) of(key string, t reflect.Type, standard reflect.Value) object {
	if o, ok := own(key, t); ok {
		return o
	}
	switch t.Kind() {
	case reflect.Pointer:
		return s.of(key, t.Elem(), reflect.Value{})
	case reflect.Struct:
		properties := s.properties(t, standard)
		o := object{{"type", "object"}, {"additionalProperties", false}, {"properties", properties}}
		if t == reflect.TypeFor[fetcher.Source]() {
			o = append(o, pair{"required", []string{"url"}})
		}
		if t == reflect.TypeFor[company.Company]() {
			o = append(o, pair{"required", []string{"id"}})
		}
		return o
	case reflect.Slice:
		return object{{"type", "array"}, {"items", s.of("", t.Elem(), reflect.Value{})}}
	case reflect.Map:
		return object{{"type", "object"}, {"additionalProperties", s.of("", t.Elem(), reflect.Value{})}}
	case reflect.Bool:
		return object{{"type", "boolean"}}
	case reflect.Int, reflect.Int64:
		return object{{"type", "integer"}}
	case reflect.Float64:
		return object{{"type", "number"}}
	case reflect.String:
		return object{{"type", []string{"string", "number", "boolean"}}} // any one value is a text
	}
	s.t.Fatalf("%s: no schema for %v", key, t)
	return nil
}

func (s schemer) properties(t reflect.Type, standard reflect.Value) (all object) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		var at reflect.Value
		if standard.IsValid() {
			at = standard.Field(i)
		}
		if options == "inline" {
			all = append(all, s.properties(f.Type, at)...)
			continue
		}
		if name == "" || name == "-" {
			continue
		}
		o := s.of(name, f.Type, at)
		doc := s.docs[t.PkgPath()][t.Name()][f.Name]
		if doc == "" && name != "id" && name != "kind" && name != "stage" {
			s.t.Errorf("%v.%s has no comment: what does the key do?", t, f.Name)
		}
		if doc != "" {
			o = append(o, pair{"description", doc})
		}
		if at.IsValid() && !at.IsZero() && f.Type.Kind() != reflect.Struct && name != "user_agent" {
			o = append(o, pair{"default", shown(at)})
		}
		all = append(all, pair{name, o})
	}
	return all
}

func shown(v reflect.Value) any {
	if d, ok := v.Interface().(time.Duration); ok {
		return strings.NewReplacer("m0s", "m", "h0m0s", "h").Replace(d.String())
	}
	if list, ok := v.Interface().([]time.Duration); ok {
		var out []any
		for _, d := range list {
			out = append(out, shown(reflect.ValueOf(d)))
		}
		return out
	}
	return v.Interface()
}

// comments reads the comments of all fields of a package, and those of the packages
// that its sections come from.
func comments(t *testing.T) map[string]map[string]map[string]string {
	t.Helper()
	const module = "github.com/chipwire/chipwire/"
	docs := map[string]map[string]map[string]string{}
	for _, dir := range []string{"config", "fetcher", "fetcher/client", "fetcher/extract", "fetcher/websub", "classifier", "classifier/company", "classifier/lexicon", "desk", "internal/bus", "internal/web"} {
		types := map[string]map[string]string{}
		docs[module+dir] = types
		files, err := filepath.Glob(filepath.Join("..", dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			tree, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(tree, func(n ast.Node) bool {
				spec, ok := n.(*ast.TypeSpec)
				if !ok {
					return true
				}
				str, ok := spec.Type.(*ast.StructType)
				if !ok {
					return false
				}
				fields := map[string]string{}
				for _, f := range str.Fields.List {
					text := f.Comment.Text()
					if text == "" {
						text = f.Doc.Text()
					}
					for _, name := range f.Names {
						fields[name.Name] = strings.Join(strings.Fields(text), " ")
					}
				}
				types[spec.Name.Name] = fields
				return false
			})
		}
	}
	return docs
}

// TestSchema holds that schema.json is what the types and their comments say.
func TestSchema(t *testing.T) {
	s := schemer{t, comments(t)}
	root := object{{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"$id", SchemaURL}, {"title", "chipwire.yaml"}}
	root = append(root, s.of("", reflect.TypeFor[Config](), reflect.ValueOf(Default))...)
	want, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, '\n')
	if *update {
		if err := os.WriteFile("schema.json", want, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile("schema.json"); err != nil || !bytes.Equal(got, want) {
		t.Errorf("schema.json is old: go test ./config -run TestSchema -update (%v)", err)
	}
}

// TestSchemaJudges holds that the schema takes what Parse takes, and refuses what it
// can know to be wrong.
func TestSchemaJudges(t *testing.T) {
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(SchemaURL, parsed); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile(SchemaURL)
	if err != nil {
		t.Fatal(err)
	}
	judge := func(text []byte) error {
		data, err := yaml.YAMLToJSON(text)
		if err != nil {
			t.Fatal(err)
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		return compiled.Validate(value)
	}
	for _, file := range []string{"testdata/whole.yaml", examplePath} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := judge(text); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
	for _, name := range []string{"unknown_key", "unknown_nested", "durations", "class", "scalar_for_list", "list_for_scalar", "scalar_for_block", "thresholds", "level", "lang", "top_list", "size"} {
		text, err := os.ReadFile(filepath.Join("testdata", name+".bad.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		if judge(text) == nil {
			t.Errorf("%s is good by the schema", name)
		}
	}
}

// The example names the schema, so that editors help from the first key on.
func TestExampleNamesTheSchema(t *testing.T) {
	text, err := os.ReadFile(examplePath)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(text, []byte("# yaml-language-server: $schema="+SchemaURL+"\n")) {
		t.Error("its first line is no modeline")
	}
}
