// Package backup writes all that a running chipwire keeps into one file, and makes
// the streams of such a file anew.
//
// The file is a tar archive: manifest.json, then for each stream ACCOUNT/NAME/stream.json
// (its configuration and state) and its snapshot in numbered pieces, and at the end
// end.json with a checksum over all of them. A file without its end, or whose
// checksum is another, is refused before anything is restored.
package backup

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"path"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/chipwire/chipwire/internal/bus"
)

// format is the version of the archive's layout.
const format = 1

// A Manifest says what a backup is.
type Manifest struct {
	Format   int       `json:"format"`
	Schema   string    `json:"schema"` // of the layout of streams and buckets, see [bus.Schema]
	Chipwire string    `json:"chipwire"`
	Created  time.Time `json:"created"`
}

// An end closes a backup.
type end struct {
	Pieces int    `json:"pieces"`
	SHA256 string `json:"sha256"`
}

// Accounts are the connections to the two accounts.
type Accounts struct{ Core, Wire *nats.Conn }

func (a Accounts) of(name string) *nats.Conn {
	if name == "wire" {
		return a.Wire
	}
	return a.Core
}

// Progress is how far a stream has come.
type Progress struct {
	Account, Stream string
	Messages        uint64
	Bytes, Done     uint64 // of the stream as its server counts; of the snapshot, which is packed
	Whole           bool
}

// Write writes a backup while the streams are in use.
func Write(ctx context.Context, a Accounts, version string, w io.Writer, tell func(Progress)) error {
	out := &writer{tar: tar.NewWriter(w), sum: sha256.New()}
	if err := out.json("manifest.json", Manifest{format, bus.Schema, version, time.Now().UTC()}); err != nil {
		return err
	}
	core, wire := bus.Kept()
	if err := out.streams(ctx, a, "core", core, tell); err != nil {
		return err
	}
	if err := out.streams(ctx, a, "wire", wire, tell); err != nil { // after core: alerts follow from events
		return err
	}
	if err := out.json("end.json", end{out.pieces, hex.EncodeToString(out.sum.Sum(nil))}); err != nil {
		return err
	}
	return out.tar.Close()
}

type writer struct {
	tar    *tar.Writer
	sum    hash.Hash
	pieces int
}

func (w *writer) streams(ctx context.Context, a Accounts, account string, streams []string, tell func(Progress)) error {
	for _, name := range streams {
		p := Progress{Account: account, Stream: name}
		n := 0
		err := bus.Snapshot(ctx, a.of(account), name, func(image bus.StreamImage) error {
			p.Messages, p.Bytes = image.Size()
			tell(p)
			return w.json(path.Join(account, name, "stream.json"), image)
		}, func(piece []byte) error {
			n++
			p.Done += uint64(len(piece))
			tell(p)
			w.pieces++
			return w.entry(path.Join(account, name, fmt.Sprintf("%08d", n)), piece)
		})
		if err != nil {
			return err
		}
		p.Whole = true
		tell(p)
	}
	return nil
}

func (w *writer) json(name string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return w.entry(name, data)
}

func (w *writer) entry(name string, data []byte) error {
	if err := w.tar.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(data))}); err != nil {
		return fmt.Errorf("write the backup: %w", err)
	}
	if _, err := w.tar.Write(data); err != nil {
		return fmt.Errorf("write the backup: %w", err)
	}
	fmt.Fprintf(w.sum, "%s %d\n", name, len(data))
	w.sum.Write(data)
	return nil
}

// ErrDamaged reports a file that is no whole backup.
var ErrDamaged = errors.New("not a whole backup")

// maxEntry bounds an entry, in bytes: the largest piece of a snapshot is 1 MiB.
const maxEntry = 8 << 20

// each calls do for each entry of a backup, whose end it checks.
func each(r io.Reader, do func(name string, data []byte) error) error {
	in, sum, pieces := tar.NewReader(r), sha256.New(), 0
	for {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("%w: it has no end", ErrDamaged)
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		if h.Size > maxEntry {
			return fmt.Errorf("%w: %s has %d bytes", ErrDamaged, h.Name, h.Size)
		}
		data, err := io.ReadAll(in)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		if h.Name == "end.json" {
			var e end
			if err := json.Unmarshal(data, &e); err != nil {
				return fmt.Errorf("%w: %w", ErrDamaged, err)
			}
			if e.Pieces != pieces || e.SHA256 != hex.EncodeToString(sum.Sum(nil)) {
				return fmt.Errorf("%w: its checksum is another", ErrDamaged)
			}
			return nil
		}
		fmt.Fprintf(sum, "%s %d\n", h.Name, len(data))
		sum.Write(data)
		if !strings.HasSuffix(h.Name, ".json") {
			pieces++
		}
		if err := do(h.Name, data); err != nil {
			return err
		}
	}
}

// Check reads a whole backup and says what it is.
func Check(r io.Reader) (m Manifest, err error) {
	err = each(r, func(name string, data []byte) error {
		if name != "manifest.json" {
			return nil
		}
		if err := json.Unmarshal(data, &m); err != nil {
			return fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		if m.Format > format {
			return fmt.Errorf("a newer chipwire (%s) wrote this backup: its format is %d, this build knows %d", m.Chipwire, m.Format, format)
		}
		return bus.CheckSchema(m.Schema)
	})
	if err == nil && m.Format == 0 {
		err = fmt.Errorf("%w: it has no manifest", ErrDamaged)
	}
	return m, err
}

// ErrNotEmpty reports a server that holds streams of chipwire already.
var ErrNotEmpty = errors.New("there are streams already")

// Empty fails with [ErrNotEmpty] when a stream of a backup is there.
func Empty(ctx context.Context, a Accounts) error {
	core, wire := bus.Kept()
	for _, at := range []struct {
		account string
		streams []string
	}{{"core", core}, {"wire", wire}} {
		js, err := jetstream.New(a.of(at.account))
		if err != nil {
			return err
		}
		for _, name := range at.streams {
			_, err := js.Stream(ctx, name)
			if err == nil {
				return fmt.Errorf("%w (%s): restore into an empty data_dir, or delete them first", ErrNotEmpty, name)
			}
			if !errors.Is(err, jetstream.ErrStreamNotFound) {
				return err
			}
		}
	}
	return nil
}

// Restore makes the streams of a backup, which [Check] has read before, on servers
// that are [Empty]. replicas is how many copies of each there are to be.
func Restore(ctx context.Context, a Accounts, r io.Reader, replicas int, tell func(Progress)) error {
	entries, done := make(chan entry), make(chan struct{})
	var read error
	go func() { // ends with the file, or with done
		defer close(entries)
		read = each(r, func(name string, data []byte) error {
			select {
			case entries <- entry{name, data}:
				return nil
			case <-done:
				return context.Canceled
			}
		})
	}()
	err := restore(ctx, a, entries, replicas, tell)
	close(done)
	for range entries { // the reader has ended when there are no more
	}
	if err != nil {
		return err
	}
	return read
}

type entry struct {
	name string
	data []byte
}

func restore(ctx context.Context, a Accounts, entries <-chan entry, replicas int, tell func(Progress)) error {
	at, ok := <-entries
	for ok {
		parts := strings.Split(at.name, "/")
		if len(parts) != 3 || parts[2] != "stream.json" {
			at, ok = <-entries
			continue
		}
		p := Progress{Account: parts[0], Stream: parts[1]}
		var image bus.StreamImage
		if err := json.Unmarshal(at.data, &image); err != nil {
			return fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		p.Messages, p.Bytes = image.Size()
		var err error
		if image.Config, err = withReplicas(image.Config, replicas); err != nil {
			return err
		}
		folder := path.Dir(at.name)
		at, ok = <-entries
		err = bus.Restore(ctx, a.of(p.Account), p.Stream, image, func() ([]byte, error) {
			if !ok || path.Dir(at.name) != folder {
				return nil, nil
			}
			piece := at.data
			p.Done += uint64(len(piece))
			tell(p)
			at, ok = <-entries
			return piece, nil
		})
		if err != nil {
			return err
		}
		p.Whole = true
		tell(p)
	}
	return nil
}

// withReplicas changes the number of copies in a stream's configuration, all else
// of which only the server understands.
func withReplicas(config json.RawMessage, replicas int) (json.RawMessage, error) {
	var c map[string]json.RawMessage
	if err := json.Unmarshal(config, &c); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	c["num_replicas"], _ = json.Marshal(max(replicas, 1))
	return json.Marshal(c)
}
