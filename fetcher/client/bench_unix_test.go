//go:build unix

package client

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
)

// TestOtherProcess is the server of the benchmarks below, which measure the
// processor time of the asking side alone. It is no test.
func TestOtherProcess(t *testing.T) {
	if os.Getenv("CHIPWIRE_BENCH_SERVER") == "" {
		t.Skip("no test: the server process of the benchmarks, which start it")
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"7"`)
		if r.Header.Get("If-None-Match") == `"7"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		fmt.Fprint(w, "<rss/>")
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

// BenchmarkWarm304 measures a conditional request on a kept connection that is
// answered 304, against net/http with nothing around it, in turns. ratio is how
// many requests a second of processor time the client makes of those of net/http.
func BenchmarkWarm304(b *testing.B) {
	url := otherProcess(b)
	bare := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 2, DisableCompression: true}, Timeout: 20 * time.Second}
	cfg := Default
	cfg.AllowPrivate, cfg.HostGap = true, 0
	c := New(cfg)
	defer c.Close()
	defer bare.CloseIdleConnections()
	plain := func() {
		req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, url+"/feed", nil)
		if err != nil {
			b.Fatal(err)
		}
		req.Header.Set("User-Agent", Default.UserAgent)
		req.Header.Set("Accept-Encoding", acceptEncoding)
		req.Header.Set("If-None-Match", `"7"`)
		resp, err := bare.Do(req)
		if err != nil || resp.StatusCode != http.StatusNotModified {
			b.Fatal(resp, err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
	}
	ours := func() {
		if resp, err := c.Get(b.Context(), Request{URL: url + "/feed", ETag: `"7"`}); err != nil || !resp.NotModified {
			b.Fatal(resp, err)
		}
	}
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
	b.ReportMetric(float64(n)/used[0].Seconds(), "bare/cpu-s")
	b.ReportMetric(float64(n)/used[1].Seconds(), "client/cpu-s")
	b.ReportMetric(used[0].Seconds()/used[1].Seconds(), "ratio")
	b.ReportMetric(0, "ns/op")
}
