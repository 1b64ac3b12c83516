package company

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/chipwire/chipwire/news"
)

// Validate reports every fault of an entry that can be seen without the others.
func (c Company) Validate() error { return errors.Join(c.faults()...) }

func (c Company) faults() []error {
	var errs []error
	fault := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("company %q: "+format, append([]any{c.ID}, args...)...))
	}
	if !c.ID.Valid() || strings.HasPrefix(string(c.ID), "-") || strings.HasSuffix(string(c.ID), "-") {
		fault("bad id, want kebab-case of a-z, 0-9 and -")
	}
	for _, r := range c.Roles {
		if !slices.Contains(Roles, r) {
			fault("role %q, want one of %s", r, strings.Join(Roles, ", "))
		}
	}
	if c.Match != "" && c.Match != "cased" {
		fault("match %q, want cased or nothing", c.Match)
	}
	if mic, code, ok := strings.Cut(c.Ticker, ":"); c.Ticker != "" && (!ok || len(mic) != 4 || code == "") {
		fault("ticker %q, want MIC:CODE", c.Ticker)
	}
	named := false
	c.each(func(alias string, context bool) {
		named = true
		switch n := utf8.RuneCountInString(strings.TrimSpace(alias)); {
		case n == 0:
			fault("empty alias")
		case n < 2 && !context:
			fault("alias %q is shorter than two runes: give it under context", alias)
		}
	})
	if !named {
		fault("no name")
	}
	return errs
}

// check reports every fault of a list: those of its entries, ids given twice,
// safe aliases of two companies, parents that are not there. at holds the line
// of each entry, or nothing.
func check(list []Company, at []int) error {
	var errs []error
	where := func(i int, err error) {
		if len(at) == len(list) {
			err = fmt.Errorf("line %d: %w", at[i], err)
		}
		errs = append(errs, err)
	}
	ids := map[news.CompanyID]int{}
	owner := map[string]int{}
	for i, c := range list {
		for _, err := range c.faults() {
			where(i, err)
		}
		if _, ok := ids[c.ID]; ok {
			where(i, fmt.Errorf("company %q: given twice", c.ID))
			continue
		}
		ids[c.ID] = i
		c.each(func(alias string, context bool) {
			key := fold(alias)
			if context || key == "" {
				return
			}
			if j, ok := owner[key]; ok && list[j].ID != c.ID {
				where(i, fmt.Errorf("company %q: alias %q is also one of %q", c.ID, alias, list[j].ID))
			}
			owner[key] = i
		})
	}
	for i, c := range list {
		if _, ok := ids[c.Parent]; c.Parent != "" && !ok {
			where(i, fmt.Errorf("company %q: parent %q is in no registry", c.ID, c.Parent))
		}
		c.each(func(alias string, context bool) {
			if j, ok := owner[fold(alias)]; context && ok && list[j].ID != c.ID {
				where(i, fmt.Errorf("company %q: context alias %q is a name of %q", c.ID, alias, list[j].ID))
			}
		})
	}
	return errors.Join(errs...)
}
