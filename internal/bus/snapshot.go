package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
)

// chunkSize is how much of a snapshot travels in one message, in bytes. It is below
// the largest message that a server takes where nobody set another.
const chunkSize = 256 << 10

// snapshotStall is how long a server may be silent in the middle of a snapshot.
const snapshotStall = 30 * time.Second

// A StreamImage is what a stream was when a snapshot of it began, as the server
// tells it. [Restore] gives it back unread.
type StreamImage struct {
	Config json.RawMessage `json:"config"`
	State  json.RawMessage `json:"state"`
}

// Size is how many messages the stream held, and how many bytes they had.
func (i StreamImage) Size() (messages, bytes uint64) {
	var state struct {
		Messages uint64 `json:"messages"`
		Bytes    uint64 `json:"bytes"`
	}
	_ = json.Unmarshal(i.State, &state) // what cannot be read is shown as nothing
	return state.Messages, state.Bytes
}

// apiError is the answer of the server when it refuses.
type apiError struct {
	Error *struct {
		Code        int    `json:"code"`
		Description string `json:"description"`
	} `json:"error"`
}

func (e apiError) err() error {
	if e.Error == nil {
		return nil
	}
	return errors.New(e.Error.Description)
}

// Snapshot reads a whole stream, its consumers with it, while it is in use: begin is
// called with its configuration and state, then chunk for each piece. It is the
// server's own format, and consistent as of one moment.
func Snapshot(ctx context.Context, nc *nats.Conn, stream string, begin func(StreamImage) error, chunk func([]byte) error) error {
	inbox := nc.NewInbox()
	sub, err := nc.SubscribeSync(inbox)
	if err != nil {
		return fmt.Errorf("snapshot of %s: %w", stream, err)
	}
	defer func() { _ = sub.Unsubscribe() }() // with it the server ends a snapshot that was broken off
	request, err := json.Marshal(map[string]any{"deliver_subject": inbox, "chunk_size": chunkSize})
	if err != nil {
		return err
	}
	var image struct {
		apiError
		StreamImage
	}
	if err := call(ctx, nc, "$JS.API.STREAM.SNAPSHOT."+stream, request, &image); err != nil {
		return fmt.Errorf("snapshot of %s: %w", stream, err)
	}
	if err := image.err(); err != nil {
		return fmt.Errorf("snapshot of %s: %w", stream, err)
	}
	if err := begin(image.StreamImage); err != nil {
		return err
	}
	for {
		wait, cancel := context.WithTimeout(ctx, snapshotStall)
		m, err := sub.NextMsgWithContext(wait)
		cancel()
		if err != nil {
			return fmt.Errorf("snapshot of %s: %w", stream, err)
		}
		if len(m.Data) == 0 {
			if status := m.Header.Get("Status"); status != "" && status != "204" {
				return fmt.Errorf("snapshot of %s: the server ends it: %s %s", stream, status, m.Header.Get("Description"))
			}
			return nil
		}
		if err := chunk(m.Data); err != nil {
			return err
		}
		if m.Reply != "" { // the server waits for it when too much is under way
			if err := nc.Publish(m.Reply, nil); err != nil {
				return fmt.Errorf("snapshot of %s: %w", stream, err)
			}
		}
	}
}

// Restore makes a stream of a snapshot. next returns the pieces in their order, and
// nil at the end. There must be no stream of that name.
func Restore(ctx context.Context, nc *nats.Conn, stream string, image StreamImage, next func() ([]byte, error)) error {
	request, err := json.Marshal(image)
	if err != nil {
		return err
	}
	var answer struct {
		apiError
		DeliverSubject string `json:"deliver_subject"`
	}
	if err := call(ctx, nc, "$JS.API.STREAM.RESTORE."+stream, request, &answer); err != nil {
		return fmt.Errorf("restore of %s: %w", stream, err)
	}
	if err := answer.err(); err != nil {
		return fmt.Errorf("restore of %s: %w", stream, err)
	}
	for {
		piece, err := next()
		if err != nil {
			return err
		}
		var end apiError
		m, err := ask(ctx, nc, answer.DeliverSubject, piece)
		if err == nil && len(m.Data) > 0 {
			if err = json.Unmarshal(m.Data, &end); err == nil {
				err = end.err()
			}
		}
		if err != nil {
			return fmt.Errorf("restore of %s: %w", stream, err)
		}
		if len(piece) == 0 {
			return nil
		}
	}
}

// call sends a request to the server's API and decodes the answer.
func call(ctx context.Context, nc *nats.Conn, subject string, request []byte, answer any) error {
	m, err := ask(ctx, nc, subject, request)
	if err != nil {
		return err
	}
	return json.Unmarshal(m.Data, answer)
}

// ask is one request with an end to its patience.
func ask(ctx context.Context, nc *nats.Conn, subject string, data []byte) (*nats.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, snapshotStall)
	defer cancel()
	return nc.RequestWithContext(ctx, subject, data)
}

// Kept lists the streams of each account that a backup holds, in the order in which
// they are read: what a stage stores before it lets go of its work comes after that
// work, so that nothing falls between two of them. The leases are nobody's to keep.
func Kept() (core, wire []string) {
	const bucket = "KV_"
	return []string{bucket + MetaBucket, bucket + FeedsBucket, Items, Articles, Findings, bucket + EventsBucket, Advisories}, []string{Alerts, Ops}
}
