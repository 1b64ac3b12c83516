package app_test

import (
	"context"
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/internal/bus/embed"
	"github.com/chipwire/chipwire/news"
	"github.com/chipwire/chipwire/publisher"
)

// natsCommand runs the stock nats command, without credentials.
func natsCommand(t *testing.T, server string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "nats", append([]string{"--server", server, "--no-context", "--timeout", "2s"}, args...)...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func count(t *testing.T, js jetstream.JetStream, stream string) uint64 {
	t.Helper()
	s, err := js.Stream(t.Context(), stream)
	if err != nil {
		t.Fatal(err)
	}
	return s.CachedInfo().State.Msgs
}

// What a stranger with the stock nats command can do on a running daemon:
// follow and replay the alerts, and nothing else.
func TestStockNatsCommand(t *testing.T) {
	if _, err := exec.LookPath("nats"); err != nil {
		t.Skip("the nats command is not here: go install github.com/nats-io/natscli/nats@v0.5.1")
	}
	p := newPress(t, 1, 1, 1)
	p.hold(true)
	cfg := testConfig(t, p)
	ready, _ := start(t, cfg)
	up := <-ready
	_, core, wire, err := embed.Daemon(cfg.DataDir)
	if err != nil {
		t.Fatal(err)
	}
	inside, outside, err := dial(t, up.NATS, core, wire)
	if err != nil {
		t.Fatal(err)
	}
	const samsung = "alerts.samsung-electronics.>"

	type result struct {
		out string
		err error
	}
	live := make(chan result, 1)
	go func() {
		out, err := natsCommand(t, up.NATS, "sub", samsung, "--count", "1", "--raw")
		live <- result{out, err}
	}()
	waitForInterest(t, inside, outside, p)
	got := <-live
	var a news.Alert
	if err := json.Unmarshal([]byte(lastLine(got.out)), &a); err != nil || a.Company.ID != "samsung-electronics" {
		t.Errorf("nats sub: %v, %v:\n%s", err, got.err, got.out)
	}
	if err := asPublished(t, lastLine(got.out)); err != nil {
		t.Errorf("what nats sub prints is not as the published schema says: %v", err)
	}

	replay, _ := natsCommand(t, up.NATS, "sub", samsung, "--stream", publisher.Stream, "--all", "--count", "1", "--raw")
	if err := json.Unmarshal([]byte(lastLine(replay)), &a); err != nil || a.Company.ID != "samsung-electronics" {
		t.Errorf("replay: %v:\n%s", err, replay)
	}

	alerts, findings := count(t, outside, publisher.Stream), count(t, inside, bus.Findings)
	_, _ = natsCommand(t, up.NATS, "pub", "alerts.samsung-electronics.foundry.agreed.forged", "forged") // the command itself does not say that it was refused
	_, _ = natsCommand(t, up.NATS, "pub", "findings", "forged")
	if out, err := natsCommand(t, up.NATS, "stream", "ls", "--names"); err != nil || strings.Contains(out, bus.Findings) || !strings.Contains(out, publisher.Stream) {
		t.Errorf("stream ls: %v:\n%s", err, out)
	}
	for _, stream := range []string{bus.Items, bus.Articles, bus.Findings, bus.Advisories, "KV_events"} {
		if out, err := natsCommand(t, up.NATS, "stream", "info", stream); err == nil {
			t.Errorf("stream info %s is answered:\n%s", stream, out)
		}
	}
	for _, destructive := range [][]string{
		{"stream", "rm", publisher.Stream, "--force"}, {"stream", "purge", publisher.Stream, "--force"}, {"stream", "rmm", publisher.Stream, "1", "--force"},
	} {
		if out, err := natsCommand(t, up.NATS, destructive...); err == nil {
			t.Errorf("%q is done:\n%s", destructive, out)
		}
	}
	out, err := natsCommand(t, up.NATS, "consumer", "add", publisher.Stream, "aimed", "--target", bus.FindingsSubject, "--deliver", "all", "--ack", "none", "--defaults")
	t.Logf("push consumer aimed at %s: %v: %s", bus.FindingsSubject, err, lastLine(out))
	if _, err := natsCommand(t, up.NATS, "sub", samsung, "--stream", publisher.Stream, "--all", "--count", "1", "--raw"); err != nil {
		t.Errorf("the wire is gone: %v", err)
	}
	if n := count(t, outside, publisher.Stream); n != alerts {
		t.Errorf("%d alerts, want %d as before", n, alerts)
	}
	if n := count(t, inside, bus.Findings); n != findings {
		t.Errorf("%d findings, want %d as before", n, findings)
	}
}

// asPublished holds an alert against docs/schema/alert.v1.json.
func asPublished(t *testing.T, alert string) error {
	t.Helper()
	schema, err := jsonschema.NewCompiler().Compile("../../docs/schema/alert.v1.json")
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(alert))
	if err != nil {
		return err
	}
	return schema.Validate(v)
}

// waitForInterest lets the press go on once the nats command has had time to
// subscribe, and waits for the alert to be stored.
func waitForInterest(t *testing.T, inside, outside jetstream.JetStream, p *press) {
	t.Helper()
	time.Sleep(2 * time.Second) // nothing shows another client's subscription
	p.hold(false)
	deadline := time.Now().Add(30 * time.Second)
	for count(t, outside, publisher.Stream) < 2 {
		if time.Now().After(deadline) {
			t.Fatalf("no alerts in 30 s; %d findings", count(t, inside, bus.Findings))
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func lastLine(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return lines[len(lines)-1]
}
