package news

import (
	"encoding/json"
	"time"
)

// An Event is one deal as the world knows it: the findings of many articles
// joined by the desk. What it says of the deal follows from its claims.
type Event struct {
	ID         string     `json:"id"` // hash of the founding finding's article, parties and kind
	Kind       Kind       `json:"kind"`
	Stage      Stage      `json:"stage"`
	Instrument Instrument `json:"instrument,omitempty"`
	Parties    []Party    `json:"parties"`
	Score      float64    `json:"score"` // the best of its findings
	Review     bool       `json:"review,omitempty"`

	Claims      []Claim `json:"claims"`                // in the order of publication, at most [MaxClaims]
	Independent int     `json:"independent,omitempty"` // sources with words of their own

	Sources   []EventSource `json:"sources"` // the founding one and the newest, at most [MaxSources]
	Reports   int           `json:"reports"` // articles that reported it, those no longer in Sources too
	History   []EventRow    `json:"history"`
	FirstSeen time.Time     `json:"first_seen"`
	LastSeen  time.Time     `json:"last_seen"` // of the newest source

	Pinned bool   `json:"pinned,omitempty"` // merged or split by hand: its claims stay together
	Into   string `json:"into,omitempty"`   // the event that has taken over its claims
}

// MaxSources is the most sources that an event keeps, and MaxClaims the most
// claims: what comes beyond and says nothing new is counted only.
const (
	MaxSources = 8
	MaxClaims  = 32
)

// A Claim is what one article says of an event, in short: enough to judge the
// event anew. Its JSON keys are short, since an event is written with each.
type Claim struct {
	Article  string `json:"a"`            // first 16 digits of the article's id
	N        int    `json:"n,omitempty"`  // which of the article's findings, 0 for the first; those that a revision adds have others
	Revision int    `json:"r,omitempty"`  // of the article
	Reread   int    `json:"rr,omitempty"` // of the revision
	Said     int64  `json:"s"`            // when it was published, else seen, in seconds since 1970
	Seen     int64  `json:"t"`            // when it was detected, in milliseconds since 1970

	Kind       Kind       `json:"k"`
	Stage      Stage      `json:"g"`
	Instrument Instrument `json:"i,omitempty"`
	Parties    []Party    `json:"p"`
	Score      float64    `json:"c"`
	Review     bool       `json:"v,omitempty"`
	Marks      Marks      `json:"m,omitzero"`
	Lang       string     `json:"l,omitempty"`

	Note   Note        `json:"q,omitempty"` // of the text that it comes from
	Was    []CompanyID `json:"o,omitempty"` // whom an earlier text of the article named, and this one does not
	Mended int64       `json:"e,omitempty"` // when that was mended, in seconds since 1970

	Agency string `json:"w,omitempty"` // whose words it prints
	Sketch uint64 `json:"x,omitempty,string"`
	Host   string `json:"h,omitempty"` // of the article
	Gone   bool   `json:"d,omitempty"` // withdrawn by its publisher: it says nothing any more
}

// An EventSource is one article that reported the event, with what it said.
type EventSource struct {
	Article  string    `json:"article"`
	Revision int       `json:"revision,omitempty"`
	Stage    Stage     `json:"stage"`
	At       time.Time `json:"at"` // when it was detected
	Feed     string    `json:"feed,omitempty"`
	Source

	// Of an article behind an alert, which is read again: how often that was
	// asked for, when it was told first, and how to ask for it.
	Rereads      int       `json:"rereads,omitempty"`
	Reread       int       `json:"reread,omitempty"` // the reading that its claims come from
	ToldAt       time.Time `json:"told_at,omitzero"`
	Sum          string    `json:"sum,omitempty"`
	ETag         string    `json:"etag,omitempty"`
	LastModified string    `json:"last_modified,omitempty"`
}

// An EventRow is one line of an event's history: what was told to the
// subscribers of one company. Until the alert is on the wire the row carries it.
type EventRow struct {
	At      time.Time       `json:"at"`
	Company CompanyID       `json:"company"`
	Stage   Stage           `json:"stage"`
	Reason  Reason          `json:"reason"`
	Source  string          `json:"source"`           // URL of the article
	Review  bool            `json:"review,omitempty"` // for the review band
	Round   int             `json:"round,omitempty"`  // as in [Alert]
	Event   string          `json:"event,omitempty"`  // under which the company was told, where it is not this one
	Until   time.Time       `json:"until,omitzero"`   // held back for a second source until then
	Sent    bool            `json:"sent"`
	Alert   json.RawMessage `json:"alert,omitempty"` // an [Alert], only while Sent is false
}
