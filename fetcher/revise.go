package fetcher

import (
	"slices"
	"time"

	"github.com/chipwire/chipwire/fetcher/feed"
	"github.com/chipwire/chipwire/news"
)

const (
	maxRevisions = 20 // of one entry; what changes more often is no correction

	restless     = 4                  // changes from which an entry is restless
	maxRestless  = 3                  // restless entries that a feed may have
	restlessFor  = 7 * 24 * time.Hour // within this time
	restyledFrom = 5                  // titles that change at once, and more than half: another style
)

// A trace is what is remembered of an item beside its keys: from the top the
// mark of its title (48 bits), the day of its first sight (11 bits, in a circle of
// 2048 days) and how often the title has changed (5 bits). 0 is none.
type trace uint64

const (
	traceSize   = 8
	revBits     = 5
	dayBits     = 11
	markShift   = revBits + dayBits
	revMask     = 1<<revBits - 1
	dayMask     = 1<<dayBits - 1
	historyDays = int64(history / (24 * time.Hour))
)

func newTrace(mark news.Mark, day int64, revision int) trace {
	if mark == 0 {
		return 0
	}
	return trace(mark)<<markShift | trace(day&dayMask)<<revBits | trace(revision)
}

func (t trace) mark() news.Mark { return news.Mark(t >> markShift) }
func (t trace) revision() int   { return int(t & revMask) }

// age is the days since the first sight.
func (t trace) age(today int64) int64 { return (today - int64(t>>revBits)&dayMask) & dayMask }

// live is the mark that a title is held against, 0 when a change of it tells
// nothing any more: the item is history, or has changed too often.
func (t trace) live(today int64) news.Mark {
	if t.age(today) > historyDays || t.revision() >= maxRevisions {
		return 0
	}
	return t.mark()
}

// after is the trace of an item that is in a document again, or for the first
// time; changed reports whether it tells something else than before.
func (t trace) after(mark news.Mark, today int64) (next trace, changed bool) {
	switch {
	case t == 0:
		return newTrace(mark, today, 0), false
	case feed.Changed(t.live(today), mark):
		return newTrace(mark, int64(t>>revBits)&dayMask, t.revision()+1), true
	}
	return t, false
}

// Flips is what is known of a feed whose titles change again and again, as those
// with a counter or an advertisement in them do.
type Flips struct {
	Since    time.Time `json:"since,omitzero"`     // of the first of Restless
	Restless int       `json:"restless,omitempty"` // entries that have changed four times since
	Off      time.Time `json:"off_at,omitzero"`    // since when no change counts
}

// off reports whether changes of titles do not count.
func (f Flips) off(now time.Time) bool {
	return !f.Off.IsZero() && now.Sub(f.Off) < restlessFor
}

// step takes in the entries that became restless in one document.
func (f Flips) step(entries int, now time.Time) Flips {
	switch {
	case entries == 0 || f.off(now):
		return f
	case now.Sub(f.Since) > restlessFor:
		f = Flips{Since: now}
	}
	if f.Restless += entries; f.Restless >= maxRestless {
		f = Flips{Off: now}
	}
	return f
}

// revision decides what an item is whose title has changed since it was seen.
func (s State) revision(it news.Item, t trace, added time.Time, now time.Time) Reason {
	switch {
	case s.Flips.off(now):
		return KnownRestless
	case it.PublishedAt.IsZero():
		if t.age(dayOf(now)) >= dayOf(now)-dayOf(s.AddedAt) { // it may be of the first poll, and of any age
			return KnownHistory
		}
	case it.PublishedAt.Before(added), now.Sub(it.PublishedAt) > history:
		return KnownHistory
	}
	return NewsRevised
}

// Settled is the sifting in view of the items of the document that are as they
// were, by their keys. Where most titles change at once it is their style that
// has changed, or a charset that was mistaken, and not what they say; and where an
// item stands there a second time, with the title it had, nothing has changed.
func (s Sifting) Settled(known []string) Sifting {
	var revised []string
	for _, it := range s.News {
		if it.Revision > 0 {
			revised = append(revised, it.Key)
		}
	}
	restyled := len(revised) >= restyledFrom && len(revised) > s.Known+len(known)
	if len(revised) == 0 || !restyled && !slices.ContainsFunc(revised, func(key string) bool { return slices.Contains(known, key) }) {
		return s
	}
	out := s
	out.News, out.Reasons = nil, slices.Clone(s.Reasons)
	next := 0 // of News, which are in the order of the reasons for news
	for i, r := range s.Reasons {
		if !r.IsNews() {
			continue
		}
		it := s.News[next]
		next++
		switch {
		case r == NewsRevised && restyled:
			out.Reasons[i] = KnownRestyled
		case r == NewsRevised && slices.Contains(known, it.Key):
			out.Reasons[i] = KnownDocument
		default:
			out.News = append(out.News, it)
			continue
		}
		out.Known++
	}
	return out
}

// dayOf is the day of a moment, since 1970, UTC.
func dayOf(t time.Time) int64 { return t.Unix() / int64(24*time.Hour/time.Second) }
