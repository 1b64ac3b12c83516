package client

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/temoto/robotstxt"
)

func allowed(text, path string) bool {
	by, found := parseRules(text, robotsToken).match(path)
	return !found || by.allow
}

// R2: the group for our token, else the one for all; the longest match wins, and
// of equal ones the one that allows.
func TestR2Rules(t *testing.T) {
	const all, us = "User-agent: *\n", "User-agent: chipwire\n"
	for _, tt := range []struct {
		name, text, path string
		want             bool
	}{
		{"empty", "", "/x", true},
		{"not a robots.txt", "<html><body>User-agent: hello</body></html>", "/x", true},
		{"all forbidden", all + "Disallow: /", "/x", false},
		{"robots.txt itself never", all + "Disallow: /", "/robots.txt", true},
		{"empty disallow", all + "Disallow:", "/x", true},
		{"prefix", all + "Disallow: /news", "/newsletter", false},
		{"beside", all + "Disallow: /news/", "/newsletter", true},
		{"case matters", all + "Disallow: /News", "/news", true},
		{"our group", all + "Disallow: /\n\n" + us + "Disallow: /private", "/news", true},
		{"our group first", us + "Disallow: /private\n\n" + all + "Disallow: /", "/news", true},
		{"our group forbids", all + "Allow: /\n\n" + us + "Disallow: /", "/news", false},
		{"our group says nothing", all + "Disallow: /\n\n" + us, "/news", true},
		{"our token in another case", "User-Agent: ChipWire\nDisallow: /", "/x", false},
		{"our token with a version", "User-agent: chipwire/1.0\nDisallow: /", "/x", false},
		{"a part of our token is not us", "User-agent: chip\nDisallow: /", "/x", true},
		{"more than our token is not us", "User-agent: chipwire-images\nDisallow: /", "/x", true},
		{"another robot", "User-agent: other\nDisallow: /", "/x", true},
		{"several names for one group", "User-agent: other\n" + us + "User-agent: third\nDisallow: /", "/x", false},
		{"our group in two parts", us + "Disallow: /a\n\nUser-agent: x\nDisallow: /\n\n" + us + "Disallow: /b", "/b", false},
		{"a group for us and for all", all + us + "Disallow: /a", "/a", false},
		{"a sitemap between names", "User-agent: x\nSitemap: https://a.example/s.xml\n" + us + "Disallow: /a", "/a", false},
		{"longest wins: allow", all + "Disallow: /news\nAllow: /news/public", "/news/public/1", true},
		{"longest wins: disallow", all + "Allow: /news\nDisallow: /news/private", "/news/private/1", false},
		{"equal: allow wins", all + "Disallow: /page\nAllow: /page", "/page", true},
		{"equal, the other order", all + "Allow: /page\nDisallow: /page", "/page", true},
		{"star", all + "Disallow: /*/print", "/news/1/print?x", false},
		{"star at the start", all + "Disallow: *.pdf", "/a/b.pdf", false},
		{"star from the start only", all + "Disallow: /private*x", "/news/private/x", true},
		{"star at the end", all + "Disallow: /a*", "/abc", false},
		{"two stars", all + "Disallow: /a*b*c", "/a1b2c3", false},
		{"two stars, out of order", all + "Disallow: /a*b*c", "/a1c2b3", true},
		{"end", all + "Disallow: /*.php$", "/index.php", false},
		{"end, with more behind", all + "Disallow: /*.php$", "/index.php?x=1", true},
		{"end, and again before it", all + "Disallow: /*.php$", "/a.php/b.php", false},
		{"end without a star", all + "Disallow: /a$", "/ab", true},
		{"only the front page", all + "Allow: /$\nDisallow: /", "/", true},
		{"not only the front page", all + "Allow: /$\nDisallow: /", "/x", false},
		{"a star wins by its length", all + "Allow: /page\nDisallow: /*.htm", "/page.htm", false},
		{"query", all + "Disallow: /view?id=", "/view?id=7", false},
		{"escaped Hangul", all + "Disallow: /%EB%89%B4%EC%8A%A4", "/%eb%89%b4%ec%8a%a4/1", false},
		{"plain Hangul", all + "Disallow: /뉴스", "/%EB%89%B4%EC%8A%A4/1", false},
		{"escapes of letters", all + "Disallow: /%6e%65ws", "/news", false},
		{"an escaped slash is no slash", all + "Disallow: /a%2fb", "/a/b", true},
		{"an escaped star is a star", all + "Disallow: /a%2Ab", "/a*b", false},
		{"a star of the path is no pattern", all + "Disallow: /a%2Ab", "/axb", true},
		{"a dollar inside", all + "Disallow: /a$b", "/a$b", false},
		{"comments", all + "Disallow: /a # not /b\n# Disallow: /c", "/c", true},
		{"no slash", all + "Disallow: private", "/private", false},
		{"byte order mark", "\ufeff" + all + "Disallow: /", "/x", false},
		{"carriage returns", "User-agent: *\rDisallow: /a\r\nDisallow: /b", "/b", false},
		{"spaces", "  user-agent :  * \n\tDISALLOW\t:\t/a\t", "/a", false},
		{"misspelled", "Useragent: *\nDissalow: /a", "/a", false},
		{"a rule before any group", "Disallow: /x\n" + all + "Disallow: /y", "/y", false},
		{"a rule before any group counts for nobody", "Disallow: /x\n" + all + "Disallow: /y", "/x", true},
		{"a delay that is none", all + "Crawl-delay: soon\nDisallow: /y", "/y", false},
		{"bytes that are no text", all + "Disallow: /\xff\xfe\nDisallow: /b", "/b", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := allowed(tt.text, tt.path); got != tt.want {
				t.Errorf("%s by %q: %v, want %v", tt.path, tt.text, got, tt.want)
			}
		})
	}
}

// R8: Crawl-delay counts up to a minute.
func TestR8CrawlDelay(t *testing.T) {
	for value, want := range map[string]time.Duration{
		"10": 10 * time.Second, "0.5": 500 * time.Millisecond, "0": 0, "-1": 0, "soon": 0, "NaN": 0,
		"86400": time.Minute, "1e300": time.Minute, "+Inf": time.Minute,
	} {
		if got := parseRules("User-agent: *\nCrawl-delay: "+value, robotsToken).delay; got != want {
			t.Errorf("Crawl-delay: %s is %v, want %v", value, got, want)
		}
	}
	if got := parseRules("User-agent: *\nCrawl-delay: 9\n\nUser-agent: chipwire\nAllow: /", robotsToken).delay; got != 0 {
		t.Errorf("the delay of others, %v, counts for us", got)
	}
}

// Another reader of robots.txt agrees where the two are meant to: one group a
// robot, no rules of equal length, no patterns in the middle of a path.
func TestRulesAgainstAnotherReader(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	word := func() string { return []string{"/a", "/b", "/news", "/1", "/x.html"}[rnd.IntN(5)] }
	path := func() string { return strings.Join([]string{word(), word(), word()}[:1+rnd.IntN(3)], "") }
	for range 2000 {
		var b strings.Builder
		lengths := map[int]bool{}
		for _, agent := range []string{"*", "chipwire", "other"}[:1+rnd.IntN(3)] {
			clear(lengths)
			fmt.Fprintf(&b, "User-agent: %s\nDisallow: /private\n", agent)
			lengths[len("/private")] = true
			for range rnd.IntN(5) {
				if p := path(); !lengths[len(p)] {
					lengths[len(p)] = true
					fmt.Fprintf(&b, "%s: %s\n", []string{"Allow", "Disallow"}[rnd.IntN(2)], p)
				}
			}
		}
		other, err := robotstxt.FromString(b.String())
		if err != nil {
			t.Fatal(err)
		}
		for range 10 {
			p := path()
			if got, want := allowed(b.String(), p), other.TestAgent(p, robotsToken); got != want {
				t.Fatalf("%s is %v, the other reader says %v, by\n%s", p, got, want, b.String())
			}
		}
	}
}

func FuzzRules(f *testing.F) {
	for _, seed := range []string{
		"User-agent: *\nDisallow: /", "User-agent: chipwire\nAllow: /a*b$\nCrawl-delay: 3\n", "\ufeffuseragent:*\rdisallow:/%zz%2",
		"User-agent: *\nDisallow: *\nAllow: $\n", "Sitemap: x\n:\n#\nUser-agent:\nDisallow: /\xff",
	} {
		f.Add(seed, "/a%2Ab?c=d")
	}
	f.Add("0", "%%610")
	f.Fuzz(func(t *testing.T, text, path string) {
		r := parseRules(text, robotsToken)
		if r.delay < 0 || r.delay > maxCrawlDelay {
			t.Errorf("a delay of %v", r.delay)
		}
		if len(r.list) > strings.Count(text, ":") {
			t.Errorf("%d rules of %q", len(r.list), text)
		}
		by, found := r.match(path)
		if found && !by.matches(foldPath(path, false)) {
			t.Errorf("%q decides on %q and does not match it", by, path)
		}
		if once := foldPath(path, false); foldPath(once, false) != once {
			t.Errorf("folding %q twice is not folding it once", path)
		}
	})
}
