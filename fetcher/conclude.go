package fetcher

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/chipwire/chipwire/news"
)

// A Conclusion is what a poll leads to.
type Conclusion struct {
	State State // that follows
	Fault Fault // with the status ok when there is none
	Floor Rest  // under the next turn
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
		if quiet, is := quietFault(s, now); is {
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
	if !failed {
		h.Failures, h.LastOK = 0, now
		floor := floorOf(a, s.Trust.broken(now), src.Every > 0, cfg.MinInterval, now)
		s.Rest = worthStoring(fd, floor, now)
		return Conclusion{s, ft, floor}
	}
	if !ft.unasked() {
		h.Failures++
	}
	if s.Moved.Address(fd.URL) != fd.URL && notThere(ft, h.Failures) {
		s.Moved = Moved{}
	}
	s.Rest = restAfter(fd, ft, h.Failures, now)
	return Conclusion{s, ft, s.Rest}
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
		return s
	}
	if a.Err == nil && !a.Unchanged {
		s.Health.Items, s.Health.Charset = 0, ""
		if a.Document.CharsetCorrected {
			s.Health.Charset = a.Document.Charset
		}
	}
	read := a.Document.Items != nil || len(a.Document.Known) > 0
	if read {
		s.Seen = s.see(a.Document.Items, a.Document.Known, now)
		s.Health.Items = len(a.Document.Items) + len(a.Document.Known)
		s.learn(fd, a.Document.Walls, now)
	}
	if len(sifted.News)+sifted.History > 0 {
		s.Pace = s.Pace.step(now)
	}
	if len(sifted.News) > 0 {
		s.Health.LastNew = now
	}
	if a.Err == nil {
		if a.Condition == Audit {
			s.Trust = audited(s, a, sifted, now)
		}
		s.AskedAt, s.FullAt = now, now
		s.URL, s.ETag, s.LastModified = s.Moved.Address(fd.URL), a.Response.ETag, a.Response.LastModified
		s.BodyHash = a.hash
	}
	if s.AddedAt.IsZero() && (read || a.Err == nil) {
		s.AddedAt = now // a cut document or an empty list is a first poll as well
	}
	return s
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
	if at := s.Moved.Address(fd.URL); at != fd.URL {
		notes = append(notes, fmt.Sprintf("has moved for good and is asked at %s: give that as its url", redacted(at)))
	} else if s.Moved.To != "" {
		notes = append(notes, "redirects for good to "+redacted(s.Moved.To))
	}
	if s.Trust.broken(now) {
		notes = append(notes, "its 304 hides items: asked without validators")
	}
	return strings.Join(notes, "; ")
}

// redacted is a URL without its password.
func redacted(raw string) string {
	if u, err := url.Parse(raw); err == nil {
		return u.Redacted()
	}
	return "an address that cannot be read"
}
