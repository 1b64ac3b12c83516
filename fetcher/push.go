package fetcher

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"time"

	"github.com/chipwire/chipwire/fetcher/client"
	"github.com/chipwire/chipwire/fetcher/websub"
)

// hubAnswer is how much of a hub's answer is read, in bytes.
const hubAnswer = 64 << 10

// boxOf is the box of a feed, nil where it is not to be pushed.
func (f *Fetcher) boxOf(e *entry) *box {
	if f.push == nil {
		return nil
	}
	return f.push.box(e.feed.ID)
}

// ring is the bell of the hubs, nil where there are none.
func (p *pushes) ring() <-chan struct{} {
	if p == nil {
		return nil
	}
	return p.bell
}

// listen answers hubs until ctx is done.
func (f *Fetcher) listen(ctx context.Context, s *websub.Server) {
	desk := websub.Desk{Find: f.push.find, Tell: f.push.tell, MaxBytes: f.config().MaxBytes, Log: f.log}
	if err := s.Run(ctx, desk); !errors.Is(err, context.Canceled) {
		f.log.Error("hubs are not answered any more: feeds are polled", "err", err)
	}
}

// errands does what hubs want of a feed, or the feed of its hub, and reports
// whether it is to be polled now.
func (f *Fetcher) errands(ctx context.Context, e *entry) bool {
	b := f.boxOf(e)
	if b == nil || !e.known {
		return true
	}
	e.wake()
	messages, hint := f.push.take(b)
	if !f.loadAhead(ctx, e) {
		return false // what they brought is still there to be polled
	}
	for _, m := range messages {
		if why := f.heed(ctx, e, m); why != "" {
			hint = why
		}
	}
	now := time.Now()
	if step := e.state.WebSub().Next(f.push.callback, f.config().MinInterval, now); e.loaded && !step.At.IsZero() && !step.At.After(now) {
		f.subscribe(ctx, e, b, step.Why)
	}
	if hint != "" {
		f.log.Debug("hint from a hub", "feed", e.feed.ID, "why", hint)
		e.hinted = true
		e.turn = hintTurn(e.turn, *e.state, e.polled, f.config().MinInterval, now)
	}
	return ctx.Err() == nil && !e.turn.At.After(now)
}

// loadAhead reads the state of a feed before its turn, which stays the one of its
// own interval: what hubs had to say while nobody listened has to be polled, and
// counts as told.
func (f *Fetcher) loadAhead(ctx context.Context, e *entry) bool {
	if e.loaded {
		return true
	}
	state, revision, err := f.store.Load(ctx, e.feed.ID)
	if err != nil {
		f.later(e, err)
		return false
	}
	e.hold(state.onClock(time.Now()), revision)
	e.hinted = true
	if turn := f.nextTurn(e, e.state.Rest, time.Now()); turn.At.After(e.turn.At) {
		e.turn = turn // its tempo is slower than its interval
	}
	return true
}

// hintTurn decides when a feed is polled that a hub says has changed: at once,
// but not within least of its last poll, nor while it rests after a failure, nor
// later than planned. That the server called its last answer fresh counts less
// than that the publisher has called since.
func hintTurn(planned Turn, s State, polled time.Time, least time.Duration, now time.Time) Turn {
	at := now
	if first := polled.Add(least); first.After(now) {
		at = first
	}
	if s.Health.Failures > 0 && s.Rest.Until.After(at) || !planned.At.After(at) {
		return planned
	}
	return Turn{at, "a hub says that the feed has changed"}
}

// heed moves a feed's state by one message, and says why the feed should be
// polled, if it should.
func (f *Fetcher) heed(ctx context.Context, e *entry, m websub.Message) (poll string) {
	if !e.loaded {
		return "the state was not saved"
	}
	next := *e.state
	if sub, missed := next.WebSub().Settle(m.At); missed {
		next.setWebSub(sub)
		f.missed(e)
	}
	switch {
	case m.Token != next.WebSub().Token:
		return "" // of a subscription that is no more
	case m.Kind == websub.Confirmed:
		next.setWebSub(next.WebSub().Confirm(m.Lease, m.At))
		f.log.Info("subscribed", "feed", e.feed.ID, "hub", next.WebSub().Hub, "until", next.WebSub().Until)
	case m.Kind == websub.Denied:
		next.setWebSub(next.WebSub().Deny(m.Reason, m.At))
		f.log.Warn("subscription denied", "feed", e.feed.ID, "hub", next.WebSub().Hub, "why", next.WebSub().Fault)
	case m.Kind == websub.Content:
		poll = f.takePush(ctx, e, m, &next)
	}
	f.keep(ctx, e, next)
	if m.Kind == websub.Denied && e.loaded { // back from the backup's interval
		if turn := f.nextTurn(e, e.state.Rest, time.Now()); turn.At.Before(e.turn.At) {
			e.turn = turn
		}
	}
	return poll
}

// takePush stores what a signed push brought. It is a document of the feed like
// any other, but no answer to a request: validators, the body's hash and what
// health says of the document stay those of the last poll.
func (f *Fetcher) takePush(ctx context.Context, e *entry, m websub.Message, next *State) (poll string) {
	if e.state.AddedAt.IsZero() {
		return "pushed before it was polled"
	}
	resp := &client.Response{
		Status: http.StatusOK, URL: e.state.WebSub().Topic, Header: http.Header{"Content-Type": {m.ContentType}},
		Body: m.Body, HeadersAt: m.At,
	}
	doc, guids, err := documentOf(resp, *e.source, e.feed, *e.state)
	if err != nil {
		f.log.Warn("push not read", "feed", e.feed.ID, "err", err)
		return "a push that cannot be read"
	}
	sifted := Sift(*e.state, doc.Items, e.source.backfill(f.config()), m.At).Settled(doc.Known)
	if err := f.put(ctx, e.feed, sifted); err != nil {
		f.log.Warn("push not stored", "feed", e.feed.ID, "err", err)
		return "a push that could not be stored"
	}
	first := len(sifted.News) > 0
	past := e.state.past(e.feed, Answer{Response: resp, Document: doc, GUIDs: guids}, sifted)
	next.Seen, next.GUIDs, next.Flips, next.Zone, next.Lags = past.Seen, past.GUIDs, past.Flips, past.Zone, past.Lags
	next.Pace, next.Rhythm, next.Delays, next.Health.LastNew = past.Pace, past.Rhythm, past.Delays, past.Health.LastNew
	next.setWebSub(next.WebSub().Pushed(first, m.At))
	if first {
		f.push.tally.First(next.WebSub().Hub)
	}
	f.log.Info("push", "feed", e.feed.ID, "items", len(doc.Items), "known", len(doc.Known), "first", first)
	return ""
}

// subscribe asks the hub. The state is saved before: the hub may verify while
// the request is still open, and after a restart.
func (f *Fetcher) subscribe(ctx context.Context, e *entry, b *box, why string) {
	select {
	case f.push.asking <- struct{}{}:
		defer func() { <-f.push.asking }()
	default:
		return // after those that are at it
	}
	next := *e.state
	next.setWebSub(next.WebSub().Ask(f.push.callback, time.Now()))
	f.keep(ctx, e, next)
	if !e.loaded {
		return
	}
	b.keep(e)
	sub := e.state.WebSub()
	_, err := f.client.Post(ctx, client.Request{URL: sub.Hub, MaxBytes: hubAnswer}, sub.Form(e.feed.ID, f.config().AllowPrivate))
	if ctx.Err() != nil {
		return
	}
	if err == nil {
		f.log.Info("hub asked", "feed", e.feed.ID, "hub", sub.Hub, "topic", sub.Topic, "why", why)
		return
	}
	var rest time.Duration
	if ce := (*client.Error)(nil); errors.As(err, &ce) {
		rest = ce.RetryAfter
	}
	f.log.Warn("hub does not take the subscription", "feed", e.feed.ID, "hub", sub.Hub, "err", err)
	next = *e.state
	next.setWebSub(sub.Refused(err.Error(), rest, time.Now()))
	f.keep(ctx, e, next)
}

// afterPoll moves the subscription by what a poll at now brought: where the feed
// names another hub, and where the hub should have been faster.
func (f *Fetcher) afterPoll(e *entry, a Answer, sifted Sifting, next *State, now time.Time) {
	hinted := e.hinted
	e.polled, e.hinted = now, hinted && a.Err != nil
	if f.boxOf(e) == nil {
		next.setWebSub(websub.Subscription{})
		return
	}
	sub, missed := next.WebSub().Settle(now)
	if missed {
		f.missed(e)
	}
	if !hinted && !next.Health.LastNew.Equal(e.state.Health.LastNew) {
		for _, it := range sifted.News {
			sub = sub.Found(it.PublishedAt, now)
		}
	}
	if a.Err == nil && a.Document.Format != "" {
		named := websub.Discover(a.Response.Header, a.Response.Body, a.Response.URL)
		sub = sub.Follow(named, rand.Text(), rand.Text()+rand.Text())
	}
	next.setWebSub(sub)
}

func (f *Fetcher) missed(e *entry) {
	hub := e.state.WebSub().Hub
	f.push.tally.Missed(hub)
	f.log.Info("a hub has missed an item", "feed", e.feed.ID, "hub", hub)
}

// plan sets when the hub is next asked. Feeds whose hubs cannot be asked yet,
// because others are, come back in their own good time.
func (f *Fetcher) plan(e *entry) {
	b := f.boxOf(e)
	if b == nil {
		return
	}
	b.keep(e)
	now := time.Now()
	step := e.state.WebSub().Next(f.push.callback, f.config().MinInterval, now)
	switch {
	case !e.loaded:
		step.At = now.Add(time.Minute)
	case step.At.IsZero() || step.At.After(now):
	case len(f.push.asking) == cap(f.push.asking):
		step.At = now.Add(5*time.Second + time.Duration(fraction(e.feed.ID, now.Second())*float64(10*time.Second)))
	}
	e.errand = step.At
}

// release forgets what hubs say of a feed that another node holds.
func (f *Fetcher) release(e *entry) {
	if b := f.boxOf(e); b != nil {
		f.push.take(b)
		b.keep(e)
	}
	e.errand, e.hinted = time.Time{}, false
}

// Paced is the tempo while a hub pushes the feed; hubMisses are the hub's over all
// feeds.
func (p Tempo) Paced(sub websub.Subscription, hubMisses int, now time.Time) Tempo {
	if every, why := sub.Pace(p.Every, hubMisses, now); why != "" {
		p.Every, p.Why = every, why
	}
	return p
}

// nextTurn is the turn of a feed that was polled or pushed, not before the end of
// floor.
func (f *Fetcher) nextTurn(e *entry, floor Rest, now time.Time) Turn {
	return f.turnAt(e, TempoOf(f.config(), *e.source, *e.state, now), floor, now)
}

// turnAt is the next turn of a feed at its tempo.
func (f *Fetcher) turnAt(e *entry, tempo Tempo, floor Rest, now time.Time) Turn {
	if f.push != nil {
		tempo = tempo.Paced(e.state.WebSub(), f.push.tally.Misses(e.state.WebSub().Hub), now)
	}
	return tempo.Next(floor, now)
}
