package fetcher

import (
	"context"
	"errors"
	"time"

	"github.com/chipwire/chipwire/fetcher/feed"
	"github.com/chipwire/chipwire/fetcher/websub"
)

// A State is what is known of a feed between two polls. It says what was read
// before, so it moves only after everything new is safe in ITEMS.
type State struct {
	URL          string    `json:"url,omitempty"` // that the validators belong to
	ETag         string    `json:"etag,omitempty"`
	LastModified string    `json:"last_modified,omitempty"`
	BodyHash     string    `json:"body_hash,omitempty"` // of the last whole document
	AddedAt      time.Time `json:"added_at"`            // of the first good poll, zero before it
	Rest         Rest      `json:"rest,omitzero"`
	Seen         []SeenDay `json:"seen,omitempty"`
	Zone         string    `json:"zone,omitempty"`  // learnt, "" while the declared one holds
	Lags         Lags      `json:"lags,omitempty"`  // what it is learnt from
	GUIDs        GUIDFault `json:"guids,omitempty"` // why its entries are known by their links
	Health       Health    `json:"health"`

	Pace   Pace      `json:"pace,omitzero"`    // how often it has something new
	Moved  Moved     `json:"moved,omitzero"`   // where it was redirected for good
	Trust  Trust     `json:"trust,omitzero"`   // in its validators
	Flips  Flips     `json:"flips,omitzero"`   // of its titles
	FullAt time.Time `json:"full_at,omitzero"` // of the last answer that was not a 304

	Rhythm  Rhythm      `json:"rhythm,omitzero"`   // at which hours it has something new
	Rush    Rush        `json:"rush,omitzero"`     // how much faster than its class it is
	Wishes  feed.Wishes `json:"wishes,omitzero"`   // how often it wants to be read
	Ignored int         `json:"ignored,omitempty"` // times in a row that its server did not heed validators

	Polls  History `json:"polls,omitempty"`  // the last; those since the last write are in memory
	Delays Delays  `json:"delays,omitempty"` // from publication to first sight

	Hub *websub.Subscription `json:"websub,omitempty"` // never changed in place; nil: the feed names no hub

	RemovedAt time.Time `json:"removed_at,omitzero"` // since when no configuration names it

	AskedAt time.Time `json:"-"` // of the last good answer, since the start
}

// WebSub is the subscription at the feed's hub, zero for a feed that names none.
func (s State) WebSub() websub.Subscription {
	if s.Hub == nil {
		return websub.Subscription{}
	}
	return *s.Hub
}

func (s *State) setWebSub(sub websub.Subscription) {
	switch {
	case sub.IsZero():
		s.Hub = nil
	case sub != s.WebSub():
		kept := sub // not sub: each call would set memory aside for it
		s.Hub = &kept
	}
}

// Health is the summary of a feed's recent polls.
type Health struct {
	Status   string    `json:"status"`           // ok, or the name of what is wrong
	Note     string    `json:"note,omitempty"`   // detail, in words
	Advice   string    `json:"advice,omitempty"` // what to do about it
	Since    time.Time `json:"since"`            // of the status
	Failures int       `json:"failures,omitempty"`
	LastOK   time.Time `json:"last_ok,omitzero"`
	LastNew  time.Time `json:"last_new,omitzero"` // when an item was last new
	Items    int       `json:"items"`             // in the last document
	Told     string    `json:"told,omitempty"`    // the notice that stands, "" while all is well
	Charset  string    `json:"charset,omitempty"` // read in this one, not the declared
	Over     int       `json:"over,omitempty"`    // entries in the last document beyond those that are read

	Gaps    int       `json:"gaps,omitempty"`     // times that entries may have been lost between two polls
	LastGap time.Time `json:"last_gap,omitzero"`  // when that was last found
	GapNote string    `json:"gap_note,omitempty"` // what it has left, "" when all came back

	ContentType string        `json:"content_type,omitempty"` // of the last body, as the server names it
	Newest      time.Time     `json:"newest,omitzero"`        // the newest date among its items
	Spacing     time.Duration `json:"spacing,omitempty"`      // the mean time between their dates; 0: too few
}

// ErrConflict reports that another node has written the state in the meantime.
var ErrConflict = errors.New("written by another node")

// A Store keeps the state of feeds. Its two forms are a bucket ([NewBucketStore])
// and memory ([MemoryStore]).
type Store interface {
	// Each calls do for each feed that has a state; read decodes that, inside do.
	Each(ctx context.Context, do func(feed string, read func() (State, error), revision uint64)) error
	// Load returns a feed's state and its revision, 0 when there is none.
	Load(ctx context.Context, feed string) (State, uint64, error)
	// Save replaces the state of the given revision and returns the new one. It
	// fails with [ErrConflict] when the stored revision is another.
	Save(ctx context.Context, feed string, s State, revision uint64) (uint64, error)
	// Delete removes the state of the given revision. It fails with [ErrConflict]
	// when the stored revision is another.
	Delete(ctx context.Context, feed string, revision uint64) error
}
