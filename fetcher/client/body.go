package client

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// A compressed body may grow by maxRatio. Small bodies are not judged: a page of
// blank lines compresses well and does no harm.
const (
	maxRatio   = 100
	ratioFloor = 1 << 20
)

// body reads the whole body of hr within the limits.
func (f *fetch) body(hr *http.Response) ([]byte, error) {
	wire, decoded := f.limits()
	if hr.ContentLength > wire {
		return nil, &Error{Status: StatusTooBig, Err: fmt.Errorf("a body of %d bytes, at most %d are read", hr.ContentLength, wire)}
	}
	counted := &counter{r: hr.Body, max: wire}
	switch encoding := strings.ToLower(strings.TrimSpace(hr.Header.Get("Content-Encoding"))); encoding {
	case "", "identity":
		return readAll(counted, hr.ContentLength, nil)
	case "gzip", "x-gzip":
		zr, err := gzip.NewReader(counted)
		if errors.Is(err, io.EOF) && counted.n == 0 {
			return []byte{}, nil // an empty body, whatever the header says
		}
		if err != nil {
			return nil, err
		}
		return readAll(zr, -1, func(n int64) error { return checkDecoded(n, counted.n, decoded) })
	default:
		return nil, &Error{Status: StatusProtocol, Err: fmt.Errorf("content-encoding %q, which was not asked for", encoding)}
	}
}

// limits returns the caps on wire and decoded bytes. A request that moves the
// first moves the second by the same factor.
func (f *fetch) limits() (wire, decoded int64) {
	wire, decoded = f.client.cfg.MaxBytes, f.client.cfg.MaxDecoded
	if n := f.req.MaxBytes; n > 0 {
		return n, max(n, int64(float64(decoded)/float64(wire)*float64(n)))
	}
	return wire, decoded
}

// checkDecoded judges n decoded bytes that came out of wire bytes.
func checkDecoded(n, wire, limit int64) error {
	if n > ratioFloor && n > wire*maxRatio {
		return &Error{Status: StatusBomb, Err: fmt.Errorf("%d bytes grew to more than %d, over %d:1", wire, n, maxRatio)}
	}
	if n > limit {
		return &Error{Status: StatusTooBig, Err: fmt.Errorf("a body of more than %d bytes after decompression", limit)}
	}
	return nil
}

// readAll reads r to its end and asks check, if there is one, after every read.
// size is the expected length, negative when unknown.
func readAll(r io.Reader, size int64, check func(n int64) error) ([]byte, error) {
	buf := bytes.NewBuffer(make([]byte, 0, max(size, 0)))
	chunk := make([]byte, 32<<10)
	for {
		n, err := r.Read(chunk)
		buf.Write(chunk[:n])
		if check != nil {
			if err := check(int64(buf.Len())); err != nil {
				return nil, err
			}
		}
		if err == io.EOF {
			return buf.Bytes(), nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// A counter counts what is read from r and fails beyond max.
type counter struct {
	r      io.Reader
	n, max int64
}

// Read implements [io.Reader].
func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if c.n += int64(n); c.n > c.max {
		return 0, &Error{Status: StatusTooBig, Err: fmt.Errorf("a body of more than %d bytes", c.max)}
	}
	return n, err
}
