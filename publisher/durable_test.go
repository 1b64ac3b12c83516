package publisher_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/chipwire/chipwire/internal/bus/bustest"
	"github.com/chipwire/chipwire/news"
	"github.com/chipwire/chipwire/publisher"
)

// patience is longer than what must come takes on a busy machine.
const patience = time.Minute

// readerOf connects as a reader without credentials.
func readerOf(t *testing.T, url string, opts ...nats.Option) jetstream.JetStream {
	t.Helper()
	nc, err := nats.Connect(url, append([]nats.Option{nats.MaxReconnects(-1), nats.ReconnectWait(50 * time.Millisecond)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	return js
}

var errStop = errors.New("seen enough")

// read follows until an alert of the event last, and returns the events.
func read(t *testing.T, js jetstream.JetStream, since time.Time, last string, opts ...publisher.Option) []string {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	var events []string
	err := publisher.Subscribe(ctx, js, publisher.Filter{}, since, func(a news.Alert) error {
		if events = append(events, a.Event); a.Event == last {
			return errStop
		}
		return nil
	}, opts...)
	if !errors.Is(err, errStop) {
		t.Fatalf("%s did not come: %v; got %q", last, err, events)
	}
	return events
}

// A durable reader goes on where it was: what its handler failed on comes again,
// what it was done with does not, and what was published while it was away is
// there.
func TestDurableReaderGoesOn(t *testing.T) {
	b, s := bustest.Start(t)
	publish(t, b, false, alert("e1", "samsung-electronics", news.Rumour), alert("e2", "samsung-electronics", news.Rumour))
	js := readerOf(t, s.URL())
	since := time.Now().Add(-time.Hour)
	if got := read(t, js, since, "e2", publisher.Durable("mine")); !slices.Equal(got, []string{"e1", "e2"}) {
		t.Errorf("first: %q", got)
	}
	publish(t, b, false, alert("e3", "samsung-electronics", news.Rumour))
	if got := read(t, js, since, "e3", publisher.Durable("mine")); !slices.Equal(got, []string{"e2", "e3"}) {
		t.Errorf("after a failure on e2: %q, want e2 again, then e3", got)
	}
	if got := read(t, js, time.Time{}, "e3", publisher.Durable("mine")); !slices.Equal(got, []string{"e3"}) {
		t.Errorf("a third time: %q", got)
	}
}

// A message that is no alert is passed over and told, and holds nobody up.
func TestWhatIsNoAlertIsPassedOver(t *testing.T) {
	b, s := bustest.Start(t)
	for subject, data := range map[string]string{
		"alerts.samsung-electronics.foundry.rumour.x1": "no JSON",
		"alerts.samsung-electronics.foundry.rumour.x2": `{"version":2,"id":"of a later chipwire"}`,
	} {
		if _, err := b.Wire().Publish(t.Context(), subject, []byte(data)); err != nil {
			t.Fatal(err)
		}
	}
	publish(t, b, false, alert("good", "samsung-electronics", news.Rumour))
	for name, opts := range map[string][]publisher.Option{"ordered": nil, "durable": {publisher.Durable("mine")}} {
		t.Run(name, func(t *testing.T) {
			var notes []string
			opts := append(opts, publisher.Notes(func(err error) { notes = append(notes, err.Error()) }))
			if got := read(t, readerOf(t, s.URL()), time.Now().Add(-time.Hour), "good", opts...); !slices.Equal(got, []string{"good"}) {
				t.Errorf("got %q", got)
			}
			all := strings.Join(notes, "\n")
			if len(notes) != 2 || !strings.Contains(all, "x1 is no alert") || !strings.Contains(all, "alert of version 2, this program knows 1") {
				t.Errorf("notes:\n%s", all)
			}
		})
	}
}

// A reader may start before its server, and before that has the streams.
func TestReaderStartsBeforeTheServer(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listen := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	js := readerOf(t, "nats://"+listen, nats.RetryOnFailedConnect(true))
	waits := make(chan struct{}, 1)
	got := make(chan []string, 1)
	go func() {
		got <- read(t, js, time.Now().Add(-time.Hour), "e1", publisher.Notes(func(error) {
			select {
			case waits <- struct{}{}:
			default:
			}
		}))
	}()
	select {
	case <-waits: // it has failed once
	case <-time.After(patience):
		t.Fatal("never told that the server is away")
	}
	b, s := bustest.Open(t, t.TempDir(), listen)
	defer s.Close()
	defer b.Close()
	publish(t, b, false, alert("e1", "samsung-electronics", news.Rumour))
	if events := <-got; !slices.Equal(events, []string{"e1"}) {
		t.Errorf("got %q", events)
	}
}

// What the server refuses is an error at once, with its reason, and no silence.
func TestRefusalsEnd(t *testing.T) {
	b, s := bustest.Start(t)
	js := readerOf(t, s.URL(), nats.CustomInboxPrefix("_OTHER"), nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	nothing := func(news.Alert) error { return nil }
	if err := publisher.Subscribe(ctx, js, publisher.Filter{}, time.Time{}, nothing); err == nil || ctx.Err() != nil {
		t.Errorf("with an inbox that it may not read: %v", err)
	}
	if err := publisher.Subscribe(ctx, b.Core(), publisher.Filter{}, time.Time{}, nothing); !errors.Is(err, jetstream.ErrStreamNotFound) {
		t.Errorf("in an account without alerts: %v", err)
	}
	closed := readerOf(t, s.URL())
	closed.Conn().Close()
	if err := publisher.Subscribe(ctx, closed, publisher.Filter{}, time.Time{}, nothing); !errors.Is(err, nats.ErrConnectionClosed) {
		t.Errorf("on a closed connection: %v", err)
	}
}

// A durable reader whose consumer was removed makes it anew, behind what it has
// handled.
func TestDurableReaderSurvivesItsConsumer(t *testing.T) {
	b, s := bustest.Start(t)
	js := readerOf(t, s.URL())
	publish(t, b, false, alert("e1", "samsung-electronics", news.Rumour))
	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	got := make(chan string, 10)
	done := make(chan error, 1)
	go func() {
		done <- publisher.Subscribe(ctx, js, publisher.Filter{}, time.Now().Add(-time.Hour), func(a news.Alert) error {
			got <- a.Event
			return nil
		}, publisher.Durable("mine"))
	}()
	next := func() string {
		select {
		case e := <-got:
			return e
		case <-ctx.Done():
			return "nothing"
		}
	}
	if e := next(); e != "e1" {
		t.Fatalf("first %s", e)
	}
	for { // until it is acknowledged, and the next one asked for
		c, err := b.Wire().Consumer(ctx, publisher.Stream, "mine")
		if err != nil {
			t.Fatal(err)
		}
		if c.CachedInfo().AckFloor.Stream == 1 && c.CachedInfo().NumWaiting > 0 {
			break
		}
	}
	if err := b.Wire().DeleteConsumer(ctx, publisher.Stream, "mine"); err != nil {
		t.Fatal(err)
	}
	publish(t, b, false, alert("e2", "samsung-electronics", news.Rumour))
	if e := next(); e != "e2" {
		t.Errorf("then %s, want e2", e)
	}
	stop()
	<-done
}
