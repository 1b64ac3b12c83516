package eval

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/chipwire/chipwire/news"
)

// A Story is a labelled story, a line of a gold file.
type Story struct {
	ID        string           `json:"id"`
	Publisher string           `json:"publisher"`
	Date      string           `json:"date"` // 2026-04-01, or empty
	Lang      string           `json:"lang"`
	Title     string           `json:"title"`
	Body      string           `json:"body"`
	Flagged   bool             `json:"flagged"`
	Findings  []Label          `json:"findings"`
	Companies []news.CompanyID `json:"companies"`
	Pairs     []news.Pair      `json:"pairs"`
	Tags      []string         `json:"tags"`
	Why       string           `json:"why"`
}

// A Label is one deal that a story reports.
type Label struct {
	Parties  []news.CompanyID `json:"parties"`
	Kind     news.Kind        `json:"kind"`
	Stage    news.Stage       `json:"stage"`
	Evidence string           `json:"evidence"` // a sentence of title or body
}

// A MinimalPair is two short stories that differ in one phrase and in what they
// report.
type MinimalPair struct {
	ID   string `json:"id"`
	Lang string `json:"lang"`
	What string `json:"what"` // the phrase
	A    Story  `json:"a"`
	B    Story  `json:"b"`
}

// A Set is what a judge is measured on.
type Set struct {
	Stories []Story
	Minimal []MinimalPair
}

// Article returns the story as the classifier gets it: title, body, and the
// date where there is one, but no language.
func (s Story) Article() news.Article {
	a := news.Article{ID: s.ID, Title: s.Title, Body: s.Body}
	if t, err := time.Parse(time.DateOnly, s.Date); err == nil {
		a.PublishedAt = t
	}
	return a
}

// unknown holds for a firm outside the registry.
func unknown(id news.CompanyID) bool { return strings.HasPrefix(string(id), "x-") }

// outside reports whether the story is flagged only for pairs with a firm
// outside the registry.
func (s Story) outside() bool {
	return len(s.Pairs) > 0 && !slices.ContainsFunc(s.Pairs, func(p news.Pair) bool { return !unknown(p.A) && !unknown(p.B) })
}

// Add reads a file of JSON lines, stories and minimal pairs in any order, into
// the set. It reports the faults of all lines at once, each behind name and the
// number of its line.
func (set *Set) Add(r io.Reader, name string) error {
	var errs []error
	seen := map[string]bool{}
	for _, s := range set.Stories {
		seen[s.ID] = true
	}
	for _, p := range set.Minimal {
		seen[p.ID] = true
	}
	in := bufio.NewReader(r)
	for n := 1; ; n++ {
		line, err := in.ReadBytes('\n')
		if line = bytes.TrimSpace(line); len(line) > 0 {
			for _, e := range set.line(line, seen) {
				errs = append(errs, fmt.Errorf("%s:%d: %w", name, n, e))
			}
		}
		if errors.Is(err, io.EOF) {
			return errors.Join(errs...)
		}
		if err != nil {
			return errors.Join(append(errs, fmt.Errorf("%s: %w", name, err))...)
		}
	}
}

// line reads one line and returns its faults.
func (set *Set) line(data []byte, seen map[string]bool) []error {
	var both struct {
		MinimalPair
		A *Story `json:"a"`
		B *Story `json:"b"`
	}
	if err := json.Unmarshal(data, &both); err != nil {
		return []error{fmt.Errorf("not the JSON that is wanted: %w", err)}
	}
	var errs []error
	if both.ID == "" {
		errs = append(errs, errors.New("no id"))
	} else if seen[both.ID] {
		errs = append(errs, fmt.Errorf("id %q: given twice", both.ID))
	}
	seen[both.ID] = true
	if both.A != nil && both.B != nil {
		p := both.MinimalPair
		p.A, p.B = *both.A, *both.B
		p.A.ID, p.B.ID, p.A.Lang, p.B.Lang = p.ID+"/a", p.ID+"/b", p.Lang, p.Lang
		set.Minimal = append(set.Minimal, p)
		return append(errs, append(p.A.faults(), p.B.faults()...)...)
	}
	var s Story
	if err := json.Unmarshal(data, &s); err != nil {
		return append(errs, fmt.Errorf("not a story: %w", err))
	}
	set.Stories = append(set.Stories, s)
	return append(errs, s.faults()...)
}

// faults returns what is wrong with the labels of a story.
func (s Story) faults() []error {
	var errs []error
	fault := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("story %q: "+format, append([]any{s.ID}, args...)...))
	}
	if strings.TrimSpace(s.Title+s.Body) == "" {
		fault("no text")
	}
	if s.Date != "" {
		if _, err := time.Parse(time.DateOnly, s.Date); err != nil {
			fault("date %q, want the form 2026-04-01", s.Date)
		}
	}
	if deals := len(s.Pairs)+len(s.Companies) > 0; s.Flagged != deals {
		fault("flagged %t with %d companies and %d pairs", s.Flagged, len(s.Companies), len(s.Pairs))
	}
	for _, p := range s.Pairs {
		if p.A >= p.B {
			fault("pair %s, %s: want a before b", p.A, p.B)
		}
		if _, err := news.ParseKind(string(p.Kind)); err != nil {
			fault("%w", err)
		}
		if _, err := news.ParseStage(string(p.Stage)); err != nil {
			fault("%w", err)
		}
	}
	for _, f := range s.Findings {
		if f.Evidence != "" && !strings.Contains(s.Title, f.Evidence) && !strings.Contains(s.Body, f.Evidence) {
			fault("evidence %q is in neither title nor body", f.Evidence)
		}
	}
	return errs
}
