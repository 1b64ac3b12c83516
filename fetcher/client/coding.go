package client

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// A compressed body may grow by maxRatio. Small bodies are not judged: a page of
// blank lines compresses well and does no harm.
const (
	maxRatio   = 100
	ratioFloor = 1 << 20
)

// acceptEncoding is what a request asks for: what codecs undo, what costs them
// least first. Brotli costs twice as much as gzip, zstd half.
const acceptEncoding = "zstd, gzip;q=0.9, br;q=0.8"

// A coding is a way in which a body may be compressed.
type coding int

const (
	identity coding = iota
	gzipped
	brotlied
	zstandard
	codings
)

// codingOf reads the Content-Encoding of an answer. A word that is no coding at
// all, as the "utf-8" that some servers put there, stands for nothing.
func codingOf(h http.Header) (coding, error) {
	value := strings.ToLower(strings.TrimSpace(strings.Join(h["Content-Encoding"], ",")))
	switch value {
	case "", "identity", "none", "binary", "8bit", "utf-8", "utf8":
		return identity, nil
	case "gzip", "x-gzip":
		return gzipped, nil
	case "br":
		return brotlied, nil
	case "zstd":
		return zstandard, nil
	}
	return identity, &Error{Status: StatusProtocol, Err: fmt.Errorf("content-encoding %q, which was not asked for", value)}
}

// A codec undoes one coding. It can be used again after reset.
type codec interface {
	io.Reader
	reset(io.Reader) error
}

type gzipCodec struct{ gzip.Reader }

func (c *gzipCodec) reset(r io.Reader) error { return c.Reader.Reset(r) }

type brotliCodec struct{ *brotli.Reader }

func (c brotliCodec) reset(r io.Reader) error { return c.Reader.Reset(r) }

type zstdCodec struct{ *zstd.Decoder }

func (c zstdCodec) reset(r io.Reader) error { return c.Decoder.Reset(r) }

// maxWindow is what RFC 9659 lets a server ask of a reader of zstd.
const maxWindow = 8 << 20

func newCodec(kind coding) (codec, error) {
	switch kind {
	case brotlied:
		return brotliCodec{brotli.NewReader(nil)}, nil
	case zstandard:
		// One goroutine: its own, that of the caller.
		d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		return zstdCodec{d}, err
	}
	return &gzipCodec{}, nil
}

// codecs decode bodies, few at a time: it is work of the processor alone.
type codecs struct {
	slots places
	large places // for bodies that grow over largeText
	pools [codings]sync.Pool
}

// largeText is the decoded length from which bodies are decoded one at a time.
const largeText = 2 << 20

func newCodecs() *codecs {
	return &codecs{slots: make(places, min(max(runtime.GOMAXPROCS(0), 2), 4)), large: make(places, 1)}
}

// decode undoes a coding. With an error it returns what came before the fault.
func (c *codecs) decode(ctx context.Context, kind coding, raw []byte, limit int64) ([]byte, error) {
	release, err := c.slots.take(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	dec, ok := c.pools[kind].Get().(*decoder)
	if !ok {
		dec = new(decoder)
		if dec.codec, err = newCodec(kind); err != nil {
			return nil, err
		}
	}
	dec.src.Reset(raw)
	var text []byte
	if err = dec.reset(&dec.src); err == nil {
		text, err = c.readAll(ctx, dec, sizeHint(kind, raw), func(n int64) error { return checkDecoded(n, int64(len(raw)), limit) })
	}
	dec.src.Reset(nil)
	// A decoder that met a large body has large buffers: it is not kept.
	if len(text) <= ratioFloor && err == nil {
		c.pools[kind].Put(dec)
	} else if z, ok := dec.codec.(zstdCodec); ok {
		z.Close()
	}
	return text, decodeError(kind, err)
}

// A decoder is a codec with the reader that feeds it.
type decoder struct {
	codec
	src bytes.Reader
}

// decodeError says what the decoder of a coding found wrong.
func decodeError(kind coding, err error) error {
	if err == nil || isLimit(err) {
		return err
	}
	name := [...]string{gzipped: "gzip", brotlied: "brotli", zstandard: "zstd"}[kind]
	return fmt.Errorf("%s: %w", name, err)
}

// sizeHint is what raw says or suggests of its decoded length, believed as far
// as it costs little.
func sizeHint(kind coding, raw []byte) int {
	n := 5 * len(raw)
	switch kind {
	case gzipped:
		if len(raw) > 18 {
			n = int(binary.LittleEndian.Uint32(raw[len(raw)-4:]))
		}
	case zstandard:
		var h zstd.Header
		if h.Decode(raw) == nil && h.HasFCS {
			n = int(min(h.FrameContentSize, ratioFloor))
		}
	}
	return min(max(n, 512), max(bigBody, 20*len(raw)), ratioFloor)
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

// readAll reads r to its end and asks check after every read. size is the length
// that is expected. Of a bomb nothing is returned.
func (c *codecs) readAll(ctx context.Context, r io.Reader, size int, check func(n int64) error) ([]byte, error) {
	var p pieces
	p.begin(size + 1)
	held := false
	for {
		if p.size > largeText && !held {
			release, err := c.large.take(ctx)
			if err != nil {
				return p.start(largeText), err
			}
			defer release()
			held = true
		}
		n, err := r.Read(p.room())
		p.took(n)
		if fault := check(int64(p.size)); fault != nil {
			if asError(fault).Status == StatusBomb {
				return nil, fault
			}
			return p.start(int64(p.size)), fault
		}
		if err == io.EOF {
			return p.join(), nil
		}
		if err != nil {
			return p.join(), err
		}
	}
}
