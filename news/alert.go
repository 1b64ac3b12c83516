package news

import "time"

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
	ID            string      `json:"id"`    // <event>.<company>.<stage>
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
}

// AlertID is the identity of an alert: what a reader deduplicates by.
func AlertID(event string, company CompanyID, stage Stage) string {
	return event + "." + string(company) + "." + string(stage)
}
