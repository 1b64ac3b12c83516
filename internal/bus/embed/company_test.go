package embed

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/news"
)

const patience = 30 * time.Second

var deskUsers = []bus.User{
	{Name: "samsung-desk", Password: "s", Companies: []news.CompanyID{"samsung-electronics"}},
	{Name: "nvidia-desk", Password: "n", Companies: []news.CompanyID{"nvidia"}},
}

const nvidiaSubject = "alerts.nvidia.memory.agreed.e2"

// deskLayouts are the ways to have a user of one company: the embedded server, the
// example for a server of one's own, and a server whose users have JWTs.
func deskLayouts() map[string]func(t *testing.T) (url string, b *bus.Bus, login nats.Option) {
	return map[string]func(t *testing.T) (string, *bus.Bus, nats.Option){
		"embedded": func(t *testing.T) (string, *bus.Bus, nats.Option) {
			s, b := startWith(t, Options{Users: deskUsers})
			return s.URL(), b, nats.UserInfo("samsung-desk", "s")
		},
		"deploy/nats": func(t *testing.T) (string, *bus.Bus, nats.Option) {
			url := runExample(t)
			return url, connectTo(t, url,
				bus.Login{User: "core", Password: "change-me-core"}, bus.Login{User: "wire", Password: "change-me-wire"},
			), nats.UserInfo("samsung-desk", "change-me-samsung-desk")
		},
		"jwt": func(t *testing.T) (string, *bus.Bus, nats.Option) {
			url, creds := runOperator(t)
			return url, connectTo(t, url, bus.Login{Creds: creds["CORE"]}, bus.Login{Creds: creds["WIRE"]}), nats.UserCredentials(creds["samsung-desk"])
		},
	}
}

// startWith starts the embedded server with options, and its streams.
func startWith(t *testing.T, o Options) (*Server, *bus.Bus) {
	t.Helper()
	quiet := slog.New(slog.DiscardHandler)
	o.DataDir, o.MaxStore = t.TempDir(), store
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	s, err := Start(o, quiet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	core, wire, err := s.Connect(quiet)
	if err != nil {
		t.Fatal(err)
	}
	return s, setUp(t, core, wire)
}

// runExample runs the server of deploy/nats on a free port and a store of its own.
func runExample(t *testing.T) string {
	t.Helper()
	opts, err := server.ProcessConfigFile("../../../deploy/nats/server.conf")
	if err != nil {
		t.Fatal(err)
	}
	return runServer(t, opts)
}

// runServer runs a server of the operator's on a free port of loopback.
func runServer(t *testing.T, opts *server.Options) string {
	t.Helper()
	opts.Host, opts.Port, opts.StoreDir, opts.NoSigs, opts.NoLog = "127.0.0.1", server.RANDOM_PORT, t.TempDir(), true, true
	opts.JetStream, opts.JetStreamMaxStore = true, 8<<30
	s, err := server.NewServer(opts)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	if !s.ReadyForConnections(patience) {
		t.Fatal("the server does not start")
	}
	return s.ClientURL()
}

// connectTo connects as the daemon does to a server of the operator's.
func connectTo(t *testing.T, url string, coreLogin, wireLogin bus.Login) *bus.Bus {
	t.Helper()
	quiet := slog.New(slog.DiscardHandler)
	core, err := bus.Connect(url, "core", coreLogin, quiet, nats.RetryOnFailedConnect(false))
	if err != nil {
		t.Fatal(err)
	}
	wire, err := bus.Connect(url, "wire", wireLogin, quiet, nats.RetryOnFailedConnect(false), nats.CustomInboxPrefix(bus.DaemonInbox))
	if err != nil {
		t.Fatal(err)
	}
	return setUp(t, core, wire)
}

func setUp(t *testing.T, core, wire *nats.Conn) *bus.Bus {
	t.Helper()
	b, err := bus.New(core, wire, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	if err := b.Setup(t.Context(), bus.Layout{Store: store}); err != nil {
		t.Fatal(err)
	}
	return b
}

// as connects as the user of one company.
func as(t *testing.T, url string, login nats.Option) (*nats.Conn, jetstream.JetStream) {
	t.Helper()
	nc, err := nats.Connect(url, login, nats.CustomInboxPrefix(InboxPrefix("samsung-desk")),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	return nc, js
}

// violates does something that the server must refuse, and fails unless it says
// so of this subject.
func violates(t *testing.T, nc *nats.Conn, subject string, do func() error) {
	t.Helper()
	if err := do(); err != nil {
		t.Fatal(err)
	}
	if err := nc.Flush(); err != nil { // its answer comes behind the refusal
		t.Fatal(err)
	}
	last := nc.LastError()
	if !errors.Is(last, nats.ErrPermissionViolation) || !strings.Contains(last.Error(), `"`+subject+`"`) {
		t.Errorf("%s is not refused: %v", subject, last)
	}
}

// A user of one company reads its alerts, by core subscription and by JetStream,
// and nothing else in any way that the protocol has.
func TestUserOfOneCompany(t *testing.T) {
	for name, layout := range deskLayouts() {
		t.Run(name, func(t *testing.T) {
			url, b, login := layout(t)
			nc, js := as(t, url, login)
			live, err := nc.SubscribeSync("alerts.samsung-electronics.>")
			if err != nil {
				t.Fatal(err)
			}
			if err := nc.Flush(); err != nil {
				t.Fatal(err)
			}
			for _, subject := range []string{nvidiaSubject, alertSubject} {
				if _, err := b.Wire().Publish(t.Context(), subject, []byte(alertBody)); err != nil {
					t.Fatal(err)
				}
			}
			if msg, err := live.NextMsg(patience); err != nil || msg.Subject != alertSubject {
				t.Fatalf("live: %v, %v", msg, err)
			}
			t.Run("replays its own", func(t *testing.T) { replaysItsOwn(t, js) })
			t.Run("subscribes to nothing else", func(t *testing.T) {
				for _, subject := range []string{"alerts.>", "alerts.nvidia.>", "alerts.*.*.*.*", "review.>", "ops.>", ">", "_INBOX.>", "_INBOX_nvidia-desk.>", "_DAEMON.>", "$JS.EVENT.>", "$SYS.>"} {
					violates(t, nc, subject, func() error { _, err := nc.SubscribeSync(subject); return err })
				}
			})
			t.Run("asks for nothing else", func(t *testing.T) { asksForNothingElse(t, nc) })
			t.Run("aims at nobody", func(t *testing.T) { aimsAtNobody(t, nc, js, b) })
		})
	}
}

// replaysItsOwn reads as publisher.Subscribe with a durable name does.
func replaysItsOwn(t *testing.T, js jetstream.JetStream) {
	cons, err := js.CreateOrUpdateConsumer(t.Context(), bus.Alerts, jetstream.ConsumerConfig{
		Durable: "samsung-desk", AckPolicy: jetstream.AckExplicitPolicy, FilterSubject: "alerts.samsung-electronics.*.*.*",
	})
	if err != nil {
		t.Fatal(err)
	}
	msg, err := cons.Next(jetstream.FetchMaxWait(patience))
	if err != nil || msg.Subject() != alertSubject {
		t.Fatalf("%v, %v", msg, err)
	}
	if err := msg.DoubleAck(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := js.Consumer(t.Context(), bus.Alerts, "samsung-desk"); err != nil {
		t.Error(err)
	}
}

func asksForNothingElse(t *testing.T, nc *nats.Conn) {
	const api = "$JS.API."
	for _, subject := range []string{
		// What would read or list the stream, whose subjects name every deal.
		api + "STREAM.INFO.ALERTS", api + "STREAM.MSG.GET.ALERTS", api + "DIRECT.GET.ALERTS", api + "DIRECT.GET.ALERTS." + nvidiaSubject,
		api + "STREAM.NAMES", api + "STREAM.LIST", api + "CONSUMER.NAMES.ALERTS", api + "CONSUMER.LIST.ALERTS", api + "STREAM.INFO.OPS",
		// Consumers of another filter, of none, and of another name.
		api + "CONSUMER.CREATE.ALERTS.samsung-desk.alerts.nvidia.>", api + "CONSUMER.CREATE.ALERTS.samsung-desk.alerts.>",
		api + "CONSUMER.CREATE.ALERTS.samsung-desk", api + "CONSUMER.CREATE.ALERTS", api + "CONSUMER.DURABLE.CREATE.ALERTS.samsung-desk",
		api + "CONSUMER.CREATE.ALERTS.nvidia-desk.alerts.samsung-electronics.>", api + "CONSUMER.CREATE.OPS.samsung-desk.ops.>",
		// What is another's.
		api + "CONSUMER.DELETE.ALERTS.nvidia-desk", api + "CONSUMER.INFO.ALERTS.nvidia-desk", api + "CONSUMER.MSG.NEXT.ALERTS.nvidia-desk",
		api + "CONSUMER.PAUSE.ALERTS.nvidia-desk", "$JS.ACK.ALERTS.nvidia-desk.1.1.1.1.1",
		// What destroys, and what forges.
		api + "STREAM.PURGE.ALERTS", api + "STREAM.DELETE.ALERTS", api + "STREAM.MSG.DELETE.ALERTS", api + "STREAM.UPDATE.ALERTS",
		api + "STREAM.CREATE.MINE", alertSubject, nvidiaSubject, "ops.feed.x.broken", "review.samsung-electronics.foundry.rumour.x",
	} {
		violates(t, nc, subject, func() error { return nc.Publish(subject, []byte("{}")) })
	}
	// The subject is permitted, the body asks for another filter.
	request := map[string]any{"stream_name": bus.Alerts, "config": map[string]any{
		"durable_name": "samsung-desk", "ack_policy": "explicit", "filter_subject": "alerts.nvidia.>",
	}}
	data, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := nc.Request(api+"CONSUMER.CREATE.ALERTS.samsung-desk.alerts.samsung-electronics.>", data, patience)
	if err != nil || !strings.Contains(string(answer.Data), `"err_code":10131`) {
		t.Errorf("a body with another filter: %s, %v, want code 10131", answer.Data, err)
	}
}

// aimsAtNobody makes its own consumer deliver elsewhere: the server refuses it, or
// it has no effect on any stream, or on another's inbox.
func aimsAtNobody(t *testing.T, nc *nats.Conn, js jetstream.JetStream, b *bus.Bus) {
	const create = "$JS.API.CONSUMER.CREATE.ALERTS.samsung-desk.alerts.samsung-electronics.>"
	for _, target := range []string{nvidiaSubject + "x", "alerts.samsung-electronics.foundry.rumour.forged", "ops.feed.x.forged", "findings", "$JS.API.STREAM.PURGE.ALERTS"} {
		if err := js.DeleteConsumer(t.Context(), bus.Alerts, "samsung-desk"); err != nil && !errors.Is(err, jetstream.ErrConsumerNotFound) {
			t.Fatal(err)
		}
		body := fmt.Sprintf(`{"stream_name":"ALERTS","config":{"durable_name":"samsung-desk","ack_policy":"none","filter_subject":"alerts.samsung-electronics.>","deliver_subject":%q}}`, target)
		if _, err := nc.Request(create, []byte(body), patience); err != nil {
			t.Fatal(err)
		}
	}
	// One in order, behind them: the server has had its time.
	if err := js.DeleteConsumer(t.Context(), bus.Alerts, "samsung-desk"); err != nil && !errors.Is(err, jetstream.ErrConsumerNotFound) {
		t.Fatal(err)
	}
	replaysItsOwn(t, js)
	wantMessages(t, b.Wire(), bus.Alerts, 2)
	wantMessages(t, b.Wire(), bus.Ops, 0)
	wantMessages(t, b.Core(), bus.Findings, 0)
}

var (
	quietLog = slog.New(slog.DiscardHandler)
	noRetry  = nats.RetryOnFailedConnect(false)
)
