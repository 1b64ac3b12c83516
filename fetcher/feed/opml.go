package feed

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/chipwire/chipwire/internal/charset"
)

// An Outline is an entry of a subscription list: a feed when it has an XMLURL,
// else a folder of others.
type Outline struct {
	Text     string // the name shown
	Title    string // the feed's own, often the same
	Type     string // rss for every feed, whatever its format
	XMLURL   string
	HTMLURL  string
	Language string
	Category string // comma-separated, as OPML writes it
	URL      string // of what a link or an include stands for

	Rest     []Attr // the attributes that are none of these, in the order of the list
	Outlines []Outline
}

// An Attr is an attribute of an outline, or an element of the head.
type Attr struct{ Name, Value string }

// Include reports whether the entry stands for another list, at its URL.
func (o Outline) Include() bool { return o.XMLURL == "" && strings.EqualFold(o.Type, "include") }

// An OPML is a subscription list.
type OPML struct {
	Title    string
	Head     []Attr // the elements of the head that are not its title: owner, dates
	Outlines []Outline
}

// A Subscription is a feed of a list, with the folders it lies in from the top.
type Subscription struct {
	Outline
	Folders []string
}

// The bounds of a subscription list.
const (
	maxOutlineDepth = 32
	maxOutlines     = 50_000
)

// ParseOPML reads a subscription list in any encoding that feeds come in. A
// broken one yields an [*Error] and what could be read before the fault.
func ParseOPML(body []byte) (OPML, error) {
	r := charset.Decode(body, xmlEncoding(body))
	text := clean(r.Text)
	if strings.TrimSpace(text) == "" {
		return OPML{}, errorf(Empty, "%d bytes", len(body))
	}
	if i := strings.IndexByte(text, '<'); i > 0 {
		text = text[i:]
	}
	d := xml.NewDecoder(strings.NewReader(text))
	d.Strict = false
	d.Entity = xml.HTMLEntity
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // decoded above
	p := opmlParser{d: d, open: []*Outline{{}}}
	err := p.read()
	list := OPML{Title: strings.TrimSpace(p.title), Head: p.head}
	for i := len(p.open) - 1; i > 0; i-- { // folders that never end
		p.close()
	}
	list.Outlines = p.open[0].Outlines
	return list, err
}

// An opmlParser holds the folders that are open.
type opmlParser struct {
	d     *xml.Decoder
	open  []*Outline // the first stands for the body
	title string
	head  []Attr
	root  bool
	body  bool
	n     int
	skip  int // outlines open beyond the deepest level
}

func (p *opmlParser) read() error {
	for {
		t, err := p.d.RawToken()
		switch {
		case errors.Is(err, io.EOF) && !p.root:
			return errorf(Malformed, "no opml element")
		case errors.Is(err, io.EOF):
			return errorf(Truncated, "no end of the opml element, %d outlines before the cut", p.n)
		case err != nil && p.root:
			return errorf(Truncated, "%v, %d outlines before it", err, p.n)
		case err != nil:
			return errorf(Malformed, "%v", err)
		}
		switch t := t.(type) {
		case xml.StartElement:
			if err := p.start(t); err != nil {
				return err
			}
		case xml.EndElement:
			switch {
			case strings.EqualFold(t.Name.Local, "opml"):
				return nil
			case strings.EqualFold(t.Name.Local, "outline"):
				p.close()
			}
		}
	}
}

func (p *opmlParser) start(t xml.StartElement) error {
	switch name := strings.ToLower(t.Name.Local); {
	case name == "opml":
		p.root = true
	case !p.root && name == "html":
		return errorf(HTML, "root element <%s>", t.Name.Local)
	case !p.root:
		return errorf(Malformed, "root element <%s>, want <opml>", t.Name.Local)
	case name == "body":
		p.body = true
	case name == "outline":
		p.body = true
		return p.outline(t.Attr)
	case name == "head" || p.body:
	default:
		return p.meta(t.Name.Local)
	}
	return nil
}

// maxHeadElements is the most elements of a head that are kept.
const maxHeadElements = 100

// meta reads an element of the head, which holds text alone.
func (p *opmlParser) meta(name string) error {
	var text strings.Builder
	for {
		t, err := p.d.RawToken()
		switch t := t.(type) {
		case xml.CharData:
			text.Write(t)
			continue
		case xml.StartElement: // an element that was not ended
			p.keep(name, text.String())
			if next := strings.ToLower(t.Name.Local); next == "body" || next == "outline" {
				return p.start(t)
			}
			name = t.Name.Local
			text.Reset()
			continue
		case xml.EndElement:
			p.keep(name, text.String())
			return nil
		case xml.Comment, xml.ProcInst, xml.Directive:
			continue
		}
		if err != nil {
			p.keep(name, text.String())
			return nil // the next token has the same fault
		}
	}
}

func (p *opmlParser) keep(name, text string) {
	text = strings.TrimSpace(text)
	switch {
	case strings.EqualFold(name, "title") && p.title == "":
		p.title = text
	case text != "" && len(p.head) < maxHeadElements && plainName(name):
		p.head = append(p.head, Attr{name, text})
	}
}

// plainName reports whether a name can be written again. Others are of no list.
func plainName(name string) bool {
	for i, r := range name {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_'
		if !letter && (i == 0 || r != '-' && r != '.' && (r < '0' || r > '9')) {
			return false
		}
	}
	return name != ""
}

func (p *opmlParser) outline(attrs []xml.Attr) error {
	if p.n++; p.n > maxOutlines {
		return errorf(Malformed, "more than %d outlines", maxOutlines)
	}
	if len(p.open) > maxOutlineDepth {
		p.skip++
		return nil
	}
	var o Outline
	for _, a := range attrs {
		v := strings.TrimSpace(a.Value)
		switch strings.ToLower(a.Name.Local) {
		case "text":
			o.Text = v
		case "title":
			o.Title = v
		case "type":
			o.Type = v
		case "xmlurl":
			o.XMLURL = v
		case "htmlurl":
			o.HTMLURL = v
		case "language":
			o.Language = v
		case "category":
			o.Category = v
		case "url":
			o.URL = v
		default:
			o.keep(a.Name, v)
		}
	}
	p.open = append(p.open, &o)
	return nil
}

// maxAttrs is the most attributes of one entry that are kept.
const maxAttrs = 50

// keep adds an attribute that means nothing here, once.
func (o *Outline) keep(name xml.Name, value string) {
	full := name.Local
	if name.Space != "" {
		full = name.Space + ":" + name.Local
	}
	if !plainName(name.Local) || name.Space != "" && !plainName(name.Space) || value == "" || len(o.Rest) >= maxAttrs {
		return
	}
	for _, a := range o.Rest {
		if a.Name == full {
			return
		}
	}
	o.Rest = append(o.Rest, Attr{full, value})
}

// close ends the innermost outline.
func (p *opmlParser) close() {
	if p.skip > 0 {
		p.skip--
		return
	}
	last := len(p.open) - 1
	if last == 0 {
		return
	}
	folder := p.open[last-1]
	folder.Outlines = append(folder.Outlines, *p.open[last])
	p.open = p.open[:last]
}

// Name is the name of an entry: its text, else its title, else its address.
func (o Outline) Name() string {
	for _, s := range []string{o.Text, o.Title, o.XMLURL} {
		if s != "" {
			return s
		}
	}
	return ""
}

// Feeds returns the feeds of a list in its order, each address once.
func (l OPML) Feeds() []Subscription {
	var list []Subscription
	seen := map[string]bool{}
	var walk func(outlines []Outline, folders []string)
	walk = func(outlines []Outline, folders []string) {
		for _, o := range outlines {
			if key := canonical(o.XMLURL); o.XMLURL != "" && !seen[key] {
				seen[key] = true
				s := Subscription{Outline: o, Folders: folders}
				s.Outlines = nil
				list = append(list, s)
			}
			walk(o.Outlines, append(folders[:len(folders):len(folders)], o.Name()))
		}
	}
	walk(l.Outlines, nil)
	return list
}

// Includes returns the lists that a list stands for as well, in its order.
func (l OPML) Includes() []Outline {
	var list []Outline
	var walk func(outlines []Outline)
	walk = func(outlines []Outline) {
		for _, o := range outlines {
			if o.Include() {
				list = append(list, o)
			}
			walk(o.Outlines)
		}
	}
	walk(l.Outlines)
	return list
}

// WriteOPML writes a subscription list as OPML 2.0. What [ParseOPML] reads of it
// is the list again, but for characters that XML cannot hold and for folders
// deeper than it reads.
func WriteOPML(w io.Writer, l OPML) error {
	var b bytes.Buffer
	b.WriteString(xml.Header)
	b.WriteString("<opml version=\"2.0\">\n  <head>\n    <title>")
	escape(&b, l.Title)
	b.WriteString("</title>\n")
	for _, e := range l.Head {
		b.WriteString("    <" + e.Name + ">")
		escape(&b, e.Value)
		b.WriteString("</" + e.Name + ">\n")
	}
	b.WriteString("  </head>\n  <body>\n")
	for _, o := range l.Outlines {
		writeOutline(&b, o, 2)
	}
	b.WriteString("  </body>\n</opml>\n")
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write OPML: %w", err)
	}
	return nil
}

func writeOutline(b *bytes.Buffer, o Outline, depth int) {
	if depth > maxOutlineDepth+1 {
		return
	}
	indent := strings.Repeat("  ", depth)
	b.WriteString(indent + "<outline")
	attr := func(name, value string) {
		if value != "" {
			b.WriteString(" " + name + `="`)
			escape(b, value)
			b.WriteByte('"')
		}
	}
	b.WriteString(` text="`) // the one attribute that OPML asks of every outline
	escape(b, o.Text)
	b.WriteByte('"')
	attr("title", o.Title)
	attr("type", o.Type)
	attr("xmlUrl", o.XMLURL)
	attr("htmlUrl", o.HTMLURL)
	attr("language", o.Language)
	attr("category", o.Category)
	attr("url", o.URL)
	for _, a := range o.Rest {
		attr(a.Name, a.Value)
	}
	if len(o.Outlines) == 0 {
		b.WriteString("/>\n")
		return
	}
	b.WriteString(">\n")
	for _, child := range o.Outlines {
		writeOutline(b, child, depth+1)
	}
	b.WriteString(indent + "</outline>\n")
}

// escape writes text for an element or attribute. A buffer takes every write.
func escape(b *bytes.Buffer, s string) { _ = xml.EscapeText(b, []byte(s)) }
