package extract

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// isBlock reports whether an element stands on lines of its own.
func isBlock(n *html.Node) bool {
	switch n.DataAtom {
	case atom.P, atom.Div, atom.Section, atom.Article, atom.Main, atom.Ul, atom.Ol, atom.Li, atom.Dl, atom.Dt, atom.Dd,
		atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Blockquote, atom.Pre, atom.Table, atom.Tbody, atom.Thead,
		atom.Tr, atom.Td, atom.Th, atom.Header, atom.Footer, atom.Aside, atom.Nav, atom.Form, atom.Figure, atom.Figcaption,
		atom.Hr, atom.Address, atom.Details, atom.Summary, atom.Fieldset, atom.Body, atom.Center, atom.Hgroup:
		return true
	}
	return false
}

// A kind says what an element is to the text around it.
type kind uint8

const (
	content   kind = iota
	pictured       // around a picture by its name: what little it says is a caption
	doubtful       // furniture by its name, if it is not most of the text around it
	furniture      // certainly none of the text
)

// kindOf judges an element by its tag and its attributes. Templates give layout
// names such as "with-sidebar" to what holds the article, and some systems put
// whole pages into a form: such elements are doubtful.
func kindOf(n *html.Node) kind {
	switch n.DataAtom {
	case atom.Script, atom.Style, atom.Noscript, atom.Template, atom.Iframe, atom.Nav, atom.Aside, atom.Footer,
		atom.Select, atom.Input, atom.Textarea, atom.Svg, atom.Canvas, atom.Video, atom.Audio, atom.Object,
		atom.Embed, atom.Figcaption, atom.Dialog, atom.Head, atom.Menu, atom.Map, atom.Time:
		return furniture
	case atom.Button:
		if !aroundHeading(n) {
			return furniture
		}
		return content // it opens the part below it
	case atom.Figure:
		if !holdsText(n, 3) {
			return furniture
		}
		return content // software puts tables and quotations into figures
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		return content // their ids are made of their words
	case atom.Form:
		return doubtful
	case atom.Header:
		if !inArticle(n) || hasHeading(n) {
			return doubtful
		}
	case atom.Body, atom.Main, atom.Article, atom.Html:
		return content
	}
	k := named(n)
	if k == pictured && n.DataAtom == atom.P {
		k = content // media is also the name of who made the page
	}
	if k == content && captioned(n) {
		return pictured
	}
	return k
}

// captioned reports whether an element is a picture and a line below it.
func captioned(n *html.Node) bool {
	switch n.DataAtom {
	case atom.Div, atom.P, atom.Center, atom.Td, atom.Span:
	default:
		return false
	}
	c := n.FirstChild
	for c != nil && (c.Type == html.TextNode && strings.TrimSpace(c.Data) == "" || c.Type == html.CommentNode) {
		c = c.NextSibling
	}
	if c == nil || !picture(c, 3) {
		return false
	}
	if bytesUnder(n, 2*maxCaption) > 2*maxCaption {
		return false
	}
	for d := range n.Descendants() {
		if d.DataAtom == atom.Li || heading(d) {
			return false
		}
	}
	if name := className(n); name != "" && (name == className(besides(n, false)) || name == className(besides(n, true))) {
		return false // of a row
	}
	text, _ := cardText(n)
	return text != "" && weigh(text) <= maxCaption/2 && !proseEnd(text) && !asks(text)
}

// picture reports whether an element is an image and nothing else.
func picture(n *html.Node, deep int) bool {
	if n.DataAtom == atom.Img || n.DataAtom == atom.Picture {
		return true
	}
	if n.Type != html.ElementNode || deep == 0 {
		return false
	}
	var only *html.Node
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.TextNode && strings.TrimSpace(c.Data) == "" {
			continue
		}
		if only != nil || c.Type != html.ElementNode {
			return false
		}
		only = c
	}
	return only != nil && picture(only, deep-1)
}

func inArticle(n *html.Node) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		if p.DataAtom == atom.Article {
			return true
		}
	}
	return false
}

// hasHeading reports whether the headline lies close under n.
func hasHeading(n *html.Node) bool {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.DataAtom == atom.H1 {
			return true
		}
		for d := c.FirstChild; d != nil; d = d.NextSibling {
			if d.DataAtom == atom.H1 {
				return true
			}
		}
	}
	return false
}

// aroundHeading reports whether a button is what a heading is made of.
func aroundHeading(n *html.Node) bool {
	for p, i := n.Parent, 0; p != nil && i < 2; p, i = p.Parent, i+1 {
		if heading(p) {
			return true
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		for d := c; d != nil; d = d.FirstChild {
			if heading(d) {
				return true
			}
		}
	}
	return false
}

func heading(n *html.Node) bool {
	switch n.DataAtom {
	case atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		return true
	}
	return false
}

// holdsText reports whether a table, a quotation or code lies close under n.
func holdsText(n *html.Node, depth int) bool {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch c.DataAtom {
		case atom.Table, atom.Blockquote, atom.Pre:
			return true
		}
		if depth > 1 && holdsText(c, depth-1) {
			return true
		}
	}
	return false
}

// named judges an element by its attributes.
func named(n *html.Node) kind {
	k := content
	for _, a := range n.Attr {
		switch a.Key {
		case "hidden":
			k = max(k, doubtful)
		case "aria-hidden":
			if a.Val == "true" {
				k = max(k, doubtful)
			}
		case "role":
			if a.Val == "main" || a.Val == "article" {
				return content
			}
			if roles[a.Val] {
				return furniture
			}
		case "itemprop":
			if a.Val == "articleBody" {
				return content
			}
			if a.Val == "caption" || a.Val == "author" || a.Val == "publisher" {
				return furniture
			}
		case "class":
			k = max(k, judge(a.Val))
			if k < doubtful && hiddenClass(a.Val) {
				k = doubtful
			}
		case "id":
			k = max(k, judge(a.Val))
		}
	}
	return k
}

// hiddenClass reports whether a class hides an element, and no other class shows
// it on some screens.
func hiddenClass(names string) bool {
	hidden := false
	for name := range strings.FieldsSeq(cut(names, maxName)) {
		switch {
		case name == "hidden", name == "hide", name == "d-none", name == "is-hidden":
			hidden = true
		case strings.ContainsRune(name, ':'), strings.HasPrefix(name, "d-"):
			return false
		}
	}
	return hidden
}

var roles = set("navigation", "complementary", "banner", "contentinfo", "search", "dialog", "alertdialog", "menu", "menubar", "toolbar", "tooltip")

// words are parts of class names and ids that name furniture.
var words = set(
	"share", "shares", "sharing", "sharebar", "sns", "social", "socials", "addthis", "sharedaddy",
	"related", "relation", "relate", "recommend", "recommended", "recommendation", "recommendations", "recirc", "recirculation",
	"newsletter", "subscribe", "subscription", "signup", "comment", "comments", "disqus", "reply", "replies", "respond",
	"footer", "sidebar", "ad", "ads", "adv", "advert", "advertisement", "advertising", "adsbygoogle", "banner", "promo", "promotion", "sponsored", "sponsor",
	"breadcrumb", "breadcrumbs", "copyright", "byline", "reporter", "journalist", "tags", "taglist", "keywords", "hashtag", "hashtags",
	"popular", "trending", "ranking", "outbrain", "taboola", "caption", "credit", "credits", "cookie", "cookies", "consent", "gdpr",
	"toolbar", "tools", "utility", "pagination", "pager", "nav", "menu", "navbar", "navigation", "masthead", "login", "modal", "popup", "tooltip",
	"skip", "readmore", "teaser", "teasers", "whatsapp", "telegram", "excerpt", "rail", "pullquote", "infobox", "playlist", "noprint", "screenreader", "offscreen", "sr", "visually", "player", "authorprofile", "authorbox", "regwall", "piano", "apphint", "disclaimer",
	"bylines", "subscribers", "reporters", "relatedarticles", "articlerelation", "embed", "bio", "author", "authors", "writer", "donate", "survey", "poll", "captions", "lightbox", "slideshow", "visuallyhidden",
)

// maxName is how much of a class name is read, in bytes.
const maxName = 512

// judge looks for words of furniture in a class name or id: a whole name is
// certain, part of a name is doubtful.
func judge(names string) kind {
	k := content
	for name := range strings.FieldsSeq(cut(names, maxName)) {
		if words[strings.ToLower(name)] {
			return furniture
		}
		if k != doubtful {
			k = max(k, partKind(name))
		}
	}
	return k
}

// maxWords is how many parts the name of a thing has; an id of more is made of
// the words of a heading.
const maxWords = 5

// partKind judges a name by the words in it. Words are divided by signs and
// capitals; a part with digits inside it is no word but a key.
func partKind(s string) kind {
	if strings.Count(s, "-") >= maxWords && !strings.Contains(s, "--") {
		return content
	}
	k := content
	for start := 0; start < len(s); {
		end := start
		for end < len(s) && letter(s[end]) {
			end++
		}
		part := end
		for part < len(s) && '0' <= s[part] && s[part] <= '9' {
			part++
		}
		if part > end && part < len(s) && letter(s[part]) || start > 0 && '0' <= s[start-1] && s[start-1] <= '9' {
			for part < len(s) && (letter(s[part]) || '0' <= s[part] && s[part] <= '9') {
				part++
			}
		} else if k = max(k, camelKind(s[start:end])); k == doubtful {
			return k
		}
		start = max(part, start+1)
	}
	return k
}

func letter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }

// camelKind looks for words of furniture in letters divided by capitals.
func camelKind(s string) kind {
	if len(s) < 2 {
		return content
	}
	k, start := content, 0
	for i := 1; i <= len(s); i++ {
		if i == len(s) || 'A' <= s[i] && s[i] <= 'Z' && s[i-1] >= 'a' {
			word := strings.ToLower(s[start:i])
			switch {
			case i-start < 2:
			case words[word]:
				return doubtful
			case pictures[word]:
				k = pictured
			}
			start = i
		}
	}
	return k
}

// pictures are parts of the names of what holds a picture and its caption.
var pictures = set(
	"image", "images", "img", "imgbox", "photo", "photos", "picture", "pictures", "gallery", "thumb", "thumbnail", "video", "videos", "media", "figure",
)

// maxCaption is the weight up to which the words around a picture are its caption.
const maxCaption = 400

// A mark is what is known of an element: its kind, and the weight of the words
// under it, -1 when not yet weighed.
type mark struct {
	kind   kind
	weight int
}

// A scale judges and weighs elements, each once.
type scale map[*html.Node]mark

// mark returns what is known of an element, its kind at the least.
func (s scale) mark(n *html.Node) mark {
	m, ok := s[n]
	if !ok {
		m = mark{kindOf(n), -1}
		s[n] = m
	}
	return m
}

// weight is the weight of the words under n, without what is certainly furniture.
func (s scale) weight(n *html.Node) int {
	if n.Type == html.TextNode {
		return weighNode(n.Data)
	}
	m := s.mark(n)
	if m.weight >= 0 {
		return m.weight
	}
	w := 0
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.TextNode || c.Type == html.ElementNode && s.mark(c).kind != furniture {
			w += s.weight(c)
		}
	}
	s[n] = mark{m.kind, w}
	return w
}

// skips reports whether n is furniture in a text of the given weight.
func (s scale) skips(n *html.Node, total int) bool {
	switch s.mark(n).kind {
	case furniture:
		return true
	case pictured:
		w := s.weight(n)
		return w <= maxCaption && w*4 <= total
	case doubtful:
		return s.weight(n)*2 <= total
	}
	return false
}

func set(list ...string) map[string]bool {
	m := make(map[string]bool, len(list))
	for _, s := range list {
		m[s] = true
	}
	return m
}
