package lexicon

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/chipwire/chipwire/news"
)

// An Extension is what a user changes in the built-in lexicon: the section
// "lexicon" of the configuration. Terms have the form of the lexicon's files,
// but may have upper case; their languages are those of [Langs].
type Extension struct {
	// Without lists what of the built-in lexicon does not count: classes (topic),
	// a class and a type (other.product), or ids of cues.
	Without []string            `yaml:"without"`
	Topics  []UserTopic         `yaml:"topics"` // what stories are about
	Cues    []UserCue           `yaml:"cues"`   // of kind, stage and the like
	Blocks  map[string][]string `yaml:"blocks"` // by language: words in which no cue counts
}

// A UserTopic is words that tell what a story is about.
type UserTopic struct {
	ID     string              `yaml:"id"`
	Weight string              `yaml:"weight"` // core (default), weak, place or ai, the types of the class topic
	Terms  map[string][]string `yaml:"terms"`  // by language
}

// A UserCue is a cue in several languages. Where its id is one of a built-in cue,
// its terms are added to that cue's, in languages new to it too, and it says
// nothing of class, kind, stage and weight.
type UserCue struct {
	ID     string              `yaml:"id"`
	Class  string              `yaml:"class"` // class or class.type: stage, anti.market; default: kind or stage, whichever is given
	Kind   news.Kind           `yaml:"kind"`
	Stage  news.Stage          `yaml:"stage"`
	Weight float64             `yaml:"weight"` // 1 when not given, at most 3
	Terms  map[string][]string `yaml:"terms"`  // by language
}

// Langs lists the languages that a lexicon may have.
var Langs = []string{"en", "ja", "ko", "zh"}

const (
	maxWeight = 3    // of a user's cue: what the strongest built-in evidence adds up to
	maxForms  = 1000 // that the braces of one term may stand for
)

// Empty reports whether the extension changes nothing.
func (e Extension) Empty() bool {
	return len(e.Without)+len(e.Topics)+len(e.Cues)+len(e.Blocks) == 0
}

// Validate reports every fault of an extension of the built-in lexicon, each
// behind the key that it is about.
func (e Extension) Validate() error {
	base, err := Default()
	if err != nil {
		return err
	}
	_, err = base.Extend(e)
	return err
}

// Extend returns the lexicon changed as e says; l stays as it is. Its error is
// every fault of e, each behind the key that it is about.
func (l *Lexicon) Extend(e Extension) (*Lexicon, error) {
	if e.Empty() {
		return l, nil
	}
	x := extending{base: l, ids: map[string]string{}, terms: map[string]string{}}
	out := &Lexicon{Cues: x.without(e.Without)}
	out.OwnTopic = !slices.ContainsFunc(out.Cues, func(c Cue) bool { return c.Class == Topic && c.Type == "core" })
	for i, t := range e.Topics {
		at := fmt.Sprintf("topics[%d]", i)
		weight := t.Weight
		if weight == "" {
			weight = "core"
		}
		if !slices.Contains(types[Topic], weight) {
			x.fault(at+".weight", "%q, want one of %s", weight, strings.Join(types[Topic], ", "))
			continue
		}
		if i := x.builtin(out, t.ID); i >= 0 && (out.Cues[i].Class != Topic || out.Cues[i].Type != weight) {
			x.fault(at+".id", "%q is a built-in cue of class %s %s, want another id", t.ID, out.Cues[i].Class, out.Cues[i].Type)
			continue
		}
		x.cue(at, out, Cue{ID: t.ID, Class: Topic, Type: weight, Weight: 1}, t.Terms)
	}
	for i, c := range e.Cues {
		x.user(fmt.Sprintf("cues[%d]", i), out, c)
	}
	x.blocks(out, e.Blocks)
	if err := errors.Join(x.errs...); err != nil {
		return nil, err
	}
	return out, nil
}

// extending is one extension on its way.
type extending struct {
	base  *Lexicon
	ids   map[string]string // of the user: id -> key
	terms map[string]string // of the user: language, class and term -> key
	errs  []error
}

func (x *extending) fault(at, format string, args ...any) {
	x.errs = append(x.errs, fmt.Errorf("%s: %w", at, fmt.Errorf(format, args...)))
}

// without returns the built-in cues that are kept. None shares terms with the
// base that it may grow into.
func (x *extending) without(list []string) []Cue {
	used := make([]bool, len(list))
	var kept []Cue
	for _, c := range x.base.Cues {
		gone := false
		for i, w := range list {
			if w == string(c.Class) || w == string(c.Class)+"."+c.Type || w == c.ID {
				used[i], gone = true, true
			}
		}
		if !gone {
			c.Terms = slices.Clip(c.Terms)
			kept = append(kept, c)
		}
	}
	for i, w := range list {
		if !used[i] {
			x.fault(fmt.Sprintf("without[%d]", i), "%q, want a class (%s), a class and type such as other.product, or the id of a cue", w, joinClasses())
		}
	}
	return kept
}

func joinClasses() string {
	names := make([]string, len(classes))
	for i, c := range classes {
		names[i] = string(c)
	}
	return strings.Join(names, ", ")
}

// builtin returns the index of a built-in cue that is kept, -1 where none has the id.
func (x *extending) builtin(out *Lexicon, id string) int {
	if x.ids[id] != "" {
		return -1
	}
	return slices.IndexFunc(out.Cues, func(c Cue) bool { return c.ID == id })
}

// user adds a cue of the user: to the built-in one of its id, or as a new one.
func (x *extending) user(at string, out *Lexicon, u UserCue) {
	if i := x.builtin(out, u.ID); i >= 0 {
		if u.Class != "" || u.Kind != "" || u.Stage != "" || u.Weight != 0 {
			x.fault(at+".id", "%q is a built-in cue, want only terms to add to it, or another id", u.ID)
			return
		}
		x.cue(at, out, out.Cues[i], u.Terms)
		return
	}
	class, kind, _ := strings.Cut(u.Class, ".")
	c := Cue{ID: u.ID, Class: Class(class), Type: kind, Kind: u.Kind, Stage: u.Stage, Weight: u.Weight}
	switch {
	case u.Class == "" && u.Kind != "":
		c.Class = Kind
	case u.Class == "" && u.Stage != "":
		c.Class = Stage
	case u.Class == "" && x.ids[u.ID] != "":
		c.Class = Negation // any: that the id is given twice is told below
	case u.Class == "":
		x.fault(at, "%q has no class, kind or stage, and is no built-in cue: want one of them", u.ID)
		return
	}
	if c.Weight < 0 || c.Weight > maxWeight {
		x.fault(at+".weight", "%v, want more than 0 and at most %d", c.Weight, maxWeight)
	}
	if c.Weight == 0 {
		c.Weight = 1
	}
	probe := c
	probe.ID, probe.Terms = "x", []string{"x"} // id and terms are judged in cue
	if err := probe.check(); err != nil {
		for _, e := range unjoin(err) {
			_, text, _ := strings.Cut(e.Error(), `cue "x": `)
			x.fault(at, "%s", text)
		}
		return
	}
	x.cue(at, out, c, u.Terms)
}

func unjoin(err error) []error {
	if j, ok := err.(interface{ Unwrap() []error }); ok {
		return j.Unwrap()
	}
	return []error{err}
}

var idForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// cue adds a cue for each language of terms, or the terms to the cue of its id.
func (x *extending) cue(at string, out *Lexicon, c Cue, terms map[string][]string) {
	if !idForm.MatchString(c.ID) {
		x.fault(at+".id", "%q, want 1 to 40 of a-z, 0-9 and -", c.ID)
		return
	}
	if first, twice := x.ids[c.ID]; twice {
		x.fault(at+".id", "%q is given twice, first in %s", c.ID, first)
		return
	}
	if len(terms) == 0 {
		x.fault(at+".terms", "no terms, want a list for one or more of %s", strings.Join(Langs, ", "))
	}
	for _, lang := range slices.Sorted(maps.Keys(terms)) {
		where := at + ".terms." + lang
		list := x.list(where, lang, string(c.Class)+"."+c.Type+string(c.Kind)+string(c.Stage), terms[lang])
		if i := slices.IndexFunc(out.Cues, func(o Cue) bool { return o.ID == c.ID && o.Lang == lang }); i >= 0 {
			out.Cues[i].Terms = append(out.Cues[i].Terms, list...)
			continue
		}
		added := c
		added.Lang, added.Terms = lang, list
		out.Cues = append(out.Cues, added)
	}
	x.ids[c.ID] = at
}

// blocks adds the blocked words, after the terms that they may contradict.
func (x *extending) blocks(out *Lexicon, blocks map[string][]string) {
	for _, lang := range slices.Sorted(maps.Keys(blocks)) {
		at := "blocks." + lang
		list := x.list(at, lang, string(Block), blocks[lang])
		for i, term := range list {
			for _, t := range Expand(term) {
				if where, ok := x.terms[lang+" term "+t.Text]; ok {
					x.fault(fmt.Sprintf("%s[%d]", at, i), "%q is a term of %s too: want it longer than what it blocks", t.Text, where)
				}
			}
		}
		out.Cues = append(out.Cues, Cue{ID: "your-blocks", Class: Block, Weight: 1, Terms: list, Lang: lang})
	}
}

// list checks terms and returns them in the form of the lexicon's files. A term
// may be there once in what the user gives of one sort.
func (x *extending) list(at, lang, sort string, terms []string) []string {
	if !slices.Contains(Langs, lang) {
		x.fault(at, "language %q, want one of %s", lang, strings.Join(Langs, ", "))
		return nil
	}
	if len(terms) == 0 {
		x.fault(at, "no terms")
	}
	var out []string
	for i, term := range terms {
		where, s := fmt.Sprintf("%s[%d]", at, i), strings.ToLower(strings.TrimSpace(term))
		if fault := termFault(s); fault != "" {
			x.fault(where, "%q: %s", term, fault)
			continue
		}
		for _, t := range Expand(s) {
			key := lang + " " + sort + " " + t.Text
			if first, twice := x.terms[key]; twice {
				x.fault(where, "%q is there already, in %s", t.Text, first)
			}
			x.terms[key] = where
			if sort != string(Block) {
				x.terms[lang+" term "+t.Text] = where
			}
		}
		out = append(out, s)
	}
	return out
}

// termFault says what is wrong with the form of a term, "" for nothing.
func termFault(s string) string {
	depth, forms := 0, 1
	for part := range strings.SplitSeq(s, "{") {
		inside, _, closed := strings.Cut(part, "}")
		if depth++; depth > 1 {
			if !closed {
				return "a { without its }"
			}
			forms *= strings.Count(inside, ",") + 1
		} else if closed {
			return "a } without its {"
		}
		if strings.Count(part, "}") > 1 {
			return "a } without its {"
		}
		if forms > maxForms {
			return fmt.Sprintf("braces that stand for more than %d forms", maxForms)
		}
	}
	for _, t := range Expand(s) {
		switch n := utf8.RuneCountInString(strings.TrimSpace(t.Text)); {
		case n == 0:
			return "empty"
		case n == 1 && !(t.Start && t.End):
			return "one sign alone is in too many words, want two or more, or ^ before and $ behind it"
		}
	}
	return ""
}
