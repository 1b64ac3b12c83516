package websub

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"hash"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

var start = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)

const (
	hub   = "https://hub.example/"
	topic = "https://a.example/feed?x=1"
	base  = "https://push.example"
)

// asked is a subscription that the hub was asked for at start.
func asked() Subscription {
	return Subscription{Hub: hub, Topic: topic, Token: "token", Secret: "secret"}.Ask(base, start)
}

func TestW1Discovery(t *testing.T) {
	rss := func(links string) string {
		return `<?xml version="1.0"?><rss version="2.0" xmlns:a="http://www.w3.org/2005/Atom"><channel><title>T</title><title/>` +
			`<link>https://a.example/</link>` + links + `<item><link rel="hub" href="https://item.example/"/></item></channel></rss>`
	}
	for _, tt := range []struct {
		name   string
		header []string
		body   string
		want   Links
	}{
		{"nothing", nil, rss(""), Links{}},
		{"a self alone", []string{`<https://a.example/self>; rel=self`}, rss(""), Links{}},
		{"header", []string{`<https://h.example/>; rel="hub"`, `<https://a.example/self>; rel="self"`}, rss(""), Links{"https://h.example/", "https://a.example/self"}},
		{"header of one line", []string{`<https://a.example/?a=1,2>; rel=self; title="a, \"b\"", <https://h.example/>; title=x; rel="alternate HUB"`}, "", Links{"https://h.example/", "https://a.example/?a=1,2"}},
		{
			"header first, then the document",
			[]string{`<https://h.example/>; rel=hub, <https://a.example/self>; rel=self`},
			rss(`<a:link rel="hub" href="https://body.example/"/><a:link rel="self" href="https://a.example/body"/>`),
			Links{"https://h.example/", "https://a.example/self"},
		},
		{"a header about something else", []string{`<https://h.example/>; rel=hub; anchor="#x"`}, rss(""), Links{}},
		{"a header that is none", []string{`https://h.example/; rel=hub`, `<https://h.example/`, `;;,=`, `<>; rel=hub`, `<ftp://h.example/>; rel=hub`}, rss(""), Links{}},
		{"RSS", nil, rss(`<a:link href='https://h.example/' rel='hub'/><a:link rel="self" href="https://a.example/self?a=1&amp;b=2"/>`), Links{"https://h.example/", "https://a.example/self?a=1&b=2"}},
		{"Atom", nil, `<feed xmlns="http://www.w3.org/2005/Atom"><link rel="hub" href="https://h.example/"/><link rel="self" href="/feed"/><entry/></feed>`, Links{"https://h.example/", "https://a.example/feed"}},
		{"no self", nil, rss(`<a:link rel="hub" href="https://h.example/"/>`), Links{"https://h.example/", "https://a.example/asked"}},
		{"in a text only", nil, rss(`<description><![CDATA[<link rel="hub" href="https://h.example/"/>]]></description><!-- <link rel="hub" href="https://h.example/"/> -->`), Links{}},
		{"the first of two", nil, rss(`<a:link rel="hub" href="https://h.example/"/><a:link rel="hub" href="https://i.example/"/>`), Links{"https://h.example/", "https://a.example/asked"}},
		{"HTML", nil, `<!doctype html><html><head><link rel="hub" href="//h.example/"><link rel=self href=/self></head><body><link rel=hub href=/no></body>`, Links{"https://h.example/", "https://a.example/self"}},
		{"HTML body", nil, `<!doctype html><html><head></head><body><link rel=hub href=/no></body>`, Links{}},
		{"JSON Feed", nil, ` {"version":"https://jsonfeed.org/version/1.1","feed_url":"https://a.example/json","hubs":[{"type":"rssCloud","url":"https://r.example/"},{"type":"WebSub","url":"https://h.example/"}]}`, Links{"https://h.example/", "https://a.example/json"}},
		{"UTF-16", nil, "\xfe\xff" + utf16(`<feed><link rel="hub" href="https://h.example/"/></feed>`), Links{"https://h.example/", "https://a.example/asked"}},
		{"a hub that is known to have TLS", nil, rss(`<a:link rel="hub" href="http://pubsubhubbub.appspot.com/"/>`), Links{"https://pubsubhubbub.appspot.com/", "https://a.example/asked"}},
		{"beyond the head", nil, "<feed>" + strings.Repeat(" ", maxHead) + `<link rel="hub" href="https://h.example/"/></feed>`, Links{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := http.Header{"Content-Type": {"application/xml"}}
			for _, v := range tt.header {
				h.Add("Link", v)
			}
			if got := Discover(h, []byte(tt.body), "https://a.example/asked"); got != tt.want {
				t.Errorf("%+v, want %+v", got, tt.want)
			}
		})
	}
}

func utf16(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		b.Write([]byte{0, c})
	}
	return b.String()
}

func FuzzDiscover(f *testing.F) {
	f.Add(`<https://h.example/>; rel="hub"; title="a, b", </self>;rel=self`, "<feed><link rel='hub' href='https://h.example/'/></feed>")
	f.Add(`<a>; rel=hub;;;=,<`, `{"hubs":[{"type":"WebSub","url":"//h"}]}`)
	f.Add(`<a>; x="\`, `<html><head><link rel=hub href=a></head>`)
	f.Fuzz(func(t *testing.T, link, body string) {
		got := Discover(http.Header{"Link": {link}}, []byte(body), "https://a.example/feed")
		if got.Hub == "" && got != (Links{}) || got.Hub != "" && got.Self == "" {
			t.Errorf("half of the links: %+v", got)
		}
		for _, s := range []string{got.Hub, got.Self} {
			if u, err := url.Parse(s); s != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
				t.Errorf("%q is no address", s)
			}
		}
	})
}

func TestW2TopicIsTheSelfLinkByteForByte(t *testing.T) {
	const odd = "HTTPS://A.example:443/%7Efeed/?b=2&a=1&utm_source=x"
	got := Discover(http.Header{"Link": {"<" + hub + ">; rel=hub, <" + odd + ">; rel=self"}}, nil, "https://b.example/asked")
	sub := Subscription{}.Follow(got, "t", "s").Ask(base, start)
	if form := sub.Form("feed", false); form.Get("hub.topic") != odd || form.Get("hub.mode") != "subscribe" {
		t.Errorf("form %v, want topic %s", form, odd)
	}
}

func TestW3OnlyWhatWasAskedForIsConfirmed(t *testing.T) {
	q := func(mode, topic, challenge, lease string) url.Values {
		return url.Values{"hub.mode": {mode}, "hub.topic": {topic}, "hub.challenge": {challenge}, "hub.lease_seconds": {lease}}
	}
	good := q("subscribe", topic, "xyz", "3600")
	confirmed := asked().Confirm(time.Hour, start)
	for _, tt := range []struct {
		name  string
		sub   Subscription
		q     url.Values
		after time.Duration
		lease time.Duration // 0: refused
	}{
		{"asked", asked(), good, time.Second, time.Hour},
		{"long after", asked(), good, 24 * time.Hour, time.Hour},
		{"never asked", Subscription{Hub: hub, Topic: topic}, good, 0, 0},
		{"no subscription", Subscription{}, q("subscribe", "", "xyz", "1"), 0, 0},
		{"another topic", asked(), q("subscribe", topic+"&y", "xyz", "3600"), 0, 0},
		{"another mode", asked(), q("unsubscribe", topic, "xyz", ""), 0, 0},
		{"no challenge", asked(), q("subscribe", topic, "", "3600"), 0, 0},
		{"again at once", confirmed, good, time.Minute, time.Hour},
		{"again later", confirmed, good, time.Hour / 2, 0},
		{"at the renewal", confirmed.Ask(base, start.Add(time.Hour/2)), good, time.Hour / 2, time.Hour},
		{"a lease of years", asked(), q("subscribe", topic, "xyz", "999999999999"), 0, maxLease},
		{"no lease", asked(), q("subscribe", topic, "xyz", ""), 0, noLease},
		{"a lease of nothing", asked(), q("subscribe", topic, "xyz", "-5"), 0, noLease},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := tt.sub.Verify(tt.q, start.Add(tt.after))
			if v.OK != (tt.lease > 0) || v.Lease != tt.lease || v.OK == (v.Why != "") || v.Denied {
				t.Errorf("%+v, want a lease of %v, or a reason", v, tt.lease)
			}
			if v.OK && v.Challenge != "xyz" {
				t.Errorf("challenge %q", v.Challenge)
			}
		})
	}
}

func TestW4EachSubscriptionHasItsOwnCallback(t *testing.T) {
	links := Links{hub, topic}
	one := Subscription{}.Follow(links, "t1", "s1").Ask(base+"/", start)
	if got := one.URL("feed"); got != "https://push.example/feed/t1" {
		t.Errorf("callback %s", got)
	}
	if same := one.Follow(links, "t2", "s2"); same != one {
		t.Errorf("%+v became %+v though hub and topic are the same", one, same)
	}
	for _, other := range []Links{{"https://other.example/", topic}, {hub, "https://a.example/moved"}} {
		if two := one.Follow(other, "t2", "s2"); two.Token != "t2" || two.Secret != "s2" || !two.Asked.IsZero() {
			t.Errorf("%+v for %+v, want a new callback and secret", two, other)
		}
	}
	if none := one.Follow(Links{}, "t2", "s2"); !none.IsZero() {
		t.Errorf("%+v of a feed that names no hub", none)
	}
}

func TestW5Signatures(t *testing.T) {
	const body = "<rss/>"
	sign := func(name, secret string, h func() hash.Hash) string {
		m := hmac.New(h, []byte(secret))
		m.Write([]byte(body))
		return name + "=" + hex.EncodeToString(m.Sum(nil))
	}
	for _, tt := range []struct {
		name, secret, signature string
		want                    Proof
	}{
		{"sha256", "s", sign("sha256", "s", sha256.New), Signed},
		{"sha384", "s", sign("sha384", "s", sha512.New384), Signed},
		{"sha512", "s", sign("sha512", "s", sha512.New), Signed},
		{"upper case", "s", strings.ToUpper(sign("sha256", "s", sha256.New)), Signed},
		{"sha1", "s", sign("sha1", "s", sha1.New), Unsigned},
		{"none", "s", "", Unsigned},
		{"unknown method", "s", "md5=00", Unsigned},
		{"no secret", "", sign("sha256", "", sha256.New), Unsigned},
		{"another secret", "s", sign("sha256", "x", sha256.New), Forged},
		{"another method's digest", "s", sign("sha256", "s", sha512.New), Forged},
		{"cut", "s", sign("sha256", "s", sha256.New)[:40], Forged},
		{"no digest", "s", "sha256", Forged},
		{"no hex", "s", "sha256=zz", Forged},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, why := Judge(tt.secret, tt.signature, []byte(body)); got != tt.want || (got == Signed) != (why == "") {
				t.Errorf("%s because %q, want %s", got, why, tt.want)
			}
		})
	}
}

// A secret that others could read on the way is none.
func TestW5SecretNeedsTLS(t *testing.T) {
	for _, tt := range []struct {
		hub     string
		private bool
		want    string
	}{{"https://hub.example/", false, "secret"}, {"http://hub.example/", false, ""}, {"http://127.0.0.1/", true, "secret"}} {
		sub := asked()
		sub.Hub = tt.hub
		if got := sub.Form("feed", tt.private).Get("hub.secret"); got != tt.want {
			t.Errorf("secret %q to %s", got, tt.hub)
		}
	}
}

func TestW7WhenTheHubIsAsked(t *testing.T) {
	const least = time.Minute
	day := asked().Confirm(10*24*time.Hour, start)
	for _, tt := range []struct {
		name string
		sub  Subscription
		base string
		now  time.Duration
		want time.Duration // -1: never
	}{
		{"no hub", Subscription{}, base, 0, -1},
		{"found just now", Subscription{Hub: hub, Topic: topic}, base, time.Hour, time.Hour},
		{"four fifths of the lease", day, base, time.Hour, 8 * 24 * time.Hour},
		{"after the lease", day, base, 11 * 24 * time.Hour, 8 * 24 * time.Hour},
		{"a lease of a minute", asked().Confirm(time.Minute, start), base, 0, least},
		{"callbacks have moved", day, "https://other.example", time.Hour, time.Hour},
		{"not verified", asked(), base, time.Minute, patience},
		{"not verified twice", asked().Ask(base, start), base, 0, patience},
		{"not verified three times", asked().Ask(base, start).Ask(base, start), base, 0, 2 * patience},
		{"told to rest", asked().Refused("busy", time.Hour, start), base, 0, time.Hour},
		{"denied", asked().Deny("no", start), base, time.Hour, denial},
		{"denied twice", asked().Deny("no", start).Deny("no", start), base, time.Hour, 2 * denial},
	} {
		t.Run(tt.name, func(t *testing.T) {
			step := tt.sub.Next(tt.base, least, start.Add(tt.now))
			want := start.Add(tt.want)
			if tt.want < 0 {
				want = time.Time{}
			}
			if !step.At.Equal(want) || step.At.IsZero() != (step.Why == "") {
				t.Errorf("%v because %q, want %v", step.At, step.Why, want)
			}
		})
	}
}

func TestAHubThatFailsIsAskedLessAndLess(t *testing.T) {
	sub, now := asked(), start
	for n := 1; n < 20; n++ {
		sub = sub.Refused("down", 0, now)
		wait := sub.Next(base, time.Second, now).At.Sub(now)
		longest := min(patience<<min(n-1, 20), maxRetry)
		if wait < longest/2 || wait > longest {
			t.Errorf("failure %d: waits %v, want %v to %v", n, wait, longest/2, longest)
		}
		now = now.Add(wait)
		sub = sub.Ask(base, now)
	}
	if sub = sub.Confirm(time.Hour, now); sub.Failures != 0 || sub.Fault != "" || !sub.Live(now) {
		t.Errorf("%+v after it was confirmed", sub)
	}
}

func TestW9Denied(t *testing.T) {
	live := asked().Confirm(time.Hour, start)
	q := url.Values{"hub.mode": {"denied"}, "hub.topic": {topic}, "hub.reason": {"no\nsuch " + strings.Repeat("x", 500)}}
	v := live.Verify(q, start.Add(30*time.Minute))
	if !v.OK || !v.Denied || len(v.Reason) > 200 || !strings.HasPrefix(v.Reason, "no such x") {
		t.Fatalf("%+v", v)
	}
	sub := live.Deny(v.Reason, start)
	if sub.Live(start.Add(time.Second)) || !strings.Contains(sub.Describe(start), "no such x") {
		t.Errorf("%+v: %s", sub, sub.Describe(start))
	}
	if every, _ := sub.Pace(time.Minute, 0, start); every != time.Minute {
		t.Errorf("polled every %v after a denial", every)
	}
	q.Set("hub.topic", "https://b.example/")
	if v := live.Verify(q, start); v.OK {
		t.Errorf("%+v about another topic", v)
	}
}

func TestPace(t *testing.T) {
	live := asked().Confirm(24*time.Hour, start)
	with := func(misses int) Subscription { s := live; s.Misses = misses; return s }
	for _, tt := range []struct {
		name string
		sub  Subscription
		hub  int
		now  time.Duration
		want time.Duration
	}{
		{"no hub", Subscription{}, 0, 0, time.Minute},
		{"not verified", asked(), 0, 0, time.Minute},
		{"pushed", live, 0, 0, 4 * time.Minute},
		{"two misses", with(2), 2, 0, 4 * time.Minute},
		{"three misses", with(3), 0, 0, time.Minute},
		{"three misses of the hub", live, 3, 0, time.Minute},
		{"the lease ends before the backup", live, 0, 24*time.Hour - 3*time.Minute, time.Minute},
		{"the lease has ended", live, 0, 25 * time.Hour, time.Minute},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, why := tt.sub.Pace(time.Minute, tt.hub, start.Add(tt.now))
			if got != tt.want || got != time.Minute && why == "" {
				t.Errorf("every %v because %q, want %v", got, why, tt.want)
			}
		})
	}
}

// Three items that only polls have found end the trust in a hub; a push that is
// first restores it.
func TestTrustIsLostByMissesAndWonByPushes(t *testing.T) {
	sub, now := asked().Confirm(10*24*time.Hour, start), start.Add(time.Hour)
	miss := func() {
		now = now.Add(time.Hour)
		sub = sub.Found(now.Add(-time.Minute), now).Found(time.Time{}, now)
		if s, missed := sub.Settle(now.Add(late)); missed || s != sub {
			t.Errorf("missed before it was late")
		}
		s, missed := sub.Settle(now.Add(late + time.Second))
		if !missed {
			t.Errorf("no miss")
		}
		sub = s
	}
	every := func() time.Duration { d, _ := sub.Pace(time.Minute, 0, now); return d }
	miss()
	miss()
	if every() != 4*time.Minute {
		t.Errorf("every %v after two misses", every())
	}
	miss()
	if every() != time.Minute || !strings.Contains(sub.Describe(now), "missed 3") {
		t.Errorf("every %v after three misses: %s", every(), sub.Describe(now))
	}
	if sub = sub.Pushed(false, now); every() != time.Minute {
		t.Error("a push that brought nothing new has restored trust")
	}
	if sub = sub.Pushed(true, now); every() != 4*time.Minute {
		t.Errorf("every %v after a push that was first", every())
	}
	for range 20 {
		miss()
	}
	for range most - tooMany + 1 {
		sub = sub.Pushed(true, now)
	}
	if every() != 4*time.Minute {
		t.Errorf("every %v: the misses of long ago weigh too much", every())
	}
}

func TestWhatIsNoMiss(t *testing.T) {
	live, now := asked().Confirm(10*24*time.Hour, start), start.Add(time.Hour)
	for _, tt := range []struct {
		name string
		sub  Subscription
	}{
		{"from before the subscription", live.Found(start.Add(-time.Minute), now)},
		{"no lease", asked().Found(time.Time{}, now)},
		{"pushed a little later", live.Found(time.Time{}, now).Pushed(false, now.Add(time.Minute))},
		{"denied since", live.Found(time.Time{}, now).Deny("", now)},
	} {
		if s, missed := tt.sub.Settle(now.Add(time.Hour)); missed || s.Misses > 0 {
			t.Errorf("%s: a miss", tt.name)
		}
	}
	if s, missed := live.Found(time.Time{}, now).Pushed(false, now.Add(late+time.Second)).Settle(now.Add(time.Hour)); !missed || s.Misses != 1 {
		t.Error("pushed far too late: no miss")
	}
}

func TestTally(t *testing.T) {
	var tally Tally
	for range 3 {
		tally.Missed("a")
	}
	tally.Missed("b")
	if tally.Misses("a") != 3 || tally.Misses("b") != 1 || tally.Misses("c") != 0 {
		t.Error("miscounted")
	}
	if tally.First("a"); tally.Misses("a") != 0 || tally.Misses("b") != 1 {
		t.Error("a push that was first made up for nothing, or for others")
	}
}

// What is kept in the feed's state comes back as it was.
func TestSubscriptionSurvivesARestart(t *testing.T) {
	sub := asked().Confirm(time.Hour, start).Found(time.Time{}, start)
	sub.Misses = 2
	data, err := json.Marshal(struct {
		S Subscription `json:"s,omitzero"`
	}{sub})
	if err != nil {
		t.Fatal(err)
	}
	var back struct{ S Subscription }
	if err := json.Unmarshal(data, &back); err != nil || back.S != sub {
		t.Errorf("%+v, %v, want %+v", back.S, err, sub)
	}
	if data, _ := json.Marshal(struct {
		S Subscription `json:"s,omitzero"`
	}{}); string(data) != "{}" {
		t.Errorf("none is written as %s", data)
	}
}

func TestConfigValidate(t *testing.T) {
	for _, tt := range []struct {
		listen, callback string
		private          bool
		want             string
	}{
		{"", "", false, ""},
		{"0.0.0.0:8090", "https://push.example/hooks", false, ""},
		{":8090", "https://push.example", false, ""},
		{"127.0.0.1:0", "", true, ""},
		{"127.0.0.1:0", "", false, "callback: missing, want the public https"},
		{":8090", "", true, "names no host"},
		{"[::]:8090", "", true, "names no host"},
		{"8090", "https://push.example", false, "websub.listen: \"8090\""},
		{"a:99999", "https://push.example", false, "websub.listen"},
		{"a:1", "http://push.example", false, "want https"},
		{"a:1", "http://push.example", true, ""},
		{"a:1", "push.example", true, "want a URL"},
		{"a:1", "https://push.example/?a=b", false, "want a URL"},
	} {
		err := Config{tt.listen, tt.callback}.Validate(tt.private)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%q %q: %v, want %q", tt.listen, tt.callback, err, tt.want)
		}
	}
}

func TestDescribe(t *testing.T) {
	for _, tt := range []struct {
		sub  Subscription
		want string
	}{
		{Subscription{}, ""},
		{Subscription{Hub: hub}, "will ask hub.example to push"},
		{asked(), "hub.example was asked to push and has not verified it yet"},
		{asked().Confirm(time.Hour, start), "pushed by hub.example until 2026-03-02 11:00 UTC"},
		{asked().Refused("http-500", 0, start), "not pushed by hub.example: http-500"},
	} {
		if got := tt.sub.Describe(start); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}
