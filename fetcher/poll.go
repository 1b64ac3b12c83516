package fetcher

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/news"
)

// Statuses of a feed beside those of [client.Status] and [feed.Status].
const (
	StatusOK   = "ok"
	StatusWire = "wire" // NATS did not take the items; they are read again
)

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
	if now := time.Now(); f.outOfOrder(e, answer, now) {
		e.turn = retryIn(e.feed, now)
		return
	}
	sifted := Sift(e.state, answer.Document.Items, e.source.backfill(f.cfg), answer.at())
	stored := f.put(ctx, e.feed, sifted)
	now := time.Now()
	end := Conclude(f.cfg, e.source, e.state, answer, sifted, stored, now)
	f.report(e, end)
	f.tell(ctx, &end, e.feed)
	f.keep(ctx, e, end.State)
	e.turn = NextTurn(e.feed, true, end.Floor, now)
}

// put stores the news of a poll as items and returns when they are safe.
func (f *Fetcher) put(ctx context.Context, fd news.Feed, s Sifting) error {
	if len(s.News) == 0 {
		return nil
	}
	out := make([]bus.Outgoing, 0, len(s.News))
	for _, it := range slices.Backward(s.News) { // the oldest first
		observe(&it)
		out = append(out, bus.Outgoing{Subject: "items." + itemPartition(it, fd).String(), ID: it.MsgID(), Value: it})
	}
	if err := f.bus.Put(ctx, out...); err != nil {
		return err
	}
	f.log.Info("new items", "feed", fd.ID, "items", len(out), "history", s.History)
	return nil
}

func itemPartition(it news.Item, f news.Feed) Partition {
	if it.Link == "" {
		return PartitionOf(f.URL)
	}
	return PartitionOf(it.Link)
}

// report logs what a poll has changed about a feed.
func (f *Fetcher) report(e *entry, end Conclusion) {
	if was, is := e.state.Health, end.State.Health; was.Status != is.Status {
		level := slog.LevelWarn
		if is.Status == StatusOK {
			level = slog.LevelInfo
		}
		f.log.Log(context.Background(), level, "feed status", "feed", e.feed.ID, "url", redacted(e.feed.URL), "status", is.Status, "was", was.Status, "note", is.Note)
	}
	if was, is := e.state.Moved.Address(e.feed.URL), end.State.Moved.Address(e.feed.URL); was != is {
		f.log.Info("feed is asked at another address", "feed", e.feed.ID, "was", redacted(was), "is", redacted(is))
	}
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
		old.Rest != next.Rest || old.Health.Status != next.Health.Status || old.Health.Told != next.Health.Told ||
		old.Moved != next.Moved || old.Trust != next.Trust ||
		!slices.EqualFunc(old.Seen, next.Seen, func(a, b SeenDay) bool { return a.Day == b.Day && string(a.Keys) == string(b.Keys) })
}
