package contract

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/chipwire/chipwire/news"
)

// goldens are alerts of version 1 as they were sent, with the sums of their
// files. They are never written anew: programs keep such alerts, and replay them.
var goldens = map[string]string{
	"denied.json":     "3640673c59e67f4c",
	"full.json":       "9a9e40cc565e6a35",
	"instrument.json": "1a6bbc177f06dba5",
	"moved.json":      "d5fb61447a169761",
	"rumour.json":     "82f0507061c6e3fb",
	"disputed.json":   "c72a995a897cd793",
}

// An alert of version 1 decodes for ever: nothing of it is lost, and it is what
// the schema says.
func TestGoldenAlertsDecodeForEver(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "v1", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != len(goldens) {
		t.Errorf("%d files, %d sums: a golden is added with its sum, and none is taken away", len(files), len(goldens))
	}
	schema := alertSchema(t)
	for _, name := range slices.Sorted(maps.Keys(goldens)) {
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join("testdata", "v1", name))
			if err != nil {
				t.Fatal(err)
			}
			if sum := sha256.Sum256(data); hex.EncodeToString(sum[:8]) != goldens[name] {
				t.Errorf("the file was changed: its sum is %x", sum[:8])
			}
			if err := schema.Validate(parse(t, data)); err != nil {
				t.Error(err)
			}
			var a news.Alert
			if err := json.Unmarshal(data, &a); err != nil {
				t.Fatal(err)
			}
			again, err := json.Marshal(a)
			if err != nil {
				t.Fatal(err)
			}
			lost(t, "", parse(t, data), parse(t, again))
		})
	}
}

// lost reports what was in an alert and is not after decoding; new fields may be
// there.
func lost(t *testing.T, path string, was, is any) {
	t.Helper()
	switch was := was.(type) {
	case map[string]any:
		now, ok := is.(map[string]any)
		for k, v := range was {
			if _, there := now[k]; !ok || !there {
				t.Errorf("%s.%s is lost", path, k)
				continue
			}
			lost(t, path+"."+k, v, now[k])
		}
	case []any:
		now, ok := is.([]any)
		if !ok || len(now) != len(was) {
			t.Errorf("%s has %v, want %d entries", path, is, len(was))
			return
		}
		for i := range was {
			lost(t, path+"[]", was[i], now[i])
		}
	default:
		if !reflect.DeepEqual(was, is) {
			t.Errorf("%s was %v, is %v", path, was, is)
		}
	}
}
