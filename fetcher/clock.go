package fetcher

import "time"

// clockSlack is how far ahead of the clock a stored time may be without the clock
// having been set back: nodes whose clocks differ by so much work together.
const clockSlack = time.Minute

// onClock is the state as it reads at now. Where it was written at a later time, the
// clock was set back since, or the one that it was written by ran ahead: then a rest
// and the lease of a hub last as long as they were meant to from now on, and what
// has happened has happened by now. Else a feed would rest for as long as the clock
// was wrong, and its news would count as older than the feed.
func (s State) onClock(now time.Time) State {
	ahead := s.writtenAt().Sub(now)
	if ahead <= clockSlack {
		return s
	}
	h := &s.Health
	for _, t := range []*time.Time{&s.AddedAt, &s.FullAt, &s.Trust.Audited, &s.Pace.Last, &h.Since, &h.LastOK, &h.LastNew, &h.LastGap} {
		if t.Round(0).After(now) { // by the wall: a time of this process knows better
			*t = now
		}
	}
	back := func(t *time.Time) {
		if !t.IsZero() {
			*t = t.Add(-ahead)
		}
	}
	back(&s.Rest.Until)
	if s.Hub != nil {
		sub := *s.Hub
		for _, t := range []*time.Time{&sub.Asked, &sub.Since, &sub.Confirmed, &sub.Until, &sub.Retry, &sub.Owed} {
			back(t)
		}
		s.Hub = &sub
	}
	return s
}

// writtenAt is when the state was last moved by a poll, by the clock of that time.
func (s *State) writtenAt() time.Time {
	if at, is := s.Polls.last(); is {
		return at
	}
	at := s.AddedAt.Round(0)
	for _, t := range []time.Time{s.FullAt, s.Health.Since, s.Health.LastOK} {
		at = latest(at, t.Round(0))
	}
	return at
}
