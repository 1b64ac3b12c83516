package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/internal/bus/embed"
	"github.com/chipwire/chipwire/news"
	"github.com/chipwire/chipwire/publisher"
)

// patience is how long a test waits for what must come: longer than any busy
// machine takes, shorter than the limit of go test.
const patience = time.Minute

// noNATS hides where the machine's own NATS is.
func noNATS(t *testing.T) {
	t.Helper()
	for _, key := range []string{"NATS_URL", "NATS_CREDS", "NATS_CONTEXT", "NATS_USER", "NATS_PASSWORD", "NATS_TOKEN", "NATS_NKEY", "NATS_CA", "NATS_CERT", "NATS_KEY"} {
		t.Setenv(key, "")
	}
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
}

func TestResolve(t *testing.T) {
	const file = `{"url":"nats://context:1","user":"cu","password":"cp","creds":"c.creds","nkey":"n.nk","ca":"ca.pem","cert":"c.pem","key":"k.pem"}`
	inContext := natsContext{
		URL: "nats://context:1", User: "cu", Password: "cp", Creds: "c.creds", NKey: "n.nk", CA: "ca.pem", Cert: "c.pem", Key: "k.pem",
	}
	with := func(c natsContext, change func(*natsContext)) natsContext { change(&c); return c }
	for _, tt := range []struct {
		name  string
		flags natsFlags
		env   map[string]string
		want  natsContext
	}{
		{"nothing said", natsFlags{}, nil, natsContext{URL: "nats://127.0.0.1:4222"}},
		{"a context by flag", natsFlags{context: "one"}, nil, inContext},
		{"a context by variable", natsFlags{}, map[string]string{"NATS_CONTEXT": "one"}, inContext},
		{"the flag's context first", natsFlags{context: "two"}, map[string]string{"NATS_CONTEXT": "one"}, natsContext{URL: "nats://two:2", Creds: "/home/me/a.creds", InboxPrefix: "_I"}},
		{
			"variables beat the context, and its credentials go",
			natsFlags{context: "one"},
			map[string]string{"NATS_URL": "nats://env:3", "NATS_CREDS": "e.creds", "NATS_USER": "eu", "NATS_PASSWORD": "ep", "NATS_CA": "e.pem"},
			with(inContext, func(c *natsContext) {
				c.URL, c.Creds, c.User, c.Password, c.CA, c.NKey = "nats://env:3", "e.creds", "eu", "ep", "e.pem", ""
			}),
		},
		{
			"flags beat variables",
			natsFlags{server: "nats://flag:4", creds: "f.creds", inboxPrefix: "_F"},
			map[string]string{"NATS_URL": "nats://env:3", "NATS_CREDS": "e.creds"},
			natsContext{URL: "nats://flag:4", Creds: "f.creds", InboxPrefix: "_F"},
		},
		{
			"flags beat the context",
			natsFlags{server: "nats://flag:4", creds: "f.creds", context: "one"},
			nil,
			with(inContext, func(c *natsContext) {
				c.URL, c.Creds, c.User, c.Password, c.NKey = "nats://flag:4", "f.creds", "", "", ""
			}),
		},
		{"a user without a password is a token", natsFlags{user: "t"}, nil, natsContext{URL: defaultServer, Token: "t"}},
		{"the daemon of the configuration", natsFlags{fallback: "nats://conf:5"}, nil, natsContext{URL: "nats://conf:5"}},
		{"the home folder", natsFlags{context: "two"}, nil, natsContext{URL: "nats://two:2", Creds: "/home/me/a.creds", InboxPrefix: "_I"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			noNATS(t)
			t.Setenv("HOME", "/home/me")
			dir := filepath.Join(os.Getenv("XDG_CONFIG_HOME"), "nats", "context")
			if err := os.MkdirAll(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			for name, text := range map[string]string{"one": file, "two": `{"url":"nats://two:2","creds":"~/a.creds","inbox_prefix":"_I"}`} {
				if err := os.WriteFile(filepath.Join(dir, name+".json"), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			for key, value := range tt.env {
				t.Setenv(key, value)
			}
			got, err := tt.flags.resolve()
			if err != nil || got != tt.want {
				t.Errorf("%+v, %v, want %+v", got, err, tt.want)
			}
		})
	}
}

// The context that was chosen with the nats command counts where none is named,
// unless it is gone.
func TestSelectedContext(t *testing.T) {
	noNATS(t)
	dir := filepath.Join(os.Getenv("XDG_CONFIG_HOME"), "nats")
	if err := os.MkdirAll(filepath.Join(dir, "context"), 0o700); err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("context.txt", "chosen\n")
	if got, err := (natsFlags{}).resolve(); err != nil || got.URL != defaultServer {
		t.Errorf("a context that is gone: %+v, %v", got, err)
	}
	write("context/chosen.json", `{"url":"nats://chosen:6","token":"t"}`)
	if got, err := (natsFlags{}).resolve(); err != nil || got != (natsContext{URL: "nats://chosen:6", Token: "t"}) {
		t.Errorf("%+v, %v", got, err)
	}
	write("context/chosen.json", `{"url":"nats://chosen:6","creds":"op://vault/creds"}`)
	c, err := (natsFlags{}).resolve()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.options(); err == nil || !strings.Contains(err.Error(), "for the nats command alone") {
		t.Errorf("a secret that only the nats command reads: %v", err)
	}
}

// newWire starts a server with the streams, or without them, and returns it
// with a publisher.
func newWire(t *testing.T, setup bool) (string, *publisher.Publisher) {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	s, err := embed.Start(embed.Options{DataDir: t.TempDir(), Listen: "127.0.0.1:0", MaxStore: bus.MinStore}, log)
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
	if !setup {
		return s.URL(), nil
	}
	if err := b.Setup(t.Context(), bus.Layout{Store: s.Store()}); err != nil {
		t.Fatal(err)
	}
	p, err := publisher.New(t.Context(), b.Wire())
	if err != nil {
		t.Fatal(err)
	}
	return s.URL(), p
}

// sub runs the command, reads alerts until the one with the id last, and
// returns the ids in their order.
func sub(t *testing.T, last string, args ...string) []string {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	out, in := io.Pipe()
	root := newRoot()
	root.SetArgs(append([]string{"sub"}, args...))
	root.SetOut(in)
	root.SetErr(io.Discard)
	done := make(chan error, 1)
	go func() {
		err := root.ExecuteContext(ctx)
		_ = in.CloseWithError(err)
		done <- err
	}()
	var ids []string
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		var a news.Alert
		if err := json.Unmarshal(lines.Bytes(), &a); err != nil || a.Version != news.AlertVersion {
			t.Fatalf("%q is no alert: %v", lines.Text(), err)
		}
		if ids = append(ids, a.ID); a.ID == last {
			break
		}
	}
	stop()
	if err := lines.Err(); err != nil {
		t.Errorf("after %v: %v", ids, err)
	}
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
	return ids
}

func TestSubChooses(t *testing.T) {
	noNATS(t)
	url, p := newWire(t, true)
	alert := func(event string, kind news.Kind, stage news.Stage, company, other news.CompanyID) news.Alert {
		return news.Alert{
			Version: news.AlertVersion, ID: news.AlertID(event, company, stage), Event: event, Company: news.Company{ID: company},
			Parties: []news.Party{{ID: company, Side: news.Peer}, {ID: other, Side: news.Peer}}, Kind: kind, Stage: stage, Reason: news.First,
		}
	}
	for _, a := range []news.Alert{
		alert("e1", news.Foundry, news.Rumour, "samsung-electronics", "meta"),
		alert("e2", news.Memory, news.Rumour, "samsung-electronics", "nvidia"),
		alert("e2", news.Memory, news.Rumour, "nvidia", "samsung-electronics"),
		alert("e3", news.Memory, news.Agreed, "sk-hynix", "nvidia"),
		alert("end", news.Memory, news.Agreed, "samsung-electronics", "nvidia"), // every choice below takes it
	} {
		if _, err := p.Publish(t.Context(), a, false); err != nil {
			t.Fatal(err)
		}
	}
	reviewed := alert("e4", news.Memory, news.Agreed, "samsung-electronics", "nvidia")
	if _, err := p.Publish(t.Context(), reviewed, true); err != nil {
		t.Fatal(err)
	}
	const last = "end.samsung-electronics.agreed"
	for _, tt := range []struct {
		name, args, last string
		want             []string
	}{
		{"all", "", last, []string{"e1.samsung-electronics.rumour", "e2.samsung-electronics.rumour", "e2.nvidia.rumour", "e3.sk-hynix.agreed", last}},
		{"a company by name", "삼성전자", last, []string{"e1.samsung-electronics.rumour", "e2.samsung-electronics.rumour", last}},
		{"two companies", "samsung-electronics nvidia", last, []string{"e1.samsung-electronics.rumour", "e2.samsung-electronics.rumour", "e2.nvidia.rumour", last}},
		{"a kind", "--kind memory", last, []string{"e2.samsung-electronics.rumour", "e2.nvidia.rumour", "e3.sk-hynix.agreed", last}},
		{"a stage", "--stage agreed,denied", last, []string{"e3.sk-hynix.agreed", last}},
		{"with", "samsung-electronics --with nvidia", last, []string{"e2.samsung-electronics.rumour", last}},
		{"all at once", "samsung-electronics --kind memory --stage agreed --with nvidia", last, []string{last}},
		{"the review band", "--review", reviewed.ID, []string{reviewed.ID}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := sub(t, tt.last, append([]string{"--server", url, "--since", "1h"}, strings.Fields(tt.args)...)...)
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestSubOnAServerWithoutAlerts(t *testing.T) {
	noNATS(t)
	url, _ := newWire(t, false)
	var out, notes bytes.Buffer
	code := run([]string{"sub", "--server", url}, strings.NewReader(""), &out, &notes)
	if code != exitUnavailable || !strings.Contains(notes.String(), "the server has no stream of alerts; is it chipwire's?") || out.Len() > 0 {
		t.Errorf("exit code %d, %q, %q", code, out.String(), notes.String())
	}
}
