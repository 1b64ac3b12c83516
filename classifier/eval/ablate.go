package eval

import (
	"fmt"
	"slices"
	"time"

	"github.com/chipwire/chipwire/classifier"
	"github.com/chipwire/chipwire/classifier/company"
	"github.com/chipwire/chipwire/classifier/lexicon"
	"github.com/chipwire/chipwire/news"
)

// Parts returns the classifier without one of its parts, for each part that can
// be taken away from outside: classes of cues, people, what the text is given of.
// The first is the whole.
func Parts(cfg classifier.Config, reg *company.Registry, lex *lexicon.Lexicon) ([]Rule, error) {
	whole, err := classifier.New(cfg, reg, lex)
	if err != nil {
		return nil, err
	}
	rules := []Rule{{"the whole", whole.Classify}, {"without the learnt weights", whole.RulesAlone().Classify}}
	for _, part := range []struct {
		name string
		gone func(lexicon.Cue) bool
	}{
		{"cues against: market, rivalry, wish, past, …", ofClass(lexicon.Anti)},
		{"cues of headlines", ofClass(lexicon.Headline)},
		{"negation", ofClass(lexicon.Negation)},
		{"comparisons: names beside “unlike”, “rival”", ofClass(lexicon.Before, lexicon.After)},
		{"other products", ofClass(lexicon.Other)},
		{"blocked words", ofClass(lexicon.Block)},
		{"anaphora", ofClass(lexicon.Anaphor)},
		{"stages", func(c lexicon.Cue) bool { return c.Class == lexicon.Stage || c.Class == lexicon.Future }},
		{"kinds", ofClass(lexicon.Kind)},
		{"quoted sources, freshness, amounts, instruments", ofClass(lexicon.Source, lexicon.Fresh, lexicon.Amount, lexicon.Instrument)},
	} {
		less := &lexicon.Lexicon{Cues: slices.DeleteFunc(slices.Clone(lex.Cues), part.gone)}
		c, err := classifier.New(cfg, reg, less)
		if err != nil {
			return nil, fmt.Errorf("without %s: %w", part.name, err)
		}
		rules = append(rules, Rule{"without " + part.name, c.Classify})
	}
	people, err := withoutPeople(reg)
	if err != nil {
		return nil, err
	}
	c, err := classifier.New(cfg, people, lex)
	if err != nil {
		return nil, err
	}
	rules = append(rules, Rule{"without people", c.Classify})
	return append(rules, views(whole)...), nil
}

func ofClass(classes ...lexicon.Class) func(lexicon.Cue) bool {
	return func(c lexicon.Cue) bool { return slices.Contains(classes, c.Class) }
}

func withoutPeople(reg *company.Registry) (*company.Registry, error) {
	list := reg.All()
	for i := range list {
		list[i].People, list[i].Replace = nil, true
	}
	return reg.Merge(list)
}

// views are the classifier on a part of the text.
func views(c *classifier.Classifier) []Rule {
	see := func(change func(*news.Article)) Judge {
		return func(a news.Article) news.Verdict {
			change(&a)
			return c.Classify(a)
		}
	}
	return []Rule{
		{"the headline alone", see(func(a *news.Article) { a.Body = "" })},
		{"the body alone", see(func(a *news.Article) { a.Title = "" })},
		{"without the date", see(func(a *news.Article) { a.PublishedAt = time.Time{} })},
	}
}

// A RuleReport is what one rule of several is worth.
type RuleReport struct {
	Name    string `json:"name"`
	Group   Group  `json:"all"`
	Hard    Figure `json:"hard"`    // see [Report.Hard]
	Minimal Figure `json:"minimal"` // see [Minimal.Both]
}

// Compare measures several rules on one set. told, unless nil, is called before
// each.
func Compare(set Set, rules []Rule, told func(name string)) []RuleReport {
	var out []RuleReport
	for _, rule := range rules {
		if told != nil {
			told(rule.Name)
		}
		r := Measure(set, rule.Judge, nil)
		out = append(out, RuleReport{Name: rule.Name, Group: r.All, Hard: r.Hard.Specificity, Minimal: r.Minimal.Both})
	}
	return out
}
