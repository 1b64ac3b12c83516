package direct

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

const hello = ok + "Content-Length: 5\r\n\r\nhello"

// await waits until done says so, for as long as a busy machine may take.
func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within 10 s", what)
		}
	}
}

// ended reports whether the client has closed all connections of a site.
func (s *site) ended() bool {
	n := 0
	s.open.Range(func(any, any) bool { n++; return true })
	return n == 0
}

// request is a GET of url in ctx.
func request(ctx context.Context, t *testing.T, url string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

// until is a context that knows its end and has no timer.
type until struct {
	context.Context
	end time.Time
}

func (u until) Deadline() (time.Time, bool) { return u.end, true }

// A server that hangs is left at the end of the time for headers, of the whole, or
// of the context, wherever it hangs, and the connection goes.
func TestHangs(t *testing.T) {
	const soon = 50 * time.Millisecond
	for _, where := range []struct{ name, raw string }{
		{"at once", ""},
		{"in the headers", ok + "Content-Le"},
		{"behind hints", "HTTP/1.1 103 Early Hints\r\n\r\n"},
		{"in the body", ok + "Content-Length: 5\r\n\r\nhel"},
		{"in a chunk", ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhe"},
	} {
		for _, how := range []string{"headers", "deadline", "timer", "cancel"} {
			if how == "headers" && (where.name == "in the body" || where.name == "in a chunk") {
				continue // that time is over
			}
			t.Run(where.name+", "+how, func(t *testing.T) {
				t.Parallel()
				begun := make(chan struct{}, 1)
				s := serve(t, func(c net.Conn, _ int) bool {
					_, err := io.WriteString(c, where.raw)
					begun <- struct{}{}
					return err == nil
				})
				tr, ctx, want := newTransport(), t.Context(), "timeout"
				switch how {
				case "headers":
					tr.HeaderTimeout = soon
				case "deadline":
					ctx = until{ctx, time.Now().Add(soon)}
				case "timer":
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, soon)
					defer cancel()
				case "cancel":
					var cancel context.CancelFunc
					ctx, cancel = context.WithCancel(ctx)
					defer cancel()
					go func() { <-begun; cancel() }()
					want = "canceled"
				}
				if got := ask(ctx, tr, http.MethodGet, s.url); got.Err != want {
					t.Errorf("%v, want %s", got, want)
				}
				await(t, "the end of the connection", s.ended)
			})
		}
	}
}

// The time for headers is not that of the body.
func TestBodyHasTimeOfItsOwn(t *testing.T) {
	s := serve(t, func(c net.Conn, _ int) bool {
		_, _ = io.WriteString(c, ok+"Content-Length: 5\r\n\r\nhel")
		time.Sleep(150 * time.Millisecond)
		_, err := io.WriteString(c, "lo")
		return err == nil
	})
	tr := newTransport()
	tr.HeaderTimeout = 50 * time.Millisecond
	for range 2 {
		if got := ask(t.Context(), tr, http.MethodGet, s.url); got.Body != "hello" || got.Err != "" {
			t.Errorf("%v, want hello", got)
		}
	}
	if n := s.conns.Load(); n != 1 {
		t.Errorf("%d connections, want 1", n)
	}
}

// A context that has ended sends nothing, and one that ends after the answer does
// the connection no harm.
func TestContextsBeforeAndAfter(t *testing.T) {
	s := serve(t, say(hello, true))
	tr := newTransport()
	ctx, cancel := context.WithCancel(t.Context())
	for range 3 {
		if got := ask(ctx, tr, http.MethodGet, s.url); got.Body != "hello" {
			t.Errorf("%v", got)
		}
		cancel()
		ctx, cancel = context.WithCancel(t.Context())
	}
	cancel()
	if got := ask(ctx, tr, http.MethodGet, s.url); got.Err != "canceled" {
		t.Errorf("%v, want canceled", got)
	}
	if n := s.conns.Load(); n != 1 {
		t.Errorf("%d connections, want 1", n)
	}
}

// What comes behind an answer, or before a request, is nobody's answer.
func TestGarbageIsNoAnswer(t *testing.T) {
	const evil = ok + "Content-Length: 4\r\n\r\nevil"
	for _, tt := range []struct{ name, raw string }{
		{"behind a body", hello + evil},
		{"behind chunks", ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n" + evil},
		{"behind a 304", "HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\nevil"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, say(tt.raw, true))
			tr := newTransport()
			first := ask(t.Context(), tr, http.MethodGet, s.url)
			if second := ask(t.Context(), tr, http.MethodGet, s.url); first.Err != "" || second.Code != first.Code || second.Body != first.Body {
				t.Errorf("%v, then %v", first, second)
			}
			if n := s.conns.Load(); n != 2 {
				t.Errorf("%d connections, want 2", n)
			}
		})
	}
	t.Run("while idle", func(t *testing.T) {
		conns := make(chan net.Conn, 2)
		s := serve(t, func(c net.Conn, _ int) bool {
			conns <- c
			_, err := io.WriteString(c, hello)
			return err == nil
		})
		tr := newTransport()
		_ = ask(t.Context(), tr, http.MethodGet, s.url)
		_, _ = io.WriteString(<-conns, "HTTP/1.1 408 Request Timeout\r\n\r\n")
		c := tr.idle.newest
		await(t, "the late words", func() bool { return !c.alive() })
		if got := ask(t.Context(), tr, http.MethodGet, s.url); got.Body != "hello" || s.conns.Load() != 2 {
			t.Errorf("%v on %d connections, want hello on 2", got, s.conns.Load())
		}
	})
}

// A connection that the server closed while it was idle is not used.
func TestClosedWhileIdle(t *testing.T) {
	s := serve(t, say(hello, false))
	tr := newTransport()
	for i := range 3 {
		resp, err := tr.RoundTrip(request(t.Context(), t, s.url))
		if err != nil {
			t.Fatalf("request %d: %v", i, err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		c := tr.idle.newest
		await(t, "the end of the connection", func() bool { return !c.alive() })
	}
	if n := s.conns.Load(); n != 3 {
		t.Errorf("%d connections, want 3", n)
	}
}

// A kept connection that ends on a request says so, once: the other kept ones of
// the host go as well, and nothing is sent again by itself.
func TestErrKept(t *testing.T) {
	var asked atomic.Int32
	both := make(chan struct{})
	s := serve(t, func(c net.Conn, n int) bool {
		if asked.Add(1) == 2 {
			close(both)
		}
		<-both
		_, err := io.WriteString(c, map[int]string{0: hello}[n])
		return err == nil && n == 0
	})
	tr := newTransport()
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() { _ = ask(t.Context(), tr, http.MethodGet, s.url) })
	}
	wg.Wait()
	if tr.idle.n != 2 {
		t.Fatalf("%d connections are kept, want 2", tr.idle.n)
	}
	wrote := 0
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{WroteHeaders: func() { wrote++ }})
	if _, err := tr.RoundTrip(request(ctx, t, s.url)); !errors.Is(err, ErrKept) || wrote != 1 || asked.Load() != 3 {
		t.Errorf("%v, written %d times, asked %d times, want once more", err, wrote, asked.Load())
	}
	if tr.idle.n != 0 {
		t.Errorf("%d connections are kept, want none", tr.idle.n)
	}
	if _, err := tr.RoundTrip(request(ctx, t, s.url)); err != nil || s.conns.Load() != 3 {
		t.Errorf("%v on connection %d, want an answer on the third", err, s.conns.Load())
	}
}

// What a server says before it has read the request, and closes, is heard.
func TestLastWords(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	said := make(chan struct{})
	go func() { // ends with the listener
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(c, "HTTP/1.1 503 Busy\r\nContent-Length: 4\r\nRetry-After: 9\r\n\r\nbusy")
			_ = c.Close()
			said <- struct{}{}
		}
	}()
	tr := newTransport()
	dial := tr.Dial
	tr.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := dial(ctx, network, address)
		<-said
		return c, err
	}
	for range 5 {
		if got := ask(t.Context(), tr, http.MethodGet, "http://"+l.Addr().String()); got.Code != 503 || got.Header.Get("Retry-After") != "9" {
			t.Errorf("%v, want 503", got)
		}
	}
}

// A body that is given up takes its connection with it.
func TestBodyGivenUp(t *testing.T) {
	s := serve(t, say(hello, true))
	tr := newTransport()
	resp, err := tr.RoundTrip(request(t.Context(), t, s.url))
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if _, err := resp.Body.Read(make([]byte, 1)); !errors.Is(err, http.ErrBodyReadAfterClose) {
		t.Errorf("read after close: %v", err)
	}
	_ = resp.Body.Close()
	await(t, "the end of the connection", s.ended)
	if tr.idle.n != 0 {
		t.Errorf("%d connections are kept", tr.idle.n)
	}
}

// pipes has the transport dial servers in memory, which know fake time.
func pipes(tr *Transport) (open *atomic.Int32) {
	open = new(atomic.Int32)
	tr.Dial = func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		open.Add(1)
		go func() { // ends with the connection
			defer open.Add(-1)
			defer theirs.Close()
			br := bufio.NewReader(theirs)
			for {
				if _, err := http.ReadRequest(br); err != nil {
					return
				}
				if _, err := io.WriteString(theirs, hello); err != nil {
					return
				}
			}
		}()
		return ours, nil
	}
	return open
}

// The transport keeps no more connections than it may, drops the one that has been
// idle for longest, and all of them after their time.
func TestIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTransport()
		tr.MaxIdle, tr.MaxIdlePerHost = 3, 2
		open := pipes(tr)
		visit := func(host string, atOnce int) {
			t.Helper()
			var bodies []io.ReadCloser
			for range atOnce {
				resp, err := tr.RoundTrip(request(t.Context(), t, "http://"+host+"/"))
				if err != nil {
					t.Fatal(err)
				}
				bodies = append(bodies, resp.Body)
			}
			for _, b := range bodies {
				_, _ = io.Copy(io.Discard, b)
			}
		}
		kept := func(want string, n int32) {
			t.Helper()
			synctest.Wait()
			tr.idle.mu.Lock()
			defer tr.idle.mu.Unlock()
			got := ""
			for c := tr.idle.oldest; c != nil; c = c.newer {
				got += c.host
			}
			if got != want || open.Load() != n || tr.idle.n != len(want) {
				t.Errorf("%q kept of %d open, counted %d, want %q of %d", got, open.Load(), tr.idle.n, want, n)
			}
		}
		visit("a", 3)
		kept("aa", 2)
		time.Sleep(time.Second)
		visit("b", 1)
		kept("aab", 3)
		visit("a", 1)
		kept("aba", 3)
		visit("c", 1)
		kept("bac", 3)
		visit("a", 1)
		kept("bca", 3)
		time.Sleep(20 * time.Second)
		visit("b", 1)
		kept("cab", 3)
		time.Sleep(15 * time.Second)
		kept("b", 1)
		time.Sleep(time.Minute)
		kept("", 0)
		visit("d", 2)
		kept("dd", 2)
		tr.CloseIdleConnections()
		kept("", 0)
		visit("d", 1) // may be used again
		kept("d", 1)
		time.Sleep(31 * time.Second)
		kept("", 0)
		tr.CloseIdleConnections()
	})
}

// Many at once, with ends of every kind in between: for the race detector.
func TestManyAtOnce(t *testing.T) {
	var n atomic.Int32
	s := serve(t, func(c net.Conn, _ int) bool {
		i := n.Add(1)
		_, err := io.WriteString(c, hello)
		return err == nil && i%7 != 0
	})
	tr := newTransport()
	defer tr.CloseIdleConnections()
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := range 50 {
				ctx, cancel := context.WithCancel(t.Context())
				if (w+i)%5 == 0 {
					go cancel()
				}
				if got := ask(ctx, tr, http.MethodGet, s.url); got.Err == "" && got.Body != "hello" {
					t.Errorf("%v", got)
				}
				cancel()
			}
		})
	}
	wg.Wait()
}

// An answer without a body costs few allocations, and no more than it did.
func TestFewAllocations(t *testing.T) {
	raw := []byte("HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\n\r\n")
	tr := newTransport()
	tr.Dial = func(context.Context, string, string) (net.Conn, error) { return &echo{raw: raw}, nil }
	req := request(t.Context(), t, "http://a.example/feed")
	req.Header.Set("If-None-Match", `"a"`)
	got := testing.AllocsPerRun(200, func() {
		if resp, err := tr.RoundTrip(req); err != nil || resp.StatusCode != 304 {
			t.Fatal(resp, err)
		}
	})
	if got > 30 {
		t.Errorf("%v allocations", got)
	}
}

// echo answers everything with raw, without a network.
type echo struct {
	net.Conn
	raw  []byte
	left []byte
}

func (e *echo) Write(p []byte) (int, error) { e.left = e.raw; return len(p), nil }
func (e *echo) Read(p []byte) (int, error) {
	n := copy(p, e.left)
	e.left = e.left[n:]
	return n, nil
}
func (e *echo) Close() error                    { return nil }
func (e *echo) SetDeadline(time.Time) error     { return nil }
func (e *echo) SetReadDeadline(time.Time) error { return nil }
