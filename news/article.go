package news

import (
	"strconv"
	"time"
)

// MaxBody is the largest body of an [Article] in bytes; longer ones are cut at
// a rune. Messages stay far below the server's limit of 1 MiB.
const MaxBody = 64 << 10

// A BodySource says where the words of an article's body come from.
type BodySource string

// The sources of a body, best first.
const (
	BodyPage    BodySource = "page"    // the article's own page
	BodyFeed    BodySource = "feed"    // the full text in the feed entry
	BodySummary BodySource = "summary" // the summary in the feed entry
)

// An Article is an item with its page read.
type Article struct {
	ID       string `json:"id"`                 // [ArticleID] of the canonical URL
	URL      string `json:"url"`                // canonical
	Revision int    `json:"revision,omitempty"` // 0 for the first text seen
	Reread   int    `json:"reread,omitempty"`   // which reading of the revision found this text, 0 for the first

	Feed      string `json:"feed,omitempty"`
	Publisher string `json:"publisher,omitempty"`

	Title string `json:"title"`
	Body  string `json:"body"`           // paragraphs divided by a blank line, at most [MaxBody] bytes
	Lang  string `json:"lang,omitempty"` // two-letter code

	PublishedAt time.Time `json:"published_at,omitzero"` // zero when unknown
	DateVia     string    `json:"date_via,omitempty"`    // how PublishedAt was found: selectors.date, json-ld, meta, time, script, label, feed; text: likely, not certain

	BodySource BodySource `json:"body_source,omitempty"`
	BodyWhy    string     `json:"body_why,omitempty"` // the selector that found the body, or why the page was not used

	DetectedAt time.Time `json:"detected_at,omitzero"` // when the feed's response headers arrived; of a reread, the page's

	ETag         string `json:"etag,omitempty"`          // of the page, as its server gave it
	LastModified string `json:"last_modified,omitempty"` // of the page, as its server gave it
}

// ArticleID identifies an article by its canonical URL.
func ArticleID(canonicalURL string) string { return Hash(canonicalURL) }

// MsgID is the key that makes a second publication of the same revision harmless.
func (a Article) MsgID() string {
	if a.Reread > 0 {
		return Hash(a.URL, strconv.Itoa(a.Revision), strconv.Itoa(a.Reread))
	}
	return Hash(a.URL, strconv.Itoa(a.Revision))
}

// A Source names an article where an event or an alert quotes it.
type Source struct {
	Title       string     `json:"title"`
	URL         string     `json:"url"`
	Publisher   string     `json:"publisher"`
	PublishedAt *time.Time `json:"published_at"` // nil when unknown
}

// Source returns the article's entry for a list of sources.
func (a Article) Source() Source {
	s := Source{Title: a.Title, URL: a.URL, Publisher: a.Publisher}
	if !a.PublishedAt.IsZero() {
		t := a.PublishedAt
		s.PublishedAt = &t
	}
	return s
}
