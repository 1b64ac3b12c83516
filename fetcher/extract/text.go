package extract

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/chipwire/chipwire/news"
)

// A para is one paragraph of a body.
type para struct {
	text    string
	weight  int
	link    int  // weight of the words in links
	heading int  // 1 to 6 for a headline, else 0
	item    bool // of a list
	orphan  bool // a headline of what was left out
}

// A reader collects the paragraphs under an element.
type reader struct {
	paras  []para
	buf    strings.Builder
	link   int
	breaks int // line breaks since the last word
	space  bool

	scale
	total int // weight of the element that is read
	size  int // bytes of text so far
}

// maxRead bounds the text that is read of a page before it is cleaned, in bytes:
// well above [news.MaxBody], so that only a page without end is cut.
const maxRead = 8 * news.MaxBody

// texts returns the paragraphs of the elements, without furniture.
func (s scale) texts(nodes ...*html.Node) []para {
	r := reader{scale: s}
	for _, n := range nodes {
		r.total = s.weight(n)
		r.walk(n, para{}, false)
		r.end(para{})
	}
	return r.paras
}

func (r *reader) walk(n *html.Node, in para, inLink bool) {
	for c := n.FirstChild; c != nil && r.size < maxRead; c = c.NextSibling {
		switch {
		case c.Type == html.TextNode:
			r.words(c.Data, inLink)
		case c.Type != html.ElementNode:
		case r.skips(c, r.total):
			if isBlock(c) {
				r.end(in)
			}
		case c.DataAtom == atom.Br:
			if r.breaks++; r.breaks > 1 {
				r.end(in)
			}
		case isBlock(c):
			r.end(in)
			kind := in
			switch c.DataAtom {
			case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
				kind.heading = int(c.Data[1] - '0')
			case atom.Li:
				kind.item = true
			}
			r.walk(c, kind, inLink)
			r.end(kind)
		default:
			r.walk(c, in, inLink || isLink(c))
		}
	}
}

// words appends text with its space folded.
func (r *reader) words(s string, inLink bool) {
	s = cut(s, maxRead)
	r.size += len(s)
	from := r.buf.Len()
	for i := 0; i < len(s); {
		if run := plainRun(s[i:]); run > 0 {
			r.divide()
			r.buf.WriteString(s[i : i+run])
			i += run
			continue
		}
		c, size := utf8.DecodeRuneInString(s[i:])
		i += size
		switch {
		case unicode.IsSpace(c):
			r.space = true
		case unicode.IsControl(c) || c == '\u200b' || c == '\ufeff' || c == '\u00ad':
		default:
			r.divide()
			r.buf.WriteRune(c)
		}
	}
	if inLink {
		r.link += weigh(r.buf.String()[from:])
	}
}

// plainRun is how many bytes at the start of s are printed signs of ASCII.
func plainRun(s string) int {
	n := 0
	for n < len(s) && s[n] > ' ' && s[n] < 0x7f {
		n++
	}
	return n
}

// divide puts what stood before a word between it and the one before.
func (r *reader) divide() {
	if r.buf.Len() > 0 {
		if r.breaks > 0 {
			r.buf.WriteByte('\n')
		} else if r.space {
			r.buf.WriteByte(' ')
		}
	}
	r.space, r.breaks = false, 0
}

// end closes the paragraph that is open.
func (r *reader) end(kind para) {
	if r.buf.Len() > 0 {
		kind.text = r.buf.String()
		kind.weight, kind.link = weigh(kind.text), r.link
		r.paras = append(r.paras, kind)
	}
	r.buf.Reset()
	r.link, r.breaks, r.space = 0, 0, false
}

// join makes the body of paragraphs, without the lines that sites put before,
// behind and between them.
func join(paras []para, title string) string { return render(lineBook(nil).trim(paras, title)) }

// render makes the body of trimmed paragraphs.
func render(paras []para) string {
	var b strings.Builder
	for i, p := range paras {
		if p.heading > 0 && (i+1 == len(paras) || p.orphan && paras[i+1].heading > 0) {
			continue
		}
		if b.Len() > 0 {
			b.WriteString("\n\n")
		}
		b.WriteString(p.text)
	}
	return b.String()
}

// trim drops the paragraphs that are not the author's words.
func (b lineBook) trim(paras []para, title string) []para {
	total := 0
	for _, p := range paras {
		total += p.weight
	}
	lists, repeats := linkLists(paras), repeated(paras)
	again := 0
	for i, p := range paras {
		if repeats[i] {
			again += p.weight
		}
	}
	if again*2 > total {
		clear(repeats) // the text itself repeats, not the page around it
	}
	kept, seen := paras[:0:0], 0
	paras = paras[:tails(paras, total)]
	for i, p := range paras {
		seen += p.weight
		look := b.look(p)
		if look&rightsLine != 0 {
			if seen*2 > total {
				break // what follows belongs to the page
			}
			continue
		}
		atEnd := i < 3 || i >= len(paras)-4
		switch {
		case p.heading == 1 && (len(kept) == 0 || sameTitle(p.text, title)), p.text == title, i < 4 && tells(p.text, title):
		case p.item && lists[i], !p.item && p.link*2 > p.weight && (p.heading == 0 && p.weight < 200 || p.heading > 0 && !introduces(paras, i)), p.link*10 > p.weight*9 && p.weight < 600 && p.heading == 0:
		case look&foreignLine != 0, look&letterLine != 0 && p.link > 0, repeats[i]:
		case atEnd && p.weight < 120 && signature(p.text), atEnd && p.weight <= maxByline && dateLine(p.text):
		default:
			kept = append(kept, p)
			continue
		}
		if n := len(kept) - 1; n >= 0 && kept[n].heading > 0 {
			kept[n].orphan = true
		}
	}
	return kept
}

// introduces reports whether the paragraph after a headline that is a link is
// text of its own: products and papers are listed like that.
func introduces(paras []para, i int) bool {
	return i+1 < len(paras) && paras[i+1].heading == 0 && paras[i+1].weight >= 150 && paras[i+1].link*5 < paras[i+1].weight
}

// linkLists reports for each paragraph whether it is one of a list that is
// mostly links.
func linkLists(paras []para) []bool {
	out := make([]bool, len(paras))
	for i := 0; i < len(paras); {
		j, weight, link := i, 0, 0
		for ; j < len(paras) && paras[j].item; j++ {
			weight += paras[j].weight
			link += paras[j].link
		}
		for k := i; k < j; k++ {
			out[k] = link*2 > weight
		}
		i = max(j, i+1)
	}
	return out
}

// sameTitle reports whether a headline is the title, but for a name of a site
// behind one of them.
func sameTitle(s, title string) bool {
	return s != "" && (strings.HasPrefix(title, s) || title != "" && strings.HasPrefix(s, title))
}

// tells reports whether a line above the text is the title, or most of it.
func tells(s, title string) bool {
	line, _, _ := strings.Cut(s, "\n")
	return title != "" && len(line)*10 >= len(title)*6 && len(line) < len(title)+40 && sameTitle(letters(line), letters(title))
}

// isLink reports whether an element leads away from the page.
func isLink(n *html.Node) bool {
	if n.DataAtom != atom.A {
		return false
	}
	for _, a := range n.Attr {
		if a.Key == "href" {
			return !strings.HasPrefix(a.Val, "#")
		}
	}
	return false
}
