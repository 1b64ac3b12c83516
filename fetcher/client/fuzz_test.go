package client

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// FuzzAnswer is a server that says anything: every answer ends as a response
// within the limits or as an error with a status and advice, and no redirect
// leads to an address that is not allowed.
func FuzzAnswer(f *testing.F) {
	const ok = "HTTP/1.1 200 OK\r\n"
	for _, raw := range []string{
		ok + "ETag: W/\"x\"\r\nContent-Length: 2\r\n\r\nhi",
		ok + "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
		ok + "Content-Encoding: gzip\r\n\r\n" + string(pack(f, "gzip", "hello ", 9)),
		ok + "Content-Encoding: br\r\n\r\n" + string(pack(f, "br", "hello ", 9)),
		ok + "Content-Encoding: zstd\r\n\r\n" + string(pack(f, "zstd", "hello ", 9)),
		ok + "Content-Length: 99\r\n\r\nhalf",
		"HTTP/1.1 301 Moved\r\nLocation: /there?a=1#b\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\n\r\n",
		"HTTP/1.1 304 Not Modified\r\n\r\n",
		"HTTP/1.1 403 No\r\nContent-Type: text/html\r\n\r\n<script>challenge</script>",
		"HTTP/1.1 429 Slow\r\nRetry-After: Mon, 02 Mar 2026 11:00:00 GMT\r\nDate: Mon, 02 Mar 2026 10:00:00 GMT\r\n\r\n",
		"HTTP/1.0 503 Busy\r\nRetry-After: 9\r\n\r\n",
		"HTTP/1.1 103 Early\r\nLink: </a>; rel=preload\r\n\r\n" + ok + "\r\n",
		"SSH-2.0-OpenSSH\r\n",
	} {
		f.Add([]byte(raw), true)
	}
	f.Fuzz(func(t *testing.T, raw []byte, page bool) {
		c := New(Config{AllowPrivate: true, Timeout: 5 * time.Second, MaxBytes: 64 << 10, MaxDecoded: 256 << 10})
		defer c.Close()
		c.direct.Dial = func(_ context.Context, _, addr string) (net.Conn, error) {
			if host, _, err := net.SplitHostPort(addr); err != nil || host == "169.254.169.254" {
				return nil, errors.New("dialled " + addr)
			}
			ours, theirs := net.Pipe()
			go func() { // ends with the connection
				defer theirs.Close()
				if _, err := http.ReadRequest(bufio.NewReader(theirs)); err == nil {
					_, _ = theirs.Write(raw)
				}
			}()
			return ours, nil
		}
		resp, err := c.Get(t.Context(), Request{URL: "http://news.example/", ETag: "e", Robots: page})
		if err == nil {
			if len(resp.Body) > 256<<10 || resp.NotModified != (resp.Status == 304) || resp.NotModified && resp.Body != nil {
				t.Errorf("response %+v", resp)
			}
			return
		}
		var e *Error
		if !errors.As(err, &e) || e.Status == "" || e.Advice() == "" || e.URL == "" || e.RetryAfter < 0 || e.RetryAfter > maxRetryAfter {
			t.Errorf("error %+v", err)
		}
		if e.Partial != nil && (len(e.Partial.Body) == 0 || len(e.Partial.Body) > 256<<10) {
			t.Errorf("a partial answer of %d bytes", len(e.Partial.Body))
		}
	})
}

func FuzzRetryAfter(f *testing.F) {
	for _, value := range []string{"", "0", "120", " 5 ", "1.5", "-5", "99999999999999999999", "Mon, 02 Mar 2026 11:00:00 GMT", "Monday, 02-Mar-26 10:30:00 GMT", "Mon Mar  2 11:00:00 2026", "soon"} {
		f.Add(value)
	}
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, value string) {
		d := retryAfter(value, now)
		if d < 0 || d > maxRetryAfter {
			t.Errorf("retryAfter(%q) = %v", value, d)
		}
		if padded := retryAfter(" "+value+"\t", now); padded != d {
			t.Errorf("%q is %v, with spaces around it %v", value, d, padded)
		}
	})
}

// FuzzContentEncoding holds that the header never names a coding of which nothing
// is in it.
func FuzzContentEncoding(f *testing.F) {
	for _, value := range []string{"", "gzip", "x-gzip", "GZIP ", "br", "zstd", "utf-8", "none", "gzip, br", "deflate", "gzip,gzip"} {
		f.Add(value)
	}
	words := map[coding]string{gzipped: "gzip", brotlied: "br", zstandard: "zstd"}
	f.Fuzz(func(t *testing.T, value string) {
		got, err := codingOf(http.Header{"Content-Encoding": {value}})
		if word := words[got]; !strings.Contains(strings.ToLower(value), word) || err != nil && got != identity {
			t.Errorf("%q is %v, %v", value, got, err)
		}
	})
}

// FuzzLocation holds that what a redirect leads to can be asked for, and names a
// host.
func FuzzLocation(f *testing.F) {
	for _, value := range []string{"/a", "//other.example/x", "?q", "https://a.example:443/", "http://u:p@a.example/#f", "javascript:alert(1)", "http://[::1", "http:///x", "\\\\a", "%zz", "//::0", "? ", "/a?b c"} {
		f.Add(value)
	}
	from, err := parseURL("https://news.example/rss?x=1")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, value string) {
		next, err := target(&http.Response{StatusCode: 301, Header: http.Header{"Location": {value}}}, from)
		if err != nil || checkRedirect(next.url, []string{from.String()}) != nil {
			return
		}
		u := next.url
		if u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.Fragment != "" || u.String() == from.String() {
			t.Errorf("%q leads to %q", value, u)
		}
		if again, err := parseURL(u.String()); err != nil || gateKey(again) != gateKey(u) || placeOf(again) != placeOf(u) {
			t.Errorf("%q is %q, which is another address once it was written: %v", value, u, err)
		}
	})
}
