package fetcher

import (
	"time"

	"github.com/chipwire/chipwire/news"
)

// history is the age at first sight from which an item tells nothing.
const history = 72 * time.Hour

// firstUndated is how many undated items of a first poll are news.
const firstUndated = 3

// A Sifting divides the items of a document.
type Sifting struct {
	News     []news.Item // not seen before, or revised, in the order of the document
	History  int         // not seen before, but too old to be news
	Known    int
	Restless int      // items whose title has changed once too often
	Reasons  []Reason // of each item of the document, in its order
}

// A Reason says what an item is taken for, and why.
type Reason string

// The reasons.
const (
	NewsRecent    Reason = "news: recent, and not seen before"
	NewsUndated   Reason = "news: not dated, and not seen before"
	NewsRevised   Reason = "news: its title changed"
	HistoryAdded  Reason = "history: older than the backfill before the feed was added"
	HistoryOld    Reason = "history: older than three days"
	HistoryFirst  Reason = "history: not dated, and not one of the newest three of a first poll"
	KnownItem     Reason = "known: seen before"
	KnownHistory  Reason = "known: its title changed, but it is history"
	KnownRestyled Reason = "known: most titles of the document changed at once"
	KnownRestless Reason = "known: the titles of the feed change again and again"
	KnownDocument Reason = "known: twice in the document"
)

// IsNews reports whether the reason is one for news.
func (r Reason) IsNews() bool { return r == NewsRecent || r == NewsUndated || r == NewsRevised }

// Sift decides which items are news: those not seen before under any of their
// keys that are not older than the moment the feed was added less backfill; at
// the first poll, of the undated ones, the newest three. A known item whose title
// has come to say something else is news once more, as its next revision.
func Sift(s State, items []news.Item, backfill time.Duration, now time.Time) Sifting {
	if len(items) == 0 {
		return Sifting{} // mostly: a 304
	}
	out := Sifting{Reasons: make([]Reason, 0, len(items))}
	before, within := s.seen(), newSeen(2*len(items)) // a document may hold an item twice
	first, added, undated := s.AddedAt.IsZero(), s.AddedAt, 0
	if first {
		added = now
	}
	for _, it := range items {
		reason := NewsRecent
		switch {
		case Same(before, it):
			reason = KnownItem
			t := before.traceOf(it)
			if next, changed := t.after(it.Mark, dayOf(now)); changed && !Same(&within, it) {
				it.Revision = next.revision()
				reason = s.revision(it, t, added.Add(-backfill), now)
				if it.Revision == restless {
					out.Restless++
				}
			}
		case Same(&within, it):
			reason = KnownDocument
		case it.PublishedAt.IsZero():
			undated++
			reason = NewsUndated
			if first && undated > firstUndated {
				reason = HistoryFirst
			}
		case it.PublishedAt.Before(added.Add(-backfill)):
			reason = HistoryAdded
		case now.Sub(it.PublishedAt) > history:
			reason = HistoryOld
		}
		out.Reasons = append(out.Reasons, reason)
		switch reason {
		case KnownItem, KnownDocument, KnownHistory, KnownRestless:
			out.Known++
			continue
		case NewsRecent, NewsUndated, NewsRevised:
			out.News = append(out.News, it)
		default:
			out.History++
		}
		for _, key := range keysOf(it) {
			within.add(hashKey(key))
		}
	}
	return out
}

// backfill is the age from which entries of a first poll are history.
func (s Source) backfill(cfg Config) time.Duration {
	if s.Backfill != nil {
		return *s.Backfill
	}
	return cfg.Backfill
}
