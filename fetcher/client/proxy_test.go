package client

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
)

// proxied starts an HTTP proxy that reaches every host at the address of target,
// and returns its URL and the hosts it was asked for.
func startProxy(t *testing.T, target string, user string) (proxyURL string, asked *[]string) {
	t.Helper()
	asked = new([]string)
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		*asked = append(*asked, r.Method+" "+r.Host)
		if user != "" && r.Header.Get("Proxy-Authorization") != basicAuth(user, "hunter2") {
			w.WriteHeader(http.StatusProxyAuthRequired)
			return
		}
		if r.Method == http.MethodConnect {
			tunnel(w, target)
			return
		}
		resp, err := http.Get("http://" + target + r.URL.RequestURI())
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer resp.Body.Close()
		w.WriteHeader(resp.StatusCode)
		_, _ = io.Copy(w, resp.Body)
	})
	if user != "" {
		base = strings.Replace(base, "//", "//"+user+":hunter2@", 1)
	}
	return base, asked
}

func tunnel(w http.ResponseWriter, target string) {
	out, err := net.Dial("tcp", target)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer out.Close()
	in, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer in.Close()
	fmt.Fprint(in, "HTTP/1.1 200 OK\r\n\r\n")
	go func() { _, _ = io.Copy(out, buffered); _ = out.Close() }() // the client may have begun already
	_, _ = io.Copy(in, out)
}

// resolver answers from a table; other names are not found.
func resolver(table map[string]string) func(context.Context, string, string) ([]netip.Addr, error) {
	return func(_ context.Context, _, host string) ([]netip.Addr, error) {
		if addr, err := netip.ParseAddr(host); err == nil {
			return []netip.Addr{addr}, nil
		}
		if table[host] == "" {
			return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
		}
		return []netip.Addr{netip.MustParseAddr(table[host])}, nil
	}
}

func viaTestProxy(t *testing.T, proxy string, table map[string]string) *Client {
	t.Helper()
	c := newTest(t, func(cfg *Config) { cfg.Proxy, cfg.AllowPrivate = proxy, false })
	c.lookup = resolver(table)
	return c
}

func TestProxy(t *testing.T) {
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "plain") }))
	t.Cleanup(site.Close)
	secure := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "secure") }))
	t.Cleanup(secure.Close)
	table := map[string]string{
		"example.com": "93.184.216.34", "inside.example": "10.0.0.7", "metadata.example": "169.254.169.254",
	}
	for _, tt := range []struct {
		name, url string
		target    *httptest.Server
		body      string
		want      Status
	}{
		{"http", "http://example.com/", site, "plain", ""},
		{"https", "https://example.com/", secure, "secure", ""},
		{"a name that only the proxy knows", "http://elsewhere.example/", site, "plain", ""},
		{"a name of the private network", "http://inside.example/", site, "", StatusAddress},
		{"metadata by name", "http://metadata.example/", site, "", StatusAddress},
		{"metadata", "http://169.254.169.254/", site, "", StatusAddress},
		{"a private address", "http://10.0.0.1/", site, "", StatusAddress},
		{"a private name that is not found", "http://router/", site, "", StatusAddress},
		{"another private one", "https://db.internal/", site, "", StatusAddress},
		{"another port", "http://example.com:25/", site, "", StatusAddress},
		{"loopback is never asked by a proxy", site.URL, site, "", StatusAddress},
	} {
		t.Run(tt.name, func(t *testing.T) {
			proxy, asked := startProxy(t, tt.target.Listener.Addr().String(), "user")
			c := viaTestProxy(t, proxy, table)
			c.proxied.TLSClientConfig.RootCAs = secure.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
			resp, err := c.Get(t.Context(), Request{URL: tt.url})
			if tt.want != "" {
				e := wantStatus(t, err, tt.want)
				if len(*asked) > 0 || strings.Contains(e.Error(), "hunter2") {
					t.Errorf("the proxy was asked for %v; error %q", *asked, e)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if string(resp.Body) != tt.body || len(*asked) != 1 {
				t.Errorf("%q by way of %v, want %q", resp.Body, *asked, tt.body)
			}
		})
	}
}

func TestProxyFaults(t *testing.T) {
	table := map[string]string{"example.com": "93.184.216.34"}
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	locked, _ := startProxy(t, "127.0.0.1:1", "user")
	u, _ := url.Parse(locked)
	u.User = url.UserPassword("user", "wrong-hunter2")
	for name, proxy := range map[string]string{
		"nobody there": closed.URL, "wrong password": u.String(), "socks, nobody there": strings.Replace(closed.URL, "http:", "socks5:", 1),
		"tls, nobody there": strings.Replace(closed.URL, "http:", "https:", 1),
	} {
		for _, target := range []string{"http://example.com/", "https://example.com/"} {
			t.Run(name+" "+target[:5], func(t *testing.T) {
				_, err := viaTestProxy(t, proxy, table).Get(t.Context(), Request{URL: target})
				if e := wantStatus(t, err, StatusProxy); strings.Contains(e.Error(), "hunter2") {
					t.Errorf("the password shows in %q", e)
				}
			})
		}
	}
}

// A SOCKS proxy is asked for the name.
func TestProxySOCKS(t *testing.T) {
	site := serve(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "plain") })
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	name := make(chan string, 1)
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		buf := make([]byte, 300)
		_, _ = io.ReadFull(conn, buf[:3]) // version, one method
		_, _ = conn.Write([]byte{5, 0})
		_, _ = io.ReadFull(conn, buf[:5]) // version, connect, 0, by name, its length
		n := int(buf[4])
		_, _ = io.ReadFull(conn, buf[:n+2])
		name <- string(buf[:n])
		_, _ = conn.Write([]byte{5, 0, 0, 1, 127, 0, 0, 1, 0, 80})
		out, err := net.Dial("tcp", strings.TrimPrefix(site, "http://"))
		if err != nil {
			return
		}
		defer out.Close()
		go func() { _, _ = io.Copy(out, conn) }()
		_, _ = io.Copy(conn, out)
	}()
	c := viaTestProxy(t, "socks5://"+listener.Addr().String(), map[string]string{"example.com": "93.184.216.34"})
	resp, err := c.Get(t.Context(), Request{URL: "http://example.com/"})
	if err != nil || string(resp.Body) != "plain" {
		t.Fatalf("%v, %v", resp, err)
	}
	if got := <-name; got != "example.com" {
		t.Errorf("asked for %q", got)
	}
}

func TestProxyOfTheEnvironment(t *testing.T) {
	for _, tt := range []struct {
		name, setting, http, https, no string
		url, want                      string
	}{
		{"none", "", "", "", "", "http://example.com/", ""},
		{"http", "", "http://p:1", "", "", "http://example.com/", "http://p:1"},
		{"http, not https", "", "http://p:1", "", "", "https://example.com/", ""},
		{"https", "", "", "http://p:1", "", "https://example.com/", "http://p:1"},
		{"excepted", "", "http://p:1", "http://p:1", "example.com", "https://www.example.com/", ""},
		{"loopback", "", "http://p:1", "http://p:1", "", "http://127.0.0.1:8080/", ""},
		{"the configuration's own", "socks5://q:2", "http://p:1", "http://p:1", "", "https://example.com/", "socks5://q:2"},
		{"the configuration's own, excepted", "socks5://q:2", "", "", "example.com", "https://example.com/", ""},
		{"direct", noProxy, "http://p:1", "http://p:1", "", "https://example.com/", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for key, value := range map[string]string{"HTTP_PROXY": tt.http, "HTTPS_PROXY": tt.https, "NO_PROXY": tt.no} {
				t.Setenv(key, value)
				t.Setenv(strings.ToLower(key), value)
			}
			got := ""
			if proxy := proxyOf(tt.setting); proxy != nil {
				u, _ := url.Parse(tt.url)
				p, err := proxy(u)
				if err != nil {
					t.Fatal(err)
				}
				if p != nil {
					got = p.String()
				}
			}
			if got != tt.want {
				t.Errorf("%s goes by %q, want %q", tt.url, got, tt.want)
			}
		})
	}
}

func TestCheckProxy(t *testing.T) {
	for setting, want := range map[string]string{
		"": "", "direct": "", "http://p:1": "", "https://u:hunter2@p": "", "socks5://p:1": "", "socks5h://p:1": "",
		"ftp://p":            `proxy: scheme "ftp", want http, https or socks5`,
		"p:3128":             `proxy: "p:3128", want a URL such as http://proxy.example:3128`,
		"u:hunter2@p:3128":   `proxy: "xxxxx@p:3128", want a URL such as http://proxy.example:3128`,
		"http://u:hunter2@[": `proxy: "http://xxxxx@[", want a URL such as http://proxy.example:3128`,
	} {
		got := ""
		if err := checkProxy(setting); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("checkProxy(%q) = %q, want %q", setting, got, want)
		}
	}
}
