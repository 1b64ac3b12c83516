package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chipwire/chipwire/classifier"
	"github.com/chipwire/chipwire/internal/demo"
	"github.com/chipwire/chipwire/news"
)

// A story is one of the gold set, or one side of a minimal pair.
type story struct {
	ID        string           `json:"id"`
	Publisher string           `json:"publisher"`
	Lang      string           `json:"lang"`
	Title     string           `json:"title"`
	Body      string           `json:"body"`
	Flagged   bool             `json:"flagged"`
	Companies []news.CompanyID `json:"companies"`
	Pairs     []news.Pair      `json:"pairs"`

	A *story `json:"a"`
	B *story `json:"b"`
}

// read returns the stories of files, in the order of their names.
func read(patterns ...string) ([]story, error) {
	var out []story
	for _, p := range patterns {
		files, err := filepath.Glob(p)
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				return nil, err
			}
			lines := bufio.NewScanner(bytes.NewReader(data))
			lines.Buffer(nil, 1<<20)
			for n := 1; lines.Scan(); n++ {
				var s story
				if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
					return nil, fmt.Errorf("%s:%d: %w", file, n, err)
				}
				out = append(out, s.sides()...)
			}
			if err := lines.Err(); err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
		}
	}
	return out, nil
}

// sides are both texts of a minimal pair, or the story itself.
func (s story) sides() []story {
	if s.A == nil || s.B == nil {
		return []story{s}
	}
	a, b := *s.A, *s.B
	for _, side := range []*story{&a, &b} {
		side.ID, side.Lang = s.ID, s.Lang
		for _, p := range side.Pairs {
			for _, id := range []news.CompanyID{p.A, p.B} {
				if !slices.Contains(side.Companies, id) {
					side.Companies = append(side.Companies, id)
				}
			}
		}
	}
	return []story{a, b}
}

// imagined returns the stories of the demo's newsroom.
func imagined() ([]story, error) {
	n, err := demo.Load()
	if err != nil {
		return nil, err
	}
	var out []story
	for _, d := range n.Stories {
		s := story{ID: "demo-" + d.Slug, Title: d.Title, Body: strings.Join(d.Body, "\n\n"), Flagged: len(d.Deals) > 0}
		for _, x := range d.Deals {
			for i, a := range x.Companies {
				s.Companies = append(s.Companies, a)
				for _, b := range x.Companies[i+1:] {
					s.Pairs = append(s.Pairs, news.Pair{A: min(a, b), B: max(a, b), Kind: x.Kind, Stage: x.Stage})
				}
			}
		}
		out = append(out, s)
	}
	return out, nil
}

// author is who wrote a story: the first part of its id.
func (s story) author() string {
	name, _, _ := strings.Cut(s.ID, "-")
	return name
}

// known holds for a company of the registry; others are labelled x-name.
func known(id news.CompanyID) bool { return !strings.HasPrefix(string(id), "x-") }

// An example is a candidate with its label.
type example struct {
	classifier.Candidate
	story int
	gold  *news.Pair // nil: no deal
	keys  []int32    // of the features, by the model's order
	short bool       // of a minimal pair
}

// examples are the candidates of the stories; lost counts deals that are none.
func examples(c *classifier.Classifier, stories []story) (out []example, lost int) {
	for i := range stories {
		s := &stories[i]
		found := map[[2]news.CompanyID]bool{}
		for _, x := range c.Candidates(news.Article{Title: s.Title, Body: s.Body, Lang: s.Lang}) {
			e := example{Candidate: x, story: i, short: s.Publisher == ""}
			if j := slices.IndexFunc(s.Pairs, func(p news.Pair) bool { return p.A == x.A && p.B == x.B }); j >= 0 {
				e.gold = &s.Pairs[j]
			}
			found[[2]news.CompanyID{x.A, x.B}] = true
			out = append(out, e)
		}
		for _, p := range s.Pairs {
			if known(p.A) && known(p.B) && !found[[2]news.CompanyID{p.A, p.B}] {
				lost++
			}
		}
	}
	return out, lost
}

func positives(list []example) (n int) {
	for i := range list {
		if list[i].gold != nil {
			n++
		}
	}
	return n
}

// shift returns list with its stories counted from n.
func shift(list []example, n int) []example {
	out := slices.Clone(list)
	for i := range out {
		out[i].story += n
	}
	return out
}
