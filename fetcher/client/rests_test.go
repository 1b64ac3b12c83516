package client

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func at(t testing.TB, raw string) place {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return placeOf(u)
}

// H6 and the ladder: the URL rests; the host when two of its URLs were limited
// within ten minutes; the registrable domain when two of its hosts were.
func TestH6LadderOfScopes(t *testing.T) {
	const m, h = time.Minute, time.Hour
	type answer struct {
		after time.Duration // since the start
		url   string
		code  int
		wait  time.Duration
	}
	for _, tt := range []struct {
		name    string
		answers []answer
		now     time.Duration // since the start
		url     string
		left    time.Duration
	}{
		{"nothing", nil, 0, "https://a.example/1", 0},
		{"the URL", []answer{{0, "https://a.example/1", 429, h}}, m, "https://a.example/1", h - m},
		{"503 too", []answer{{0, "https://a.example/1", 503, h}}, m, "https://a.example/1", h - m},
		{"the URL, until then", []answer{{0, "https://a.example/1", 429, h}}, h, "https://a.example/1", 0},
		{"not another URL", []answer{{0, "https://a.example/1", 429, h}}, m, "https://a.example/2", 0},
		{"not the same URL twice", []answer{{0, "https://a.example/1", 429, h}, {m, "https://a.example/1", 429, h}}, 2 * m, "https://a.example/2", 0},
		{"the longer wish", []answer{{0, "https://a.example/1", 429, h}, {m, "https://a.example/1", 429, m}}, 2 * m, "https://a.example/1", h - 2*m},
		{"the host", []answer{{0, "https://a.example/1", 429, h}, {m, "https://a.example/2", 503, 5 * m}}, 2 * m, "https://a.example/3", h - 2*m},
		{"the host's other port", []answer{{0, "https://a.example/1", 429, h}, {m, "https://a.example/2", 429, h}}, 2 * m, "http://A.example:8080/", h - m},
		{"not after ten minutes", []answer{{0, "https://a.example/1", 429, h}, {10 * m, "https://a.example/2", 429, h}}, 11 * m, "https://a.example/3", 0},
		{"not when the first is well again", []answer{{0, "https://a.example/1", 429, m}, {2 * m, "https://a.example/1", 200, 0}, {3 * m, "https://a.example/2", 429, h}}, 4 * m, "https://a.example/3", 0},
		{"a host no longer than a day", []answer{{0, "https://a.example/1", 429, 100 * h}, {0, "https://a.example/2", 429, 100 * h}}, m, "https://a.example/3", 24*h - m},
		{"the URL as long as it asked", []answer{{0, "https://a.example/1", 429, 100 * h}, {0, "https://a.example/2", 429, 100 * h}}, m, "https://a.example/1", 100*h - m},
		{"the domain", []answer{{0, "https://a.tum.example/", 429, h}, {m, "https://b.tum.example/", 429, 2 * m}}, 2 * m, "https://c.tum.example/", h - 2*m},
		{"not another domain", []answer{{0, "https://a.tum.example/", 429, h}, {m, "https://b.tum.example/", 429, h}}, 2 * m, "https://other.example/", 0},
		{"hosts under a public suffix are strangers", []answer{{0, "https://a.co.kr/", 429, h}, {m, "https://b.co.kr/", 429, h}}, 2 * m, "https://c.co.kr/", 0},
		{"429 without a time: not the URL", []answer{{0, "https://a.example/1", 429, 0}}, m / 2, "https://a.example/1", 0},
		{"429 without a time, twice: the host for a minute", []answer{{0, "https://a.example/1", 429, 0}, {0, "https://a.example/2", 429, 0}}, m / 2, "https://a.example/3", m / 2},
		{"503 without a time, twice: nothing", []answer{{0, "https://a.example/1", 503, 0}, {0, "https://a.example/2", 503, 0}}, 1, "https://a.example/3", 0},
		{"a private host: the URL", []answer{{0, "http://10.0.0.1/1", 429, h}}, m, "http://10.0.0.1/1", h - m},
		{"a private host: no other URL", []answer{{0, "http://10.0.0.1/1", 429, h}, {0, "http://10.0.0.1/2", 429, h}, {0, "http://10.0.0.1/3", 503, h}}, m, "http://10.0.0.1/4", 0},
		{"a private name: no other URL", []answer{{0, "http://rsshub/1", 429, h}, {0, "http://rsshub/2", 429, h}}, m, "http://rsshub/4", 0},
		{"403 once", []answer{{0, "https://a.example/1", 403, 0}}, m, "https://a.example/2", 0},
		{"403 of one URL", []answer{{0, "https://a.example/1", 403, 0}, {0, "https://a.example/1", 403, 0}, {0, "https://a.example/1", 403, 0}}, m, "https://a.example/2", 0},
		{"403 in a burst", []answer{{0, "https://a.example/1", 403, 0}, {0, "https://a.example/2", 403, 0}, {0, "https://a.example/3", 403, 0}}, m, "https://a.example/1", h - m},
		{"403 between good answers", []answer{{0, "https://a.example/1", 403, 0}, {0, "https://a.example/2", 403, 0}, {0, "https://a.example/x", 304, 0}, {0, "https://a.example/3", 403, 0}}, m, "https://a.example/1", 0},
		{"403 too far apart", []answer{{0, "https://a.example/1", 403, 0}, {6 * m, "https://a.example/2", 403, 0}, {12 * m, "https://a.example/3", 403, 0}}, 13 * m, "https://a.example/1", 0},
		{"403 in a burst counts as 429 for the domain", []answer{
			{0, "https://b.tum.example/", 429, 2 * m},
			{0, "https://a.tum.example/1", 403, 0},
			{0, "https://a.tum.example/2", 403, 0},
			{0, "https://a.tum.example/3", 403, 0},
		}, m, "https://c.tum.example/", h - m},
		{"403 of a private host", []answer{{0, "http://10.0.0.1/1", 403, 0}, {0, "http://10.0.0.1/2", 403, 0}, {0, "http://10.0.0.1/3", 403, 0}}, m, "http://10.0.0.1/1", 0},
		{"404 and 500 say nothing", []answer{{0, "https://a.example/1", 404, h}, {0, "https://a.example/2", 500, h}, {0, "https://a.example/3", 500, h}}, m, "https://a.example/1", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			start := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
			r := newRests()
			for _, a := range tt.answers {
				u, err := url.Parse(a.url)
				if err != nil {
					t.Fatal(err)
				}
				r.note(u, a.code, a.wait, start.Add(a.after))
			}
			u, _ := url.Parse(tt.url)
			err := r.check(u, start.Add(tt.now))
			if tt.left == 0 {
				if err != nil {
					t.Errorf("%s: %v, want no rest", tt.url, err)
				}
				return
			}
			e := asError(err)
			if err == nil || e.Status != StatusResting || e.RetryAfter != tt.left {
				t.Errorf("%s: %v, want %v of rest", tt.url, err, tt.left)
			}
		})
	}
}

func TestLadderForgets(t *testing.T) {
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	l := newLadder()
	for i := range 1000 {
		l.limited(at(t, fmt.Sprintf("https://h%d.example.com/", i)), 429, time.Minute, now)
		l.refused(at(t, fmt.Sprintf("https://r%d.example/", i)), now)
	}
	if l.size() < 3000 {
		t.Fatalf("%d things are remembered, want 3000 or more", l.size())
	}
	if n := len(l.sites["example.com"].strikes); n > maxStrikes {
		t.Errorf("a domain remembers %d of its hosts, want at most %d", n, maxStrikes)
	}
	l.sweep(now.Add(strikeWindow))
	if l.size() != 0 {
		t.Errorf("%d things are remembered of hosts that were long quiet, want none", l.size())
	}
}

func TestLadderIsBounded(t *testing.T) {
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	l := newLadder()
	long := at(t, "https://long.example/")
	l.limited(long, 429, 48*time.Hour, now)
	for i := range maxRests {
		l.limited(at(t, fmt.Sprintf("https://h%d.example/", i)), 429, time.Hour+time.Duration(i)*time.Millisecond, now)
	}
	if l.size() > maxRests+3 {
		t.Errorf("%d things are remembered, want about %d at most", l.size(), maxRests)
	}
	if _, ok := l.resting(long, now.Add(24*time.Hour)); !ok {
		t.Error("the longest rest was forgotten")
	}
}

// H6: inside Retry-After there is no request; the error names the rest and the
// time that is left of it.
func TestH6NothingBeforeRetryAfter(t *testing.T) {
	for _, code := range []int{429, 503} {
		for name, value := range map[string]string{"seconds": "3600", "date": time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)} {
			t.Run(fmt.Sprint(code, " ", name), func(t *testing.T) {
				asked := 0
				base := serve(t, func(w http.ResponseWriter, r *http.Request) {
					asked++
					if r.URL.Path == "/other" {
						return
					}
					w.Header().Set("Retry-After", value)
					w.WriteHeader(code)
				})
				c := newTest(t)
				_, err := c.Get(t.Context(), Request{URL: base + "/feed"})
				wantStatus(t, err, StatusRetryAfter)
				for range 3 {
					_, err = c.Get(t.Context(), Request{URL: base + "/feed"})
					e := wantStatus(t, err, StatusResting)
					if e.RetryAfter < 59*time.Minute || e.RetryAfter > time.Hour || e.Code != 0 {
						t.Errorf("%v of rest are left, code %d, want about an hour and no answer", e.RetryAfter, e.Code)
					}
				}
				if asked != 1 {
					t.Errorf("asked %d times, want once", asked)
				}
				if _, err := c.Get(t.Context(), Request{URL: base + "/other"}); err != nil {
					t.Errorf("another URL of a private host: %v", err)
				}
			})
		}
	}
}

// A rest that begins while others wait for their turn at the host ends their
// waiting one after the other, and no turn is lost to them.
func TestH6RestBeginsInTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(2*time.Second, 1)
		first, err := g.acquire(t.Context(), "a:80")
		if err != nil {
			t.Fatal(err)
		}
		first.end()
		second, err := g.acquire(t.Context(), "a:80")
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		second.pass()
		second.pass() // a second call does nothing
		third, err := g.acquire(t.Context(), "a:80")
		if err != nil {
			t.Fatal(err)
		}
		third.end()
		if d := time.Since(began); d != 0 {
			t.Errorf("the next waited %v for a turn that was not used", d)
		}
	})
}

// Rate limits go neither too far nor not far enough: one refused route of a
// gateway does not freeze the others; a limit on an account holds for all of its
// hosts; and a site that says 403 where it means 429 is understood.
func TestAsk2ScopeOfRateLimits(t *testing.T) {
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name       string
		code       int
		wait       time.Duration
		refused    []string
		rests, may string
		leastLeft  time.Duration
	}{
		{"one route of a public gateway", 503, time.Hour, []string{"https://rsshub.example/a"}, "https://rsshub.example/a", "https://rsshub.example/b", time.Hour},
		{"many routes of an own gateway", 503, time.Hour, []string{"http://rsshub:1200/a", "http://rsshub:1200/b", "http://rsshub:1200/c"}, "http://rsshub:1200/a", "http://rsshub:1200/d", time.Hour},
		{"an account with many hosts", 429, time.Hour, []string{"https://one.tumblr.com/rss", "https://two.tumblr.com/rss"}, "https://three.tumblr.com/rss", "https://tumblr.example/rss", time.Hour},
		{"403 for 429", 403, 0, []string{"https://www.reddit.com/r/a.rss", "https://www.reddit.com/r/b.rss", "https://www.reddit.com/r/c.rss"}, "https://www.reddit.com/r/d.rss", "https://example.com/", refusedRest},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRests()
			check := func(raw string) error {
				u, err := url.Parse(raw)
				if err != nil {
					t.Fatal(err)
				}
				return r.check(u, now)
			}
			for _, raw := range tt.refused {
				u, _ := url.Parse(raw)
				r.note(u, tt.code, tt.wait, now)
			}
			if err := check(tt.rests); err == nil || asError(err).Status != StatusResting || asError(err).RetryAfter < tt.leastLeft {
				t.Errorf("%s: %v, want %v of rest", tt.rests, err, tt.leastLeft)
			}
			if err := check(tt.may); err != nil {
				t.Errorf("%s: %v, want no rest", tt.may, err)
			}
		})
	}
}

func TestAsk2PrivateHosts(t *testing.T) {
	for host, want := range map[string]bool{
		"127.0.0.1": true, "10.1.2.3": true, "::1": true, "fe80::1%lo": true, "169.254.169.254": true,
		"localhost": true, "rsshub": true, "nas.local": true, "a.home.arpa": true, "db.internal": true, "x.lan.": true,
		"93.184.216.34": false, "a.example": false, "news.co.kr": false, "local.example": false,
	} {
		if got := privateHost(host); got != want {
			t.Errorf("privateHost(%q) = %v, want %v", host, got, want)
		}
	}
}

// Challenge pages have a status of their own, with the remedy in words.
func TestAsk4ChallengeIsNamedWithItsRemedy(t *testing.T) {
	const page = `<!DOCTYPE html><html><head><title>Just a moment...</title></head><body><script src="/cdn-cgi/challenge-platform/x.js"></script></body></html>`
	const plain = "<html>\r\n<head><title>403 Forbidden</title></head>\r\n<body>\r\n<center><h1>403 Forbidden</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
	for _, tt := range []struct {
		name   string
		code   int
		header http.Header
		body   string
		want   Status
	}{
		{"cf-mitigated", 403, http.Header{"Cf-Mitigated": {"challenge"}}, page, StatusChallenge},
		{"cf-mitigated with 503", 503, http.Header{"Cf-Mitigated": {"challenge"}}, "", StatusChallenge},
		{"cf-mitigated with 429", 429, http.Header{"Cf-Mitigated": {"challenge"}}, "", StatusChallenge},
		{"waf", 202, http.Header{"X-Amzn-Waf-Action": {"challenge"}}, "", StatusChallenge},
		{"a page with a test", 403, http.Header{"Content-Type": {"text/html; charset=UTF-8"}}, page, StatusChallenge},
		{"a page with a captcha", 403, http.Header{"Content-Type": {"text/html"}}, "<p>Please solve this CAPTCHA.", StatusChallenge},
		{"a plain refusal", 403, http.Header{"Content-Type": {"text/html"}}, plain, "http-403"},
		{"no page", 403, http.Header{"Content-Type": {"application/json"}}, `{"error":"captcha"}`, "http-403"},
		{"a page of a 404", 404, http.Header{"Content-Type": {"text/html"}}, page, "http-404"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, encoding := range []string{"", "gzip", "br"} {
				_, err := newTest(t).Get(t.Context(), Request{URL: serve(t, func(w http.ResponseWriter, _ *http.Request) {
					maps.Copy(w.Header(), tt.header)
					body := []byte(tt.body)
					if encoding != "" {
						w.Header().Set("Content-Encoding", encoding)
						body = pack(t, encoding, tt.body, 1)
					}
					w.WriteHeader(tt.code)
					_, _ = w.Write(body)
				})})
				e := wantStatus(t, err, tt.want)
				if e.Code != tt.code {
					t.Errorf("code %d, want %d", e.Code, tt.code)
				}
				if tt.want == StatusChallenge && !strings.Contains(e.Advice(), "user_agent") {
					t.Errorf("advice %q", e.Advice())
				}
			}
		})
	}
}

func BenchmarkRests(b *testing.B) {
	u, _ := url.Parse("https://news.example.co.kr/rss/all.xml")
	for _, some := range []bool{false, true} {
		b.Run(fmt.Sprint("some=", some), func(b *testing.B) {
			r := newRests()
			if some {
				other, _ := url.Parse("https://other.example/")
				r.note(other, 429, 24*time.Hour, time.Now())
			}
			b.ReportAllocs()
			for b.Loop() {
				if err := r.check(u, time.Now()); err != nil {
					b.Fatal(err)
				}
				r.note(u, 304, 0, time.Now())
			}
		})
	}
}
