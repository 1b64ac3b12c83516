package bus

import (
	"context"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
)

// A StreamStatus says how full a stream is.
type StreamStatus struct {
	Name      string
	Messages  uint64
	Bytes     uint64
	Consumers int // of all who read it, subscribers included
}

// A QueueStatus says how much work waits at a durable consumer of the daemon.
type QueueStatus struct {
	Stream, Consumer string
	Waiting          uint64 // messages that were never handed out
	InHand           int    // handed out and not acknowledged: in work, or put off
	Redelivered      int    // of those, the ones that are handed out again
}

// A Status is what the server holds for chipwire.
type Status struct {
	Streams []StreamStatus
	Queues  []QueueStatus
	Dead    map[string]uint64 // messages that were given up, by the stream they came from
}

// Status asks the server how full the streams and queues are.
func (b *Bus) Status(ctx context.Context) (Status, error) {
	s := Status{Dead: map[string]uint64{}}
	for _, at := range []struct {
		js      jetstream.JetStream
		streams []string
	}{{b.coreJS, []string{Items, Articles, Findings, Advisories}}, {b.wireJS, []string{Alerts, Ops}}} {
		for _, name := range at.streams {
			stream, err := at.js.Stream(ctx, name)
			if err != nil {
				return s, fmt.Errorf("stream %s: %w", name, err)
			}
			state := stream.CachedInfo().State
			s.Streams = append(s.Streams, StreamStatus{Name: name, Messages: state.Msgs, Bytes: state.Bytes, Consumers: state.Consumers})
			switch name {
			case Items, Articles, Findings:
				err = s.queues(ctx, name, stream)
			case Advisories:
				err = s.dead(ctx, stream)
			}
			if err != nil {
				return s, err
			}
		}
	}
	return s, nil
}

func (s *Status) queues(ctx context.Context, name string, stream jetstream.Stream) error {
	list := stream.ListConsumers(ctx)
	for c := range list.Info() {
		if c.Config.Durable == "" {
			continue // somebody who looks in
		}
		s.Queues = append(s.Queues, QueueStatus{
			Stream: name, Consumer: c.Name, Waiting: c.NumPending, InHand: c.NumAckPending, Redelivered: c.NumRedelivered,
		})
	}
	if err := list.Err(); err != nil {
		return fmt.Errorf("consumers of %s: %w", name, err)
	}
	return nil
}

func (s *Status) dead(ctx context.Context, stream jetstream.Stream) error {
	info, err := stream.Info(ctx, jetstream.WithSubjectFilter(deadSubject+".*"))
	if err != nil {
		return fmt.Errorf("stream %s: %w", Advisories, err)
	}
	for subject, n := range info.State.Subjects {
		s.Dead[strings.TrimPrefix(subject, deadSubject+".")] = n
	}
	return nil
}

// Reconnects is how often the connections to the two accounts came back.
func (b *Bus) Reconnects() uint64 { return b.core.Stats().Reconnects + b.wire.Stats().Reconnects }
