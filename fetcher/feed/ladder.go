package feed

import (
	"html"
	"net/url"
	"slices"
	"strings"

	"github.com/chipwire/chipwire/internal/urls"
	"github.com/chipwire/chipwire/news"
)

// An ident is what tells an item from the others, read off the scan.
type ident struct {
	key   string // as the whole parse would give it
	link  string // as the feed wrote it
	title string // as the feed wrote it, "" when it cannot be read so
}

// idents reads the identity of every item without parsing any; ok is false
// when there is the least doubt that a whole parse would say the same.
func (o *outline) idents(text string, h Hint) (list []ident, s shared, ok bool) {
	list = make([]ident, len(o.items))
	keys := make(map[string]bool, len(list))
	s = make(shared, 2*len(list))
	for i, it := range o.items {
		id, ok := o.ident(text, it, h)
		if !ok || keys[id.key] {
			return nil, nil, false
		}
		keys[id.key] = true
		s.note(id.link)
		s.note(id.title)
		list[i] = id
	}
	return list, s, true
}

func (o *outline) ident(text string, it span, h Hint) (ident, bool) {
	var id ident
	var guid, link, title *kid
	kids := o.kids[it.from:it.to]
	for i := range kids {
		k := &kids[i]
		if k.name == "" || strings.HasSuffix(k.name, "origLink") {
			return id, false
		}
		switch dst := o.identKid(k, &guid, &link, &title); {
		case dst == nil:
		case *dst != nil && (o.kind != rootAtom || dst != &link):
			return id, false // two of them
		case dst == &link && o.kind == rootAtom:
			if *dst == nil && alternate(text[k.start:k.body]) {
				*dst = k
			}
		case !k.pure:
			return id, false
		default:
			*dst = k
		}
	}
	if title != nil {
		if o.kind == rootAtom && !plainType(text[title.start:title.body]) {
			return id, false
		}
		id.title = characters(text[title.body:title.close])
	}
	if id.title == "" && h.Mark != nil && slices.ContainsFunc(kids, titled) {
		return id, false // gofeed may take another element for the title
	}
	if link != nil {
		id.link = o.linkOf(text, link)
	}
	switch {
	case h.ByLink:
	case guid != nil && o.kind == rootAtom:
		if guid.body-guid.start != len("<id>") {
			return id, false
		}
		id.key = atomID(characters(text[guid.body:guid.close]))
	case guid != nil:
		id.key = strings.TrimSpace(characters(text[guid.body:guid.close]))
	}
	if id.key == "" && !h.ByLink {
		id.key = o.about(text, it)
	}
	if len(id.key) > maxKey {
		id.key = news.Hash(id.key)
	}
	if id.key == "" && o.kind != rootAtom && h.URL != "" && id.link != "" {
		if l := urls.Resolve(h.URL, id.link); l != "" && !(h.ByLink && frontPage(urls.Page(canonical(l)))) {
			id.key = linkKey(l, id.link)
		}
	}
	return id, id.key != ""
}

// titled reports whether a kid is a title in any namespace.
func titled(k kid) bool {
	_, local := split(k.name)
	return local == "title"
}

// identKid returns which of them a kid may be.
func (o *outline) identKid(k *kid, guid, link, title **kid) **kid {
	switch {
	case o.kind == rootAtom && strings.EqualFold(k.name, "id"), o.kind != rootAtom && strings.EqualFold(k.name, "guid"):
		return guid
	case strings.EqualFold(k.name, "link"):
		return link
	case strings.EqualFold(k.name, "title"):
		return title
	}
	return nil
}

// linkOf is the link that a kid gives, as written.
func (o *outline) linkOf(text string, k *kid) string {
	if o.kind != rootAtom {
		if l := characters(text[k.body:k.close]); l != "" {
			return l
		}
	}
	href, _ := attribute(text[k.start:k.body], "href")
	return html.UnescapeString(href)
}

// alternate reports whether an Atom link leads to the entry's page.
func alternate(tag string) bool {
	rel, _ := attribute(tag, "rel")
	return rel == "" || rel == "alternate"
}

// atomID is an Atom id as gofeed hands it on.
func atomID(s string) string {
	if u, err := url.Parse(strings.TrimLeft(s, " ")); err == nil {
		s = u.String()
	}
	return strings.TrimSpace(s)
}

// plain reports whether the scan can be relied on item by item.
func (o *outline) plain() bool {
	return o.doubt == "" && o.end > 0 && !o.bare && o.broken == 0 && o.unclosed == 0 && len(o.items) <= MaxItems
}

// parseUnknown hands gofeed the head of a document and the items that are not
// known yet. It returns nil where the scan is in doubt: then the whole is parsed.
func parseUnknown(text string, o outline, h Hint) *parsed {
	if h.Known == nil || len(o.items) == 0 || !o.plain() || strings.Contains(text, "xml:base") {
		return nil
	}
	ids, shared, ok := o.idents(text, h)
	if !ok {
		return nil
	}
	for _, id := range []ident{ids[0], ids[len(ids)-1]} {
		if h.moved(id.key, urls.Resolve(h.URL, id.link), id.link, shared) {
			return nil
		}
	}
	skip := make([]bool, len(ids))
	var known []string
	unknown := ids[:0:0]
	for i, id := range ids {
		if skip[i] = h.Known(id.key) && !h.changed(id.key, id.title); skip[i] {
			known = append(known, id.key)
		} else {
			unknown = append(unknown, id)
		}
	}
	if len(known) == 0 {
		return nil
	}
	p := parseLight(text, o, skip)
	if p == nil {
		return nil
	}
	id := identity{guids: usableGUIDs(p.feed.Items), byLink: h.ByLink, shared: shared}
	for i, e := range p.feed.Items {
		if id.key(e, link(e, h.URL)) != unknown[i].key ||
			e.Link != unknown[i].link || e.Title != unknown[i].title {
			return nil
		}
	}
	p.known, p.shared = known, shared
	return p
}

// parseLight parses a document whose outline is beyond doubt, with the texts
// that gofeed need not see taken out; nil when gofeed does not find the items
// that the scan did.
func parseLight(text string, o outline, skip []bool) *parsed {
	doc, taken := o.lift(text, skip)
	feed, err := read(o.kind, doc)
	if err != nil || len(feed.Items) != len(taken) {
		return nil
	}
	for i, e := range feed.Items {
		taken[i].restore(e, text)
	}
	return &parsed{format: formats[o.kind], feed: feed}
}
