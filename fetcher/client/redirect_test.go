package client

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
)

// hops serves paths of redirects: /301/302/end answers 301 to /302/end and so on.
func hops(w http.ResponseWriter, r *http.Request) {
	code, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if n, err := strconv.Atoi(code); err == nil {
		w.Header().Set("Location", "/"+rest)
		w.WriteHeader(n)
		return
	}
	fmt.Fprint(w, "end")
}

// H8: the leading 301 and 308 are told as one permanent address; 302, 303 and 307
// are followed and never part of it.
func TestH8TemporaryRedirectsAreNeverStored(t *testing.T) {
	for _, tt := range []struct{ name, path, url, permanent string }{
		{"none", "/end", "/end", ""},
		{"301", "/301/end", "/end", "/end"},
		{"308", "/308/end", "/end", "/end"},
		{"302", "/302/end", "/end", ""},
		{"303", "/303/end", "/end", ""},
		{"307", "/307/end", "/end", ""},
		{"permanent prefix", "/301/308/302/301/end", "/end", "/302/301/end"},
		{"temporary first", "/302/301/end", "/end", ""},
		{"five", "/301/301/301/301/301/end", "/end", "/end"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			base := serve(t, hops)
			resp, err := newTest(t).Get(t.Context(), Request{URL: base + tt.path})
			if err != nil {
				t.Fatal(err)
			}
			want := tt.permanent
			if want != "" {
				want = base + want
			}
			if resp.URL != base+tt.url || resp.Permanent != want {
				t.Errorf("answered by %q, permanent %q, want %q, %q", resp.URL, resp.Permanent, base+tt.url, want)
			}
		})
	}
}

func TestRedirectsThatCannotBeFollowed(t *testing.T) {
	for _, tt := range []struct {
		name, location string
		want           Status
		text           string
	}{
		{"no location", "", StatusRedirect, "without a location"},
		{"a loop", "/", StatusRedirect, "a loop"},
		{"scheme file", "file:///etc/passwd", StatusRedirect, `scheme "file"`},
		{"scheme javascript", "javascript:alert(1)", StatusRedirect, `scheme "javascript"`},
		{"no host", "http:///x", StatusRedirect, "no host"},
		{"not a url", "http://[::1", StatusRedirect, "location"},
		{"metadata", "http://169.254.169.254/latest/meta-data", StatusAddress, "cloud metadata"},
		{"multicast", "http://224.0.0.1/", StatusAddress, "multicast"},
		{"six", "/301/301/301/301/301/end", StatusRedirect, "more than 5 redirects"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			asked := 0
			base := serve(t, func(w http.ResponseWriter, r *http.Request) {
				asked++
				if r.URL.Path != "/" {
					hops(w, r)
					return
				}
				if tt.location != "" {
					w.Header().Set("Location", tt.location)
				}
				w.WriteHeader(http.StatusFound)
			})
			_, err := newTest(t).Get(t.Context(), Request{URL: base + "/"})
			wantStatus(t, err, tt.want)
			if !strings.Contains(err.Error(), tt.text) {
				t.Errorf("error %q, want it to say %q", err, tt.text)
			}
			if asked > 6 {
				t.Errorf("asked %d times, want at most 6", asked)
			}
		})
	}
}

func TestHeadersStayWithTheirHost(t *testing.T) {
	secret := http.Header{"Authorization": {"Bearer s"}, "X-Api-Key": {"s"}, "Cookie": {"s=s"}, "Accept-Language": {"ko"}}
	var got http.Header
	other := serve(t, func(_ http.ResponseWriter, r *http.Request) { got = r.Header.Clone() })
	for _, tt := range []struct {
		name   string
		to     string
		secret string
	}{
		{"the same host", "/end", "s"},
		{"another host", other, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			base := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/" {
					http.Redirect(w, r, tt.to, http.StatusFound)
					return
				}
				got = r.Header.Clone()
			})
			got = nil
			_, err := newTest(t).Get(t.Context(), Request{URL: base + "/", Header: secret, ETag: `"e"`})
			if err != nil {
				t.Fatal(err)
			}
			if key := got.Get("X-Api-Key"); key != tt.secret {
				t.Errorf("X-Api-Key: %q, want %q", key, tt.secret)
			}
			if tt.secret == "" && (got.Get("Authorization") != "" || got.Get("Cookie") != "") {
				t.Errorf("headers %v went to another host", got)
			}
			if got.Get("Accept-Language") != "ko" || got.Get("If-None-Match") != `"e"` || got.Get("User-Agent") != Default.UserAgent {
				t.Errorf("headers %v, want language, validator and agent on every hop", got)
			}
		})
	}
}

func TestPasswordInURL(t *testing.T) {
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if name, password, _ := r.BasicAuth(); name != "u" || password != "p" {
			t.Errorf("%s came with %q, %q", r.URL, name, password)
		}
		hops(w, r)
	})
	resp, err := newTest(t).Get(t.Context(), Request{URL: strings.Replace(base, "http://", "http://u:p@", 1) + "/301/end"})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(resp.URL+resp.Permanent, "p@") {
		t.Errorf("the password shows in %q or %q", resp.URL, resp.Permanent)
	}
}

func TestSameSite(t *testing.T) {
	for _, tt := range []struct {
		name, from, to string
		want           bool
	}{
		{"path", "https://a.example/x", "https://a.example/y", true},
		{"case and port", "https://a.example/x", "https://A.example:443/y", true},
		{"to tls", "http://a.example/x", "https://a.example/x", true},
		{"from tls", "https://a.example/x", "http://a.example/x", false},
		{"subdomain", "https://a.example/x", "https://www.a.example/x", false},
		{"port", "https://a.example/x", "https://a.example:8443/x", false},
		{"host", "https://a.example/x", "https://b.example/x", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			from, to := httptest.NewRequest("GET", tt.from, nil).URL, httptest.NewRequest("GET", tt.to, nil).URL
			if got := sameSite(from, to); got != tt.want {
				t.Errorf("sameSite(%s, %s) = %v, want %v", tt.from, tt.to, got, tt.want)
			}
		})
	}
}
