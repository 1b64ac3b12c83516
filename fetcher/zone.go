package fetcher

import (
	"slices"
	"time"

	"github.com/chipwire/chipwire/news"
)

// Lags are the minutes from the times of day that a feed wrote without a zone,
// read as UTC, to the moment when each item was first seen; the newest last.
type Lags []int

const (
	maxLags = 50 // the history that a zone is learnt from
	minLags = 5  // fewer prove nothing

	early = 2 * time.Minute  // a clock may be wrong by this much
	late  = 24 * time.Hour   // an item is seen within this time
	ahead = 10 * time.Minute // a date further in the future is none
)

// add returns the lags with those of items first seen at now.
func (l Lags) add(walls []time.Time, now time.Time) Lags {
	out := slices.Clone(l)
	for _, wall := range slices.Backward(walls) { // a document has the newest first
		out = append(out, int(now.Sub(wall).Round(time.Minute)/time.Minute))
	}
	return out[max(0, len(out)-maxLags):]
}

// LearnZone returns the zone in which a feed writes dates without one, among the
// declared zone, Korea's and UTC: the declared one while it keeps the time from
// publication to first sight between two minutes early and a day for four of
// five items; else the one that does so with the least delay. It is the declared
// zone, which may be nil, while nothing else is shown.
func LearnZone(declared *time.Location, lags Lags, now time.Time) *time.Location {
	if len(lags) < minLags || declared != nil && fits(declared, lags, now) {
		return declared
	}
	best, delay := declared, time.Duration(0)
	for _, zone := range []*time.Location{seoul, time.UTC} {
		if !fits(zone, lags, now) {
			continue
		}
		if d := median(zone, lags, now); best == declared || d < delay {
			best, delay = zone, d
		}
	}
	return best
}

var seoul = time.FixedZone("Asia/Seoul", 9*60*60)

// fits reports whether a zone explains four fifths of the lags.
func fits(zone *time.Location, lags Lags, now time.Time) bool {
	good := 0
	for _, d := range delays(zone, lags, now) {
		if d >= -early && d <= late {
			good++
		}
	}
	return good*5 >= len(lags)*4
}

// median is the middle time from publication to first sight.
func median(zone *time.Location, lags Lags, now time.Time) time.Duration {
	d := delays(zone, lags, now)
	slices.Sort(d)
	return d[len(d)/2]
}

func delays(zone *time.Location, lags Lags, now time.Time) []time.Duration {
	_, offset := now.In(zone).Zone()
	out := make([]time.Duration, len(lags))
	for i, minutes := range lags {
		out[i] = time.Duration(minutes)*time.Minute + time.Duration(offset)*time.Second
	}
	return out
}

// zoneOf is the zone of a feed's dates without one: learnt, else declared; nil
// when there is neither.
func zoneOf(f news.Feed, s State) *time.Location {
	for _, name := range []string{s.Zone, f.Zone} {
		switch name {
		case "":
			continue
		case seoul.String():
			return seoul
		}
		if zone, err := time.LoadLocation(name); err == nil {
			return zone
		}
	}
	return nil
}

// learn takes the items that were first seen at now into the history of a feed.
func (s *State) learn(f news.Feed, walls []time.Time, now time.Time) {
	if len(walls) == 0 || s.AddedAt.IsZero() { // a first document is of any age
		return
	}
	s.Lags = s.Lags.add(walls, now)
	declared := zoneOf(f, State{})
	s.Zone = ""
	if zone := LearnZone(declared, s.Lags, now); zone != nil && zone != declared {
		s.Zone = zone.String()
	}
}

// soberDate takes a date in the future for what it is: none.
func soberDate(it *news.Item, now time.Time) {
	if it.PublishedAt.Sub(now) > ahead {
		it.PublishedAt, it.DateVia = time.Time{}, news.DateObserved
	}
}

// observe gives an item without a date that of its first sight.
func observe(it *news.Item) {
	if it.PublishedAt.IsZero() {
		it.PublishedAt, it.DateVia = it.DetectedAt, news.DateObserved
	}
}
