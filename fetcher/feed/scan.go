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
	rootHTML
)

// A span is a part of the text, from start to before end.
type span struct{ start, end int }

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
	broken   int    // items whose end tag is missing
	unclosed int    // titles, links and the like whose end tag is missing
	page     bool   // the doctype is that of a web page
	stray    []int  // where a "<" opens nothing
	deep     bool
}

// A scanner walks the tags of a text, outside of comments and CDATA sections.
type scanner struct {
	text  string
	o     outline
	depth int
	item  int // start of the open item, -1 outside of one
	name  string
	leaf  string // name of the open title, link and the like
}

// scan finds the outline of a feed in one pass.
func scan(text string) outline {
	s := scanner{text: text, item: -1}
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
		return s.skip(i, 4, "-->")
	case strings.HasPrefix(rest, "<![CDATA["):
		return s.skip(i, 9, "]]>")
	case strings.HasPrefix(rest, "<?"):
		return s.skip(i, 2, "?>")
	case strings.HasPrefix(rest, "<!"):
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
	s.depth = max(0, s.depth-1)
	if name == s.leaf {
		s.leaf = ""
	}
	switch {
	case s.o.kind == rootNone:
	case s.item >= 0 && name == s.name:
		s.o.items = append(s.o.items, span{s.item, end})
		s.item = -1
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
		if closed && s.o.kind != rootNone {
			s.o.end = end
		}
		return end, true
	}
	prefix, local := split(name)
	rootPrefix, _ := split(s.o.root)
	native := prefix == "" || prefix == rootPrefix || prefix == "rss"
	switch {
	case native && (local == "item" && s.o.kind != rootAtom || local == "entry" && s.o.kind == rootAtom):
		if s.item >= 0 {
			s.o.broken++
		}
		if len(s.o.items) == 0 {
			s.o.inChannel = s.o.channel != "" && !s.o.channelClosed
		}
		s.item, s.name = i, name
		if closed {
			s.o.items = append(s.o.items, span{i, end})
			s.item = -1
		}
	case native && local == "channel" && s.o.channel == "" && s.o.kind != rootAtom:
		s.o.channel, s.o.channelClosed = name, closed
	}
	if leaves[local] {
		s.endLeaf()
		if !closed && !markup[local] {
			s.leaf = name
		}
	}
	if !closed {
		s.depth++
		s.o.deep = s.depth > maxDepth
	}
	return end, true
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
	_, local := split(name)
	switch local {
	case "rss":
		s.o.kind = rootRSS
	case "rdf":
		s.o.kind = rootRDF
	case "feed":
		s.o.kind = rootAtom
	case "html", "head", "body":
		s.o.kind = rootHTML
	default:
		return
	}
	s.o.root, s.o.start, s.o.body = name, start, end
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
	if before, after, ok := strings.Cut(name, ":"); ok {
		prefix, name = before, after
	}
	return prefix, strings.ToLower(name)
}
