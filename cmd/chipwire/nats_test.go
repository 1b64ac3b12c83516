package main

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/internal/bus/embed"
	"github.com/chipwire/chipwire/news"
	"github.com/chipwire/chipwire/publisher"
)

// The contexts that the command writes are those of the reader, and of a user of
// one company: sub and the stock nats command read with them, and no further.
func TestNATSContext(t *testing.T) {
	noNATS(t)
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, []byte("s3cret \"$x\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	conf := filepath.Join(dir, "chipwire.yaml")
	text := "data_dir: " + dir + "\nnats:\n  users:\n    - {name: nvidia-desk, password_file: " + secret + ", companies: [nvidia]}\nfeeds: []\n"
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := loadConfig(conf)
	if err != nil {
		t.Fatal(err)
	}
	quiet := slog.New(slog.DiscardHandler)
	s, err := embed.Start(embed.Options{DataDir: dir, Listen: "127.0.0.1:0", MaxStore: bus.MinStore, Users: cfg.NATS.Users}, quiet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	publishTwo(t, s)

	const nvidia, amd = "e.nvidia.rumour", "e.amd.rumour"
	context := func(args ...string) (int, string) {
		var out, notes bytes.Buffer
		code := run(append([]string{"nats", "context", "-c", conf}, args...), strings.NewReader(""), &out, &notes)
		return code, out.String() + notes.String()
	}
	if code, out := context("--select"); code != exitGood {
		t.Fatalf("exit code %d: %s", code, out)
	}
	if code, out := context("nv", "--user", "nvidia-desk"); code != exitGood {
		t.Fatalf("exit code %d: %s", code, out)
	}
	file := filepath.Join(os.Getenv("XDG_CONFIG_HOME"), "nats", "context", "nv.json")
	if st, err := os.Stat(file); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("mode of %s: %v, %v", file, st, err)
	}
	if got := sub(t, amd, "--since", "1h"); !slices.Equal(got, []string{nvidia, amd}) { // the selected one
		t.Errorf("the reader got %v", got)
	}
	if got := sub(t, nvidia, "nvidia", "--context", "nv", "--durable", "nvidia-desk", "--since", "1h"); !slices.Equal(got, []string{nvidia}) {
		t.Errorf("the user got %v", got)
	}
	var out, notes bytes.Buffer
	if code := run([]string{"sub", "amd", "--context", "nv", "--durable", "nvidia-desk"}, strings.NewReader(""), &out, &notes); code != exitFailed || !strings.Contains(notes.String(), "Permissions Violation") {
		t.Errorf("another company: exit code %d, %s", code, notes.String())
	}
	stockNATS(t, nvidia)

	for _, tt := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"an unknown user", []string{"--user", "nobody"}, exitUsage, `no user "nobody"`},
		{"a bad name", []string{"../x"}, exitUsage, "want a name"},
		{"another's context", []string{"theirs"}, exitFailed, "is not of this command"},
		{"once more", nil, exitGood, "chipwire.json"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := os.WriteFile(filepath.Join(filepath.Dir(file), "theirs.json"), []byte(`{"url":"nats://x:1"}`), 0o600); err != nil {
				t.Fatal(err)
			}
			if code, out := context(tt.args...); code != tt.code || !strings.Contains(out, tt.want) {
				t.Errorf("exit code %d, %q; want %d, %q", code, out, tt.code, tt.want)
			}
		})
	}
}

// publishTwo puts an alert of NVIDIA and one of AMD on the wire.
func publishTwo(t *testing.T, s *embed.Server) {
	t.Helper()
	quiet := slog.New(slog.DiscardHandler)
	core, wire, err := s.Connect(quiet)
	if err != nil {
		t.Fatal(err)
	}
	b, err := bus.New(core, wire, quiet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	if err := b.Setup(t.Context(), bus.Layout{Store: s.Store()}); err != nil {
		t.Fatal(err)
	}
	p, err := publisher.New(t.Context(), b.Wire())
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []news.CompanyID{"nvidia", "amd"} {
		a := news.Alert{
			Version: news.AlertVersion, ID: news.AlertID("e", id, news.Rumour), Event: "e",
			Company: news.Company{ID: id}, Kind: news.Memory, Stage: news.Rumour, Reason: news.First,
		}
		if _, err := p.Publish(t.Context(), a, false); err != nil {
			t.Fatal(err)
		}
	}
}

// stockNATS reads with the nats command and the two contexts, where it is here.
func stockNATS(t *testing.T, nvidia string) {
	t.Helper()
	if _, err := exec.LookPath("nats"); err != nil {
		t.Log("the nats command is not here: its part is left out")
		return
	}
	for _, args := range [][]string{
		{"sub", "alerts.nvidia.>", "--stream", "ALERTS", "--all", "--count", "1", "--raw"}, // the selected context
		{"--context", "nv", "consumer", "next", "ALERTS", "nvidia-desk", "--raw", "--no-ack"},
	} {
		if args[0] == "--context" { // its place is behind the alert: ask from the beginning
			del := exec.CommandContext(t.Context(), "nats", "--context", "nv", "request", "--timeout", "5s",
				"$JS.API.CONSUMER.DELETE.ALERTS.nvidia-desk", "")
			if out, err := del.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			again := exec.CommandContext(t.Context(), "nats", "--context", "nv", "request", "--timeout", "5s",
				"$JS.API.CONSUMER.CREATE.ALERTS.nvidia-desk.alerts.nvidia.>",
				`{"stream_name":"ALERTS","config":{"durable_name":"nvidia-desk","ack_policy":"explicit","filter_subject":"alerts.nvidia.>"}}`)
			if out, err := again.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
		}
		out, err := exec.CommandContext(t.Context(), "nats", args...).Output()
		var a news.Alert
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		if e := json.Unmarshal([]byte(lines[len(lines)-1]), &a); e != nil || a.ID != nvidia {
			t.Errorf("nats %q: %v, %v:\n%s", args, err, e, out)
		}
	}
}
