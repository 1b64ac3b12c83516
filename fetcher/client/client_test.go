package client

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// newTest returns a client that may ask loopback and does not wait.
func newTest(t *testing.T, change ...func(*Config)) *Client {
	t.Helper()
	cfg := Default
	cfg.AllowPrivate, cfg.HostGap, cfg.HostConcurrency = true, 0, 8
	for _, f := range change {
		f(&cfg)
	}
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	c := New(cfg)
	t.Cleanup(c.Close)
	return c
}

// serve starts a server on loopback for one handler.
func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

func TestGet(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		for key, want := range map[string]string{
			"User-Agent": Default.UserAgent, "Accept-Encoding": acceptEncoding, "X-Key": "k",
			"Referer": "", "Cookie": "", "If-None-Match": "", "If-Modified-Since": "",
		} {
			if got := r.Header.Get(key); got != want {
				t.Errorf("%s: %q, want %q", key, got, want)
			}
		}
		w.Header().Set("ETag", `W/"x y"`)
		w.Header().Set("Last-Modified", "yesterday, about noon")
		w.Header().Set("Set-Cookie", "a=b")
		fmt.Fprint(w, "hello")
	})
	c := newTest(t)
	for range 2 { // twice: no cookie comes back
		before := time.Now()
		resp, err := c.Get(t.Context(), Request{URL: url + "/feed#top", Header: http.Header{"X-Key": {"k"}}})
		if err != nil {
			t.Fatal(err)
		}
		if resp.Status != 200 || string(resp.Body) != "hello" || resp.URL != url+"/feed" || resp.NotModified || resp.Permanent != "" {
			t.Errorf("response %+v", resp)
		}
		if resp.ETag != `W/"x y"` || resp.LastModified != "yesterday, about noon" {
			t.Errorf("validators %q, %q", resp.ETag, resp.LastModified)
		}
		if resp.HeadersAt.Before(before) || resp.HeadersAt.After(time.Now()) {
			t.Errorf("headers at %v, want between %v and now", resp.HeadersAt, before)
		}
	}
}

// H1: validators go back as they came, both of them, and come back with
// every 200 and 304.
func TestH1ValidatorsAreSentBackByteForByte(t *testing.T) {
	for _, tt := range []struct{ name, etag, modified string }{
		{"strong", `"abc"`, ""},
		{"weak", `W/"abc"`, "Mon, 02 Mar 2026 10:00:00 GMT"},
		{"no quotes", `abc-gzip`, ""},
		{"odd date", "", "2026-03-02 10:00:00"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			url := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if got := r.Header.Get("If-None-Match"); got != tt.etag {
					t.Errorf("If-None-Match: %q, want %q", got, tt.etag)
				}
				if got := r.Header.Get("If-Modified-Since"); got != tt.modified {
					t.Errorf("If-Modified-Since: %q, want %q", got, tt.modified)
				}
				w.Header().Set("ETag", `"new"`)
				w.WriteHeader(http.StatusNotModified)
			})
			resp, err := newTest(t).Get(t.Context(), Request{URL: url, ETag: tt.etag, LastModified: tt.modified})
			if err != nil {
				t.Fatal(err)
			}
			if !resp.NotModified || resp.Status != 304 || resp.Body != nil || resp.ETag != `"new"` || resp.LastModified != "" {
				t.Errorf("response %+v", resp)
			}
		})
	}
}

// H2: a known ETag is always sent, beside a known Last-Modified or without one,
// and nothing is sent that is not known.
func TestH2ETagIsSentWhenKnown(t *testing.T) {
	var got http.Header
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = r.Header.Clone()
		w.WriteHeader(http.StatusNotModified)
	})
	for _, tt := range []struct{ name, etag, modified string }{
		{"both", `"e"`, "Mon, 02 Mar 2026 10:00:00 GMT"},
		{"etag", `"e"`, ""},
		{"date", "", "Mon, 02 Mar 2026 10:00:00 GMT"},
		{"neither", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := newTest(t).Get(t.Context(), Request{URL: url, ETag: tt.etag, LastModified: tt.modified})
			if unasked := tt.etag == "" && tt.modified == ""; unasked {
				wantStatus(t, err, "http-304")
			} else if err != nil {
				t.Error(err)
			}
			for key, want := range map[string]string{"If-None-Match": tt.etag, "If-Modified-Since": tt.modified} {
				if sent := got.Values(key); strings.Join(sent, "|") != want || want == "" && len(sent) > 0 {
					t.Errorf("%s: %q, want %q", key, sent, want)
				}
			}
		})
	}
}

// H3: every 200 and 304 gives back the validators it has, also empty ones, and
// never those that were sent.
func TestH3AnswersHaveTheirOwnValidators(t *testing.T) {
	for _, code := range []int{200, 304} {
		for _, etag := range []string{`"new"`, ""} {
			url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				if etag != "" {
					w.Header().Set("ETag", etag)
				}
				w.WriteHeader(code)
			})
			resp, err := newTest(t).Get(t.Context(), Request{URL: url, ETag: `"old"`, LastModified: "Mon, 02 Mar 2026 10:00:00 GMT"})
			if err != nil || resp.ETag != etag || resp.LastModified != "" || resp.NotModified != (code == 304) {
				t.Errorf("%d with etag %q: %+v, %v", code, etag, resp, err)
			}
		}
	}
}

// zipped writes s compressed.
func zipped(w http.ResponseWriter, s string) {
	w.Header().Set("Content-Encoding", "gzip")
	zw := gzip.NewWriter(w)
	_, _ = io.WriteString(zw, s)
	_ = zw.Close()
}

func TestGetDecompresses(t *testing.T) {
	text := strings.Repeat("메모리 반도체 ", 1000)
	for _, tt := range []struct {
		name    string
		handler http.HandlerFunc
		want    string
	}{
		{"gzip", func(w http.ResponseWriter, _ *http.Request) { zipped(w, text) }, text},
		{"blank lines under the floor", func(w http.ResponseWriter, _ *http.Request) { zipped(w, strings.Repeat("\n", ratioFloor)) }, strings.Repeat("\n", ratioFloor)},
		{"empty, said to be gzip", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Encoding", "gzip") }, ""},
		{"identity", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "identity")
			fmt.Fprint(w, text)
		}, text},
		{"two members", func(w http.ResponseWriter, _ *http.Request) {
			zipped(w, "one ")
			zipped(w, "two")
		}, "one two"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			resp, err := newTest(t).Get(t.Context(), Request{URL: serve(t, tt.handler)})
			if err != nil {
				t.Fatal(err)
			}
			if string(resp.Body) != tt.want || resp.Body == nil {
				t.Errorf("a body of %d bytes, want %d", len(resp.Body), len(tt.want))
			}
		})
	}
}

func TestGetKeepsConnections(t *testing.T) {
	var connections atomic.Int32
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/gone" {
			http.Error(w, "gone", http.StatusGone)
			return
		}
		fmt.Fprint(w, "hello")
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	c := newTest(t)
	for range 5 {
		if _, err := c.Get(t.Context(), Request{URL: s.URL}); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Get(t.Context(), Request{URL: s.URL + "/gone"}); err == nil {
			t.Fatal("410 is no error")
		}
	}
	if n := connections.Load(); n != 1 {
		t.Errorf("%d connections for 10 requests, want 1", n)
	}
}

func TestGetSpeaksHTTP2(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.Proto)
	}))
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	c := newTest(t)
	trust(c, s)
	resp, err := c.Get(t.Context(), Request{URL: s.URL})
	if err != nil {
		t.Fatal(err)
	}
	if string(resp.Body) != "HTTP/2.0" {
		t.Errorf("spoke %s, want HTTP/2.0", resp.Body)
	}
}

// trust makes c accept the certificate of s.
func trust(c *Client, s *httptest.Server) {
	c.transport.TLSClientConfig.RootCAs = s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
}

func TestGetKeepsTheGap(t *testing.T) {
	const gap = 20 * time.Millisecond
	url := serve(t, func(http.ResponseWriter, *http.Request) {})
	c := newTest(t, func(cfg *Config) { cfg.HostGap, cfg.HostConcurrency = gap, 1 })
	began := time.Now()
	for _, path := range []string{"/feed", "/page", "/feed"} {
		if _, err := c.Get(t.Context(), Request{URL: url + path}); err != nil {
			t.Fatal(err)
		}
	}
	if d := time.Since(began); d < 2*gap {
		t.Errorf("three requests took %v, want %v or more", d, 2*gap)
	}
}

func TestGetWaitsAsLongAsTheContext(t *testing.T) {
	url := serve(t, func(http.ResponseWriter, *http.Request) {})
	c := newTest(t, func(cfg *Config) { cfg.HostGap = time.Hour })
	if _, err := c.Get(t.Context(), Request{URL: url}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	_, err := c.Get(ctx, Request{URL: url})
	wantStatus(t, err, StatusTimeout)
}

func TestConfigValidate(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*Config)
		want   string
	}{
		{"default", func(*Config) {}, ""},
		{"no gap", func(c *Config) { c.HostGap = 0 }, ""},
		{"gap", func(c *Config) { c.HostGap = -time.Second }, "host_gap: -1s, want 0s or more"},
		{"concurrency", func(c *Config) { c.HostConcurrency = 0 }, "host_concurrency: 0, want 1 or more"},
		{"no agent", func(c *Config) { c.UserAgent = " " }, "user_agent: empty, want a name that site owners can look up"},
		{"agent", func(c *Config) { c.UserAgent = "a\nb" }, `user_agent: "a\nb", want printable ASCII`},
		{
			"all at once", func(c *Config) { c.Timeout, c.MaxBytes, c.MaxDecoded = 0, -1, -2 },
			"timeout: 0s, want more than 0s\nmax_bytes: -1, want 1 or more\nmax_decoded: -2, want at least max_bytes, -1",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg := Default
			tt.change(&cfg)
			got := ""
			if err := cfg.Validate(); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("Validate() = %q, want %q", got, tt.want)
			}
		})
	}
	if got, want := New(Config{}).cfg, Default; got.Timeout != want.Timeout || got.MaxDecoded != want.MaxDecoded || got.UserAgent != want.UserAgent || got.HostConcurrency != 1 {
		t.Errorf("New(Config{}) uses %+v", got)
	}
}
