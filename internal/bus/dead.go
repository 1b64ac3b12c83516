package bus

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Headers of a dead letter.
const (
	reasonHeader   = "chipwire-reason"
	subjectHeader  = "chipwire-subject"
	sequenceHeader = "chipwire-sequence"
)

// A DeadLetter is a message that was given up, with its payload.
type DeadLetter struct {
	Sequence uint64    // in ADVISORIES: what [Revive] takes
	At       time.Time // when it was given up
	Stream   string    // where it came from
	Subject  string    // its subject there
	Of       uint64    // its sequence there
	Reason   string    // the last failure
	Data     []byte
}

// DeadLetters calls visit with every message that was given up, the oldest first.
// js is of the CORE account.
func DeadLetters(ctx context.Context, js jetstream.JetStream, visit func(DeadLetter) error) error {
	stream, err := js.Stream(ctx, Advisories)
	if err != nil {
		return fmt.Errorf("stream %s: %w", Advisories, err)
	}
	for from := uint64(1); ; {
		msg, err := stream.GetMsg(ctx, from, jetstream.WithGetMsgSubject(deadSubject+".*"))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read dead letters: %w", err)
		}
		if err := visit(deadLetter(msg)); err != nil {
			return err
		}
		from = msg.Sequence + 1
	}
}

func deadLetter(msg *jetstream.RawStreamMsg) DeadLetter {
	of, _ := strconv.ParseUint(msg.Header.Get(sequenceHeader), 10, 64) // 0 where it is not said
	return DeadLetter{
		Sequence: msg.Sequence, At: msg.Time, Stream: strings.TrimPrefix(msg.Subject, deadSubject+"."),
		Subject: msg.Header.Get(subjectHeader), Of: of, Reason: msg.Header.Get(reasonHeader), Data: msg.Data,
	}
}

// ErrNoDeadLetter reports a sequence under which there is none.
var ErrNoDeadLetter = errors.New("no dead letter")

// Revive puts the payload of a dead letter back into its stream, as a new message,
// and takes the letter away once that is safe. It may be repeated after any
// failure. If the message fails again, it becomes another dead letter.
func Revive(ctx context.Context, js jetstream.JetStream, sequence uint64) (DeadLetter, error) {
	stream, err := js.Stream(ctx, Advisories)
	if err != nil {
		return DeadLetter{}, fmt.Errorf("stream %s: %w", Advisories, err)
	}
	raw, err := stream.GetMsg(ctx, sequence)
	if errors.Is(err, jetstream.ErrMsgNotFound) || err == nil && !strings.HasPrefix(raw.Subject, deadSubject+".") {
		return DeadLetter{}, fmt.Errorf("%w %d", ErrNoDeadLetter, sequence)
	}
	if err != nil {
		return DeadLetter{}, fmt.Errorf("read dead letter %d: %w", sequence, err)
	}
	letter := deadLetter(raw)
	msg := nats.NewMsg(letter.Subject)
	msg.Data = letter.Data
	msg.Header.Set("content-type", "application/json")
	// Not the id that it had: the stream may still know that one.
	id := fmt.Sprintf("dead.%d.%d", sequence, letter.At.UnixNano())
	if _, err := js.PublishMsg(ctx, msg, jetstream.WithMsgID(id), jetstream.WithExpectStream(letter.Stream)); err != nil {
		return letter, fmt.Errorf("dead letter %d back to %s: %w", sequence, letter.Subject, err)
	}
	if err := stream.DeleteMsg(ctx, sequence); err != nil && !errors.Is(err, jetstream.ErrMsgNotFound) {
		return letter, fmt.Errorf("dead letter %d is back in %s, and still listed: %w", sequence, letter.Stream, err)
	}
	return letter, nil
}
