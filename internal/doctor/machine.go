package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/chipwire/chipwire/config"
	"github.com/chipwire/chipwire/internal/bus"
)

// file looks at the configuration, which was read already.
func file(path string, cfg config.Config) []Finding {
	on := 0
	for _, s := range cfg.Feeds {
		if !s.Disabled {
			on++
		}
	}
	f := Finding{"configuration", Good, fmt.Sprintf("%s: %d feeds, %d of them polled", path, len(cfg.Feeds), on), ""}
	if on == 0 {
		f.State, f.Advice = Bad, "name a feed: `chipwire feeds add URL`"
	}
	list := []Finding{f}
	if st, err := os.Stat(path); err == nil && holdsSecret(cfg) && st.Mode().Perm()&0o004 != 0 {
		list = append(list, Finding{
			"configuration", Warn, fmt.Sprintf("%s holds a password and has mode %04o: everybody on this machine can read it", path, st.Mode().Perm()),
			"chmod 640, or put the password into a file of its own (password_file)",
		})
	}
	return list
}

func holdsSecret(cfg config.Config) bool {
	held := cfg.NATS.Core.Password != "" || cfg.NATS.Wire.Password != ""
	for _, s := range cfg.Feeds {
		held = held || s.Auth.Password != ""
		for _, h := range s.Headers {
			held = held || !strings.HasPrefix(string(h), "env:") && !strings.HasPrefix(string(h), "file:")
		}
	}
	return held
}

// dataDir looks whether the daemon can write its state, and whether one runs.
func dataDir(path string) (f Finding, running bool) {
	f = Finding{"data folder", Good, path, ""}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return Finding{"data folder", Bad, err.Error(), "make it, owned by who runs the daemon, or set data_dir"}, false
	}
	lock, err := os.Open(filepath.Join(path, "lock"))
	if err == nil {
		defer func() { _ = lock.Close() }()
		if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); errors.Is(err, syscall.EWOULDBLOCK) {
			pid, _ := os.ReadFile(lock.Name())
			f.Found = fmt.Sprintf("%s: a daemon runs on it, process %s", path, strings.TrimSpace(string(pid)))
			return f, true
		}
	}
	probe, err := os.CreateTemp(path, ".doctor-")
	if err != nil {
		return Finding{"data folder", Bad, err.Error(), "let who runs the daemon own it: chown, or run the doctor as that user"}, false
	}
	_ = probe.Close()
	_ = os.Remove(probe.Name())
	f.Found += ": no daemon runs on it"
	return f, false
}

// Least free space: what the smallest store takes, and what a month of a few
// hundred feeds takes (docs/operations.md).
const (
	leastFree = bus.MinStore
	goodFree  = 2 << 30
)

// disk looks how much space and how many files are left.
func disk(path string, maxStore int64) Finding {
	var st syscall.Statfs_t
	if err := syscall.Statfs(path, &st); err != nil {
		return Finding{"disk", Bad, fmt.Sprintf("%s: %v", path, err), "mount it"}
	}
	return judgeDisk(path, int64(st.Bavail)*int64(st.Bsize), int64(st.Ffree), st.Files > 0, maxStore)
}

func judgeDisk(path string, free, inodes int64, counted bool, maxStore int64) Finding {
	found := fmt.Sprintf("%s: %d MiB free", path, free>>20)
	switch {
	case free < leastFree:
		return Finding{"disk", Bad, found, fmt.Sprintf("make room: at least %d MiB", int64(leastFree)>>20)}
	case counted && inodes < 1000:
		return Finding{"disk", Bad, fmt.Sprintf("%s: %d files can be made", found, inodes), "the file system has no inodes left: remove files"}
	case maxStore > 0 && free < maxStore/2:
		return Finding{"disk", Warn, fmt.Sprintf("%s, nats.max_store is %d MiB", found, maxStore>>20), "make room, or lower nats.max_store: when the disk is full, polling pauses"}
	case free < goodFree:
		return Finding{"disk", Warn, found, "a few hundred feeds fill 2 GiB in a month: watch chipwire_stream_bytes"}
	}
	return Finding{"disk", Good, found, ""}
}

// files looks how many files and connections the process may have open.
func files() Finding {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		return Finding{"open files", Warn, err.Error(), ""}
	}
	found := fmt.Sprintf("%d at once, for a user of this shell", l.Cur)
	if l.Cur < 2048 {
		return Finding{"open files", Warn, found, "raise LimitNOFILE of the unit, or ulimit -n: connections and the store's files count"}
	}
	return Finding{"open files", Good, found, ""}
}

// ports looks whether the daemon will get its listeners.
func ports(cfg config.Config, running bool) []Finding {
	var list []Finding
	look := func(key, addr string) {
		_, port, err := net.SplitHostPort(addr)
		if addr == "" || err != nil || port == "0" {
			return
		}
		l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", addr)
		if err == nil {
			_ = l.Close()
		}
		list = append(list, judgePort(key, addr, err, running))
	}
	if cfg.NATS.URL == "" {
		look("nats.listen", cfg.NATS.Listen)
		look("nats.websocket.listen", cfg.NATS.WebSocket.Listen)
	}
	look("web.listen", cfg.Web.Listen)
	look("fetcher.websub.listen", cfg.Fetcher.WebSub.Listen)
	return list
}

func judgePort(key, addr string, err error, running bool) Finding {
	switch {
	case err == nil && running:
		return Finding{key, Warn, addr + ": free, though a daemon runs", "it was started with another configuration: restart it"}
	case err == nil:
		return Finding{key, Good, addr + ": free", ""}
	case errors.Is(err, syscall.EADDRINUSE) && running:
		return Finding{key, Good, addr + ": taken, by the daemon that runs", ""}
	case errors.Is(err, syscall.EADDRINUSE):
		return Finding{key, Bad, addr + ": taken by another process", fmt.Sprintf("stop it (`ss -ltnp`), or set %s to another port", key)}
	case errors.Is(err, fs.ErrPermission):
		return Finding{key, Bad, fmt.Sprintf("%s: %v", addr, err), "ports below 1024 need a right of their own: take a higher one"}
	}
	return Finding{key, Bad, fmt.Sprintf("%s: %v", addr, err), "set " + key + " to an address of this machine"}
}

// Limits on the clock. Ages of stories are counted in hours, and a lease in
// seconds; certificates are what fails first.
const (
	clockWarn = 30 * time.Second
	clockBad  = 10 * time.Minute
)

// clock compares this machine's clock with what the sampled sites say, each by
// its own, and with the newest file of the data folder.
func clock(dir string, now time.Time, offsets []time.Duration) Finding {
	var newest time.Time
	for _, name := range []string{"lock", "node", "creds/daemon.json"} {
		if st, err := os.Stat(filepath.Join(dir, name)); err == nil && st.ModTime().After(newest) {
			newest = st.ModTime()
		}
	}
	return judgeClock(now, newest, offsets)
}

func judgeClock(now, newest time.Time, offsets []time.Duration) Finding {
	const advice = "let the clock be set by NTP (timedatectl set-ntp true): dates of stories are judged by it"
	if back := newest.Sub(now); back > clockWarn {
		return Finding{"clock", Bad, fmt.Sprintf("set back: the data folder was written %v from now", back.Round(time.Second)), advice}
	}
	if len(offsets) == 0 {
		return Finding{"clock", Warn, "not compared: no site answered", ""}
	}
	slices.Sort(offsets)
	off := offsets[len(offsets)/2]
	found := fmt.Sprintf("%v off the clocks of %d sites", off.Abs().Round(time.Second), len(offsets))
	switch {
	case off.Abs() > clockBad:
		return Finding{"clock", Bad, found, advice}
	case off.Abs() > clockWarn:
		return Finding{"clock", Warn, found, advice}
	}
	return Finding{"clock", Good, found, ""}
}
