package client

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chipwire/chipwire/internal/urls"
)

// wantStatus checks err and that it carries advice and the URL.
func wantStatus(t *testing.T, err error, want Status) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v, want status %s", err, want)
	}
	if e.Status != want {
		t.Fatalf("status %s of %v, want %s", e.Status, err, want)
	}
	if e.Advice() == "" || e.URL == "" || !strings.Contains(err.Error(), string(want)) {
		t.Errorf("error %+v: want advice, a url and the status in its text", e)
	}
	return e
}

// hijack answers with raw bytes and cuts the connection.
func hijack(raw string, hard bool) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		_, _ = io.WriteString(conn, raw)
		if hard {
			_ = conn.(*net.TCPConn).SetLinger(0)
		}
		_ = conn.Close()
	}
}

func hang(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

func hangInBody(w http.ResponseWriter, r *http.Request) {
	fmt.Fprint(w, "half")
	_ = http.NewResponseController(w).Flush()
	hang(w, r)
}

func halfZipped(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Encoding", "gzip")
	zw := gzip.NewWriter(w)
	_, _ = io.WriteString(zw, "half")
	_ = zw.Flush()
}

func endless(w http.ResponseWriter, _ *http.Request) {
	block := make([]byte, 64<<10)
	for {
		if _, err := w.Write(block); err != nil {
			return
		}
	}
}

// noise is text that does not compress well.
func noise(n int) string {
	var b strings.Builder
	for x := uint32(1); b.Len() < n; {
		x = x*1664525 + 1013904223
		fmt.Fprintf(&b, "%08x", x)
	}
	return b.String()[:n]
}

func TestErrorsOfAnswers(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\n"
	for _, tt := range []struct {
		name    string
		handler http.HandlerFunc
		want    Status
	}{
		{"no answer", hang, StatusTimeout},
		{"no end", hangInBody, StatusTimeout},
		{"closed before the answer", hijack("", false), StatusReset},
		{"reset before the answer", hijack("", true), StatusReset},
		{"closed inside the headers", hijack(head+"Content-Type: text/html\r\n", false), StatusReset},
		{"shorter than its length", hijack(head+"Content-Length: 100\r\n\r\nhalf", false), StatusCut},
		{"chunks without an end", hijack(head+"Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", false), StatusCut},
		{"chunk cut", hijack(head+"Transfer-Encoding: chunked\r\n\r\nff\r\nhalf", false), StatusCut},
		{"gzip cut", halfZipped, StatusCut},
		{"not http", hijack("SSH-2.0-OpenSSH_9.6\r\n", false), StatusProtocol},
		{"not gzip", hijack(head+"Content-Encoding: gzip\r\nContent-Length: 12\r\n\r\nhello, world", false), StatusProtocol},
		{"another encoding", hijack(head+"Content-Encoding: deflate\r\nContent-Length: 4\r\n\r\nhell", false), StatusProtocol},
		{"too long by its header", hijack(head+"Content-Length: 5000000\r\n\r\n", false), StatusTooBig},
		{"too long without one", endless, StatusTooBig},
		{"too many headers", hijack(head+"X: "+strings.Repeat("x", 300<<10)+"\r\n\r\n", false), StatusTooBig},
		{"too long decompressed", func(w http.ResponseWriter, _ *http.Request) {
			zipped(w, strings.Repeat(noise(64<<10)+strings.Repeat("-", 960<<10), 5))
		}, StatusTooBig},
		{"bomb", func(w http.ResponseWriter, _ *http.Request) { zipped(w, strings.Repeat("\n", 2<<20)) }, StatusBomb},
		{"404", http.NotFound, "http-404"},
		{"500", code(500, ""), "http-500"},
		{"204", code(204, ""), "http-204"},
		{"300", code(300, ""), "http-300"},
		{"304 that was not asked for", code(304, ""), "http-304"},
		{"429", code(429, ""), "http-429"},
		{"429 with a time", code(429, "10"), StatusRetryAfter},
		{"503 with a time", code(503, "10"), StatusRetryAfter},
		{"403 with a time", code(403, "10"), "http-403"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newTest(t, func(cfg *Config) {
				cfg.MaxBytes, cfg.MaxDecoded = 1<<20, 4<<20 // the same factor as by default, in less time
				if tt.want == StatusTimeout {
					cfg.Timeout = 50 * time.Millisecond
				}
			})
			resp, err := c.Get(t.Context(), Request{URL: serve(t, tt.handler)})
			if resp != nil {
				t.Errorf("a response beside the error: %+v", resp)
			}
			wantStatus(t, err, tt.want)
		})
	}
}

func code(n int, retry string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if retry != "" {
			w.Header().Set("Retry-After", retry)
		}
		w.WriteHeader(n)
	}
}

func TestAsk20LimitCanBeMoved(t *testing.T) {
	text := noise(4096)
	plain := serve(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, text) })
	packed := serve(t, func(w http.ResponseWriter, _ *http.Request) { zipped(w, strings.Repeat(noise(512), 64)) })
	for _, tt := range []struct {
		name string
		url  string
		max  int64
		want Status
	}{
		{"just enough", plain, 4096, ""},
		{"one too few", plain, 4095, StatusTooBig},
		{"four times as many decompressed", packed, 8 << 10, ""},
		{"more than that", packed, 8<<10 - 1, StatusTooBig},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := newTest(t).Get(t.Context(), Request{URL: tt.url, MaxBytes: tt.max})
			if tt.want != "" {
				wantStatus(t, err, tt.want)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

func TestErrorsOfConnections(t *testing.T) {
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	t.Cleanup(secure.Close)
	plain := serve(t, http.NotFound)
	for _, tt := range []struct {
		name, url string
		strict    bool
		want      Status
	}{
		{"no such host", "http://no-such-host.invalid/", false, StatusDNS},
		{"nobody there", closed.URL, false, StatusRefused},
		{"a certificate of nobody", secure.URL, false, StatusTLS},
		{"no tls at all", strings.Replace(plain, "http:", "https:", 1), false, StatusTLS},
		{"loopback", plain, true, StatusAddress},
		{"loopback by name", strings.Replace(plain, "127.0.0.1", "localhost", 1), true, StatusAddress},
		{"loopback as a number", strings.Replace(plain, "127.0.0.1", "[::ffff:127.0.0.1]", 1), true, StatusAddress},
		{"metadata", "http://169.254.169.254/", false, StatusAddress},
		{"scheme", "ftp://a.example/", false, StatusURL},
		{"no scheme", "a.example/feed", false, StatusURL},
		{"no host", "https:///feed", false, StatusURL},
		{"not a url", "http://[::1", false, StatusURL},
		{"empty", "", false, StatusURL},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newTest(t, func(cfg *Config) { cfg.AllowPrivate, cfg.Timeout = !tt.strict, 5*time.Second })
			_, err := c.Get(t.Context(), Request{URL: tt.url})
			var e *Error
			if !errors.As(err, &e) || e.Status != tt.want {
				t.Fatalf("error %v, want status %s", err, tt.want)
			}
		})
	}
}

func TestCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		cancel()
		hangInBody(w, r)
	})
	_, err := newTest(t).Get(ctx, Request{URL: url})
	wantStatus(t, err, StatusCanceled)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v is not context.Canceled", err)
	}
}

func TestErrorNamesTheHopAndHidesThePassword(t *testing.T) {
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			http.Redirect(w, r, "/gone", http.StatusFound)
			return
		}
		w.WriteHeader(http.StatusGone)
	})
	_, err := newTest(t).Get(t.Context(), Request{URL: strings.Replace(base, "//", "//user:secret@", 1) + "/"})
	e := wantStatus(t, err, "http-410")
	if e.Code != 410 || strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), "/gone") {
		t.Errorf("error %q with code %d", err, e.Code)
	}
	if got := urls.Shown("http://user:secret@[::1"); strings.Contains(got, "secret") {
		t.Errorf("redact leaves %q", got)
	}
}

func TestH6RetryAfterForms(t *testing.T) {
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name, value string
		want        time.Duration
	}{
		{"none", "", 0},
		{"seconds", "120", 2 * time.Minute},
		{"spaces", " 5 ", 5 * time.Second},
		{"zero", "0", 0},
		{"date", "Mon, 02 Mar 2026 11:00:00 GMT", time.Hour},
		{"date of the second form", "Monday, 02-Mar-26 10:30:00 GMT", 30 * time.Minute},
		{"past", "Mon, 02 Mar 2026 09:00:00 GMT", 0},
		{"for ever", "99999999999999999999", maxRetryAfter},
		{"far date", "Mon, 02 Mar 2099 09:00:00 GMT", maxRetryAfter},
		{"negative", "-5", 0},
		{"fraction", "1.5", 0},
		{"words", "soon", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := retryAfter(tt.value, now); got != tt.want {
				t.Errorf("retryAfter(%q) = %v, want %v", tt.value, got, tt.want)
			}
		})
	}
}

func TestH6RetryAfterCountsFromTheServersDate(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", "Mon, 02 Mar 2020 10:00:00 GMT") // a clock years behind
		w.Header().Set("Retry-After", "Mon, 02 Mar 2020 10:01:00 GMT")
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	_, err := newTest(t).Get(t.Context(), Request{URL: url})
	if e := wantStatus(t, err, StatusRetryAfter); e.RetryAfter != time.Minute || e.Code != 503 {
		t.Errorf("retry after %v, code %d, want 1m0s, 503", e.RetryAfter, e.Code)
	}
}

func TestAdviceIsOneSentence(t *testing.T) {
	for status := range advice {
		s := (&Error{Status: status}).Advice()
		if strings.Contains(s, "\n") || strings.HasSuffix(s, ".") || strings.Contains(s, ". ") {
			t.Errorf("advice of %s: %q, want one sentence without a full stop", status, s)
		}
	}
	for _, e := range []*Error{{Status: "http-502", Code: 502}, {Status: "http-206", Code: 206}} {
		if e.Advice() == "" {
			t.Errorf("no advice for %s", e.Status)
		}
	}
}
