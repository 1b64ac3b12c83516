package extract

import (
	readability "codeberg.org/readeck/go-readability/v2"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// readable is what go-readability takes for the article, nil for nothing. It
// works on a copy, as it changes the tree.
func readable(root *html.Node) *html.Node {
	p := readability.NewParser()
	p.DisableJSONLD = true
	p.KeepClasses = true
	a, err := p.ParseAndMutate(copyTree(root), nil)
	if err != nil {
		return nil
	}
	if a.Node != nil {
		name(a.Node)
	}
	return a.Node
}

// name sets the atoms of a tree whose elements were renamed.
func name(n *html.Node) {
	if n.Type == html.ElementNode {
		n.DataAtom = atom.Lookup([]byte(n.Data))
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		name(c)
	}
}

// copyTree copies a page without its scripts.
func copyTree(n *html.Node) *html.Node {
	to := &html.Node{Type: n.Type, DataAtom: n.DataAtom, Data: n.Data, Namespace: n.Namespace}
	if len(n.Attr) > 0 {
		to.Attr = append(make([]html.Attribute, 0, len(n.Attr)), n.Attr...)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch {
		case c.Type == html.CommentNode, c.DataAtom == atom.Script, c.DataAtom == atom.Style, c.DataAtom == atom.Svg, c.DataAtom == atom.Noscript:
		default:
			to.AppendChild(copyTree(c))
		}
	}
	return to
}
