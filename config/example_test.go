package config

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/chipwire/chipwire/fetcher"
	"github.com/chipwire/chipwire/internal/urls"
)

const examplePath = "../deploy/chipwire.example.yaml"

// TestExampleFeeds holds that the example loads, and that its starter set is
// one: no feed twice, each with its language and zone, enough of each language.
func TestExampleFeeds(t *testing.T) {
	cfg, err := Load(examplePath)
	if err != nil {
		t.Fatal(err)
	}
	on, pages := map[string]int{}, map[string]string{}
	for _, s := range cfg.Feeds {
		page, err := urls.Canonical(s.URL)
		if err != nil {
			t.Error(err)
		}
		page = urls.Page(page)
		if other, twice := pages[page]; twice {
			t.Errorf("%s is %s again", s.ID, other)
		}
		pages[page] = s.ID
		if s.ID == "" || s.Name == "" || s.Lang == "" || s.Zone == "" {
			t.Errorf("%s %q: lang %q, zone %q", s.URL, s.Name, s.Lang, s.Zone)
		}
		if !s.Disabled {
			on[s.Lang]++
		}
	}
	for lang, least := range map[string]int{"ko": 35, "en": 25, "ja": 3, "zh": 3} {
		if on[lang] < least {
			t.Errorf("%d feeds in %s are on, want %d or more", on[lang], lang, least)
		}
	}
}

// TestExampleShowsEveryKey holds that the lines which are commented out say what
// holds without them, and that no key is missing.
func TestExampleShowsEveryKey(t *testing.T) {
	data, err := os.ReadFile(examplePath)
	if err != nil {
		t.Fatal(err)
	}
	head, feeds, ok := strings.Cut(string(data), "\n# The feeds.")
	if !ok {
		t.Fatal("no part on feeds")
	}
	shown := regexp.MustCompile(`(?m)^#((?:  )*[a-z_]+:)`).ReplaceAllString(head, "$1")
	cfg, err := Parse("example", []byte(shown))
	if err != nil {
		t.Fatal(err)
	}
	want := Default
	cfg.Feeds, cfg.Companies = nil, nil
	if !reflect.DeepEqual(cfg, want) {
		t.Errorf("the lines say\n%+v\nthe defaults are\n%+v", cfg, want)
	}
	for part, text := range map[reflect.Type]string{reflect.TypeFor[Config](): string(data), reflect.TypeFor[fetcher.Source](): feeds} {
		for _, key := range keysIn(part) {
			if !regexp.MustCompile(`(?m)^[# ]*(?:- )?(?:[a-z_]+: \{.*)?\b` + key + `:`).MatchString(text) {
				t.Errorf("%s is not shown", key)
			}
		}
	}
}

// keysIn returns the keys of a section and of those in it, but not of lists.
func keysIn(t reflect.Type) []string {
	var keys []string
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if name == "-" {
			continue
		}
		if options != "inline" {
			keys = append(keys, name)
		}
		if f.Type.Kind() == reflect.Struct && f.Type.PkgPath() != "" {
			keys = append(keys, keysIn(f.Type)...)
		}
	}
	return keys
}
