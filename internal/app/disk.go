package app

import (
	"context"
	"fmt"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/chipwire/chipwire/internal/bus"
)

// A Room is how much of a disk is left, in bytes.
type Room struct{ Free, Total uint64 }

// diskRoom asks the file system of a folder, for what a user without privileges gets.
func diskRoom(path string) (Room, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(path, &st); err != nil {
		return Room{}, fmt.Errorf("free space of %s: %w", path, err)
	}
	size := uint64(st.Bsize) //nolint:unconvert // its type differs between systems
	return Room{st.Bavail * size, st.Blocks * size}, nil
}

const (
	diskLook = 5 * time.Second

	// reserve is what stays free for alerts, events and what is in hand: the NATS
	// server gives its streams up altogether when a write fails for want of space.
	reserve = 256 << 20
	// storeFull is the share of the server's own limit that may be used.
	storeFull = 0.95
)

// A shortage decides whether there is room for more work. The zero value has room.
type shortage struct{ why string }

// judge takes a look at the disk and at what the store uses of its limit (0: unknown),
// and reports whether work has to pause, or may go on, from now on. What is short is
// so until there is half as much again.
func (s shortage) judge(disk Room, used, limit uint64) (next shortage, changed bool) {
	want := min(uint64(reserve), disk.Total/20)
	full, again := storeFull, want*3/2
	if s.why != "" {
		want, full = again, storeFull-0.05
	}
	switch {
	case disk.Total > 0 && disk.Free < want:
		next.why = fmt.Sprintf("the disk of data_dir is nearly full (%d MiB free): polling pauses, alerts are served; all goes on by itself once %d MiB are free", disk.Free>>20, again>>20)
	case limit > 0 && float64(used) > full*float64(limit):
		next.why = fmt.Sprintf("the store is nearly full (%d of %d MiB, nats.max_store): polling pauses, alerts are served; all goes on by itself once there is room", used>>20, limit>>20)
	}
	return next, (next.why == "") != (s.why == "")
}

// watchDisk pauses polling and reading while there is little room, until ctx is done.
func (a *App) watchDisk(ctx context.Context, b *bus.Bus, limit int64) error {
	tick := time.NewTicker(a.diskLook)
	defer tick.Stop()
	var now shortage
	for {
		disk, err := a.room(a.cfg.DataDir)
		if err != nil {
			a.log.Warn("free space not known", "err", err)
		}
		used, err := b.Used(ctx)
		if err != nil {
			used = 0 // away: that is told elsewhere
		}
		next, changed := now.judge(disk, used, uint64(max(limit, 0)))
		a.metrics.room(disk, next)
		if now = next; changed {
			if now.why != "" {
				a.log.Error("no room: polling pauses", "why", now.why)
			} else {
				a.log.Info("there is room again: polling goes on", "free_mib", disk.Free>>20)
			}
			if err := a.fetcher.Pause(ctx, now.why != ""); err != nil {
				return err
			}
		}
		why := now.why // a copy: readiness reads it while the next look is taken
		a.short.Store(&why)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// room reports a look at the disk.
func (m *Metrics) room(disk Room, s shortage) {
	if disk.Total > 0 {
		m.diskFree.Set(float64(disk.Free))
	}
	m.paused.Set(0)
	if s.why != "" {
		m.paused.Set(1)
	}
}

// shortOf says what there is too little of, "" for nothing.
func shortOf(why *atomic.Pointer[string]) string {
	if s := why.Load(); s != nil {
		return *s
	}
	return ""
}
