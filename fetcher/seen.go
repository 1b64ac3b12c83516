package fetcher

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"time"
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
	Health       Health    `json:"health"`
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
}

// A SeenDay holds the keys of items that were last in the document on one day.
type SeenDay struct {
	Day  int64  `json:"day"`  // days since 1970, UTC
	Keys []byte `json:"keys"` // keySize bytes a key
}

const (
	keySize  = 8
	seenDays = 7    // a key is remembered this long after it left the document
	maxSeen  = 6000 // keys of one feed
)

type seenKey [keySize]byte

func hashKey(key string) seenKey {
	sum := sha256.Sum256([]byte(key))
	return seenKey(sum[:keySize])
}

// has returns a set of all the keys that s has seen.
func (s State) has() map[seenKey]bool {
	set := map[seenKey]bool{}
	for _, d := range s.Seen {
		for k := range slices.Chunk(d.Keys, keySize) {
			if len(k) == keySize {
				set[seenKey(k)] = true
			}
		}
	}
	return set
}

// see returns the seen keys after a document with keys was read at now: those
// of the document are of today, older ones stay for a week, and the oldest go
// when there are too many.
func (s State) see(keys []string, now time.Time) []SeenDay {
	today := now.Unix() / int64(24*time.Hour/time.Second)
	current := map[seenKey]bool{}
	days := []SeenDay{{Day: today}}
	room := maxSeen
	add := func(d *SeenDay, k seenKey) {
		if room > 0 && !current[k] {
			current[k] = true
			d.Keys = append(d.Keys, k[:]...)
			room--
		}
	}
	for _, key := range keys {
		add(&days[0], hashKey(key))
	}
	for _, old := range s.Seen {
		if today-old.Day > seenDays {
			continue
		}
		d := SeenDay{Day: old.Day}
		if d.Day == today {
			d = days[0]
		}
		for k := range slices.Chunk(old.Keys, keySize) {
			if len(k) == keySize {
				add(&d, seenKey(k))
			}
		}
		switch {
		case d.Day == today:
			days[0] = d
		case len(d.Keys) > 0:
			days = append(days, d)
		}
	}
	return days
}

// ErrConflict reports that another node has written the state in the meantime.
var ErrConflict = errors.New("written by another node")

// A Store keeps the state of feeds. Its two forms are a bucket ([NewBucketStore])
// and memory ([MemoryStore]).
type Store interface {
	// Known returns the ids of all feeds that have a state.
	Known(ctx context.Context) (map[string]bool, error)
	// Load returns a feed's state and its revision, 0 when there is none.
	Load(ctx context.Context, feed string) (State, uint64, error)
	// Save replaces the state of the given revision and returns the new one. It
	// fails with [ErrConflict] when the stored revision is another.
	Save(ctx context.Context, feed string, s State, revision uint64) (uint64, error)
}
