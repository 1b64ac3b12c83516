package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/chipwire/chipwire/fetcher/direct"
)

// maxRedirects is how many redirects one request may follow.
const maxRedirects = 5

// A fetch is one request on its way through its redirects.
type fetch struct {
	client *Client
	req    Request
	left   time.Duration // of the time that servers may take
	hops   int           // URLs asked so far
	hold   hold          // of the client's budget
	prefix int64         // so many bytes are read, and what is beyond is no fault; 0 for the whole
	form   []byte        // to be posted; nil for GET

	sent   http.Request // as it goes out by the direct transport
	head   http.Header  // of the first hop
	values [5]string    // that stand in it
	lent   bool         // a transport of net/http has seen it, and may still look at it
}

// fetches are used again: with its headers, a fetch is a third of what a request
// would set aside.
var fetches = sync.Pool{New: func() any { return &fetch{head: make(http.Header, 8)} }}

// fetch returns a fetch of req, which must be ended.
func (c *Client) fetch(req Request) *fetch {
	f := fetches.Get().(*fetch)
	f.client, f.req, f.left, f.hold.budget = c, req, c.cfg.Timeout, c.budget
	return f
}

// end gives back what f holds, and f itself.
func (f *fetch) end() {
	f.hold.shrink(0)
	if f.lent {
		return
	}
	head := f.head
	clear(head)
	*f = fetch{head: head}
	fetches.Put(f)
}

// run follows redirects until a hop answers otherwise.
func (f *fetch) run(ctx context.Context) (*Response, error) {
	u, err := parseURL(f.req.URL)
	if err != nil {
		return nil, &Error{Status: StatusURL, Err: bare(err)}
	}
	header := f.header()
	if !f.req.Auth.IsZero() {
		value, err := f.req.Auth.header()
		if err != nil {
			return nil, &Error{Status: StatusAuth, Err: err}
		}
		header.Set("Authorization", value)
	}
	if u.User != nil && header.Get("Authorization") == "" {
		password, _ := u.User.Password()
		header.Set("Authorization", basicAuth(u.User.Username(), password))
	}
	permanent, unbroken := "", true
	seen := []string{u.String()}
	for {
		f.hops++
		resp, next, err := f.hop(ctx, u, header)
		if err != nil {
			return nil, redirected(err, seen)
		}
		if resp != nil {
			resp.Permanent = permanent
			return resp, nil
		}
		if unbroken = unbroken && next.permanent; unbroken {
			permanent = next.url.String()
		}
		if err := checkRedirect(next.url, seen); err != nil {
			return nil, &Error{Status: StatusRedirect, Code: next.code, Err: err}
		}
		if !sameSite(u, next.url) {
			header = f.bareHeader(make(http.Header, 8), new([5]string))
		}
		u = next.url
		seen = append(seen, u.String())
	}
}

// redirected adds to err where the redirects had led when it happened.
func redirected(err error, seen []string) error {
	if len(seen) == 1 {
		return err
	}
	at := seen[len(seen)-1]
	e := asError(err)
	if e.Err == nil {
		e.Err = fmt.Errorf("redirected to %s", at)
	} else {
		e.Err = fmt.Errorf("redirected to %s: %w", at, e.Err)
	}
	return e
}

// A redirect is where an answer points.
type redirect struct {
	url       *url.URL
	code      int
	permanent bool
}

// hop asks one URL. It returns an answer or a redirect.
func (f *fetch) hop(ctx context.Context, u *url.URL, header http.Header) (*Response, redirect, error) {
	c := f.client
	if f.req.Robots && c.cfg.Robots {
		if err := c.robots.check(ctx, u); err != nil {
			return nil, redirect{}, err
		}
	}
	for again := 0; ; again++ {
		resp, next, err := f.inTurn(ctx, u, header)
		if errors.Is(err, direct.ErrKept) && again < maxKept {
			continue
		}
		return resp, next, err
	}
}

// inTurn asks one URL once, in its host's turn.
func (f *fetch) inTurn(ctx context.Context, u *url.URL, header http.Header) (*Response, redirect, error) {
	c := f.client
	if err := c.rests.check(u, time.Now()); err != nil {
		return nil, redirect{}, err
	}
	turn, err := c.gate.acquire(ctx, gateKey(u))
	if err != nil {
		return nil, redirect{}, fmt.Errorf("waiting for a turn at %s: %w", u.Host, err)
	}
	defer turn.end()
	began := time.Now()
	if err := c.rests.check(u, began); err != nil {
		turn.pass() // the rest began while this request waited
		return nil, redirect{}, err
	}
	ctx = until{ctx, began.Add(f.left)}
	defer func() { f.left -= time.Since(began) }()
	if !turn.paced {
		resp, next, err := f.exchange(ctx, u, header, nil)
		return askedAt(resp, began), next, err
	}
	s := &start{turn: turn}
	resp, next, err := f.exchange(s.watch(ctx), u, header, s)
	s.end(err)
	return askedAt(resp, began), next, err
}

// askedAt notes in an answer when it was asked for.
func askedAt(resp *Response, at time.Time) *Response {
	if resp != nil {
		resp.AskedAt = at
	}
	return resp
}

// exchange sends the request of one hop and reads its answer. s is told of it
// where there is one.
func (f *fetch) exchange(ctx context.Context, u *url.URL, header http.Header, s *start) (*Response, redirect, error) {
	c := f.client
	f.sent = http.Request{
		Method: http.MethodGet, URL: u, Host: u.Host, Header: header,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}
	req := &f.sent
	f.fill(req)
	by, err := c.route(req)
	if err != nil {
		return nil, redirect{}, err
	}
	if by != viaDirect {
		var cancel context.CancelFunc
		ctx, cancel = timed(ctx)
		defer cancel()
		f.lent = true
	}
	hr, err := c.send(ctx, req, by)
	if err != nil {
		return nil, redirect{}, err
	}
	if by == viaDirect && hr.Body != http.NoBody { // bodies wait for each other
		var cancel context.CancelFunc
		ctx, cancel = timed(ctx)
		defer cancel()
	}
	if s != nil {
		s.answered(hr)
	}
	headersAt := time.Now()
	defer hr.Body.Close()
	switch code := hr.StatusCode; code {
	case http.StatusOK:
		resp, err := f.whole(ctx, hr, u, headersAt)
		return resp, redirect{}, err
	case http.StatusCreated, http.StatusAccepted, http.StatusNoContent:
		if f.form != nil {
			resp, err := f.whole(ctx, hr, u, headersAt)
			return resp, redirect{}, err
		}
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		c.rests.note(u, code, 0, headersAt)
		drain(hr.Body)
		next, err := target(hr, u)
		if err == nil {
			err = f.mayFollow(code)
		}
		return nil, next, err
	case http.StatusNotModified:
		c.rests.note(u, code, 0, headersAt)
		if f.req.ETag != "" || f.req.LastModified != "" {
			drain(hr.Body)
			return answer(hr, u, headersAt, nil), redirect{}, nil
		}
	}
	var body []byte
	if mayChallenge(hr.Header, hr.StatusCode) {
		body, _ = c.body(ctx, hr, limits{wire: errorBody, decoded: 4 * errorBody, prefix: true}, &f.hold)
	}
	drain(hr.Body)
	e := statusError(hr, body, headersAt)
	c.rests.note(u, e.Code, e.RetryAfter, headersAt)
	return nil, redirect{}, e
}

// errorBody is how much of the page of an error is looked at, in bytes.
const errorBody = 16 << 10

// whole reads the body of a 200.
func (f *fetch) whole(ctx context.Context, hr *http.Response, u *url.URL, headersAt time.Time) (*Response, error) {
	f.client.rests.note(u, hr.StatusCode, 0, headersAt)
	lim := f.limits()
	if f.prefix > 0 {
		lim = limits{wire: f.prefix, decoded: f.prefix, prefix: true}
	}
	body, err := f.client.body(ctx, hr, lim, &f.hold)
	if err == nil {
		return answer(hr, u, headersAt, body), nil
	}
	e := asError(bodyError(err))
	if len(body) > 0 && (e.Status == StatusCut || e.Status == StatusTimeout || e.Status == StatusTooBig) {
		e.Partial = answer(hr, u, headersAt, body)
	}
	return nil, e
}

// header returns the headers of the first hop.
func (f *fetch) header() http.Header {
	if f.head == nil {
		f.head = make(http.Header, 8)
	}
	h := f.bareHeader(f.head, &f.values)
	for key, values := range f.req.Header {
		// Encodings are not the caller's: only what the body reader undoes is asked for.
		if key = http.CanonicalHeaderKey(key); key != "Accept-Encoding" {
			h[key] = slices.Clone(values)
		}
	}
	return h
}

// bareHeader puts into h the headers that any host may see: none of the caller's
// but those that say who asks and what for. Their values stand in values.
func (f *fetch) bareHeader(h http.Header, values *[5]string) http.Header {
	*values = [5]string{f.client.cfg.UserAgent, "*/*", acceptEncoding, f.req.ETag, f.req.LastModified}
	h["User-Agent"], h["Accept"], h["Accept-Encoding"] = values[0:1:1], values[1:2:2], values[2:3:3]
	for _, key := range []string{"User-Agent", "Accept", "Accept-Language"} {
		if v := f.req.Header.Get(key); v != "" {
			h.Set(key, v)
		}
	}
	if f.req.ETag != "" {
		h["If-None-Match"] = values[3:4:4]
	}
	if f.req.LastModified != "" {
		h["If-Modified-Since"] = values[4:5:5]
	}
	return h
}

// answer builds the response of a 200 or a 304.
func answer(hr *http.Response, u *url.URL, headersAt time.Time, body []byte) *Response {
	if u.User != nil {
		clean := *u
		clean.User = nil
		u = &clean
	}
	return &Response{
		Status:       hr.StatusCode,
		URL:          u.String(),
		Header:       hr.Header,
		Body:         body,
		HeadersAt:    headersAt,
		NotModified:  hr.StatusCode == http.StatusNotModified,
		ETag:         hr.Header.Get("ETag"),
		LastModified: hr.Header.Get("Last-Modified"),
	}
}

// target reads where a redirect points.
func target(hr *http.Response, from *url.URL) (redirect, error) {
	r := redirect{code: hr.StatusCode}
	r.permanent = r.code == http.StatusMovedPermanently || r.code == http.StatusPermanentRedirect
	location := hr.Header.Get("Location")
	if location == "" {
		return r, &Error{Status: StatusRedirect, Code: r.code, Err: errors.New("a redirect without a location")}
	}
	u, err := from.Parse(strings.TrimSpace(location))
	if err == nil {
		u.User = nil
		u, err = url.Parse(tidy(u).String()) // as it will be kept and asked for: less is let through so
	}
	if err != nil {
		return r, &Error{Status: StatusRedirect, Code: r.code, Err: fmt.Errorf("location %q: %w", location, err)}
	}
	r.url = u
	return r, nil
}

// checkRedirect says whether u may follow the URLs asked so far. The client
// carries no cookies, so a URL that was asked before would answer the same.
func checkRedirect(u *url.URL, seen []string) error {
	if err := checkURL(u); err != nil {
		return err
	}
	if slices.Contains(seen, u.String()) {
		return fmt.Errorf("a loop: %s was asked before", u)
	}
	if len(seen) > maxRedirects {
		return fmt.Errorf("more than %d redirects, the next to %s", maxRedirects, u)
	}
	return nil
}

func parseURL(raw string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil {
		return nil, err
	}
	return tidy(u), checkURL(u)
}

// tidy takes off what is not sent, and escapes spaces, which would break the
// line of the request.
func tidy(u *url.URL) *url.URL {
	u.Fragment, u.RawFragment = "", ""
	u.RawQuery = strings.ReplaceAll(u.RawQuery, " ", "%20")
	return u
}

func checkURL(u *url.URL) error {
	if u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("scheme %q, want http or https", u.Scheme)
	}
	if u.Hostname() == "" {
		return fmt.Errorf("no host in %q", u.Redacted())
	}
	return nil
}

// sameSite reports whether the caller's headers, which may hold a password, may
// follow a redirect: to the same server, or to its TLS side.
func sameSite(from, to *url.URL) bool {
	if hostKey(from) == hostKey(to) {
		return from.Scheme == to.Scheme || to.Scheme == "https"
	}
	return strings.EqualFold(from.Hostname(), to.Hostname()) &&
		from.Scheme == "http" && port(from) == "80" && to.Scheme == "https" && port(to) == "443"
}

// gateKey names the host in the gate. Servers of the open internet are one host
// on all of their ports, so that a redirect to TLS waits its turn; the ports of a
// private address may lead to servers that have nothing in common.
func gateKey(u *url.URL) string {
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if privateHost(host) {
		return hostKey(u)
	}
	return host
}

// hostKey names a server: host:port, the port always there.
func hostKey(u *url.URL) string {
	return net.JoinHostPort(strings.ToLower(u.Hostname()), port(u))
}

func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	if u.Scheme == "https" {
		return "443"
	}
	return "80"
}

// drain reads a small rest so that the connection can be used again.
func drain(body io.Reader) {
	if body != http.NoBody {
		_, _ = io.CopyN(io.Discard, body, 16<<10)
	}
}
