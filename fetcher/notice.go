package fetcher

import (
	"context"
	"strconv"

	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/internal/urls"
	"github.com/chipwire/chipwire/news"
)

// tellAfter is how many failures in a row that may pass are worth a notice.
const tellAfter = 3

// noticeOf decides what is to be told of a feed after a poll, "" for nothing:
// each change once, and a passing failure not at all.
func noticeOf(s State, ft Fault) (what, why string) {
	told := s.Health.Told
	switch {
	case ft.Status == StatusWire:
		return "", "not the feed's fault"
	case ft.unasked():
		return "", "was not asked"
	case ft.Status == StatusOK && told != "":
		return news.FeedRecovered, "works again"
	case ft.Status == StatusOK:
		return "", "works"
	case told != "":
		return "", "was told"
	case s.Health.Failures > 0 && s.Health.Failures < tellAfter && ft.Severity != Hard && ft.Severity != Gone:
		return "", "may pass"
	case s.AddedAt.IsZero(), s.Pace.Last.IsZero(): // an empty list alone is no work
		return news.FeedNeverWorked, "has never worked"
	}
	return news.FeedBroken, "worked before"
}

// tell publishes the notice that a poll leads to, and notes it in the state that
// follows. One that cannot be published is told after the next poll.
func (f *Fetcher) tell(ctx context.Context, end *Conclusion, fd news.Feed) {
	what, _ := noticeOf(end.State, end.Fault)
	if what == "" {
		return
	}
	h := &end.State.Health
	n := news.FeedNotice{Feed: fd.ID, URL: urls.Shown(fd.URL), Status: h.Status, Note: h.Note, Advice: h.Advice, Since: h.Since}
	err := f.bus.Tell(ctx, bus.Outgoing{
		Subject: "ops.feed." + fd.ID + "." + what, Value: n,
		ID: news.Hash(fd.ID, what, strconv.FormatInt(h.Since.UnixNano(), 10)),
	})
	if err != nil {
		f.log.Warn("feed notice not published", "feed", fd.ID, "what", what, "err", err)
		return
	}
	if h.Told = what; what == news.FeedRecovered {
		h.Told = ""
	}
}
