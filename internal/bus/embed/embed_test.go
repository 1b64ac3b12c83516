package embed

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/news"
)

const store = 256 << 20

func start(t *testing.T) (*Server, *bus.Bus) {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	s, err := Start(Options{DataDir: t.TempDir(), Listen: "127.0.0.1:0", MaxStore: store}, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	core, wire, err := s.Connect(log)
	if err != nil {
		t.Fatal(err)
	}
	b, err := bus.New(core, wire, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	if err := b.Setup(t.Context(), bus.Layout{Store: s.Store()}); err != nil {
		t.Fatal(err)
	}
	return s, b
}

// reader connects as a client without credentials does.
func reader(t *testing.T, s *Server) (*nats.Conn, jetstream.JetStream) {
	t.Helper()
	nc, err := nats.Connect(s.URL(), nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc, jetstream.WithDefaultTimeout(250*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	return nc, js
}

const (
	alertSubject = "alerts.samsung-electronics.foundry.rumour.e1"
	alertBody    = `{"version":1,"id":"e1.samsung-electronics.rumour"}`
)

func TestReaderWithoutCredentialsFollowsAndReplays(t *testing.T) {
	s, b := start(t)
	nc, js := reader(t, s)
	live, err := nc.SubscribeSync("alerts.samsung-electronics.>")
	if err != nil {
		t.Fatal(err)
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Wire().Publish(t.Context(), alertSubject, []byte(alertBody)); err != nil {
		t.Fatal(err)
	}
	if msg, err := live.NextMsg(5 * time.Second); err != nil || string(msg.Data) != alertBody {
		t.Fatalf("live: %v, %v", msg, err)
	}
	for _, tt := range []struct {
		name string
		cfg  jetstream.ConsumerConfig
	}{
		{"ephemeral consumer", jetstream.ConsumerConfig{FilterSubject: "alerts.samsung-electronics.>"}},
		{"durable consumer", jetstream.ConsumerConfig{Durable: "mine", FilterSubject: "alerts.samsung-electronics.>", AckPolicy: jetstream.AckExplicitPolicy}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cons, err := js.CreateConsumer(t.Context(), bus.Alerts, tt.cfg)
			if err != nil {
				t.Fatal(err)
			}
			msg, err := cons.Next(jetstream.FetchMaxWait(5 * time.Second))
			if err != nil || string(msg.Data()) != alertBody {
				t.Fatalf("replay: %v, %v", msg, err)
			}
			if err := msg.DoubleAck(t.Context()); err != nil {
				t.Errorf("acknowledge: %v", err)
			}
		})
	}
	t.Run("ordered consumer", func(t *testing.T) {
		cons, err := js.OrderedConsumer(t.Context(), bus.Alerts, jetstream.OrderedConsumerConfig{})
		if err != nil {
			t.Fatal(err)
		}
		if msg, err := cons.Next(jetstream.FetchMaxWait(5 * time.Second)); err != nil || string(msg.Data()) != alertBody {
			t.Fatalf("replay: %v, %v", msg, err)
		}
	})
}

func TestReaderCannotPublish(t *testing.T) {
	s, b := start(t)
	nc, _ := reader(t, s)
	for _, subject := range []string{alertSubject, "ops.feed.x.broken", "findings", "items.00", "$KV.events.x", "$JS.API.STREAM.PURGE.ALERTS"} {
		if err := nc.Publish(subject, []byte("forged")); err != nil {
			t.Fatal(err)
		}
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	for _, stream := range []string{bus.Alerts, bus.Ops} {
		wantMessages(t, b.Wire(), stream, 0)
	}
	for _, stream := range []string{bus.Items, bus.Findings, "KV_" + bus.EventsBucket} {
		wantMessages(t, b.Core(), stream, 0)
	}
}

func TestReaderSeesNothingOfTheInside(t *testing.T) {
	s, b := start(t)
	nc, js := reader(t, s)
	if err := b.Put(t.Context(), bus.Outgoing{Subject: "findings", ID: "1", Value: "secret"}); err != nil {
		t.Fatal(err)
	}
	var names []string
	list := js.StreamNames(t.Context())
	for name := range list.Name() {
		names = append(names, name)
	}
	if got := strings.Join(names, " "); list.Err() != nil || got != "ALERTS OPS" {
		t.Errorf("streams: %q, %v; want ALERTS OPS", got, list.Err())
	}
	for _, stream := range []string{bus.Ops, bus.Items, bus.Articles, bus.Findings, bus.Advisories, "KV_" + bus.FeedsBucket, "KV_" + bus.EventsBucket} {
		if _, err := js.Stream(t.Context(), stream); err == nil {
			t.Errorf("stream %s is there for a reader", stream)
		}
	}
	inside, err := nc.SubscribeSync("findings")
	if err != nil {
		t.Fatal(err)
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := b.Put(t.Context(), bus.Outgoing{Subject: "findings", ID: "2", Value: "secret"}); err != nil {
		t.Fatal(err)
	}
	if msg, err := inside.NextMsg(200 * time.Millisecond); err == nil {
		t.Errorf("a reader saw %q", msg.Data)
	}
}

// A push consumer delivers where its maker says, past the maker's own right to
// publish; it needs no more than a literal subscription on that subject. With
// one account, or with a second stream in reach, this would store forgeries.
func TestReaderCannotAimAPushConsumer(t *testing.T) {
	s, b := start(t)
	nc, _ := reader(t, s)
	for _, subject := range []string{alertSubject, "ops.feed.x.broken"} {
		if _, err := b.Wire().Publish(t.Context(), subject, []byte(alertBody)); err != nil {
			t.Fatal(err)
		}
	}
	js, err := nc.JetStream(nats.MaxWait(time.Second))
	if err != nil {
		t.Fatal(err)
	}
	for i, target := range []string{
		"findings", "items.00", "articles.en", "$KV.events.x", "dead.ITEMS",
		"alerts.meta.foundry.agreed.forged", "review.meta.foundry.agreed.forged", "ops.feed.x.forged",
		"$JS.API.STREAM.PURGE.ALERTS", "$JS.API.STREAM.DELETE.ALERTS", "$JS.API.STREAM.DELETE.OPS",
	} {
		if _, err := nc.SubscribeSync(target); err != nil {
			t.Fatal(err)
		}
		for _, from := range []string{bus.Alerts, bus.Ops} {
			for _, kind := range []string{"whole", "headers"} {
				// Refused or without effect: what counts is what lies in the streams.
				_, _ = js.AddConsumer(from, &nats.ConsumerConfig{
					Durable: fmt.Sprintf("push-%d-%s", i, kind), DeliverSubject: target,
					AckPolicy: nats.AckNonePolicy, HeadersOnly: kind == "headers",
				}, nats.MaxWait(100*time.Millisecond))
			}
		}
	}
	deliverOne(t, nc, js)
	for _, stream := range []string{bus.Items, bus.Articles, bus.Findings, bus.Advisories, "KV_" + bus.EventsBucket} {
		wantMessages(t, b.Core(), stream, 0)
	}
	wantMessages(t, b.Wire(), bus.Alerts, 1)
	wantMessages(t, b.Wire(), bus.Ops, 1)
}

// deliverOne waits for a push consumer that is in order: the server has then
// had its time for those made before it.
func deliverOne(t *testing.T, nc *nats.Conn, js nats.JetStreamContext) {
	t.Helper()
	sub, err := nc.SubscribeSync("_INBOX.settled")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.AddConsumer(bus.Alerts, &nats.ConsumerConfig{DeliverSubject: "_INBOX.settled", AckPolicy: nats.AckNonePolicy}); err != nil {
		t.Fatal(err)
	}
	if _, err := sub.NextMsg(10 * time.Second); err != nil {
		t.Fatal(err)
	}
}

func wantMessages(t *testing.T, js jetstream.JetStream, stream string, want uint64) {
	t.Helper()
	s, err := js.Stream(context.Background(), stream)
	if err != nil {
		t.Errorf("stream %s: %v", stream, err)
		return
	}
	if got := s.CachedInfo().State.Msgs; got != want {
		t.Errorf("stream %s holds %d messages, want %d", stream, got, want)
	}
}

func TestStartRefuses(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	open := t.TempDir()
	if err := os.MkdirAll(filepath.Join(open, "creds"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, f := range []string{"daemon.json", "reader.json"} {
		if err := os.WriteFile(filepath.Join(open, "creds", f), []byte("{}"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		name string
		o    Options
		want string
	}{
		{"port taken", Options{DataDir: t.TempDir(), Listen: taken.Addr().String(), MaxStore: store}, "port is taken"},
		{"no port", Options{DataDir: t.TempDir(), Listen: "127.0.0.1", MaxStore: store}, "want host:port"},
		{"beyond loopback", Options{DataDir: t.TempDir(), Listen: "0.0.0.0:0", MaxStore: store}, "beyond loopback"},
		{"all interfaces", Options{DataDir: t.TempDir(), Listen: ":0", MaxStore: store}, "every interface"},
		{"store too small", Options{DataDir: t.TempDir(), Listen: "127.0.0.1:0", MaxStore: 1 << 20}, "too small"},
		{"open credentials", Options{DataDir: open, Listen: "127.0.0.1:0", MaxStore: store}, "chmod 600"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, err := Start(tt.o, slog.New(slog.DiscardHandler))
			if err == nil {
				s.Close()
				t.Fatal("started")
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %q does not say %q", err, tt.want)
			}
		})
	}
	if _, err := Start(Options{DataDir: t.TempDir(), Listen: taken.Addr().String(), MaxStore: store}, slog.New(slog.DiscardHandler)); !errors.Is(err, ErrPortTaken) {
		t.Errorf("%v is no ErrPortTaken", err)
	}
}

// The example for an operator's own server is a configuration that the server
// takes, and its reader has the rights of ours.
func TestExampleConfigurationOfAnOwnServer(t *testing.T) {
	path := filepath.Join("..", "..", "..", "deploy", "nats", "server.conf")
	opts, err := server.ProcessConfigFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !opts.SyncAlways || opts.Host != "127.0.0.1" {
		t.Errorf("sync always is %v, host is %q", opts.SyncAlways, opts.Host)
	}
	ours, err := serverOptions(Options{Listen: "127.0.0.1:0", Users: []bus.User{{Name: "samsung-desk", Password: "s", Companies: []news.CompanyID{"samsung-electronics"}}}}, &Credentials{
		Core: bus.Login{User: "core", Password: "c"}, Wire: bus.Login{User: "wire", Password: "w"}, Reader: bus.Login{User: "reader", Password: "r"},
	})
	if err != nil {
		t.Fatal(err)
	}
	permissions := func(o *server.Options, name string) string {
		for _, u := range o.Users {
			if u.Username == name && u.Account.Name == "WIRE" {
				slices.Sort(u.Permissions.Publish.Allow)
				return fmt.Sprint(u.Permissions.Publish.Allow, u.Permissions.Subscribe.Allow)
			}
		}
		return "no " + name
	}
	for _, name := range []string{"reader", "samsung-desk"} {
		if got, want := permissions(opts, name), permissions(ours, name); got != want {
			t.Errorf("%s of the example may\n%s\nwant\n%s", name, got, want)
		}
	}
}
