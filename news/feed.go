package news

import (
	"net/url"
	"strings"
	"time"
)

// A Feed is one configured source of items.
type Feed struct {
	ID       string        // as configured, else [FeedID] of the URL
	URL      string        // http or https
	Name     string        // the publisher as readers know it; may be empty
	Lang     string        // two-letter language code, "" when not declared
	Zone     string        // IANA zone of dates that carry none, "" when not declared
	Interval time.Duration // time from one poll to the next
}

// maxFeedID is the longest feed id, in bytes: it is one token of a subject and
// a key of a bucket (docs/subjects.md).
const maxFeedID = 40

// FeedID derives the id of a feed that was configured without one: a slug of
// the host and eight hexadecimal digits of the URL's hash. It depends on the
// URL alone, so the order of feeds in a file never matters.
func FeedID(rawURL string) string {
	host := ""
	if u, err := url.Parse(rawURL); err == nil {
		host = strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
	}
	var slug strings.Builder
	for _, r := range host {
		switch {
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9':
			slug.WriteRune(r)
		default:
			slug.WriteByte('-')
		}
	}
	sum := Hash(rawURL)[:8]
	s := strings.Trim(slug.String(), "-")
	if limit := maxFeedID - 1 - len(sum); len(s) > limit {
		s = strings.Trim(s[:limit], "-")
	}
	if s == "" {
		return sum
	}
	return s + "-" + sum
}

// ValidFeedID reports whether id matches [a-z0-9-]{1,40}.
func ValidFeedID(id string) bool {
	return len(id) <= maxFeedID && validToken(id)
}

// validToken reports whether s is a non-empty run of [a-z0-9-], the form of
// every token of a subject.
func validToken(s string) bool {
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' {
			return false
		}
	}
	return s != ""
}
