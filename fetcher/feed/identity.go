package feed

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mmcdole/gofeed"

	"github.com/chipwire/chipwire/internal/urls"
	"github.com/chipwire/chipwire/news"
)

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

// An identity says what tells the entries of a document apart.
type identity struct {
	guids  bool // theirs do, in this document
	byLink bool // theirs do not, in other documents
	shared shared
}

// key is the identity of an entry inside its feed, "" when it has neither guid
// nor link nor title.
func (id identity) key(e *gofeed.Item, link string) string {
	guid := strings.TrimSpace(e.GUID)
	switch {
	case guid != "" && id.guids && !id.byLink && len(guid) <= maxKey:
		return guid
	case guid != "" && id.guids && !id.byLink:
		return news.Hash(guid)
	case link != "" && (!id.byLink || id.own(link, e.Link)):
		return linkKey(link, e.Link)
	}
	if title := titleOf(e); title != "" {
		return news.Hash(title, dateOf(e))
	}
	return ""
}

// own reports whether a link leads to a page of the entry's own.
func (id identity) own(link, written string) bool {
	return !id.shared[written] && !frontPage(urls.Page(canonical(link)))
}

// linkKey is the key of an entry by its link. Entries of a list of changes stand
// at one page and differ in the fragment alone.
func linkKey(link, written string) string { return canonical(link) + fragment(written) }

// fragment is what stands behind the page in a link and may identify an entry.
func fragment(link string) string { return cut(strings.TrimSpace(urls.Fragment(link)), maxKey) }

// reuses reports whether the first or the last entry has a known key and stands
// at a page that is not known.
func (h Hint) reuses(entries []*gofeed.Item, base string, id identity) bool {
	if h.Known == nil || h.Page == nil || len(entries) == 0 {
		return false
	}
	for _, e := range []*gofeed.Item{entries[0], entries[len(entries)-1]} {
		page := link(e, base)
		if h.moved(id.key(e, page), page, e.Link, id.shared) {
			return true
		}
	}
	return false
}

// moved reports whether an entry of a known key has a page of its own that is
// not known. The link is absolute, and once more as the feed wrote it.
func (h Hint) moved(key, link, written string, s shared) bool {
	if h.Page == nil || h.ByLink || key == "" || link == "" || s[written] || fragment(written) != "" || !h.Known(key) {
		return false
	}
	page := urls.Page(canonical(link))
	return page != key && !frontPage(page) && !h.Page(page)
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
