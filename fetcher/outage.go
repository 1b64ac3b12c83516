package fetcher

import (
	"container/list"
	"net/url"
	"sync"
	"time"

	"github.com/chipwire/chipwire/news"
)

const (
	outageWindow = 2 * time.Minute
	outageHosts  = 3                // fewer prove nothing
	outageTrust  = 24 * time.Hour   // a host that has not answered for so long proves nothing either
	outageFirst  = 30 * time.Second // the soonest that a feed is tried again
	outageSpread = 5 * time.Minute  // and the time over which feeds are tried
)

// A vote is how the last request to a host ended.
type vote struct {
	host   string
	failed bool
	at     time.Time
}

// An outage watches for the failure of many hosts at once, which is that of this
// side's network. The zero value is ready to use.
type outage struct {
	mu     sync.Mutex
	hosts  map[string]*list.Element
	votes  list.List // of *vote, the oldest first: a look at all of them at each poll would cost more than the poll
	failed int       // of the votes
	since  time.Time // zero when there is none
}

// take counts the answer or the failure of a host and reports whether there is
// an outage now, and whether that has just changed.
func (o *outage) take(host string, failed bool, now time.Time) (local, changed bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.cast(host, failed, now)
	was := !o.since.IsZero()
	local = isOutage(o.failed, len(o.hosts), was)
	switch {
	case local && !was:
		o.since = now
	case !local:
		o.since = time.Time{}
	}
	return local, local != was
}

// cast puts the vote of a host in the place of its earlier one, and forgets the
// votes that are older than the window.
func (o *outage) cast(host string, failed bool, now time.Time) {
	if o.hosts == nil {
		o.hosts = map[string]*list.Element{}
	}
	at, there := o.hosts[host]
	if !there {
		at = o.votes.PushBack(&vote{host: host})
		o.hosts[host] = at
	}
	v := at.Value.(*vote)
	o.failed += count(failed) - count(v.failed)
	v.failed, v.at = failed, now
	o.votes.MoveToBack(at)
	for first := o.votes.Front(); first != nil; first = o.votes.Front() {
		old := first.Value.(*vote)
		if now.Sub(old.at) <= outageWindow {
			return
		}
		o.failed -= count(old.failed)
		delete(o.hosts, old.host)
		o.votes.Remove(first)
	}
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

// isOutage decides from how many hosts of the last two minutes have failed: an
// outage begins when more than half of at least three have, and is over when at
// least half of those that were tried answer.
func isOutage(failed, all int, was bool) bool {
	return 2*failed > all && (was || all >= outageHosts)
}

// retryIn is when a feed is tried again in an outage: soon, and not all at once.
func retryIn(f news.Feed, now time.Time) Turn {
	spread := float64(min(outageSpread, f.Interval))
	wait := outageFirst + time.Duration(spread*fraction(f.ID, int(now.Unix())))
	return Turn{now.Add(wait), "no network here: tried again soon"}
}

// host is who is asked for the feed.
func (e *entry) host() string {
	if address := e.state.Moved.Address(e.feed.URL); e.hostOf != address {
		e.hostOf, e.hostIs = address, address
		if u, err := url.Parse(address); err == nil {
			e.hostIs = u.Host
		}
	}
	return e.hostIs
}

// outOfOrder reports whether the failure of a poll is that of this side's
// network, and not to be counted. A feed that has not worked lately proves
// nothing, and its failures always count.
func (f *Fetcher) outOfOrder(e *entry, a Answer, now time.Time) bool {
	ft, _ := faultOf(a, nil)
	lately := !e.state.Health.LastOK.IsZero() && now.Sub(e.state.Health.LastOK) < outageTrust
	if ft.Network && !lately || a.Response == nil && !ft.Network && !ft.Answered {
		return false
	}
	local, changed := f.outage.take(e.host(), ft.Network, now)
	f.metrics.inOutage(local)
	if changed && local {
		f.log.Warn("no network here: most hosts cannot be reached; their failures do not count", "feed", e.feed.ID, "err", a.Err)
	} else if changed {
		f.log.Info("the network is back")
	}
	return local && ft.Network
}
