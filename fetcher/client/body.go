package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
)

const (
	smallBody = 8 << 10
	bigBody   = 512 << 10 // from here on a body counts in the budget
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
// it returns what came before the fault. What it holds of the budget is in h.
//
// The body is read before it is decoded, so that a slow server holds no decoder.
func (c *Client) body(ctx context.Context, hr *http.Response, lim limits, h *hold) ([]byte, error) {
	if hr.ContentLength > lim.wire && !lim.prefix {
		return nil, &Error{Status: StatusTooBig, Err: fmt.Errorf("a body of %d bytes, at most %d are read", hr.ContentLength, lim.wire)}
	}
	coding, err := codingOf(hr.Header)
	if err != nil {
		return nil, err
	}
	raw, fault := wire(ctx, hr, lim.wire, h)
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
	text, err := c.codecs.decode(ctx, coding, raw, lim.decoded, h)
	switch {
	case isLimit(err) && !lim.prefix:
		return text, err
	case !whole || isLimit(err):
		return text, fault // what the decoder made of the cut says nothing
	}
	return text, err
}

// wire reads the body as it is sent, at most limit bytes. With a fault it
// returns what came before it.
func wire(ctx context.Context, hr *http.Response, limit int64, h *hold) (raw []byte, fault error) {
	// A declared length is believed as far as it costs little.
	var p pieces
	defer p.free()
	p.begin(int(min(max(hr.ContentLength, smallBody), bigBody, limit)) + 1)
	for {
		if err := h.grow(ctx, p.size-bigBody); err != nil {
			return p.join(), err
		}
		n, err := hr.Body.Read(p.room())
		p.took(n)
		if int64(p.size) > limit {
			return p.start(limit), &Error{Status: StatusTooBig, Err: fmt.Errorf("a body of more than %d bytes", limit)}
		}
		if errors.Is(err, io.EOF) {
			return p.join(), nil
		}
		if err != nil {
			return p.join(), err
		}
	}
}

// pieces are a growing body. They are not copied as they grow: what ends at a
// limit would have cost several times the limit.
type pieces struct {
	full [][]byte
	last []byte
	size int
	long []*[maxPiece]byte // of those, the ones to give back
}

// maxPiece is the length of the longest pieces, in bytes; startSize is how much
// is kept of a body that is too long.
const (
	maxPiece  = 512 << 10
	startSize = 1 << 20
)

// longPieces are used again: bodies that end at a limit would be much garbage.
var longPieces = sync.Pool{New: func() any { return new([maxPiece]byte) }}

// begin sets the length of the first piece.
func (p *pieces) begin(size int) { p.last = make([]byte, 0, size) }

// room is where the next bytes go: some of the last piece, or a new one.
func (p *pieces) room() []byte {
	if len(p.last) == cap(p.last) {
		p.full = append(p.full, p.last)
		if p.size < maxPiece {
			p.last = make([]byte, 0, max(p.size, smallBody))
		} else {
			long := longPieces.Get().(*[maxPiece]byte)
			p.long = append(p.long, long)
			p.last = long[:0]
		}
	}
	return p.last[len(p.last):min(cap(p.last), len(p.last)+maxPiece/4)]
}

// took says that n bytes of room were filled.
func (p *pieces) took(n int) {
	p.last = p.last[:len(p.last)+n]
	p.size += n
}

// start returns the beginning of a body that is too long: enough for what is
// newest in it.
func (p *pieces) start(limit int64) []byte {
	b := make([]byte, min(startSize, int(limit), p.size))
	n := 0
	for _, piece := range append(p.full, p.last) {
		n += copy(b[n:], piece)
	}
	return b
}

// join returns the bytes in one piece, which free leaves alone.
func (p *pieces) join() []byte {
	if len(p.full) == 0 {
		return p.last
	}
	return slices.Concat(append(p.full, p.last)...)
}

// free gives the pieces back.
func (p *pieces) free() {
	for _, long := range p.long {
		longPieces.Put(long)
	}
	*p = pieces{}
}

// isLimit reports whether err is about one of the limits on a body.
func isLimit(err error) bool {
	var e *Error
	return errors.As(err, &e) && (e.Status == StatusTooBig || e.Status == StatusBomb)
}

// places are a bounded number of permits.
type places chan struct{}

// take waits for a place, without a look at ctx where one is free, and returns
// the func that gives it back.
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
