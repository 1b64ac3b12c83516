// Package websub is the subscriber's side of W3C WebSub: a hub that a feed names
// sends each change of the feed to a callback of ours, so that nobody has to ask.
//
// [Discover] finds hub and topic of a feed. A [Subscription] is what is kept of
// it; its methods decide, without network or clock, when the hub is asked
// ([Subscription.Next]), whether a verification is ours ([Subscription.Verify]),
// whether a push is genuine ([Judge]), and how far the hub is relied on
// ([Subscription.Pace]). A [Server] answers hubs at the callbacks and hands on
// what they bring. Requests to hubs are the caller's.
//
// A callback that the hub alone knows and a signature that the hub alone can
// make are the only grounds on which content is taken. Nothing of the
// subscription is ever taken from a delivery.
package websub

import (
	"errors"
	"fmt"
	"hash/fnv"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// A Config says where hubs reach this process.
type Config struct {
	Listen   string `yaml:"listen"`   // host:port for hubs; port 0: any free one; "": no WebSub
	Callback string `yaml:"callback"` // public URL that leads there; with private: may be "", for http:// and Listen
}

// On reports whether feeds may be subscribed to.
func (c Config) On() bool { return c.Listen != "" }

// Validate reports every field whose value makes no sense, not only the first.
// With private, hubs may be in the operator's own network: the callback may be
// http and, where Listen names a host, left out.
func (c Config) Validate(private bool) error {
	var errs []error
	fault := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	host, port, err := net.SplitHostPort(c.Listen)
	if n, bad := strconv.Atoi(port); c.Listen != "" && (err != nil || bad != nil || n < 0 || n > 65535) {
		fault("websub.listen: %q, want host:port such as 0.0.0.0:8090, or \"\" for no WebSub", c.Listen)
	}
	u, err := url.Parse(c.Callback)
	switch ip := net.ParseIP(host); {
	case c.Callback == "" && !c.On():
	case c.Callback == "" && !private:
		fault("websub.callback: missing, want the public https URL that leads to websub.listen")
	case c.Callback == "" && (host == "" || ip != nil && ip.IsUnspecified()):
		fault("websub.callback: missing, want the URL that leads to websub.listen, which names no host")
	case c.Callback == "":
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		fault("websub.callback: %q, want a URL such as https://push.example.com, without query or password", c.Callback)
	case u.Scheme == "http" && !private:
		fault("websub.callback: %q, want https: who reads the address of a callback could use it (http needs allow_private)", c.Callback)
	}
	return errors.Join(errs...)
}

// Bounds of what hubs may ask of us and we of them.
const (
	wantLease = 10 * 24 * time.Hour // asked for
	maxLease  = 14 * 24 * time.Hour // believed
	noLease   = 24 * time.Hour      // where the hub does not say, though it must
	renewPart = 0.8                 // of a lease, after which it is renewed (W7)

	patience = 10 * time.Minute // until a request that the hub took and did not verify is sent again
	maxRetry = 24 * time.Hour   // between two requests that come to nothing
	denial   = 24 * time.Hour   // after a first denial; each further one adds as much
	maxDeny  = 7                // of these
	repeats  = 5 * time.Minute  // a verification may come again for so long
)

// A Subscription is what is known of one feed's subscription. Its zero value
// stands for a feed that names no hub.
type Subscription struct {
	Hub      string `json:"hub,omitempty"`
	Topic    string `json:"topic,omitempty"`    // the feed's own address, as it writes it (W2)
	Callback string `json:"callback,omitempty"` // base of the callback that the hub was told
	Token    string `json:"token,omitempty"`    // the part of the callback that cannot be guessed (W4)
	Secret   string `json:"secret,omitempty"`   // that pushes are signed with (W5)

	Asked     time.Time `json:"asked,omitzero"`     // of the latest request to the hub
	Pending   bool      `json:"pending,omitempty"`  // it was sent and is not verified yet
	Since     time.Time `json:"since,omitzero"`     // of the first lease in an unbroken row
	Confirmed time.Time `json:"confirmed,omitzero"` // of the present lease
	Until     time.Time `json:"until,omitzero"`     // end of the present lease
	Retry     time.Time `json:"retry,omitzero"`     // the hub is not asked before
	Failures  int       `json:"failures,omitempty"` // requests in a row that came to nothing
	Fault     string    `json:"fault,omitempty"`    // what became of the latest of them, in words

	Misses int       `json:"misses,omitempty"` // items that the hub did not bring, less those it brought first
	Owed   time.Time `json:"owed,omitzero"`    // when a poll found what the hub has not brought yet
}

// IsZero reports whether there is nothing to subscribe to.
func (s Subscription) IsZero() bool { return s == Subscription{} }

// Live reports whether the hub has promised to push.
func (s Subscription) Live(now time.Time) bool { return s.Until.After(now) }

// URL is the callback of a feed, "" for one without a subscription.
func (s Subscription) URL(feed string) string {
	if s.Token == "" {
		return ""
	}
	return strings.TrimRight(s.Callback, "/") + "/" + feed + "/" + s.Token
}

// Follow returns the subscription after a document of the feed named l: as it
// was, a new one where hub or topic are others, or none. token and secret are
// for a new one.
func (s Subscription) Follow(l Links, token, secret string) Subscription {
	switch {
	case l.Hub == "":
		return Subscription{}
	case l.Hub == s.Hub && l.Self == s.Topic:
		return s
	}
	return Subscription{Hub: l.Hub, Topic: l.Self, Token: token, Secret: secret}
}

// A Step is the moment when a hub is to be asked, and why. A zero At means never.
type Step struct {
	At  time.Time
	Why string
}

// Next decides when the hub is asked for a subscription or its renewal, with
// callback the base of our callbacks now; never twice within least.
func (s Subscription) Next(callback string, least time.Duration, now time.Time) Step {
	var step Step
	switch {
	case s.Hub == "":
		return Step{}
	case s.Retry.After(now):
		return Step{s.Retry, s.Fault}
	case s.Pending:
		step = Step{s.Asked.Add(backoff(patience, s.Failures)), "asked, and the hub has not verified it"}
	case s.Until.IsZero():
		step = Step{now, "not subscribed"}
	case s.Callback != callback:
		step = Step{now, "callbacks are elsewhere now"}
	default:
		lease := float64(s.Until.Sub(s.Confirmed))
		step = Step{s.Confirmed.Add(time.Duration(renewPart * lease)), "renewed after four fifths of its lease"}
	}
	if first := s.Asked.Add(least); !s.Asked.IsZero() && step.At.Before(first) {
		step.At = first
	}
	return step
}

// backoff doubles d for each failure after the first.
func backoff(d time.Duration, failures int) time.Duration {
	for ; failures > 1 && d < maxRetry; failures-- {
		d *= 2
	}
	return min(d, maxRetry)
}

// Ask returns the subscription after a request to the hub at now that names a
// callback under the base callback. It is kept before the request is sent: the
// hub may verify before it answers.
func (s Subscription) Ask(callback string, now time.Time) Subscription {
	if s.Pending {
		s.Failures++
		s.Fault = "the hub does not verify: it must reach " + callback
	}
	s.Callback, s.Asked, s.Pending, s.Retry = callback, now, true, time.Time{}
	return s
}

// Form is the request for a subscription of a feed. The secret is left out where
// it would be readable on the way: to a hub without TLS, unless private says
// that the way is the operator's own.
func (s Subscription) Form(feed string, private bool) url.Values {
	form := url.Values{
		"hub.mode": {"subscribe"}, "hub.topic": {s.Topic}, "hub.callback": {s.URL(feed)},
		"hub.lease_seconds": {strconv.Itoa(int(wantLease / time.Second))},
	}
	if private || strings.HasPrefix(s.Hub, "https:") {
		form.Set("hub.secret", s.Secret)
	}
	return form
}

// Refused returns the subscription after a request that the hub did not take,
// with what it said, and the rest that it asked for, or 0.
func (s Subscription) Refused(fault string, rest time.Duration, now time.Time) Subscription {
	s.Failures++
	s.Pending, s.Fault = false, fault
	wait := backoff(patience, s.Failures)
	wait = wait/2 + time.Duration(fraction(s.Token, s.Failures)*float64(wait/2)) // a hub's feeds come back apart
	s.Retry = now.Add(max(wait, rest))
	return s
}

// fraction is a number from 0 to 1 that depends on its arguments alone.
func fraction(token string, n int) float64 {
	h := fnv.New64a()
	fmt.Fprint(h, n, token)
	return float64(h.Sum64()>>11) / (1 << 53)
}

// Confirm returns the subscription after the hub verified it at now.
func (s Subscription) Confirm(lease time.Duration, now time.Time) Subscription {
	if !s.Live(now) {
		s.Since = now
	}
	s.Confirmed, s.Until = now, now.Add(lease)
	s.Pending, s.Failures, s.Fault, s.Retry = false, 0, "", time.Time{}
	return s
}

// Deny returns the subscription after the hub said at now that there is none, or
// none any more (W9).
func (s Subscription) Deny(reason string, now time.Time) Subscription {
	s.Failures++
	s.Pending, s.Since, s.Confirmed, s.Until = false, time.Time{}, time.Time{}, time.Time{}
	s.Fault = "the hub denied it"
	if reason != "" {
		s.Fault += ": " + reason
	}
	s.Retry = now.Add(denial * time.Duration(min(s.Failures, maxDeny)))
	s.Owed = time.Time{}
	return s
}

// A Verdict is what becomes of a hub's request to verify.
type Verdict struct {
	OK        bool
	Denied    bool          // the hub says that there is no subscription
	Challenge string        // to be sent back
	Lease     time.Duration // that the hub grants
	Reason    string        // the hub's, for a denial
	Why       string        // not OK: because of this
}

// Verify decides whether a request to verify is about what was asked for (W3).
func (s Subscription) Verify(q url.Values, now time.Time) Verdict {
	mode, topic, challenge := q.Get("hub.mode"), q.Get("hub.topic"), q.Get("hub.challenge")
	asked := s.Pending || !s.Confirmed.IsZero() && now.Sub(s.Confirmed) < repeats
	switch {
	case s.Hub == "" || topic != s.Topic:
		return Verdict{Why: fmt.Sprintf("topic %q was not asked for", topic)}
	case mode == "denied":
		return Verdict{OK: true, Denied: true, Reason: plain(q.Get("hub.reason"))}
	case mode != "subscribe" || !asked:
		return Verdict{Why: fmt.Sprintf("mode %q was not asked for", mode)}
	case challenge == "":
		return Verdict{Why: "no challenge"}
	}
	lease := noLease
	if n, err := strconv.ParseInt(q.Get("hub.lease_seconds"), 10, 64); err == nil && n > 0 {
		lease = time.Duration(min(n, int64(maxLease/time.Second))) * time.Second
	}
	return Verdict{OK: true, Challenge: challenge, Lease: lease}
}

// plain makes a line of at most 200 bytes of what a hub says.
func plain(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "")), " ")
	if len(s) > 200 {
		s = strings.ToValidUTF8(s[:200], "")
	}
	return s
}

// Describe says in words how things stand, "" for a feed that names no hub.
func (s Subscription) Describe(now time.Time) string {
	hub := s.Hub
	if u, err := url.Parse(s.Hub); err == nil && u.Host != "" {
		hub = u.Host
	}
	until := s.Until.UTC().Format("2006-01-02 15:04 UTC")
	switch {
	case s.Hub == "":
		return ""
	case s.Live(now) && s.Misses >= tooMany:
		return fmt.Sprintf("pushed by %s until %s, but it missed %d items: polled as if it were not", hub, until, s.Misses)
	case s.Live(now):
		return fmt.Sprintf("pushed by %s until %s", hub, until)
	case s.Fault != "":
		return fmt.Sprintf("not pushed by %s: %s", hub, s.Fault)
	case s.Pending:
		return fmt.Sprintf("%s was asked to push and has not verified it yet", hub)
	}
	return fmt.Sprintf("will ask %s to push", hub)
}
