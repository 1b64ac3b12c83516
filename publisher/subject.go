package publisher

import (
	"fmt"
	"strings"

	"github.com/chipwire/chipwire/news"
)

// Roots of the subjects of alerts.
const (
	AlertsRoot = "alerts" // what the desk is sure of
	ReviewRoot = "review" // what it is not: below the accept threshold
)

// Subject is where an alert is published:
// <root>.<company>.<kind>.<stage>.<event>. Every token is of [a-z0-9-], and the
// subject is the alert's identity: it is published on at most once.
func Subject(a news.Alert, review bool) (string, error) {
	root := AlertsRoot
	if review {
		root = ReviewRoot
	}
	for _, token := range []string{string(a.Company.ID), a.Token()} {
		if !news.CompanyID(token).Valid() {
			return "", fmt.Errorf("alert %s: %q cannot be a token of a subject", a.ID, token)
		}
	}
	if _, err := news.ParseKind(string(a.Kind)); err != nil {
		return "", fmt.Errorf("alert %s: %w", a.ID, err)
	}
	if _, err := news.ParseStage(string(a.Stage)); err != nil {
		return "", fmt.Errorf("alert %s: %w", a.ID, err)
	}
	return strings.Join([]string{root, string(a.Company.ID), string(a.Kind), string(a.Stage), a.Token()}, "."), nil
}

// A Filter chooses alerts. The zero value chooses all that are not in the review
// band.
type Filter struct {
	Companies []news.CompanyID // the company told; none: every company
	Kinds     []news.Kind
	Stages    []news.Stage
	With      []news.CompanyID // all of these are parties
	Review    bool             // the review band instead
}

// Subjects returns the subjects to subscribe to, none of which overlap. With is
// in no subject; [Filter.Match] applies it.
func (f Filter) Subjects() []string {
	root := AlertsRoot
	if f.Review {
		root = ReviewRoot
	}
	var subjects []string
	for _, c := range orAny(f.Companies) {
		for _, k := range orAny(f.Kinds) {
			for _, s := range orAny(f.Stages) {
				subjects = append(subjects, fmt.Sprintf("%s.%s.%s.%s.*", root, c, k, s))
			}
		}
	}
	return subjects
}

func orAny[T ~string](list []T) []T {
	if len(list) == 0 {
		return []T{"*"}
	}
	return list
}

// Match reports whether the alert has the parties of f.With.
func (f Filter) Match(a news.Alert) bool {
	for _, id := range f.With {
		there := false
		for _, p := range a.Parties {
			there = there || p.ID == id
		}
		if !there {
			return false
		}
	}
	return true
}
