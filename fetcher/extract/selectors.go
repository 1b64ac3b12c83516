package extract

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/andybalholm/cascadia"

	"github.com/chipwire/chipwire/internal/dates"
)

// Selectors say in CSS where the pages of a site hold the parts of an article.
// They are an operator's word and come before the rules of this package; where
// one finds nothing the rules are asked as ever.
type Selectors struct {
	Title string `yaml:"title"` // its text, or its content where it is a meta element
	Body  string `yaml:"body"`  // all that lies in the elements it finds
	Drop  string `yaml:"drop"`  // elements that are taken out before anything is read
	Date  string `yaml:"date"`  // its datetime, its content, or its text
}

// How a part was found that a selector of the operator found. BodyVia is
// followed by a space and the selector.
const (
	TitleVia = "selectors.title"
	BodyVia  = "selectors.body"
	DateVia  = "selectors.date"
)

// Validate reports every selector that is no CSS, not only the first.
func (s Selectors) Validate() error {
	var errs []error
	for _, f := range []struct{ key, css string }{{"title", s.Title}, {"body", s.Body}, {"drop", s.Drop}, {"date", s.Date}} {
		if f.css == "" {
			continue
		}
		if _, err := cascadia.ParseGroup(f.css); err != nil {
			errs = append(errs, fmt.Errorf("selectors.%s: %q, want a CSS selector such as .article-body: %w", f.key, f.css, err))
		}
	}
	return errors.Join(errs...)
}

// find returns what a selector finds, nothing for an empty one.
func find(doc *goquery.Document, css string) *goquery.Selection {
	if css == "" {
		return doc.Slice(0, 0)
	}
	return doc.Find(css)
}

// drop takes elements out of the page.
func (s Selectors) drop(doc *goquery.Document) { find(doc, s.Drop).Remove() }

// title is the text at the operator's place for it.
func (s Selectors) title(doc *goquery.Document) string {
	el := find(doc, s.Title).First()
	return fold(cmp.Or(el.AttrOr("content", ""), el.Text()))
}

// body is the text at the operator's place for it, "" when there is too little.
func (s Selectors) body(doc *goquery.Document, title string) string {
	sc := scale{}
	if text := join(sc.texts(outermost(find(doc, s.Body))...), title); weigh(text) >= leastKnown {
		return clip(text)
	}
	return ""
}

// date is the date at the operator's place for it, without a via when none can be
// read.
func (s Selectors) date(doc *goquery.Document, zone *time.Location) dated {
	return dateAt(find(doc, s.Date).First(), zone)
}

// dateAt is the date that an element holds.
func dateAt(el *goquery.Selection, zone *time.Location) dated {
	for _, text := range []string{
		el.AttrOr("datetime", ""), el.AttrOr("content", ""), el.AttrOr("data-date-time", ""), el.AttrOr("data-published-time", ""), el.Text(),
	} {
		if d := dateIn(fold(text), zone); d.via != "" {
			return d
		}
	}
	return dated{}
}

// maxDateWords is how many words the text of a date may have.
const maxDateWords = 8

// dateIn reads the date at the start of a text. A label may stand before it, and
// behind it what else the line says, such as the time of the last change.
func dateIn(text string, zone *time.Location) dated {
	if d, err := dates.Parse(text, zone); err == nil {
		return dated{d.Time, DateVia, d.DayOnly}
	}
	i := strings.IndexAny(text, "0123456789")
	if i < 0 {
		return dated{}
	}
	words := strings.Fields(text[i:])
	for n := min(len(words), maxDateWords); n > 0; n-- {
		if d, err := dates.Parse(strings.Join(words[:n], " "), zone); err == nil {
			return dated{d.Time, DateVia, d.DayOnly}
		}
	}
	return dated{}
}
