package fetcher

import (
	"fmt"
	"math"
	"time"
)

// A Pace is how often a feed has something new, learnt from when it had.
type Pace struct {
	Last    time.Time     `json:"last"`              // when something unseen was last in the document
	Gaps    int           `json:"gaps,omitempty"`    // that were learnt from
	Mean    time.Duration `json:"mean,omitempty"`    // of the gaps, the recent ones first
	Longest time.Duration `json:"longest,omitempty"` // of the gaps; it fades, half of it in four weeks
}

const (
	minGaps    = 5           // fewer tell nothing
	recentGaps = 20          // the mean is about so many of the last
	fading     = 28 * 24     // hours in which the longest gap loses half of its weight
	frozenGaps = 10          // N: so many expected gaps without anything new are a fault
	someNights = 2           // and so many of the longest: nights and weekends are none
	soonFrozen = 6 * 3600e9  // never before six hours,
	settling   = 7 * 86400e9 // nor, while no weekend can have been seen,
	lateFrozen = 3 * 86400e9 // before three days
)

// step learns that something unseen was in the document at now.
func (p Pace) step(now time.Time) Pace {
	if p.Last.IsZero() {
		return Pace{Last: now}
	}
	gap := now.Sub(p.Last)
	p.Last = now
	p.Gaps++
	p.Mean += (gap - p.Mean) / time.Duration(min(p.Gaps, recentGaps))
	p.Longest = max(gap, time.Duration(float64(p.Longest)*math.Exp2(-gap.Hours()/fading)))
	return p
}

// expected is the time in which a feed has something new; a guess while too
// little was learnt.
func (p Pace) expected() time.Duration {
	if p.Gaps < minGaps {
		return 8 * time.Hour
	}
	return p.Mean
}

// frozenAfter is how long nothing new is no fault; 0 when that cannot be said.
func (p Pace) frozenAfter(added, now time.Time) time.Duration {
	if p.Gaps < minGaps {
		return 0
	}
	limit := max(frozenGaps*p.Mean, someNights*p.Longest, soonFrozen)
	if now.Sub(added) < settling {
		limit = max(limit, lateFrozen)
	}
	return limit
}

// Statuses of a feed that answers as it should and yet tells nothing.
const (
	StatusFrozen  = "frozen"   // nothing new for far longer than it ever took
	StatusNoItems = "no-items" // a document without items, where there were some
)

// quietFault finds the fault of a feed whose polls go well: a code of 200 proves no
// health. It is no failure, so it leads to no rest.
func quietFault(s State, now time.Time) (ft Fault, ok bool) {
	if s.Pace.Last.IsZero() {
		return Fault{}, false
	}
	silence := now.Sub(s.Pace.Last)
	switch limit := s.Pace.frozenAfter(s.AddedAt, now); {
	case s.Health.Items == 0:
		return Fault{
			Status: StatusNoItems, Note: "the document holds no items; there were some before",
			Advice: "open the feed in a browser: its section may have been closed or moved, or the site gives programs an empty list",
		}, true
	case limit > 0 && silence > limit:
		return Fault{
			Status: StatusFrozen, Note: fmt.Sprintf("nothing new since %s; something was every %v before", s.Pace.Last.UTC().Format(time.RFC3339), s.Pace.Mean.Round(time.Minute)),
			Advice: "compare with the site: if it has newer stories, the publisher has left this feed behind; look for its successor",
		}, true
	}
	return Fault{}, false
}
