package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// An Archive is what a stream holds now, from a moment on.
type Archive struct {
	Stream string
	Since  time.Time
	Step   func(done, of int) // told how far the reading is; may be nil
}

// Read calls visit with each message in the order of the stream, and returns at
// the last one that was there when it began.
func (a Archive) Read(ctx context.Context, js jetstream.JetStream, visit func(jetstream.Msg) error) error {
	cons, err := js.OrderedConsumer(ctx, a.Stream, jetstream.OrderedConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartTimePolicy, OptStartTime: &a.Since,
	})
	if err != nil {
		return fmt.Errorf("read %s: %w", a.Stream, err)
	}
	info, err := cons.Info(ctx)
	if err != nil {
		return fmt.Errorf("read %s: %w", a.Stream, err)
	}
	total := int(info.NumPending)
	if total == 0 {
		return nil
	}
	iter, err := cons.Messages()
	if err != nil {
		return fmt.Errorf("read %s: %w", a.Stream, err)
	}
	defer iter.Stop()
	for done := 0; done < total; {
		msg, err := iter.Next(jetstream.NextContext(ctx))
		if errors.Is(err, jetstream.ErrNoHeartbeat) || errors.Is(err, jetstream.ErrOrderedConsumerReset) {
			continue // it goes on where it was
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", a.Stream, err)
		}
		meta, err := msg.Metadata()
		if err != nil {
			return fmt.Errorf("read %s: %w", a.Stream, err)
		}
		if err := visit(msg); err != nil {
			return err
		}
		done++
		// Fewer are left than were counted when some ran out of their age meanwhile.
		if left := int(meta.NumPending); left == 0 || done+left < total {
			total = done + left
		}
		if a.Step != nil {
			a.Step(done, total)
		}
	}
	return nil
}
