package demo

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/chipwire/chipwire/news"
)

// traps are the words that may stand in a trap line.
var traps = []string{
	"rival", "shares", "homograph", "other-deal", "old-deal", "earnings",
	"lawsuit", "background", "ranking", "own-chip", "unnamed", "policy",
}

// What a story must keep to.
const (
	oldest        = -3 * time.Hour
	newest        = -time.Minute
	minParagraphs = 3
	minRelated    = 2
	maxRelated    = 4
)

var slugPattern = regexp.MustCompile(`^([0-9]{2})-([a-z0-9]+(?:-[a-z0-9]+)*)\.story$`)

// read parses every txtar file of fsys and reports all faults at once.
func read(fsys fs.FS) (*Newsroom, error) {
	names, err := fs.Glob(fsys, "*.txtar")
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, errors.New("newsroom: no txtar files")
	}
	var (
		n    Newsroom
		errs []error
	)
	for _, name := range names {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		stories, err := readFile(name, data)
		n.Stories = append(n.Stories, stories...)
		errs = append(errs, err)
	}
	errs = append(errs, checkEvents(n.Stories))
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return &n, nil
}

// readFile parses the stories of one publisher.
func readFile(name string, data []byte) ([]Story, error) {
	id := strings.TrimSuffix(path.Base(name), ".txtar")
	if !slices.ContainsFunc(publishers, func(p publisher) bool { return p.id == id }) {
		return nil, fmt.Errorf("%s: no publisher %q", name, id)
	}
	var (
		stories []Story
		errs    []error
		numbers = map[string]bool{}
		words   = map[string]bool{}
	)
	for _, f := range txtar.Parse(data).Files {
		fault := func(err error) {
			errs = append(errs, fmt.Errorf("%s: %s: %w", name, f.Name, err))
		}
		m := slugPattern.FindStringSubmatch(f.Name)
		if m == nil {
			fault(errors.New("name, want 01-some-words.story"))
			continue
		}
		if numbers[m[1]] || words[m[2]] {
			fault(errors.New("number or words used before in this file"))
		}
		numbers[m[1]], words[m[2]] = true, true
		s, faults := parseStory(string(f.Data))
		s.Publisher, s.Slug = id, strings.TrimSuffix(f.Name, ".story")
		stories = append(stories, s)
		for _, err := range faults {
			fault(err)
		}
	}
	if len(stories) == 0 && len(errs) == 0 {
		errs = append(errs, fmt.Errorf("%s: no stories", name))
	}
	return stories, errors.Join(errs...)
}

// parseStory parses the header lines, a blank line, and the paragraphs.
func parseStory(text string) (Story, []error) {
	p := parser{seen: map[string]bool{}}
	text = strings.ReplaceAll(text, "\r\n", "\n")
	head, body, _ := strings.Cut(text, "\n\n")
	for line := range strings.Lines(head) {
		p.line(strings.TrimSpace(line))
	}
	for para := range strings.SplitSeq(body, "\n\n") {
		if para = strings.Join(strings.Fields(para), " "); para != "" {
			p.story.Body = append(p.story.Body, para)
		}
	}
	p.finish()
	return p.story, p.errs
}

// A parser collects one story and its faults.
type parser struct {
	story Story
	now   bool // published: now
	seen  map[string]bool
	errs  []error
}

func (p *parser) fault(format string, args ...any) {
	p.errs = append(p.errs, fmt.Errorf(format, args...))
}

// line reads one header line.
func (p *parser) line(line string) {
	key, value, ok := strings.Cut(line, ":")
	value = strings.TrimSpace(value)
	if !ok || value == "" {
		p.fault("header line %q, want key: value", line)
		return
	}
	if p.seen[key] && key != "related" && key != "deal" {
		p.fault("%s: twice", key)
	}
	p.seen[key] = true
	s := &p.story
	switch key {
	case "title":
		s.Title = value
	case "byline":
		s.Byline = value
	case "published":
		p.published(value)
	case "appears":
		p.appears(value)
	case "summary":
		s.Summary = value
	case "caption":
		s.Caption = value
	case "related":
		s.Related = append(s.Related, value)
	case "deal":
		p.deal(value)
	case "trap":
		s.Trap = value
		if !slices.Contains(traps, value) {
			p.fault("trap: %q, want one of %s", value, strings.Join(traps, ", "))
		}
	case "why":
		s.Why = value
	default:
		p.fault("unknown key %q", key)
	}
}

func (p *parser) published(value string) {
	if p.now = value == "now"; p.now {
		return
	}
	d, err := time.ParseDuration(value)
	if err != nil || d < oldest || d > newest {
		p.fault("published: %q, want now, or %v to %v", value, oldest, newest)
	}
	p.story.Published = d
}

func (p *parser) appears(value string) {
	d, err := time.ParseDuration(value)
	if err != nil || d <= 0 {
		p.fault("appears: %q, want a duration after the start", value)
	}
	p.story.Appears = d
}

// deal reads EVENT | KIND | STAGE | company, company.
func (p *parser) deal(value string) {
	field := strings.Split(value, "|")
	if len(field) != 4 {
		p.fault("deal: %q, want event | kind | stage | companies", value)
		return
	}
	for i := range field {
		field[i] = strings.TrimSpace(field[i])
	}
	d := Deal{Event: field[0]}
	if !news.CompanyID(d.Event).Valid() {
		p.fault("deal: event %q, want a-z, 0-9 and hyphens", d.Event)
	}
	var err error
	if d.Kind, err = news.ParseKind(field[1]); err != nil {
		p.fault("deal: %w", err)
	}
	if d.Stage, err = news.ParseStage(field[2]); err != nil {
		p.fault("deal: %w", err)
	}
	for c := range strings.SplitSeq(field[3], ",") {
		id := news.CompanyID(strings.TrimSpace(c))
		switch {
		case !id.Valid():
			p.fault("deal: company %q, want a-z, 0-9 and hyphens", id)
		case slices.Contains(d.Companies, id):
			p.fault("deal: company %q twice", id)
		}
		d.Companies = append(d.Companies, id)
	}
	p.story.Deals = append(p.story.Deals, d)
}

// finish checks the story as a whole.
func (p *parser) finish() {
	s := &p.story
	if p.now {
		s.Published = s.Appears
		if !p.seen["appears"] {
			p.fault("published: now, but it does not appear later")
		}
	}
	for _, key := range []string{"title", "byline", "published", "why"} {
		if !p.seen[key] {
			p.fault("%s: missing", key)
		}
	}
	if p.seen["deal"] == p.seen["trap"] {
		p.fault("want either deal or trap")
	}
	if n := len(s.Related); n < minRelated || n > maxRelated {
		p.fault("%d related headlines, want %d to %d", n, minRelated, maxRelated)
	}
	if n := len(s.Body); n < minParagraphs {
		p.fault("%d paragraphs, want %d or more", n, minParagraphs)
	}
}

// checkEvents holds the stories of one event against each other.
func checkEvents(stories []Story) error {
	var errs []error
	kinds := map[string]news.Kind{}
	for _, s := range stories {
		for _, d := range s.Deals {
			if first, ok := kinds[d.Event]; ok && first != d.Kind {
				errs = append(errs, fmt.Errorf("%s.txtar: %s: event %s is %s here, %s before", s.Publisher, s.Slug, d.Event, d.Kind, first))
				continue
			}
			kinds[d.Event] = d.Kind
		}
	}
	return errors.Join(errs...)
}
