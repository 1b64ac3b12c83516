package feed

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mmcdole/gofeed"

	"github.com/chipwire/chipwire/internal/dates"
	"github.com/chipwire/chipwire/internal/urls"
	"github.com/chipwire/chipwire/news"
)

// The longest texts of an item, in bytes. A feed with an unclosed element can
// put the rest of the document into a title.
const (
	maxTitle     = 1 << 10
	maxPublisher = 80
	maxDate      = 128
	maxKey       = 512
)

// fill turns the entries of a feed into items.
func fill(doc *Document, p *parsed, h Hint) {
	f, shared := p.feed, p.shared
	if shared == nil {
		shared = sharedByMany(f.Items)
	}
	base := h.URL
	if base == "" {
		base = f.Link
	}
	id := identity{guids: usableGUIDs(f.Items), byLink: h.ByLink, shared: shared}
	if !doc.Cut && h.reuses(f.Items, base, id) {
		h.Known = nil
	}
	doc.Items = make([]news.Item, 0, len(f.Items))
	for _, e := range f.Items {
		page := link(e, base)
		key := id.key(e, page)
		if h.Known != nil && key != "" && h.Known(key) && !h.changed(key, e.Title) {
			doc.Known = append(doc.Known, key)
			continue
		}
		it, zone := item(e, h)
		it.Link = page
		if urls.Opaque(page) {
			it.Title, it.Publisher = searched(it.Title)
		}
		if it.Link == "" && it.Title == "" && it.Summary == "" && it.Content == "" {
			doc.Skipped++
			continue
		}
		it.Lang = doc.Lang
		if it.Key = key; key == "" {
			it.Key = news.Hash(it.Summary, it.Content)
			if h.Known != nil && h.Known(it.Key) && !h.changed(it.Key, e.Title) {
				doc.Known = append(doc.Known, it.Key)
				continue
			}
		}
		it.Keys = identities(e, it, shared)
		if zone != "" && zone != dates.FromForm {
			doc.Zoneless++
			again := h.Mark != nil && h.Known != nil && h.Known(it.Key)            // its title changed: it is long since its first sight
			if t := it.PublishedAt; !again && t.Hour()+t.Minute()+t.Second() > 0 { // midnight is a day without a time
				doc.Walls = append(doc.Walls, time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC))
			}
		}
		doc.Items = append(doc.Items, it)
	}
}

// item translates one entry, but for its key and link. zone says where the zone of its
// date comes from, "" when it has no date that can be read.
func item(e *gofeed.Item, h Hint) (it news.Item, zone dates.Source) {
	title := titleOf(e)
	it = news.Item{
		Title:     title,
		Mark:      markOf(e.Title, title),
		Summary:   cut(plain(withoutEnd(e.Description, "</description>")), news.MaxBody),
		Content:   cut(plain(withoutEnd(e.Content, "</content:encoded>")), news.MaxBody),
		Published: dateOf(e),
		Updated:   cut(strings.TrimSpace(e.Updated), maxDate),
	}
	if h.Zone != nil {
		it.Zone = h.Zone.String()
	}
	if d, err := dates.Parse(it.Published, h.Zone); err == nil {
		it.PublishedAt, zone = d.Time, d.Zone
	}
	return it, zone
}

// withoutEnd removes the end tag of the element itself, which gofeed takes for a
// part of the text when an element inside it is not closed.
func withoutEnd(s, tag string) string { return strings.TrimSuffix(strings.TrimSpace(s), tag) }

// searched divides a title of a Google News search, which ends in the name of
// the publisher.
func searched(title string) (headline, publisher string) {
	if i := strings.LastIndex(title, " - "); i > 0 && len(title)-i < maxPublisher {
		return strings.TrimSpace(title[:i]), strings.TrimSpace(title[i+3:])
	}
	return title, ""
}

func titleOf(e *gofeed.Item) string { return headline(e.Title) }

func headline(title string) string { return cut(plainLine(title), maxTitle) }

func dateOf(e *gofeed.Item) string { return cut(strings.TrimSpace(e.Published), maxDate) }

// link is the address of the entry's page. Redirectors that count clicks name
// the original beside their own; an entry without a link may have it as guid.
func link(e *gofeed.Item, base string) string {
	if orig := e.Extensions["feedburner"]["origLink"]; len(orig) > 0 {
		if l := urls.Resolve(base, orig[0].Value); l != "" {
			return l
		}
	}
	if l := urls.Resolve(base, e.Link); l != "" {
		return l
	}
	for _, candidate := range e.Links {
		if l := urls.Resolve(base, candidate); l != "" {
			return l
		}
	}
	return urls.Resolve("", e.GUID)
}

// cut shortens s to at most n bytes, at a rune.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
