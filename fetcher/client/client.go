// Package client is the guarded, polite HTTP client that feeds and article
// pages share.
//
// Polite: it keeps a gap between two requests to one host and a bound on those
// in flight, sends validators back byte for byte, names itself, carries no
// cookies and no referrer, and keeps connections alive.
//
// Guarded: every address is checked after DNS, at the moment it is dialled, on
// every hop of a redirect; bodies are bounded on the wire and after
// decompression. A body that a limit, a time-out or a closed connection cut is
// an error, never a short body.
//
// Whatever goes wrong is an [*Error] with a [Status] that a program can count
// and a sentence of advice that an operator can follow. The package does not
// try again and does not remember failures: that is the caller's part.
package client

import (
	"context"
	"net"
	"net/http"
	"time"
)

// A Request names what to ask for.
type Request struct {
	URL          string      // http or https
	ETag         string      // as an earlier [Response] gave it, "" for none
	LastModified string      // as an earlier [Response] gave it, "" for none
	Header       http.Header // more headers; they do not follow a redirect to another host
	MaxBytes     int64       // instead of Config.MaxBytes when not 0; the cap on decoded bytes moves with it
}

// A Response is the answer to a [Request]: a whole body, or NotModified.
type Response struct {
	Status      int         // 200, or 304 with NotModified
	URL         string      // that answered, after redirects
	Header      http.Header // of the last hop
	Body        []byte      // decompressed; nil with NotModified
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
// host hold over all of its callers.
type Client struct {
	cfg       Config
	gate      *gate
	transport *http.Transport // bare: no cookies, no redirects of its own
}

// idleTimeout keeps a connection from one poll of a host to the next where the
// server allows it: a new TLS connection costs 25 times the processor time.
const idleTimeout = 2 * time.Minute

// New returns a Client for cfg, which must be valid. Fields of cfg that are
// zero stand for their value in [Default], except HostGap and AllowPrivate.
func New(cfg Config) *Client {
	cfg = cfg.orDefault()
	dialer := &net.Dialer{
		Timeout:        10 * time.Second,
		KeepAlive:      30 * time.Second,
		ControlContext: guard(cfg.AllowPrivate),
	}
	return &Client{
		cfg:  cfg,
		gate: newGate(cfg.HostGap, cfg.HostConcurrency),
		transport: &http.Transport{
			DialContext:            dialer.DialContext,
			ForceAttemptHTTP2:      true, // a custom dialer switches it off otherwise
			DisableCompression:     true, // decompression is ours, with its caps
			TLSHandshakeTimeout:    10 * time.Second,
			MaxIdleConns:           512,
			MaxIdleConnsPerHost:    2,
			IdleConnTimeout:        idleTimeout,
			MaxResponseHeaderBytes: 256 << 10,
		},
	}
}

// Close gives up the idle connections. Requests in flight are not touched.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// Get asks for req.URL and returns the whole answer if it is 200, or 304 to
// validators that were sent. Everything else is an [*Error]. It waits for the
// host's turn first, for as long as ctx allows; Config.Timeout counts only the
// time that servers take.
func (c *Client) Get(ctx context.Context, req Request) (*Response, error) {
	f := fetch{client: c, req: req, left: c.cfg.Timeout}
	resp, err := f.run(ctx)
	if err != nil {
		return nil, toError(ctx, req.URL, err)
	}
	return resp, nil
}
