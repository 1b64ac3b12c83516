package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/chipwire/chipwire/config"
	"github.com/chipwire/chipwire/internal/app"
	"github.com/chipwire/chipwire/internal/bus/embed"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"chipwire": main})
}

// TestScript runs the command line as its users do: each script of
// testdata/script is a folder of files and the commands on them.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			// Nothing of the machine's own configuration may show.
			for key, dir := range map[string]string{"HOME": "home", "XDG_CONFIG_HOME": "xdg", "XDG_STATE_HOME": "state"} {
				env.Setenv(key, filepath.Join(env.WorkDir, dir))
			}
			for _, key := range []string{"NATS_URL", "NATS_CREDS", "NATS_CONTEXT", "NATS_USER", "NATS_PASSWORD", "NATS_TOKEN", "NATS_NKEY", "NATS_CA", "NATS_CERT", "NATS_KEY", "STATE_DIRECTORY", "NO_COLOR"} {
				env.Setenv(key, "")
			}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":  exits,
			"expand": expand,
			"free":   free,
			"notify": notify,
			"occupy": occupy,
			"serve":  serve,
			"until":  until,
		},
	})
}

// exits CODE COMMAND… runs the command and fails unless it ends with the code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// expand FILE… replaces the variables in files.
func expand(ts *testscript.TestScript, _ bool, args []string) {
	for _, file := range args {
		text := os.Expand(ts.ReadFile(file), ts.Getenv)
		ts.Check(os.WriteFile(ts.MkAbs(file), []byte(text), 0o600))
	}
}

// occupy VAR listens on a free port of loopback and puts its address in VAR.
func occupy(ts *testscript.TestScript, _ bool, args []string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { _ = l.Close() })
	ts.Setenv(args[0], l.Addr().String())
}

// free VAR puts an address of loopback in VAR on which nobody listens.
func free(ts *testscript.TestScript, _ bool, args []string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Setenv(args[0], l.Addr().String())
	ts.Check(l.Close())
}

// notify FILE EVERY is a service manager with a watchdog: what it is told comes to
// stand in FILE.
func notify(ts *testscript.TestScript, _ bool, args []string) {
	every, err := time.ParseDuration(args[1])
	ts.Check(err)
	file, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	dir, err := os.MkdirTemp("", "notify") // the path of a socket is 108 bytes long at most
	ts.Check(err)
	path := filepath.Join(dir, "s")
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	ts.Check(err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		data := make([]byte, 4096)
		for {
			n, err := socket.Read(data)
			if err != nil {
				return
			}
			_, _ = fmt.Fprintf(file, "%s\n", data[:n])
		}
	}()
	ts.Defer(func() { _, _, _ = socket.Close(), file.Close(), os.RemoveAll(dir); <-done })
	ts.Setenv("NOTIFY_SOCKET", path)
	ts.Setenv("WATCHDOG_USEC", strconv.FormatInt(every.Microseconds(), 10))
}

// serve VAR DIR serves the files of a folder on loopback and puts the address
// in VAR. What is called fresh.xml is so for ten minutes, and what lies in round
// redirects to itself.
func serve(ts *testscript.TestScript, _ bool, args []string) {
	dir := ts.MkAbs(args[1])
	types := map[string]string{".xml": "application/rss+xml", ".html": "text/html", ".txt": "text/plain"}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/round/") {
			http.Redirect(w, r, r.URL.Path, http.StatusFound)
			return
		}
		data, err := os.ReadFile(filepath.Join(dir, filepath.Base(r.URL.Path)))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		if filepath.Base(r.URL.Path) == "fresh.xml" {
			w.Header().Set("Cache-Control", "max-age=600")
		}
		w.Header().Set("Content-Type", types[filepath.Ext(r.URL.Path)])
		_, _ = w.Write([]byte(strings.ReplaceAll(string(data), "$URL", "http://"+r.Host)))
	}))
	ts.Defer(s.Close)
	ts.Setenv(args[0], s.URL)
}

// until PATTERN COMMAND… runs the command again and again, until it succeeds
// and what it prints matches.
func until(ts *testscript.TestScript, _ bool, args []string) {
	pattern, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	deadline := time.After(patience)
	for {
		if err := ts.Exec(args[1], args[2:]...); err == nil && pattern.MatchString(ts.ReadFile("stdout")) {
			return
		}
		select {
		case <-deadline:
			ts.Fatalf("never printed %s", args[0])
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func TestExitCode(t *testing.T) {
	for _, tt := range []struct {
		name string
		err  error
		want int
	}{
		{"any", errors.New("x"), exitFailed},
		{"usage", usageError{errors.New("x")}, exitUsage},
		{"usage, wrapped", fmt.Errorf("x: %w", usageError{errors.New("y")}), exitUsage},
		{"faults", config.Faults{{File: "f", Text: "x"}}, exitConfig},
		{"faults, wrapped", fmt.Errorf("x: %w", config.Faults{{File: "f", Text: "x"}}), exitConfig},
		{"no file", fmt.Errorf("%w: looked", config.ErrNoFile), exitConfig},
		{"server away", unavailableError{errors.New("x")}, exitUnavailable},
		{"nats away", fmt.Errorf("x: %w", nats.ErrNoServers), exitUnavailable},
		{"nats timed out", fmt.Errorf("x: %w", context.DeadlineExceeded), exitUnavailable},
		{"locked", fmt.Errorf("x: %w", app.ErrLocked), exitTryLater},
		{"not ready", notReadyError{errors.New("x")}, exitTryLater},
		{"port taken", fmt.Errorf("x: %w", embed.ErrPortTaken), exitTryLater},
		{"usage before the rest", usageError{app.ErrLocked}, exitUsage},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := exitCode(tt.err); got != tt.want {
				t.Errorf("%d, want %d", got, tt.want)
			}
		})
	}
}
