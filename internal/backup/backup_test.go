package backup_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/chipwire/chipwire/internal/backup"
	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/internal/bus/bustest"
	"github.com/chipwire/chipwire/internal/bus/embed"
)

var quiet = slog.New(slog.DiscardHandler)

// accounts connects to a server as the command does.
func accounts(t *testing.T, s *embed.Server) backup.Accounts {
	t.Helper()
	core, wire, err := s.Connect(quiet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(core.Close)
	t.Cleanup(wire.Close)
	return backup.Accounts{Core: core, Wire: wire}
}

// bare is a server without a stream.
func bare(t *testing.T, dir string) *embed.Server {
	t.Helper()
	s, err := embed.Start(embed.Options{DataDir: dir, Listen: "127.0.0.1:0", MaxStore: bustest.Store}, quiet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func silent(backup.Progress) {}

// fill stores what a running daemon would: 500 items of which 200 are done, states
// and alerts, some of them replaced.
func fill(t *testing.T, b *bus.Bus) {
	t.Helper()
	ctx := t.Context()
	for i := range 500 {
		if err := b.Put(ctx, bus.Outgoing{Subject: fmt.Sprintf("items.%02x", i%16), ID: fmt.Sprint(i), Value: strings.Repeat("x", 2000)}); err != nil {
			t.Fatal(err)
		}
	}
	cons, err := b.Core().CreateConsumer(ctx, bus.Items, jetstream.ConsumerConfig{Durable: "scrape", AckPolicy: jetstream.AckExplicitPolicy})
	if err != nil {
		t.Fatal(err)
	}
	batch, err := cons.Fetch(200)
	if err != nil {
		t.Fatal(err)
	}
	for m := range batch.Messages() {
		if err := m.DoubleAck(ctx); err != nil {
			t.Fatal(err)
		}
	}
	kv, err := b.Core().KeyValue(ctx, bus.FeedsBucket)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 50 {
		if _, err := kv.PutString(ctx, fmt.Sprintf("feed-%d", i%20), fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 30 {
		if _, err := b.Wire().Publish(ctx, fmt.Sprintf("alerts.a.foundry.agreed.%d", i), []byte("{}")); err != nil {
			t.Fatal(err)
		}
	}
}

func TestBackupAndRestore(t *testing.T) {
	b, s := bustest.Start(t)
	fill(t, b)
	// The daemon goes on with its work meanwhile.
	ctx, stop := context.WithCancel(t.Context())
	var busy sync.WaitGroup
	busy.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			if err := b.Put(ctx, bus.Outgoing{Subject: "articles.ko", ID: fmt.Sprint(i), Value: strings.Repeat("y", 500)}); err != nil && ctx.Err() == nil {
				t.Errorf("while it is read: %v", err)
			}
		}
	})
	var file bytes.Buffer
	var told []string
	err := backup.Write(t.Context(), accounts(t, s), "v1.2.3", &file, func(p backup.Progress) {
		if p.Whole {
			told = append(told, p.Account+" "+p.Stream)
		}
	})
	stop()
	busy.Wait()
	if err != nil {
		t.Fatal(err)
	}
	core, wire := bus.Kept()
	if len(told) != len(core)+len(wire) {
		t.Errorf("told of %q", told)
	}
	m, err := backup.Check(bytes.NewReader(file.Bytes()))
	if err != nil || m.Chipwire != "v1.2.3" || m.Schema != bus.Schema || time.Since(m.Created) > time.Hour {
		t.Fatalf("%+v, %v", m, err)
	}

	dir := t.TempDir()
	target := bare(t, dir)
	a := accounts(t, target)
	if err := backup.Empty(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	if err := backup.Restore(t.Context(), a, bytes.NewReader(file.Bytes()), 1, silent); err != nil {
		t.Fatal(err)
	}
	if err := backup.Empty(t.Context(), a); !errors.Is(err, backup.ErrNotEmpty) {
		t.Errorf("restored twice: %v", err)
	}
	// The daemon starts afterwards, and with it the server, which reads then what
	// ids it has seen.
	a.Core.Close()
	a.Wire.Close()
	target.Close()
	again, reopened := bustest.Open(t, dir, "127.0.0.1:0")
	t.Cleanup(reopened.Close)
	t.Cleanup(again.Close)
	same(t, b, again)
}

// same holds what was restored against what is still there.
func same(t *testing.T, was, is *bus.Bus) {
	t.Helper()
	ctx := t.Context()
	for _, get := range []func(b *bus.Bus) (jetstream.Stream, error){
		func(b *bus.Bus) (jetstream.Stream, error) { return b.Core().Stream(ctx, bus.Items) },
		func(b *bus.Bus) (jetstream.Stream, error) { return b.Core().Stream(ctx, "KV_feeds") },
		func(b *bus.Bus) (jetstream.Stream, error) { return b.Wire().Stream(ctx, bus.Alerts) },
	} {
		old, err := get(was)
		if err != nil {
			t.Fatal(err)
		}
		restored, err := get(is)
		if err != nil {
			t.Fatal(err)
		}
		a, b := old.CachedInfo().State, restored.CachedInfo().State
		if a.Msgs != b.Msgs || a.FirstSeq != b.FirstSeq || a.LastSeq != b.LastSeq || a.Msgs == 0 {
			t.Errorf("%s: %+v, was %+v", old.CachedInfo().Config.Name, b, a)
		}
	}
	cons, err := is.Core().Consumer(ctx, bus.Items, "scrape")
	if err != nil {
		t.Fatal(err)
	}
	if info := cons.CachedInfo(); info.AckFloor.Stream != 200 || info.NumPending != 300 {
		t.Errorf("consumer: %d done, %d wait, want 200 and 300", info.AckFloor.Stream, info.NumPending)
	}
	kv, err := is.Core().KeyValue(ctx, bus.FeedsBucket)
	if err != nil {
		t.Fatal(err)
	}
	if e, err := kv.Get(ctx, "feed-9"); err != nil || string(e.Value()) != "49" {
		t.Errorf("feed-9: %v, %v", e, err)
	}
	// What was stored before is still known by its id.
	ack, err := is.Core().Publish(ctx, "items.00", []byte("again"), jetstream.WithMsgID("0"))
	if err != nil || !ack.Duplicate {
		t.Errorf("an item of before is taken again: %+v, %v", ack, err)
	}
}

func TestRestoreRefuses(t *testing.T) {
	b, s := bustest.Start(t)
	fill(t, b)
	var file bytes.Buffer
	if err := backup.Write(t.Context(), accounts(t, s), "v1", &file, silent); err != nil {
		t.Fatal(err)
	}
	whole := file.Bytes()
	changed := bytes.Clone(whole)
	changed[len(changed)/2] ^= 1
	for _, tt := range []struct {
		name string
		data []byte
		want error
	}{
		{"cut", whole[:len(whole)/2], backup.ErrDamaged},
		{"cut before its end", whole[:len(whole)-3000], backup.ErrDamaged},
		{"changed", changed, backup.ErrDamaged},
		{"empty", nil, backup.ErrDamaged},
		{"something else", []byte(strings.Repeat("no backup ", 200)), backup.ErrDamaged},
		{"of a newer chipwire", bytes.Replace(whole, []byte(`"schema":"`+bus.Schema+`"`), []byte(`"schema":"7"`), 1), bus.ErrSchema},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := backup.Check(bytes.NewReader(tt.data)); !errors.Is(err, tt.want) {
				t.Errorf("%v, want %v", err, tt.want)
			}
		})
	}
}

// A snapshot of a stream that is not there is an error with the server's words.
func TestSnapshotOfNothing(t *testing.T) {
	var nc *nats.Conn = accounts(t, bare(t, t.TempDir())).Core
	err := bus.Snapshot(t.Context(), nc, "NONE", func(bus.StreamImage) error { return nil }, func([]byte) error { return nil })
	if err == nil || !strings.Contains(err.Error(), "stream not found") {
		t.Errorf("%v", err)
	}
}
