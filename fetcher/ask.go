package fetcher

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/chipwire/chipwire/fetcher/client"
	"github.com/chipwire/chipwire/fetcher/feed"
	"github.com/chipwire/chipwire/internal/text"
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

	Condition Condition // how it was asked
	Unchanged bool      // a 304, or the body of the last time: there is no document

	hash string // of a whole body

	Err error // a [*client.Error] or [*feed.Error]; with a document, what was read before it
}

// at is when the answer began, or failed to.
func (a Answer) at() time.Time {
	if a.Response == nil {
		return time.Now()
	}
	return a.Response.HeadersAt
}

// Ask polls a feed once, at the address that s has adopted if any: the request
// with the validators of s, and the document. It keeps nothing.
func Ask(ctx context.Context, c *client.Client, src Source, f news.Feed, s State) Answer {
	now := time.Now()
	condition := conditionOf(s, s.Moved.Address(f.URL), now)
	resp, fault := c.Get(ctx, request(src, f, s, condition))
	var cut *client.Error
	if errors.As(fault, &cut) {
		resp = cut.Partial // whole items before a cut are read; the fault stays one
	}
	a := Answer{Response: resp, Condition: condition, Err: fault}
	if resp == nil {
		return a
	}
	if resp.NotModified {
		a.Unchanged = true
		return a
	}
	if fault == nil {
		a.hash = bodyHash(resp.Body)
		if a.Unchanged = a.hash == s.BodyHash && s.URL == s.Moved.Address(f.URL); a.Unchanged {
			return a
		}
	}
	hint := feed.Hint{
		ContentType: resp.Header.Get("Content-Type"), Charset: src.Charset, Zone: zoneOf(f, s), URL: resp.URL, Lang: f.Lang,
	}
	if len(s.Seen) > 0 {
		hint.Known = s.seen().Has
	}
	doc, err := feed.Parse(resp.Body, hint)
	for i := range doc.Items {
		it := &doc.Items[i]
		it.Feed, it.Publisher, it.Lang, it.Zone, it.DetectedAt = f.ID, f.Name, f.Lang, cmp.Or(f.Zone, s.Zone), resp.HeadersAt
		if it.Publisher == "" {
			it.Publisher = text.Cut(doc.Title, maxName)
		}
		it.Title = text.Cut(it.Title, maxTitle)
		if len(it.Link) > maxLink {
			it.Link = ""
		}
		soberDate(it, resp.HeadersAt)
	}
	if fault != nil {
		err = fault // that the document ends early follows from it
	}
	a.Document, a.Err = doc, err
	return a
}

// request is how the next poll of a feed asks.
func request(src Source, f news.Feed, s State, condition Condition) client.Request {
	req := client.Request{URL: s.Moved.Address(f.URL), Header: http.Header{}}
	if condition == Conditional {
		req.ETag, req.LastModified = s.ETag, s.LastModified
	}
	if sameHost(req.URL, f.URL) { // what may be secret is for the configured host alone
		req.Auth = src.Auth
		for k, v := range src.Headers {
			req.Header.Set(k, v)
		}
	}
	if src.UserAgent != "" {
		req.Header.Set("User-Agent", src.UserAgent)
	}
	return req
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
