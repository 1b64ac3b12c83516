package client

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

const (
	maxRobots    = 512 << 10           // bytes of a robots.txt that are read; RFC 9309 wants 500 KiB or more
	robotsFresh  = 24 * time.Hour      // a robots.txt is asked for anew after this
	robotsStale  = 30 * 24 * time.Hour // the last copy serves so long while the site cannot be asked
	robotsRetry  = 5 * time.Minute     // between two tries when it could not be read
	robotsMemory = 16 << 20            // bytes of all rules together
	robotsSites  = 8 << 10             // sites remembered
)

// robots keeps the robots.txt of each authority that pages are read from.
type robots struct {
	client  *Client
	flights singleflight.Group

	mu    sync.Mutex
	sites map[string]*robotsSite // by scheme://host:port
	size  int                    // of all rules, in bytes
}

// A robotsSite is what is known of one robots.txt.
type robotsSite struct {
	rules    rules
	etag     string
	modified string
	size     int
	readAt   time.Time // when the site last answered; zero: never
	nextAt   time.Time // when it is asked anew
	fault    error     // why the last try failed
	used     time.Time
}

func newRobots(c *Client) *robots {
	return &robots{client: c, sites: map[string]*robotsSite{}}
}

// errLeaderLeft tells those who waited for another's request that the other gave
// up.
var errLeaderLeft = errors.New("the request for robots.txt was given up")

// check returns the error of a page that the robots.txt of its authority does
// not let us read.
func (r *robots) check(ctx context.Context, u *url.URL) error {
	site, err := r.site(ctx, u)
	if err != nil {
		return err
	}
	return site.judge(u, time.Now())
}

// site returns what is known of the robots.txt of a page's authority. It asks for
// the file first if need be: once, however many pages wait for it.
func (r *robots) site(ctx context.Context, u *url.URL) (robotsSite, error) {
	origin := u.Scheme + "://" + hostKey(u)
	for {
		now := time.Now()
		r.mu.Lock()
		site := r.sites[origin]
		if site != nil && now.Before(site.nextAt) {
			site.used = now
			known := *site
			r.mu.Unlock()
			return known, nil
		}
		r.mu.Unlock()
		flight := r.flights.DoChan(origin, func() (any, error) {
			err := r.load(ctx, u, origin)
			if ctx.Err() != nil {
				err = errLeaderLeft
			}
			return nil, err
		})
		select {
		case <-ctx.Done():
			return robotsSite{}, ctx.Err()
		case done := <-flight:
			if e := (*Error)(nil); errors.As(done.Err, &e) {
				own := *e // the others who waited have it too
				return robotsSite{}, &own
			}
		}
	}
}

// load asks for a robots.txt and keeps what it says. An error is one of the page
// itself: its host may not be asked now, or never.
func (r *robots) load(ctx context.Context, page *url.URL, origin string) error {
	r.mu.Lock()
	var old robotsSite
	if site := r.sites[origin]; site != nil {
		old = *site
	}
	r.mu.Unlock()
	now := time.Now()
	if now.Before(old.nextAt) {
		return nil // read since the page looked
	}
	f := r.client.fetch(Request{
		URL: (&url.URL{Scheme: page.Scheme, Host: page.Host, Path: "/robots.txt"}).String(), ETag: old.etag, LastModified: old.modified,
	})
	defer f.end()
	f.prefix = maxRobots
	resp, err := f.run(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var e *Error
	if err != nil {
		e = toError(ctx, f.req.URL, err)
		if f.hops == 1 && (e.Status == StatusResting || e.Status == StatusAddress) {
			return e
		}
	}
	next := old.after(resp, e, r.client.cfg.RobotsStrict, time.Now())
	r.keep(origin, next)
	r.client.gate.widen(gateKey(page), next.rules.delay, time.Now())
	return nil
}

// after decides what is known of a site after an answer or an error.
func (s robotsSite) after(resp *Response, e *Error, strict bool, now time.Time) robotsSite {
	read := robotsSite{readAt: now, nextAt: now.Add(robotsFresh), used: now}
	switch {
	case resp != nil && resp.NotModified:
		read.rules, read.size, read.etag, read.modified = s.rules, s.size, s.etag, s.modified
		return read
	case resp != nil:
		read.rules = parseRules(robotsText(resp.Body), robotsToken)
		read.etag, read.modified = resp.ETag, resp.LastModified
		read.size = read.rules.bytes()
		return read
	case strict && (e.Code == http.StatusUnauthorized || e.Code == http.StatusForbidden):
		read.rules = forbidden
		return read
	case unavailable(e):
		return read
	}
	s.fault, s.used = e, now
	s.nextAt = now.Add(min(max(robotsRetry, e.RetryAfter), robotsFresh))
	return s
}

// unavailable reports whether there is no robots.txt, so that everything is
// allowed. A site that limits us has not said so.
func unavailable(e *Error) bool {
	switch {
	case e.Status == StatusRedirect: // RFC 9309 after five of them
		return true
	case e.Code == http.StatusTooManyRequests:
		return false
	}
	return e.Code >= 200 && e.Code < 300 || e.Code >= 400 && e.Code < 500
}

// robotsText is the text of a robots.txt without the line that the limit cut.
func robotsText(body []byte) string {
	text := string(body)
	if len(text) >= maxRobots {
		text = text[:strings.LastIndexAny(text, "\r\n")+1]
	}
	return text
}

// judge returns the error of a page that the site does not let us read.
func (s robotsSite) judge(u *url.URL, now time.Time) error {
	if s.readAt.IsZero() || s.fault != nil && now.Sub(s.readAt) > robotsStale {
		return &Error{
			Status: StatusRobots, RetryAfter: s.nextAt.Sub(now),
			Err: &unreadError{u.Host, s.fault},
		}
	}
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	if u.RawQuery != "" {
		path += "?" + u.RawQuery
	}
	if by, found := s.rules.match(path); found && !by.allow {
		return &Error{Status: StatusRobots, Err: fmt.Errorf("the robots.txt of %s says %q", u.Host, by)}
	}
	return nil
}

// An unreadError reports a robots.txt that could not be read, so that nothing of
// its site may be.
type unreadError struct {
	host  string
	cause error
}

// Error implements error.
func (e *unreadError) Error() string {
	return fmt.Sprintf("the robots.txt of %s cannot be read: %v", e.host, e.cause)
}

// Unwrap returns the cause.
func (e *unreadError) Unwrap() error { return e.cause }

// keep remembers a site, and forgets others when they are too many.
func (r *robots) keep(origin string, site robotsSite) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.drop(origin)
	for len(r.sites) > 0 && (len(r.sites) >= robotsSites || r.size+site.size > robotsMemory) {
		r.dropOldest()
	}
	r.sites[origin] = &site
	r.size += site.size
}

// dropOldest forgets the eighth of the sites that was not used for longest.
func (r *robots) dropOldest() {
	oldest := slices.SortedFunc(maps.Keys(r.sites), func(a, b string) int {
		return r.sites[a].used.Compare(r.sites[b].used)
	})
	for _, origin := range oldest[:len(oldest)/8+1] {
		r.drop(origin)
	}
}

func (r *robots) drop(origin string) {
	if site := r.sites[origin]; site != nil {
		r.size -= site.size
		delete(r.sites, origin)
		if u, err := url.Parse(origin); err == nil {
			r.client.gate.widen(gateKey(u), 0, time.Time{})
		}
	}
}

// bytes is about the memory that the rules take.
func (r rules) bytes() int {
	n := 256
	for _, rule := range r.list {
		n += 24 + len(rule.pattern)
	}
	for _, address := range r.sitemaps {
		n += 16 + len(address)
	}
	return n
}

// Sitemaps returns the addresses that the robots.txt beside a page names as the
// sitemaps of its site, as written and in its order; none where there is no such
// file or it cannot be read. The file is read once a day at most.
func (c *Client) Sitemaps(ctx context.Context, page string) ([]string, error) {
	u, err := parseURL(page)
	if err != nil {
		return nil, &Error{Status: StatusURL, Err: bare(err)}
	}
	site, err := c.robots.site(ctx, u)
	if err != nil {
		return nil, toError(ctx, page, err)
	}
	return slices.Clone(site.rules.sitemaps), nil
}
