package feed

import (
	"strings"
	"unicode/utf8"

	"github.com/mmcdole/gofeed"

	"github.com/chipwire/chipwire/internal/dates"
	"github.com/chipwire/chipwire/internal/urls"
	"github.com/chipwire/chipwire/news"
)

// The longest texts of an item, in bytes. A feed with an unclosed element can
// put the rest of the document into a title.
const (
	maxTitle = 1 << 10
	maxDate  = 128
	maxKey   = 512
)

// fill turns the entries of a feed into items.
func fill(doc *Document, f *gofeed.Feed, h Hint) {
	base := h.URL
	if base == "" {
		base = f.Link
	}
	guids := usableGUIDs(f.Items)
	doc.Items = make([]news.Item, 0, len(f.Items))
	for _, e := range f.Items {
		page := link(e, base)
		id := key(e, page, guids)
		if h.Known != nil && !doc.Cut && id != "" && h.Known(id) {
			doc.Known = append(doc.Known, id)
			continue
		}
		it, zone := item(e, h)
		it.Link = page
		if it.Link == "" && it.Title == "" && it.Summary == "" && it.Content == "" {
			doc.Skipped++
			continue
		}
		it.Lang = doc.Lang
		if it.Key = id; id == "" {
			it.Key = news.Hash(it.Summary, it.Content)
			if h.Known != nil && h.Known(it.Key) {
				doc.Known = append(doc.Known, it.Key)
				continue
			}
		}
		if zone != "" && zone != dates.FromForm {
			doc.Zoneless++
		}
		doc.Items = append(doc.Items, it)
	}
}

// item translates one entry, but for its key and link. zone says where the zone of its
// date comes from, "" when it has no date that can be read.
func item(e *gofeed.Item, h Hint) (it news.Item, zone dates.Source) {
	it = news.Item{
		Title:     titleOf(e),
		Summary:   cut(plain(e.Description), news.MaxBody),
		Content:   cut(plain(e.Content), news.MaxBody),
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

func titleOf(e *gofeed.Item) string { return cut(plainLine(e.Title), maxTitle) }

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

// key is the identity of an entry inside its feed, "" when it has neither guid
// nor link nor title.
func key(e *gofeed.Item, link string, guids bool) string {
	guid := strings.TrimSpace(e.GUID)
	switch {
	case guid != "" && guids && len(guid) <= maxKey:
		return guid
	case guid != "" && guids:
		return news.Hash(guid)
	case link != "":
		return canonical(link)
	}
	if title := titleOf(e); title != "" {
		return news.Hash(title, dateOf(e))
	}
	return ""
}

// usableGUIDs reports whether the guids of a document tell its entries apart:
// at most one in twenty stands at a second link.
func usableGUIDs(entries []*gofeed.Item) bool {
	seen := make(map[string]string, len(entries))
	bad := 0
	for _, e := range entries {
		if e.GUID == "" {
			continue
		}
		if first, ok := seen[e.GUID]; ok && first != e.Link {
			bad++
			continue
		}
		seen[e.GUID] = e.Link
	}
	return bad*20 <= len(entries)
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
