package app_test

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// faultySite answers as broken sites do.
func faultySite(t *testing.T) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/500":
			http.Error(w, "broken", http.StatusInternalServerError)
		case "/cut":
			w.Header().Set("Content-Length", "10000")
			_, _ = io.WriteString(w, `<rss version="2.0"><channel><title>cut</title><item><title>one`)
		case "/html":
			_, _ = io.WriteString(w, "<html><body>Please log in.</body></html>")
		case "/slow":
			select {
			case <-time.After(3 * time.Second):
			case <-r.Context().Done():
			}
		case "/reset":
			if c, _, err := w.(http.Hijacker).Hijack(); err == nil {
				_ = c.Close()
			}
		case "/round":
			http.Redirect(w, r, "/round", http.StatusFound)
		case "/busy":
			w.Header().Set("Retry-After", "2")
			w.WriteHeader(http.StatusTooManyRequests)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// A soak is a daemon that is disturbed in every way while stories come.
type soak struct {
	*daemon
	p       *press
	faults  string
	rng     *rand.Rand
	good    string // the last good text of the file
	slowest time.Duration
}

// rewrite gives the daemon a new file, a third of the times a bad one, in one step
// or in two halves.
func (s *soak) rewrite(bad bool) {
	s.t.Helper()
	var y strings.Builder
	fmt.Fprintf(&y, "data_dir: %s\nnats: %s\nweb: {listen: \"\"}\n", s.dir, embedded)
	fmt.Fprintf(&y, "fetcher: {min_interval: 1s, host_gap: 0s, host_concurrency: 4, allow_private: true}\nclassifier: {review: 0.%d}\nfeeds:\n", 12+s.rng.IntN(9))
	for _, src := range s.p.sources() {
		fmt.Fprintf(&y, "  - {id: %s, url: %q, name: %q, lang: ko, every: 1s}\n", src.ID, src.URL, src.Name)
	}
	for _, fault := range []string{"500", "cut", "html", "slow", "reset", "round", "busy"} {
		if s.rng.IntN(4) > 0 {
			fmt.Fprintf(&y, "  - {id: fault-%s, url: \"%s/%[1]s\", every: %[3]ds}\n", fault, s.faults, 1+s.rng.IntN(2))
		}
	}
	text := y.String()
	if bad {
		text = badTexts[s.rng.IntN(len(badTexts))]
	} else {
		s.good = text
	}
	half := 0
	if s.rng.IntN(2) == 0 { // an editor that does not write in one step
		half = len(text) / 2
	}
	err := errors.Join(os.WriteFile(s.config, []byte(text[:half]), 0o600), os.WriteFile(s.config, []byte(text), 0o600))
	if err != nil {
		s.t.Fatal(err)
	}
}

// restart ends the process in one of two ways and starts the next; one that was asked
// to stop has ten seconds. The file is a good one at each start.
func (s *soak) restart(sig syscall.Signal) {
	s.t.Helper()
	start := time.Now()
	s.end(sig)
	if took := time.Since(start); sig == syscall.SIGTERM {
		if s.slowest = max(s.slowest, took); took > 10*time.Second || s.cmd.ProcessState.ExitCode() != 0 {
			s.t.Errorf("stopped after %v with code %d, want 10 s at most and 0:\n%s", took, s.cmd.ProcessState.ExitCode(), s.log.String())
		}
	}
	if err := os.WriteFile(s.config, []byte(s.good), 0o600); err != nil {
		s.t.Fatal(err)
	}
	s.start()
}

// A daemon among broken feeds is reloaded, stopped and killed in turn while stories
// come: no alert is lost, none is told twice, it always stops in time, and it keeps
// its memory. The long form is internal/measure/newsroom with -disturb.
func TestSoak(t *testing.T) {
	if testing.Short() {
		t.Skip("takes as long as its stories")
	}
	t.Parallel()
	const stories, rounds = 120, 10
	p := newPress(t, stories, 10, 1)
	want := p.alerts(t, newClassifier(t))
	s := &soak{daemon: buildDaemon(t, p, embedded), p: p, faults: faultySite(t).URL, rng: rand.New(rand.NewPCG(7, 7))}
	s.rewrite(false)
	s.start()
	var first, last int
	for round := range rounds {
		for range 3 {
			due := min(p.served()+1, stories)
			await(t, "a page more", func() bool { return p.served() >= due || p.printed() })
			s.rewrite(s.rng.IntN(3) == 0)
		}
		s.connect() // it is up: a stop of what has not begun proves nothing
		if last = s.memory(); round == 1 {
			first = last
		}
		s.restart([]syscall.Signal{syscall.SIGTERM, syscall.SIGKILL}[round%2])
	}
	core, wire := s.connect()
	settled(t, p, core, wire, len(want))
	compare(t, wired(t, wire), want)
	start := time.Now()
	s.end(syscall.SIGTERM)
	s.slowest = max(s.slowest, time.Since(start))
	if s.slowest > 10*time.Second {
		t.Errorf("the slowest stop took %v", s.slowest)
	}
	t.Logf("%d stops and kills, the slowest stop %v; memory %d MiB in the second life, %d in the last", rounds, s.slowest.Round(time.Millisecond), first>>10, last>>10)
	if last > first*3/2+64<<10 {
		t.Errorf("%d KiB of memory in the last life, %d in the second", last, first)
	}
	left, err := filepath.Glob(filepath.Join(s.dir, "*.tmp"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// memory is what the process holds, in KiB; 0 where the system does not say.
func (s *soak) memory() (kib int) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			_, _ = fmt.Sscan(rest, &kib)
		}
	}
	return kib
}

func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !done(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("no %s in a minute", what)
		}
	}
}
