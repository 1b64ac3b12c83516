package app_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/publisher"
)

var (
	awayFor     = flag.Duration("away", 9*time.Second, "how long TestServerAway stops the server")
	leaderKills = flag.Int("leader-kills", 2, "how often TestLeaderKilled kills the leader of the cluster")
)

// onServers is the part of a configuration that points at servers of one's own.
func onServers(replicas int, servers ...*natsServer) string {
	return fmt.Sprintf("{url: %q, core: {user: core, password: c}, wire: {user: wire, password: w}, replicas: %d}", address(servers...), replicas)
}

// await waits until every story is told and nothing waits any more.
func (d *daemon) await(p *press, core, wire jetstream.JetStream, want map[string]bool) {
	d.t.Helper()
	deadline := time.Now().Add(3 * time.Minute)
	for {
		rest, err := idle(d.t.Context(), core)
		if err == nil && rest && p.printed() && stored(d.t.Context(), wire) >= uint64(len(want)) {
			break
		}
		if time.Now().After(deadline) {
			d.t.Errorf("not done in time: idle %v, %v; the daemon says:\n%s", rest, err, d.log.String())
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	compare(d.t, wired(d.t, wire), want)
}

// stored is how many alerts there are, 0 where the server does not say.
func stored(ctx context.Context, wire jetstream.JetStream) uint64 {
	s, err := wire.Stream(ctx, publisher.Stream)
	if err != nil {
		return 0
	}
	return s.CachedInfo().State.Msgs
}

// resident is the memory that the daemon holds, in MB; 0 where the system does not
// say.
func (d *daemon) resident() int {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", d.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, _ := strconv.Atoi(strings.Fields(rest)[0])
			return kb >> 10
		}
	}
	return 0
}

// The operator's server is stopped under load, while the papers go on printing, and
// started again: nothing is lost, nothing is told twice, and the daemon does not
// grow by what it cannot hand over. As long as the issue of it may be:
//
//	go test ./internal/app -run TestServerAway -away 10m -timeout 20m -v
func TestServerAway(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for reconnects")
	}
	t.Parallel()
	const stories = 100
	p := newPress(t, stories, 10, 1)
	want := p.alerts(t, newClassifier(t))
	s := newServers(t, 1)[0]
	s.start()
	d := buildDaemon(t, p, onServers(1, s))
	d.start()
	waitServed(t, p, stories/3)
	before := d.resident()
	s.stop()
	var away []int
	for end := time.Now().Add(*awayFor); time.Now().Before(end); {
		p.print() // whether anybody polls or not
		time.Sleep(min(*awayFor/20, 5*time.Second))
		away = append(away, d.resident())
	}
	s.start()
	core, wire, err := dialPatiently(t, address(s))
	if err != nil {
		t.Fatal(err)
	}
	d.await(p, core, wire, want)
	after := d.resident()
	t.Logf("away for %v; resident MB before %d, while away %d at first, %d at most, %d at last, %d after", *awayFor, before, away[0], slices.Max(away), away[len(away)-1], after)
	if most := max(slices.Max(away), after); before > 0 && most > before+before/2 {
		t.Errorf("the daemon has grown from %d to %d MB", before, most)
	}
}

// The leader of the alerts, and then that of the findings, is killed under load, and
// started again each time: no alert is lost, and none is stored twice. At length:
//
//	go test ./internal/app -run TestLeaderKilled -leader-kills 12 -timeout 20m -v
func TestLeaderKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for elections")
	}
	t.Parallel()
	const stories = 60
	p := newPress(t, stories, 6, 1)
	want := p.alerts(t, newClassifier(t))
	servers := newServers(t, 3)
	for _, s := range servers {
		s.start()
	}
	d := buildDaemon(t, p, onServers(3, servers...))
	d.start()
	core, wire, err := dialPatiently(t, address(servers...))
	if err != nil {
		t.Fatal(err)
	}
	for kill := range *leaderKills {
		waitServed(t, p, (kill+1)*stories/(*leaderKills+1))
		js, stream := wire, bus.Alerts
		if kill%2 == 1 {
			js, stream = core, bus.Findings
		}
		name := leader(t, js, stream)
		s := servers[slices.IndexFunc(servers, func(s *natsServer) bool { return s.name == name })]
		t.Logf("kill %s, which leads %s, at page %d", name, stream, p.served())
		s.kill()
		s.start()
	}
	d.await(p, core, wire, want)
}

// leader waits until every copy of the stream is there, and returns the name of the
// server that leads it: with two of three gone nobody could.
func leader(t *testing.T, js jetstream.JetStream, stream string) string {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		s, err := js.Stream(t.Context(), stream)
		if err == nil {
			c := s.CachedInfo().Cluster
			current := func(p *jetstream.PeerInfo) bool { return p.Current && !p.Offline }
			if c != nil && c.Leader != "" && len(c.Replicas) == 2 && current(c.Replicas[0]) && current(c.Replicas[1]) {
				return c.Leader
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s has no leader with two copies beside it: %v", stream, err)
		}
	}
}

// dialPatiently connects to both accounts as soon as a server answers.
func dialPatiently(t *testing.T, url string) (core, wire jetstream.JetStream, err error) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if core, wire, err = dial(t, url, coreLogin, wireLogin); err == nil || time.Now().After(deadline) {
			return core, wire, err
		}
	}
}
