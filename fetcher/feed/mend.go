package feed

import "strings"

// leaves are the elements of an item that hold text and no other leaf.
var leaves = map[string]bool{
	"title": true, "link": true, "guid": true, "id": true, "pubdate": true, "published": true, "updated": true, "date": true,
	"description": true, "summary": true, "content": true, "encoded": true, "author": true, "creator": true, "category": true,
	"comments": true, "language": true,
}

// markup are the leaves that may hold elements of their own.
var markup = map[string]bool{"description": true, "summary": true, "content": true, "encoded": true}

// mend puts in the end tags of leaves that are missing in an item: an XML
// reader would take all that follows for the text of the leaf.
func mend(s string) string {
	var b strings.Builder
	open, from := "", 0
	put := func(i int) {
		b.WriteString(s[from:i])
		b.WriteString("</" + open + ">")
		open, from = "", i
	}
	for i := 0; i < len(s); {
		j := strings.IndexByte(s[i:], '<')
		if j < 0 {
			break
		}
		i += j
		if end, ok := section(s[i:]); ok {
			i += end
			continue
		}
		closing := strings.HasPrefix(s[i:], "</")
		name := tagName(strings.TrimPrefix(s[i+1:], "/"))
		_, local := split(name)
		switch {
		case closing && name == open:
			open = ""
		case closing && open != "" && (local == "item" || local == "entry" || local == "channel"):
			put(i)
		case !closing && open != "" && (leaves[local] || local == "item" || local == "entry"):
			put(i)
		}
		if !closing && open == "" && leaves[local] {
			if end := tagEnd(s, i, maxTag); end > 0 && s[end-2] != '/' {
				open = name
			}
		}
		i++
	}
	if open != "" {
		put(len(s))
	}
	if b.Len() == 0 {
		return s
	}
	b.WriteString(s[from:])
	return b.String()
}

// section returns the length of the comment or CDATA section at the start of s;
// one that does not end takes all of s.
func section(s string) (int, bool) {
	end := ""
	switch {
	case strings.HasPrefix(s, "<!--"):
		end = "-->"
	case strings.HasPrefix(s, "<![CDATA["):
		end = "]]>"
	default:
		return 0, false
	}
	if i := strings.Index(s, end); i >= 0 {
		return i + len(end), true
	}
	return len(s), true
}
