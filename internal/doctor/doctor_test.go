package doctor

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chipwire/chipwire/config"
	"github.com/chipwire/chipwire/fetcher"
)

func TestJudgements(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	taken := &net.OpError{Err: os.NewSyscallError("bind", syscall.EADDRINUSE)}
	for _, tt := range []struct {
		name  string
		found Finding
		want  State
		says  string // part of what was found or of the advice
	}{
		{"much room", judgeDisk("/d", 100<<30, 1e6, true, 0), Good, "102400 MiB"},
		{"little room", judgeDisk("/d", 1<<30, 1e6, true, 0), Warn, "chipwire_stream_bytes"},
		{"less than it may take", judgeDisk("/d", 6<<30, 1e6, true, 16<<30), Warn, "lower nats.max_store"},
		{"no room", judgeDisk("/d", 1<<20, 1e6, true, 0), Bad, "64 MiB"},
		{"no inodes", judgeDisk("/d", 100<<30, 5, true, 0), Bad, "inodes"},
		{"a file system that does not count inodes", judgeDisk("/d", 100<<30, 0, false, 0), Good, ""},

		{"a free port", judgePort("web.listen", "127.0.0.1:1", nil, false), Good, "free"},
		{"a free port beside a daemon", judgePort("web.listen", "127.0.0.1:1", nil, true), Warn, "restart it"},
		{"the daemon's port", judgePort("web.listen", "127.0.0.1:1", taken, true), Good, "by the daemon"},
		{"a taken port", judgePort("web.listen", "127.0.0.1:1", taken, false), Bad, "set web.listen"},
		{"a low port", judgePort("web.listen", "127.0.0.1:1", &net.OpError{Err: os.NewSyscallError("bind", syscall.EACCES)}, false), Bad, "below 1024"},
		{"no such address", judgePort("web.listen", "192.0.2.1:80", errors.New("cannot assign"), false), Bad, "an address of this machine"},

		{"a good clock", judgeClock(now, now.Add(-time.Hour), []time.Duration{time.Second, -time.Second, time.Hour}), Good, "3 sites"},
		{"a clock that is off", judgeClock(now, now, []time.Duration{time.Minute, time.Minute, 0}), Warn, "1m0s"},
		{"a wrong clock", judgeClock(now, now, []time.Duration{-time.Hour}), Bad, "NTP"},
		{"a clock set back by a day", judgeClock(now, now.Add(24*time.Hour), nil), Bad, "24h0m0s from now"},
		{"no site answered", judgeClock(now, now, nil), Warn, "not compared"},

		{"nodes that agree", judgeNodes(map[string]string{"config/a/1": "a", "config/b/1": "b"})[0], Good, "2, with one"},
		{"nodes that differ", judgeNodes(map[string]string{"config/a/1": "a", "config/b/2": "b"})[0], Warn, "a 1, b 2"},
		{"names", judgeNames([]string{"a", "b"}, nil, time.Second)[0], Good, "2 names"},
		{"slow names", judgeNames([]string{"a", "b"}, nil, 4*time.Second)[0], Warn, "2s each"},
		{"a name not found", judgeNames([]string{"a"}, []string{"b"}, 0)[0], Warn, "not found: b"},
		{"no name found", judgeNames(nil, []string{"a", "b"}, 0)[0], Bad, "resolv.conf"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if said := tt.found.Found + " " + tt.found.Advice; tt.found.State != tt.want || !strings.Contains(said, tt.says) {
				t.Errorf("%+v, want %s with %q", tt.found, tt.want, tt.says)
			}
			if tt.found.State == Bad && tt.found.Advice == "" {
				t.Error("bad, and nothing said on what to do")
			}
		})
	}
}

func TestSampleIsSpread(t *testing.T) {
	var all []fetcher.Source
	for i := range 60 {
		all = append(all, fetcher.Source{URL: fmt.Sprintf("https://site%d.example/rss", i/2), Disabled: i%4 == 0})
	}
	got := sampled(all)
	hosts := map[string]bool{}
	for _, s := range got {
		hosts[s.URL] = true
		if s.Disabled {
			t.Errorf("%s is disabled", s.URL)
		}
	}
	if len(got) != sample || len(hosts) != sample || !hosts["https://site0.example/rss"] || !hosts["https://site25.example/rss"] {
		t.Errorf("sample %v", got)
	}
	if got := sampled(all[:1]); len(got) != 0 {
		t.Errorf("sample %v of a disabled feed", got)
	}
}

func TestDataDir(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	if f, running := dataDir(dir); f.State != Good || running {
		t.Errorf("a new folder: %+v", f)
	}
	lock, err := os.Create(filepath.Join(dir, "lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	fmt.Fprintln(lock, 4711)
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	if f, running := dataDir(dir); f.State != Good || !running || !strings.Contains(f.Found, "process 4711") {
		t.Errorf("with a daemon: %+v", f)
	}
	if f, _ := dataDir(filepath.Join(dir, "lock", "x")); f.State != Bad {
		t.Errorf("below a file: %+v", f)
	}
}

func TestSecretsInAReadableFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "chipwire.yaml")
	if err := os.WriteFile(path, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	cfg := config.Default
	cfg.Feeds = []fetcher.Source{{URL: "https://a.example", Headers: fetcher.Headers{"X-Key": "env:KEY"}}}
	if list := file(path, cfg); len(list) != 1 || list[0].State != Good {
		t.Errorf("a secret from the environment: %+v", list)
	}
	cfg.NATS.Core.Password = "x"
	if list := file(path, cfg); len(list) != 2 || list[1].State != Warn {
		t.Errorf("a secret in the file: %+v", list)
	}
}

func TestProxies(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	cfg := config.Default
	for setting, want := range map[string]State{s.URL: Good, "direct": Good, "http://127.0.0.1:1": Bad} {
		cfg.Fetcher.Proxy = setting
		if list := proxies(t.Context(), cfg); len(list) != 1 || list[0].State != want {
			t.Errorf("%s: %+v, want %s", setting, list, want)
		}
	}
	s.Close()
}
