// Package bustest starts the real NATS server for tests.
package bustest

import (
	"log/slog"
	"testing"

	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/internal/bus/embed"
)

// Store is the limit of the server's disk, in bytes.
const Store = 256 << 20

// Start returns a bus with all streams and buckets on a server of its own, which
// ends with the test.
func Start(t testing.TB) (*bus.Bus, *embed.Server) {
	t.Helper()
	b, s := Open(t, t.TempDir(), "127.0.0.1:0")
	t.Cleanup(s.Close)
	t.Cleanup(b.Close)
	return b, s
}

// Open returns a bus on a server in dir that listens on an address. The caller
// closes both.
func Open(t testing.TB, dir, listen string) (*bus.Bus, *embed.Server) {
	t.Helper()
	quiet := slog.New(slog.DiscardHandler)
	s, err := embed.Start(embed.Options{DataDir: dir, Listen: listen, MaxStore: Store}, quiet)
	if err != nil {
		t.Fatal(err)
	}
	core, wire, err := s.Connect(quiet)
	if err != nil {
		t.Fatal(err)
	}
	b, err := bus.New(core, wire, quiet)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Setup(t.Context(), bus.Layout{Store: s.Store()}); err != nil {
		t.Fatal(err)
	}
	return b, s
}
