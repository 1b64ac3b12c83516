// Package company is the registry of the firms that chipwire knows: their ids,
// names in several languages, chief executives, and what keeps a name like
// "Meta" or "암" from being found where it means something else.
//
// The built-in registry is companies.yaml, embedded. A user's own entries are
// merged onto it by id ([Registry.Merge]). A registry never changes once made,
// so it may be shared.
package company

import (
	"slices"
	"strings"

	"github.com/chipwire/chipwire/news"
)

// A Company is one entry of the registry, and of the configuration's section
// "companies".
type Company struct {
	ID      news.CompanyID `yaml:"id"`
	Roles   []string       `yaml:"role,omitempty"`    // see [Roles]
	Country string         `yaml:"country,omitempty"` // ISO 3166 code of two letters
	Ticker  string         `yaml:"ticker,omitempty"`  // MIC and local code, XKRX:005930; empty when unlisted

	// Names are the aliases that always mean the company, by language; the
	// first of a language is its display name there, unless Display has one.
	Names map[string][]string `yaml:"names,omitempty"`
	// Display are the names by which people know a company whose everyday name
	// is no safe alias: Amazon, Meta.
	Display map[string]string `yaml:"display,omitempty"`
	// Context are aliases that have other meanings too. They count beside a cue
	// of Needs, beside another company and a chip, or after a safe alias.
	Context map[string][]string `yaml:"context,omitempty"`

	Needs  []string       `yaml:"needs,omitempty"`  // cues that confirm a context alias
	Block  []string       `yaml:"block,omitempty"`  // longer strings that hold an alias and are not the company
	People []string       `yaml:"people,omitempty"` // executives whose name stands for the company
	Match  string         `yaml:"match,omitempty"`  // "cased": Latin aliases in exact case only
	Parent news.CompanyID `yaml:"parent,omitempty"` // a mention of the child is none of the parent
	Note   string         `yaml:"note,omitempty"`   // for the reader of the file

	// Replace has the entry take the place of the company of its id instead of
	// adding to it.
	Replace bool `yaml:"replace,omitempty"`
}

// Roles lists the parts that a company may have in the value chain.
var Roles = []string{
	"fabless", "foundry", "memory", "equipment", "materials", "substrate", "osat", "design-house",
	"ip", "eda", "network", "systems", "oem", "automotive", "hyperscaler", "neocloud", "ai-lab",
	"internet", "telco", "investor",
}

// Name returns the display name in a language: the one of Display, else the first
// name of that language, else the English one, else any, else the id.
func (c Company) Name(lang string) string {
	for _, l := range []string{lang, "en", "ko", "ja", "zh"} {
		if name := c.Display[l]; name != "" {
			return name
		}
		if names := c.Names[l]; len(names) > 0 {
			return names[0]
		}
	}
	for _, l := range slices.Sorted(mapKeys(c.Names)) {
		if names := c.Names[l]; len(names) > 0 {
			return names[0]
		}
	}
	return string(c.ID)
}

// Is reports whether the company has one of the roles.
func (c Company) Is(roles ...string) bool {
	return slices.ContainsFunc(roles, func(r string) bool { return slices.Contains(c.Roles, r) })
}

// Cased reports whether Latin aliases match in exact case only.
func (c Company) Cased() bool { return c.Match == "cased" }

// each calls f for every alias in a fixed order.
func (c Company) each(f func(alias string, context bool)) {
	for _, l := range slices.Sorted(mapKeys(c.Names)) {
		for _, n := range c.Names[l] {
			f(n, false)
		}
	}
	for _, l := range slices.Sorted(mapKeys(c.Context)) {
		for _, n := range c.Context[l] {
			f(n, true)
		}
	}
}

// matches reports how well the company answers a query that is already folded:
// 3 for an id, ticker or whole name, 2 for the start of one, 1 for a part of a
// name, 0 for nothing.
func (c Company) matches(query string) int {
	best := 0
	try := func(s string) {
		s = fold(s)
		switch {
		case s == query:
			best = max(best, 3)
		case strings.HasPrefix(s, query):
			best = max(best, 2)
		case strings.Contains(s, query):
			best = max(best, 1)
		}
	}
	try(string(c.ID))
	try(c.Ticker)
	if _, code, ok := strings.Cut(c.Ticker, ":"); ok {
		try(code)
	}
	c.each(func(alias string, _ bool) { try(alias) })
	for _, p := range c.People {
		try(p)
	}
	return best
}
