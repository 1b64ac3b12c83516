package feed

import (
	"encoding/xml"
	"strings"

	"github.com/mmcdole/gofeed"

	"github.com/chipwire/chipwire/internal/urls"
)

// A sitemapURL is an entry of a news sitemap.
type sitemapURL struct {
	Loc     string `xml:"loc"`
	LastMod string `xml:"lastmod"`
	News    *struct {
		Title       string `xml:"title"`
		Date        string `xml:"publication_date"`
		Publication struct {
			Name     string `xml:"name"`
			Language string `xml:"language"`
		} `xml:"publication"`
	} `xml:"news"`
}

// parseSitemap reads a news sitemap: the entries with a news element. Those of
// known addresses are left out unread.
func parseSitemap(text string, o outline, h Hint) (*parsed, error) {
	p := &parsed{format: "sitemap", feed: &gofeed.Feed{}, shared: shared{}, skipped: o.brokenInside()}
	items := o.items
	if len(items) > MaxItems {
		p.over = len(items) - MaxItems
		p.skipped, items = p.skipped+p.over, items[:MaxItems]
	}
	var known []string
	plain := 0
	head := false
	for _, it := range items {
		key := o.locKey(text, it, h)
		if key != "" && head && o.sameTitle(text, it, key, h) {
			known = append(known, key)
			continue
		}
		var u sitemapURL
		d := xml.NewDecoder(strings.NewReader(text[it.start:it.end]))
		d.Strict = false
		d.Entity = xml.HTMLEntity
		switch err := d.Decode(&u); {
		case err != nil:
			p.skipped++
		case u.News == nil:
			plain++
		case key != "" && !h.changed(key, strings.TrimSpace(u.News.Title)):
			known = append(known, key)
		default:
			p.addURL(u)
		}
		if u.News != nil && !head { // the first entry speaks for all
			head = true
			p.feed.Title, p.feed.Language = strings.TrimSpace(u.News.Publication.Name), u.News.Publication.Language
		}
	}
	var fault error
	if o.end == 0 {
		fault = errorf(Truncated, "%v, %d whole entries before the cut", errCut, len(items))
	}
	if plain > 0 && len(p.feed.Items)+len(known) == 0 {
		return nil, errorf(Malformed, "a sitemap of %d pages, none of them news", plain)
	}
	p.skipped += plain
	p.known = known
	return p, fault
}

func (p *parsed) addURL(u sitemapURL) {
	e := &gofeed.Item{
		Link: strings.TrimSpace(u.Loc), Title: strings.TrimSpace(u.News.Title),
		Published: strings.TrimSpace(u.News.Date), Updated: strings.TrimSpace(u.LastMod),
	}
	if e.Published == "" {
		e.Published = e.Updated
	}
	p.feed.Items = append(p.feed.Items, e)
	p.shared[e.Title] = true // the address is the identity, and known titles are not read
}

// sameTitle reports whether the scan alone can tell that the title of a known
// entry says what it said.
func (o *outline) sameTitle(text string, it span, key string, h Hint) bool {
	if h.Mark == nil {
		return true
	}
	mark := h.Mark(key)
	if mark == 0 {
		return true
	}
	news := -1
	for i := it.from; i < it.to; i++ {
		if _, local := split(o.kids[i].name); local == "news" {
			if news >= 0 {
				return false
			}
			news = i
		}
	}
	if news < 0 {
		return false
	}
	k := o.kids[news]
	inside := text[k.body:k.close]
	_, rest, opened := strings.Cut(inside, ":title>")
	title, _, closed := strings.Cut(rest, "</")
	title = strings.TrimSpace(title)
	if t, ok := strings.CutPrefix(title, cdataStart); ok {
		title = strings.TrimSpace(strings.TrimSuffix(t, cdataEnd))
	} else if strings.Contains(title, "&") {
		return false
	}
	return opened && closed && strings.Count(inside, "title") == 2 && title != "" && !strings.ContainsAny(title, "<>") && !differs(mark, title)
}

// locKey is the key of an entry whose address is known, "" of any other.
func (o *outline) locKey(text string, it span, h Hint) string {
	if h.Known == nil || o.doubt != "" || h.URL == "" {
		return ""
	}
	loc, written := "", ""
	for _, k := range o.kids[it.from:it.to] {
		if k.name == "loc" {
			if loc != "" || !k.pure {
				return ""
			}
			written = characters(text[k.body:k.close])
			loc = urls.Resolve(h.URL, written)
		}
	}
	if loc == "" {
		return ""
	}
	if key := linkKey(loc, written); h.Known(key) {
		return key
	}
	return ""
}
