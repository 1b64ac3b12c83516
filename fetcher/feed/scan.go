package feed

import "strings"

// maxDepth is the deepest nesting of a document that is read: gofeed descends
// with the elements, and a hostile document must not exhaust the stack.
const maxDepth = 200

type rootKind uint8

const (
	rootNone rootKind = iota
	rootRSS
	rootRDF
	rootAtom
	rootSitemap
	rootIndex // of sitemaps
	rootHTML
)

// A span is an item in the text, from start to before end, and its children.
type span struct {
	start, end int
	body       int // behind the start tag
	from, to   int // of the outline's kids
}

// A kid is an element directly in an item. Its content lies between body and
// close; for one that closes itself all three ends are the same.
type kid struct {
	name                    string // as written, with prefix
	start, body, close, end int
	pure                    bool // no element, comment or the like inside: text and CDATA only
}

// An outline is where the parts of an XML feed lie in its text.
type outline struct {
	kind  rootKind
	root  string // name of the root element as written, with prefix
	start int    // of the root's start tag
	body  int    // behind the root's start tag
	end   int    // behind the root's end tag, 0 when there is none
	bare  bool   // the root's end tag is whole but for its last ">"

	channel       string // name of the channel element as written, "" without one
	channelClosed bool
	inChannel     bool // the items lie inside the channel, as in RSS 2.0

	items    []span // whole items, in order
	kids     []kid  // of all items
	doubt    string // why the kids cannot be relied on, "" when they can
	broken   int    // items whose end tag is missing
	unclosed int    // titles, links and the like whose end tag is missing
	page     bool   // the doctype is that of a web page
	stray    []int  // where a "<" opens nothing
	deep     bool
}

// A scanner walks the tags of a text, outside of comments and CDATA sections.
type scanner struct {
	text string
	o    outline
	open []string // names of the open elements, from the root on
	item int      // start of the open item, -1 outside of one
	name string
	leaf string // name of the open title, link and the like

	prefix    string // of the root's name
	itemBody  int    // behind the open item's start tag
	itemDepth int    // elements open around an item
	firstKid  int
	kid       kid // the open one, while kidDepth is not 0
	kidDepth  int // elements open when it is the innermost
}

// doubts notes the first reason not to rely on the kids.
func (s *scanner) doubts(why string) {
	if s.o.doubt == "" {
		s.o.doubt = why
	}
}

// scan finds the outline of a feed in one pass.
func scan(text string) outline {
	s := scanner{text: text, item: -1, open: make([]string, 0, 16)}
	for i := 0; ; {
		j := strings.IndexByte(text[i:], '<')
		if j < 0 {
			break
		}
		i += j
		next, ok := s.markup(i)
		if !ok || s.o.end > 0 || s.o.kind == rootHTML || s.o.deep {
			break
		}
		i = next
	}
	if s.item >= 0 {
		s.o.broken++
	}
	return s.o
}

// markup takes what begins at the "<" at i and returns where it ends; false
// when it does not end.
func (s *scanner) markup(i int) (int, bool) {
	rest := s.text[i:]
	switch {
	case strings.HasPrefix(rest, "<!--"):
		s.kid.pure = false
		return s.skip(i, 4, "-->")
	case strings.HasPrefix(rest, "<![CDATA["):
		return s.skip(i, 9, "]]>")
	case strings.HasPrefix(rest, "<?"):
		s.kid.pure = false
		return s.skip(i, 2, "?>")
	case strings.HasPrefix(rest, "<!"):
		if s.o.kind != rootNone {
			s.doubts("a declaration inside the document")
		}
		if s.o.kind == rootNone && len(rest) > 14 && strings.EqualFold(rest[2:14], "doctype html") {
			s.o.page = true
		}
		return s.directive(i)
	case strings.HasPrefix(rest, "</"):
		return s.endTag(i)
	case len(rest) > 1 && nameByte(rest[1]) && rest[1] != '-' && rest[1] != '.' && (rest[1] < '0' || rest[1] > '9'):
		return s.startTag(i)
	}
	s.o.stray = append(s.o.stray, i)
	return i + 1, true
}

func (s *scanner) skip(i, open int, end string) (int, bool) {
	j := strings.Index(s.text[i+open:], end)
	return i + open + j + len(end), j >= 0
}

// directive skips <!DOCTYPE …>, with the declarations in brackets inside it;
// behind the root's start tag there is no such thing, only damage.
func (s *scanner) directive(i int) (int, bool) {
	brackets := 0
	for ; i < len(s.text); i++ {
		switch s.text[i] {
		case '[':
			if s.o.kind == rootNone {
				brackets++
			}
		case ']':
			brackets--
		case '>':
			if brackets <= 0 {
				return i + 1, true
			}
		}
	}
	return 0, false
}

func (s *scanner) endTag(i int) (int, bool) {
	name := tagName(s.text[i+2:])
	j := strings.IndexByte(s.text[i:], '>')
	if j < 0 {
		if s.item < 0 && name == s.o.root && name != "" && strings.TrimSpace(s.text[i+2+len(name):]) == "" {
			s.o.end, s.o.bare = len(s.text), true
		}
		return 0, false
	}
	end := i + j + 1
	s.pop(name, i, end)
	if name == s.leaf {
		s.leaf = ""
	}
	switch {
	case s.o.kind == rootNone:
	case s.item >= 0 && name == s.name:
		s.endItem(end)
		s.endLeaf()
	case s.item < 0 && name == s.o.channel && name != "":
		s.o.channelClosed = true
	case name == s.o.root:
		s.o.end = end
	}
	return end, true
}

func (s *scanner) startTag(i int) (int, bool) {
	end := tagEnd(s.text, i, maxTag)
	switch end {
	case endless:
		return 0, false
	case noTag:
		s.o.stray = append(s.o.stray, i)
		return i + 1, true
	}
	name := tagName(s.text[i+1:])
	closed := s.text[end-2] == '/'
	if s.o.kind == rootNone {
		s.root(name, i, end)
		switch {
		case s.o.kind == rootNone:
		case closed:
			s.o.end = end
		default:
			s.open = append(s.open, name)
		}
		return end, true
	}
	prefix, local := split(name)
	native := prefix == "" || prefix == s.prefix || prefix == "rss"
	isItem := s.isItem(local)
	switch {
	case native && isItem:
		s.startItem(name, i, end)
		if closed {
			s.endItem(end)
		}
	case isItem:
		s.doubts("an item in another namespace")
	case native && local == "channel" && s.o.channel == "" && (s.o.kind == rootRSS || s.o.kind == rootRDF):
		s.o.channel, s.o.channelClosed = name, closed
		if strings.Contains(s.text[i:end], "xmlns") {
			s.doubts("a namespace declared on the channel")
		}
	}
	if s.item >= 0 && s.item != i {
		s.startKid(name, i, end, closed)
	}
	if leaves[local] {
		s.endLeaf()
		if !closed && !markup[local] {
			s.leaf = name
		}
	}
	if !closed {
		s.open = append(s.open, name)
		s.o.deep = len(s.open) > maxDepth
	}
	return end, true
}

// isItem reports whether an element is an item in a document of this kind.
func (s *scanner) isItem(local string) bool {
	switch s.o.kind {
	case rootAtom:
		return local == "entry"
	case rootSitemap:
		return local == "url"
	case rootIndex:
		return local == "sitemap"
	}
	return local == "item"
}

func (s *scanner) startItem(name string, start, body int) {
	if s.item >= 0 {
		s.o.broken++
		s.doubts("an item inside an item")
		s.open = s.open[:min(len(s.open), s.itemDepth)]
	}
	if len(s.o.items) == 0 && s.o.broken == 0 {
		s.o.inChannel = s.o.channel != "" && !s.o.channelClosed
		s.itemDepth = len(s.open)
		if s.itemDepth != 1 && !(s.itemDepth == 2 && s.o.inChannel && s.open[1] == s.o.channel) {
			s.doubts("items at an odd place")
		}
	}
	if len(s.open) != s.itemDepth {
		s.doubts("items at different depths")
	}
	if strings.Contains(s.text[start:body], "xmlns") {
		s.doubts("a namespace declared on an item")
	}
	s.item, s.itemBody, s.name = start, body, name
	s.firstKid, s.kidDepth = len(s.o.kids), 0
	if s.o.kids == nil {
		s.o.kids = make([]kid, 0, min(len(s.text)/200, 4096))
	}
}

func (s *scanner) endItem(end int) {
	s.o.items = append(s.o.items, span{start: s.item, end: end, body: s.itemBody, from: s.firstKid, to: len(s.o.kids)})
	s.item, s.kidDepth = -1, 0
}

// startKid notes an element inside an item, when it is a direct child.
func (s *scanner) startKid(name string, start, end int, closed bool) {
	if s.kidDepth > 0 {
		s.kid.pure = false
		return
	}
	s.kid = kid{name: name, start: start, body: end, close: end, end: end, pure: true}
	if strings.Contains(s.text[start:end], "xmlns") {
		s.kid.name, s.kid.pure = "", false
	}
	if closed {
		s.o.kids = append(s.o.kids, s.kid)
		return
	}
	s.kidDepth = len(s.open) + 1
}

// pop closes the innermost open element of the name, and what is open inside it,
// as a reader that is not strict does. An end tag without a start closes nothing.
func (s *scanner) pop(name string, start, end int) {
	i := len(s.open) - 1
	for i >= 0 && s.open[i] != name {
		i--
	}
	if i != len(s.open)-1 {
		s.doubts("elements that do not close in order")
	}
	if i < 0 {
		return
	}
	if s.kidDepth > 0 && i < s.kidDepth {
		if i == s.kidDepth-1 {
			s.kid.close, s.kid.end = start, end
			s.o.kids = append(s.o.kids, s.kid)
		}
		s.kidDepth = 0
	}
	s.open = s.open[:i]
}

// endLeaf notes that a leaf is open where it cannot be.
func (s *scanner) endLeaf() {
	if s.leaf != "" {
		s.o.unclosed++
		s.leaf = ""
	}
}

// root takes the first element that may be the root of a feed or of a page.
func (s *scanner) root(name string, start, end int) {
	prefix, local := split(name)
	switch local {
	case "rss":
		s.o.kind = rootRSS
	case "rdf":
		s.o.kind = rootRDF
	case "feed":
		s.o.kind = rootAtom
	case "urlset":
		s.o.kind = rootSitemap
	case "sitemapindex":
		s.o.kind = rootIndex
	case "html", "head", "body":
		s.o.kind = rootHTML
	default:
		return
	}
	s.o.root, s.o.start, s.o.body, s.prefix = name, start, end, prefix
	s.o.stray = nil
}

// maxTag is the longest start tag, in bytes.
const maxTag = 64 << 10

// What tagEnd returns instead of an end.
const (
	endless = -1 // the text ends inside the tag
	noTag   = -2 // another tag begins inside it, or it is too long to be one
)

// tagEnd returns the end of the tag at i; a ">" or "<" in quotes is part of it.
func tagEnd(text string, i, limit int) int {
	limit = min(len(text), i+limit)
	quote := byte(0)
	for j := i + 1; j < limit; j++ {
		switch c := text[j]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '>':
			return j + 1
		case c == '<':
			return noTag
		case (c == '"' || c == '\'') && text[j-1] == '=':
			quote = c
		}
	}
	if limit == len(text) {
		return endless
	}
	return noTag
}

func tagName(s string) string {
	n := 0
	for n < len(s) && nameByte(s[n]) {
		n++
	}
	return s[:n]
}

func nameByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
		c == '_' || c == ':' || c == '-' || c == '.' || c >= 0x80
}

// split parts a name in its prefix and its local part in lower case.
func split(name string) (prefix, local string) {
	if i := strings.IndexByte(name, ':'); i >= 0 {
		prefix, name = name[:i], name[i+1:]
	}
	if name == "pubDate" { // the only common one with a capital: no allocation
		return prefix, "pubdate"
	}
	return prefix, strings.ToLower(name)
}
