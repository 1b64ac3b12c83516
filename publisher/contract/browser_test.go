package contract

import (
	"bufio"
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/internal/bus/embed"
	"github.com/chipwire/chipwire/news"
	"github.com/chipwire/chipwire/publisher"
)

// page is what stands around the program of docs/subscribing.md: a socket as a
// page has it, which says where it comes from.
const page = `
import WS from "ws";
globalThis.WebSocket = class extends WS {
  constructor(url) { super(url, [], { origin: "https://desk.example" }); }
};
const { follow } = await import("./follow.mjs");
await follow(process.env.SERVER, "samsung-desk", "s", "samsung-electronics", (alert, headers) => {
  console.log(JSON.stringify({ alert, type: headers.get("ce-type"), id: headers.get("ce-id") }));
});
`

// The program for browsers of docs/subscribing.md, with the client from npm, over
// the websocket listener: what it decodes is as the published schema says.
func TestBrowserClient(t *testing.T) {
	if testing.Short() {
		t.Skip("fetches the client from npm")
	}
	t.Parallel()
	dir := browser(t)
	quiet := slog.New(slog.DiscardHandler)
	s, err := embed.Start(embed.Options{
		DataDir: t.TempDir(), Listen: "127.0.0.1:0", MaxStore: bus.MinStore,
		Users:     []bus.User{{Name: "samsung-desk", Password: "s", Companies: []news.CompanyID{"samsung-electronics"}}},
		WebSocket: bus.WebSocket{Listen: "127.0.0.1:0", Origins: []string{"https://desk.example"}},
	}, quiet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
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
	pub, err := publisher.New(t.Context(), b.Wire())
	if err != nil {
		t.Fatal(err)
	}

	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	cmd := exec.CommandContext(ctx, "node", "page.mjs")
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	cmd.Env = append(os.Environ(), "SERVER="+s.WebSocketURL())
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		stop()
		_ = cmd.Wait() // it was ended
	}()
	lines := make(chan string, 1)
	go func() { // ends with the command
		if in := bufio.NewScanner(out); in.Scan() {
			lines <- in.Text()
		}
	}()
	line := tellUntilHeard(ctx, t, pub, lines)
	var heard struct {
		Alert    json.RawMessage `json:"alert"`
		Type, ID string
	}
	if err := json.Unmarshal([]byte(line), &heard); err != nil {
		t.Fatalf("%v in %q", err, line)
	}
	if err := alertSchema(t).Validate(parse(t, heard.Alert)); err != nil {
		t.Error(err)
	}
	var a news.Alert
	if err := json.Unmarshal(heard.Alert, &a); err != nil || a.Company.Name != "삼성전자" || heard.ID != a.ID || heard.Type != publisher.Type {
		t.Errorf("%v: heard %s", err, line)
	}
}

// tellUntilHeard publishes an alert of another event every moment, since nothing
// shows when a page has subscribed, and returns what the page said first.
func tellUntilHeard(ctx context.Context, t *testing.T, pub *publisher.Publisher, lines <-chan string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "v1", "full.json"))
	if err != nil {
		t.Fatal(err)
	}
	var a news.Alert
	if err := json.Unmarshal(data, &a); err != nil {
		t.Fatal(err)
	}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case line := <-lines:
			return line
		case <-ctx.Done():
			t.Fatal("the page heard nothing")
		case <-tick.C:
		}
		a.Event = "e" + string(rune('a'+n/26%26)) + string(rune('a'+n%26))
		a.ID = news.AlertID(a.Event, a.Company.ID, a.Stage)
		if _, err := pub.Publish(ctx, a, false); err != nil {
			t.Fatal(err)
		}
	}
}

// browser is a folder with the page, its program and the client; the test is left
// out where node or the client are not to be had.
func browser(t *testing.T) string {
	t.Helper()
	for _, tool := range []string{"node", "npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("no %s here: the browser client is not tested", tool)
		}
	}
	docs, err := os.ReadFile(filepath.Join("..", "..", "docs", "subscribing.md"))
	if err != nil {
		t.Fatal(err)
	}
	program := regexp.MustCompile("(?s)```js\n(.*?)```").FindSubmatch(docs)
	if program == nil {
		t.Fatal("docs/subscribing.md has no program for browsers")
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"page.mjs": page, "follow.mjs": string(program[1]), "package.json": "{}"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	install := exec.CommandContext(ctx, "npm", "install", "--no-audit", "--no-fund", "--loglevel=error", "@nats-io/nats-core@3.4.0", "ws@8.23.0")
	install.Dir = dir
	if out, err := install.CombinedOutput(); err != nil {
		t.Skipf("the browser client is not to be had, so it is not tested: %v: %s", err, out)
	}
	return dir
}
