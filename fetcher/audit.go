package fetcher

import (
	"time"

	"github.com/chipwire/chipwire/news"
)

// Trust is what is thought of a feed's validators: some servers answer 304 for
// ever, and hide what is new.
type Trust struct {
	Audited time.Time `json:"audited,omitzero"`   // last asked without validators to see
	Doubts  int       `json:"doubts,omitempty"`   // audits in a row that found something new, without proof that it was hidden
	Broken  time.Time `json:"broken_at,omitzero"` // since when they are not sent
}

const (
	auditEvery  = 24 * time.Hour      // at most
	auditGaps   = 3                   // expected gaps of nothing but 304 that raise suspicion
	auditStreak = time.Hour           // and never sooner than this
	maxDoubts   = 2                   // twice in a row is no chance
	brokenFor   = 30 * 24 * time.Hour // then the server gets another chance
	hiddenFor   = 30 * time.Minute    // a date may be this much before the publication
)

// A Condition is how a feed is asked.
type Condition string

// The conditions.
const (
	Conditional   Condition = "conditional"   // with the validators, if there are any
	Unconditional Condition = "unconditional" // they are not of this address, or hide items
	Audit         Condition = "audit"         // without them, to see whether they hide items
)

// Condition is how the feed configured at url is asked at a time.
func (s State) Condition(url string, now time.Time) Condition {
	return conditionOf(s, s.Moved.Address(url), now)
}

// conditionOf decides whether validators are sent to an address.
func conditionOf(s State, address string, now time.Time) Condition {
	t := s.Trust
	switch {
	case s.URL != address, t.broken(now):
		return Unconditional
	case s.ETag == "" && s.LastModified == "", s.FullAt.IsZero(), now.Sub(t.Audited) < auditEvery:
		return Conditional
	case now.Sub(s.FullAt) > max(auditGaps*s.Pace.expected(), auditStreak):
		return Audit
	}
	return Conditional
}

func (t Trust) broken(now time.Time) bool {
	return !t.Broken.IsZero() && now.Sub(t.Broken) < brokenFor
}

// audited judges the validators of s by the answer to an audit.
func audited(s State, a Answer, found Sifting, now time.Time) Trust {
	t := Trust{Audited: now}
	if len(found.News) == 0 && found.History == 0 {
		return t
	}
	t.Doubts = s.Trust.Doubts + 1
	if t.Doubts >= maxDoubts || hidden(s, a, found) {
		t.Doubts, t.Broken = 0, now
	}
	return t
}

// hidden reports whether the items of an audit must have been there when the
// last 304 said that nothing had changed: the validators stand for both
// documents, or the items are older than that answer.
func hidden(s State, a Answer, found Sifting) bool {
	same := s.ETag != "" && a.Response.ETag == s.ETag ||
		s.ETag == "" && s.LastModified != "" && a.Response.LastModified == s.LastModified
	if same || found.History > 0 {
		return true
	}
	before := func(it news.Item) bool {
		return it.Revision == 0 && !it.PublishedAt.IsZero() && it.DateVia != news.DateObserved && it.PublishedAt.Before(s.AskedAt.Add(-hiddenFor))
	}
	for _, it := range found.News {
		if before(it) {
			return true
		}
	}
	return false
}
