package contract

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/chipwire/chipwire/classifier"
	"github.com/chipwire/chipwire/classifier/company"
	"github.com/chipwire/chipwire/classifier/lexicon"
	"github.com/chipwire/chipwire/desk"
	"github.com/chipwire/chipwire/internal/bus/bustest"
	"github.com/chipwire/chipwire/internal/demo"
	"github.com/chipwire/chipwire/news"
	"github.com/chipwire/chipwire/publisher"
)

var update = flag.Bool("update", false, "write docs/schema anew")

// The files in docs/schema are what this package writes.
func TestPublishedDocuments(t *testing.T) {
	for name, document := range map[string]func() ([]byte, error){"alert.v1.json": Alert, "asyncapi.json": AsyncAPI} {
		t.Run(name, func(t *testing.T) {
			got, err := document()
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("..", "..", "docs", "schema", name)
			if *update {
				if err := os.WriteFile(path, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s is not what the types say: go test ./publisher/contract -update", path)
			}
		})
	}
}

func TestEveryFieldHasAMeaning(t *testing.T) {
	var walk func(reflect.Type)
	walk = func(typ reflect.Type) {
		for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice {
			typ = typ.Elem()
		}
		if typ.Kind() != reflect.Struct || typ == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range typ.NumField() {
			f := typ.Field(i)
			if meaning[key(typ, f.Name)] == "" {
				t.Errorf("%s has no meaning in the published schema: add it to the table", key(typ, f.Name))
			}
			walk(f.Type)
		}
	}
	for _, typ := range []reflect.Type{reflect.TypeFor[news.Alert](), reflect.TypeFor[news.FeedNotice](), reflect.TypeFor[news.SiteNotice]()} {
		walk(typ)
	}
}

// compile reads a schema with a reader of its own, formats and all.
func compile(t *testing.T, schema any) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("schema.json", schema); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func parse(t *testing.T, data []byte) any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func alertSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	data, err := Alert()
	if err != nil {
		t.Fatal(err)
	}
	return compile(t, parse(t, data))
}

// at follows keys into a parsed document.
func at(t *testing.T, v any, keys ...string) any {
	t.Helper()
	for _, k := range keys {
		o, ok := v.(map[string]any)
		if !ok || o[k] == nil {
			t.Fatalf("the document has no %s", strings.Join(keys, "."))
		}
		v = o[k]
	}
	return v
}

func asyncAPI(t *testing.T) any {
	t.Helper()
	data, err := AsyncAPI()
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, data)
}

// What the pipeline sends for the whole newsroom is as both documents say:
// subject, headers and body.
func TestRealAlerts(t *testing.T) {
	doc := asyncAPI(t)
	body, payload := alertSchema(t), compile(t, at(t, doc, "components", "messages", "alert", "payload"))
	headers := compile(t, at(t, doc, "components", "messages", "alert", "headers"))
	address := addressPattern(t, at(t, doc, "channels", "alerts"))
	n := 0
	for msg := range tellNewsroom(t) {
		n++
		for name, s := range map[string]*jsonschema.Schema{"alert.v1.json": body, "asyncapi.json": payload} {
			if err := s.Validate(parse(t, msg.Data)); err != nil {
				t.Errorf("%s: %s: %v\n%s", msg.Subject, name, err, msg.Data)
			}
		}
		h := map[string]any{}
		for k, v := range msg.Header {
			h[k] = v[0]
		}
		if err := headers.Validate(h); err != nil {
			t.Errorf("%s: headers: %v", msg.Subject, err)
		}
		if !address.MatchString(msg.Subject) {
			t.Errorf("subject %s is not at %s", msg.Subject, address)
		}
		cloudEvent(t, msg)
	}
	if n < 36 {
		t.Errorf("%d alerts of the newsroom, want 36 or more", n)
	}
}

// cloudEvent checks the attributes that CloudEvents 1.0 asks for, and that they
// say what the body says.
func cloudEvent(t *testing.T, msg *jetstream.RawStreamMsg) {
	t.Helper()
	var a news.Alert
	if err := json.Unmarshal(msg.Data, &a); err != nil {
		t.Fatal(err)
	}
	for header, want := range map[string]string{
		"ce-id": a.ID, "ce-type": publisher.Type, "ce-source": publisher.Source, "ce-specversion": "1.0",
		"ce-time": a.DetectedAt.Format(time.RFC3339Nano), "content-type": "application/json",
	} {
		if got := strings.Join(msg.Header[header], "; "); got != want {
			t.Errorf("%s: %s is %q, want %q", msg.Subject, header, got, want)
		}
	}
}

// addressPattern matches the subjects of a channel.
func addressPattern(t *testing.T, channel any) *regexp.Regexp {
	t.Helper()
	address := regexp.QuoteMeta(at(t, channel, "address").(string))
	for name, p := range at(t, channel, "parameters").(map[string]any) {
		form := `[a-z0-9-]+`
		if words, ok := p.(map[string]any)["enum"].([]any); ok {
			list := make([]string, len(words))
			for i, w := range words {
				list[i] = regexp.QuoteMeta(w.(string))
			}
			form = "(" + strings.Join(list, "|") + ")"
		}
		address = strings.Replace(address, `\{`+name+`\}`, form, 1)
	}
	return regexp.MustCompile("^" + address + "$")
}

// tellNewsroom has every story of the demo judged, joined and published, and
// returns the messages on the wire.
func tellNewsroom(t *testing.T) func(yield func(*jetstream.RawStreamMsg) bool) {
	t.Helper()
	b, _ := bustest.Start(t)
	pub, err := publisher.New(t.Context(), b.Wire())
	if err != nil {
		t.Fatal(err)
	}
	d, err := desk.New(t.Context(), desk.Deps{Store: &desk.MemoryStore{}, Publish: pub.Publish, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	judge := newClassifier(t)
	newsroom, err := demo.Load()
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	for _, s := range newsroom.Stories {
		url := "https://" + s.Publisher + ".example/" + s.Slug
		a := news.Article{
			ID: news.ArticleID(url), URL: url, Feed: s.Publisher, Publisher: s.Publisher, Title: s.Title, Body: strings.Join(s.Body, "\n\n"),
			PublishedAt: now.Add(s.Published), DetectedAt: now.Add(s.Appears),
		}
		if err := d.Take(t.Context(), judge.Classify(a)); err != nil {
			t.Fatal(err)
		}
	}
	stream, err := b.Wire().Stream(t.Context(), publisher.Stream)
	if err != nil {
		t.Fatal(err)
	}
	return func(yield func(*jetstream.RawStreamMsg) bool) {
		for seq := uint64(1); seq <= stream.CachedInfo().State.LastSeq; seq++ {
			msg, err := stream.GetMsg(context.Background(), seq)
			if err != nil {
				t.Fatal(err)
			}
			if !yield(msg) {
				return
			}
		}
	}
}

func newClassifier(t *testing.T) *classifier.Classifier {
	t.Helper()
	reg, err := company.Default()
	if err != nil {
		t.Fatal(err)
	}
	lex, err := lexicon.Default()
	if err != nil {
		t.Fatal(err)
	}
	c, err := classifier.New(classifier.Default, reg, lex)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// What is no alert of version 1 is refused, and a field of a later one is not.
func TestSchemaRefuses(t *testing.T) {
	schema := alertSchema(t)
	good, err := os.ReadFile(filepath.Join("testdata", "v1", "full.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		change func(map[string]any)
		ok     bool
	}{
		{"as it is", func(map[string]any) {}, true},
		{"a new field", func(a map[string]any) { a["of_a_later_version"] = 1 }, true},
		{"a party in no registry", func(a map[string]any) { a["parties"].([]any)[0].(map[string]any)["id"] = nil }, true},
		{"another version", func(a map[string]any) { a["version"] = 2 }, false},
		{"no id", func(a map[string]any) { delete(a, "id") }, false},
		{"an id of another form", func(a map[string]any) { a["id"] = "e1" }, false},
		{"an unknown kind", func(a map[string]any) { a["kind"] = "food" }, false},
		{"an unknown stage before", func(a map[string]any) { a["previous_stage"] = "soon" }, false},
		{"a company without an id", func(a map[string]any) { a["company"].(map[string]any)["id"] = nil }, false},
		{"a score above one", func(a map[string]any) { a["score"] = 1.5 }, false},
		{"a time in another form", func(a map[string]any) { a["detected_at"] = "Tue, 24 Nov 2026" }, false},
		{"no list of sources", func(a map[string]any) { a["sources"] = nil }, false},
		{"an empty list of sources", func(a map[string]any) { a["sources"] = []any{} }, false},
		{"a passage too long", func(a map[string]any) {
			a["evidence"].([]any)[0].(map[string]any)["text"] = strings.Repeat("가", news.MaxEvidence+1)
		}, false},
		{"a passage just long enough", func(a map[string]any) {
			a["evidence"].([]any)[0].(map[string]any)["text"] = strings.Repeat("가", news.MaxEvidence)
		}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := parse(t, good).(map[string]any)
			tt.change(a)
			if err := schema.Validate(a); (err == nil) != tt.ok {
				t.Errorf("validation says %v", err)
			}
		})
	}
}

// Every reference in the AsyncAPI document leads somewhere, and every parameter
// of an address is described.
func TestAsyncAPIHoldsTogether(t *testing.T) {
	doc := asyncAPI(t)
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			if ref, ok := v["$ref"].(string); ok {
				at(t, doc, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
			}
			for _, e := range v {
				walk(e)
			}
		}
	}
	walk(doc)
	for name, c := range at(t, doc, "channels").(map[string]any) {
		if left := addressPattern(t, c).String(); strings.ContainsAny(left, "{}") {
			t.Errorf("channel %s: a parameter of %s is not described", name, left)
		}
	}
}
