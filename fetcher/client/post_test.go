package client

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestPost(t *testing.T) {
	form := url.Values{"hub.mode": {"subscribe"}, "hub.topic": {"https://a.example/?a=1&b=2"}}
	address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Method != "POST" || string(body) != form.Encode() || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" {
			t.Errorf("%s %s with %q (%v), want the form", r.Method, r.URL, body, err)
		}
		switch r.URL.Path {
		case "/307", "/308":
			w.Header().Set("Location", "/ok")
			w.WriteHeader(map[string]int{"/307": 307, "/308": 308}[r.URL.Path])
			return
		case "/301", "/302", "/303":
			w.Header().Set("Location", "/ok")
			w.WriteHeader(map[string]int{"/301": 301, "/302": 302, "/303": 303}[r.URL.Path])
			return
		case "/204":
			w.WriteHeader(http.StatusNoContent)
		case "/ok", "/202":
			w.WriteHeader(http.StatusAccepted)
			fmt.Fprint(w, "taken")
		case "/big":
			w.WriteHeader(http.StatusAccepted)
			fmt.Fprint(w, strings.Repeat("x", 1<<12))
		case "/503":
			w.Header().Set("Retry-After", "600")
			w.WriteHeader(http.StatusServiceUnavailable)
		default:
			w.WriteHeader(http.StatusBadRequest)
		}
	})
	c := newTest(t)
	for _, tt := range []struct {
		path string
		code int
		want Status
	}{
		{"/ok", 202, ""},
		{"/204", 204, ""},
		{"/307", 202, ""},
		{"/308", 202, ""},
		{"/301", 0, StatusRedirect},
		{"/302", 0, StatusRedirect},
		{"/303", 0, StatusRedirect},
		{"/no", 0, "http-400"},
		{"/big", 0, StatusTooBig},
		{"/503", 0, StatusRetryAfter},
		{"/503", 0, StatusResting},
	} {
		resp, err := c.Post(t.Context(), Request{URL: address + tt.path, MaxBytes: 1 << 10}, form)
		if tt.want != "" {
			if wantStatus(t, err, tt.want); !strings.HasPrefix(err.Error(), "post to http://") {
				t.Errorf("%v, want an error of a post", err)
			}
			continue
		}
		if err != nil || resp.Status != tt.code {
			t.Errorf("%s: %+v, %v, want %d", tt.path, resp, err, tt.code)
		}
	}
}

// The guard and the gap are those of every request.
func TestPostIsGuarded(t *testing.T) {
	address := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("was asked") })
	c := newTest(t, func(cfg *Config) { cfg.AllowPrivate = false })
	_, err := c.Post(t.Context(), Request{URL: address}, url.Values{"a": {"b"}})
	wantStatus(t, err, StatusAddress)

	const gap = 20 * time.Millisecond
	address = serve(t, func(http.ResponseWriter, *http.Request) {})
	c = newTest(t, func(cfg *Config) { cfg.HostGap, cfg.HostConcurrency = gap, 1 })
	began := time.Now()
	for range 3 {
		if _, err := c.Post(t.Context(), Request{URL: address}, url.Values{"a": {"b"}}); err != nil {
			t.Fatal(err)
		}
	}
	if d := time.Since(began); d < 2*gap {
		t.Errorf("three posts took %v, want %v or more", d, 2*gap)
	}
}

// An answer that is good for a form is none for a page.
func TestGetWants200(t *testing.T) {
	address := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) })
	_, err := newTest(t).Get(t.Context(), Request{URL: address})
	if e := (*Error)(nil); !errors.As(err, &e) || e.Code != http.StatusAccepted {
		t.Errorf("%v, want an error with 202", err)
	}
}
