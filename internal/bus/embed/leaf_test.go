package embed

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/chipwire/chipwire/internal/bus"
)

// hubConfig is a server elsewhere that copies the alerts: docs/operations.md says how.
const hubConfig = `
jetstream {domain: hub}
leafnodes {listen: "127.0.0.1:-1", authorization {user: leaf, password: l, account: WIRE}}
accounts {
  WIRE {jetstream: enabled, users: [{user: hub, password: h}]}
}
`

// A hub is such a server, which comes back on the ports that it had.
type hub struct {
	*server.Server
	opts *server.Options
	leaf int // its port for leaf nodes
}

func runHub(t *testing.T) *hub {
	t.Helper()
	h := &hub{opts: &server.Options{}}
	if err := h.opts.ProcessConfigString(hubConfig); err != nil {
		t.Fatal(err)
	}
	h.opts.Host, h.opts.Port, h.opts.StoreDir, h.opts.NoSigs, h.opts.NoLog = "127.0.0.1", server.RANDOM_PORT, t.TempDir(), true, true
	h.start(t)
	h.opts.Port = port(t, h.ClientURL())
	t.Cleanup(h.stop)
	return h
}

func (h *hub) start(t *testing.T) {
	t.Helper()
	var err error
	if h.Server, err = server.NewServer(h.opts.Clone()); err != nil {
		t.Fatal(err)
	}
	h.Server.Start()
	if !h.ReadyForConnections(patience) {
		t.Fatal("the hub does not start")
	}
	v, err := h.Varz(nil)
	if err != nil {
		t.Fatal(err)
	}
	h.leaf, h.opts.LeafNode.Port = v.LeafNode.Port, v.LeafNode.Port
}

func (h *hub) stop() {
	h.Shutdown()
	h.WaitForShutdown()
}

func port(t *testing.T, url string) (n int) {
	t.Helper()
	if _, err := fmt.Sscan(url[strings.LastIndex(url, ":")+1:], &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// The server of deploy/nats as a leaf of a hub that copies its alerts: while the hub
// is gone the edge stores on as before, and then the hub has each alert once. Who
// subscribes at the hub hears of what comes meanwhile.
func TestAHubCopiesTheAlerts(t *testing.T) {
	if testing.Short() {
		t.Skip("a hub that comes back asks for its sources again after half a minute")
	}
	t.Parallel()
	const each, parts = 200, 3
	h := runHub(t)
	text, err := os.ReadFile("../../../deploy/nats/server.conf")
	if err != nil {
		t.Fatal(err)
	}
	conf := strings.Replace(string(text), "jetstream {\n", "jetstream {\n  domain: edge\n", 1) +
		fmt.Sprintf("leafnodes {reconnect: \"1s\", remotes: [{url: \"nats-leaf://leaf:l@127.0.0.1:%d\", account: WIRE}]}\n", h.leaf)
	opts := &server.Options{}
	if err := opts.ProcessConfigString(conf); err != nil {
		t.Fatal(err)
	}
	b := connectTo(t, runServer(t, opts), bus.Login{User: "core", Password: "change-me-core"}, bus.Login{User: "wire", Password: "change-me-wire"})

	nc, err := nats.Connect(h.ClientURL(), nats.UserInfo("hub", "h"), nats.MaxReconnects(-1), nats.ReconnectWait(50*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	live, err := nc.SubscribeSync("alerts.>")
	if err != nil {
		t.Fatal(err)
	}
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	copied := jetstream.StreamConfig{Name: bus.Alerts, Sources: []*jetstream.StreamSource{{Name: bus.Alerts, Domain: "edge"}}}
	if _, err := js.CreateStream(t.Context(), copied); err != nil {
		t.Fatal(err)
	}
	longest, stored := time.Duration(0), 0
	publish := func() {
		t.Helper()
		for range each {
			start := time.Now()
			if _, err := b.Wire().Publish(t.Context(), fmt.Sprintf("alerts.nvidia.memory.agreed.e%d", stored), []byte(alertBody)); err != nil {
				t.Fatal(err)
			}
			longest, stored = max(longest, time.Since(start)), stored+1
		}
	}
	publish()
	if msg, err := live.NextMsg(patience); err != nil || msg.Subject != "alerts.nvidia.memory.agreed.e0" {
		t.Errorf("live at the hub: %v, %v", msg, err)
	}
	copiedAll(t, js, each)
	h.stop()
	publish()
	h.start(t)
	publish()
	copiedAll(t, js, each*parts)
	s, err := js.Stream(t.Context(), bus.Alerts)
	if err != nil {
		t.Fatal(err)
	}
	info, err := s.Info(t.Context(), jetstream.WithSubjectFilter("alerts.>"))
	if err != nil {
		t.Fatal(err)
	}
	for subject, n := range info.State.Subjects {
		if n != 1 {
			t.Errorf("%s is there %d times", subject, n)
		}
	}
	if len(info.State.Subjects) != stored {
		t.Errorf("%d alerts at the hub, want %d", len(info.State.Subjects), stored)
	}
	t.Logf("%d alerts, the longest publication took %v", stored, longest)
}

// copiedAll waits until the hub has so many alerts.
func copiedAll(t *testing.T, js jetstream.JetStream, want uint64) {
	t.Helper()
	for deadline := time.Now().Add(3 * patience); ; time.Sleep(20 * time.Millisecond) {
		s, err := js.Stream(t.Context(), bus.Alerts)
		if err == nil && s.CachedInfo().State.Msgs >= want {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the hub has not %d alerts: %+v, %v", want, s.CachedInfo().State, err)
		}
	}
}
