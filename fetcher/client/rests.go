package client

import (
	"cmp"
	"fmt"
	"hash/maphash"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chipwire/chipwire/internal/urls"
)

// The ladder of rests: an answer 429 or 503 counts for its URL; two URLs of a
// host within strikeWindow count for the host; two hosts of a registrable
// domain for all of its hosts. A burst of 403 counts as 429 for the host.
const (
	strikeWindow = 10 * time.Minute
	strikesFor   = 2 // different members that make a scope rest
	refusalsFor  = 3 // different URLs with 403 in a row that are a burst
	refusedRest  = time.Hour
	unsaidRest   = time.Minute    // of a host that says 429 and no time
	maxScopeRest = 24 * time.Hour // of those that were not asked to rest themselves
	maxStrikes   = 16             // remembered of one scope
	maxRests     = 16 << 10       // URLs, hosts and domains remembered
)

// A ladder remembers who asked for rest, and for how long. Its methods are pure
// functions of it and their arguments; it is not safe for concurrent use.
type ladder struct {
	urls  map[uint64]time.Time // until when single URLs rest
	hosts map[string]*hostScope
	sites map[string]*scope
	swept time.Time
}

// A scope rests when several of its members ask for it.
type scope struct {
	strikes []strike
	until   time.Time
}

// A hostScope is the scope of a host, whose members are URLs.
type hostScope struct {
	scope
	refusals []strike // 403 since the last good answer
}

// A strike is one member's wish for rest.
type strike struct {
	member    uint64
	at, until time.Time
}

// A place is where a URL stands in the scopes.
type place struct {
	url     uint64
	host    string
	private bool // of a private network: only single URLs rest
}

// A rest is what keeps a URL from being asked.
type rest struct {
	who   string // what rests: "the URL", or the name of a host or domain
	until time.Time
}

func newLadder() *ladder {
	return &ladder{urls: map[uint64]time.Time{}, hosts: map[string]*hostScope{}, sites: map[string]*scope{}}
}

// resting returns the rest that holds for p at now and ends last.
func (l *ladder) resting(p place, now time.Time) (rest, bool) {
	var r rest
	consider := func(who string, until time.Time) {
		if until.After(now) && until.After(r.until) {
			r = rest{who, until}
		}
	}
	consider("the URL", l.urls[p.url])
	if p.private {
		return r, !r.until.IsZero()
	}
	if h := l.hosts[p.host]; h != nil {
		consider(p.host, h.until)
	}
	for name := p.host; len(l.sites) > 0 && name != ""; _, name, _ = strings.Cut(name, ".") {
		if s := l.sites[name]; s != nil {
			consider(name, s.until)
		}
	}
	return r, !r.until.IsZero()
}

// limited records an answer 429 or 503 of p. wait is what the server asked for,
// 0 when it did not say.
func (l *ladder) limited(p place, code int, wait time.Duration, now time.Time) {
	l.sweep(now)
	if wait > 0 {
		l.urls[p.url] = latest(l.urls[p.url], now.Add(wait))
	}
	if p.private {
		return
	}
	if wait == 0 && code == http.StatusTooManyRequests {
		wait = unsaidRest
	}
	until := now.Add(min(wait, maxScopeRest))
	l.host(p).strike(strike{p.url, now, until})
	l.strikeSite(p, until, now)
}

// refused records an answer 403 of p.
func (l *ladder) refused(p place, now time.Time) {
	l.sweep(now)
	if p.private {
		return
	}
	h := l.host(p)
	h.refusals = strikeOut(h.refusals, strike{p.url, now, now})
	if len(h.refusals) < refusalsFor {
		return
	}
	until := now.Add(refusedRest)
	h.until, h.refusals = latest(h.until, until), nil
	l.strikeSite(p, until, now)
}

// good records an answer of p that asks for no rest.
func (l *ladder) good(p place) {
	if h := l.hosts[p.host]; h != nil {
		h.refusals = nil
		h.strikes = slices.DeleteFunc(h.strikes, func(s strike) bool { return s.member == p.url })
	}
}

func (l *ladder) host(p place) *hostScope {
	h := l.hosts[p.host]
	if h == nil {
		h = &hostScope{}
		l.hosts[p.host] = h
	}
	return h
}

func (l *ladder) strikeSite(p place, until, now time.Time) {
	site := cmp.Or(urls.Site("https://"+p.host), p.host)
	s := l.sites[site]
	if s == nil {
		s = &scope{}
		l.sites[site] = s
	}
	s.strike(strike{maphash.String(seed, p.host), now, until})
}

// strike adds a member's wish. When enough members have one the scope rests as
// long as the longest.
func (s *scope) strike(by strike) {
	s.strikes = strikeOut(s.strikes, by)
	if len(s.strikes) < strikesFor {
		return
	}
	for _, other := range s.strikes {
		s.until = latest(s.until, other.until)
	}
}

// strikeOut returns the strikes of the window with by in the place of the
// member's earlier one.
func strikeOut(list []strike, by strike) []strike {
	list = slices.DeleteFunc(list, func(s strike) bool {
		return s.member == by.member || by.at.Sub(s.at) >= strikeWindow
	})
	if len(list) == maxStrikes {
		list = slices.Delete(list, 0, 1)
	}
	return append(list, by)
}

// size is the number of things remembered.
func (l *ladder) size() int { return len(l.urls) + len(l.hosts) + len(l.sites) }

// sweep forgets what has no say any more, once a minute, and when there is too
// much of it what ends soonest.
func (l *ladder) sweep(now time.Time) {
	if now.Sub(l.swept) < time.Minute && l.size() < maxRests {
		return
	}
	l.swept = now
	l.forget(now)
	if l.size() < maxRests {
		return
	}
	var ends []time.Time
	for _, until := range l.urls {
		ends = append(ends, until)
	}
	for _, h := range l.hosts {
		ends = append(ends, h.end())
	}
	for _, s := range l.sites {
		ends = append(ends, s.end())
	}
	slices.SortFunc(ends, time.Time.Compare)
	l.forget(ends[len(ends)/8])
}

// forget drops what ends at t or before.
func (l *ladder) forget(t time.Time) {
	for key, until := range l.urls {
		if !until.After(t) {
			delete(l.urls, key)
		}
	}
	for key, h := range l.hosts {
		if !h.end().After(t) {
			delete(l.hosts, key)
		}
	}
	for key, s := range l.sites {
		if !s.end().After(t) {
			delete(l.sites, key)
		}
	}
}

// end is when the scope says nothing any more.
func (s *scope) end() time.Time {
	end := s.until
	for _, by := range s.strikes {
		end = latest(end, by.at.Add(strikeWindow))
	}
	return end
}

func (h *hostScope) end() time.Time {
	end := h.scope.end()
	for _, by := range h.refusals {
		end = latest(end, by.at.Add(strikeWindow))
	}
	return end
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// rests is the ladder of a client. Most of the time it is empty, and costs nothing.
type rests struct {
	some   atomic.Bool // there is something in the ladder
	mu     sync.Mutex
	ladder *ladder
}

func newRests() *rests { return &rests{ladder: newLadder()} }

// check returns the error of a URL that rests at now.
func (r *rests) check(u *url.URL, now time.Time) error {
	if !r.some.Load() {
		return nil
	}
	p := placeOf(u)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ladder.sweep(now)
	r.some.Store(r.ladder.size() > 0)
	held, ok := r.ladder.resting(p, now)
	if !ok {
		return nil
	}
	left := held.until.Sub(now)
	return &Error{
		Status: StatusResting, RetryAfter: left,
		Err: fmt.Errorf("%s is left alone until %s", held.who, held.until.UTC().Format(time.RFC3339)),
	}
}

// note records an answer: its code, and how long the server asked to be left
// alone.
func (r *rests) note(u *url.URL, code int, wait time.Duration, now time.Time) {
	var record func(p place)
	switch {
	case code == http.StatusTooManyRequests, code == http.StatusServiceUnavailable:
		record = func(p place) { r.ladder.limited(p, code, wait, now) }
	case code == http.StatusForbidden:
		record = func(p place) { r.ladder.refused(p, now) }
	case code < http.StatusBadRequest && r.some.Load():
		record = func(p place) { r.ladder.good(p) }
	default:
		return
	}
	p := placeOf(u)
	r.mu.Lock()
	defer r.mu.Unlock()
	record(p)
	r.some.Store(r.ladder.size() > 0)
}

var seed = maphash.MakeSeed()

// placeOf finds the scopes of a URL.
func placeOf(u *url.URL) place {
	var h maphash.Hash
	h.SetSeed(seed)
	for _, part := range [...]string{u.Scheme, "://", u.Host, u.Path, "?", u.RawQuery} {
		_, _ = h.WriteString(part)
	}
	p := place{url: h.Sum64(), host: strings.ToLower(u.Hostname())}
	if p.private = privateHost(p.host); p.private {
		p.host = hostKey(u)
	}
	return p
}

// privateHost reports whether a host is by its name or address one of a private
// network: an address that is not public, a name without a dot or under a domain
// that the open internet does not have.
func privateHost(host string) bool {
	if last := host[max(len(host)-1, 0):]; last >= "0" && last <= "9" || strings.Contains(host, ":") {
		if addr, err := netip.ParseAddr(host); err == nil {
			what, _ := describe(addr.WithZone(""))
			return what != ""
		}
	}
	name := strings.TrimSuffix(host, ".")
	i := strings.LastIndexByte(name, '.')
	switch name[i+1:] {
	case "local", "localhost", "internal", "intranet", "lan", "home", "corp", "private":
		return true
	}
	return i < 0 || strings.HasSuffix(name, ".home.arpa")
}
