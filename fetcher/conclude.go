package fetcher

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chipwire/chipwire/fetcher/feed"
	"github.com/chipwire/chipwire/internal/urls"
	"github.com/chipwire/chipwire/news"
)

// A Conclusion is what a poll leads to.
type Conclusion struct {
	State State // that follows
	Fault Fault // with the status ok when there is none
	Floor Rest  // under the next turn
	Tempo Tempo // of the turns to come
}

// Conclude decides what an answer to a poll leads to: the state moves past the
// document once its items are stored, the health says how the poll ended, and
// the floor keeps the feed from being asked too soon. stored is why the items of
// sifted could not be stored, or nil.
func Conclude(cfg Config, src Source, before State, a Answer, sifted Sifting, stored error, now time.Time) Conclusion {
	fd := src.Feed(cfg.MinInterval)
	s := before
	if stored == nil {
		s = before.past(fd, a, sifted)
	}
	ft, failed := faultOf(a, stored)
	if !failed {
		s.follow(fd, a, shares(before, a), now)
		if quiet, is := quietFault(s, src.Class, now); is {
			ft = quiet
		} else {
			ft = Fault{Status: StatusOK, Note: noteOf(s, fd, now)}
		}
	}
	h := &s.Health
	if h.Status != ft.Status {
		h.Since = now
	}
	h.Status, h.Note, h.Advice = ft.Status, ft.Note, ft.Advice
	if !ft.unasked() {
		s.Polls = before.Polls.add(pollOf(a, ft.Status, told(a, sifted, stored)))
	}
	if !failed {
		h.Failures, h.LastOK = 0, now
		floor, tempo := floorOf(a), TempoOf(cfg, src, s, now)
		s.Rest = worthStoring(tempo, floor, now)
		return Conclusion{s, ft, floor, tempo}
	}
	if !ft.unasked() {
		h.Failures++
	}
	if s.Moved.Address(fd.URL) != fd.URL && notThere(ft, h.Failures) {
		s.Moved = Moved{}
	}
	s.Rest = restAfter(fd, ft, h.Failures, now)
	return Conclusion{s, ft, s.Rest, TempoOf(cfg, src, s, now)}
}

// told is how many items of a poll are news that is safe.
func told(a Answer, sifted Sifting, stored error) int {
	if stored != nil {
		return 0
	}
	return len(sifted.News) + len(a.recovered())
}

// past is the state behind an answer whose news are stored.
func (s State) past(fd news.Feed, a Answer, sifted Sifting) State {
	if a.Response == nil {
		return s
	}
	now := a.at()
	if a.Response.NotModified {
		s.AskedAt = now
		if s.FullAt.IsZero() {
			s.FullAt = now
		}
		s.ETag = cmp.Or(a.Response.ETag, s.ETag)
		s.Ignored = 0
		return s
	}
	if !a.Unchanged {
		s.Health.ContentType = a.Response.Header.Get("Content-Type")
	}
	if a.Err == nil && !a.Unchanged {
		s.Health.Items, s.Health.Charset, s.Health.Over = 0, "", a.Document.Over
		if a.Document.CharsetCorrected {
			s.Health.Charset = a.Document.Charset
		}
	}
	read := a.Document.Items != nil || len(a.Document.Known) > 0
	if read {
		s.Flips = s.Flips.step(sifted.Restless, now)
		s.Seen = s.see(slices.Concat(a.Document.Items, a.recovered()), a.Document.Known, now)
		s.Health.Items = len(a.Document.Items) + len(a.Document.Known)
		s.GUIDs = cmp.Or(s.GUIDs, a.GUIDs)
		s.Health.look(a)
		s.learn(fd, a.Document.Walls, now)
	}
	if len(sifted.News)+sifted.History > 0 {
		s.Pace = s.Pace.step(now)
	}
	if read {
		s.attend(fd, a, sifted, now)
	}
	if len(sifted.News) > 0 {
		s.Health.LastNew = now
		if !s.AddedAt.IsZero() {
			s.Delays = s.Delays.learn(sifted.News)
		}
	}
	if a.Err == nil {
		if a.Condition == Audit {
			s.Trust = audited(s, a, sifted, now)
		}
		if heeds := a.Condition != Conditional || s.ETag == "" && s.LastModified == ""; !heeds && len(sifted.News)+sifted.History == 0 {
			s.Ignored = min(s.Ignored+1, maxIgnored)
		}
		s.AskedAt, s.FullAt = now, now
		s.URL, s.ETag, s.LastModified = s.Moved.Address(fd.URL), a.Response.ETag, a.Response.LastModified
		s.BodyHash = a.BodyHash
	}
	if s.AddedAt.IsZero() && (read || a.Err == nil) {
		s.AddedAt = now // a cut document or an empty list is a first poll as well
	}
	return s
}

// attend learns from a document how often the feed is worth asking.
func (s *State) attend(fd news.Feed, a Answer, sifted Sifting, now time.Time) {
	if a.Err == nil {
		s.Wishes = a.Document.Wishes
	}
	if a.Gap != nil {
		s.Health.Gaps++
		s.Health.LastGap, s.Health.GapNote = now, a.Gap.note()
	}
	first, fresh := s.AddedAt.IsZero(), len(sifted.News)+sifted.History
	if !first && fresh == 0 {
		return // what is learnt is written, and nothing else of such a document is
	}
	if first {
		s.Rhythm = s.Rhythm.learn(nil, now)
		return
	}
	s.Rhythm = s.Rhythm.learn(slices.Concat(sifted.News, a.recovered()), now)
	total := len(a.Document.Items) + len(a.Document.Known)
	fair := !s.AskedAt.IsZero() && now.Sub(s.AskedAt) <= 2*fd.Interval
	s.Rush = s.Rush.step(total-fresh, total, fair, fd.Interval, leastInterval)
}

// follow takes in where a good answer was redirected to for good. The
// validators are those of the page that the redirects lead to, so they go along.
func (s *State) follow(fd news.Feed, a Answer, shares bool, now time.Time) {
	was := s.Moved.Address(fd.URL)
	s.Moved = s.Moved.redirected(fd.URL, a.Response.Permanent, shares, now)
	if is := s.Moved.Address(fd.URL); is != was {
		s.URL = is
	}
}

// shares reports whether a good answer holds an item that s knows.
func shares(s State, a Answer) bool {
	if a.Response.Permanent == "" {
		return false // nobody asks
	}
	if a.Unchanged {
		return len(s.Seen) > 0
	}
	seen := s.seen()
	return len(a.Document.Known) > 0 || slices.ContainsFunc(a.Document.Items, func(it news.Item) bool { return Same(seen, it) })
}

// noteOf is what there is to say of a feed that works.
func noteOf(s State, fd news.Feed, now time.Time) string {
	var notes []string
	if s.Health.Charset != "" {
		notes = append(notes, "declares another charset, read as "+s.Health.Charset)
	}
	if s.Health.Over > 0 {
		notes = append(notes, fmt.Sprintf("holds %d entries more than the %d that are read", s.Health.Over, feed.MaxItems))
	}
	if at := s.Moved.Address(fd.URL); at != fd.URL {
		notes = append(notes, fmt.Sprintf("has moved for good and is asked at %s: give that as its url", urls.Shown(at)))
	} else if s.Moved.To != "" {
		notes = append(notes, "redirects for good to "+urls.Shown(s.Moved.To))
	}
	if s.GUIDs != "" {
		notes = append(notes, s.GUIDs.Note())
	}
	if s.Zone != "" && fd.Zone != "" && s.Zone != fd.Zone {
		notes = append(notes, fmt.Sprintf("its dates are in %s, not in the declared %s", s.Zone, fd.Zone))
	}
	if s.Trust.broken(now) {
		notes = append(notes, "its 304 hides items: asked without validators")
	}
	if s.Flips.off(now) {
		notes = append(notes, "its titles change again and again: corrections are not looked for")
	}
	if gap := s.Health.GapNote; gap != "" && now.Sub(s.Health.LastGap) < gapShown {
		notes = append(notes, gap)
	}
	return strings.Join(notes, "; ")
}
