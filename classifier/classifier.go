// Package classifier recognises stories that report a partnership on AI chips,
// and says who with whom, on what, and how far along. docs/labels.md has the
// rules that it follows.
//
// It reads a story the way a desk editor skims one. Names of firms and cue
// words are found in one scan ([Classifier] holds the automaton); each clause
// with a cue of cooperation and two firms in the right places becomes a frame, and
// frames of the same firms a deal. Then a model learnt from labelled stories
// (classifier/train) weighs each pair of firms that stand close, with what the
// frames say of it among its features. Nothing is random: [Classifier.Explain]
// shows every step, and what moved the score most.
//
// A Classifier asks neither network nor clock. It never changes, so any number
// of goroutines may use one.
package classifier

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"sync"

	"github.com/chipwire/chipwire/classifier/company"
	"github.com/chipwire/chipwire/classifier/lexicon"
	"github.com/chipwire/chipwire/classifier/weights"
	"github.com/chipwire/chipwire/news"
)

// codeVersion changes when the code judges differently with the same registry
// and lexicon.
const codeVersion = "2"

// Config sets the two thresholds of a finding's score.
type Config struct {
	Accept float64 `yaml:"accept"` // at or above: told to subscribers
	Review float64 `yaml:"review"` // at or above: for the review band; below: dropped
}

// Default is the configuration without a file.
var Default = Config{Accept: 0.35, Review: 0.12}

// Validate reports every field whose value makes no sense.
func (c Config) Validate() error {
	var errs []error
	for _, f := range []struct {
		name  string
		value float64
	}{{"accept", c.Accept}, {"review", c.Review}} {
		if math.IsNaN(f.value) || f.value <= 0 || f.value > 1 {
			errs = append(errs, fmt.Errorf("%s: %v, want more than 0 and at most 1", f.name, f.value))
		}
	}
	if c.Review > c.Accept {
		errs = append(errs, fmt.Errorf("review: %v is above accept: %v", c.Review, c.Accept))
	}
	return errors.Join(errs...)
}

// A Classifier judges articles.
type Classifier struct {
	cfg   Config
	v     *vocabulary
	model *model     // nil: the rules alone decide
	bags  *sync.Pool // of *bag, for the model
	rules string
}

// New compiles a registry and a lexicon into a Classifier.
func New(cfg Config, reg *company.Registry, lex *lexicon.Lexicon) (*Classifier, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if reg == nil || lex == nil {
		return nil, errors.New("classifier: no registry or no lexicon")
	}
	table, err := weights.Default()
	if err != nil {
		return nil, err
	}
	m := &model{table}
	c := &Classifier{cfg: cfg, v: newVocabulary(reg, lex), model: m, rules: version(cfg, reg, lex, table)}
	c.bags = &sync.Pool{New: func() any { return newBag(m) }}
	if lex.OwnTopic {
		c.model = nil // it was learnt from stories on chips
	}
	return c, nil
}

// RulesAlone returns the classifier without the weights that were learnt: what the
// hand-set rules make of a story.
func (c *Classifier) RulesAlone() *Classifier {
	alone := *c
	alone.model = nil
	alone.rules = news.Hash(c.rules, "rules alone")[:12]
	return &alone
}

// version hashes all that a verdict depends on besides the article.
func version(cfg Config, reg *company.Registry, lex *lexicon.Lexicon, table *weights.Table) string {
	parts := []string{codeVersion, table.Version(), strconv.FormatFloat(cfg.Accept, 'g', -1, 64), strconv.FormatFloat(cfg.Review, 'g', -1, 64)}
	for _, c := range reg.All() {
		parts = append(parts, fmt.Sprintf("%+v", c))
	}
	for _, c := range lex.Cues {
		parts = append(parts, fmt.Sprintf("%+v", c))
	}
	return news.Hash(parts...)[:12]
}

// Rules returns a short hash of the configuration, the registry, the lexicon
// and the code: verdicts of the same rules on the same article are equal.
func (c *Classifier) Rules() string { return c.rules }

// Classify judges one article. It returns a verdict for any article, an empty
// or unreadable one too.
func (c *Classifier) Classify(a news.Article) news.Verdict {
	return c.judge(a).verdict
}

// A judgement is all that came of judging an article.
type judgement struct {
	doc     *document
	frames  []*frame
	deals   []*deal
	verdict news.Verdict
}

// judge is the one way to a verdict: for Classify and for Explain.
func (c *Classifier) judge(a news.Article) judgement {
	d := c.v.newDocument(a)
	j := judgement{doc: d, frames: d.read()}
	j.deals = c.weigh(d, j.frames)
	v := news.Verdict{
		Article: a.ID, Revision: a.Revision, Rules: c.rules, Source: a.Source(), Feed: a.Feed, Lang: d.lang,
		Companies: []news.CompanyID{}, Findings: []news.Finding{}, DetectedAt: a.DetectedAt,
	}
	accepted := func(x *deal) bool { return x.unnamed == "" && logistic(x.sum) >= c.cfg.Accept }
	for _, x := range j.deals {
		f := d.finding(a, x)
		if x.unnamed != "" && f.Score >= c.cfg.Accept {
			f.Score = math.Nextafter(c.cfg.Accept, 0)
		}
		if f.Score < c.cfg.Review {
			continue
		}
		f.Review = f.Score < c.cfg.Accept
		v.Findings = append(v.Findings, f)
		v.Score = max(v.Score, f.Score)
		if !accepted(x) {
			continue
		}
		v.Flagged = true
		for _, p := range f.Parties {
			if !slices.Contains(v.Companies, p.ID) {
				v.Companies = append(v.Companies, p.ID)
			}
		}
	}
	slices.Sort(v.Companies)
	slices.SortStableFunc(v.Findings, func(a, b news.Finding) int {
		switch {
		case a.Score > b.Score:
			return -1
		case a.Score < b.Score:
			return 1
		}
		return 0
	})
	v.Pairs = pairsOf(c.v.companies, j.deals, accepted)
	j.verdict = v
	return j
}
