//go:build unix

package fetcher

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chipwire/chipwire/fetcher/client"
)

// TestOtherProcess is the server of the benchmark below, which measures the
// processor time of the asking side alone. It is no test.
func TestOtherProcess(t *testing.T) {
	if os.Getenv("CHIPWIRE_BENCH_SERVER") == "" {
		t.Skip("no test: the server process of a benchmark, which starts it")
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"7"`)
		w.Header().Set("Last-Modified", "Mon, 02 Mar 2026 10:00:00 GMT")
		w.Header().Set("Cache-Control", "max-age=1")
		if r.Header.Get("If-None-Match") == `"7"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		fmt.Fprint(w, `<rss version="2.0"><channel><title>t</title></channel></rss>`)
	}))
	fmt.Println("at", s.URL)
	_, _ = io.Copy(io.Discard, os.Stdin)
}

func otherProcess(b *testing.B) string {
	b.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestOtherProcess$")
	cmd.Env = append(os.Environ(), "CHIPWIRE_BENCH_SERVER=1")
	stop, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = stop.Close(); _ = cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	url, ok := strings.CutPrefix(strings.TrimSpace(line), "at ")
	if err != nil || !ok {
		b.Fatalf("the server says %q, %v", line, err)
	}
	return url
}

// processor is the processor time of this process so far.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// known is a fetcher of one feed that was read before, and the feed's entry.
func known(b *testing.B, url string) (*Fetcher, *entry) {
	b.Helper()
	cfg := client.Default
	cfg.AllowPrivate, cfg.HostGap = true, 0
	c := client.New(cfg)
	b.Cleanup(c.Close)
	f, err := New(Default, []Source{{URL: url, Every: time.Minute}}, Deps{Store: &MemoryStore{}, Client: c, Log: quiet})
	if err != nil {
		b.Fatal(err)
	}
	e, now := f.feeds[0], time.Now()
	e.hold(State{URL: url, ETag: `"7"`, AddedAt: now, Health: Health{Status: StatusOK, Items: 28, LastOK: now}}, 1)
	return f, e
}

// BenchmarkPoll304 measures a whole poll on a kept connection that is answered 304,
// against a request of net/http with nothing around it, in turns. ratio is how many
// polls a second of processor time there are to one of those.
func BenchmarkPoll304(b *testing.B) {
	url := otherProcess(b) + "/feed"
	f, e := known(b, url)
	bare := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 2}, Timeout: 20 * time.Second}
	defer bare.CloseIdleConnections()
	plain := func() {
		req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, url, nil)
		if err != nil {
			b.Fatal(err)
		}
		req.Header.Set("User-Agent", "bare/1")
		req.Header.Set("If-None-Match", `"7"`)
		resp, err := bare.Do(req)
		if err != nil || resp.StatusCode != http.StatusNotModified {
			b.Fatal(resp, err)
		}
		_ = resp.Body.Close()
	}
	ours := func() { f.turn(b.Context(), e, true) }
	plain()
	ours()
	const chunk = 50
	var used [2]time.Duration
	n := 0
	for b.Loop() {
		for i, ask := range []func(){plain, ours} {
			began := processor()
			for range chunk {
				ask()
			}
			used[i] += processor() - began
		}
		n += chunk
	}
	state := e.recalled()
	if polls := state.Polls.Polls(); polls[len(polls)-1].Outcome() != NotModified || state.Health.Status != StatusOK {
		b.Fatalf("%+v, %+v", polls, state.Health)
	}
	b.ReportMetric(float64(n)/used[0].Seconds(), "bare/cpu-s")
	b.ReportMetric(float64(n)/used[1].Seconds(), "polls/cpu-s")
	b.ReportMetric(used[0].Seconds()/used[1].Seconds(), "ratio")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkPoll304Allocations counts what such a poll allocates.
func BenchmarkPoll304Allocations(b *testing.B) {
	f, e := known(b, otherProcess(b)+"/feed")
	b.ReportAllocs()
	for b.Loop() {
		f.turn(b.Context(), e, true)
	}
}
