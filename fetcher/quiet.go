package fetcher

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/chipwire/chipwire/news"
)

// deniedMarks are the words of pages that turn programs away, lower case. Each
// is too special for a page that is there by mistake.
var deniedMarks = [][]byte{
	[]byte("access denied"), []byte("access to this page has been denied"), []byte("access forbidden"), []byte("403 forbidden"),
	[]byte("you don't have permission"), []byte("you have been blocked"), []byte("request blocked"), []byte("request unsuccessful"),
	[]byte("the requested url was rejected"), []byte("pardon our interruption"), []byte("just a moment..."), []byte("unusual traffic"),
	[]byte("verify you are human"), []byte("verify you are a human"), []byte("are you a robot"), []byte("checking your browser"),
	[]byte("접근이 거부"), []byte("접근이 차단"), []byte("접근 권한이 없"), []byte("비정상적인 접근"), []byte("접속이 차단"), []byte("차단되었습니다"),
}

// deniedPage is how much of a page is looked at, in bytes: such pages are short.
const deniedPage = 32 << 10

// turnsAway reports whether a web page that came instead of a feed says that
// this program is not wanted.
func turnsAway(page []byte) bool {
	page = bytes.ToLower(page[:min(len(page), deniedPage)])
	page = bytes.ReplaceAll(page, []byte("’"), []byte("'"))
	page = bytes.ReplaceAll(page, []byte("&#39;"), []byte("'"))
	return slices.ContainsFunc(deniedMarks, func(mark []byte) bool { return bytes.Contains(page, mark) })
}

// A dating is what the dates of a feed's items say of it.
type dating struct {
	newest  time.Time     // zero when none has a date
	spacing time.Duration // the mean time between the dates; 0 when they are too few
}

// datingOf reads the dates of a document's items.
func datingOf(items []news.Item) dating {
	var dates []time.Time
	for _, it := range items {
		if dated(it) {
			dates = append(dates, it.PublishedAt)
		}
	}
	if len(dates) == 0 {
		return dating{}
	}
	newest, oldest := slices.MaxFunc(dates, time.Time.Compare), slices.MinFunc(dates, time.Time.Compare)
	d := dating{newest: newest.UTC()}
	if len(dates) >= minGaps {
		d.spacing = max(newest.Sub(oldest)/time.Duration(len(dates)-1), 1)
	}
	return d
}

// dated reports whether the feed itself gave the item's date.
func dated(it news.Item) bool { return !it.PublishedAt.IsZero() && it.DateVia != news.DateObserved }

// staleAfter is how old the newest item of a feed may be, whatever its polls
// say: three weeks for news, longer where the class or the items' own dates
// promise less, and half a year where there are too few dates to go by.
func (d dating) staleAfter(c Class) time.Duration {
	const day = 24 * time.Hour
	limit := 21 * day
	switch {
	case c == Blog || d.spacing == 0:
		limit = 180 * day
	case c == Trade:
		limit = 60 * day
	}
	return max(limit, frozenGaps*d.spacing)
}

// quietFault finds the fault of a feed whose polls go well: a code of 200 proves no
// health. It is no failure, so it leads to no rest.
func quietFault(s State, c Class, now time.Time) (ft Fault, ok bool) {
	if s.AddedAt.IsZero() {
		return Fault{}, false
	}
	if s.Health.Items == 0 {
		note := "the document holds no items; there were some before"
		if s.Pace.Last.IsZero() {
			note = "the document has never held an item"
		}
		return quietly(StatusNoItems, note), true
	}
	silence := now.Sub(s.Pace.Last)
	if limit := s.Pace.frozenAfter(s.AddedAt, now); limit > 0 && silence > limit {
		return quietly(StatusFrozen, fmt.Sprintf("nothing new since %s; something was every %v before",
			s.Pace.Last.UTC().Format(time.RFC3339), s.Pace.Mean.Round(time.Minute))), true
	}
	if newest := s.Health.Newest; !newest.IsZero() {
		d := dating{newest, s.Health.Spacing}
		limit := max(d.staleAfter(c), s.Pace.frozenAfter(s.AddedAt, now))
		if now.Sub(newest) > limit && now.Sub(s.Health.LastNew) > limit { // undated ones may be newer
			return quietly(StatusFrozen, fmt.Sprintf("the newest item is of %s, %d days ago",
				newest.Format(time.DateOnly), int(now.Sub(newest).Hours()/24))), true
		}
	}
	return Fault{}, false
}

func quietly(status, note string) Fault {
	return Fault{Status: status, Note: note, Advice: MeaningOf(status).Advice}
}

// look takes into the health what a document that was read looks like. Known
// items are in it by their keys only, so their dates are those of before.
func (h *Health) look(a Answer) {
	d := datingOf(a.Document.Items)
	if len(a.Document.Known) > 0 {
		if h.Newest.After(d.newest) {
			d.newest = h.Newest
		}
		d.spacing = cmp.Or(h.Spacing, d.spacing)
	}
	h.Newest, h.Spacing = d.newest, d.spacing
}

// Delays are the seconds from the publication of items to their first sight, the
// newest last.
type Delays []int32

const maxDelays = 50

// learn adds the delays of a poll's news. A first poll shows none, as its items
// were there before anybody asked; nor does a date without a time of day.
func (d Delays) learn(found []news.Item) Delays {
	var more Delays
	for _, it := range slices.Backward(found) { // a document has the newest first
		hour, minute, second := it.PublishedAt.Clock()
		if dated(it) && hour+minute+second > 0 {
			more = append(more, int32(max(0, it.DetectedAt.Sub(it.PublishedAt)/time.Second)))
		}
	}
	if more == nil {
		return d
	}
	d = append(slices.Clone(d), more...)
	return slices.Clone(d[max(0, len(d)-maxDelays):])
}

// Spread is how late items are seen.
func (d Delays) Spread() Spread {
	times := make([]time.Duration, len(d))
	for i, s := range d {
		times[i] = time.Duration(s) * time.Second
	}
	return spreadOf(times)
}
