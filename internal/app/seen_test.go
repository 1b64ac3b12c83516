package app_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chipwire/chipwire/fetcher"
	"github.com/chipwire/chipwire/fetcher/client"
	"github.com/chipwire/chipwire/internal/app"
)

// A logbook keeps what is logged, from all goroutines.
type logbook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements [io.Writer].
func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// keysOf reads the keys of a line in their order, with those that are there twice.
func keysOf(line string) (keys []string, err error) {
	d := json.NewDecoder(strings.NewReader(line))
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		keys = append(keys, key.(string))
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// logKeys are all keys of log lines, as docs/operations.md lists them; a test of
// internal/house holds the source to the same list.
func logKeys(t *testing.T) []string {
	t.Helper()
	page, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(page), "<!-- log keys -->")
	table, _, _ = strings.Cut(table, "<!-- end of log keys -->")
	var keys []string
	for row := range strings.Lines(table) {
		names, _, _ := strings.Cut(strings.TrimPrefix(row, "|"), "|")
		for _, m := range regexp.MustCompile("`([a-z_]+)`").FindAllStringSubmatch(names, -1) {
			keys = append(keys, m[1])
		}
	}
	return keys
}

// TestWhatADaemonShows runs a whole daemon whose feeds, some of them broken, need
// secrets, and looks at its metrics and at all that it has logged.
func TestWhatADaemonShows(t *testing.T) {
	const inURL, inHeader, inFile = "swordfish-url", "swordfish-header", "swordfish-file"
	p := newPress(t, 2, 2, 1)
	cfg := testConfig(t, p)
	cfg.Web.Listen = "127.0.0.1:0"
	withUser, err := url.Parse(p.URL + "/nowhere")
	if err != nil {
		t.Fatal(err)
	}
	withUser.User = url.UserPassword("me", inURL)
	secret := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(secret, []byte(inFile), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg.Feeds[0].Headers = fetcher.Headers{"X-Key": inHeader}
	cfg.Feeds = append(cfg.Feeds,
		fetcher.Source{ID: "no-such-page", URL: withUser.String(), Every: time.Second},
		fetcher.Source{ID: "nobody-there", URL: "http://127.0.0.1:1/feed", Every: time.Second, Auth: client.Auth{BearerFile: secret}},
	)
	book := &logbook{}
	up := make(chan app.Ready, 1)
	a, err := app.New(cfg, app.Options{
		Log:     slog.New(slog.NewJSONHandler(book, &slog.HandlerOptions{Level: slog.LevelDebug})),
		OnReady: func(r app.Ready) { up <- r }, Version: "v1.2.3",
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	ready := <-up
	alerts := follow(t, ready.NATS)
	for range 4 {
		next(t, alerts)
	}
	metrics := awaitMetrics(t, ready.Web+"/metrics",
		`chipwire_build_info\{goversion="go[^"]+",version="v1.2.3"\} 1`,
		`chipwire_polls_total\{status="ok"\} [1-9]`, `chipwire_polls_total\{status="http-404"\} [1-9]`, `chipwire_polls_total\{status="refused"\} [1-9]`,
		`chipwire_feeds\{status="ok"\} 2`, `chipwire_feeds\{status="http-404"\} 1`, `chipwire_feeds\{status="refused"\} 1`,
		`chipwire_items_total\{taken_for="news"\} 2`, `chipwire_articles_total\{body="page"\} 2`, `chipwire_verdicts_total\{flagged="true"\} 2`,
		`chipwire_findings_total\{band="alerts",kind="development"\} 2`, `chipwire_events_total\{kind="development"\} 2`,
		`chipwire_decisions_total\{reason="first"\} 2`, `chipwire_alerts_total\{band="alerts",reason="first"\} 4`,
		`chipwire_alert_delay_seconds_count 4`, `chipwire_poll_lag_seconds_count [1-9]`, `chipwire_verdict_duration_seconds_count 2`,
		`chipwire_config_reloads_total\{result="refused"\} 0`, `chipwire_config_refused 0`, `chipwire_config_loaded_timestamp_seconds 1`, `chipwire_partitions_held 16`, `chipwire_desk_held 1`, `chipwire_nats_connected 1`,
		`chipwire_queue_waiting_messages\{consumer="classify",stream="ARTICLES"\} 0`, `process_resident_memory_bytes [1-9]`, `go_goroutines [1-9]`,
	)
	stop()
	if err := <-done; err != nil {
		t.Errorf("stop: %v", err)
	}
	for _, s := range []string{inURL, inHeader, inFile} {
		if strings.Contains(book.String(), s) || strings.Contains(metrics, s) {
			t.Errorf("the secret %s is shown", s)
		}
	}
	checkLog(t, book.String(), filepath.Join(cfg.DataDir, "creds"))
}

// awaitMetrics reads the metrics until every pattern is a line of them.
func awaitMetrics(t *testing.T, address string, patterns ...string) string {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		resp, err := http.Get(address)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%d %v", resp.StatusCode, err)
		}
		missing := ""
		for _, p := range patterns {
			if !regexp.MustCompile("(?m)^" + p).Match(body) {
				missing = p
				break
			}
		}
		if missing == "" {
			return string(body)
		}
		if time.Now().After(deadline) {
			t.Fatalf("no line %s in\n%s", missing, body)
		}
	}
}

// checkLog holds that lines have known keys, and none of the daemon's own secrets.
func checkLog(t *testing.T, book, creds string) {
	t.Helper()
	for _, name := range []string{"daemon.json", "reader.json"} {
		data, err := os.ReadFile(filepath.Join(creds, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`"password":\s*"([^"]+)"`).FindAllSubmatch(data, -1) {
			if strings.Contains(book, string(m[1])) {
				t.Errorf("a password of %s is logged", name)
			}
		}
	}
	known, lines, odd := logKeys(t), 0, map[string]bool{}
	for s := bufio.NewScanner(strings.NewReader(book)); s.Scan(); lines++ {
		keys, err := keysOf(s.Text())
		if err != nil {
			t.Fatalf("%s: %v", s.Text(), err)
		}
		for i, key := range keys {
			if !slices.Contains(known, key) && !odd[key] {
				odd[key] = true
				t.Errorf("key %q is not one of the log's: use the name that it has elsewhere, or enter it in docs/operations.md: %s", key, s.Text())
			}
			if slices.Contains(keys[:i], key) {
				t.Errorf("key %q is there twice: %s", key, s.Text())
			}
		}
	}
	if lines < 10 {
		t.Errorf("only %d lines were logged", lines)
	}
}
