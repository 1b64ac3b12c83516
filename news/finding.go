package news

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Kind is the substance of a deal.
type Kind string

// The kinds. docs/labels.md says what each takes in.
const (
	Foundry     Kind = "foundry"     // one makes the other's chips
	Memory      Kind = "memory"      // HBM, DRAM, NAND for AI
	Supply      Kind = "supply"      // accelerators, servers, compute, equipment, packaging, materials
	Development Kind = "development" // joint design or development, custom silicon
	Licensing   Kind = "licensing"   // intellectual property, architecture
	Investment  Kind = "investment"  // stake, fund, joint venture, acquisition
	Alliance    Kind = "alliance"    // consortium, standard, memo on general cooperation
	Partnership Kind = "partnership" // working together, nature not said
)

// Kinds lists every kind.
var Kinds = []Kind{Foundry, Memory, Supply, Development, Licensing, Investment, Alliance, Partnership}

// ParseKind reads the token of a kind.
func ParseKind(s string) (Kind, error) {
	if k := Kind(s); slices.Contains(Kinds, k) {
		return k, nil
	}
	return "", fmt.Errorf("kind %q, want one of %s", s, join(Kinds))
}

// A Stage says how far along a deal is.
type Stage string

// The stages. Ended and denied stand outside the order of the other four.
const (
	Rumour   Stage = "rumour"   // observers only
	Talks    Stage = "talks"    // the parties meet on it, negotiate, test
	Agreed   Stage = "agreed"   // signed, announced, awarded
	Shipping Stage = "shipping" // delivered, in production
	Ended    Stage = "ended"
	Denied   Stage = "denied"
)

// Stages lists every stage, weakest first.
var Stages = []Stage{Rumour, Talks, Agreed, Shipping, Ended, Denied}

// ParseStage reads the token of a stage.
func ParseStage(s string) (Stage, error) {
	if st := Stage(s); slices.Contains(Stages, st) {
		return st, nil
	}
	return "", fmt.Errorf("stage %q, want one of %s", s, join(Stages))
}

// Rank orders the stages of a living deal: 1 for a rumour to 4 for shipping.
// It is 0 for ended and denied, which end a deal at any rank.
func (s Stage) Rank() int {
	switch s {
	case Rumour:
		return 1
	case Talks:
		return 2
	case Agreed:
		return 3
	case Shipping:
		return 4
	}
	return 0
}

// Over reports whether the stage says that there is no deal (any more).
func (s Stage) Over() bool { return s == Ended || s == Denied }

// An Instrument is the legal form of a deal, where the text names one.
type Instrument string

// The instruments.
const (
	MOU      Instrument = "mou"
	LOI      Instrument = "loi"
	Contract Instrument = "contract"
	Filing   Instrument = "filing"
)

// Instruments lists every instrument.
var Instruments = []Instrument{MOU, LOI, Contract, Filing}

// A Side is the part of one party in a deal.
type Side string

// The sides.
const (
	Supplier Side = "supplier"
	Customer Side = "customer"
	Investor Side = "investor"
	Investee Side = "investee"
	Peer     Side = "peer"
)

// Sides lists every side.
var Sides = []Side{Supplier, Customer, Investor, Investee, Peer}

// A CompanyID is the id of a company in the registry, in kebab-case. The empty
// id, null in JSON, stands for a party that is in no registry.
type CompanyID string

// MarshalJSON writes null for the empty id.
func (id CompanyID) MarshalJSON() ([]byte, error) {
	if id == "" {
		return []byte("null"), nil
	}
	return json.Marshal(string(id))
}

// Valid reports whether id has the form of a registry id: [a-z0-9-]+.
func (id CompanyID) Valid() bool { return validToken(string(id)) }

// A Party is one side of a deal.
type Party struct {
	ID   CompanyID `json:"id"`
	Name string    `json:"name"` // display name, or the words of the text where ID is empty
	Side Side      `json:"side"`
}

// Evidence is a passage that supports a finding, word for word.
type Evidence struct {
	Text   string `json:"text"`   // at most 300 runes
	Lang   string `json:"lang"`   // two-letter code
	Field  string `json:"field"`  // title or body
	Start  int    `json:"start"`  // of the passage in the field, in runes
	End    int    `json:"end"`    // one past its last rune
	Source string `json:"source"` // URL of the article
}

// MaxEvidence is the longest text of an [Evidence], in runes.
const MaxEvidence = 300

// A Feature is one reason of a verdict: a rule that fired, what it weighed in
// the score, and the words it fired on.
type Feature struct {
	Name   string  `json:"name"`
	Weight float64 `json:"weight"`
	Where  string  `json:"where,omitempty"`
}

// A Finding is one deal that one article reports.
type Finding struct {
	Parties    []Party    `json:"parties"`
	Kind       Kind       `json:"kind"`
	Stage      Stage      `json:"stage"`
	Instrument Instrument `json:"instrument,omitempty"`
	Score      float64    `json:"score"`            // 0 to 1
	Review     bool       `json:"review,omitempty"` // below the accept threshold: for the review band
	Evidence   []Evidence `json:"evidence"`
	Why        []Feature  `json:"why,omitempty"`

	Marks Marks `json:"marks,omitzero"` // what tells the deal from others of the same firms
}

// A Pair is two companies tied by a deal, A before B in the order of ids.
type Pair struct {
	A     CompanyID `json:"a"`
	B     CompanyID `json:"b"`
	Kind  Kind      `json:"kind"`
	Stage Stage     `json:"stage"`
}

// A Verdict is all that the classifier says of one revision of one article. A
// story that reports no deal has a verdict too, so that a later revision can
// withdraw what an earlier one said.
type Verdict struct {
	Article  string `json:"article"` // article id
	Revision int    `json:"revision,omitempty"`
	Reread   int    `json:"reread,omitempty"` // as in [Article]
	Rules    string `json:"rules"`            // version of the rules that judged
	Source   Source `json:"source"`
	Feed     string `json:"feed,omitempty"`
	Lang     string `json:"lang"`

	Flagged   bool        `json:"flagged"` // a finding is at or above the accept threshold
	Score     float64     `json:"score"`   // of the best finding, 0 without one
	Companies []CompanyID `json:"companies"`
	Findings  []Finding   `json:"findings"`
	Pairs     []Pair      `json:"pairs"`

	DetectedAt time.Time `json:"detected_at,omitzero"`

	Print Print `json:"print,omitzero"` // whose words the article has, and how to ask for it again
}

// MsgID is the key that makes a second publication of the same verdict harmless.
func (v Verdict) MsgID() string {
	if v.Reread > 0 {
		return Hash(v.Article, strconv.Itoa(v.Revision), v.Rules, strconv.Itoa(v.Reread))
	}
	return Hash(v.Article, strconv.Itoa(v.Revision), v.Rules)
}

func join[T ~string](list []T) string {
	s := make([]string, len(list))
	for i, v := range list {
		s[i] = string(v)
	}
	return strings.Join(s, ", ")
}
