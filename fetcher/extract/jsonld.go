package extract

import (
	"encoding/json"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// A linked is the article that a page describes as linked data (JSON-LD).
type linked struct {
	headline, body, published, publisher, lang string
	author                                     string
}

// maxLinked is the largest description that is read, in bytes.
const maxLinked = 1 << 20

// readLinked returns the first article that is described, with the publisher
// filled in from elsewhere on the page when the article does not name it.
func readLinked(scripts []*html.Node) linked {
	for _, n := range scripts {
		if kind, _ := attrOf(n, "type"); kind != "application/ld+json" {
			continue
		}
		var v any
		text := scriptText(n)
		if len(text) > maxLinked || json.Unmarshal([]byte(tidy(text)), &v) != nil {
			continue
		}
		if found := findArticle(v, 0); found != (linked{}) {
			return found
		}
	}
	return linked{}
}

// tidy makes JSON of what templates print: line breaks inside strings, comment
// or CDATA marks around it, a semicolon behind it.
func tidy(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, s)
	s = strings.TrimSpace(s)
	for _, mark := range []string{"<!--", "//<![CDATA[", "<![CDATA["} {
		s = strings.TrimPrefix(s, mark)
	}
	for _, mark := range []string{";", "-->", "//]]>", "]]>"} {
		s = strings.TrimSuffix(strings.TrimSpace(s), mark)
	}
	return s
}

// findArticle walks lists and graphs down to an object of an article type.
func findArticle(v any, depth int) linked {
	if depth > 6 {
		return linked{}
	}
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			if l := findArticle(e, depth+1); l != (linked{}) {
				return l
			}
		}
	case map[string]any:
		if articleType(v["@type"]) {
			return linked{
				headline:  str(v["headline"]),
				body:      str(v["articleBody"]),
				published: first(str(v["datePublished"]), str(v["dateCreated"])),
				publisher: str(v["publisher"]),
				lang:      str(v["inLanguage"]),
				author:    names(v["author"]),
			}
		}
		for _, key := range []string{"@graph", "mainEntity", "mainEntityOfPage", "hasPart"} {
			if l := findArticle(v[key], depth+1); l != (linked{}) {
				return l
			}
		}
	}
	return linked{}
}

func articleType(v any) bool {
	switch v := v.(type) {
	case string:
		return strings.HasSuffix(v, "Article") || strings.HasSuffix(v, "BlogPosting") || v == "Report"
	case []any:
		if slices.ContainsFunc(v, articleType) {
			return true
		}
	}
	return false
}

// str is a value as text: itself, the first of a list, or the name of an object.
func str(v any) string {
	switch v := v.(type) {
	case string:
		return strings.TrimSpace(v)
	case []any:
		if len(v) > 0 {
			if s, ok := v[0].(string); ok {
				return strings.TrimSpace(s)
			}
			if m, ok := v[0].(map[string]any); ok {
				return str(m["name"])
			}
		}
	case map[string]any:
		if s, ok := v["name"].(string); ok {
			return strings.TrimSpace(s)
		}
	}
	return ""
}

// names are the names of persons, divided by commas.
func names(v any) string {
	list, ok := v.([]any)
	if !ok {
		return str(v)
	}
	var out []string
	for _, e := range list {
		if s := str(e); s != "" && len(out) < 10 {
			out = append(out, s)
		}
	}
	return strings.Join(out, ", ")
}
