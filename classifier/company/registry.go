package company

import (
	"cmp"
	_ "embed" // the built-in registry
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/chipwire/chipwire/news"
)

//go:embed companies.yaml
var builtin []byte

// A Registry is a set of companies without contradictions.
type Registry struct {
	list []Company // sorted by id
}

// Default returns the built-in registry. It is read once.
func Default() (*Registry, error) { return loadDefault() }

var loadDefault = sync.OnceValues(func() (*Registry, error) {
	list, err := Parse(builtin)
	if err != nil {
		return nil, fmt.Errorf("built-in companies: %w", err)
	}
	return newRegistry(list)
})

// file is the form of companies.yaml.
type file struct {
	Version   int       `yaml:"version"`
	Companies []Company `yaml:"companies"`
}

// Parse reads a registry file and checks it by itself: all faults at once, with
// the line of the entry they are in.
func Parse(data []byte) ([]Company, error) {
	var f file
	if err := yaml.UnmarshalWithOptions(data, &f, yaml.Strict()); err != nil {
		return nil, err
	}
	if err := check(f.Companies, lines(data)); err != nil {
		return nil, err
	}
	return f.Companies, nil
}

// lines returns the lines on which an id is given, in order.
func lines(data []byte) []int {
	var at []int
	n := 0
	for line := range strings.Lines(string(data)) {
		n++
		s := strings.TrimLeft(line, " -{")
		if strings.HasPrefix(s, "id:") {
			at = append(at, n)
		}
	}
	return at
}

// newRegistry checks the list as a whole and sorts it.
func newRegistry(list []Company) (*Registry, error) {
	if err := check(list, nil); err != nil {
		return nil, err
	}
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b Company) int { return cmp.Compare(a.ID, b.ID) })
	return &Registry{list: list}, nil
}

// Merge returns a registry with list merged onto it by id: what an entry gives is
// added to the company of its id, single values take the place of the ones there,
// and an entry with Replace takes the place of the whole company. r itself stays
// as it is.
func (r *Registry) Merge(list []Company) (*Registry, error) {
	merged := slices.Clone(r.list)
	var errs []error
	seen := map[news.CompanyID]bool{}
	for _, c := range list {
		if seen[c.ID] {
			errs = append(errs, fmt.Errorf("company %q: given twice", c.ID))
			continue
		}
		seen[c.ID] = true
		if i := slices.IndexFunc(merged, func(m Company) bool { return m.ID == c.ID }); i >= 0 {
			merged[i] = overlay(merged[i], c)
		} else {
			merged = append(merged, c)
		}
	}
	out, err := newRegistry(merged)
	if err = errors.Join(append(errs, err)...); err != nil {
		return nil, err
	}
	return out, nil
}

// overlay returns base with what c gives: lists grow, single values change.
func overlay(base, c Company) Company {
	if c.Replace {
		return c
	}
	base.Roles = union(base.Roles, c.Roles)
	base.Needs = union(base.Needs, c.Needs)
	base.Block = union(base.Block, c.Block)
	base.People = union(base.People, c.People)
	base.Names = unions(base.Names, c.Names)
	base.Context = unions(base.Context, c.Context)
	if len(c.Display) > 0 {
		display := maps.Clone(base.Display)
		if display == nil {
			display = map[string]string{}
		}
		maps.Copy(display, c.Display)
		base.Display = display
	}
	base.Country = cmp.Or(c.Country, base.Country)
	base.Ticker = cmp.Or(c.Ticker, base.Ticker)
	base.Match = cmp.Or(c.Match, base.Match)
	base.Parent = cmp.Or(c.Parent, base.Parent)
	base.Note = cmp.Or(c.Note, base.Note)
	return base
}

// union returns a list of its own with what is in either, in order.
func union(base, more []string) []string {
	out := slices.Clone(base)
	for _, s := range more {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

func unions(base, more map[string][]string) map[string][]string {
	if len(more) == 0 {
		return base
	}
	out := map[string][]string{}
	maps.Copy(out, base)
	for lang, list := range more {
		out[lang] = union(base[lang], list)
	}
	return out
}

// Get returns the company of an id.
func (r *Registry) Get(id news.CompanyID) (Company, bool) {
	i, ok := slices.BinarySearchFunc(r.list, id, func(c Company, id news.CompanyID) int { return cmp.Compare(c.ID, id) })
	if !ok {
		return Company{}, false
	}
	return r.list[i], true
}

// All returns every company, sorted by id. The slice is the caller's own.
func (r *Registry) All() []Company { return slices.Clone(r.list) }

// Search returns the companies whose id, ticker, name or executive the query
// names, whole matches first. Case, width and composition do not matter. An
// empty query matches all.
func (r *Registry) Search(query string) []Company {
	q := fold(strings.TrimSpace(query))
	if q == "" {
		return r.All()
	}
	type hit struct {
		c    Company
		rank int
	}
	var hits []hit
	for _, c := range r.list {
		if rank := c.matches(q); rank > 0 {
			hits = append(hits, hit{c, rank})
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return cmp.Compare(b.rank, a.rank) })
	out := make([]Company, len(hits))
	for i, h := range hits {
		out[i] = h.c
	}
	return out
}

// fold makes names comparable: NFKC and case folding.
func fold(s string) string { return cases.Fold().String(norm.NFKC.String(s)) }

func mapKeys[V any](m map[string]V) iter.Seq[string] { return maps.Keys(m) }
