package app_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/chipwire/chipwire/desk"
	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/internal/bus/bustest"
	"github.com/chipwire/chipwire/news"
	"github.com/chipwire/chipwire/publisher"
)

// atDesk hands the findings to a desk on the real book until the test ends.
func atDesk(t *testing.T, b *bus.Bus) {
	t.Helper()
	pub, err := publisher.New(t.Context(), b.Wire())
	if err != nil {
		t.Fatal(err)
	}
	book, err := b.Core().KeyValue(t.Context(), bus.EventsBucket)
	if err != nil {
		t.Fatal(err)
	}
	d, err := desk.New(t.Context(), desk.Deps{Config: desk.Default, Store: desk.NewBucketStore(book), Publish: pub.Publish, Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- b.Consume(ctx, bus.Consumer{Stream: bus.Findings, Name: "desk", Workers: 1}, bus.Decode(d.Take))
	}()
	t.Cleanup(func() { stop(); <-done })
}

// until waits for a condition.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(40 * time.Second); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not in 40 s", what)
		}
	}
}

// The store is full when a verdict comes to the desk: it waits, and nothing is
// acknowledged or told; when there is room again each alert is stored once.
func TestAFullStoreDelaysTheAlert(t *testing.T) {
	b, _ := bustest.Start(t)
	v := deal("a", "nvidia", "amd", time.Now())
	if err := b.Put(t.Context(), bus.Outgoing{Subject: bus.FindingsSubject, ID: v.MsgID(), Value: v}); err != nil {
		t.Fatal(err)
	}
	junk := jetstream.StreamConfig{Name: "JUNK", Subjects: []string{"junk"}, Storage: jetstream.FileStorage}
	if _, err := b.Core().CreateStream(t.Context(), junk); err != nil {
		t.Fatal(err)
	}
	full := func(size int) bool {
		_, err := b.Core().Publish(t.Context(), "junk", make([]byte, size))
		var api *jetstream.APIError
		if err != nil && (!errors.As(err, &api) || api.ErrorCode != 10023) {
			t.Fatalf("%v, want code 10023", err)
		}
		return err != nil
	}
	for _, size := range []int{512 << 10, 4 << 10, 16} { // to the last byte
		for !full(size) {
		}
	}
	atDesk(t, b)
	pending := func() (n int) {
		s, err := b.Core().Stream(t.Context(), bus.Findings)
		if err != nil {
			t.Fatal(err)
		}
		c, err := s.Consumer(t.Context(), "desk")
		if errors.Is(err, jetstream.ErrConsumerNotFound) {
			return 0
		}
		if err != nil {
			t.Fatal(err)
		}
		return c.CachedInfo().NumRedelivered
	}
	until(t, "the verdict comes again", func() bool { return pending() > 0 })
	if n := stored(t.Context(), b.Wire()); n > 0 {
		t.Errorf("%d alerts are told of an event that is not safe", n)
	}
	if err := b.Core().DeleteStream(t.Context(), "JUNK"); err != nil {
		t.Fatal(err)
	}
	until(t, "both alerts", func() bool { return stored(t.Context(), b.Wire()) == 2 })
	until(t, "settled", func() bool { done, err := idle(t.Context(), b.Core()); return err == nil && done })
	if n := stored(t.Context(), b.Wire()); n != 2 {
		t.Errorf("%d alerts, want 2", n)
	}
}

// A finding of six thousand firms, of which no event can be made, is kept among the dead
// letters with the reason, and the one behind it is told.
func TestAFindingThatCannotBePlaced(t *testing.T) {
	if testing.Short() {
		t.Skip("a message is given up after some seconds")
	}
	t.Parallel()
	b, _ := bustest.Start(t)
	large, good := deal("a", "nvidia", "amd", time.Now()), deal("b", "intel", "tsmc", time.Now())
	for i := range 6000 {
		large.Findings[0].Parties = append(large.Findings[0].Parties, news.Party{ID: news.CompanyID(fmt.Sprint("firm-", i)), Name: "A firm", Side: news.Peer})
	}
	for _, v := range []news.Verdict{large, good} {
		if err := b.Put(t.Context(), bus.Outgoing{Subject: bus.FindingsSubject, ID: v.MsgID(), Value: v}); err != nil {
			t.Fatal(err)
		}
	}
	atDesk(t, b)
	until(t, "a dead letter", func() bool { return deadFinding(t, b) != nil })
	if reason := deadFinding(t, b).Header.Get("chipwire-reason"); !strings.Contains(reason, "names 6002 parties, want 48 at most") {
		t.Errorf("because %q", reason)
	}
	if n := stored(t.Context(), b.Wire()); n > 2 {
		t.Errorf("%d alerts", n)
	}
	until(t, "both alerts of the other", func() bool { return stored(t.Context(), b.Wire()) == 2 })
}

// deadFinding is the last verdict that was given up, nil for none.
func deadFinding(t *testing.T, b *bus.Bus) *jetstream.RawStreamMsg {
	t.Helper()
	s, err := b.Core().Stream(t.Context(), bus.Advisories)
	if err != nil {
		t.Fatal(err)
	}
	msg, err := s.GetLastMsgForSubject(t.Context(), "dead."+bus.Findings)
	if err != nil {
		return nil
	}
	return msg
}

// The book takes nothing (an operator has sealed its stream): the verdict is kept
// among the dead letters with the reason, and nothing is told of it.
func TestAReadOnlyBookIsNamed(t *testing.T) {
	if testing.Short() {
		t.Skip("a message is given up after some seconds")
	}
	t.Parallel()
	b, _ := bustest.Start(t)
	s, err := b.Core().Stream(t.Context(), "KV_"+bus.EventsBucket)
	if err != nil {
		t.Fatal(err)
	}
	sealed := s.CachedInfo().Config
	sealed.Sealed = true
	if _, err := b.Core().UpdateStream(t.Context(), sealed); err != nil {
		t.Fatal(err)
	}
	v := deal("a", "nvidia", "amd", time.Now())
	if err := b.Put(t.Context(), bus.Outgoing{Subject: bus.FindingsSubject, ID: v.MsgID(), Value: v}); err != nil {
		t.Fatal(err)
	}
	atDesk(t, b)
	until(t, "a dead letter", func() bool { return deadFinding(t, b) != nil })
	if msg := deadFinding(t, b); !strings.Contains(msg.Header.Get("chipwire-reason"), "sealed") || !strings.Contains(string(msg.Data), v.Article) {
		t.Errorf("%s because %q", msg.Data, msg.Header.Get("chipwire-reason"))
	}
	if n := stored(t.Context(), b.Wire()); n > 0 {
		t.Errorf("%d alerts are told of an event that is not in the book", n)
	}
}
