// Package lexicon holds the words by which the classifier reads a sentence:
// what two firms do together, how far along it is, what it is about, and what
// tells that a passage reports something else. One file a language, embedded.
//
// A term is folded text in lower case. In it, {a,b,} stands for each of the
// alternatives; a leading ^ asks for the start of a word, a trailing $ for its
// end, a trailing * lets a Latin word run on. Latin terms match whole words,
// Korean, Japanese and Chinese ones anywhere: what must not match is under the class block.
package lexicon

import (
	_ "embed" // the built-in lexicon
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"

	"github.com/chipwire/chipwire/news"
)

// A Class says what a cue tells.
type Class string

// The classes.
const (
	Relation   Class = "relation"   // two firms do something together; Type says what
	Kind       Class = "kind"       // the substance of a deal
	Stage      Class = "stage"      // how far along it is
	Future     Class = "future"     // what is told is still to come
	Topic      Class = "topic"      // AI chips; Type is core, weak (a chip), place or ai
	Other      Class = "other"      // a product that is no AI chip; Type is product or chip
	Purpose    Class = "purpose"    // what chips do with the product beside it: run, serve, train
	Anti       Class = "anti"       // the passage is no report of a deal; Type says why
	Negation   Class = "negation"   // what stands before (ko) or after (en) is not so
	Source     Class = "source"     // somebody is quoted
	Fresh      Class = "fresh"      // it is new
	Unnamed    Class = "unnamed"    // a party whose name is withheld
	Anaphor    Class = "anaphor"    // parties named before; Type is both, one, thing, or side for the word that introduces a party
	Instrument Class = "instrument" // Type is mou, loi, contract or filing
	Amount     Class = "amount"     // how much
	Title      Class = "title"      // of a person, or a unit of a firm
	Before     Class = "before"     // the name that follows is no party
	After      Class = "after"      // the name before is no party
	Headline   Class = "headline"   // in a headline: the story is of another sort; Type says which
	Block      Class = "block"      // longer words in which other cues do not count
)

// types lists the types that a class knows; no list: none.
var types = map[Class][]string{
	Relation:   {"mutual", "give", "take", "make", "win", "invest", "license", "join", "meet", "test", "develop"},
	Topic:      {"core", "weak", "place", "ai"},
	Other:      {"product", "chip"},
	Anti:       {"market", "legal", "rivalry", "ranking", "earnings", "wish", "government", "paper", "past", "standing", "no-contact", "general"},
	Anaphor:    {"both", "one", "thing", "side"},
	Instrument: {"mou", "loi", "contract", "filing"},
	Headline:   {"market", "opinion", "review", "ranking", "legal", "personnel", "question"},
}

var classes = []Class{
	Relation, Kind, Stage, Future, Topic, Other, Purpose, Anti, Negation, Source, Fresh, Unnamed, Anaphor,
	Instrument, Amount, Title, Before, After, Headline, Block,
}

// A Cue is a set of terms that tell the same.
type Cue struct {
	ID     string     `yaml:"id"`
	Class  Class      `yaml:"class"`
	Type   string     `yaml:"type"`
	Kind   news.Kind  `yaml:"kind"`
	Stage  news.Stage `yaml:"stage"`
	Weight float64    `yaml:"weight"` // 1 when not given
	Terms  []string   `yaml:"terms"`

	Lang string `yaml:"-"`
}

// A Term is one string of a cue, without its marks.
type Term struct {
	Text             string
	Start, End, Open bool // ^, $, *
}

// A Lexicon is a checked set of cues.
type Lexicon struct {
	Cues []Cue // in the order of the files
	// OwnTopic says that nothing is left of the built-in topics: what is known of
	// AI chips beside the words, as the trades of firms, tells nothing then.
	OwnTopic bool
}

//go:embed ko.yaml
var ko []byte

//go:embed en.yaml
var en []byte

//go:embed ja.yaml
var ja []byte

//go:embed zh.yaml
var zh []byte

// Default returns the built-in lexicon. It is read once.
func Default() (*Lexicon, error) { return loadDefault() }

var loadDefault = sync.OnceValues(func() (*Lexicon, error) { return Parse(ko, en, ja, zh) })

// Parse reads lexicon files and reports all their faults at once.
func Parse(files ...[]byte) (*Lexicon, error) {
	var lex Lexicon
	var errs []error
	seen := map[string]bool{}
	for _, data := range files {
		var f struct {
			Lang string `yaml:"lang"`
			Cues []Cue  `yaml:"cues"`
		}
		if err := yaml.UnmarshalWithOptions(data, &f, yaml.Strict()); err != nil {
			errs = append(errs, err)
			continue
		}
		if len(f.Lang) != 2 {
			errs = append(errs, fmt.Errorf("lang %q, want a code of two letters", f.Lang))
		}
		for _, c := range f.Cues {
			c.Lang = f.Lang
			if c.Weight == 0 {
				c.Weight = 1
			}
			if key := f.Lang + " " + c.ID; seen[key] {
				errs = append(errs, fmt.Errorf("%s: cue %q: given twice", f.Lang, c.ID))
			} else {
				seen[key] = true
			}
			errs = append(errs, c.check())
			lex.Cues = append(lex.Cues, c)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return &lex, nil
}

// check reports every fault of a cue.
func (c Cue) check() error {
	var errs []error
	fault := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: cue %q: "+format, append([]any{c.Lang, c.ID}, args...)...))
	}
	if c.ID == "" {
		fault("no id")
	}
	if !slices.Contains(classes, c.Class) {
		fault("class %q is not known", c.Class)
	} else if list := types[c.Class]; (len(list) > 0 || c.Type != "") && !slices.Contains(list, c.Type) {
		fault("type %q, want one of %q", c.Type, list)
	}
	if c.Class == Kind || c.Kind != "" {
		if _, err := news.ParseKind(string(c.Kind)); err != nil {
			fault("%w", err)
		}
	}
	if c.Class == Stage || c.Stage != "" {
		if _, err := news.ParseStage(string(c.Stage)); err != nil {
			fault("%w", err)
		}
	}
	if len(c.Terms) == 0 {
		fault("no terms")
	}
	for _, s := range c.Terms {
		for _, t := range Expand(s) {
			if strings.TrimSpace(t.Text) == "" {
				fault("term %q is empty", s)
			} else if t.Text != strings.ToLower(t.Text) {
				fault("term %q: want lower case", s)
			}
		}
	}
	return errors.Join(errs...)
}

// Expand returns the terms that s stands for.
func Expand(s string) []Term {
	var out []Term
	for _, s := range braces(s) {
		t := Term{Text: s}
		t.Text, t.Start = strings.CutPrefix(t.Text, "^")
		t.Text, t.End = strings.CutSuffix(t.Text, "$")
		t.Text, t.Open = strings.CutSuffix(t.Text, "*")
		out = append(out, t)
	}
	return out
}

// braces expands the first {a,b} of s, then those after it.
func braces(s string) []string {
	i := strings.IndexByte(s, '{')
	j := strings.IndexByte(s, '}')
	if i < 0 || j < i {
		return []string{s}
	}
	var out []string
	for alt := range strings.SplitSeq(s[i+1:j], ",") {
		out = append(out, braces(s[:i]+alt+s[j+1:])...)
	}
	return out
}
