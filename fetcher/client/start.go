package client

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"

	"github.com/chipwire/chipwire/fetcher/direct"
)

// A start is one request as the gap of its host sees it: the gap counts from
// what the host saw of it, not from when it was free to go. In between may lie a
// look-up, a dial and a handshake, or nothing where a connection was kept.
type start struct {
	turn  *turn
	wrote atomic.Bool // it went out
	body  *watched    // its answer's, nil as long as there is none
}

// maxKept is how often a request is sent again after [direct.ErrKept]: a transport
// keeps as many connections to a host.
const maxKept = idleAtHost

type startKey struct{}

// watch has the transport tell s when the request goes out.
func (s *start) watch(ctx context.Context) context.Context {
	ctx = context.WithValue(ctx, startKey{}, s)
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() {
		s.wrote.Store(true)
		s.turn.wrote()
	}})
}

// once refuses the second try that a transport makes on its own, and at once,
// when a kept connection ends: it would be a start like any other, without its
// turn. Transports of net/http ask for a proxy before each try.
func once(req *http.Request) error {
	if s, _ := req.Context().Value(startKey{}).(*start); s != nil && s.wrote.Load() {
		return direct.ErrKept
	}
	return nil
}

// noProxyTwice is the proxy func of a transport without a proxy.
func noProxyTwice(req *http.Request) (*url.URL, error) { return nil, once(req) }

// answered says that the answer has begun, and watches its body.
func (s *start) answered(hr *http.Response) {
	s.turn.answered()
	s.body = &watched{ReadCloser: hr.Body, ended: hr.Body == http.NoBody}
	hr.Body = s.body
}

// end ends the turn of a request that ended with err. One that went out and whose
// answer was not read to its end keeps the host busy for some time more.
func (s *start) end(err error) {
	if s.wrote.Load() && (s.body == nil || !s.body.ended) {
		s.turn.abandon(err != nil && (asError(err).Status == StatusTimeout || asError(err).Status == StatusCanceled))
	}
	s.turn.end()
}

// watched is a body that knows whether it was read to its end.
type watched struct {
	io.ReadCloser
	ended bool
}

// Read implements io.Reader.
func (w *watched) Read(p []byte) (int, error) {
	n, err := w.ReadCloser.Read(p)
	w.ended = w.ended || errors.Is(err, io.EOF)
	return n, err
}
