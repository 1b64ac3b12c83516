package deploy

import (
	"fmt"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/chipwire/chipwire/config"
	"github.com/chipwire/chipwire/internal/bus"
)

// TestComposeCluster starts three servers on the file that compose.yaml gives them,
// and makes chipwire's streams there with three copies each.
func TestComposeCluster(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: starts three servers")
	}
	for name, value := range map[string]string{"CORE_PASSWORD": "c0re", "WIRE_PASSWORD": "w1re", "READER_PASSWORD": "r3ader", "ROUTE_PASSWORD": "r0ute"} {
		t.Setenv(name, value)
	}
	ports := freePorts(t, 3)
	var servers []*server.Server
	for i := range 3 {
		var routes []string
		for j := range 3 {
			if j != i {
				routes = append(routes, fmt.Sprintf("%q", fmt.Sprintf("nats://route:r0ute@127.0.0.1:%d", ports[j])))
			}
		}
		t.Setenv("SERVER_NAME", fmt.Sprint("nats-", i+1))
		t.Setenv("ROUTES", "["+strings.Join(routes, ", ")+"]")
		opts, err := server.ProcessConfigFile("container/nats.conf")
		if err != nil {
			t.Fatal(err)
		}
		if opts.ServerName != fmt.Sprint("nats-", i+1) || len(opts.Routes) != 2 || !opts.SyncAlways || opts.Cluster.Password != "r0ute" {
			t.Fatalf("server %s, %d routes, sync %v", opts.ServerName, len(opts.Routes), opts.SyncAlways)
		}
		// Three of them on one machine, and of a size that it has.
		opts.Host, opts.Port, opts.HTTPPort, opts.NoSigs = "127.0.0.1", server.RANDOM_PORT, 0, true
		opts.Cluster.Host, opts.Cluster.Port, opts.StoreDir, opts.JetStreamMaxStore = "127.0.0.1", ports[i], t.TempDir(), 1<<30
		s, err := server.NewServer(opts)
		if err != nil {
			t.Fatal(err)
		}
		s.Start()
		t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
		servers = append(servers, s)
	}
	cfg, err := config.Load("container/chipwire.yaml")
	if err != nil {
		t.Fatal(err)
	}
	quiet := slog.New(slog.DiscardHandler)
	url := servers[0].ClientURL()
	coreConn, err := bus.Connect(url, "core", bus.Login{User: cfg.NATS.Core.User, Password: "c0re"}, quiet)
	if err != nil {
		t.Fatal(err)
	}
	wireConn, err := bus.Connect(url, "wire", bus.Login{User: cfg.NATS.Wire.User, Password: "w1re"}, quiet, nats.CustomInboxPrefix(bus.DaemonInbox))
	if err != nil {
		t.Fatal(err)
	}
	b, err := bus.New(coreConn, wireConn, quiet)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	for deadline := time.Now().Add(time.Minute); ; { // until they have chosen who leads
		if err = b.Setup(t.Context(), bus.Layout{Store: 1 << 30, Replicas: cfg.NATS.Replicas}); err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
		time.Sleep(100 * time.Millisecond)
	}
	alerts, err := b.Wire().Stream(t.Context(), bus.Alerts)
	if err != nil {
		t.Fatal(err)
	}
	if info := alerts.CachedInfo(); info.Config.Replicas != 3 || info.Cluster == nil || len(info.Cluster.Replicas) != 2 {
		t.Errorf("stream %s has %d copies", bus.Alerts, info.Config.Replicas)
	}
	reader, err := nats.Connect(url, nats.UserInfo("reader", "r3ader"))
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	denied := make(chan error, 1)
	reader.SetErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
		select {
		case denied <- err:
		default:
		}
	})
	if err := reader.Publish("alerts.a.foundry.talks.b", []byte("x")); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-denied:
		if !strings.Contains(strings.ToLower(err.Error()), "permissions violation") {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("a reader may publish alerts")
	}
	if _, err := nats.Connect(url, nats.UserInfo("core", "wrong")); err == nil {
		t.Error("a wrong password is let in")
	}
}

func freePorts(t *testing.T, n int) []int {
	t.Helper()
	var ports []int
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close() // all are held until the last is found
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports
}
