package desk

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/chipwire/chipwire/news"
)

// A Config says which reports are one event, and what is told of it.
type Config struct {
	Window time.Duration   `yaml:"window"` // how long after its last report a deal may be reported on
	Reread []time.Duration `yaml:"reread"` // after an alert, when the article behind it is read again

	Policy    `yaml:",inline"`
	Companies map[news.CompanyID]Policy `yaml:"companies"` // what is told of single companies; what one leaves out is as above
}

// A Policy says which alerts are told. The zero value tells all.
type Policy struct {
	MinScore  float64       `yaml:"min_score"` // of the event, 0 to 1; the review band is not asked
	Kinds     []news.Kind   `yaml:"kinds"`     // none: all
	Stages    []news.Stage  `yaml:"stages"`    // none: all
	Languages []string      `yaml:"languages"` // of a report, two letters; none: all
	Sources   int           `yaml:"sources"`   // independent ones that must have reported it
	Hold      time.Duration `yaml:"hold"`      // how long they are waited for; after that one is enough; 0: for ever
}

// Default is the configuration where a file says nothing.
var Default = Config{
	Window: 90 * 24 * time.Hour,
	Reread: []time.Duration{15 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour},
}

// maxReread is the latest time at which an article is read again: items are not
// kept longer.
const maxReread = 72 * time.Hour

// Validate reports every field whose value makes no sense, not only the first.
func (c Config) Validate() error {
	var errs []error
	if c.Window < time.Hour || c.Window > 90*24*time.Hour {
		errs = append(errs, fmt.Errorf("window: %v, want 1h to 2160h: events are kept for 90 days", c.Window))
	}
	for i, d := range c.Reread {
		if d < time.Minute || d > maxReread || i > 0 && d <= c.Reread[i-1] {
			errs = append(errs, fmt.Errorf("reread: %v, want times of 1m to 72h, each longer than the one before", d))
		}
	}
	errs = append(errs, c.Policy.validate("")...)
	for id, p := range c.Companies {
		if !id.Valid() {
			errs = append(errs, fmt.Errorf("companies: %q, want the id of a company, such as samsung-electronics", id))
		}
		errs = append(errs, p.validate(fmt.Sprintf("companies.%s.", id))...)
	}
	return errors.Join(errs...)
}

func (p Policy) validate(path string) (errs []error) {
	if !(p.MinScore >= 0 && p.MinScore <= 1) {
		errs = append(errs, fmt.Errorf("%smin_score: %v, want 0 to 1", path, p.MinScore))
	}
	for _, k := range p.Kinds {
		if _, err := news.ParseKind(string(k)); err != nil {
			errs = append(errs, fmt.Errorf("%skinds: %w", path, err))
		}
	}
	for _, s := range p.Stages {
		if _, err := news.ParseStage(string(s)); err != nil {
			errs = append(errs, fmt.Errorf("%sstages: %w", path, err))
		}
	}
	for _, l := range p.Languages {
		if len(l) != 2 {
			errs = append(errs, fmt.Errorf("%slanguages: %q, want two letters such as ko", path, l))
		}
	}
	if p.Sources < 0 || p.Sources > 10 {
		errs = append(errs, fmt.Errorf("%ssources: %d, want 0 to 10", path, p.Sources))
	}
	if p.Hold < 0 || p.Hold > 24*time.Hour {
		errs = append(errs, fmt.Errorf("%shold: %v, want 0s to 24h", path, p.Hold))
	}
	return errs
}

// of is the policy for one company.
func (c Config) of(id news.CompanyID) Policy {
	p, own := c.Policy, c.Companies[id]
	if own.MinScore > 0 {
		p.MinScore = own.MinScore
	}
	if len(own.Kinds) > 0 {
		p.Kinds = own.Kinds
	}
	if len(own.Stages) > 0 {
		p.Stages = own.Stages
	}
	if len(own.Languages) > 0 {
		p.Languages = own.Languages
	}
	if own.Sources > 0 {
		p.Sources, p.Hold = own.Sources, own.Hold
	}
	return p
}

// A ruling is what a policy makes of an alert.
type ruling int

const (
	tellNow ruling = iota
	tellNot
	tellLater // after [Policy.Hold], or with another source
)

// rule decides on an alert of the event. Who was told that a deal is on is told
// that it is off, whoever says so.
func (p Policy) rule(ev news.Event, stage news.Stage, known bool) ruling {
	langs := func(c news.Claim) bool { return slices.Contains(p.Languages, c.Lang) }
	switch {
	case len(p.Kinds) > 0 && !slices.Contains(p.Kinds, ev.Kind), len(p.Stages) > 0 && !slices.Contains(p.Stages, stage):
		return tellNot
	case known && stage.Over():
		return tellNow
	case !ev.Review && ev.Score < p.MinScore, len(p.Languages) > 0 && !slices.ContainsFunc(ev.Claims, langs):
		return tellNot
	case ev.Independent >= p.Sources:
		return tellNow
	case p.Hold > 0:
		return tellLater
	}
	return tellNot
}
