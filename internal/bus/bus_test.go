package bus_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/internal/bus/embed"
)

var quiet = slog.New(slog.DiscardHandler)

// serve starts a server on dir and returns a bus on it; stop ends both.
func serve(t *testing.T, dir string) (b *bus.Bus, stop func()) {
	t.Helper()
	s, err := embed.Start(embed.Options{DataDir: dir, Listen: "127.0.0.1:0", MaxStore: 256 << 20}, quiet)
	if err != nil {
		t.Fatal(err)
	}
	core, wire, err := s.Connect(quiet)
	if err != nil {
		t.Fatal(err)
	}
	if b, err = bus.New(core, wire, quiet); err != nil {
		t.Fatal(err)
	}
	if err := b.Setup(t.Context(), bus.Layout{Store: s.Store()}); err != nil {
		t.Fatal(err)
	}
	return b, sync.OnceFunc(func() { b.Close(); s.Close() })
}

func newBus(t *testing.T) *bus.Bus {
	t.Helper()
	b, stop := serve(t, t.TempDir())
	t.Cleanup(stop)
	return b
}

func messages(t *testing.T, js jetstream.JetStream, stream string) uint64 {
	t.Helper()
	s, err := js.Stream(t.Context(), stream)
	if err != nil {
		t.Fatal(err)
	}
	return s.CachedInfo().State.Msgs
}

func TestSetupMayBeRepeated(t *testing.T) {
	t.Parallel()
	b := newBus(t)
	for range 3 {
		if err := b.Setup(t.Context(), bus.Layout{Store: 256 << 20}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSetupSaysThatTheDiskLimitIsTooSmall(t *testing.T) {
	t.Parallel()
	b := newBus(t)
	if err := b.Setup(t.Context(), bus.Layout{Store: 4 << 30}); err == nil || !strings.Contains(err.Error(), "disk limit") {
		t.Errorf("%v, want an error on the disk limit", err)
	}
	if err := b.Setup(t.Context(), bus.Layout{Store: 1 << 20}); err == nil || !strings.Contains(err.Error(), "too small") {
		t.Errorf("%v, want an error on the disk limit", err)
	}
}

func TestSetupRefusesAStoreOfANewerVersion(t *testing.T) {
	t.Parallel()
	b := newBus(t)
	kv, err := b.Core().KeyValue(t.Context(), bus.MetaBucket)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := kv.Put(t.Context(), "schema", []byte("99")); err != nil {
		t.Fatal(err)
	}
	if err := b.Setup(t.Context(), bus.Layout{Store: 256 << 20}); !errors.Is(err, bus.ErrSchema) {
		t.Errorf("%v, want ErrSchema", err)
	}
}

func TestPutTwiceStoresOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b, stop := serve(t, dir)
	out := bus.Outgoing{Subject: "items.00", ID: "a", Value: "x"}
	if err := b.Put(t.Context(), out, out, bus.Outgoing{Subject: "items.00", ID: "b", Value: "y"}); err != nil {
		t.Fatal(err)
	}
	stop()
	b, stop = serve(t, dir) // the id is remembered over a restart
	defer stop()
	if err := b.Put(t.Context(), out); err != nil {
		t.Fatal(err)
	}
	if n := messages(t, b.Core(), bus.Items); n != 2 {
		t.Errorf("%d messages, want 2", n)
	}
}

func TestPutReportsARefusedMessage(t *testing.T) {
	t.Parallel()
	b := newBus(t)
	err := b.Put(t.Context(), bus.Outgoing{Subject: "nowhere", ID: "a", Value: "x"})
	if err == nil || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("%v, want an error that names the subject", err)
	}
}

// put stores n numbered findings.
func put(t *testing.T, b *bus.Bus, n int) {
	t.Helper()
	for i := range n {
		if err := b.Put(t.Context(), bus.Outgoing{Subject: bus.FindingsSubject, ID: fmt.Sprint(i), Value: i}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestConsumeKeepsTheOrderWithOneWorker(t *testing.T) {
	t.Parallel()
	b := newBus(t)
	const n = 50
	put(t, b, n)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var got []int
	err := b.Consume(ctx, bus.Consumer{Stream: bus.Findings, Name: "c", Workers: 1}, bus.Decode(func(_ context.Context, i int) error {
		if got = append(got, i); len(got) == n {
			stop()
		}
		return nil
	}))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Consume: %v", err)
	}
	if len(got) != n || !slices.IsSorted(got) {
		t.Errorf("got %v, want 0 to %d in order", got, n-1)
	}
}

func TestConsumeBoundsTheWorkInHand(t *testing.T) {
	t.Parallel()
	b := newBus(t)
	put(t, b, 40)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var now, most, done atomic.Int64
	_ = b.Consume(ctx, bus.Consumer{Stream: bus.Findings, Name: "c", Workers: 4}, func(context.Context, []byte) error {
		if n := now.Add(1); n > most.Load() {
			most.Store(n)
		}
		time.Sleep(5 * time.Millisecond) // work
		now.Add(-1)
		if done.Add(1) == 40 {
			stop()
		}
		return nil
	})
	if m := most.Load(); m < 2 || m > 4 {
		t.Errorf("at most %d in hand at once, want 2 to 4", m)
	}
}

func TestConsumeGivesUpAfterFiveFailures(t *testing.T) {
	t.Parallel()
	b := newBus(t)
	put(t, b, 2)
	ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
	defer stop()
	var failures, good int
	_ = b.Consume(ctx, bus.Consumer{Stream: bus.Findings, Name: "c", Workers: 1}, bus.Decode(func(_ context.Context, i int) error {
		if i == 1 {
			good++
			stop()
			return nil
		}
		failures++
		return errors.New("poison")
	}))
	if failures != 5 || good != 1 {
		t.Fatalf("%d failures and %d good, want 5 and 1", failures, good)
	}
	s, err := b.Core().Stream(t.Context(), bus.Advisories)
	if err != nil {
		t.Fatal(err)
	}
	msg, err := s.GetLastMsgForSubject(t.Context(), "dead.FINDINGS")
	if err != nil {
		t.Fatal(err)
	}
	if string(msg.Data) != "0" || msg.Header.Get("chipwire-reason") != "poison" {
		t.Errorf("dead letter %q, reason %q", msg.Data, msg.Header.Get("chipwire-reason"))
	}
}

func TestConsumeDoesNotCountAServerThatIsAway(t *testing.T) {
	t.Parallel()
	b := newBus(t)
	put(t, b, 1)
	ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
	defer stop()
	tries := 0
	_ = b.Consume(ctx, bus.Consumer{Stream: bus.Findings, Name: "c", Workers: 1}, func(context.Context, []byte) error {
		if tries++; tries <= 6 {
			return fmt.Errorf("publish: %w", jetstream.ErrNoStreamResponse)
		}
		stop()
		return nil
	})
	if tries != 7 {
		t.Errorf("%d tries, want 7", tries)
	}
	if n := messages(t, b.Core(), bus.Advisories); n != 0 {
		t.Errorf("%d advisories, want none", n)
	}
}

func TestAPanicIsAFailure(t *testing.T) {
	t.Parallel()
	b := newBus(t)
	put(t, b, 2)
	ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
	defer stop()
	_ = b.Consume(ctx, bus.Consumer{Stream: bus.Findings, Name: "c", Workers: 1}, bus.Decode(func(_ context.Context, i int) error {
		if i == 0 {
			panic("bad story")
		}
		stop()
		return nil
	}))
	s, err := b.Core().Stream(t.Context(), bus.Advisories)
	if err != nil {
		t.Fatal(err)
	}
	msg, err := s.GetLastMsgForSubject(t.Context(), "dead.FINDINGS")
	if err != nil || !strings.Contains(msg.Header.Get("chipwire-reason"), "bad story") {
		t.Errorf("dead letter %v, %v", msg, err)
	}
}

// What is put off makes room for the others, and is no failure.
func TestWhatIsPutOffHoldsUpNobody(t *testing.T) {
	t.Parallel()
	b := newBus(t)
	put(t, b, 20)
	ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
	defer stop()
	var mu sync.Mutex
	puts, done := 0, map[int]bool{}
	_ = b.Consume(ctx, bus.Consumer{Stream: bus.Findings, Name: "c", Workers: 2, Pending: 100}, bus.Decode(func(_ context.Context, i int) error {
		mu.Lock()
		defer mu.Unlock()
		if i < 10 && !done[19] {
			puts++
			return &bus.Later{After: 50 * time.Millisecond, Why: "not yet"}
		}
		if done[i] = true; len(done) == 20 {
			stop()
		}
		return nil
	}))
	if len(done) != 20 || puts == 0 {
		t.Errorf("%d messages done, %d put off", len(done), puts)
	}
	if n := messages(t, b.Core(), bus.Advisories); n != 0 {
		t.Errorf("%d advisories, want none", n)
	}
}

func TestWorkInHandIsNotGivenToAnother(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes 7 s: longer than an acknowledgement may")
	}
	b := newBus(t)
	put(t, b, 1)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var runs atomic.Int64
	_ = b.Consume(ctx, bus.Consumer{Stream: bus.Findings, Name: "c", Workers: 2}, func(context.Context, []byte) error {
		runs.Add(1)
		time.Sleep(7 * time.Second) // longer than AckWait
		stop()
		return nil
	})
	if n := runs.Load(); n != 1 {
		t.Errorf("the message was handed out %d times", n)
	}
}

func TestAPayloadOfAnotherKindIsAFailure(t *testing.T) {
	err := bus.Decode(func(context.Context, int) error { return nil })(t.Context(), []byte(`"text"`))
	var want *json.UnmarshalTypeError
	if !errors.As(err, &want) {
		t.Errorf("%v, want a decoding error", err)
	}
}

func TestLeaseIsHeldByOneNode(t *testing.T) {
	t.Parallel()
	b := newBus(t)
	one, err := b.Leases(t.Context(), "one")
	if err != nil {
		t.Fatal(err)
	}
	two, err := b.Leases(t.Context(), "two")
	if err != nil {
		t.Fatal(err)
	}
	hold := func(l *bus.Leases, want bool) {
		t.Helper()
		if got, err := l.Hold(t.Context(), "desk", bus.LeaseTTL); err != nil || got != want {
			t.Fatalf("Hold: %v, %v; want %v", got, err, want)
		}
	}
	hold(one, true)
	hold(two, false)
	hold(one, true) // renewed
	if err := two.Release(t.Context(), "desk"); err != nil {
		t.Fatal(err)
	}
	hold(two, false) // only the holder gives it back
	if err := one.Release(t.Context(), "desk"); err != nil {
		t.Fatal(err)
	}
	hold(two, true)
	if got, err := one.Holders(t.Context(), "de"); err != nil || got["desk"] != "two" {
		t.Errorf("Holders: %v, %v", got, err)
	}
}

// The bucket of leases is memory: a server that was started again has none.
func TestLeasesSurviveTheLossOfTheirBucket(t *testing.T) {
	t.Parallel()
	b := newBus(t)
	l, err := b.Leases(t.Context(), "one")
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Core().DeleteKeyValue(t.Context(), bus.LeasesBucket); err != nil {
		t.Fatal(err)
	}
	if ok, err := l.Hold(t.Context(), "k", bus.LeaseTTL); ok || err == nil {
		t.Errorf("%v, %v without a bucket; want an error", ok, err)
	}
	if ok, err := l.Hold(t.Context(), "k", bus.LeaseTTL); !ok || err != nil {
		t.Errorf("%v, %v at the second try", ok, err)
	}
}

func TestALeaseThatIsNotRenewedRunsOut(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes as long as a lease lives")
	}
	b := newBus(t)
	one, err := b.Leases(t.Context(), "one")
	if err != nil {
		t.Fatal(err)
	}
	two, err := b.Leases(t.Context(), "two")
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := one.Hold(t.Context(), "k", bus.LeaseTTL); err != nil || !ok {
		t.Fatal(ok, err)
	}
	if ok, err := one.Hold(t.Context(), "k", bus.LeaseTTL); err != nil || !ok { // a renewed one runs out too
		t.Fatal(ok, err)
	}
	start := time.Now()
	for ok := false; !ok; {
		if ok, err = two.Hold(t.Context(), "k", bus.LeaseTTL); err != nil {
			t.Fatal(err)
		}
		if time.Since(start) > 3*bus.LeaseTTL {
			t.Fatal("the lease does not run out")
		}
		time.Sleep(50 * time.Millisecond)
	}
	if d := time.Since(start); d < bus.LeaseTTL-time.Second {
		t.Errorf("taken over after %v, want about %v", d, bus.LeaseTTL)
	}
}

func TestBackoff(t *testing.T) {
	for n, want := range map[int]time.Duration{1: 1, 2: 2, 3: 4, 5: 10, 1000: 10} {
		if got := bus.Backoff(n, 1, 10); got != want {
			t.Errorf("Backoff(%d) = %d, want %d", n, got, want)
		}
	}
}

func TestSize(t *testing.T) {
	for _, tt := range []struct {
		text string
		want bus.Size
		back string
	}{{"2GiB", 2 << 30, "2GiB"}, {"512 MiB", 512 << 20, "512MiB"}, {"1000", 1000, "1KB"}, {"1MB", 1e6, "1MB"}, {"0", 0, "0"}} {
		var s bus.Size
		if err := s.UnmarshalText([]byte(tt.text)); err != nil || s != tt.want {
			t.Errorf("%q: %d, %v; want %d", tt.text, s, err, tt.want)
		}
		if back, _ := s.MarshalText(); string(back) != tt.back {
			t.Errorf("%q comes back as %q, want %q", tt.text, back, tt.back)
		}
	}
	for _, bad := range []string{"", "many", "-1", "1.5GiB", "9999999999GiB"} {
		if err := new(bus.Size).UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q is taken for a size", bad)
		}
	}
}
