package news

import (
	"strconv"
	"time"
)

// An Item is one entry of a feed document. It carries all that the next stage
// needs to know of its feed, so that another node can read its page.
type Item struct {
	Feed      string `json:"feed"`                // feed id
	Publisher string `json:"publisher,omitempty"` // the feed's name, or of an aggregator's entry who wrote it
	Lang      string `json:"lang,omitempty"`      // the feed's declared language
	Zone      string `json:"zone,omitempty"`      // the feed's declared zone

	Key      string `json:"key"`                // identity inside the feed: guid, else link, else title
	Revision int    `json:"revision,omitempty"` // how often its title has changed, 0 for the first sight of the key

	// Keys are all that identify the item inside its feed, Key first: then the
	// page of its link, however it is asked for, and a hash of title and day,
	// where they tell the entries of the document apart. Only the stage that
	// finds new items needs them.
	Keys []string `json:"-"`

	// Mark tells whether the title still says the same. Only the stage that finds
	// new items needs it.
	Mark Mark `json:"-"`

	Link    string `json:"link,omitempty"`    // absolute URL of the page, "" when the entry has none
	Title   string `json:"title,omitempty"`   // plain text
	Summary string `json:"summary,omitempty"` // plain text
	Content string `json:"content,omitempty"` // the entry's full text where the feed carries it, plain text

	Published string `json:"published,omitempty"` // as the feed wrote it
	Updated   string `json:"updated,omitempty"`   // as the feed wrote it

	PublishedAt time.Time `json:"published_at,omitzero"` // Published resolved; the moment of first sight when DateVia is [DateObserved]
	DateVia     string    `json:"date_via,omitempty"`    // [DateObserved], "" when PublishedAt is the feed's own date
	DetectedAt  time.Time `json:"detected_at"`           // when the headers of the feed's response arrived

	// Of a page that is read again, since an alert rests on it: which reading this
	// is (1 for the second), the sum of the text that is known ([Print]), and what
	// a conditional request needs.
	Reread       int    `json:"reread,omitempty"`
	Sum          string `json:"sum,omitempty"`
	ETag         string `json:"etag,omitempty"`
	LastModified string `json:"last_modified,omitempty"`
}

// A Mark stands for a title in 48 bits: the lower half for the way it is written,
// the upper half for what it says, whatever its case, punctuation and marks of
// urgency. It is 0 where there is no title.
type Mark uint64

// DateObserved says of a date that it is the moment at which the item was first
// seen: the feed gave none, one that cannot be read, or one in the future.
const DateObserved = "observed"

// MsgID is the key that makes a second publication of the same item harmless.
func (it Item) MsgID() string {
	if it.Reread > 0 {
		return Hash(it.Feed, it.Key, strconv.Itoa(it.Revision), strconv.Itoa(it.Reread))
	}
	return Hash(it.Feed, it.Key, strconv.Itoa(it.Revision))
}
