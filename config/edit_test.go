package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chipwire/chipwire/fetcher"
)

const (
	urlA = "https://a.example/rss"
	urlN = "https://n.example/rss"
)

var added = fetcher.Source{URL: urlN, Name: "N: #1", Every: 5 * time.Minute}

func TestAddFeeds(t *testing.T) {
	const block = "- url: " + urlN + "\n"
	entry := func(indent string) string {
		return indent + block + indent + "  name: \"N: #1\"\n" + indent + "  every: 5m\n"
	}
	const flow = `{url: ` + urlN + `, name: "N: #1", every: 5m}`
	for _, tt := range []struct{ name, text, want string }{
		{"empty", "", "feeds:\n" + entry("  ")},
		{"comments alone", "# mine\n", "# mine\nfeeds:\n" + entry("  ")},
		{"no key", "data_dir: x # c\n", "data_dir: x # c\nfeeds:\n" + entry("  ")},
		{"no key, no end of line", "data_dir: x", "data_dir: x\n" + strings.TrimSuffix("feeds:\n"+entry("  "), "\n")},
		{"no key, an end of the document", "data_dir: x\n...\n", "data_dir: x\nfeeds:\n" + entry("  ") + "...\n"},
		{"no key, indented", "  data_dir: x\n", "  data_dir: x\n  feeds:\n" + entry("    ")},
		{"no key, brackets", "{data_dir: x}\n", "{data_dir: x, feeds: [" + flow + "]}\n"},
		{"nothing, in brackets", "{}\n", "{feeds: [" + flow + "]}\n"},
		{"key with nothing", "feeds:\nlog: {level: warn}\n", "feeds:\n" + entry("  ") + "log: {level: warn}\n"},
		{"key with a comment", "feeds:   # ours\n\n# end\n", "feeds:   # ours\n" + entry("  ") + "\n# end\n"},
		{"key with null", "feeds: ~ # ours\n", "feeds: # ours\n" + entry("  ")},
		{"key with nothing, no end of line", "feeds:", strings.TrimSuffix("feeds:\n"+entry("  "), "\n")},
		{"empty list", "feeds: []\nlog: {level: warn}\n", "feeds:\n" + entry("  ") + "log: {level: warn}\n"},
		{"empty list, comment", "feeds: [ ]   # none\n", "feeds:   # none\n" + entry("  ")},
		{"empty list of two lines", "feeds: [\n]\n", "feeds: [\n  " + flow + "\n]\n"},
		{"brackets", "feeds: [{url: " + urlA + "}] # c\n", "feeds: [{url: " + urlA + "}, " + flow + "] # c\n"},
		{"brackets with a comma", "feeds: [{url: " + urlA + "},]\n", "feeds: [{url: " + urlA + "}, " + flow + "]\n"},
		{"brackets of lines", "feeds: [\n    {url: " + urlA + "} # a\n    # end\n  ]\n", "feeds: [\n    {url: " + urlA + "}, # a\n    # end\n    " + flow + "\n  ]\n"},
		{"brackets of lines with commas", "feeds: [\n    {url: " + urlA + "}, # a\n]\n", "feeds: [\n    {url: " + urlA + "}, # a\n    " + flow + "\n]\n"},
		{"brackets, Hangul", "feeds: [{url: " + urlA + ", name: 전자신문}]\n", "feeds: [{url: " + urlA + ", name: 전자신문}, " + flow + "]\n"},
		{"all in brackets", "{feeds: [{url: " + urlA + "}], data_dir: x}", "{feeds: [{url: " + urlA + "}, " + flow + "], data_dir: x}"},
		{"block", "feeds:\n  - url: " + urlA + "\n", "feeds:\n  - url: " + urlA + "\n" + entry("  ")},
		{"block, not indented", "feeds:\n- url: " + urlA + "\nlog: {level: warn}\n", "feeds:\n- url: " + urlA + "\n" + entry("") + "log: {level: warn}\n"},
		{"block, far in", "feeds:\n      -   url: " + urlA + "\n          lang: ko\n", "feeds:\n      -   url: " + urlA + "\n          lang: ko\n" + entry("      ")},
		{"block of brackets", "feeds:\n  - {url: " + urlA + "}\n", "feeds:\n  - {url: " + urlA + "}\n  - " + flow + "\n"},
		{"block, more keys", "feeds:\n  - url: " + urlA + " # a\n    # inside\n\n  # below\n\n# the log\nlog: {level: warn}\n", "feeds:\n  - url: " + urlA + " # a\n    # inside\n" + entry("  ") + "\n  # below\n\n# the log\nlog: {level: warn}\n"},
		{"block, text of lines", "feeds:\n  - url: " + urlA + "\n    name: |\n      A\n\n      # B\n\nlog: {level: warn}\n", "feeds:\n  - url: " + urlA + "\n    name: |\n      A\n\n      # B\n" + entry("  ") + "\nlog: {level: warn}\n"},
		{"block, no end of line", "feeds:\n  - url: " + urlA, "feeds:\n  - url: " + urlA + "\n" + strings.TrimSuffix(entry("  "), "\n")},
		{"anchor", "feeds: &all\n  - url: " + urlA + "\n", "feeds: &all\n  - url: " + urlA + "\n" + entry("  ")},
		{"a start of the document", "---\nfeeds:\n  - url: " + urlA + "\n", "---\nfeeds:\n  - url: " + urlA + "\n" + entry("  ")},
		{"Windows", "feeds:\r\n  - url: " + urlA + "\r\n", "feeds:\r\n  - url: " + urlA + "\r\n" + strings.ReplaceAll(entry("  "), "\n", "\r\n")},
		{"byte order mark", "\ufefffeeds: [{url: " + urlA + "}]\n", "\ufefffeeds: [{url: " + urlA + "}, " + flow + "]\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := AddFeeds("f", []byte(tt.text), added)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
			back, _, err := RemoveFeed("f", got, urlN)
			if err != nil {
				t.Fatalf("remove again: %v", err)
			}
			if c, err := Parse("f", back); err != nil || FindFeed(c.Feeds, urlN) >= 0 {
				t.Errorf("removed again, it is there: %v\n%s", err, back)
			}
		})
	}
}

func TestRemoveFeed(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"the only one", "feeds:\n  - url: https://n.example/rss\n", "feeds:\n"},
		{"first, with its comments", "feeds:\n  # n\n  # goes\n  - url: https://n.example/rss # n\n    name: N\n  # a\n  - url: https://a.example/rss\n", "feeds:\n  # a\n  - url: https://a.example/rss\n"},
		{"last", "feeds:\n  # a\n  - url: https://a.example/rss\n\n  # n\n  - url: https://n.example/rss\n    # inside\n\n# the log\nlog: {level: warn}\n", "feeds:\n  # a\n  - url: https://a.example/rss\n\n\n# the log\nlog: {level: warn}\n"},
		{"comment apart", "feeds:\n  # all\n\n  - url: https://n.example/rss\n  - url: https://a.example/rss\n", "feeds:\n  # all\n\n  - url: https://a.example/rss\n"},
		{"below one that is switched off", "feeds:\n  # - url: https://off.example/rss\n  - url: https://n.example/rss\n  - url: https://a.example/rss\n", "feeds:\n  # - url: https://off.example/rss\n  - url: https://a.example/rss\n"},
		{"block of brackets", "feeds:\n- {url: https://a.example/rss}\n- {url: https://n.example/rss}\n", "feeds:\n- {url: https://a.example/rss}\n"},
		{"no end of line", "feeds:\n- url: https://a.example/rss\n- url: https://n.example/rss", "feeds:\n- url: https://a.example/rss\n"},
		{"brackets, first", "feeds: [{url: https://n.example/rss}, {url: https://a.example/rss}] # c\n", "feeds: [{url: https://a.example/rss}] # c\n"},
		{"brackets, last", "feeds: [{url: https://a.example/rss}, {url: https://n.example/rss}]\n", "feeds: [{url: https://a.example/rss}]\n"},
		{"brackets, only", "feeds: [{url: https://n.example/rss}]\n", "feeds: []\n"},
		{"brackets of lines, first", "feeds: [\n  {url: https://n.example/rss}, # n\n  {url: https://a.example/rss}, # a\n]\n", "feeds: [\n  {url: https://a.example/rss}, # a\n]\n"},
		{"brackets of lines, last", "feeds: [\n  {url: https://a.example/rss}, # a\n  {url: https://n.example/rss} # n\n]\n", "feeds: [\n  {url: https://a.example/rss} # a\n]\n"},
		{"by its id", "feeds:\n  - url: https://b.example/rss\n    id: n\n  - url: https://a.example/rss\n", "feeds:\n  - url: https://a.example/rss\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			key := urlN
			if tt.name == "by its id" {
				key = "n"
			}
			got, _, err := RemoveFeed("f", []byte(tt.text), key)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestEditRefuses(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       error
	}{
		{"there by its address", "feeds: [{url: " + urlN + "}]", ErrFeedThere},
		{"there in another form", "feeds: [{url: 'HTTPS://N.example:443/rss'}]", ErrFeedThere},
		{"an old line end", "data_dir: x\rlog: {level: warn}\r", ErrShape},
		{"null in brackets", "{feeds: , data_dir: x}", ErrShape},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := AddFeeds("f", []byte(tt.text), added); !errors.Is(err, tt.want) {
				t.Errorf("%q, %v, want %v", got, err, tt.want)
			}
		})
	}
	if _, _, err := RemoveFeed("f", []byte("feeds: []"), "x"); !errors.Is(err, ErrNoFeed) {
		t.Errorf("remove of nothing: %v", err)
	}
	if _, err := AddFeeds("f", []byte("colour: red"), added); err == nil || !strings.Contains(err.Error(), "f:1: colour") {
		t.Errorf("a faulty file: %v", err)
	}
	if _, err := AddFeeds("f", nil, fetcher.Source{URL: "gopher://x"}); err == nil {
		t.Error("a feed that makes no sense was added")
	}
}

// FuzzEdit checks that an edit of a valid file is a valid file with exactly one
// entry more or less, or is refused.
func FuzzEdit(f *testing.F) {
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, "Name")
	}
	for _, s := range []string{
		"", "{}", "feeds:", "feeds: []", "feeds: [\n]", "feeds: [{url: http://a}]", "{feeds: [{url: http://a},\n]}",
		"feeds:\n- url: http://a\n# c\n- {url: http://b}\n...", "? feeds\n: - url: http://a\n", "feeds: &a\n  - url: http://a\n    name: |+\n     x\n\n",
	} {
		f.Add([]byte(s), "이름: #1")
	}
	f.Fuzz(func(t *testing.T, data []byte, name string) {
		before, err := Parse("f", data)
		if err != nil {
			return
		}
		n := len(before.Feeds)
		out, err := AddFeeds("f", data, fetcher.Source{URL: urlN, ID: "fuzz-new", Name: name})
		if err == nil {
			c, err := Parse("f", out)
			if err != nil || len(c.Feeds) != n+1 || c.Feeds[n].Name != name {
				t.Fatalf("added to %q: %q: %v", data, out, err)
			}
			back, _, err := RemoveFeed("f", out, "fuzz-new")
			if c, parseErr := Parse("f", back); err == nil && (parseErr != nil || len(c.Feeds) != n) {
				t.Fatalf("removed again from %q: %q: %v", out, back, parseErr)
			}
		}
		for _, s := range before.Feeds {
			out, _, err := RemoveFeed("f", data, s.Feed(0).ID)
			if err != nil {
				continue
			}
			if c, err := Parse("f", out); err != nil || len(c.Feeds) != n-1 {
				t.Fatalf("removed from %q: %q: %v", data, out, err)
			}
		}
	})
}
