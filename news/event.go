package news

import (
	"encoding/json"
	"time"
)

// An Event is one deal as the world knows it: the findings of many articles
// joined by the desk.
type Event struct {
	ID         string     `json:"id"` // hash of the founding finding's article, parties and kind
	Kind       Kind       `json:"kind"`
	Stage      Stage      `json:"stage"`
	Instrument Instrument `json:"instrument,omitempty"`
	Parties    []Party    `json:"parties"`
	Score      float64    `json:"score"` // the best of its findings
	Review     bool       `json:"review,omitempty"`

	Sources   []EventSource `json:"sources"` // the founding one and the newest, at most [MaxSources]
	Reports   int           `json:"reports"` // articles that reported it, those no longer in Sources too
	History   []EventRow    `json:"history"`
	FirstSeen time.Time     `json:"first_seen"`
	LastSeen  time.Time     `json:"last_seen"` // of the newest source
}

// MaxSources is the most sources that an event keeps.
const MaxSources = 8

// An EventSource is one article that reported the event, with what it said.
type EventSource struct {
	Article  string    `json:"article"`
	Revision int       `json:"revision,omitempty"`
	Stage    Stage     `json:"stage"`
	At       time.Time `json:"at"` // when it was detected
	Source
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
	Sent    bool            `json:"sent"`
	Alert   json.RawMessage `json:"alert,omitempty"` // an [Alert], only while Sent is false
}
