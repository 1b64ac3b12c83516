package client

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A press serves a robots.txt and pages, and counts.
type press struct {
	*httptest.Server
	robots http.HandlerFunc // nil: 404
	files  atomic.Int32     // requests for robots.txt
	pages  atomic.Int32     // other requests
}

func newPress(t *testing.T, robots http.HandlerFunc) *press {
	t.Helper()
	p := &press{robots: robots}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "robots.txt"):
			p.files.Add(1)
			if p.robots == nil {
				http.NotFound(w, r)
				return
			}
			p.robots(w, r)
		case r.URL.Path == "/to":
			http.Redirect(w, r, r.URL.Query().Get("u"), http.StatusFound)
		default:
			p.pages.Add(1)
			fmt.Fprint(w, "page")
		}
	}))
	t.Cleanup(p.Close)
	return p
}

func says(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, text) }
}

const shut = "User-agent: *\nDisallow: /\n"

func get(t *testing.T, c *Client, url string) error {
	t.Helper()
	_, err := c.Get(t.Context(), Request{URL: url, Robots: true})
	return err
}

// age makes what is known of every robots.txt older.
func age(c *Client, d time.Duration) {
	c.robots.mu.Lock()
	defer c.robots.mu.Unlock()
	for _, s := range c.robots.sites {
		s.nextAt, s.used = s.nextAt.Add(-d), s.used.Add(-d)
		if !s.readAt.IsZero() {
			s.readAt = s.readAt.Add(-d)
		}
	}
}

// R1: a feed that an operator named is asked without robots.txt, a page that we
// found is not.
func TestR1PagesOnly(t *testing.T) {
	p := newPress(t, says(shut))
	c := newTest(t)
	if _, err := c.Get(t.Context(), Request{URL: p.URL + "/feed"}); err != nil {
		t.Error(err)
	}
	if p.files.Load() != 0 {
		t.Error("robots.txt was asked for before a feed")
	}
	e := wantStatus(t, get(t, c, p.URL+"/page"), StatusRobots)
	if p.pages.Load() != 1 || e.Code != 0 {
		t.Error("a page was asked for that robots.txt forbids")
	}
	if !strings.Contains(e.Error(), "Disallow: /") || !strings.Contains(e.Advice(), "fetcher.robots") {
		t.Errorf("error %q, advice %q: want the rule and the key", e, e.Advice())
	}
	off := newTest(t, func(cfg *Config) { cfg.Robots = false })
	if err := get(t, off, p.URL+"/page"); err != nil {
		t.Errorf("with robots: false: %v", err)
	}
}

// R2 on the way of a request: the group of our token, path and query.
func TestR2OurGroup(t *testing.T) {
	p := newPress(t, says(shut+"User-agent: chipwire\nDisallow: /view?id=7\n"))
	c := newTest(t)
	if err := get(t, c, p.URL); err != nil {
		t.Error(err)
	}
	if err := get(t, c, p.URL+"/view?id=8"); err != nil {
		t.Error(err)
	}
	wantStatus(t, get(t, c, p.URL+"/view?id=7"), StatusRobots)
}

// A page that redirects is judged at each of its addresses.
func TestR1EveryHop(t *testing.T) {
	other := newPress(t, says(shut))
	p := newPress(t, says("User-agent: *\nDisallow: /private\n"))
	c := newTest(t)
	wantStatus(t, get(t, c, p.URL+"/to?u=/private"), StatusRobots)
	wantStatus(t, get(t, c, p.URL+"/to?u="+other.URL+"/page"), StatusRobots)
	if other.pages.Load() != 0 {
		t.Error("a page was asked for that its robots.txt forbids")
	}
}

// R3: five redirects are followed, and the rules count for the first authority.
func TestR3FiveRedirectsCountForTheFirstAuthority(t *testing.T) {
	other := newPress(t, says(shut))
	for n, want := range map[int]Status{1: StatusRobots, 5: StatusRobots, 6: ""} {
		p := newPress(t, nil)
		p.robots = func(w http.ResponseWriter, r *http.Request) {
			i := strings.Count(r.URL.Path, "/")
			if i < n {
				http.Redirect(w, r, strings.Repeat("/x", i)+"/robots.txt", http.StatusMovedPermanently)
				return
			}
			http.Redirect(w, r, other.URL+"/robots.txt", http.StatusFound)
		}
		// The last of n redirects leads to the other host. With a sixth the file
		// counts as missing, as RFC 9309 has it.
		err := get(t, newTest(t), p.URL+"/page")
		if want == "" && err != nil {
			t.Errorf("%d redirects: %v", n, err)
		} else if want != "" {
			wantStatus(t, err, want)
		}
	}
}

// R4: 4xx allows; a strict client takes 401 and 403 for a no. 429 is no such
// answer: the site wants to be left alone.
func TestR4Unavailable(t *testing.T) {
	for _, tt := range []struct {
		code   int
		strict bool
		want   Status
	}{
		{404, false, ""},
		{410, false, ""},
		{401, false, ""},
		{403, false, ""},
		{204, false, ""},
		{404, true, ""},
		{401, true, StatusRobots},
		{403, true, StatusRobots},
		{429, false, StatusRobots},
	} {
		t.Run(fmt.Sprint(tt.code, tt.strict), func(t *testing.T) {
			p := newPress(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(tt.code) })
			c := newTest(t, func(cfg *Config) { cfg.RobotsStrict = tt.strict })
			for range 2 {
				err := get(t, c, p.URL+"/page")
				if tt.want != "" {
					wantStatus(t, err, tt.want)
				} else if err != nil {
					t.Error(err)
				}
			}
			if p.files.Load() != 1 {
				t.Errorf("robots.txt was asked for %d times, want once", p.files.Load())
			}
		})
	}
}

// R5: 5xx or a network error forbids everything, and is not asked again for each
// page; the last copy serves for 30 days.
func TestR5Unreachable(t *testing.T) {
	for name, fault := range map[string]http.HandlerFunc{"500": code(500, ""), "503": code(503, "120"), "cut": hijack("", true), "slow": hang} {
		t.Run(name, func(t *testing.T) {
			p := newPress(t, fault)
			c := newTest(t, func(cfg *Config) { cfg.Timeout = 100 * time.Millisecond })
			for range 3 {
				e := wantStatus(t, get(t, c, p.URL+"/page"), StatusRobots)
				if e.RetryAfter <= 0 || e.RetryAfter > robotsRetry || !strings.Contains(e.Error(), "cannot be read") || !strings.Contains(e.Advice(), "again in a few minutes") {
					t.Errorf("error %q, advice %q", e, e.Advice())
				}
			}
			if p.pages.Load() != 0 || p.files.Load() > 2 { // the transport may try a reset one twice
				t.Errorf("%d pages and %d times robots.txt were asked for", p.pages.Load(), p.files.Load())
			}
		})
	}
	p := newPress(t, says("User-agent: *\nDisallow: /private\n"))
	c := newTest(t)
	if err := get(t, c, p.URL+"/page"); err != nil {
		t.Fatal(err)
	}
	p.robots = code(500, "")
	age(c, robotsFresh)
	if err := get(t, c, p.URL+"/page"); err != nil {
		t.Errorf("with a copy of yesterday: %v", err)
	}
	wantStatus(t, get(t, c, p.URL+"/private"), StatusRobots)
	if p.files.Load() != 2 {
		t.Errorf("robots.txt was asked for %d times, want twice", p.files.Load())
	}
	age(c, robotsRetry)
	if err := get(t, c, p.URL+"/page"); err != nil || p.files.Load() != 3 {
		t.Errorf("after the pause: %v, asked for %d times, want 3", err, p.files.Load())
	}
	age(c, robotsStale)
	wantStatus(t, get(t, c, p.URL+"/page"), StatusRobots)
	p.robots = nil
	age(c, robotsRetry)
	if err := get(t, c, p.URL+"/private"); err != nil {
		t.Errorf("with the site back and no robots.txt: %v", err)
	}
}

// R6: asked for once a day, with validators, and once for all who wait.
func TestR6Cache(t *testing.T) {
	unconditional := 0
	p := newPress(t, func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(10 * time.Millisecond) // so that the pages gather
		w.Header().Set("ETag", `"r"`)
		if r.Header.Get("If-None-Match") == `"r"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		unconditional++
		fmt.Fprint(w, "User-agent: *\nDisallow: /private\n")
	})
	c := newTest(t)
	ask := func() {
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				path := []string{"/page", "/private"}[i%2]
				if err := get(t, c, p.URL+path); (err == nil) != (path == "/page") {
					t.Errorf("%s: %v", path, err)
				}
			})
		}
		wg.Wait()
	}
	ask()
	ask()
	age(c, robotsFresh-time.Minute)
	ask()
	if p.files.Load() != 1 {
		t.Errorf("robots.txt was asked for %d times in a day, want once", p.files.Load())
	}
	age(c, time.Minute)
	ask()
	if p.files.Load() != 2 || unconditional != 1 {
		t.Errorf("robots.txt was asked for %d times in two days, %d without validators, want 2 and 1", p.files.Load(), unconditional)
	}
}

// Whoever asked for robots.txt first may give up; those who wait do not.
func TestR6FirstGivesUp(t *testing.T) {
	asked := make(chan struct{}, 8)
	p := newPress(t, nil)
	p.robots = func(w http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		if p.files.Load() == 1 {
			hang(w, r)
		}
	}
	c := newTest(t)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		_, err := c.Get(ctx, Request{URL: p.URL + "/1", Robots: true})
		wantStatus(t, err, StatusCanceled)
	})
	<-asked
	wg.Go(func() {
		if err := get(t, c, p.URL+"/2"); err != nil {
			t.Error(err)
		}
	})
	time.Sleep(20 * time.Millisecond) // the second waits by now; if not, it asks for itself
	cancel()
	wg.Wait()
}

// R7: at least 500 KiB are read, and a longer file is no fault.
func TestR7Length(t *testing.T) {
	filler := strings.Repeat("# "+strings.Repeat("x", 77)+"\n", 500<<10/80-1)
	var long strings.Builder
	long.WriteString("User-agent: *\n" + filler + "Disallow: /within\n")
	for i := 0; long.Len() < 6<<20; i++ {
		fmt.Fprintf(&long, "Disallow: /%d*a*b$\n", i)
	}
	for _, encoding := range []string{"", "gzip"} {
		p := newPress(t, says(long.String()))
		if encoding != "" {
			p.robots = packed(encoding, pack(t, encoding, long.String(), 1))
		}
		c := newTest(t)
		wantStatus(t, get(t, c, p.URL+"/within/500/KiB"), StatusRobots)
		if err := get(t, c, p.URL+"/page"); err != nil {
			t.Errorf("%q: %v", encoding, err)
		}
		if c.robots.size > 2*maxRobots {
			t.Errorf("%d bytes are kept of it", c.robots.size)
		}
	}
}

// R8: Crawl-delay widens the gap of the host, for feeds too, from the request
// for robots.txt on.
func TestR8GapOfTheHost(t *testing.T) {
	p := newPress(t, says("User-agent: *\nCrawl-delay: 0.2\n"))
	c := newTest(t)
	began := time.Now()
	for i, req := range []Request{{URL: p.URL + "/1", Robots: true}, {URL: p.URL + "/feed"}} {
		if _, err := c.Get(t.Context(), req); err != nil {
			t.Fatal(err)
		}
		if d, want := time.Since(began), time.Duration(i+1)*200*time.Millisecond; d < want {
			t.Errorf("request %d was over after %v, want %v or more", i+1, d, want)
		}
	}
	p.robots = nil
	age(c, robotsFresh)
	if err := get(t, c, p.URL+"/2"); err != nil {
		t.Fatal(err)
	}
	if len(c.gate.wider) != 0 {
		t.Error("the gap stays wide when robots.txt does not ask for it any more")
	}
}

// What robots.txt files say is bounded, and who was not asked for longest goes.
func TestRobotsAreBounded(t *testing.T) {
	c := newTest(t)
	for i := range robotsSites + 10 {
		c.robots.keep(fmt.Sprintf("https://h%d.example:443", i), robotsSite{used: time.Unix(int64(i), 0), size: 300})
	}
	if n := len(c.robots.sites); n > robotsSites || n < robotsSites/2 {
		t.Errorf("%d sites are known, want at most %d and most of them", n, robotsSites)
	}
	if c.robots.sites["https://h0.example:443"] != nil {
		t.Error("the one that was used first is still there")
	}
	for i := range 60 {
		c.robots.keep(fmt.Sprintf("https://big%d.example:443", i), robotsSite{used: time.Now(), size: maxRobots})
	}
	if c.robots.sites["https://big59.example:443"] == nil {
		t.Error("the last one is not there")
	}
	if c.robots.size > robotsMemory {
		t.Errorf("the rules take %d bytes, want at most %d", c.robots.size, robotsMemory)
	}
}

// A host that rests, or that may not be asked, says so itself.
func TestR5HostThatIsNotAsked(t *testing.T) {
	p := newPress(t, nil)
	strict := newTest(t, func(cfg *Config) { cfg.AllowPrivate = false })
	wantStatus(t, get(t, strict, p.URL+"/page"), StatusAddress)
	c := newTest(t)
	p.robots = func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://169.254.169.254/robots.txt", http.StatusFound)
	}
	wantStatus(t, get(t, c, p.URL+"/page"), StatusRobots)
	wantStatus(t, get(t, c, "http://no-such-host.invalid/page"), StatusRobots)
}

func TestSitemaps(t *testing.T) {
	p := newPress(t, says("Sitemap: /news.xml\nUser-agent: chipwire\nsitemap : https://a.example/b.xml#x\nDisallow: /\nUser-agent: *\nSitemap: c.xml\n"))
	c := newTest(t)
	for range 2 {
		got, err := c.Sitemaps(t.Context(), p.URL+"/page")
		if want := []string{"/news.xml", "https://a.example/b.xml", "c.xml"}; err != nil || !slices.Equal(got, want) {
			t.Errorf("sitemaps %q, %v, want %q", got, err, want)
		}
	}
	if n := p.files.Load(); n != 1 || p.pages.Load() != 0 {
		t.Errorf("asked for %d files and %d pages, want one file", n, p.pages.Load())
	}
	if _, err := c.Sitemaps(t.Context(), "ftp://a.example/"); err == nil {
		t.Error("accepted an address that is none")
	}
	none := newPress(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })
	if got, err := c.Sitemaps(t.Context(), none.URL+"/page"); err != nil || len(got) != 0 {
		t.Errorf("no robots.txt: %q, %v", got, err)
	}
}
