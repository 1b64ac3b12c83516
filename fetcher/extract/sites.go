package extract

import (
	_ "embed" // the built-in rules
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/andybalholm/cascadia"
	"github.com/goccy/go-yaml"
)

//go:embed sites.yaml
var sitesYAML []byte

// A rule says where a site or a content system puts the parts of an article.
// Parts that it says nothing of are nil.
type rule struct {
	name                    string // the host or the family
	site                    bool   // of a host: it wins over what is found by looks
	css                     string // the selector of the body, as written
	body, drop, title, date cascadia.Selector
	zone                    *time.Location // of dates that name none; nil: not known
}

// A ruleText is a rule as it is written.
type ruleText struct {
	Name  string   `yaml:"name"`
	Hosts []string `yaml:"hosts"`
	Marks []string `yaml:"marks"`
	Body  string   `yaml:"body"`
	Drop  string   `yaml:"drop"`
	Title string   `yaml:"title"`
	Date  string   `yaml:"date"`
	Zone  string   `yaml:"zone"`
}

// A ruleBook is the compiled form of sites.yaml.
type ruleBook struct {
	hosts    map[string]*rule
	families []family
	marks    map[string]bool // all marks of families
	places   []string        // the marks that are a part of the body of their family
}

// A family is a rule for the pages that bear one of its marks.
type family struct {
	marks []string
	rule  *rule
}

// builtIn is the book of sites.yaml, compiled once.
var builtIn = sync.OnceValue(func() ruleBook {
	book, err := parseRules(sitesYAML)
	if err != nil {
		panic("sites.yaml: " + err.Error()) // a test holds that it is good
	}
	return book
})

// parseRules reads a book, and reports all of its faults: unknown keys, bad
// selectors, rules without a body or a place to hold, hosts named twice.
func parseRules(data []byte) (ruleBook, error) {
	var file struct {
		Families []ruleText `yaml:"families"`
		Sites    []ruleText `yaml:"sites"`
	}
	book := ruleBook{hosts: map[string]*rule{}, marks: map[string]bool{}}
	if err := yaml.UnmarshalWithOptions(data, &file, yaml.Strict()); err != nil {
		return book, err
	}
	var errs []error
	for _, t := range file.Families {
		r, err := t.compile(t.Name)
		if len(t.Marks) == 0 || t.Name == "" || len(t.Hosts) > 0 {
			err = errors.Join(err, fmt.Errorf("family %q: want a name and marks, and no hosts", t.Name))
		}
		errs = append(errs, err)
		for _, m := range t.Marks {
			if !isMark(m) {
				errs = append(errs, fmt.Errorf("family %s: mark %q, want #id, .class or [itemprop=value]", t.Name, m))
			}
			if !book.marks[m] && slices.Contains(strings.Split(t.Body, ", "), m) {
				book.places = append(book.places, m)
			}
			book.marks[m] = true
		}
		book.families = append(book.families, family{t.Marks, r})
	}
	for _, t := range file.Sites {
		name := strings.Join(t.Hosts, " ")
		r, err := t.compile(name)
		r.site = true
		if len(t.Hosts) == 0 || len(t.Marks) > 0 {
			err = errors.Join(err, fmt.Errorf("site %q: want hosts, and no marks", t.Body))
		}
		errs = append(errs, err)
		for _, h := range t.Hosts {
			if book.hosts[h] != nil || h != strings.ToLower(h) || !strings.Contains(h, ".") || strings.HasPrefix(h, "www.") {
				errs = append(errs, fmt.Errorf("site %s: named twice, or no host in lower case without www", h))
			}
			book.hosts[h] = r
		}
	}
	return book, errors.Join(errs...)
}

// compile makes a rule of its text.
func (t ruleText) compile(name string) (*rule, error) {
	r := &rule{name: name, css: t.Body}
	var errs []error
	if t.Body == "" {
		errs = append(errs, fmt.Errorf("rule %q: no body", name))
	}
	for _, f := range []struct {
		key, css string
		dst      *cascadia.Selector
	}{{"body", t.Body, &r.body}, {"drop", t.Drop, &r.drop}, {"title", t.Title, &r.title}, {"date", t.Date, &r.date}} {
		if f.css == "" {
			continue
		}
		sel, err := cascadia.Compile(f.css)
		if err != nil {
			errs = append(errs, fmt.Errorf("rule %q: %s: %q: %w", name, f.key, f.css, err))
		}
		*f.dst = sel
	}
	if t.Zone != "" {
		zone, err := time.LoadLocation(t.Zone)
		if err != nil {
			errs = append(errs, fmt.Errorf("rule %q: zone: %w", name, err))
		}
		r.zone = zone
	}
	return r, errors.Join(errs...)
}

// isMark reports whether a text is a mark of a family.
func isMark(s string) bool {
	if value, ok := strings.CutPrefix(s, "[itemprop="); ok {
		return strings.HasSuffix(value, "]")
	}
	return len(s) > 1 && (s[0] == '#' || s[0] == '.') && !strings.ContainsAny(s[1:], "#.[ >,:")
}

// rulesFor returns the rules for a page: that of its host or of the nearest host
// above it, then the families whose marks it bears (see [census]), in the order
// of the file.
func rulesFor(host string, marks map[string]bool) []*rule {
	book := builtIn()
	var out []*rule
	for h := strings.ToLower(host); strings.Contains(h, "."); {
		if r := book.hosts[h]; r != nil {
			out = append(out, r)
			break
		}
		_, h, _ = strings.Cut(h, ".")
	}
	for _, f := range book.families {
		for _, m := range f.marks {
			if marks[m] {
				out = append(out, f.rule)
				break
			}
		}
	}
	return out
}

// rulesOf returns the rules for a page.
func rulesOf(own *census, pageURL string) []*rule {
	host := ""
	if u, err := url.Parse(pageURL); err == nil {
		host = u.Hostname()
	}
	return rulesFor(host, own.marks)
}

// firstOf is the first element that a part of a rule finds, empty for no part.
func firstOf(doc *goquery.Document, part cascadia.Selector) *goquery.Selection {
	if part == nil {
		return doc.Slice(0, 0)
	}
	return doc.FindMatcher(part).First()
}

// dropIn takes out of the bodies of the rules what is no part of them, and reports
// whether there was any.
func dropIn(doc *goquery.Document, rules []*rule) bool {
	dropped := 0
	for _, r := range rules {
		if r.drop != nil {
			dropped += doc.FindMatcher(r.body).FindMatcher(r.drop).Remove().Length()
		}
	}
	return dropped > 0
}

// bySite puts the text where the rule of the page's host says it is in the place
// of the reading that was chosen by looks, if there is such a rule and text enough
// at its place. The two agree as far as the rule still holds: a site may have been
// rebuilt.
func (r *Result) bySite(doc *goquery.Document, rules []*rule, title string, why bool) {
	for _, rule := range rules {
		if !rule.site {
			continue
		}
		sc := scale{}
		text := join(sc.texts(outermost(doc.FindMatcher(rule.body))...), title)
		if weigh(text) < leastKnown {
			continue
		}
		agree := 1.0
		if r.Body != "" {
			agree = agreement(shingles(text), shingles(r.Body))
		}
		via := "site " + rule.name + ": " + rule.css
		if why {
			for i, c := range r.Candidates {
				r.Candidates[i].Why = strings.Replace(c.Why, "won", "best by looks", 1)
			}
			r.Candidates = append([]Candidate{{Via: via, Size: weigh(text), Agreement: agree, Why: "won: the rule of the site"}}, r.Candidates...)
		}
		r.Body, r.Via, r.Trust = clip(text), via, trustRule+(1-trustRule)*agree
		r.Doubtful = r.Trust < LowTrust
		return
	}
}

// trustRule is the trust in a rule of a site that nothing else bears out.
const trustRule = .5
