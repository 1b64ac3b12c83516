package client

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"
)

// Connections go, sessions stay: a later handshake with the host resumes.
func TestSessionsResume(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		t.Run(fmt.Sprint("http2=", http2), func(t *testing.T) {
			s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				fmt.Fprint(w, r.TLS.DidResume)
			}))
			s.EnableHTTP2 = http2
			s.StartTLS()
			t.Cleanup(s.Close)
			c := newTest(t)
			trust(c, s)
			for i, want := range []string{"false", "true", "true"} {
				resp, err := c.Get(t.Context(), Request{URL: s.URL})
				if err != nil {
					t.Fatal(err)
				}
				if string(resp.Body) != want {
					t.Errorf("handshake %d resumed: %s, want %s", i, resp.Body, want)
				}
				c.Close()
			}
		})
	}
}

func TestConnectionsAreFew(t *testing.T) {
	tr := newTest(t).transport
	if tr.IdleConnTimeout != 30*time.Second || tr.MaxIdleConns != 256 || tr.MaxResponseHeaderBytes != 256<<10 ||
		tr.ResponseHeaderTimeout != 15*time.Second || tr.TLSHandshakeTimeout != 10*time.Second {
		t.Errorf("transport %+v", tr)
	}
}

// The headers have a time of their own, shorter than that of the body.
func TestHeaderTimeout(t *testing.T) {
	c := newTest(t, func(cfg *Config) { cfg.HeaderTimeout = 30 * time.Millisecond })
	_, err := c.Get(t.Context(), Request{URL: serve(t, hang)})
	wantStatus(t, err, StatusTimeout)
	resp, err := c.Get(t.Context(), Request{URL: serve(t, func(w http.ResponseWriter, _ *http.Request) {
		_ = http.NewResponseController(w).Flush()
		time.Sleep(60 * time.Millisecond)
		fmt.Fprint(w, "late")
	})})
	if err != nil || string(resp.Body) != "late" {
		t.Errorf("%v, want the late body", err)
	}
}

// H4: no cookie, no referrer, nothing added to the URL, also after a redirect
// and an error.
func TestH4NothingIsCarried(t *testing.T) {
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		for _, key := range []string{"Cookie", "Referer", "Cache-Control", "Pragma", "Origin"} {
			if v := r.Header.Get(key); v != "" {
				t.Errorf("%s %s: %q", r.URL, key, v)
			}
		}
		if r.URL.RawQuery != "" && r.URL.RawQuery != "a=1&&b" {
			t.Errorf("query %q", r.URL.RawQuery)
		}
		w.Header().Set("Set-Cookie", "a=b")
		if r.URL.Path == "/404" {
			http.NotFound(w, r)
			return
		}
		hops(w, r)
	})
	c := newTest(t)
	for _, path := range []string{"/301/302/end", "/404", "/end?a=1&&b", "/end"} {
		_, _ = c.Get(t.Context(), Request{URL: base + path})
	}
}

// H9: 410 has a status of its own, and so a caller can stop.
func TestH9Gone(t *testing.T) {
	_, err := newTest(t).Get(t.Context(), Request{URL: serve(t, code(410, ""))})
	if e := wantStatus(t, err, "http-410"); e.Code != http.StatusGone {
		t.Errorf("code %d", e.Code)
	}
}

// H10: name, version and an address where one can read more, on every request,
// the one for robots.txt too.
func TestH10UserAgent(t *testing.T) {
	asked := 0
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked++
		if got := r.Header["User-Agent"]; len(got) != 1 || got[0] != "chipwire/dev (+https://github.com/chipwire/chipwire)" {
			t.Errorf("%s: User-Agent %q", r.URL.Path, got)
		}
		hops(w, r)
	})
	if _, err := newTest(t).Get(t.Context(), Request{URL: base + "/301/end", Robots: true}); err != nil {
		t.Fatal(err)
	}
	if asked != 3 {
		t.Errorf("asked %d times, want 3", asked)
	}
}

// Kept connections are closed after some idle time, and a connection that the
// server closed in the meantime is no error.
func TestServerDropsIdleConnections(t *testing.T) {
	var connections atomic.Int32
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hello") }))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	c := newTest(t)
	for range 3 {
		if _, err := c.Get(t.Context(), Request{URL: s.URL}); err != nil {
			t.Fatal(err)
		}
		s.CloseClientConnections()
	}
	if connections.Load() != 3 {
		t.Errorf("%d connections, want 3", connections.Load())
	}
}
