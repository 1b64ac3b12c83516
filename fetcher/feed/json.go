package feed

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"github.com/mmcdole/gofeed"
	gjson "github.com/mmcdole/gofeed/json"
)

// parseJSON reads a JSON Feed, or another list in JSON that is known here.
func parseJSON(text string) (*parsed, error) {
	if isNaver(text) {
		return parseNaver(text)
	}
	f, err := (&gjson.Parser{}).Parse(strings.NewReader(text))
	var fault error
	dropped := 0
	if err != nil {
		whole, broken := wholeItems(text)
		switch {
		case ended(broken), broken != nil && len(whole) > 0: // what follows a fault is lost as behind a cut
			fault = errorf(Truncated, "%v, %d whole items before it", err, len(whole))
			if f, _ = rebuild(whole); f == nil {
				return nil, fault
			}
		case broken == nil && len(whole) > 0: // a value of an unexpected type somewhere
			if f, dropped = rebuild(whole); f == nil {
				return nil, errorf(Malformed, "%v", err)
			}
		default:
			return nil, errorf(Malformed, "%v", err)
		}
	}
	if f.Version == "" && len(f.Items) == 0 {
		return nil, errorf(Malformed, "JSON, but no JSON Feed")
	}
	p := &parsed{format: "json", skipped: dropped}
	if len(f.Items) > MaxItems {
		p.over = len(f.Items) - MaxItems
		p.skipped, f.Items = p.skipped+p.over, f.Items[:MaxItems]
	}
	if p.feed, err = (&gofeed.DefaultJSONTranslator{}).Translate(f); err != nil {
		return nil, errorf(Malformed, "%v", err)
	}
	return p, fault
}

// ended reports whether an error is that a document ends too early.
func ended(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

var errNoList = errors.New("items are no list")

// wholeItems returns the items that are complete in a document, up to where it
// ends too early or is no JSON any more. The error is nil for one that is JSON to
// its end.
func wholeItems(text string) (items []json.RawMessage, broken error) {
	dec := json.NewDecoder(strings.NewReader(text))
	if _, err := dec.Token(); err != nil { // the opening brace
		return nil, err
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return items, err
		}
		if key != "items" {
			var skip json.RawMessage
			if err := dec.Decode(&skip); err != nil {
				return items, err
			}
			continue
		}
		if t, err := dec.Token(); err != nil || t != json.Delim('[') {
			return items, cmp.Or(err, errNoList)
		}
		for dec.More() {
			var item json.RawMessage
			if err := dec.Decode(&item); err != nil {
				return items, err
			}
			items = append(items, item)
		}
		if _, err := dec.Token(); err != nil {
			return items, err
		}
	}
	_, err := dec.Token()
	return items, err
}

// rebuild makes a feed of items alone, each read by itself, and says how many
// cannot be read. It is nil when none can.
func rebuild(items []json.RawMessage) (f *gjson.Feed, dropped int) {
	for _, raw := range items {
		var it looseItem
		if err := json.Unmarshal(raw, &it); err != nil {
			dropped++
			continue
		}
		if f == nil {
			f = &gjson.Feed{Version: "https://jsonfeed.org/version/1.1"}
		}
		f.Items = append(f.Items, &gjson.Item{
			ID: string(it.ID), URL: string(it.URL), ExternalURL: string(it.ExternalURL), Title: string(it.Title),
			ContentHTML: string(it.ContentHTML), ContentText: string(it.ContentText), Summary: string(it.Summary),
			DatePublished: string(it.DatePublished), DateModified: string(it.DateModified),
		})
	}
	return f, dropped
}

// A looseItem is an entry of which only what an item is made of is read.
type looseItem struct {
	ID            loose `json:"id"`
	URL           loose `json:"url"`
	ExternalURL   loose `json:"external_url"`
	Title         loose `json:"title"`
	ContentHTML   loose `json:"content_html"`
	ContentText   loose `json:"content_text"`
	Summary       loose `json:"summary"`
	DatePublished loose `json:"date_published"`
	DateModified  loose `json:"date_modified"`
}

// A loose is a string that may be written as a number; any other value is none.
type loose string

// UnmarshalJSON implements [json.Unmarshaler].
func (l *loose) UnmarshalJSON(b []byte) error {
	var s string
	switch {
	case json.Unmarshal(b, &s) == nil:
		*l = loose(s)
	case b[0] == '-' || b[0] >= '0' && b[0] <= '9':
		*l = loose(b)
	}
	return nil
}
