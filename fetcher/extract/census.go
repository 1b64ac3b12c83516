package extract

import (
	"slices"
	"strings"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// A census is what the page says about itself in its markup, found in one walk:
// elements by their names, in document order, and whether there is anything that
// dearer selectors would find. It holds as long as nothing but the text is taken
// out of the page.
type census struct {
	html, body, metas, links, scripts, h1s []*html.Node

	authors []*html.Node // declared to name the author
	bylines []*html.Node // with a class that is named after authors

	titles []*html.Node // in the head
	marks  map[string]bool
	timed  bool // there is a sign of a date in the markup
	barred bool // there may be an element that keeps readers out
	next   bool // there may be a link to a next page
}

// challengeIDs are the ids among challenges.
var challengeIDs = []string{"challenge-form", "challenge-error-text", "cf-error-details", "px-captcha"}

// take walks a page.
func take(root *html.Node) *census {
	c := &census{marks: map[string]bool{}}
	c.walk(root, builtIn().marks, false)
	return c
}

func (c *census) walk(n *html.Node, known map[string]bool, inHead bool) {
	for e := n.FirstChild; e != nil; e = e.NextSibling {
		if e.Type != html.ElementNode {
			continue
		}
		c.name(e, inHead)
		for i := range e.Attr {
			c.attr(e, &e.Attr[i], known)
		}
		if e.FirstChild != nil {
			c.walk(e, known, inHead || e.DataAtom == atom.Head)
		}
	}
}

// name counts an element by its name.
func (c *census) name(e *html.Node, inHead bool) {
	switch e.DataAtom {
	case atom.Html:
		c.html = append(c.html, e)
	case atom.Body:
		c.body = append(c.body, e)
	case atom.Meta:
		c.metas = append(c.metas, e)
	case atom.Link:
		c.links = append(c.links, e)
	case atom.Script:
		c.scripts = append(c.scripts, e)
	case atom.H1:
		c.h1s = append(c.h1s, e)
	case atom.Time:
		c.timed = true
	case atom.Title:
		if inHead {
			c.titles = append(c.titles, e)
		}
	}
}

// attr counts an element by one of its attributes.
func (c *census) attr(e *html.Node, a *html.Attribute, known map[string]bool) {
	switch a.Key {
	case "id":
		c.mark(known, "#"+a.Val)
		c.barred = c.barred || slices.Contains(challengeIDs, a.Val)
	case "src":
		c.barred = c.barred || e.DataAtom == atom.Iframe && strings.Contains(a.Val, "captcha")
	case "itemprop":
		c.mark(known, "[itemprop="+a.Val+"]")
		c.timed = c.timed || a.Val == "datePublished"
		if a.Val == "author" {
			c.authors = append(c.authors, e)
		}
	case "rel":
		if a.Val == "author" {
			c.authors = append(c.authors, e)
		}
		c.next = c.next || strings.Contains(a.Val, "next")
	case "data-date-time":
		c.timed = true
	case "class":
		for name := range strings.FieldsSeq(cut(a.Val, maxName)) {
			c.mark(known, "."+name)
		}
		if strings.Contains(a.Val, "byline") || strings.Contains(a.Val, "author-name") {
			c.bylines = append(c.bylines, e)
		}
		c.timed = c.timed || e.DataAtom == atom.Abbr && strings.Contains(a.Val, "published")
	}
}

func (c *census) mark(known map[string]bool, mark string) {
	if known[mark] {
		c.marks[mark] = true
	}
}

// picked are the nodes of a census as a selection.
func picked(nodes []*html.Node) *goquery.Selection { return &goquery.Selection{Nodes: nodes} }

// attrOf is the value of an attribute, and whether there is one.
func attrOf(n *html.Node, key string) (string, bool) {
	for i := range n.Attr {
		if n.Attr[i].Key == key {
			return n.Attr[i].Val, true
		}
	}
	return "", false
}
