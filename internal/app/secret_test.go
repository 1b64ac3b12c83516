package app_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/chipwire/chipwire/config"
	"github.com/chipwire/chipwire/internal/app"
	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/publisher"
)

// mark begins every secret of the tests below, so that one search finds them all.
const mark = "swordfish"

// secretive is a configuration with a secret wherever one may stand. Some of its
// feeds work, the others fail each in its own way.
func secretive(t *testing.T, dir string, p *press) string {
	t.Helper()
	token := filepath.Join(dir, "token")
	if err := os.WriteFile(token, []byte(mark+"-file"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("CHIPWIRE_TEST_KEY", mark+"-env")
	with := func(path string) string {
		return strings.Replace(p.URL, "http://", "http://me:"+mark+"-url@", 1) + path
	}
	var y strings.Builder
	fmt.Fprintf(&y, "data_dir: %s\nnats:\n  listen: 127.0.0.1:0\n  max_store: 256MiB\n  users: [{name: desk, password: %s-user}]\nweb: {listen: 127.0.0.1:0}\n", filepath.Join(dir, "data"), mark)
	fmt.Fprint(&y, "fetcher: {min_interval: 1s, host_gap: 0s, host_concurrency: 4, allow_private: true}\nlog: {level: debug}\nfeeds:\n")
	for _, entry := range []string{
		"id: basic, url: '" + with("/feed/0") + "'",
		"id: header, url: '" + p.URL + "/feed/1', headers: {X-Key: " + mark + "-header, X-Env: 'env:CHIPWIRE_TEST_KEY'}",
		"id: query, url: '" + p.URL + "/feed/2?api_key=" + mark + "-query', recover: '" + with("/sitemap?token="+mark+"-recover") + "'",
		"id: gone, url: '" + with("/nowhere?key="+mark+"-query") + "'",
		"id: away, url: 'http://me:" + mark + "-url@127.0.0.1:1/feed', auth: {user: u, password: " + mark + "-password}",
		"id: bearer, url: '" + p.URL + "/nowhere', auth: {bearer_file: " + token + "}",
		"id: nofile, url: '" + p.URL + "/feed/0?x=1', headers: {X-Key: 'env:CHIPWIRE_TEST_NONE'}",
		"id: address, url: 'http://me:" + mark + "-url@169.254.1.1.invalid/feed?password=" + mark + "'",
	} {
		fmt.Fprintf(&y, "  - {%s, every: 1s}\n", entry)
	}
	return y.String()
}

// faulty are files with a secret beside each fault.
var faulty = []string{
	"feeds: [{url: 'ftp://me:swordfish@a.example/'}]",
	"feeds: [{url: 'https://me:swordfish@a.example/?token=swordfish', nmae: a}]",
	"feeds:\n  - url: 'https://me:swordfish@a.example/'\n    every: soon\n    recover: 'gopher://me:swordfish@a.example/'\n",
	"feeds: [{id: a, url: 'https://me:swordfish@a.example/'}, {id: b, url: 'https://me:swordfish@a.example/'}]",
	"feeds: [{url: 'https://a.example/', headers: {X-Key: [swordfish]}}]",
	"feeds: [{url: 'https://a.example/', headers: {'bad name': swordfish}}]",
	"feeds: [{url: 'https://a.example/', auth: {user: u, password: swordfish, bearer_file: x}}]",
	"feeds: [{url: 'https://a.example/', auth: u:swordfish}]",
	"feeds:\n  - url: https://a.example/\n    auth:\n      user: u\n      password:\n        - swordfish\n",
	"feeds: [{url: 'https://a.example/', auth: {user: u, password: \"swordfish",
	"feeds: [{url: 'https://a.example/?key=swordfish",
	"fetcher: {proxy: 'me:swordfish@p:3128'}",
	"fetcher: {proxy: 'http://me:swordfish@p:3128', workers: many}",
	"fetcher:\n  proxy: http://me:swordfish@p:x",
	"nats: {users: [{name: Bad Name, password: swordfish}]}",
	"nats: {users: [{name: a, password: swordfish, password_file: x}]}",
	"nats:\n  url: 'nats://me:swordfish@n.example:4222'\n  replicas: 2\n",
	"nats: {url: 'http://me:swordfish@n.example:4222'}",
	"nats: {core: {user: a, password: swordfish}, listen: here}",
}

// TestNoSecretIsShown runs a daemon with secrets in all places and looks for them in
// its log, its metrics, its health pages, what it tells subscribers and operators, and
// in the faults of files that it refuses.
func TestNoSecretIsShown(t *testing.T) {
	p := newPress(t, 6, 3, 1)
	dir := t.TempDir()
	file := filepath.Join(dir, "chipwire.yaml")
	if err := os.WriteFile(file, []byte(secretive(t, dir, p)), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, text, err := config.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	book := &logbook{}
	up := make(chan app.Ready, 1)
	a, err := app.New(cfg, app.Options{
		Log:     slog.New(slog.NewJSONHandler(book, &slog.HandlerOptions{Level: slog.LevelDebug})),
		OnReady: func(r app.Ready) { up <- r }, File: file, Text: text, Level: &slog.LevelVar{},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	ready := <-up
	alerts := follow(t, ready.NATS)
	for range 12 {
		next(t, alerts)
	}
	shown := map[string]string{"metrics": awaitMetrics(t, ready.Web+"/metrics",
		`chipwire_feeds\{status="ok"\} 3`, `chipwire_feeds\{status="http-404"\} 2`, `chipwire_feeds\{status="refused"\} 1`, `chipwire_feeds\{status="auth"\} 1`)}
	const reloaded = 5 // each takes a second look at the file
	for i, text := range faulty {
		_, err := config.Read(file, []byte(text))
		if i < reloaded {
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err = a.Reload(ctx)
		}
		faults, ok := errors.AsType[config.Faults](err)
		if !ok {
			t.Errorf("not refused: %s", text)
		}
		if strings.Contains(faults.Shown(), mark) {
			t.Errorf("the fault shows the secret:\n%s", faults.Shown())
		}
	}
	for _, page := range []string{"/readyz", "/livez", "/healthz", "/metrics", "/", "/debug/pprof/cmdline"} {
		shown[page] = get(t, ready.Web+page)
	}
	_, wire := inside(t, cfg.DataDir, ready.NATS)
	for _, stream := range []string{publisher.Stream, bus.Ops} {
		shown[stream] = whole(t, wire, stream)
	}
	stop()
	if err := <-done; err != nil {
		t.Errorf("stop: %v", err)
	}
	shown["log"] = book.String()
	for where, text := range shown {
		for line := range strings.Lines(text) {
			if at := strings.Index(line, mark); at >= 0 {
				t.Errorf("%s: a secret is shown: %s", where, line[max(0, at-200):min(len(line), at+50)])
			}
		}
	}
	if n := strings.Count(shown["log"], "fault in the configuration"); n < reloaded {
		t.Errorf("%d faults in the log, of %d files", n, reloaded)
	}
	if shown[bus.Ops] == "" || !strings.Contains(shown["log"], `"feed":"away"`) {
		t.Error("the feeds that fail have left no trace: nothing is shown by that")
	}
}

func get(t *testing.T, address string) string {
	t.Helper()
	resp, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// whole is all that a stream holds, headers and subjects too.
func whole(t *testing.T, js jetstream.JetStream, stream string) string {
	t.Helper()
	s, err := js.Stream(t.Context(), stream)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	deadline := time.Now().Add(30 * time.Second)
	for seq := uint64(1); ; seq++ {
		info, err := s.Info(t.Context())
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("stream %s: %v", stream, err)
		}
		if seq > info.State.LastSeq {
			return b.String()
		}
		msg, err := s.GetMsg(t.Context(), seq)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s %v %s\n", msg.Subject, msg.Header, msg.Data)
	}
}
