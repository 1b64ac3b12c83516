package fetcher

import (
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
