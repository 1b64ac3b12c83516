package client

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// No way leads to an address that is not allowed: not the URL of a feed, not a
// redirect, not the address that a redirect has left behind, not a form of IPv6
// that carries the address.
func TestAsk19NoWayLeadsInside(t *testing.T) {
	inside := newClock(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "secret") }, nil)
	_, port, err := net.SplitHostPort(inside.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	strict := newTest(t, func(c *Config) { c.AllowPrivate = false })
	for name, host := range map[string]string{
		"loopback": "127.0.0.1", "a name of loopback": "localhost", "private": "10.0.0.1", "metadata": "169.254.169.254", "IPv6 loopback": "[::1]",
		"IPv4-mapped": "[::ffff:127.0.0.1]", "IPv4-mapped in hex": "[::ffff:7f00:1]", "NAT64": "[64:ff9b::7f00:1]", "6to4": "[2002:7f00:1::1]",
		"unspecified": "0.0.0.0", "unspecified, short": "0", "a number": "2130706433", "octal": "0177.0.0.1",
	} {
		t.Run("feed URL: "+name, func(t *testing.T) {
			_, err := strict.Get(t.Context(), Request{URL: "http://" + host + ":" + port + "/"})
			if e := asError(err); err == nil || e.Status != StatusAddress && e.Status != StatusDNS {
				t.Errorf("%v, want the address refused, or taken for a name that is none", err)
			}
		})
	}
	for name, target := range map[string]string{
		"metadata": "http://169.254.169.254/latest/", "IPv4-mapped": "http://[::ffff:169.254.169.254]/", "NAT64": "http://[64:ff9b::169.254.169.254]/",
		"6to4": "http://[2002:a9fe:a9fe::1]/", "link-local": "http://[fe80::1]/", "unspecified": "http://0.0.0.0:" + port + "/",
	} {
		t.Run("redirect: "+name, func(t *testing.T) {
			c := newTest(t) // loopback may be asked, so that there is somebody who redirects
			_, err := c.Get(t.Context(), Request{URL: serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", target)
				w.WriteHeader(http.StatusMovedPermanently)
			})})
			e := wantStatus(t, err, StatusAddress)
			if e.Partial != nil {
				t.Error("an answer beside the error")
			}
			_, err = c.Get(t.Context(), Request{URL: target}) // as if it had been adopted
			wantStatus(t, err, StatusAddress)
		})
	}
	inside.check(t, 0, 0, 0)
}

// A name that was harmless when it was looked up first is looked at again at each
// dial, at the address that is dialled.
func TestAsk19DNSRebinding(t *testing.T) {
	var now atomic.Pointer[netip.Addr]
	resolve := func(s string) { a := netip.MustParseAddr(s); now.Store(&a) }
	asked := 0
	base := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		asked++
		w.Header().Set("Connection", "close")
	})
	c := newTest(t)
	c.dialer.Resolver = nameServer(t, &now)
	url := strings.Replace(base, "127.0.0.1", "news.rebind.example", 1)
	resolve("127.0.0.1")
	if _, err := c.Get(t.Context(), Request{URL: url}); err != nil {
		t.Fatal(err)
	}
	resolve("169.254.169.254")
	_, err := c.Get(t.Context(), Request{URL: url})
	wantStatus(t, err, StatusAddress)
	strict := newTest(t, func(cfg *Config) { cfg.AllowPrivate = false })
	strict.dialer.Resolver = nameServer(t, &now)
	resolve("127.0.0.1")
	_, err = strict.Get(t.Context(), Request{URL: url})
	wantStatus(t, err, StatusAddress)
	if asked != 1 {
		t.Errorf("asked %d times, want once", asked)
	}
}

// nameServer returns a resolver that asks a name server on loopback, for which
// every name has the address that addr holds.
func nameServer(t *testing.T, addr *atomic.Pointer[netip.Addr]) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() {
		_ = conn.Close()
		<-done
	})
	go func() {
		defer close(done)
		buf := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:n]) != nil || len(m.Questions) != 1 {
				continue
			}
			m.Response, m.Additionals = true, nil
			if q := m.Questions[0]; q.Type == dnsmessage.TypeA {
				m.Answers = []dnsmessage.Resource{{
					Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class},
					Body:   &dnsmessage.AResource{A: addr.Load().As4()},
				}}
			}
			if packet, err := m.Pack(); err == nil {
				_, _ = conn.WriteTo(packet, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

// Every limit that ends a request says which one it was and what can be done; and
// none that is reached passes for an answer.
func TestAsk20LimitsAreNamed(t *testing.T) {
	block := noise(64 << 10)
	for _, tt := range []struct {
		name    string
		handler http.HandlerFunc
		want    Status
		text    string // names the limit
	}{
		{"bytes on the wire", endless, StatusTooBig, "more than 1048576 bytes"},
		{"bytes on the wire, said", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Length", "9000000") }, StatusTooBig, "9000000 bytes, at most 1048576"},
		{"bytes after decompression", func(w http.ResponseWriter, _ *http.Request) {
			zipped(w, strings.Repeat(block+strings.Repeat("-", 960<<10), 5))
		}, StatusTooBig, "more than 4194304 bytes after decompression"},
		{"growth", func(w http.ResponseWriter, _ *http.Request) { zipped(w, strings.Repeat("\n", 3<<20)) }, StatusBomb, "100:1"},
		{"headers", hijack("HTTP/1.1 200 OK\r\nX: "+strings.Repeat("x", 300<<10)+"\r\n\r\n", false), StatusTooBig, "262144 bytes"},
		{"redirects", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.Path+"x", http.StatusFound)
		}, StatusRedirect, "more than 5 redirects"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newTest(t, func(cfg *Config) { cfg.MaxBytes, cfg.MaxDecoded = 1<<20, 4<<20 })
			resp, err := c.Get(t.Context(), Request{URL: serve(t, tt.handler)})
			e := wantStatus(t, err, tt.want)
			if resp != nil || !strings.Contains(e.Error(), tt.text) {
				t.Errorf("%v, want %q and no answer", err, tt.text)
			}
		})
	}
}
