package client

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// A clock is a server that notes by its own clock when requests start, and how
// many it has in hand.
type clock struct {
	*httptest.Server
	mu       sync.Mutex
	starts   []time.Time
	paths    []string
	in, most int
}

// newClock serves h. listen may change what the server listens to.
func newClock(t *testing.T, h http.HandlerFunc, listen func(net.Listener) net.Listener) *clock {
	t.Helper()
	c := &clock{}
	c.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		c.starts, c.paths = append(c.starts, time.Now()), append(c.paths, r.URL.Path)
		c.in++
		c.most = max(c.most, c.in)
		c.mu.Unlock()
		defer func() {
			c.mu.Lock()
			c.in--
			c.mu.Unlock()
		}()
		h(w, r)
	}))
	if listen != nil {
		c.Listener = listen(c.Listener)
	}
	c.Start()
	t.Cleanup(c.Close)
	return c
}

// check reports starts closer than gap, and more than limit at once.
func (c *clock) check(t *testing.T, n int, gap time.Duration, limit int) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.starts) != n {
		t.Errorf("the server was asked for %v, want %d requests", c.paths, n)
	}
	for i := 1; i < len(c.starts); i++ {
		if d := c.starts[i].Sub(c.starts[i-1]); d < gap {
			t.Errorf("%s began %v after %s, want %v", c.paths[i], d, c.paths[i-1], gap)
		}
	}
	if c.most > limit {
		t.Errorf("%d requests were in hand at once, want at most %d", c.most, limit)
	}
}

// lateListener hands on its first connection late, as a busy server does: the
// client has dialled and written by then.
type lateListener struct {
	net.Listener
	once sync.Once
	late time.Duration
}

// Accept implements net.Listener.
func (l *lateListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	l.once.Do(func() { time.Sleep(l.late) })
	return conn, err
}

// The gap is one between the starts that the host sees.
func TestAsk1GapByTheServersClock(t *testing.T) {
	const gap = 150 * time.Millisecond
	fine := func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "fine") }
	for _, tt := range []struct {
		name    string
		handler http.HandlerFunc
		listen  func(net.Listener) net.Listener
		dial    time.Duration // of the first connection, beside what it takes
		change  func(*Config)
		want    int // requests that the server sees of three
	}{
		{name: "a slow dial, then a kept connection", handler: fine, dial: gap * 3 / 4, want: 3},
		{name: "a server that sees late", handler: fine, want: 3, listen: func(l net.Listener) net.Listener {
			return &lateListener{Listener: l, late: gap * 3 / 4}
		}},
		{name: "a slow answer", want: 3, handler: func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(gap * 3 / 2)
			fine(w, r)
		}},
		{name: "redirects within the host", want: 6, handler: func(w http.ResponseWriter, r *http.Request) {
			if !strings.HasSuffix(r.URL.Path, "/to") {
				http.Redirect(w, r, r.URL.Path+"/to", http.StatusMovedPermanently)
				return
			}
			fine(w, r)
		}},
		{name: "a redirect whose page is not read", want: 6, handler: func(w http.ResponseWriter, r *http.Request) {
			if !strings.HasSuffix(r.URL.Path, "/to") {
				w.Header().Set("Location", r.URL.Path+"/to")
				w.WriteHeader(http.StatusFound)
			}
			fmt.Fprint(w, noise(64<<10))
		}},
		{name: "given up in the headers", want: 3, change: func(c *Config) { c.HeaderTimeout = gap / 2 }, handler: hang},
		{name: "given up in the body", want: 3, change: func(c *Config) { c.Timeout = gap / 2 }, handler: hangInBody},
		{name: "cut at the limit", want: 3, change: func(c *Config) { c.MaxBytes = 1 << 10 }, handler: endless},
		{name: "a kept connection that is reset", want: 5, handler: func() http.HandlerFunc {
			n := 0 // one at a time, in turns: an answer, and a reset of the connection that it kept
			return func(w http.ResponseWriter, r *http.Request) {
				if n++; n%2 == 0 {
					hijack("", true)(w, r)
					return
				}
				fine(w, r)
			}
		}()},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newClock(t, tt.handler, tt.listen)
			c := newTest(t, func(cfg *Config) {
				cfg.HostGap, cfg.HostConcurrency = gap, 1
				if tt.change != nil {
					tt.change(cfg)
				}
			})
			slowDial(c, tt.dial)
			var wg sync.WaitGroup
			for i := range 3 {
				wg.Go(func() { _, _ = c.Get(t.Context(), Request{URL: fmt.Sprint(s.URL, "/", i)}) })
			}
			wg.Wait()
			s.check(t, tt.want, gap, 1)
		})
	}
}

// slowDial makes the first dial of c take longer.
func slowDial(c *Client, d time.Duration) {
	var once sync.Once
	dial := c.direct.Dial
	c.direct.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
		once.Do(func() { time.Sleep(d) })
		return dial(ctx, network, addr)
	}
}

// robots.txt counts as a start like any page, and comes first.
func TestAsk1RobotsCountAsStarts(t *testing.T) {
	const gap = 100 * time.Millisecond
	s := newClock(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "User-agent: *\n") }, nil)
	c := newTest(t, func(cfg *Config) { cfg.HostGap, cfg.HostConcurrency = gap, 1 })
	for _, path := range []string{"/1", "/2"} {
		if err := get(t, c, s.URL+path); err != nil {
			t.Fatal(err)
		}
	}
	s.check(t, 3, gap, 1)
	if s.paths[0] != "/robots.txt" {
		t.Errorf("asked for %v, want robots.txt first", s.paths)
	}
}

// Where several requests may be in flight they start apart as well, and no more
// than allowed.
func TestAsk1GapOfSeveralInFlight(t *testing.T) {
	t.Parallel()
	const gap = 250 * time.Millisecond
	s := newClock(t, func(w http.ResponseWriter, _ *http.Request) {
		_ = http.NewResponseController(w).Flush()
		time.Sleep(3 * gap)
	}, nil)
	c := newTest(t, func(cfg *Config) { cfg.HostGap, cfg.HostConcurrency = gap, 2 })
	slowDial(c, gap*3/4)
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			if _, err := c.Get(t.Context(), Request{URL: fmt.Sprint(s.URL, "/", i)}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	s.check(t, 4, gap, 2)
}

// The ports of a server of the open internet are one host: a redirect to TLS is
// no way round the gap.
func TestAsk1GapOfAllPorts(t *testing.T) {
	for raw, want := range map[string]string{
		"http://News.example/a": "news.example", "https://news.example./": "news.example", "https://news.example:8443": "news.example",
		"http://93.184.216.34:8080": "93.184.216.34", "http://127.0.0.1": "127.0.0.1:80", "https://nas.local": "nas.local:443",
	} {
		u, err := url.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		if got := gateKey(u); got != want {
			t.Errorf("gateKey(%s) = %s, want %s", raw, got, want)
		}
	}
}
