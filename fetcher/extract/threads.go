package extract

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// leastThread is how many answers alike make a thread of comments.
const leastThread = 3

// maxClimb is how far around the button of a comment the comment is looked for.
const maxClimb = 4

// buttons are the words under a comment that let a reader answer it or complain
// of it. Each is all that its element says.
var buttons = set("reply", "report", "답글", "답글쓰기", "신고", "返信", "通報", "回复", "回覆", "举报", "antworten", "melden", "répondre", "signaler", "responder", "rispondi")

// dropThreads takes the comments of readers out of the page: elements alike side
// by side, each with a button to answer it. What is long is no comment.
func dropThreads(root *html.Node) {
	groups := map[*html.Node][]*html.Node{}
	var order []*html.Node
	seen := map[*html.Node]bool{}
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if c.Type != html.ElementNode {
				continue
			}
			if answers(c) {
				if one := commentAround(c); one != nil && !seen[one] {
					seen[one] = true
					if len(groups[one.Parent]) == 0 {
						order = append(order, one.Parent)
					}
					groups[one.Parent] = append(groups[one.Parent], one)
				}
				continue
			}
			walk(c)
		}
	}
	walk(root)
	for _, parent := range order {
		if len(groups[parent]) < leastThread {
			continue
		}
		for _, n := range groups[parent] {
			parent.RemoveChild(n)
		}
	}
}

// answers reports whether an element is a button to answer a comment.
func answers(n *html.Node) bool {
	if n.DataAtom != atom.A && n.DataAtom != atom.Button && n.DataAtom != atom.Span {
		return false
	}
	c := n.FirstChild
	return c != nil && c.NextSibling == nil && c.Type == html.TextNode && len(c.Data) < 64 && buttons[strings.ToLower(strings.TrimSpace(c.Data))]
}

// commentAround returns the nearest element around a button that stands beside
// another one of its class, nil without one.
func commentAround(n *html.Node) *html.Node {
	p := n.Parent
	for range maxClimb {
		if p == nil || p.DataAtom == atom.Body || p.DataAtom == atom.Main {
			return nil
		}
		if name := className(p); name != "" && (name == className(besides(p, false)) || name == className(besides(p, true))) {
			return p
		}
		p = p.Parent
	}
	return nil
}

// besides is the next element before or behind n, nil without one.
func besides(n *html.Node, before bool) *html.Node {
	for n != nil {
		if before {
			n = n.PrevSibling
		} else {
			n = n.NextSibling
		}
		if n != nil && n.Type == html.ElementNode {
			return n
		}
	}
	return nil
}

// className is the class attribute of an element, "" for none.
func className(n *html.Node) string {
	if n == nil || !isBlock(n) {
		return ""
	}
	for _, a := range n.Attr {
		if a.Key == "class" {
			return a.Val
		}
	}
	return ""
}
