package feed

import (
	"fmt"
	"strings"

	"github.com/PuerkitoBio/goquery"
	"github.com/andybalholm/cascadia"
	"github.com/mmcdole/gofeed"
	"golang.org/x/net/html"

	"github.com/chipwire/chipwire/internal/dates"
	"github.com/chipwire/chipwire/internal/urls"
)

// ListND is the [Hint.List] of the content system that most Korean trade and
// regional papers use: their lists of articles at /news/articleList.html.
const ListND = "nd"

// ndLinks are the links to articles in the lists of that system, new and old.
const ndLinks = "#section-list .titles a, .article-list .titles a, .article-list .list-titles a, .list-block .list-titles a, .article-list-content .list-titles a"

// ndDates are where its lists name the time of an article.
const ndDates = ".byline em:last-of-type, .list-dated, .info.dated"

// CheckList says what is wrong with a [Hint.List].
func CheckList(list string) error {
	if list == "" || list == ListND {
		return nil
	}
	if _, err := cascadia.Compile(list); err != nil {
		return fmt.Errorf("%q, want nd or a CSS selector of links such as \".headline a\"", list)
	}
	return nil
}

// The bounds of what is looked at for the date of an entry: elements around its
// link, and nodes in one of them.
const (
	maxEntry = 6
	maxNodes = 400
)

// parseList makes a feed of the links that a selector finds in a page: their
// texts are the titles, and the first of several to one address counts. An entry
// has a date where one stands beside its link.
func parseList(text string, h Hint) (*parsed, error) {
	css, dated := h.List, "time"
	if css == ListND {
		css, dated = ndLinks, "time, "+ndDates
	}
	links, err := cascadia.Compile(css)
	if err != nil {
		return nil, errorf(HTML, "list: %v", err)
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(text))
	if err != nil {
		return nil, errorf(HTML, "%v", err)
	}
	base := h.URL
	if href, ok := doc.Find("base[href]").First().Attr("href"); ok {
		if b := urls.Resolve(base, href); b != "" {
			base = b
		}
	}
	p := &parsed{format: "list", feed: &gofeed.Feed{Title: doc.Find("title").First().Text()}}
	p.feed.Language, _ = doc.Find("html").Attr("lang")
	at := map[string]*gofeed.Item{}
	doc.FindMatcher(links).Each(func(_ int, a *goquery.Selection) {
		href, _ := a.Attr("href")
		page := urls.Resolve(base, href)
		if page == "" {
			return
		}
		if at[page] == nil && len(at) >= MaxItems {
			p.skipped++
			return
		}
		if at[page] == nil {
			at[page] = &gofeed.Item{Link: page, Published: dateBeside(a, links, dated)}
			p.feed.Items = append(p.feed.Items, at[page])
		}
		if it := at[page]; strings.TrimSpace(it.Title) == "" { // the picture may come first
			it.Title = html.EscapeString(a.Text())
		}
	})
	if len(p.feed.Items) == 0 {
		return nil, errorf(HTML, "a page in which list: %q finds no link", h.List)
	}
	return p, nil
}

// dateBeside is the date in the largest element around a link that holds no
// other, as the page writes it; "" when there is none that can be read.
func dateBeside(a *goquery.Selection, links goquery.Matcher, dated string) string {
	own, _ := a.Attr("href")
	for e, n := a.Parent(), 0; e.Length() > 0 && n < maxEntry; e, n = e.Parent(), n+1 {
		left := maxNodes
		if holdsOther(e.Nodes[0], links, own, &left) {
			return ""
		}
		for _, d := range e.Find(dated).EachIter() {
			written, ok := d.Attr("datetime")
			if !ok {
				written = d.Text()
			}
			written = strings.TrimSpace(written[strings.LastIndexByte(written, '|')+1:])
			if _, err := dates.Parse(written, nil); err == nil {
				return written
			}
		}
	}
	return ""
}

// holdsOther reports whether an element holds a link to another address, or more
// than the nodes that are left.
func holdsOther(n *html.Node, links goquery.Matcher, own string, left *int) bool {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if *left--; *left < 0 {
			return true
		}
		if c.Type == html.ElementNode && links.Match(c) {
			for _, a := range c.Attr {
				if a.Key == "href" && a.Val != own {
					return true
				}
			}
		}
		if holdsOther(c, links, own, left) {
			return true
		}
	}
	return false
}
