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
		it, zone := item(e, base, h)
		if it.Link == "" && it.Title == "" && it.Summary == "" && it.Content == "" {
			doc.Skipped++
			continue
		}
		it.Lang = doc.Lang
		it.Key = key(e, it, guids)
		if zone != "" && zone != dates.FromForm {
			doc.Zoneless++
		}
		doc.Items = append(doc.Items, it)
	}
}

// item translates one entry, but for its key. zone says where the zone of its
// date comes from, "" when it has no date that can be read.
func item(e *gofeed.Item, base string, h Hint) (it news.Item, zone dates.Source) {
	it = news.Item{
		Link:      link(e, base),
		Title:     cut(plainLine(e.Title), maxTitle),
		Summary:   cut(plain(e.Description), news.MaxBody),
		Content:   cut(plain(e.Content), news.MaxBody),
		Published: cut(strings.TrimSpace(e.Published), maxDate),
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

// key is the identity of an item inside its feed.
func key(e *gofeed.Item, it news.Item, guids bool) string {
	guid := strings.TrimSpace(e.GUID)
	switch {
	case guid != "" && guids && len(guid) <= maxKey:
		return guid
	case guid != "" && guids:
		return news.Hash(guid)
	case it.Link != "":
		return canonical(it.Link)
	case it.Title != "":
		return news.Hash(it.Title, it.Published)
	}
	return news.Hash(it.Summary, it.Content)
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
