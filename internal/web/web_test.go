package web

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, strings.TrimSpace(string(body))
}

func TestHealth(t *testing.T) {
	var away atomic.Bool
	s, err := Listen(Config{Listen: "127.0.0.1:0"}, Deps{Reasons: func() []string {
		if away.Load() {
			return []string{"nats is away"}
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	for _, tt := range []struct {
		path string
		away bool
		code int
		body string
	}{
		{"/livez", false, 200, "ok"},
		{"/livez", true, 200, "ok"},
		{"/readyz", false, 200, `{"ready":true,"reasons":[]}`},
		{"/readyz", true, 503, `{"ready":false,"reasons":["nats is away"]}`},
		{"/healthz", true, 503, `{"ready":false,"reasons":["nats is away"]}`},
		{"/nothing", false, 404, "404 page not found"},
	} {
		away.Store(tt.away)
		if code, body := get(t, s.URL()+tt.path); code != tt.code || body != tt.body {
			t.Errorf("%s: %d %s, want %d %s", tt.path, code, body, tt.code, tt.body)
		}
	}
	stop()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("Run: %v", err)
	}
	if _, err := http.Get(s.URL() + "/livez"); err == nil {
		t.Error("answers after its end")
	}
}

func TestListenOnATakenPort(t *testing.T) {
	s, err := Listen(Config{Listen: "127.0.0.1:0"}, Deps{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	_, err = Listen(Config{Listen: strings.TrimPrefix(s.URL(), "http://")}, Deps{})
	if !errors.Is(err, ErrPortTaken) || !strings.Contains(err.Error(), "web.listen") {
		t.Errorf("%v, want ErrPortTaken that names the key", err)
	}
}

func TestValidate(t *testing.T) {
	for listen, ok := range map[string]bool{"": true, "127.0.0.1:8080": true, ":0": true, "8080": false, "127.0.0.1:": false, "127.0.0.1:99999": false, "a:b": false} {
		if err := (Config{Listen: listen}).Validate(); (err == nil) != ok {
			t.Errorf("%q: %v", listen, err)
		}
	}
}

// TestProfilesAreForThisMachine holds that only who asks on loopback, by its
// name, and for himself, sees a profile.
func TestProfilesAreForThisMachine(t *testing.T) {
	h := (&Server{deps: Deps{Reasons: func() []string { return nil }}}).routes()
	here, there := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080}, &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 8080}
	for _, tt := range []struct {
		name, host, from, via string
		at                    net.Addr
		code                  int
	}{
		{"loopback", "127.0.0.1:8080", "127.0.0.1:5000", "", here, 200},
		{"localhost", "localhost:8080", "[::1]:5000", "", here, 200},
		{"from elsewhere", "192.0.2.1:8080", "192.0.2.9:5000", "", there, 404},
		{"from here, at another address", "192.0.2.1:8080", "127.0.0.1:5000", "", there, 404},
		{"by a name of somebody else", "evil.example:8080", "127.0.0.1:5000", "", here, 404},
		{"through a proxy", "127.0.0.1:8080", "127.0.0.1:5000", "192.0.2.9", here, 404},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequestWithContext(context.WithValue(t.Context(), http.LocalAddrContextKey, tt.at), http.MethodGet, "/debug/pprof/goroutine?debug=1", nil)
			r.Host, r.RemoteAddr = tt.host, tt.from
			if tt.via != "" {
				r.Header.Set("X-Forwarded-For", tt.via)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != tt.code {
				t.Errorf("%d, want %d", w.Code, tt.code)
			}
		})
	}
}
