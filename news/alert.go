package news

import (
	"strconv"
	"time"
)

// AlertVersion is the version of the alert format that this package writes.
const AlertVersion = 1

// A Reason says why an alert was sent, or why a finding told nobody anything.
type Reason string

// The reasons of an alert.
const (
	First      Reason = "first"      // the event appears
	StageMoved Reason = "stage"      // it has moved on, or is over
	PartyKnown Reason = "party"      // a party became known
	Promoted   Reason = "promoted"   // from the review band to the alerts
	Correction Reason = "correction" // the publisher changed the story
	Resumed    Reason = "resumed"    // a deal that was denied is on again
)

// The reasons not to tell.
const (
	Reprint  Reason = "reprint"   // this source, or these words, were here before
	NoChange Reason = "no-change" // the event stands as it was told
	Weaker   Reason = "weaker"    // the source supports less than is known
	History  Reason = "history"   // published long before it was first seen
	Old      Reason = "old"       // the deal was told in an event that is over
	Policy   Reason = "policy"    // the configuration says not to tell it
)

// A Company names one company.
type Company struct {
	ID   CompanyID `json:"id"`
	Name string    `json:"name"`
}

// An Alert is what a subscriber of one company gets when an event appears or
// really changes. Its JSON form is the wire contract (docs/subjects.md); times
// are RFC 3339 with offset, or null.
type Alert struct {
	Version       int         `json:"version"`
	ID            string      `json:"id"`    // <token>.<company>.<stage>, see [Alert.Token]
	Event         string      `json:"event"` // event id
	Company       Company     `json:"company"`
	Parties       []Party     `json:"parties"`
	Kind          Kind        `json:"kind"`
	Stage         Stage       `json:"stage"`
	PreviousStage *Stage      `json:"previous_stage"` // null for a first alert
	Instrument    *Instrument `json:"instrument"`
	Score         float64     `json:"score"`
	Reason        Reason      `json:"reason"`
	Headline      string      `json:"headline"`
	Evidence      []Evidence  `json:"evidence"`
	Sources       []Source    `json:"sources"`
	FirstSeen     *time.Time  `json:"first_seen"`
	DetectedAt    *time.Time  `json:"detected_at"` // when the feed's response headers arrived
	Why           []Feature   `json:"why"`

	// Round is 0 for the first time that the company is told of this stage of the
	// event, and 2, 3, … when it comes back to it: a second denial, say.
	Round       int       `json:"round,omitempty"`
	Independent int       `json:"independent,omitempty"` // sources with words of their own: an agency's reprints are one
	Match       string    `json:"match,omitempty"`       // why the report was taken for this event
	Disputed    []Dispute `json:"disputed,omitempty"`    // sources that say otherwise
}

// A Dispute is a source that contradicts the stage of an alert.
type Dispute struct {
	Stage Stage      `json:"stage"` // that it supports
	At    *time.Time `json:"at"`    // when it was published, else seen
	URL   string     `json:"url"`
}

// Token is the alert's event in its subject and in its id: the event's id, and
// from the second round on the round behind it.
func (a Alert) Token() string { return EventToken(a.Event, a.Round) }

// EventToken is [Alert.Token] of an event and a round.
func EventToken(event string, round int) string {
	if round < 2 {
		return event
	}
	return event + "-" + strconv.Itoa(round)
}

// AlertID is the identity of an alert: what a reader deduplicates by. The event
// is its token ([EventToken]).
func AlertID(event string, company CompanyID, stage Stage) string {
	return event + "." + string(company) + "." + string(stage)
}
