// Package direct asks plain HTTP/1.1 servers on the goroutine of its caller.
//
// A [Transport] writes the request and reads the answer itself, where that of
// net/http hands both to goroutines of the connection: an answer without a body
// costs no change of goroutine beside the wait for the network, and an idle
// connection holds neither goroutines nor buffers. Answers are read by
// [http.ReadResponse]: net/http says what is a valid one. Requests are those that it
// would write. Tests and fuzz targets hold the two transports against each other.
//
// It does the least that a poller of many feeds needs: GET and HEAD over http.
// The rest (TLS with HTTP/2, proxies, forms) is for net/http, whose own cost is
// small beside that of a handshake. The client of valyala/fasthttp, the well-kept
// library nearest to this, reads on its caller's goroutine too. But it knows no
// contexts, keeps a buffer for each answer as large as the largest header allowed,
// asks again by itself, and reads answers by rules of its own.
package direct

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/net/http/httpguts"
)

// A Transport is an [http.RoundTripper] of the requests that [Takes] accepts. It
// is safe for concurrent use; its fields must not change once it is in use.
type Transport struct {
	Dial           func(ctx context.Context, network, address string) (net.Conn, error)
	DialTimeout    time.Duration // of Dial; 0 for none
	HeaderTimeout  time.Duration // until the end of an answer's headers, once there is a connection; 0 for none
	MaxHeaderBytes int64         // of one answer, with those of informational ones before it

	IdleTimeout    time.Duration // how long a connection is kept that nobody uses
	MaxIdle        int           // connections kept; beyond them the one idle for longest goes
	MaxIdlePerHost int           // of those, to one host and port

	idle idle
}

// ErrKept reports that a kept connection ended before anything of the answer
// came: the server had closed it, or refuses the request so. The request may be
// sent again: it will go out on a new connection.
var ErrKept = fmt.Errorf("a kept connection ended before the answer: %w", io.EOF)

// Takes reports whether a [Transport] can carry a request. Hosts that must be
// rewritten before they are dialled or sent it leaves to others.
func Takes(req *http.Request) bool {
	u := req.URL
	return u.Scheme == "http" && u.Opaque == "" && plainHost(u.Host) && (req.Host == "" || req.Host == u.Host) &&
		(req.Method == http.MethodGet || req.Method == http.MethodHead) && (req.Body == nil || req.Body == http.NoBody)
}

// plainHost reports whether host is dialled and sent as it is written: it has no
// letters beyond ASCII, no zone, and a port behind its colon.
func plainHost(host string) bool {
	for i := range len(host) {
		if c := host[i]; c <= ' ' || c >= 0x7f || c == '%' {
			return false
		}
	}
	return host != "" && host[len(host)-1] != ':'
}

// RoundTrip implements [http.RoundTripper] by [Transport.Do].
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	return t.Do(req.Context(), req)
}

// Do sends a request, whose own context does not count, and returns the answer. The
// request can be used again once the body was read. It asks once: where a second try
// does no harm the error is [ErrKept]. When ctx ends, so does the connection, also
// while the body is read. The deadline of ctx is set on the connection: one that has
// no timer behind it serves.
func (t *Transport) Do(ctx context.Context, req *http.Request) (*http.Response, error) {
	if !Takes(req) {
		return nil, fmt.Errorf("%s %s: not for the direct transport", req.Method, req.URL.Redacted())
	}
	if err := checkHeader(req.Header); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c := t.idle.take(req.URL.Host, t.IdleTimeout)
	if c == nil {
		fresh, err := t.dial(ctx, req.URL)
		if err != nil {
			return nil, err
		}
		c = &conn{Conn: fresh, host: req.URL.Host}
	}
	v := &visit{t: t, c: c, ctx: ctx, req: req, stop: context.AfterFunc(ctx, c.abort)}
	return v.run()
}

// dial connects to the host of u. A look-up may heed nothing but a timer.
func (t *Transport) dial(ctx context.Context, u *url.URL) (net.Conn, error) {
	end, _ := ctx.Deadline()
	if end = sooner(end, t.DialTimeout); !end.IsZero() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, end)
		defer cancel()
	}
	return t.Dial(ctx, "tcp", address(u))
}

// sooner is the end of timeout from now or end, whichever comes first; zero for
// neither.
func sooner(end time.Time, timeout time.Duration) time.Time {
	if timeout == 0 {
		return end
	}
	if own := time.Now().Add(timeout); end.IsZero() || own.Before(end) {
		return own
	}
	return end
}

// CloseIdleConnections closes the connections that nobody uses.
func (t *Transport) CloseIdleConnections() { t.idle.close() }

// checkHeader refuses what would end a header's line early.
func checkHeader(h http.Header) error {
	for key, values := range h {
		if !httpguts.ValidHeaderFieldName(key) {
			return fmt.Errorf("invalid header field name %q", key)
		}
		for _, v := range values {
			if !httpguts.ValidHeaderFieldValue(v) { // which may be a secret
				return fmt.Errorf("invalid header field value for %q", key)
			}
		}
	}
	return nil
}

// address is what is dialled for u.
func address(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = "80"
	}
	return net.JoinHostPort(u.Hostname(), port)
}
