package bus

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// ackTimeout is how long a publisher waits for the server to have a message
// safe on disk. A full disk answers nothing at all, so there must be an end.
const ackTimeout = 10 * time.Second

// stallWait is how long a publisher waits for its place when thousands of
// messages are unanswered.
const stallWait = time.Second

// An Outgoing is a message to be stored.
type Outgoing struct {
	Subject string
	ID      string // Nats-Msg-Id: the key that makes a repeat harmless
	Value   any    // stored as JSON
}

// Put stores messages in the CORE account and returns when every one is safe,
// or with the first error; a message may have been stored all the same.
func (b *Bus) Put(ctx context.Context, out ...Outgoing) error {
	ctx, cancel := context.WithTimeout(ctx, ackTimeout)
	defer cancel()
	futures := make([]jetstream.PubAckFuture, 0, len(out))
	for _, o := range out {
		data, err := json.Marshal(o.Value)
		if err != nil {
			return fmt.Errorf("encode for %s: %w", o.Subject, err)
		}
		msg := nats.NewMsg(o.Subject)
		msg.Data = data
		msg.Header.Set("content-type", "application/json")
		Inject(ctx, msg.Header)
		f, err := b.coreJS.PublishMsgAsync(msg, jetstream.WithMsgID(o.ID), jetstream.WithStallWait(stallWait))
		if err != nil {
			return fmt.Errorf("publish on %s: %w", o.Subject, err)
		}
		futures = append(futures, f)
	}
	for i, f := range futures {
		select {
		case <-f.Ok():
		case err := <-f.Err():
			return fmt.Errorf("publish on %s: %w", out[i].Subject, err)
		case <-ctx.Done():
			return fmt.Errorf("publish on %s: no acknowledgement: %w", out[i].Subject, ctx.Err())
		}
	}
	return nil
}

// Tell stores a message in the WIRE account, where operators read it, and
// returns when it is safe.
func (b *Bus) Tell(ctx context.Context, o Outgoing) error {
	ctx, cancel := context.WithTimeout(ctx, ackTimeout)
	defer cancel()
	data, err := json.Marshal(o.Value)
	if err != nil {
		return fmt.Errorf("encode for %s: %w", o.Subject, err)
	}
	msg := nats.NewMsg(o.Subject)
	msg.Data = data
	msg.Header.Set("content-type", "application/json")
	Inject(ctx, msg.Header)
	if _, err := b.wireJS.PublishMsg(ctx, msg, jetstream.WithMsgID(o.ID)); err != nil {
		return fmt.Errorf("publish on %s: %w", o.Subject, err)
	}
	return nil
}
