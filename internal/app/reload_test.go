package app_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/chipwire/chipwire/config"
	"github.com/chipwire/chipwire/internal/app"
	"github.com/chipwire/chipwire/internal/bus/embed"
)

var reloads = flag.Int("reloads", 30, "how often TestReloadsUnderLoad has the configuration read again")

// A steady site has feeds without news and knows when each was asked.
type steadySite struct {
	*httptest.Server
	mu    sync.Mutex
	asked map[string][]time.Time
}

func newSteadySite(t *testing.T) *steadySite {
	s := &steadySite{asked: map[string][]time.Time{}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.asked[r.URL.Path] = append(s.asked[r.URL.Path], time.Now())
		s.mu.Unlock()
		w.Header().Set("ETag", `"1"`)
		w.Header().Set("Content-Type", "application/rss+xml")
		if r.Header.Get("If-None-Match") != "" {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		fmt.Fprintf(w, `<rss version="2.0"><channel><title>s</title><item><title>old</title><guid>%s</guid><pubDate>Mon, 02 Jan 2006 15:04:05 GMT</pubDate></item></channel></rss>`, r.URL.Path)
	}))
	t.Cleanup(s.Close)
	return s
}

// configText is a configuration of a press's feeds, of steady ones, and of so many
// that come and go.
func configText(dir string, p *press, s *steadySite, rng *rand.Rand) string {
	var y strings.Builder
	fmt.Fprintf(&y, "data_dir: %s\nnats: {listen: \"127.0.0.1:0\", max_store: 256MiB}\nweb: {listen: \"\"}\nfetcher: {min_interval: 1s, host_gap: 0s, host_concurrency: 8, allow_private: true}\n", dir)
	fmt.Fprintf(&y, "classifier: {accept: 0.75, review: 0.%d}\nfeeds:\n", 40+rng.IntN(9))
	for _, src := range p.sources() {
		fmt.Fprintf(&y, "  - {id: %s, url: %q, name: %q, lang: ko, every: 1s}\n", src.ID, src.URL, src.Name)
	}
	for i := range 20 {
		fmt.Fprintf(&y, "  - {id: steady-%d, url: \"%s/steady/%d\", every: 2s}\n", i, s.URL, i)
	}
	for i := range 20 {
		if rng.IntN(3) > 0 {
			fmt.Fprintf(&y, "  - {id: other-%d, url: \"%s/other/%d?v=%d\", every: %ds}\n", i, s.URL, i, rng.IntN(2), 2+rng.IntN(3))
		}
	}
	return y.String()
}

// badTexts are files that are not to be used.
var badTexts = []string{"", "feeds: [", "feeds:\n  - url: nowhere\n", "fetcher: {min_interval: 60}\n", "feeds:\n  - {id: a, url: \"https://a.example/\"}\n  - {id: a, url: \"https://b.example/\"}\n"}

// The configuration is read again at random moments while stories come, a third of
// the times from a bad file: no alert is lost or told twice, the feeds that stay are
// polled as they would be, and nothing grows. In full:
//
//	go test ./internal/app -run TestReloadsUnderLoad -reloads 200 -v
func TestReloadsUnderLoad(t *testing.T) {
	if testing.Short() {
		t.Skip("takes as long as its stories")
	}
	const stories = 80
	p, s := newPress(t, stories, 4, 1), newSteadySite(t)
	p.hold(true)
	want := p.alerts(t, newClassifier(t))
	rng := rand.New(rand.NewPCG(3, 3))
	dir := t.TempDir()
	file := filepath.Join(dir, "chipwire.yaml")
	text := configText(filepath.Join(dir, "data"), p, s, rng)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, read, err := config.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	up := make(chan app.Ready, 1)
	a, err := app.New(cfg, app.Options{Log: quiet, OnReady: func(r app.Ready) { up <- r }, File: file, Text: read, Level: &slog.LevelVar{}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	defer func() { cancel(); <-done }()
	ready := <-up

	reload := func(bad bool) {
		next := configText(filepath.Join(dir, "data"), p, s, rng)
		if bad {
			next = badTexts[rng.IntN(len(badTexts))]
		}
		if err := os.WriteFile(file, []byte(next), 0o600); err != nil { // not atomic: others may read half of it
			t.Fatal(err)
		}
		_, err := a.Reload(ctx)
		if _, faults := errors.AsType[config.Faults](err); faults != bad {
			t.Fatalf("reload of %.60q…: %v", next, err)
		}
	}
	reload(false)
	before := size{}
	started := time.Now()
	p.hold(false)
	for i := range *reloads {
		time.Sleep(time.Duration(rng.IntN(300)) * time.Millisecond)
		reload(i%3 == 2)
		if i == *reloads/3 {
			before = measure() // the connections to the sites are open by now
		}
	}
	reload(false)
	core, wire := inside(t, filepath.Join(dir, "data"), ready.NATS)
	settled(t, p, core, wire, len(want))
	took := time.Since(started)
	compare(t, wired(t, wire), want)
	s.judge(t, took)
	after := measure()
	n := a.Reloads()
	t.Logf("%d good and %d bad reloads; goroutines %d, then %d; heap %d KiB, then %d", n.Good, n.Bad, before.goroutines, after.goroutines, before.heap>>10, after.heap>>10)
	if least := uint64(*reloads) * 2 / 3; n.Good < least || n.Bad < uint64(*reloads)/3 {
		t.Errorf("%d good and %d bad reloads, want %d and %d at least", n.Good, n.Bad, least, *reloads/3)
	}
	if after.goroutines > before.goroutines+100 { // connections to the sites come and go
		t.Errorf("%d goroutines, %d before", after.goroutines, before.goroutines)
	}
	if after.heap > before.heap+(24<<20) {
		t.Errorf("%d KiB of heap, %d before", after.heap>>10, before.heap>>10)
	}
}

// inside connects to the two accounts of a running daemon.
func inside(t *testing.T, dir, server string) (core, wire jetstream.JetStream) {
	t.Helper()
	_, c, w, err := embed.Daemon(dir)
	if err != nil {
		t.Fatal(err)
	}
	core, wire, err = dial(t, server, c, w)
	if err != nil {
		t.Fatal(err)
	}
	return core, wire
}

type size struct {
	goroutines int
	heap       uint64
}

func measure() size {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return size{runtime.NumGoroutine(), m.HeapAlloc}
}

// judge holds when steady feeds were asked against their interval of 2 s: none
// twice in one slot, and none left out for several.
func (s *steadySite) judge(t *testing.T, took time.Duration) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	polls, slow := 0, 0
	for i := range 20 {
		asked := s.asked[fmt.Sprint("/steady/", i)]
		polls += len(asked)
		if expected := int(took / (2 * time.Second)); len(asked) < expected/2 || len(asked) > expected+6 {
			t.Errorf("steady-%d: asked %d times in %v, at every 2s", i, len(asked), took)
		}
		for j := 2; j < len(asked); j++ { // the first two may be closer: a first poll, and then the first slot
			gap := asked[j].Sub(asked[j-1])
			if gap < 900*time.Millisecond {
				t.Errorf("steady-%d: asked twice within %v", i, gap)
			}
			if gap > 4*time.Second {
				slow++
			}
		}
	}
	t.Logf("20 steady feeds: %d polls in %v, %d of them more than 4 s after the last", polls, took.Round(time.Second), slow)
}
