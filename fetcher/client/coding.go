package client

import (
	"bytes"
	"cmp"
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
	large places // one, for texts whose decoder looks back over largeWindow
	pools [codings]sync.Pool
}

// largeWindow is the window, in bytes, from which on a decoder is so large that
// there should be one at a time.
const largeWindow = 1 << 20

// largeText is the decoded length from which on a text is first counted and then
// decoded a second time, so that a bomb costs no memory.
const largeText = 1 << 20

func newCodecs() *codecs {
	return &codecs{slots: make(places, min(max(runtime.GOMAXPROCS(0), 2), 4)), large: make(places, 1)}
}

// decode undoes a coding. With an error it returns what came before the fault.
func (c *codecs) decode(ctx context.Context, kind coding, raw []byte, limit int64, h *hold) ([]byte, error) {
	release, err := c.take(ctx, kind, raw)
	if err != nil {
		return nil, err
	}
	text, size, err := c.first(kind, raw, limit)
	release()
	if size <= len(text) || isLimit(err) {
		return text, decodeError(kind, err)
	}
	// Not in a slot: whoever waits here must not keep others from ending.
	if err := h.grow(ctx, h.bytes+size); err != nil {
		return text, err
	}
	release, waited := c.take(ctx, kind, raw)
	if waited != nil {
		return text, waited
	}
	defer release()
	text, fault := c.again(kind, raw, size)
	return text, decodeError(kind, cmp.Or(err, fault))
}

// take waits for the places that the decoding of raw takes.
func (c *codecs) take(ctx context.Context, kind coding, raw []byte) (release func(), err error) {
	if window(kind, raw) <= largeWindow {
		return c.slots.take(ctx)
	}
	endLarge, err := c.large.take(ctx)
	if err != nil {
		return nil, err
	}
	endSlot, err := c.slots.take(ctx)
	if err != nil {
		endLarge()
		return nil, err
	}
	return func() { endSlot(); endLarge() }, nil
}

// window is how far back the decoder of raw will look, in bytes: it keeps so much.
func window(kind coding, raw []byte) int {
	switch kind {
	case brotlied: // RFC 7932, section 9.1
		if len(raw) > 0 && raw[0]&1 != 0 && raw[0]&0x0e != 0 {
			return 1 << (17 + raw[0]>>1&7)
		}
	case zstandard:
		var h zstd.Header
		if h.Decode(raw) == nil {
			return int(min(h.WindowSize, maxWindow))
		}
	}
	return 64 << 10 // of gzip 32 KiB, of brotli at most 128
}

// first decodes raw, and of a text over largeText only the beginning. size is the
// length of all that was decoded.
func (c *codecs) first(kind coding, raw []byte, limit int64) (text []byte, size int, err error) {
	dec, err := c.decoder(kind)
	if err != nil {
		return nil, 0, err
	}
	dec.src.Reset(raw)
	if err = dec.reset(&dec.src); err == nil {
		text, size, err = readAll(dec, sizeHint(kind, raw), func(n int64) error { return checkDecoded(n, int64(len(raw)), limit) })
	}
	c.done(kind, dec, err == nil && size <= ratioFloor)
	return text, size, err
}

// again decodes raw, of which it is known that size bytes come before its end or
// its fault.
func (c *codecs) again(kind coding, raw []byte, size int) ([]byte, error) {
	dec, err := c.decoder(kind)
	if err != nil {
		return nil, err
	}
	defer c.done(kind, dec, false)
	dec.src.Reset(raw)
	if err := dec.reset(&dec.src); err != nil {
		return nil, err
	}
	text := make([]byte, size)
	n, err := io.ReadFull(dec, text)
	return text[:n], err
}

// decoder returns a decoder of a coding, one that was used before if there is one.
func (c *codecs) decoder(kind coding) (*decoder, error) {
	if dec, ok := c.pools[kind].Get().(*decoder); ok {
		return dec, nil
	}
	codec, err := newCodec(kind)
	return &decoder{codec: codec}, err
}

// done ends the use of a decoder. One that met a large body or a fault has large
// buffers, and is not kept: what lives on counts twice, for the collector lets
// the heap grow by as much again.
func (c *codecs) done(kind coding, dec *decoder, keep bool) {
	dec.src.Reset(nil)
	if keep {
		c.pools[kind].Put(dec)
	} else if z, ok := dec.codec.(zstdCodec); ok {
		z.Close()
	}
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

// readAll reads r to its end and asks check after every read. expected is the
// length that r seems to have. It returns the text, of one over largeText its
// beginning, and the length of the whole. Of a bomb nothing is returned.
func readAll(r io.Reader, expected int, check func(n int64) error) (text []byte, size int, err error) {
	var p pieces
	defer p.free()
	p.begin(expected + 1)
	for p.size <= largeText {
		n, err := r.Read(p.room())
		p.took(n)
		if fault := check(int64(p.size)); fault != nil {
			return p.limited(fault), p.size, fault
		}
		if err != nil {
			return p.join(), p.size, ended(err)
		}
	}
	long := longPieces.Get().(*[maxPiece]byte)
	defer longPieces.Put(long)
	for size = p.size; ; {
		n, err := r.Read(long[:])
		size += n
		if fault := check(int64(size)); fault != nil {
			return p.limited(fault), size, fault
		}
		if err != nil {
			return p.start(startSize), size, ended(err)
		}
	}
}

// limited is what is kept of a text that broke a limit.
func (p *pieces) limited(fault error) []byte {
	if asError(fault).Status == StatusBomb {
		return nil
	}
	return p.start(startSize)
}

// ended is err, nil for the end that a text should have.
func ended(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}
