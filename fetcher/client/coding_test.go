package client

import (
	"bytes"
	stdgzip "compress/gzip"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// packers compress, by the word that Content-Encoding has for it.
var packers = map[string]func(io.Writer) io.WriteCloser{
	"gzip": func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) },
	"br":   func(w io.Writer) io.WriteCloser { return brotli.NewWriterLevel(w, 2) },
	"zstd": func(w io.Writer) io.WriteCloser {
		z, _ := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
		return z
	},
}

// pack returns n times block, compressed.
func pack(t testing.TB, encoding, block string, n int) []byte {
	t.Helper()
	var b bytes.Buffer
	w := packers[encoding](&b)
	for range n {
		if _, err := io.WriteString(w, block); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// packed serves body as it is, said to be in an encoding.
func packed(encoding string, body []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", encoding)
		_, _ = w.Write(body)
	}
}

// H11: gzip at least is asked for, and every encoding that is asked for is undone.
func TestH11Encodings(t *testing.T) {
	text := strings.Repeat("메모리 반도체 ", 1000) + noise(70<<10)
	c := newTest(t)
	for encoding := range packers {
		if !strings.Contains(acceptEncoding, encoding) {
			t.Errorf("%s is not asked for: %s", encoding, acceptEncoding)
		}
		body := pack(t, encoding, text, 1)
		for _, name := range []string{encoding, strings.ToUpper(encoding), " " + encoding} {
			t.Run(name, func(t *testing.T) {
				url := serve(t, packed(name, body))
				for range 3 { // the second one with a decoder that was used before
					resp, err := c.Get(t.Context(), Request{URL: url})
					if err != nil {
						t.Fatal(err)
					}
					if string(resp.Body) != text {
						t.Errorf("%d bytes, want %d", len(resp.Body), len(text))
					}
				}
			})
		}
		t.Run(encoding+", empty", func(t *testing.T) {
			resp, err := c.Get(t.Context(), Request{URL: serve(t, packed(encoding, nil))})
			if err != nil || len(resp.Body) != 0 {
				t.Errorf("%v, %v, want an empty body", resp, err)
			}
		})
		t.Run(encoding+", cut", func(t *testing.T) {
			_, err := c.Get(t.Context(), Request{URL: serve(t, packed(encoding, body[:len(body)/2]))})
			wantStatus(t, err, StatusCut)
		})
		t.Run(encoding+", not so", func(t *testing.T) {
			_, err := c.Get(t.Context(), Request{URL: serve(t, packed(encoding, []byte(noise(4096))))})
			wantStatus(t, err, StatusProtocol)
		})
	}
	for name, body := range map[string][]byte{"utf-8": []byte(text), "none": []byte(text), "": pack(t, "gzip", text, 1)} {
		t.Run("said to be "+name, func(t *testing.T) {
			resp, err := c.Get(t.Context(), Request{URL: serve(t, packed(name, body))})
			if err != nil || string(resp.Body) != text {
				t.Errorf("%v, want the text", err)
			}
		})
	}
}

// H11: a cap on decoded bytes. A 50 MB body and a bomb of 1,000:1 in each
// encoding end within the caps, whatever the server says of their length.
func TestH11Caps(t *testing.T) {
	big, blank := noise(64<<10), strings.Repeat("\x00", 1<<20)
	for encoding := range packers {
		if n := len(pack(t, encoding, blank, 8)); 8<<20/n < 900 {
			t.Fatalf("the bomb in %s is only %d:1", encoding, 8<<20/n)
		}
	}
	c := newTest(t)
	for _, tt := range []struct {
		name    string
		handler http.HandlerFunc
		want    Status
	}{
		{"50 MB", func(w http.ResponseWriter, _ *http.Request) {
			for range 50 << 20 / len(big) {
				if _, err := io.WriteString(w, big); err != nil {
					return
				}
			}
		}, StatusTooBig},
		{"50 MB, said", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", fmt.Sprint(50<<20))
			_, _ = io.WriteString(w, big)
		}, StatusTooBig},
		{"gzip, 20 MB of text", packed("gzip", pack(t, "gzip", big+strings.Repeat(" ", 1<<20), 19)), StatusTooBig},
		{"br, 20 MB of text", packed("br", pack(t, "br", big+strings.Repeat(" ", 1<<20), 19)), ""},
		{"zstd, 20 MB of text", packed("zstd", pack(t, "zstd", big+strings.Repeat(" ", 1<<20), 19)), ""},
		{"gzip bomb", packed("gzip", pack(t, "gzip", blank, 20)), StatusBomb},
		{"br bomb", packed("br", pack(t, "br", blank, 20)), StatusBomb},
		{"zstd bomb", packed("zstd", pack(t, "zstd", blank, 20)), StatusBomb},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var before, after runtime.MemStats
			url := serve(t, tt.handler)
			runtime.ReadMemStats(&before)
			resp, err := c.Get(t.Context(), Request{URL: url})
			runtime.ReadMemStats(&after)
			if tt.want == "" { // text that repeats is a bomb to the better encodings
				tt.want = StatusBomb
				if e := asError(err); e.Status == StatusTooBig {
					tt.want = StatusTooBig
				}
			}
			wantStatus(t, err, tt.want)
			if resp != nil {
				t.Error("a response beside the error")
			}
			if n := after.TotalAlloc - before.TotalAlloc; n > 96<<20 {
				t.Errorf("%d MiB were allocated", n>>20)
			}
		})
	}
}

// A zstd frame may ask for a window far beyond its body.
func TestZstdWindow(t *testing.T) {
	frame := []byte{0x28, 0xb5, 0x2f, 0xfd, 0x00, 31 << 3} // a window of 2 TiB
	frame = append(frame, 1, 0, 0)                         // one last block, raw, empty
	_, err := newTest(t).Get(t.Context(), Request{URL: serve(t, packed("zstd", frame))})
	wantStatus(t, err, StatusProtocol)
}

// A gzip trailer may lie about the length.
func TestGzipLengthIsNotBelieved(t *testing.T) {
	body := pack(t, "gzip", "hello", 1)
	binary.LittleEndian.PutUint32(body[len(body)-4:], 1<<31)
	if n := sizeHint(gzipped, body); n > bigBody {
		t.Errorf("%d bytes are set aside for 5", n)
	}
	_, err := newTest(t).Get(t.Context(), Request{URL: serve(t, packed("gzip", body))})
	wantStatus(t, err, StatusProtocol)
}

// Many large bodies at once do not add up, and none of them waits for ever.
func TestManyLargeBodiesAtOnce(t *testing.T) {
	text := noise(5 << 18)
	body := pack(t, "gzip", text, 1)
	if len(body) < bigBody {
		t.Fatalf("%d bytes are no large body", len(body))
	}
	url := serve(t, packed("gzip", body))
	c := newTest(t, func(cfg *Config) { cfg.HostConcurrency = 12 })
	var wg sync.WaitGroup
	for range 12 {
		wg.Go(func() {
			if resp, err := c.Get(t.Context(), Request{URL: url}); err != nil || len(resp.Body) != len(text) {
				t.Errorf("%v", err)
			}
		})
	}
	wg.Wait()
	if c.budget.left != budgetBytes || c.budget.over != nil || len(c.codecs.slots) != 0 || len(c.uses) != 0 {
		t.Errorf("%+v, %d and %d places are still taken", c.budget, len(c.codecs.slots), len(c.uses))
	}
}

// Texts that are decoded twice come out as those that are decoded once, and of
// those that are cut everything before the cut.
func TestLargeTexts(t *testing.T) {
	text := noise(3 << 20)
	for encoding := range packers {
		t.Run(encoding, func(t *testing.T) {
			body := pack(t, encoding, text, 1)
			resp, err := newTest(t).Get(t.Context(), Request{URL: serve(t, packed(encoding, body))})
			if err != nil || string(resp.Body) != text {
				t.Errorf("%v, want the text", err)
			}
			_, err = newTest(t).Get(t.Context(), Request{URL: serve(t, packed(encoding, body[:len(body)*3/4]))})
			e := wantStatus(t, err, StatusCut)
			if e.Partial == nil || len(e.Partial.Body) < 2<<20 || !strings.HasPrefix(text, string(e.Partial.Body)) {
				t.Error("want the first two thirds of the text or more beside the error")
			}
		})
	}
}

func TestWindow(t *testing.T) {
	big := noise(2 << 20)
	for encoding, kind := range map[string]coding{"gzip": gzipped, "br": brotlied, "zstd": zstandard} {
		got := window(kind, pack(t, encoding, big, 1))
		if large := encoding != "gzip"; (got > largeWindow) != large || got > 16<<20 {
			t.Errorf("window of %s: %d bytes, over %d: want %v", encoding, got, largeWindow, large)
		}
	}
	if got := window(brotlied, nil); got > largeWindow {
		t.Errorf("window of nothing: %d bytes", got)
	}
}

// A cut body is an error that has what came before the cut.
func TestPartial(t *testing.T) {
	text := noise(64 << 10)
	half := text[:32<<10]
	stop := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	for _, tt := range []struct {
		name    string
		handler http.HandlerFunc
		status  Status
		least   int
	}{
		{"closed", hijack("HTTP/1.1 200 OK\r\nETag: \"e\"\r\nContent-Length: 100000\r\n\r\n"+half, false), StatusCut, len(half)},
		{"over the limit", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, strings.Repeat(text, 3)) }, StatusTooBig, 128 << 10},
		{"slow", func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, half)
			_ = http.NewResponseController(w).Flush()
			stop(w, r)
		}, StatusTimeout, len(half)},
		{"gzip, cut inside", func(w http.ResponseWriter, _ *http.Request) {
			body := pack(t, "gzip", text, 1)
			packed("gzip", body[:len(body)/2])(w, nil)
		}, StatusCut, 16 << 10},
		{"gzip, slow", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			body := pack(t, "gzip", text, 1)
			_, _ = w.Write(body[:len(body)/2])
			_ = http.NewResponseController(w).Flush()
			stop(w, r)
		}, StatusTimeout, 16 << 10},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newTest(t, func(cfg *Config) { cfg.MaxBytes, cfg.Timeout = 128<<10, 200*time.Millisecond })
			_, err := c.Get(t.Context(), Request{URL: serve(t, tt.handler)})
			e := wantStatus(t, err, tt.status)
			if e.Partial == nil || len(e.Partial.Body) < tt.least || !strings.HasPrefix(strings.Repeat(text, 3), string(e.Partial.Body)) {
				t.Fatalf("partial answer %v, want the first %d bytes or more", e.Partial, tt.least)
			}
		})
	}
	if _, err := newTest(t).Get(t.Context(), Request{URL: serve(t, http.NotFound)}); asError(err).Partial != nil {
		t.Error("a 404 has a partial answer")
	}
}

func FuzzDecode(f *testing.F) {
	for i, encoding := range []string{"gzip", "br", "zstd"} {
		f.Add(i, pack(f, encoding, "hello ", 10))
	}
	c := newCodecs()
	f.Fuzz(func(t *testing.T, kind int, raw []byte) {
		k := gzipped + coding(uint(kind)%3)
		text, err := c.decode(context.Background(), k, raw, 1<<20, &hold{budget: &budget{left: budgetBytes}})
		if err == nil && len(text) > 1<<20 {
			t.Errorf("%d bytes are over the cap", len(text))
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	text := noise(8<<10) + strings.Repeat("<item><title>HBM4 supply deal</title></item>\n", 700)
	for _, tt := range []struct {
		name string
		kind coding
	}{{"gzip", gzipped}, {"br", brotlied}, {"zstd", zstandard}} {
		b.Run(tt.name, func(b *testing.B) {
			raw := pack(b, tt.name, text, 1)
			c := newCodecs()
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if out, err := c.decode(b.Context(), tt.kind, raw, 16<<20, &hold{budget: &budget{left: budgetBytes}}); err != nil || len(out) != len(text) {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("compress-gzip", func(b *testing.B) {
		raw := pack(b, "gzip", text, 1)
		var zr stdgzip.Reader
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			if err := zr.Reset(bytes.NewReader(raw)); err != nil {
				b.Fatal(err)
			}
			if _, _, err := readAll(&zr, sizeHint(gzipped, raw), func(int64) error { return nil }); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// As many workers as the daemon has, on nothing but bombs and downloads, need 30
// to 50 MiB, the servers here included, half of it garbage that is not collected
// yet; the bar leaves room for a busy machine.
func TestAsk20MemoryUnderFaults(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: hundreds of MB of bombs, whose memory the race detector would multiply")
	}
	big := noise(64 << 10)
	var urls []string
	for _, encoding := range []string{"gzip", "br", "zstd"} {
		urls = append(urls,
			serve(t, packed(encoding, pack(t, encoding, strings.Repeat("\x00", 1<<20), 20))),
			serve(t, packed(encoding, pack(t, encoding, big+strings.Repeat(" ", 1<<20), 19))))
	}
	urls = append(urls, serve(t, func(w http.ResponseWriter, _ *http.Request) {
		for range 50 << 20 / len(big) {
			if _, err := io.WriteString(w, big); err != nil {
				return
			}
		}
	}))
	c := newTest(t, func(cfg *Config) { cfg.HostConcurrency = 32 })
	runtime.GC()
	var before, now runtime.MemStats
	runtime.ReadMemStats(&before)
	stop := make(chan struct{})
	var workers, watch sync.WaitGroup
	var most uint64
	watch.Go(func() {
		for {
			runtime.ReadMemStats(&now)
			most = max(most, now.HeapInuse)
			select {
			case <-stop:
				return
			case <-time.After(2 * time.Millisecond):
			}
		}
	})
	for i := range 32 {
		workers.Go(func() {
			for j := range len(urls)/2 + 1 {
				if _, err := c.Get(t.Context(), Request{URL: urls[(i+j)%len(urls)]}); !isLimit(err) {
					t.Errorf("%v, want a limit", err)
				}
			}
		})
	}
	workers.Wait()
	close(stop)
	watch.Wait()
	grown := int64(most) - int64(before.HeapInuse)
	t.Logf("grew by %d MiB", grown>>20)
	if grown > 80<<20 {
		t.Errorf("the heap grew by %d MiB, want at most 80", grown>>20)
	}
}
