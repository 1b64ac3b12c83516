package fetcher

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/net/http/httpguts"

	"github.com/chipwire/chipwire/fetcher/client"
	"github.com/chipwire/chipwire/fetcher/feed"
	"github.com/chipwire/chipwire/internal/text"
	"github.com/chipwire/chipwire/internal/urls"
	"github.com/chipwire/chipwire/news"
)

// What goes into every message and event must stay small. In bytes.
const (
	maxName  = 200
	maxTitle = 1000
	maxLink  = 2000
)

// An Answer is what one poll of a feed brought.
type Answer struct {
	Response *client.Response
	Document feed.Document
	GUIDs    GUIDFault // what the document shows of the feed's guids, "" for nothing new

	Gap *Gap // between it and the answer before, if entries may have been lost there

	Condition Condition // how it was asked
	Unchanged bool      // a 304, or the body of the last time: there is no document
	BodyHash  string    // of the whole body of a 200; "" where there was none
	Size      int       // of the body, in bytes

	Err error // a [*client.Error] or [*feed.Error]; with a document, what was read before it
}

// at is when the answer began, or failed to.
func (a Answer) at() time.Time {
	if a.Response == nil {
		return time.Now()
	}
	return a.Response.HeadersAt
}

// headBytes is what is kept of a body that was read: where a document names its
// hub, and a page says that it turns programs away.
const headBytes = 32 << 10

// shed lets go of a body that was read but for its beginning: it must not stay
// for as long as NATS takes.
func (a Answer) shed() {
	if r := a.Response; r != nil && len(r.Body) > headBytes {
		r.Body = bytes.Clone(r.Body[:headBytes])
	}
}

// Ask polls a feed once, at the address that s has adopted if any: the request
// with the validators of s, and the document. It keeps nothing.
func Ask(ctx context.Context, c *client.Client, src Source, f news.Feed, s State) Answer {
	now := time.Now()
	condition := conditionOf(s, s.Moved.Address(f.URL), now)
	req, err := request(src, f, s, condition)
	if err != nil {
		return Answer{Condition: condition, Err: err}
	}
	var a Answer
	c.Use(ctx, req, func(resp *client.Response, fault error) {
		a = read(src, f, s, resp, fault)
	})
	a.Condition = condition
	return a
}

// read makes of a response, or of a fault, what it means for a feed.
func read(src Source, f news.Feed, s State, resp *client.Response, fault error) Answer {
	var cut *client.Error
	if errors.As(fault, &cut) {
		resp = cut.Partial // whole items before a cut are read; the fault stays one
	}
	a := Answer{Response: resp, Err: fault}
	if resp == nil {
		return a
	}
	a.Size = len(resp.Body)
	if fault == nil && !resp.NotModified {
		a.BodyHash = bodyHash(resp.Body)
	}
	if resp.NotModified || fault == nil && a.BodyHash == s.BodyHash && s.URL == s.Moved.Address(f.URL) {
		a.Unchanged = true
		return a
	}
	a.Document, a.GUIDs, a.Err = documentOf(resp, src, f, s)
	if fault != nil {
		a.Err = fault // that the document ends early follows from it
	}
	return a
}

// documentOf reads the document of an answer as one of the feed f.
func documentOf(resp *client.Response, src Source, f news.Feed, s State) (feed.Document, GUIDFault, error) {
	hint := hintOf(src, f, s, resp)
	doc, err := feed.Parse(resp.Body, hint)
	guids := GUIDFault("")
	if s.GUIDs == "" {
		guids = JudgeGUIDs(s, doc)
	}
	if guids != "" { // once in the life of a feed
		hint.ByLink = true
		doc, err = feed.Parse(resp.Body, hint)
	}
	finish(&doc, f, s, resp.HeadersAt)
	return doc, guids, err
}

// hintOf is what is known of a document of a feed beside its bytes.
func hintOf(src Source, f news.Feed, s State, resp *client.Response) feed.Hint {
	h := feed.Hint{
		ContentType: resp.Header.Get("Content-Type"), Charset: src.Charset, Zone: zoneOf(f, s), URL: resp.URL, Lang: f.Lang, List: src.List,
	}
	if len(s.Seen) > 0 {
		seen, today := s.seen(), dayOf(resp.HeadersAt)
		h.Known, h.Page, h.ByLink = seen.Has, seen.Has, s.GUIDs != ""
		if !s.Flips.off(resp.HeadersAt) {
			h.Mark = func(key string) news.Mark { return seen.trace(key).live(today) }
		}
	}
	return h
}

// finish gives the items of a document that was read at now what they must know
// of their feed.
func finish(doc *feed.Document, f news.Feed, s State, now time.Time) {
	for i := range doc.Items {
		it := &doc.Items[i]
		it.Feed, it.Lang, it.Zone, it.DetectedAt = f.ID, f.Lang, cmp.Or(f.Zone, s.Zone), now
		it.Publisher = text.Cut(cmp.Or(it.Publisher, f.Name, doc.Title), maxName)
		it.Title = text.Cut(it.Title, maxTitle)
		if len(it.Link) > maxLink {
			it.Link = ""
		}
		soberDate(it, now)
	}
}

// request is how the next poll of a feed asks.
func request(src Source, f news.Feed, s State, condition Condition) (client.Request, error) {
	req, err := requestTo(src, f, s.Moved.Address(f.URL))
	if condition == Conditional {
		req.ETag, req.LastModified = s.ETag, s.LastModified
	}
	return req, err
}

// requestTo is a request for a document of a feed at an address. The error is
// one of the secrets of the feed, and a [*client.Error].
func requestTo(src Source, f news.Feed, address string) (client.Request, error) {
	req := client.Request{URL: address}
	set := func(key, value string) {
		if req.Header == nil { // mostly there is nothing to say
			req.Header = http.Header{}
		}
		req.Header.Set(key, value)
	}
	if sameHost(req.URL, f.URL) { // what may be secret is for the configured host alone
		req.Auth = src.Auth
		for k, v := range src.Headers {
			value, err := v.Reveal()
			if err == nil && !httpguts.ValidHeaderFieldValue(value) {
				err = fmt.Errorf("header %s: a value that cannot stand in a header", k)
			}
			if err != nil {
				return req, &client.Error{Status: client.StatusAuth, URL: urls.Shown(address), Err: err}
			}
			set(k, value)
		}
	}
	if src.UserAgent != "" {
		set("User-Agent", src.UserAgent)
	}
	return req, nil
}

func sameHost(a, b string) bool {
	if a == b {
		return true
	}
	ua, errA := url.Parse(a)
	ub, errB := url.Parse(b)
	return errA == nil && errB == nil && ua.Host == ub.Host && ua.Scheme == ub.Scheme
}

func bodyHash(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:16])
}
