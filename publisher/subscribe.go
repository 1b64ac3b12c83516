package publisher

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/chipwire/chipwire/news"
)

// Subscribe calls handle with each alert that the filter chooses, in the order
// of the stream: those published since the given time (the zero time: only new
// ones), then each new one as it comes. It goes on over lost connections, from
// where it was, and returns when ctx is done or handle fails.
//
// Delivery is at least once: after a crash of the publisher an alert may come a
// second time. Deduplicate by [news.Alert.ID] where that matters.
func Subscribe(ctx context.Context, js jetstream.JetStream, f Filter, since time.Time, handle func(news.Alert) error) error {
	cfg := jetstream.OrderedConsumerConfig{FilterSubjects: f.Subjects(), DeliverPolicy: jetstream.DeliverByStartTimePolicy, OptStartTime: &since}
	if since.IsZero() {
		// From the place where the stream is now. "Only new ones" would begin
		// anew after a lost connection, and miss what came in between.
		stream, err := js.Stream(ctx, Stream)
		if err != nil {
			return fmt.Errorf("subscribe: %w", err)
		}
		cfg.DeliverPolicy, cfg.OptStartTime = jetstream.DeliverByStartSequencePolicy, nil
		cfg.OptStartSeq = stream.CachedInfo().State.LastSeq + 1
	}
	cons, err := js.OrderedConsumer(ctx, Stream, cfg)
	if err != nil {
		return fmt.Errorf("subscribe: %w", err)
	}
	iter, err := cons.Messages()
	if err != nil {
		return fmt.Errorf("subscribe: %w", err)
	}
	defer iter.Stop()
	for {
		msg, err := iter.Next(jetstream.NextContext(ctx))
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if errors.Is(err, jetstream.ErrNoHeartbeat) || errors.Is(err, jetstream.ErrOrderedConsumerReset) {
			continue
		}
		if err != nil {
			return fmt.Errorf("subscribe: %w", err)
		}
		var a news.Alert
		if err := json.Unmarshal(msg.Data(), &a); err != nil {
			return fmt.Errorf("message on %s is no alert: %w", msg.Subject(), err)
		}
		if !f.Match(a) {
			continue
		}
		if err := handle(a); err != nil {
			return err
		}
	}
}
