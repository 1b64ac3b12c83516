package direct

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// A site is a server on loopback that answers each request with bytes.
type site struct {
	url   string
	conns atomic.Int32
	open  sync.Map // net.Conn -> nothing
}

// A reply is what a site does with a request, the n-th on its connection from 0
// on. It reports whether the connection goes on.
type reply func(c net.Conn, n int) bool

// serve starts a site.
func serve(t *testing.T, answer reply) *site {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &site{url: "http://" + l.Addr().String() + "/feed?a=1"}
	var wg sync.WaitGroup
	t.Cleanup(func() {
		_ = l.Close()
		s.open.Range(func(c, _ any) bool { return c.(net.Conn).Close() == nil || true })
		wg.Wait()
	})
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.conns.Add(1)
			s.open.Store(c, nil)
			wg.Go(func() {
				defer s.open.Delete(c)
				defer c.Close()
				br := bufio.NewReader(c)
				for n := 0; ; n++ {
					req, err := http.ReadRequest(br)
					if err != nil || req.URL.Path != "/feed" || !answer(c, n) {
						return
					}
				}
			})
		}
	})
	return s
}

// say answers with raw and goes on, or closes.
func say(raw string, open bool) reply {
	return func(c net.Conn, _ int) bool {
		_, err := io.WriteString(c, raw)
		return open && err == nil
	}
}

func newTransport() *Transport {
	return &Transport{
		Dial: (&net.Dialer{}).DialContext, HeaderTimeout: 5 * time.Second, MaxHeaderBytes: 64 << 10,
		IdleTimeout: 30 * time.Second, MaxIdle: 8, MaxIdlePerHost: 2,
	}
}

// reference is the transport of net/http with the same settings.
func reference() *http.Transport {
	return &http.Transport{
		DialContext: (&net.Dialer{}).DialContext, ResponseHeaderTimeout: 5 * time.Second, MaxResponseHeaderBytes: 64 << 10,
		IdleConnTimeout: 30 * time.Second, MaxIdleConns: 8, MaxIdleConnsPerHost: 2, DisableCompression: true,
	}
}

// An outcome is what became of one request.
type outcome struct {
	Code    int
	Proto   string
	Header  http.Header
	Length  int64
	Body    string
	Trailer http.Header
	Err     string // its class, "" for none
}

// String cuts what is long.
func (o outcome) String() string {
	return fmt.Sprintf("%d %s %.200v %d %.200q %.200v error %.200q", o.Code, o.Proto, fmt.Sprint(o.Header), o.Length, o.Body, fmt.Sprint(o.Trailer), o.Err)
}

// ask sends a request as the client does, which sends one again after [ErrKept].
func ask(ctx context.Context, rt http.RoundTripper, method, url string) outcome {
	req, err := http.NewRequestWithContext(ctx, method, url, nil)
	if err != nil {
		return outcome{Err: err.Error()}
	}
	resp, err := rt.RoundTrip(req)
	if errors.Is(err, ErrKept) {
		resp, err = rt.RoundTrip(req)
	}
	if err != nil {
		return outcome{Err: class(err)}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return outcome{resp.StatusCode, resp.Proto, resp.Header, resp.ContentLength, string(body), maps.Clone(resp.Trailer), class(err)}
}

// class is what a program can tell of an error. That of a broken answer is its text.
func class(err error) string {
	var timeout net.Error
	switch s := fmt.Sprint(err); {
	case err == nil:
		return ""
	case errors.Is(err, context.Canceled):
		return "canceled"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "timeout"
	case strings.Contains(s, "response headers exceeded"):
		return "headers too long"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "ended"
	default:
		return strings.TrimPrefix(s, "net/http: HTTP/1.x transport connection broken: ")
	}
}

const ok = "HTTP/1.1 200 OK\r\n"

// answers are what a server may say, also against all rules. One that closes does
// so once the answer is out.
var answers = []struct {
	name   string
	method string // "" for GET
	raw    string
	closes bool
	conns  int32 // that two requests take
}{
	{name: "length", raw: ok + "Content-Length: 5\r\nETag: \"a\"\r\n\r\nhello", conns: 1},
	{name: "no bytes", raw: ok + "Content-Length: 0\r\n\r\n", conns: 1},
	{name: "not modified", raw: "HTTP/1.1 304 Not Modified\r\nETag: W/\"x\"\r\n\r\n", conns: 1},
	{name: "not modified, with a length", raw: "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", conns: 1},
	{name: "not modified, chunked", raw: "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n", conns: 1},
	{name: "no content", raw: "HTTP/1.1 204 No Content\r\n\r\n", conns: 1},
	{name: "head", method: http.MethodHead, raw: ok + "Content-Length: 5\r\n\r\n", conns: 1},
	{name: "head, chunked", method: http.MethodHead, raw: ok + "Transfer-Encoding: chunked\r\n\r\n", conns: 1},
	{name: "chunked", raw: ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1;x=y\r\n!\r\n0\r\n\r\n", conns: 1},
	{name: "trailers", raw: ok + "Transfer-Encoding: chunked\r\nTrailer: Digest\r\n\r\n5\r\nhello\r\n0\r\nDigest: d\r\nOther: o\r\n\r\n", conns: 1},
	{name: "trailers, endless", raw: ok + "Transfer-Encoding: chunked\r\n\r\n0\r\nA: " + strings.Repeat("a", 8<<10) + "\r\n\r\n", conns: 2},
	{name: "until the end", raw: ok + "\r\nhello", closes: true, conns: 2},
	{name: "1.0", raw: "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", conns: 2},
	{name: "1.0, kept", raw: "HTTP/1.0 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\nhello", conns: 1},
	{name: "close", raw: ok + "Content-Length: 5\r\nConnection: close\r\n\r\nhello", conns: 2},
	{name: "close, not modified", raw: "HTTP/1.1 304 Not Modified\r\nConnection: Close\r\n\r\n", conns: 2},
	{name: "silent close", raw: ok + "Content-Length: 5\r\n\r\nhello", closes: true, conns: 2},
	{name: "continue", raw: "HTTP/1.1 100 Continue\r\n\r\n" + ok + "Content-Length: 2\r\n\r\nhi", conns: 1},
	{name: "early hints", raw: "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + ok + "Content-Length: 2\r\n\r\nhi", conns: 1},
	{name: "hints without end", raw: strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", 4000), closes: true, conns: 2},
	{name: "hints and no answer", raw: "HTTP/1.1 103 Early Hints\r\n\r\n", closes: true, conns: 2},
	{name: "large headers", raw: ok + "Content-Length: 2\r\nA: " + strings.Repeat("a", 40<<10) + "\r\n\r\nhi", conns: 1},
	{name: "huge header", raw: ok + "A: " + strings.Repeat("a", 100<<10) + "\r\n\r\n", closes: true, conns: 2},
	{name: "many headers", raw: ok + strings.Repeat("A: b\r\n", 20<<10) + "\r\n", closes: true, conns: 2},
	{name: "line feeds", raw: "HTTP/1.1 200 OK\nContent-Length: 2\n\nhi", conns: 1},
	{name: "two lengths, the same", raw: ok + "Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi", conns: 1},
	{name: "two lengths", raw: ok + "Content-Length: 2\r\nContent-Length: 3\r\n\r\nhi", closes: true, conns: 2},
	{name: "a list of lengths", raw: ok + "Content-Length: 2, 2\r\n\r\nhi", closes: true, conns: 2},
	{name: "negative length", raw: ok + "Content-Length: -1\r\n\r\nhi", closes: true, conns: 2},
	{name: "signed length", raw: ok + "Content-Length: +2\r\n\r\nhi", closes: true, conns: 2},
	{name: "length too long", raw: ok + "Content-Length: 99999999999999999999\r\n\r\nhi", closes: true, conns: 2},
	{name: "empty length", raw: ok + "Content-Length:\r\n\r\nhi", closes: true, conns: 2},
	{name: "length and chunks", raw: ok + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", conns: 1},
	{name: "another coding", raw: ok + "Transfer-Encoding: gzip\r\n\r\nhi", closes: true, conns: 2},
	{name: "two codings", raw: ok + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", closes: true, conns: 2},
	{name: "1.0, chunked", raw: "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", closes: true, conns: 2},
	{name: "no chunk", raw: ok + "Transfer-Encoding: chunked\r\n\r\nzz\r\nhi\r\n0\r\n\r\n", closes: true, conns: 2},
	{name: "negative chunk", raw: ok + "Transfer-Encoding: chunked\r\n\r\n-2\r\nhi\r\n0\r\n\r\n", closes: true, conns: 2},
	{name: "chunk too long", raw: ok + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nhi\r\n0\r\n\r\n", closes: true, conns: 2},
	{name: "chunk without end", raw: ok + "Transfer-Encoding: chunked\r\n\r\n2\r\nhi0\r\n\r\n", closes: true, conns: 2},
	{name: "chunk, line feeds", raw: ok + "Transfer-Encoding: chunked\r\n\r\n2\nhi\n0\n\n", closes: true, conns: 2},
	{name: "cut chunk", raw: ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhel", closes: true, conns: 2},
	{name: "cut behind a chunk", raw: ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", closes: true, conns: 2},
	{name: "cut body", raw: ok + "Content-Length: 99\r\n\r\nhalf", closes: true, conns: 2},
	{name: "cut headers", raw: ok + "Content-Len", closes: true, conns: 2},
	{name: "cut line", raw: "HTTP/1.1 2", closes: true, conns: 2},
	{name: "nothing", raw: "", closes: true, conns: 2},
	{name: "blank line first", raw: "\r\n" + ok + "Content-Length: 2\r\n\r\nhi", closes: true, conns: 2},
	{name: "no colon", raw: ok + "Content-Length\r\n\r\nhi", closes: true, conns: 2},
	{name: "no name", raw: ok + ": a\r\n\r\nhi", closes: true, conns: 2},
	{name: "space before the colon", raw: ok + "Content-Length : 2\r\n\r\nhi", closes: true, conns: 2},
	{name: "odd name", raw: ok + "a b: c\r\nContent-Length: 2\r\n\r\nhi", closes: true, conns: 2},
	{name: "folded", raw: ok + "A: b\r\n c\r\nContent-Length: 2\r\n\r\nhi", conns: 1},
	{name: "folded at first", raw: ok + " A: b\r\n\r\nhi", closes: true, conns: 2},
	{name: "zero byte", raw: ok + "A: b\x00c\r\nContent-Length: 2\r\n\r\nhi", closes: true, conns: 2},
	{name: "korean", raw: ok + "a-name: \ub0a8\r\ncontent-length: 2\r\n\r\nhi", conns: 1},
	{name: "no reason", raw: "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nhi", conns: 1},
	{name: "no code", raw: "HTTP/1.1\r\n\r\n", closes: true, conns: 2},
	{name: "letters for a code", raw: "HTTP/1.1 abc OK\r\n\r\n", closes: true, conns: 2},
	{name: "code of four digits", raw: "HTTP/1.1 2000 OK\r\n\r\n", closes: true, conns: 2},
	{name: "code 099", raw: "HTTP/1.1 099 OK\r\nContent-Length: 2\r\n\r\nhi", conns: 2},
	{name: "code 999", raw: "HTTP/1.1 999 OK\r\nContent-Length: 2\r\n\r\nhi", conns: 1},
	{name: "another protocol", raw: "ICY 200 OK\r\n\r\n", closes: true, conns: 2},
	{name: "version 3", raw: "HTTP/3.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", conns: 1},
	{name: "binary", raw: "\x15\x03\x01\x00\x02\x02\x0a", closes: true, conns: 2},
	{name: "pragma", raw: ok + "Pragma: no-cache\r\nContent-Length: 2\r\n\r\nhi", conns: 1},
}

// Both transports make the same of every answer, twice in a row and on as many
// connections.
func TestAsNetHTTP(t *testing.T) {
	for _, tt := range answers {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got [2][2]outcome
			for i, rt := range []http.RoundTripper{reference(), newTransport()} {
				s := serve(t, say(tt.raw, !tt.closes))
				method := tt.method
				if method == "" {
					method = http.MethodGet
				}
				for n := range got[i] {
					got[i][n] = ask(t.Context(), rt, method, s.url)
				}
				if conns := s.conns.Load(); conns != tt.conns {
					t.Errorf("%T: %d connections, want %d", rt, conns, tt.conns)
				}
				rt.(interface{ CloseIdleConnections() }).CloseIdleConnections()
			}
			for n := range got[0] {
				if want := got[0][n]; !reflect.DeepEqual(got[1][n], want) {
					t.Errorf("request %d: %v, want %v", n, got[1][n], want)
				}
			}
		})
	}
}

// What is sent is what net/http sends.
func TestRequestAsNetHTTP(t *testing.T) {
	for _, tt := range []struct {
		name, path string
		header     http.Header
	}{
		{"nothing", "/feed", http.Header{}},
		{"ours", "/feed?a=b&&c#d", http.Header{"User-Agent": {"chipwire/1 (+https://a.example)"}, "Accept": {"*/*"}, "If-None-Match": {`W/"x y"`}, "If-Modified-Since": {"yesterday"}}},
		{"no user agent", "/feed", http.Header{"User-Agent": {""}}},
		{"close", "/feed", http.Header{"Connection": {"close"}}},
		{"several values", "/feed", http.Header{"X-A": {"1", "2"}, "X-B": {"", " spaces "}}},
		{"headers of the transport", "/feed", http.Header{"Host": {"other.example"}, "Content-Length": {"7"}, "Transfer-Encoding": {"chunked"}, "Trailer": {"A"}}},
		{"authorization", "/feed", http.Header{"Authorization": {"Basic YTpi"}}},
		{"odd path", "/feed;a=%20b/%EB%82%A8/../x?q=%2f", http.Header{}},
		{"odd name", "/feed", http.Header{"a b": {"c"}}},
		{"line break", "/feed", http.Header{"A": {"b\r\nC: d"}}},
		{"zero byte", "/feed", http.Header{"A": {"b\x00"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var sent [2]string
			for i, rt := range []http.RoundTripper{reference(), newTransport()} {
				sent[i] = sentBy(t, rt, tt.path, tt.header)
			}
			if sent[0] != sent[1] {
				t.Errorf("sent %q, want %q", sent[1], sent[0])
			}
		})
	}
}

// sentBy is the request that a transport writes, or that it refused to.
func sentBy(t *testing.T, rt http.RoundTripper, path string, header http.Header) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	raw := make(chan string, 1)
	go func() { // ends with the listener
		c, err := l.Accept()
		if err != nil {
			raw <- "refused"
			return
		}
		defer c.Close()
		br := bufio.NewReader(c)
		var s strings.Builder
		for !strings.HasSuffix(s.String(), "\r\n\r\n") {
			b, err := br.ReadByte()
			if err != nil {
				break
			}
			s.WriteByte(b)
		}
		raw <- s.String()
		_, _ = io.WriteString(c, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
	}()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+l.Addr().String()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = header
	if resp, err := rt.RoundTrip(req); err == nil {
		_ = resp.Body.Close()
	} else {
		_ = l.Close()
	}
	return strings.ReplaceAll(<-raw, l.Addr().String(), "HOST")
}

func TestTakes(t *testing.T) {
	for _, tt := range []struct {
		method, url string
		body        io.Reader
		want        bool
	}{
		{"GET", "http://a.example/feed", nil, true},
		{"HEAD", "http://a.example:8080/feed", nil, true},
		{"GET", "http://[::1]:8080/feed", nil, true},
		{"GET", "https://a.example/feed", nil, false},
		{"POST", "http://a.example/feed", nil, false},
		{"GET", "http://a.example/feed", strings.NewReader("body"), false},
		{"GET", "http://\ub274\uc2a4.example/feed", nil, false},
		{"GET", "http://[fe80::1%25eth0]/feed", nil, false},
	} {
		req, err := http.NewRequestWithContext(t.Context(), tt.method, tt.url, tt.body)
		if err != nil {
			t.Fatal(err)
		}
		if got := Takes(req); got != tt.want {
			t.Errorf("%s %s: %v, want %v", tt.method, tt.url, got, tt.want)
		}
		if !tt.want {
			if _, err := newTransport().RoundTrip(req); err == nil {
				t.Errorf("%s %s was sent", tt.method, tt.url)
			}
		}
	}
}
