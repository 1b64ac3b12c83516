package fetcher

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/chipwire/chipwire/fetcher/client"
	"github.com/chipwire/chipwire/fetcher/feed"
	"github.com/chipwire/chipwire/news"
)

// A Severity says how long a failure keeps a feed from being asked.
type Severity string

// The severities.
const (
	Temporary Severity = "temporary" // a name server or NATS: nothing the site has done
	Soft      Severity = "soft"      // sites have such hours: slow, faulty, not a feed for once
	Hard      Severity = "hard"      // mostly stays until somebody acts
	Gone      Severity = "gone"      // the site says that it is over
)

func (s Severity) weight() float64 {
	switch s {
	case Temporary:
		return 0.25
	case Soft:
		return 0.5
	}
	return 1
}

// A Fault is why a poll brought no document, or not a whole one.
type Fault struct {
	Status   string // its name
	Note     string // detail, in words
	Advice   string // what to do about it
	Severity Severity

	Busy       bool          // 429 or 503: the site has too much to do
	RetryAfter time.Duration // how long the site asks to be left alone
	Network    bool          // no answer came: it may be this side's network
	Answered   bool          // the site's own refusal came
}

// unasked reports whether the feed was not asked, for a rest that the site wants.
// It is no failure, and none is counted.
func (ft Fault) unasked() bool { return ft.Status == string(client.StatusResting) }

// faultOf names the fault of a poll; ok is false when there is none.
func faultOf(a Answer, stored error) (ft Fault, ok bool) {
	if a.Err == nil && stored == nil {
		return Fault{}, false
	}
	var ce *client.Error
	var fe *feed.Error
	switch {
	case stored != nil:
		return Fault{
			Status: StatusWire, Note: stored.Error(), Severity: Temporary,
			Advice: MeaningOf(StatusWire).Advice,
		}, true
	case errors.As(a.Err, &ce):
		return Fault{
			Status: string(ce.Status), Note: ce.Error(), Advice: ce.Advice(), Severity: severity(ce),
			Busy:       ce.Code == http.StatusTooManyRequests || ce.Code == http.StatusServiceUnavailable,
			RetryAfter: ce.RetryAfter, Network: network(ce.Status), Answered: ce.Code != 0,
		}, true
	case errors.As(a.Err, &fe) && fe.Status == feed.HTML && a.Response != nil && turnsAway(a.Response.Body):
		return Fault{Status: StatusDenied, Note: "code 200 with a page that turns programs away", Severity: Hard, Advice: MeaningOf(StatusDenied).Advice}, true
	case errors.As(a.Err, &fe):
		return Fault{Status: string(fe.Status), Note: fe.Error(), Advice: fe.Advice(), Severity: Soft}, true
	case a.Err != nil:
		return Fault{Status: StatusFailed, Note: a.Err.Error(), Severity: Hard, Advice: MeaningOf(StatusFailed).Advice}, true
	}
	return Fault{}, false
}

// severity judges a failed request.
func severity(e *client.Error) Severity {
	var dns *net.DNSError
	switch {
	case e.Status == client.StatusDNS && !(errors.As(e, &dns) && dns.IsNotFound),
		e.Status == client.StatusProxy, e.Status == client.StatusResting:
		return Temporary
	case e.Code == http.StatusGone:
		return Gone
	case e.Status == client.StatusTimeout, e.Status == client.StatusReset, e.Status == client.StatusCut,
		e.Code >= 500, e.Code == http.StatusNotFound, e.Code == http.StatusRequestTimeout, e.Code == http.StatusTooManyRequests:
		return Soft
	}
	return Hard
}

// network reports whether a status means that no answer came.
func network(s client.Status) bool {
	switch s {
	case client.StatusDNS, client.StatusRefused, client.StatusTimeout, client.StatusReset, client.StatusProxy:
		return true
	}
	return false
}

const (
	// maxRest is the longest pause that failures lead to, until there are so many
	// of them that the feed is only looked after once a week. No feed is ever dead,
	// and a server may always ask for more (Retry-After).
	maxRest  = 24 * time.Hour
	rarely   = 7 * 24 * time.Hour
	hopeless = 30 // failures in a row
)

// restAfter decides how long a feed rests after its n-th failure in a row: as
// long as the server asks; a week when it says that the feed is gone; else some
// part of a time that doubles with each failure and weighs as the fault does.
// Which part depends on the feed and n alone, so feeds that fail together come
// back apart, and the same history always gives the same rest.
func restAfter(f news.Feed, ft Fault, n int, now time.Time) Rest {
	var d time.Duration
	why := fmt.Sprintf("%s, %d in a row", ft.Status, n)
	switch {
	case ft.Severity == Gone:
		d, why = rarely, "gone: asked once a week"
	case ft.unasked(): // no fault of its own
		d = ft.RetryAfter
	case n > hopeless:
		d, why = rarely, why+": asked once a week"
	default:
		d = time.Duration(fraction(f.ID, n) * float64(longestRest(f.Interval, ft.Severity, n)))
		why += fmt.Sprintf(", %s: rests %v", ft.Severity, d.Round(time.Second))
	}
	if ft.Busy {
		d = max(d, f.Interval*3/4) // so the next slot but never the one of a moment ago
	}
	if ft.RetryAfter > 0 && ft.RetryAfter >= d {
		d, why = ft.RetryAfter, fmt.Sprintf("the server asks for %v of rest", ft.RetryAfter)
	}
	return Rest{now.Add(d), why}
}

// longestRest is the time that a rest is a part of.
func longestRest(interval time.Duration, s Severity, n int) time.Duration {
	d := float64(interval) * s.weight()
	for range n {
		if d *= 2; d >= float64(maxRest) {
			return maxRest
		}
	}
	return time.Duration(d)
}

// fraction is a number from 0 to 1 that the n-th event of a feed always has.
func fraction(id string, n int) float64 {
	x := phase(fmt.Sprint(id, " ", n))
	x ^= x >> 33 // the hash alone differs little where only the number does
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	return float64(x>>11) / (1 << 53)
}
