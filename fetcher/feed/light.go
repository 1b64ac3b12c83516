package feed

import (
	"html"
	"strings"

	"github.com/mmcdole/gofeed"
)

// The texts of an item that go round gofeed. It reads a document byte by byte
// and each text twice, and tries some two hundred forms on each date: most of
// its cost is in texts that need nothing but their entities resolved.
type aside struct {
	description, content *kid
	published, updated   *kid
	about                string // rdf:about
}

// lift takes the long texts and the dates out of the items of a document, and
// the elements that nobody reads, and returns the rest with what was taken, in
// the order of the items. The outline must be beyond doubt. skip names items to
// leave out altogether.
func (o *outline) lift(text string, skip []bool) (doc string, taken []aside) {
	var b strings.Builder
	left := len(text)
	for i, it := range o.items {
		if skip != nil && skip[i] {
			left -= it.end - it.start
		}
	}
	b.Grow(left / 2)
	namespaces := text[o.start:o.body]
	from := o.start
	drop := func(start, end int) {
		b.WriteString(text[from:start])
		from = end
	}
	taken = make([]aside, 0, len(o.items))
	for i, it := range o.items {
		if skip != nil && skip[i] {
			drop(it.start, it.end)
			continue
		}
		a := aside{about: o.about(text, it)}
		kids := o.kids[it.from:it.to]
		for k := range kids {
			kid := &kids[k]
			switch to := a.place(o.kind, kid, text, namespaces); {
			case to != nil && *to == nil && alone(kids, k):
				*to = kid
				drop(kid.start, kid.end)
			case unread(o.kind, kid.name, namespaces):
				drop(kid.start, kid.end)
			}
		}
		taken = append(taken, a)
	}
	drop(o.end, o.end)
	return b.String(), taken
}

// place returns where the text of a kid belongs, nil when gofeed is to read it.
func (a *aside) place(kind rootKind, k *kid, text, namespaces string) **kid {
	if !k.pure {
		return nil
	}
	if kind == rootAtom {
		if !plainType(text[k.start:k.body]) {
			return nil
		}
		switch k.name {
		case "summary":
			return &a.description
		case "content":
			return &a.content
		case "published":
			return &a.published
		case "updated":
			return &a.updated
		}
		return nil
	}
	switch k.name {
	case "description":
		return &a.description
	case "content:encoded":
		if strings.Contains(namespaces, `xmlns:content="http://purl.org/rss/1.0/modules/content/"`) {
			return &a.content
		}
	case "pubDate":
		return &a.published
	}
	return nil
}

// plainType reports whether the start tag of an Atom text says that it is text
// or escaped HTML, whose entities are resolved in the same way. A type without a
// value or in a name space is for gofeed to make sense of.
func plainType(tag string) bool {
	if strings.Contains(tag, "mode") {
		return false
	}
	t, ok := attribute(tag, "type")
	switch strings.ToLower(t) {
	case "":
		return !ok && !strings.Contains(tag, "type")
	case "html", "text":
		return strings.Count(tag, "type") == 1
	}
	return false
}

// alone reports whether no other kid would be read into the same field.
func alone(kids []kid, i int) bool {
	_, name := split(kids[i].name)
	for j := range kids {
		if j == i {
			continue
		}
		_, other := split(kids[j].name)
		same := other == name || name == "published" && other == "issued" || name == "updated" && other == "modified"
		if same || kids[j].name == "" {
			return false
		}
	}
	return true
}

// unread reports whether an element of an item is one that no item is made of.
func unread(kind rootKind, name, namespaces string) bool {
	prefix, local, ok := strings.Cut(name, ":")
	if !ok {
		switch name {
		case "category", "author":
			return true
		case "comments", "enclosure":
			return kind != rootAtom
		case "contributor", "rights":
			return kind == rootAtom
		}
		return false
	}
	uri, known := extensions[prefix]
	if !known || prefix == "dc" && local != "creator" && local != "subject" {
		return false
	}
	return strings.Contains(namespaces, "xmlns:"+prefix+`="`+uri)
}

// extensions are the namespaces whose elements in items hold nothing that an
// item is made of, but for dc.
var extensions = map[string]string{
	"dc":    "http://purl.org/dc/elements/1.1/",
	"media": "http://search.yahoo.com/mrss/",
	"slash": "http://purl.org/rss/1.0/modules/slash/",
	"wfw":   "http://wellformedweb.org/",
	"thr":   "http://purl.org/syndication/thread/1.0",
}

// restore puts what was taken out of an entry back into it.
func (a *aside) restore(e *gofeed.Item, text string) {
	if strings.TrimSpace(e.GUID) == "" {
		e.GUID = a.about
	}
	if a.description != nil {
		put(&e.Description, a.description, text)
	}
	if a.content != nil {
		put(&e.Content, a.content, text)
	}
	if a.updated != nil {
		put(&e.Updated, a.updated, text)
		if e.Published == "" {
			e.Published = e.Updated
		}
	}
	if a.published != nil {
		put(&e.Published, a.published, text)
	}
}

// put sets a field to the text of a kid; an empty text leaves what gofeed found
// elsewhere.
func put(dst *string, k *kid, text string) {
	if s := characters(text[k.body:k.close]); s != "" {
		*dst = s
	}
}

// about is the rdf:about of an item of RDF.
func (o *outline) about(text string, it span) string {
	if o.kind != rootRDF {
		return ""
	}
	v, _ := attribute(text[it.start:it.body], "rdf:about")
	return strings.TrimSpace(html.UnescapeString(v))
}

// attribute returns the value of an attribute in a start tag, as written.
func attribute(tag, name string) (string, bool) {
	for rest := tag; ; {
		i := strings.Index(rest, name)
		if i < 0 {
			return "", false
		}
		before := i > 0 && (rest[i-1] == ' ' || rest[i-1] == '\t' || rest[i-1] == '\n' || rest[i-1] == '\r')
		rest = rest[i+len(name):]
		value := strings.TrimLeft(rest, " \t\r\n")
		if !before || !strings.HasPrefix(value, "=") {
			continue
		}
		value = strings.TrimLeft(value[1:], " \t\r\n")
		if value == "" || value[0] != '"' && value[0] != '\'' {
			return "", true
		}
		v, _, _ := strings.Cut(value[1:], value[:1])
		return v, true
	}
}

const (
	cdataStart = "<![CDATA["
	cdataEnd   = "]]>"
)

// characters resolves the content of an element that holds only text and CDATA
// sections, exactly as gofeed does.
func characters(s string) string {
	s = strings.TrimSpace(s)
	first := strings.Index(s, cdataStart)
	if first < 0 {
		return entities(s)
	}
	if first == 0 && strings.Index(s, cdataEnd) == len(s)-len(cdataEnd) { // the usual case
		return s[len(cdataStart) : len(s)-len(cdataEnd)]
	}
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(s, cdataStart)
		b.WriteString(entities(before))
		if !ok {
			return b.String()
		}
		inside, after, ok := strings.Cut(rest, cdataEnd)
		if !ok {
			b.WriteString(entities(cdataStart + rest))
			return b.String()
		}
		b.WriteString(inside)
		s = after
	}
}

// maxEntity is how far behind an "&" its ";" may be.
const maxEntity = 64

// entities resolves the entities that end in ";" and leaves any other "&" alone.
func entities(s string) string {
	i := strings.IndexByte(s, '&')
	if i < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for ; i >= 0; i = strings.IndexByte(s, '&') {
		b.WriteString(s[:i])
		s = s[i:]
		end := strings.IndexByte(s[:min(len(s), maxEntity)], ';')
		if end < 0 && len(s) <= maxEntity {
			break
		}
		if end > 0 && !strings.ContainsAny(s[1:end], " \t\r\n") {
			if r, ok := entity(s[:end+1]); ok {
				b.WriteString(r)
				s = s[end+1:]
				continue
			}
		}
		b.WriteByte('&')
		s = s[1:]
	}
	b.WriteString(s)
	return b.String()
}

// entity resolves one that is whole with its ";".
func entity(s string) (string, bool) {
	switch s {
	case "&lt;":
		return "<", true
	case "&gt;":
		return ">", true
	case "&amp;":
		return "&", true
	case "&quot;":
		return `"`, true
	case "&apos;":
		return "'", true
	}
	r := html.UnescapeString(s)
	return r, r != html.UnescapeString(s[:len(s)-1])+";"
}
