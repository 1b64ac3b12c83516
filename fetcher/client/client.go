// Package client is the guarded, polite HTTP client that feeds and article
// pages share.
//
// Polite: it keeps a gap between two requests to one host and a bound on those
// in flight, leaves alone who asks for it with 429, 503 and Retry-After, obeys
// robots.txt for pages that nobody named, sends validators back byte for byte,
// names itself, carries no cookies and no referrer, and keeps TLS sessions and,
// for a while, connections.
//
// Guarded: every address is checked after DNS, at the moment it is dialled, on
// every hop of a redirect; bodies are bounded on the wire and after
// decompression (gzip, brotli, zstd). A body that a limit, a time-out or a closed
// connection cut is an error, never a short body. By a proxy the check is weaker:
// the target's addresses as they are found here are checked before the request,
// and the proxy may find others.
//
// Whatever goes wrong is an [*Error] with a [Status] that a program can count
// and a sentence of advice that an operator can follow. The package does not try
// again, and it remembers nothing over a restart: not the rests, not the files.
package client

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/chipwire/chipwire/fetcher/direct"
)

// A Request names what to ask for.
type Request struct {
	URL          string      // http or https
	ETag         string      // as an earlier [Response] gave it, "" for none
	LastModified string      // as an earlier [Response] gave it, "" for none
	Header       http.Header // more headers; they do not follow a redirect to another host
	Auth         Auth        // who asks; it does not follow a redirect to another host, or out of TLS
	Robots       bool        // a page that no person named: robots.txt is obeyed if Config.Robots says so
	MaxBytes     int64       // instead of Config.MaxBytes when not 0; the cap on decoded bytes moves with it
}

// A Response is the answer to a [Request]: a whole body, or NotModified.
type Response struct {
	Status      int         // 200, or 304 with NotModified
	URL         string      // that answered, after redirects
	Header      http.Header // of the last hop
	Body        []byte      // decompressed; nil with NotModified
	AskedAt     time.Time   // when the last hop was asked, after its wait for a turn; zero for a part of an answer
	HeadersAt   time.Time   // when the response headers arrived
	NotModified bool        // what the validators stand for is still current

	// ETag and LastModified are the answer's validators byte for byte. After a
	// 200 they replace the ones kept, also when empty; after a 304 an empty one
	// leaves the one kept as it was.
	ETag         string
	LastModified string

	// Permanent is the URL that the leading 301 and 308 redirects point to, up
	// to the first temporary one; "" when the first hop was not permanent.
	Permanent string
}

// A Client asks. It is safe for concurrent use, and the gap and bound on each
// host, the rests that were asked for and what robots.txt files say hold over
// all of its callers.
type Client struct {
	cfg       Config
	gate      *gate
	rests     *rests
	robots    *robots
	codecs    *codecs
	budget    *budget           // of bodies over bigBody
	uses      places            // of those, in use by callers
	dialer    *net.Dialer       // refuses addresses
	transport *http.Transport   // bare: no cookies, no redirects of its own
	direct    *direct.Transport // the same for what needs neither TLS nor a proxy

	proxy   proxyFunc       // nil: never by a proxy
	proxied *http.Transport // by the proxy
	lookup  func(ctx context.Context, network, host string) ([]netip.Addr, error)
}

const (
	dialTimeout = 10 * time.Second
	keepAlive   = 30 * time.Second

	// A new TLS connection costs 25 times the processor time of a kept one, and
	// a resumed one 20 times; but a kept one costs up to 100 KB, and servers drop
	// it within a minute. So sessions are kept, and connections only for hosts
	// that are asked again within seconds: each request starts the time anew, and
	// when there are too many the one idle for longest goes.
	idleTimeout    = 30 * time.Second
	idleConns      = 256
	idleAtHost     = 2
	tlsSessions    = 4096
	maxHeaderBytes = 256 << 10
)

// New returns a Client for cfg, which must be valid. Fields of cfg that are
// zero stand for their value in [Default], except HostGap and those that are
// true or false.
func New(cfg Config) *Client {
	cfg = cfg.orDefault()
	c := &Client{
		cfg:    cfg,
		gate:   newGate(cfg.HostGap, cfg.HostConcurrency),
		rests:  newRests(),
		codecs: newCodecs(),
		budget: &budget{left: budgetBytes},
		uses:   make(places, bigUses),
		proxy:  proxyOf(cfg.Proxy),
		lookup: net.DefaultResolver.LookupNetIP,
	}
	c.robots = newRobots(c)
	c.dialer = &net.Dialer{Timeout: dialTimeout, KeepAlive: keepAlive, ControlContext: guard(cfg.AllowPrivate)}
	c.transport = &http.Transport{
		Proxy:                  noProxyTwice,
		DialContext:            c.dialer.DialContext,
		TLSClientConfig:        &tls.Config{ClientSessionCache: tls.NewLRUClientSessionCache(tlsSessions)},
		ForceAttemptHTTP2:      true, // a custom dialer switches it off otherwise
		DisableCompression:     true, // decompression is ours, with its caps
		TLSHandshakeTimeout:    dialTimeout,
		ResponseHeaderTimeout:  cfg.HeaderTimeout,
		MaxIdleConns:           idleConns,
		MaxIdleConnsPerHost:    idleAtHost,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: maxHeaderBytes,
	}
	c.direct = &direct.Transport{
		Dial:           c.dialer.DialContext,
		DialTimeout:    dialTimeout,
		HeaderTimeout:  cfg.HeaderTimeout,
		MaxHeaderBytes: maxHeaderBytes,
		IdleTimeout:    idleTimeout,
		MaxIdle:        idleConns,
		MaxIdlePerHost: idleAtHost,
	}
	if c.proxy != nil {
		c.proxied = viaProxy(c.transport, c.proxy)
	}
	return c
}

// Close gives up the idle connections. Requests in flight are not touched.
func (c *Client) Close() {
	c.transport.CloseIdleConnections()
	c.direct.CloseIdleConnections()
	if c.proxied != nil {
		c.proxied.CloseIdleConnections()
	}
}

// Pace sets the gap between two starts at a host and how many requests may be in
// flight there, from the next one on.
func (c *Client) Pace(gap time.Duration, concurrency int) { c.gate.pace(gap, max(concurrency, 1)) }

// Get asks for req.URL and returns the whole answer if it is 200, or 304 to
// validators that were sent. Everything else is an [*Error]. It waits for the
// host's turn first, for as long as ctx allows; Config.Timeout counts only the
// time that servers take.
func (c *Client) Get(ctx context.Context, req Request) (*Response, error) {
	f := c.fetch(req)
	defer f.end()
	resp, err := f.run(ctx)
	if err != nil {
		return nil, toError(ctx, req.URL, err)
	}
	return resp, nil
}

// bigUses is how many bodies over bigBody are in use by callers of [Client.Use] at
// once: what a parser makes of one is many times its size.
const bigUses = 2

// Use is [Client.Get] for bodies that are parsed: it calls use with the answer, and
// counts a large body in what all of them together may hold until use returns. Only
// a few of those uses run at once. use must keep nothing large of the body.
func (c *Client) Use(ctx context.Context, req Request, use func(*Response, error)) {
	f := c.fetch(req)
	defer f.end()
	resp, err := f.run(ctx)
	if err != nil {
		e := toError(ctx, req.URL, err)
		f.use(ctx, e.Partial, func() { use(nil, e) })
		return
	}
	f.use(ctx, resp, func() { use(resp, nil) })
}

// use calls do, in its place if the body of resp is large. At the end of ctx it
// does not wait any more.
func (f *fetch) use(ctx context.Context, resp *Response, do func()) {
	size := 0
	if resp != nil {
		size = len(resp.Body)
	}
	f.hold.shrink(size - bigBody)
	if size > bigBody {
		if release, err := f.client.uses.take(ctx); err == nil {
			defer release()
		}
	}
	do()
}
