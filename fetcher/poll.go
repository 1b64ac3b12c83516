package fetcher

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/chipwire/chipwire/fetcher/client"
	"github.com/chipwire/chipwire/fetcher/feed"
	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/internal/text"
	"github.com/chipwire/chipwire/news"
)

// Statuses of a feed beside those of [client.Status] and [feed.Status].
const (
	StatusOK   = "ok"
	StatusWire = "wire" // NATS did not take the items; they are read again
)

// history is the age at first sight from which an item tells nothing.
const history = 72 * time.Hour

// What goes into every message and event must stay small. In bytes.
const (
	maxName  = 200
	maxTitle = 1000
	maxLink  = 2000
)

// firstUndated is how many undated items of a first poll are news.
const firstUndated = 3

// A Sifting divides the items of a document.
type Sifting struct {
	News    []news.Item // not seen before, in the order of the document
	History int         // not seen before, but too old to be news
	Known   int
	Reasons []Reason // of each item of the document, in its order
}

// A Reason says what an item is taken for, and why.
type Reason string

// The reasons.
const (
	NewsRecent    Reason = "news: recent, and not seen before"
	NewsUndated   Reason = "news: not dated, and not seen before"
	HistoryAdded  Reason = "history: older than the backfill before the feed was added"
	HistoryOld    Reason = "history: older than three days"
	HistoryFirst  Reason = "history: not dated, and not one of the newest three of a first poll"
	KnownItem     Reason = "known: seen before"
	KnownDocument Reason = "known: twice in the document"
)

// IsNews reports whether the reason is one for news.
func (r Reason) IsNews() bool { return r == NewsRecent || r == NewsUndated }

// Sift decides which items are news: those not seen before under any of their
// keys that are not older than the moment the feed was added less backfill; at
// the first poll, of the undated ones, the newest three.
func Sift(s State, items []news.Item, backfill time.Duration, now time.Time) Sifting {
	out := Sifting{Reasons: make([]Reason, 0, len(items))}
	before, within := s.seen(), newSeen(2*len(items)) // a document may hold an item twice
	first, added, undated := s.AddedAt.IsZero(), s.AddedAt, 0
	if first {
		added = now
	}
	for _, it := range items {
		reason := NewsRecent
		switch {
		case Same(before, it):
			reason = KnownItem
		case Same(&within, it):
			reason = KnownDocument
		case it.PublishedAt.IsZero():
			undated++
			reason = NewsUndated
			if first && undated > firstUndated {
				reason = HistoryFirst
			}
		case it.PublishedAt.Before(added.Add(-backfill)):
			reason = HistoryAdded
		case now.Sub(it.PublishedAt) > history:
			reason = HistoryOld
		}
		out.Reasons = append(out.Reasons, reason)
		switch reason {
		case KnownItem, KnownDocument:
			out.Known++
			continue
		case NewsRecent, NewsUndated:
			out.News = append(out.News, it)
		default:
			out.History++
		}
		for _, key := range keysOf(it) {
			within.add(hashKey(key))
		}
	}
	return out
}

// An Answer is what one poll of a feed brought.
type Answer struct {
	Response *client.Response
	Document feed.Document
	Err      error // a [*client.Error] or [*feed.Error]; with a document, what was read before it
}

// Ask polls a feed once: the request with the validators of s, and the
// document. It keeps nothing.
func Ask(ctx context.Context, c *client.Client, src Source, f news.Feed, s State) Answer {
	resp, fault := c.Get(ctx, request(src, f, s))
	var cut *client.Error
	if errors.As(fault, &cut) {
		resp = cut.Partial // whole items before a cut are read; the fault stays one
	}
	if resp == nil || resp.NotModified || fault == nil && bodyHash(resp.Body) == s.BodyHash && s.URL == f.URL {
		return Answer{Response: resp, Err: fault}
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
	return Answer{Response: resp, Document: doc, Err: err}
}

// request is how the next poll of a feed asks.
func request(src Source, f news.Feed, s State) client.Request {
	req := client.Request{URL: f.URL, Header: http.Header{}, Auth: src.Auth}
	if s.URL == f.URL {
		req.ETag, req.LastModified = s.ETag, s.LastModified
	}
	for k, v := range src.Headers {
		req.Header.Set(k, v)
	}
	if src.UserAgent != "" {
		req.Header.Set("User-Agent", src.UserAgent)
	}
	return req
}

func bodyHash(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:16])
}

// poll takes one feed from due to done: ask, store what is new, then move the
// state, then decide the next turn. Any failure leaves the validators where
// they were, so the next poll sees the same items again.
func (f *Fetcher) poll(ctx context.Context, e *entry) {
	if !e.loaded {
		state, revision, err := f.store.Load(ctx, e.feed.ID)
		if err != nil {
			f.later(e, err)
			return
		}
		e.state, e.revision, e.loaded = state, revision, true
		if e.state.Rest.Until.After(time.Now()) {
			e.turn = NextTurn(e.feed, true, e.state.Rest, time.Now())
			return
		}
	}
	answer := Ask(ctx, f.client, e.source, e.feed, e.state)
	if ctx.Err() != nil {
		return
	}
	next := e.state
	stored := f.take(ctx, e, answer, &next)
	f.conclude(&next, e.feed, answer, stored, time.Now())
	f.keep(ctx, e, next)
	e.turn = NextTurn(e.feed, true, e.state.Rest, time.Now())
}

// backfill is the age from which entries of a first poll are history.
func (s Source) backfill(cfg Config) time.Duration {
	if s.Backfill != nil {
		return *s.Backfill
	}
	return cfg.Backfill
}

// take stores the news of an answer and moves the state past it.
func (f *Fetcher) take(ctx context.Context, e *entry, a Answer, next *State) error {
	if a.Response == nil {
		return nil
	}
	if a.Response.NotModified {
		if a.Response.ETag != "" {
			next.ETag = a.Response.ETag
		}
		return nil
	}
	now := a.Response.HeadersAt
	sifted := Sift(e.state, a.Document.Items, e.source.backfill(f.cfg), now)
	out := make([]bus.Outgoing, 0, len(sifted.News))
	for _, it := range slices.Backward(sifted.News) { // the oldest first
		observe(&it)
		out = append(out, bus.Outgoing{Subject: "items." + itemPartition(it, e.feed).String(), ID: it.MsgID(), Value: it})
	}
	if err := f.bus.Put(ctx, out...); err != nil {
		return err
	}
	if a.Document.Items != nil || len(a.Document.Known) > 0 {
		next.Seen = e.state.see(a.Document.Items, a.Document.Known, now)
		next.Health.Items = len(a.Document.Items) + len(a.Document.Known)
		next.learn(e.feed, a.Document.Walls, now)
		if next.AddedAt.IsZero() {
			next.AddedAt = now // also after a cut: what was read was the first poll
		}
	}
	if len(out) > 0 {
		next.Health.LastNew = now
		f.log.Info("new items", "feed", e.feed.ID, "items", len(out), "history", sifted.History)
	}
	if a.Err == nil {
		if next.AddedAt.IsZero() { // an empty list is a first poll as well
			next.AddedAt = now
		}
		next.URL, next.ETag, next.LastModified = e.feed.URL, a.Response.ETag, a.Response.LastModified
		next.BodyHash = bodyHash(a.Response.Body)
	}
	return nil
}

func itemPartition(it news.Item, f news.Feed) Partition {
	if it.Link == "" {
		return PartitionOf(f.URL)
	}
	return PartitionOf(it.Link)
}

func level(status string) slog.Level {
	if status == StatusOK {
		return slog.LevelInfo
	}
	return slog.LevelWarn
}

// conclude writes the health and the rest that an answer leads to.
func (f *Fetcher) conclude(s *State, fd news.Feed, a Answer, stored error, now time.Time) {
	ft, bad := faultOf(a, stored)
	switch {
	case bad:
	case a.Document.CharsetCorrected:
		ft.Note = fmt.Sprintf("declares another charset, read as %s", a.Document.Charset)
	case a.Document.Items == nil && len(a.Document.Known) == 0 && s.Health.Status == StatusOK:
		ft.Note = s.Health.Note // unchanged: what was said of the document still holds
	}
	ft.Status = cmp.Or(ft.Status, StatusOK)
	h := &s.Health
	if h.Status != ft.Status {
		f.log.Log(context.Background(), level(ft.Status), "feed status", "feed", fd.ID, "url", fd.URL, "status", ft.Status, "was", h.Status, "note", ft.Note)
		h.Since = now
	}
	h.Status, h.Note, h.Advice = ft.Status, ft.Note, ft.Advice
	s.Rest = Rest{}
	if !bad {
		h.Failures, h.LastOK = 0, now
		return
	}
	h.Failures++
	s.Rest = restAfter(fd, ft, h.Failures, now)
}

// keep writes the state if anything changed that a restart must know. A poll
// that brought nothing new writes nothing; the hash of a body that differs only
// in a time stamp may grow old, at the price of one parse after a restart.
func (f *Fetcher) keep(ctx context.Context, e *entry, next State) {
	if e.revision > 0 && !worthKeeping(e.state, next) {
		e.state = next
		return
	}
	revision, err := f.store.Save(ctx, e.feed.ID, next, e.revision)
	if err != nil {
		// What is stored stays; the next poll repeats this one's work harmlessly.
		f.log.Warn("feed state not saved", "feed", e.feed.ID, "err", err)
		e.loaded = false
		return
	}
	e.state, e.revision = next, revision
}

func worthKeeping(old, next State) bool {
	return old.URL != next.URL || old.ETag != next.ETag || old.LastModified != next.LastModified ||
		old.Rest != next.Rest || old.Health.Status != next.Health.Status ||
		!slices.EqualFunc(old.Seen, next.Seen, func(a, b SeenDay) bool { return a.Day == b.Day && string(a.Keys) == string(b.Keys) })
}
