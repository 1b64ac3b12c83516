package feed

import (
	"encoding/json"
	"errors"
	"io"
	"strings"

	"github.com/mmcdole/gofeed"
	gjson "github.com/mmcdole/gofeed/json"
)

// parseJSON reads a JSON Feed.
func parseJSON(text string) (*parsed, error) {
	f, err := (&gjson.Parser{}).Parse(strings.NewReader(text))
	var fault error
	if err != nil {
		whole, cut := wholeItems(text)
		if !cut {
			return nil, errorf(Malformed, "%v", err)
		}
		fault = errorf(Truncated, "%v, %d whole items before the cut", err, len(whole))
		if f, err = rebuild(whole); err != nil {
			return nil, fault
		}
	}
	if f.Version == "" && len(f.Items) == 0 {
		return nil, errorf(Malformed, "JSON, but no JSON Feed")
	}
	p := &parsed{format: "json"}
	if len(f.Items) > MaxItems {
		p.skipped, f.Items = len(f.Items)-MaxItems, f.Items[:MaxItems]
	}
	if p.feed, err = (&gofeed.DefaultJSONTranslator{}).Translate(f); err != nil {
		return nil, errorf(Malformed, "%v", err)
	}
	return p, fault
}

// wholeItems returns the items that are complete in a document that ends too
// early; cut is false when that is not what is wrong with it.
func wholeItems(text string) (items []json.RawMessage, cut bool) {
	dec := json.NewDecoder(strings.NewReader(text))
	ended := func(err error) bool {
		return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
	}
	if _, err := dec.Token(); err != nil { // the opening brace
		return nil, ended(err)
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return items, ended(err)
		}
		if key != "items" {
			var skip json.RawMessage
			if err := dec.Decode(&skip); err != nil {
				return items, ended(err)
			}
			continue
		}
		if t, err := dec.Token(); err != nil || t != json.Delim('[') {
			return items, err != nil && ended(err)
		}
		for dec.More() {
			var item json.RawMessage
			if err := dec.Decode(&item); err != nil {
				return items, ended(err)
			}
			items = append(items, item)
		}
		if _, err := dec.Token(); err != nil {
			return items, ended(err)
		}
	}
	_, err := dec.Token()
	return items, err != nil && ended(err)
}

// rebuild makes a feed of items alone.
func rebuild(items []json.RawMessage) (*gjson.Feed, error) {
	doc, err := json.Marshal(map[string]any{"version": "https://jsonfeed.org/version/1.1", "items": items})
	if err != nil {
		return nil, err
	}
	return (&gjson.Parser{}).Parse(strings.NewReader(string(doc)))
}
