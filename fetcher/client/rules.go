package client

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// robotsToken is the name by which robots.txt files speak of us.
const robotsToken = "chipwire"

// maxCrawlDelay bounds how much slower a site can make us.
const maxCrawlDelay = time.Minute

// maxSitemaps is how many sitemaps of a site are remembered.
const maxSitemaps = 32

// rules are what a robots.txt says to one robot, by RFC 9309.
type rules struct {
	list  []rule        // the longest first, and of equal ones those that allow
	delay time.Duration // between two requests, 0 when it does not say

	sitemaps []string // to any robot, as written
}

// A rule allows or forbids the paths that match its pattern.
type rule struct {
	pattern string // with * for anything, and $ at the end for the end
	allow   bool
}

// forbidden is what a site that lets nobody in says.
var forbidden = rules{list: []rule{{pattern: "/"}}}

// parseRules reads what a robots.txt says to the robot of a token, or to all
// where it does not name that one. There is no text that it cannot read: lines
// that say nothing are passed over.
func parseRules(text, token string) rules {
	var (
		named, all   rules
		found        bool // a group of the token
		forUs, forIt bool // the present group is for the token, for everyone
		open         = true
		sitemaps     []string
	)
	for line := range lines(strings.TrimPrefix(text, "\ufeff")) {
		key, value, ok := directive(line)
		if !ok {
			continue
		}
		if key == "sitemap" && len(sitemaps) < maxSitemaps {
			sitemaps = append(sitemaps, strings.Clone(value))
		}
		if key == "user-agent" {
			if !open { // rules came before: a new group begins
				forUs, forIt, open = false, false, true
			}
			forUs, forIt = forUs || isToken(value, token), forIt || strings.HasPrefix(value, "*")
			found = found || forUs
			continue
		}
		if key != "allow" && key != "disallow" && key != "crawl-delay" {
			continue // of no group, as a sitemap
		}
		open = false
		if forUs {
			named.add(key, value)
		}
		if forIt {
			all.add(key, value)
		}
	}
	if !found {
		named = all
	}
	named.sitemaps = sitemaps
	slices.SortStableFunc(named.list, func(a, b rule) int {
		if n := cmp.Compare(len(b.pattern), len(a.pattern)); n != 0 || a.allow == b.allow {
			return n
		}
		if a.allow {
			return -1
		}
		return 1
	})
	return named
}

// add adds a line of a group.
func (r *rules) add(key, value string) {
	if key == "crawl-delay" {
		if s, err := strconv.ParseFloat(value, 64); err == nil && s > 0 {
			r.delay = time.Duration(min(s, maxCrawlDelay.Seconds()) * float64(time.Second))
		}
		return
	}
	if value == "" {
		return // "Disallow:" forbids nothing
	}
	if value[0] != '/' && value[0] != '*' {
		value = "/" + value
	}
	end := ""
	if strings.HasSuffix(value, "$") {
		value, end = value[:len(value)-1], "$"
	}
	r.list = append(r.list, rule{pattern: foldPath(value, true) + end, allow: key == "allow"})
}

// match returns the rule that decides on a path with its query, and whether
// there is one.
func (r rules) match(path string) (rule, bool) {
	if path == "/robots.txt" {
		return rule{}, false
	}
	path = foldPath(path, false)
	for _, rule := range r.list {
		if rule.matches(path) {
			return rule, true
		}
	}
	return rule{}, false
}

// matches reports whether the pattern matches from the start of a folded path.
func (r rule) matches(path string) bool {
	pattern, anchored := strings.CutSuffix(r.pattern, "$")
	first, rest, wild := strings.Cut(pattern, "*")
	if !strings.HasPrefix(path, first) {
		return false
	}
	path = path[len(first):]
	for wild {
		first, rest, wild = strings.Cut(rest, "*")
		if !wild && anchored {
			return strings.HasSuffix(path, first)
		}
		i := strings.Index(path, first)
		if i < 0 {
			return false
		}
		path = path[i+len(first):]
	}
	return !anchored || path == ""
}

// String is the rule as a line of robots.txt.
func (r rule) String() string {
	if r.allow {
		return "Allow: " + r.pattern
	}
	return "Disallow: " + r.pattern
}

// lines yields the lines of text, whatever ends them.
func lines(text string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for text != "" {
			line := text
			if i := strings.IndexAny(text, "\r\n"); i >= 0 {
				line, text = text[:i], text[i+1:]
			} else {
				text = ""
			}
			if !yield(line) {
				return
			}
		}
	}
}

// directive splits a line, with the usual misspellings of its key put right.
func directive(line string) (key, value string, ok bool) {
	line, _, _ = strings.Cut(line, "#")
	key, value, ok = strings.Cut(line, ":")
	key, value = strings.ToLower(strings.TrimSpace(key)), strings.TrimSpace(value)
	switch key {
	case "useragent", "user agent":
		key = "user-agent"
	case "dissallow", "dissalow", "disalow", "diasllow", "disallaw":
		key = "disallow"
	case "crawldelay", "crawl delay":
		key = "crawl-delay"
	}
	return key, value, ok
}

// isToken reports whether the value of a user-agent line names the token; what
// follows a name, as a version, does not count.
func isToken(value, token string) bool {
	end := strings.IndexFunc(value, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' && r != '_'
	})
	if end >= 0 {
		value = value[:end]
	}
	return strings.EqualFold(value, token)
}

// foldPath writes a path in one way: escapes in capitals, those of plain letters
// undone, everything beyond ASCII escaped. The stars of a pattern stay, those of
// a path are letters.
func foldPath(path string, pattern bool) string {
	const hex = "0123456789ABCDEF"
	plain := !strings.ContainsFunc(path, func(r rune) bool { return r == '%' || r == '$' || r == '*' && !pattern || r <= ' ' || r > '~' })
	if plain {
		return strings.Clone(path)
	}
	var b strings.Builder
	for i := 0; i < len(path); i++ {
		c := path[i]
		escape := c <= ' ' || c > '~' || c == '$' || c == '*' && !pattern
		if c == '%' {
			escape = true // one of no escape is a letter
			if i+2 < len(path) {
				if n, err := strconv.ParseUint(path[i+1:i+3], 16, 8); err == nil {
					c, i = byte(n), i+2
					escape = !unreserved(c)
				}
			}
		}
		if escape {
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

func unreserved(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0
}
