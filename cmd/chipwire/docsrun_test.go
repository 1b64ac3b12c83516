package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/chipwire/chipwire/internal/demo"
)

// notRun are the documented lines that cannot be run here, each with what holds it
// instead. A line with a call of chipwire is not among them without need.
var notRun = map[string]string{
	"go test ./...": ".ci/run begins with it",
	"go install github.com/chipwire/chipwire/cmd/chipwire@latest":                "wants the published module",
	"go tool pprof http://127.0.0.1:8080/debug/pprof/heap":                       "waits for a person; internal/web tests the page",
	"install -m 755 chipwire /usr/bin/chipwire":                                  "deploy: TestUnit",
	"install -D -m 644 deploy/chipwire.example.yaml /etc/chipwire/chipwire.yaml": "deploy: TestFromScratch reads it there",
	"install -m 644 deploy/systemd/chipwire.service /etc/systemd/system/":        "deploy: TestUnit",
	"systemctl daemon-reload":                                                    "deploy: TestUnit",
	"systemctl enable --now chipwire":                                            "deploy: TestUnit; TestScript/doctor has its notices",
	"nats sub 'alerts.samsung-electronics.>'":                                    "internal/app: TestStockNatsCommand",
	"nats sub --stream ALERTS --all 'alerts.samsung-electronics.>'":              "internal/app: TestStockNatsCommand",
	"nats --context samsung sub 'alerts.samsung-electronics.>'":                  "TestNATSContext",
	"chipwire eval classifier/testdata/gold/dev-*.jsonl":                         "classifier/eval: TestDev judges the same files",
	"chipwire eval --json blind-ko.jsonl blind-pairs.jsonl":                      "nobody looks at blind stories to test a command",
	"chipwire eval classifier/testdata/gold/dev-*.jsonl --worst 20":              "classifier/eval: TestDev judges the same files",
}

// ends are the exit codes of lines that are right to fail here.
var ends = map[string]int{
	"chipwire dead retry 12 13": exitFailed, // nothing was given up
}

// documented are the lines of shell in the pages and in the examples of the help, in
// their order, each once.
func documented(t *testing.T) []string {
	t.Helper()
	var list []string
	seen := map[string]bool{}
	add := func(line string) {
		line = strings.TrimSpace(regexp.MustCompile(`\s+#\s.*`).ReplaceAllString(line, ""))
		line = strings.Replace(line, "go run ./cmd/chipwire", "chipwire", 1) // it is built already
		if line != "" && !strings.HasPrefix(line, "#") && !seen[line] {
			seen[line] = true
			list = append(list, line)
		}
	}
	pages := pagesOf(t)
	for _, page := range append([]string{"README.md"}, slices.Sorted(maps.Keys(pages))...) {
		text := pages[page]
		for _, block := range fenced.FindAllStringSubmatch(text, -1) {
			for line := range strings.Lines(strings.ReplaceAll(block[2], "\\\n", " ")) {
				prompt, prompted := strings.CutPrefix(line, "$ ")
				if block[1] == "sh" || block[1] == "console" && prompted {
					add(prompt)
				}
			}
		}
		for _, m := range inline.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
			add(strings.Join(strings.Fields(m[1]), " "))
		}
	}
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		for line := range strings.Lines(c.Example) {
			if strings.Contains(line, "chipwire ") {
				add(line)
			}
		}
		for _, child := range c.Commands() {
			walk(child)
		}
	}
	walk(newRoot())
	return list
}

// A world is a machine as the pages imagine it: a configuration, a daemon that runs
// on it, a press, and the files that are named.
type world struct {
	dir          string
	env          []string
	site         string
	page         string
	feed, second string
	event        string // of the book, once there is one
	restored     int
}

func newWorld(t *testing.T) *world {
	t.Helper()
	newsroom, err := demo.Load()
	if err != nil {
		t.Fatal(err)
	}
	press, err := demo.Start(newsroom, time.Now().Add(-10*time.Second)) // half of its stories are out
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = press.Close() })
	w := &world{dir: t.TempDir(), page: press.URL(newsroom.Stories[0])}
	site := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		switch filepath.Ext(r.URL.Path) {
		case ".xml":
			rw.Header().Set("Content-Type", "application/rss+xml")
			fmt.Fprintf(rw, `<rss version="2.0"><channel><title>Site</title><item><title>One</title><link>%s</link><guid>1</guid></item></channel></rss>`, w.page)
		default:
			fmt.Fprintf(rw, `<html><head><title>Site</title><link rel="alternate" type="application/rss+xml" href="/first%s.xml"></head><body><p>Welcome.</p></body></html>`, strings.ReplaceAll(r.URL.Path, "/", ""))
		}
	}))
	t.Cleanup(site.Close)
	w.site, w.feed, w.second = site.URL, site.URL+"/feed.xml", site.URL+"/section.xml"
	w.env = append(os.Environ(), "HOME="+w.dir, "XDG_CONFIG_HOME="+filepath.Join(w.dir, "xdg"), "XDG_STATE_HOME="+filepath.Join(w.dir, "state"),
		"STATE_DIRECTORY=", "NATS_URL=", "NATS_CONTEXT=", "NATS_CREDS=", "OTEL_EXPORTER_OTLP_ENDPOINT=")
	w.files(t, press, newsroom)
	return w
}

// files writes what the lines name.
func (w *world) files(t *testing.T, press *demo.Server, newsroom *demo.Newsroom) {
	t.Helper()
	story := newsroom.Stories[0]
	text := story.Title + "\n\n" + strings.Join(story.Body, "\n\n") + "\n"
	settings := func(data, nats, web string) string {
		var y strings.Builder
		fmt.Fprintf(&y, "data_dir: %s\nnats:\n  listen: %s\n  max_store: 256MiB\n  users: [{name: samsung-desk, password: quiet, companies: [samsung-electronics]}]\nweb: {listen: '%s'}\n", filepath.Join(w.dir, data), nats, web)
		fmt.Fprintf(&y, "fetcher: {min_interval: 1s, host_gap: 0s, allow_private: true}\nclassifier: {accept: 0.35}\nfeeds:\n  - {id: etnews, url: '%s'}\n", w.feed)
		for _, f := range press.Feeds() {
			fmt.Fprintf(&y, "  - {id: %s, url: '%s', name: '%s', lang: %s, zone: '%s', every: 1s}\n", f.ID, f.URL, f.Name, f.Lang, f.Zone)
		}
		return y.String()
	}
	web := freeAddress(t)
	w.env = append(w.env, "WEB="+web)
	first := settings("data", "127.0.0.1:0", web)
	for name, content := range map[string]string{
		"chipwire.yaml":    first,
		"stricter.yaml":    strings.Replace(first, "accept: 0.35", "accept: 0.9", 1),
		"second.yaml":      settings("second", "127.0.0.1:0", ""),
		"story.txt":        text,
		"stories.jsonl":    fmt.Sprintf(`{"id":"1","lang":"ko","title":%q,"body":%q,"publisher":"p","date":"2026-04-02","flagged":false,"findings":[],"companies":[],"pairs":[]}`+"\n", "오늘의 날씨", "서울은 맑다."),
		"list.opml":        `<opml version="2.0"><body><outline text="a" xmlUrl="https://a.example/rss"/></body></opml>`,
		"tell-the-desk.sh": "#!/bin/sh\ncat >/dev/null\n",
	} {
		if err := os.WriteFile(filepath.Join(w.dir, name), []byte(content), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(w.dir, "backup"), 0o700); err != nil {
		t.Fatal(err)
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.NotFoundHandler())
	defer s.Close()
	return s.Listener.Addr().String()
}

// here is a line with its addresses and paths as they are in the world.
func (w *world) here(line string) string {
	address := w.page
	switch {
	case strings.Contains(line, "feeds test"):
		address = w.feed
	case strings.Contains(line, "feeds add"):
		address = w.site + "/b"
	}
	line = regexp.MustCompile(`( |^)URL…?`).ReplaceAllString(line, "${1}"+address)
	id := "etnews"
	if strings.Contains(line, "events ") {
		id = w.event
	}
	line = regexp.MustCompile(` ID\b`).ReplaceAllString(line, " "+id)
	line = strings.NewReplacer(
		"https://rss.etnews.com/Section901.xml", w.second, "https://semiengineering.com/feed/", w.feed, "https://semiengineering.com", w.site+"/c",
		"semiengineering.com", w.site+"/d", "https://example.com/news/1", w.page, "https://www.etnews.com/1", w.page,
		"/srv/backup", filepath.Join(w.dir, "backup"), "http://127.0.0.1:8080", "http://$WEB", "FILE.opml", "list.opml",
	).Replace(line)
	switch {
	case strings.HasPrefix(line, "chipwire restore"):
		w.restored++ // into an empty folder each time
		line = fmt.Sprintf("CHIPWIRE_DATA_DIR=%s/restored-%d %s", w.dir, w.restored, line)
	case strings.HasSuffix(line, "chipwire run"):
		line += " -c second.yaml" // the first one runs
	}
	return line
}

// follows reports whether a line goes on until it is interrupted.
func follows(line string) bool {
	return regexp.MustCompile(`(^| )chipwire (run|sub|demo)( |$)`).MatchString(line)
}

// replayed is an alert in the output of a line that has to have one, since it asks for
// those of before.
const replayed = `{"version":1,`

// run runs a line of shell. One that follows is interrupted after a while, or once it
// has shown what it asks for.
func (w *world) run(ctx context.Context, line string, patience time.Duration) (code int, out string, err error) {
	cmd := exec.CommandContext(ctx, "sh", "-c", "trap : INT\n"+line) // the shell tells what became of the command
	cmd.Dir, cmd.Env = w.dir, w.env
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.WaitDelay = 10 * time.Second
	var said safeBuffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		return 0, "", err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	interrupt := time.After(patience)
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case <-look.C:
			if follows(line) && strings.Contains(said.String(), replayed) {
				_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGINT)
				look.Stop()
			}
		case <-done:
			return cmd.ProcessState.ExitCode(), said.String(), nil
		case <-interrupt:
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGINT)
		}
	}
}

// TestDocumentedLinesRun runs every line of shell that the pages and the help show,
// on a machine as they imagine it: what is written there works as written.
func TestDocumentedLinesRun(t *testing.T) {
	if testing.Short() {
		t.Skip("runs half a hundred commands")
	}
	w := newWorld(t)
	daemon := exec.Command("chipwire", "run")
	daemon.Dir, daemon.Env = w.dir, w.env
	var log safeBuffer
	daemon.Stderr = &log
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = daemon.Process.Signal(os.Interrupt)
		if err := daemon.Wait(); err != nil {
			t.Errorf("the daemon: %v\n%s", err, log.String())
		}
	}()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		code, _, _ := w.run(t.Context(), "chipwire healthcheck", time.Minute)
		_, events, _ := w.run(t.Context(), "chipwire events list --json", time.Minute)
		if m := regexp.MustCompile(`"id":"([0-9a-f]{16,})"`).FindStringSubmatch(events); code == exitGood && m != nil {
			w.event = m[1]
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the daemon is not ready:\n%s", log.String())
		}
	}
	ran := 0
	for _, line := range documented(t) {
		if notRun[line] != "" {
			continue
		}
		if len(commandsIn(line)) == 0 {
			t.Errorf("%s: no call of chipwire, and no word on what tests it", line)
			continue
		}
		ran++
		t.Run(line, func(t *testing.T) {
			cmd, here := w.here(line), line
			if words := commandsIn(line)[0]; onlyNamed(words) {
				cmd = "chipwire " + strings.Join(words, " ") + " --help"
			}
			patience := time.Minute
			replays := follows(cmd) && strings.Contains(cmd, "--since")
			if follows(cmd) && !replays {
				patience = 700 * time.Millisecond
			}
			if _, err := exec.LookPath("curl"); err != nil && strings.HasPrefix(cmd, "curl ") {
				t.Skip("SKIPPED: no curl on this machine")
			}
			cmd, _, _ = strings.Cut(cmd, " && nats ") // the stock command has tests of its own
			if strings.Contains(cmd, "| jq") {
				if _, err := exec.LookPath("jq"); err != nil {
					cmd, _, _ = strings.Cut(cmd, "|")
				}
			}
			start := time.Now()
			code, out, err := w.run(t.Context(), cmd, patience)
			if follows(cmd) && code == 128+int(syscall.SIGINT) { // a busy machine: interrupted before it had begun
				code, out, err = w.run(t.Context(), cmd, 10*patience)
			}
			if err != nil {
				t.Fatal(err)
			}
			if want := ends[here]; code != want && !(follows(cmd) && strings.Contains(cmd, "|")) {
				t.Errorf("%s: exit code %d, want %d\n%s", cmd, code, want, out)
			}
			if replays && !strings.Contains(out, replayed) {
				t.Errorf("%s: no alert of before:\n%s", cmd, out)
			}
			t.Logf("%v %s", time.Since(start).Round(time.Millisecond), cmd)
		})
	}
	if ran < 40 {
		t.Errorf("only %d lines to be run", ran)
	}
}

// onlyNamed reports whether a command is named without the arguments that it needs.
func onlyNamed(words []string) bool {
	cmd, rest, err := newRoot().Find(words)
	if err != nil || cmd.ParseFlags(rest) != nil || cmd.Flags().NArg() > 0 || slices.Contains(rest, "--jsonl") || slices.Contains(rest, "--all") {
		return false
	}
	_, form, _ := strings.Cut(cmd.Use, " ")
	return form != "" && form[0] != '[' && form != "COMMAND"
}

// A safeBuffer takes what a process says while it is looked at.
type safeBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements [io.Writer].
func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
