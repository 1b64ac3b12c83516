package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// A body over bigBody takes one of bigBodies places while it is read, so that
// many large answers at once do not add up.
const (
	smallBody = 8 << 10
	bigBody   = 512 << 10
	bigBodies = 4
)

// limits bound one body.
type limits struct {
	wire, decoded int64
	prefix        bool // what is beyond the limits is left, and no fault
}

// limits returns the caps on wire and decoded bytes. A request that moves the
// first moves the second by the same factor.
func (f *fetch) limits() limits {
	wire, decoded := f.client.cfg.MaxBytes, f.client.cfg.MaxDecoded
	if n := f.req.MaxBytes; n > 0 {
		wire, decoded = n, max(n, int64(float64(decoded)/float64(wire)*float64(n)))
	}
	return limits{wire: wire, decoded: decoded}
}

// body reads the body of hr within lim and undoes its encoding. With an error
// it returns what came before the fault.
//
// The body is read before it is decoded, so that a slow server holds no decoder.
func (c *Client) body(ctx context.Context, hr *http.Response, lim limits) ([]byte, error) {
	if hr.ContentLength > lim.wire && !lim.prefix {
		return nil, &Error{Status: StatusTooBig, Err: fmt.Errorf("a body of %d bytes, at most %d are read", hr.ContentLength, lim.wire)}
	}
	coding, err := codingOf(hr.Header)
	if err != nil {
		return nil, err
	}
	raw, release, fault := c.wire(ctx, hr, lim.wire)
	defer release()
	whole := fault == nil
	if lim.prefix && isLimit(fault) {
		fault = nil
	}
	if coding == identity && len(raw) > 2 && raw[0] == 0x1f && raw[1] == 0x8b {
		coding = gzipped // no feed and no page begins so, but files that are served as they lie do
	}
	if coding == identity || len(raw) == 0 {
		return raw, fault
	}
	text, err := c.codecs.decode(ctx, coding, raw, lim.decoded)
	switch {
	case isLimit(err) && !lim.prefix:
		return text, err
	case !whole || isLimit(err):
		return text, fault // what the decoder made of the cut says nothing
	}
	return text, err
}

// wire reads the body as it is sent, at most limit bytes. With a fault it
// returns what came before it. release ends the use of the bytes.
func (c *Client) wire(ctx context.Context, hr *http.Response, limit int64) (raw []byte, release func(), fault error) {
	release, held := func() {}, false
	// A declared length is believed as far as it costs little.
	size := min(max(hr.ContentLength, smallBody), bigBody, limit)
	raw = make([]byte, 0, size+1)
	for {
		if len(raw) == cap(raw) {
			if len(raw) > bigBody && !held {
				give, err := c.big.take(ctx)
				if err != nil {
					return raw, release, err
				}
				release, held = give, true
			}
			raw = grow(raw, limit+1)
		}
		n, err := hr.Body.Read(raw[len(raw):cap(raw)])
		raw = raw[:len(raw)+n]
		if int64(len(raw)) > limit {
			return raw[:limit], release, &Error{Status: StatusTooBig, Err: fmt.Errorf("a body of more than %d bytes", limit)}
		}
		if errors.Is(err, io.EOF) {
			return raw, release, nil
		}
		if err != nil {
			return raw, release, err
		}
	}
}

// grow returns b with room for more, at most for limit bytes in all.
func grow(b []byte, limit int64) []byte {
	size := 2 * int64(cap(b))
	if size > 4<<20 {
		size = int64(cap(b)) * 5 / 4
	}
	bigger := make([]byte, len(b), max(min(size, limit), int64(cap(b))+1))
	copy(bigger, b)
	return bigger
}

// isLimit reports whether err is about one of the limits on a body.
func isLimit(err error) bool {
	var e *Error
	return errors.As(err, &e) && (e.Status == StatusTooBig || e.Status == StatusBomb)
}

// places are a bounded number of permits.
type places chan struct{}

// take waits for a place, without a look at ctx where one is free, and returns the func that gives it back.
func (p places) take(ctx context.Context) (release func(), err error) {
	release = func() { <-p }
	select {
	case p <- struct{}{}:
		return release, nil
	default:
	}
	select {
	case p <- struct{}{}:
		return release, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
