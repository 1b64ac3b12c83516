package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
)

// ControlSubject is where a node takes a command such as reload. It is in the
// CORE account, which readers of the wire cannot reach.
func ControlSubject(node, command string) string { return "control." + node + "." + command }

// Serve answers requests on a subject of the CORE account, one at a time, until
// stop is called. What answer returns is sent as JSON.
func (b *Bus) Serve(subject string, answer func() any) (stop func(), err error) {
	return b.ServeWith(subject, func([]byte) any { return answer() })
}

// ServeWith is [Bus.Serve] with what the request holds.
func (b *Bus) ServeWith(subject string, answer func(request []byte) any) (stop func(), err error) {
	sub, err := b.core.Subscribe(subject, func(m *nats.Msg) {
		data, err := json.Marshal(answer(m.Data))
		if err == nil {
			err = m.Respond(data)
		}
		if err != nil {
			b.log.Warn("a command is done and not answered", "subject", subject, "err", err)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("subscribe %s: %w", subject, err)
	}
	done := make(chan struct{})
	sub.SetClosedHandler(func(string) { close(done) })
	return func() {
		if sub.Drain() != nil { // the connection has ended
			return
		}
		select {
		case <-done:
		case <-time.After(time.Second):
		}
	}, nil
}

// ErrNobody reports that no daemon takes commands on a subject.
var ErrNobody = errors.New("no daemon answers")

// Ask sends a command and decodes the answer.
func Ask(ctx context.Context, nc *nats.Conn, subject string, answer any) error {
	return AskWith(ctx, nc, subject, nil, answer)
}

// AskWith is [Ask] with a request, nil for none.
func AskWith(ctx context.Context, nc *nats.Conn, subject string, request, answer any) error {
	var data []byte
	if request != nil {
		var err error
		if data, err = json.Marshal(request); err != nil {
			return fmt.Errorf("request %s: %w", subject, err)
		}
	}
	m, err := nc.RequestWithContext(ctx, subject, data)
	if errors.Is(err, nats.ErrNoResponders) {
		return ErrNobody
	}
	if err != nil {
		return fmt.Errorf("request %s: %w", subject, err)
	}
	return json.Unmarshal(m.Data, answer)
}
