package fetcher

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/internal/urls"
	"github.com/chipwire/chipwire/news"
)

// poll takes one feed from due to done: ask, store what is new, then move the
// state, then decide the next turn. Any failure leaves the validators where
// they were, so the next poll sees the same items again.
func (f *Fetcher) poll(ctx context.Context, e *entry) {
	e.wake()
	if !e.loaded {
		state, revision, err := f.store.Load(ctx, e.feed.ID)
		if err != nil {
			f.later(e, err)
			return
		}
		now := time.Now()
		e.hold(state.onClock(now), revision)
		if turn := f.planned(e, now); turn.At.After(now) && !e.anew {
			e.turn = turn
			return
		}
	}
	asked := time.Now()
	if e.state.writtenAt().Sub(asked) > clockSlack {
		*e.state = e.state.onClock(asked)
	}
	if e.anew { // what the document held was read in another way
		e.state.ETag, e.state.LastModified, e.state.BodyHash = "", "", ""
		e.anew = false
	}
	answer := Ask(ctx, f.client, *e.source, e.feed, *e.state)
	if ctx.Err() != nil {
		return
	}
	if !answer.Unchanged { // else no story begins here
		var done func(error)
		ctx, done = f.bus.Begin(ctx, "poll", asked, attribute.String("feed", e.feed.ID))
		defer done(answer.Err)
	}
	now := time.Now()
	f.metrics.asked(now.Sub(asked))
	answer.shed()
	if f.outOfOrder(e, answer, now) {
		e.turn = retryIn(e.feed, now)
		return
	}
	var sifted Sifting
	if !answer.Unchanged { // mostly it is
		sifted = Sift(*e.state, answer.Document.Items, e.source.backfill(f.config()), answer.at()).Settled(answer.Document.Known)
		if gap, found := gapOf(*e.state, e.state.Moved.Address(e.feed.URL), answer, sifted); found {
			closed := f.recoverGap(ctx, e, gap, answer)
			if answer.Gap = &closed; ctx.Err() != nil {
				return
			}
		}
	}
	stored := f.put(ctx, e.feed, sifted, answer.recovered()...)
	now = time.Now()
	end := Conclude(f.config(), *e.source, *e.state, answer, sifted, stored, now)
	f.report(e, &end)
	f.tell(ctx, &end, e.feed)
	f.afterPoll(e, answer, sifted, &end.State, now)
	f.keep(ctx, e, end.State)
	e.turn = f.turnAt(e, end.Tempo, end.Floor, now)
}

// planned is the turn of a feed whose state was read by now: the first that its
// tempo has from the slot on that it was taken up at.
func (f *Fetcher) planned(e *entry, now time.Time) Turn {
	from := e.turn.At.Add(-1)
	if from.After(now) || e.turn.At.IsZero() || e.revision == 0 {
		turn := Turn{At: e.state.Rest.Until, Why: e.state.Rest.Why}
		if turn.At.After(now) {
			turn.At = now.Add(turn.At.Sub(now)) // counted from now: see [Tempo.Next]
		}
		return turn
	}
	return TempoOf(f.config(), *e.source, *e.state, now).Next(e.state.Rest, from)
}

// put stores the news of a poll, and what else was recovered, as items and
// returns when they are safe.
func (f *Fetcher) put(ctx context.Context, fd news.Feed, s Sifting, recovered ...news.Item) error {
	found := slices.Concat(s.News, recovered)
	out := make([]bus.Outgoing, 0, len(found))
	for _, it := range slices.Backward(found) { // the oldest first
		observe(&it)
		out = append(out, bus.Outgoing{Subject: "items." + itemPartition(it, fd).String(), ID: it.MsgID(), Value: it})
	}
	if len(out) > 0 {
		if err := f.bus.Put(ctx, out...); err != nil {
			return err
		}
		f.log.Info("new items", "feed", fd.ID, "items", len(out), "history", s.History)
	}
	f.metrics.took(len(out), s.History)
	return nil
}

func itemPartition(it news.Item, f news.Feed) Partition {
	if it.Link == "" {
		return PartitionOf(f.URL)
	}
	return PartitionOf(it.Link)
}

// report logs what a poll has changed about a feed.
func (f *Fetcher) report(e *entry, end *Conclusion) {
	f.tally.count(end.Fault.Status)
	f.metrics.polled(end.Fault.Status)
	if was, is := e.state.Health, end.State.Health; was.Status != is.Status {
		level := slog.LevelWarn
		if is.Status == StatusOK {
			level = slog.LevelInfo
		}
		f.log.Log(context.Background(), level, "feed status", "feed", e.feed.ID, "url", urls.Shown(e.feed.URL), "status", is.Status, "was", was.Status, "note", is.Note)
	}
	if was, is := e.state.Moved.Address(e.feed.URL), end.State.Moved.Address(e.feed.URL); was != is {
		f.log.Info("feed is asked at another address", "feed", e.feed.ID, "was", urls.Shown(was), "is", urls.Shown(is))
	}
}

// keep writes the state if anything changed that a restart must know. A poll
// that brought nothing new writes nothing; the hash of a body that differs only
// in a time stamp may grow old, at the price of one parse after a restart.
func (f *Fetcher) keep(ctx context.Context, e *entry, next State) {
	next.RemovedAt = time.Time{}
	if e.revision > 0 && !worthKeeping(*e.state, next) {
		*e.state, e.unsaved = next, true
		return
	}
	revision, err := f.store.Save(ctx, e.feed.ID, next, e.revision)
	if err != nil {
		// What is stored stays; the next poll repeats this one's work harmlessly.
		f.log.Warn("feed state not saved", "feed", e.feed.ID, "err", err)
		e.loaded = false
		return
	}
	*e.state, e.revision, e.unsaved = next, revision, false
}

func worthKeeping(old, next State) bool {
	return old.URL != next.URL || old.RemovedAt != next.RemovedAt || old.ETag != next.ETag || old.LastModified != next.LastModified ||
		old.Rest != next.Rest || old.Health.Status != next.Health.Status || old.Health.Told != next.Health.Told ||
		old.Moved != next.Moved || old.Trust != next.Trust || old.GUIDs != next.GUIDs || old.Flips != next.Flips || old.WebSub() != next.WebSub() || old.Wishes != next.Wishes ||
		(old.Ignored >= maxIgnored) != (next.Ignored >= maxIgnored) ||
		!slices.EqualFunc(old.Seen, next.Seen, func(a, b SeenDay) bool {
			return a.Day == b.Day && string(a.Keys) == string(b.Keys) && string(a.Traces) == string(b.Traces)
		})
}
