package direct

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"sync"
	"time"

	"golang.org/x/net/http/httpguts"
)

// A visit is one request and its answer on a connection. Where the answer has a
// body, the visit is that body.
type visit struct {
	t    *Transport
	c    *conn
	ctx  context.Context // for the body, which outlives the call
	req  *http.Request
	stop func() bool // ends the watch over the context; false: it has ended

	body io.Reader // as net/http reads it
	keep bool      // the connection can be used again after the body
	err  error     // of every further read; nil while the visit lasts
}

// Buffers are held for the time of a visit alone.
var (
	readers = sync.Pool{New: func() any { return bufio.NewReader(nil) }}
	heads   = sync.Pool{New: func() any { return new([]byte) }}
)

// maxHead is the longest request whose buffer is used again, in bytes.
const maxHead = 4 << 10

// run sends the request and returns its answer.
func (v *visit) run() (*http.Response, error) {
	end, _ := v.ctx.Deadline()
	v.c.begin(v.t.MaxHeaderBytes)
	_ = v.c.SetDeadline(sooner(end, v.t.HeaderTimeout)) // fails where all else will
	resp, err := v.ask()
	if err != nil {
		err = v.fault(err)
		v.end(false)
		return nil, err
	}
	v.keep = !resp.Close && !v.req.Close && resp.StatusCode >= http.StatusOK &&
		!httpguts.HeaderValuesContainsToken(v.req.Header["Connection"], "close")
	if resp.Body == http.NoBody {
		v.end(v.keep)
		return resp, nil
	}
	v.c.left = math.MaxInt64 // bodies are bounded by who reads them
	_ = v.c.SetReadDeadline(end)
	v.body, resp.Body = resp.Body, v
	return resp, nil
}

// lastWords is how long an answer may take that a server gives before it closes
// the connection on a request it did not want.
const lastWords = 50 * time.Millisecond

// ask writes the request and reads the answer up to its body.
func (v *visit) ask() (*http.Response, error) {
	unsent := v.write()
	if unsent != nil {
		if isTimeout(unsent) {
			return nil, unsent
		}
		_ = v.c.SetReadDeadline(time.Now().Add(lastWords))
	}
	resp, err := v.read()
	if err == nil {
		v.c.spent = unsent != nil
		return resp, nil
	}
	switch {
	case v.c.left <= 0:
		return nil, fmt.Errorf("response headers exceeded %d bytes", v.t.MaxHeaderBytes)
	case unsent != nil && !v.c.heard:
		err = unsent
	}
	if v.c.kept && !v.c.heard && !isTimeout(v.c.fault) && v.ctx.Err() == nil {
		v.t.idle.drop(v.c.host) // the others are no younger
		return nil, fmt.Errorf("%w (%w)", ErrKept, err)
	}
	return nil, err
}

// write sends the request.
func (v *visit) write() error {
	b := heads.Get().(*[]byte)
	defer heads.Put(b)
	head, err := appendHead((*b)[:0], v.req)
	if err != nil {
		return err
	}
	if *b = head; cap(head) > maxHead {
		*b = nil
	}
	_, err = v.c.Write(head)
	if trace := httptrace.ContextClientTrace(v.ctx); trace != nil && trace.WroteHeaders != nil && err == nil {
		trace.WroteHeaders()
	}
	return err
}

// read reads the headers of the answer, and of informational ones before it.
func (v *visit) read() (*http.Response, error) {
	for {
		resp, err := http.ReadResponse(v.c.br, v.req)
		if err != nil {
			return nil, err
		}
		if code := resp.StatusCode; code < 100 || code > 199 || code == http.StatusSwitchingProtocols {
			return resp, nil
		}
	}
}

// Read implements io.Reader. The connection is given back before the end of the
// body is told.
func (v *visit) Read(p []byte) (int, error) {
	if v.err != nil {
		return 0, v.err
	}
	n, err := v.body.Read(p)
	if err == nil {
		return n, nil
	}
	if v.err = err; err != io.EOF {
		v.err = v.fault(err)
	}
	v.end(v.keep && err == io.EOF)
	return n, v.err
}

// Close implements io.Closer. A body that was not read to its end takes the
// connection with it.
func (v *visit) Close() error {
	if v.err == nil {
		v.err = http.ErrBodyReadAfterClose
		v.end(false)
	}
	return nil
}

// fault is the error of a visit that failed with err. The end of its context, which
// closes the connection, comes first, and then the end of its time: in the middle of
// a line it looks like a broken one.
func (v *visit) fault(err error) error {
	if ended := context.Cause(v.ctx); ended != nil {
		return ended
	}
	if isTimeout(v.c.fault) {
		return v.c.fault
	}
	return err
}

// end gives the connection back, or closes it.
func (v *visit) end(keep bool) {
	c := v.c
	clean := c.fault == nil && !c.spent && c.br.Buffered() == 0 // what nobody asked for is the end of trust
	c.end()
	if v.stop() && keep && clean {
		v.t.idle.put(c, v.t)
		return
	}
	_ = c.Close()
}

func isTimeout(err error) bool {
	var t net.Error
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.As(err, &t) && t.Timeout()
}
