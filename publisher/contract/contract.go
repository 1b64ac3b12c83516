// Package contract describes the wire to programs in other languages: the JSON
// Schema of an alert, and an AsyncAPI document of every subject that a reader may
// see. Both are made from the types of package news, so they cannot say anything
// else than what is sent; docs/schema holds them as files.
package contract

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/invopop/jsonschema"

	"github.com/chipwire/chipwire/news"
)

// Alert returns the JSON Schema (draft 2020-12) of an alert of version 1. It lets
// fields pass that it does not know: later alerts of version 1 may have more.
func Alert() ([]byte, error) {
	s := schemaOf(reflect.TypeFor[news.Alert]())
	s.Version = jsonschema.Version
	s.ID = "https://github.com/chipwire/chipwire/schema/alert.v1.json"
	s.Title = "A chipwire alert, version 1"
	return indented(s)
}

func indented(v any) ([]byte, error) {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the schema: %w", err)
	}
	return append(data, '\n'), nil
}

// schemaOf is the schema of a type of package news, whole and without references.
func schemaOf(t reflect.Type) *jsonschema.Schema {
	r := jsonschema.Reflector{
		Anonymous: true, DoNotReference: true, ExpandedStruct: true, AllowAdditionalProperties: true,
		Mapper:        mapped,
		LookupComment: func(t reflect.Type, field string) string { return meaning[key(t, field)] },
	}
	s := r.ReflectFromType(t)
	s.Version = ""
	settle(s, t)
	return s
}

// key is how the table of meanings names a field, or a type where field is "".
func key(t reflect.Type, field string) string {
	if field == "" {
		return t.Name()
	}
	return t.Name() + "." + field
}

// mapped is the schema of the types that are words of a list, or strings of a form.
func mapped(t reflect.Type) *jsonschema.Schema {
	switch t {
	case reflect.TypeFor[news.Kind]():
		return words(news.Kinds)
	case reflect.TypeFor[news.Stage]():
		return words(news.Stages)
	case reflect.TypeFor[news.Instrument]():
		return words(news.Instruments)
	case reflect.TypeFor[news.Side]():
		return words(news.Sides)
	case reflect.TypeFor[news.Reason]():
		return words([]news.Reason{news.First, news.StageMoved, news.PartyKnown, news.Promoted, news.Correction, news.Resumed})
	case reflect.TypeFor[news.CompanyID]():
		return &jsonschema.Schema{Type: "string", Pattern: token}
	case reflect.TypeFor[time.Time]():
		return &jsonschema.Schema{Type: "string", Format: "date-time"}
	}
	return nil
}

// token is the form of every token of a subject.
const token = "^[a-z0-9-]+$"

func words[T ~string](list []T) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "string"}
	for _, w := range list {
		s.Enum = append(s.Enum, string(w))
	}
	return s
}

// settle adds to the schema of a struct what its types do not say: which fields
// may be null, and the bounds of numbers and texts.
func settle(s *jsonschema.Schema, t reflect.Type) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		p, ok := s.Properties.Get(name)
		if !ok {
			continue
		}
		inner := f.Type
		for inner.Kind() == reflect.Pointer || inner.Kind() == reflect.Slice {
			inner = inner.Elem()
		}
		if inner.Kind() == reflect.Struct && inner != reflect.TypeFor[time.Time]() {
			nested := p
			if f.Type.Kind() == reflect.Slice {
				nested = p.Items
			}
			settle(nested, inner)
		}
		if bound := bounds[key(t, f.Name)]; bound != nil {
			bound(p)
		}
		if f.Type.Kind() == reflect.Pointer || nullable[key(t, f.Name)] {
			description := p.Description
			p.Description = ""
			s.Properties.Set(name, &jsonschema.Schema{Description: description, AnyOf: []*jsonschema.Schema{p, {Type: "null"}}})
		}
	}
}

// nullable fields are null without being pointers.
var nullable = map[string]bool{"Party.ID": true}

// bounds are the limits that hold for every alert.
var bounds = map[string]func(*jsonschema.Schema){
	"Alert.Version":  func(s *jsonschema.Schema) { s.Const = news.AlertVersion },
	"Alert.ID":       func(s *jsonschema.Schema) { s.Pattern = `^[a-z0-9-]+\.[a-z0-9-]+\.[a-z]+$` },
	"Alert.Event":    func(s *jsonschema.Schema) { s.Pattern = token },
	"Alert.Score":    func(s *jsonschema.Schema) { s.Minimum, s.Maximum = "0", "1" },
	"Alert.Parties":  func(s *jsonschema.Schema) { s.MinItems = new(uint64(1)) },
	"Alert.Sources":  func(s *jsonschema.Schema) { s.MinItems = new(uint64(1)) },
	"Evidence.Text":  func(s *jsonschema.Schema) { s.MaxLength = new(uint64(news.MaxEvidence)) },
	"Evidence.Field": func(s *jsonschema.Schema) { s.Enum = []any{"title", "body"} },
	"Evidence.Start": func(s *jsonschema.Schema) { s.Minimum = "0" },
	"Evidence.End":   func(s *jsonschema.Schema) { s.Minimum = "0" },
}

// meaning says what each type and field is for, as docs/subjects.md does.
var meaning = map[string]string{
	"Alert":               "What a subscriber of one company gets when a deal appears or really changes. Ignore fields you do not know: later alerts of version 1 may have more.",
	"Alert.Version":       "Version of this format.",
	"Alert.ID":            "Identity of the alert: the event's token, the company and the stage. Deduplicate by it.",
	"Alert.Event":         "The deal: all alerts of one deal share it.",
	"Alert.Company":       "Whose subscribers this message is for.",
	"Alert.Parties":       "Who is in the deal.",
	"Alert.Kind":          "The substance of the deal.",
	"Alert.Stage":         "How far along the deal is.",
	"Alert.PreviousStage": "The stage that was told before; null for a first alert.",
	"Alert.Instrument":    "The legal form, where a report names one.",
	"Alert.Score":         "How sure the classifier is.",
	"Alert.Reason":        "Why this alert was sent.",
	"Alert.Headline":      "Title of the story that brought it.",
	"Alert.Evidence":      "The passages that the alert rests on, word for word.",
	"Alert.Sources":       "The stories, that which brought the alert first.",
	"Alert.FirstSeen":     "When the deal was first seen.",
	"Alert.DetectedAt":    "When the response headers of the feed with this report arrived.",
	"Alert.Why":           "The rules and features that fired.",
	"Alert.Round":         "Absent the first time that the company is told of this stage of the deal; 2, 3 and so on when the deal comes back to it.",
	"Alert.Independent":   "Sources with words of their own: the reprints of one agency are one.",
	"Alert.Match":         "Why the report was taken for this deal.",
	"Alert.Disputed":      "Sources that say otherwise.",
	"Dispute.Stage":       "The stage that the source supports.",
	"Dispute.At":          "When it was published, else seen.",
	"Dispute.URL":         "Where it stands.",
	"Company.ID":          "Id in the registry.",
	"Company.Name":        "Display name.",
	"Party.ID":            "Id in the registry; null for a firm that is in none.",
	"Party.Name":          "Display name, or the words of the text.",
	"Party.Side":          "The part in the deal.",
	"Evidence.Text":       "The passage.",
	"Evidence.Lang":       "Two-letter code of its language.",
	"Evidence.Field":      "Where it stands in the story.",
	"Evidence.Start":      "First character of the passage in that field, counted in Unicode code points.",
	"Evidence.End":        "One past its last character.",
	"Evidence.Source":     "URL of the story.",
	"Source.Title":        "Title of the story.",
	"Source.URL":          "Where it stands.",
	"Source.Publisher":    "Who published it.",
	"Source.PublishedAt":  "When, as far as is known.",
	"Feature.Name":        "Name of the rule.",
	"Feature.Weight":      "What it weighed in the score.",
	"Feature.Where":       "The words it fired on.",
	"FeedNotice":          "A feed breaks or recovers.",
	"FeedNotice.Feed":     "Id of the feed.",
	"FeedNotice.URL":      "Its address as configured, without a password.",
	"FeedNotice.Status":   "What it answered; docs/feeds.md lists every status.",
	"FeedNotice.Note":     "Detail, in words.",
	"FeedNotice.Advice":   "What to do about it.",
	"FeedNotice.Since":    "Since when it has this status.",
	"SiteNotice":          "The pages of a site cannot be read as they used to be, or can again.",
	"SiteNotice.Site":     "Host, without www.",
	"SiteNotice.Status":   "drift or recovered.",
	"SiteNotice.Note":     "Detail, in words.",
	"SiteNotice.Advice":   "What to do about it.",
	"SiteNotice.Since":    "Since when it has this status.",
}
