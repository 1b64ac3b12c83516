// Package publisher puts alerts on the wire and reads them from it.
//
// An alert is published once: its subject is its identity, and a [Publisher]
// that finds a message there already, or loses the race for it, leaves it at
// that. [Subscribe] follows the alerts of chosen companies from any moment on.
// A Go program that only subscribes imports this package and links no server.
package publisher

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/news"
)

// Stream is the stream of alerts.
const Stream = "ALERTS"

// Type and Source are the CloudEvents attributes of every alert.
const (
	Type   = "chipwire.alert.v1"
	Source = "https://github.com/chipwire/chipwire"
)

// A Publisher stores alerts.
type Publisher struct {
	js     jetstream.JetStream
	stream jetstream.Stream
}

// New returns a Publisher in the account of js, where the stream of alerts is.
func New(ctx context.Context, js jetstream.JetStream) (*Publisher, error) {
	stream, err := js.Stream(ctx, Stream)
	if err != nil {
		return nil, fmt.Errorf("stream %s: %w", Stream, err)
	}
	return &Publisher{js: js, stream: stream}, nil
}

// Publish stores the alert unless there is one on its subject already, and
// returns when it is safe; fresh says whether this call stored it. It may be
// repeated after any failure.
func (p *Publisher) Publish(ctx context.Context, a news.Alert, review bool) (fresh bool, err error) {
	subject, err := Subject(a, review)
	if err != nil {
		return false, err
	}
	msg, err := message(subject, a)
	if err != nil {
		return false, err
	}
	bus.Inject(ctx, msg.Header)
	// The guard refuses what is there already: that is one question less to the
	// server for each of the many alerts that are not.
	ack, err := p.js.PublishMsg(ctx, msg, jetstream.WithExpectLastSequencePerSubject(0))
	switch {
	case err == nil:
		return !ack.Duplicate, nil
	case !bus.Conflict(err):
		return false, fmt.Errorf("publish alert %s: %w", a.ID, err)
	}
	// In a cluster what is in its way may be on its own way yet, and may be lost with
	// the leader: only what can be read is stored.
	_, err = p.stream.GetLastMsgForSubject(ctx, subject)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return false, fmt.Errorf("publish alert %s: %w", a.ID, &bus.Later{After: time.Second, Why: "another is on its way to the subject"})
	}
	if err != nil {
		return false, fmt.Errorf("look for alert %s: %w", a.ID, err)
	}
	return false, nil
}

// message is the alert as plain JSON, with its CloudEvents attributes as headers
// (binary mode).
func message(subject string, a news.Alert) (*nats.Msg, error) {
	// Lists are never null: readers in other languages iterate over them.
	a.Parties, a.Evidence, a.Sources, a.Why = list(a.Parties), list(a.Evidence), list(a.Sources), list(a.Why)
	data, err := json.Marshal(a)
	if err != nil {
		return nil, fmt.Errorf("encode alert %s: %w", a.ID, err)
	}
	msg := nats.NewMsg(subject)
	msg.Data = data
	for k, v := range map[string]string{
		"content-type": "application/json", "ce-specversion": "1.0", "ce-id": a.ID, "ce-type": Type, "ce-source": Source,
		nats.MsgIdHdr: subject, // not the alert's id: it may be promoted from review within minutes
	} {
		msg.Header[k] = []string{v} // as written: CloudEvents attributes are lower case
	}
	if a.DetectedAt != nil {
		msg.Header["ce-time"] = []string{a.DetectedAt.Format(time.RFC3339Nano)}
	}
	return msg, nil
}

func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
