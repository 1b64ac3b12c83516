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
	maxTitle = 1 << 10
	maxDate  = 128
	maxKey   = 512
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
	guids := usableGUIDs(f.Items)
	doc.Items = make([]news.Item, 0, len(f.Items))
	for _, e := range f.Items {
		page := link(e, base)
		id := key(e, page, guids)
		if h.Known != nil && !doc.Cut && id != "" && h.Known(id) && !h.changed(id, e.Title) {
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

// shared are links and titles, as the feed wrote them, that stand at more than
// one entry of a document and so identify none.
type shared map[string]bool

// note takes a text at its next sight.
func (s shared) note(text string) {
	if text != "" {
		_, again := s[text]
		s[text] = again
	}
}

func sharedByMany(entries []*gofeed.Item) shared {
	s := make(shared, 2*len(entries))
	for _, e := range entries {
		s.note(e.Link)
		s.note(e.Title)
	}
	return s
}

// minTitle is the length from which a title identifies an article of its day, in
// letters. Shorter ones are the names of columns.
const minTitle = 10

// identities returns the key of an item and what else identifies it.
func identities(e *gofeed.Item, it news.Item, s shared) []string {
	keys := []string{it.Key}
	if it.Link != "" && !s[e.Link] && fragment(e.Link) == "" {
		if page := urls.Page(canonical(it.Link)); page != it.Key && !frontPage(page) {
			keys = append(keys, page)
		}
	}
	if !it.PublishedAt.IsZero() && !s[e.Title] && utf8.RuneCountInString(it.Title) >= minTitle {
		keys = append(keys, news.Hash("title", strings.ToLower(it.Title), it.PublishedAt.Format(time.DateOnly)))
	}
	return keys
}

// frontPage reports whether a page is that of a site itself, which feeds give to
// entries without a page of their own.
func frontPage(page string) bool {
	_, path, _ := strings.Cut(page, "/")
	return path == ""
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
		return linkKey(link, e.Link)
	}
	if title := titleOf(e); title != "" {
		return news.Hash(title, dateOf(e))
	}
	return ""
}

// linkKey is the key of an entry by its link. Entries of a list of changes stand
// at one page and differ in the fragment alone.
func linkKey(link, written string) string { return canonical(link) + fragment(written) }

// fragment is what stands behind the page in a link, with its "#".
func fragment(link string) string {
	if i := strings.IndexByte(link, '#'); i >= 0 {
		return cut(strings.TrimSpace(link[i:]), maxKey)
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
