package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"syscall"
	"time"
)

// Disturbances are what was done to the daemon, and what it held.
type disturbances struct {
	terms, kills   int
	reloads, bad   int           // reloads of a good file, and of one that makes no sense
	longest        time.Duration // from SIGTERM to the end of the process
	hard           int           // ends by SIGTERM that were no good ends
	first, resting []int64       // bytes resident before each end, in the first quarter of the run and after it
}

// disturb does something to the daemon three times in every period: a reload, an
// end by SIGTERM and an end by SIGKILL, each end followed by a start. It ends two
// intervals before the newsroom does, so that what is due can be polled.
func disturb(ctx context.Context, d *daemon, s setting) (done disturbances, err error) {
	began := time.Now()
	tick := time.NewTicker(s.disturb / 3)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return done, nil
		case <-tick.C:
		}
		if time.Since(began) > s.length-2*s.every {
			return done, nil
		}
		if err := d.alive(); err != nil {
			return done, err
		}
		if n%3 == 0 {
			if err := done.reload(d, n/3); err != nil {
				return done, err
			}
			continue
		}
		if held := d.resident(); time.Since(began) < s.length/4 {
			done.first = append(done.first, held)
		} else {
			done.resting = append(done.resting, held)
		}
		sig := syscall.SIGTERM
		if n%3 == 2 {
			sig = syscall.SIGKILL
		}
		if err := done.restart(d, sig); err != nil {
			return done, err
		}
	}
}

// restart ends the daemon and starts it anew.
func (done *disturbances) restart(d *daemon, sig syscall.Signal) error {
	start := time.Now()
	if err := d.cmd.Process.Signal(sig); err != nil {
		return err
	}
	err := <-d.done
	if sig == syscall.SIGKILL {
		done.kills++
		return d.run()
	}
	done.terms++
	done.longest = max(done.longest, time.Since(start))
	if err != nil {
		done.hard++
	}
	return d.run()
}

// reload has the daemon read its file again: twice with another number of workers
// of no feed's concern, and every third time a file that makes no sense, which
// must change nothing.
func (done *disturbances) reload(d *daemon, n int) error {
	good, err := os.ReadFile(d.config)
	if err != nil {
		return err
	}
	if n%3 == 2 {
		done.bad++
		broken := append(bytes.Clone(good), []byte("nonsense: [\n")...)
		if err := replace(d.config, broken); err != nil {
			return err
		}
		if err := d.cmd.Process.Signal(syscall.SIGHUP); err != nil {
			return err
		}
		time.Sleep(time.Second) // it has read it by then, or never
		return replace(d.config, good)
	}
	done.reloads++
	// One feed more, or one less: nobody publishes there.
	extra := []byte("  - {url: \"http://127.0.0.1:1/rss\", id: nobody, every: 1h}\n")
	if before, there := bytes.CutSuffix(good, extra); there {
		good = before
	} else {
		good = append(bytes.Clone(good), extra...)
	}
	if err := replace(d.config, good); err != nil {
		return err
	}
	return d.cmd.Process.Signal(syscall.SIGHUP)
}

// replace writes a file as editors do: all of it, or nothing.
func replace(path string, data []byte) error {
	if err := os.WriteFile(path+".new", data, 0o644); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// Limits on a daemon that is disturbed. Memory may grow with the history of feeds
// and the index of the store, which end with them.
const (
	longestStop = 10 * time.Second
	maxGrowth   = 1.25
)

// lines are what is judged of the disturbances.
func (done disturbances) lines() []line {
	early, late := median(done.first), median(done.resting[min(len(done.resting), len(done.resting)*2/3):])
	flat := early == 0 || late == 0 || float64(late) <= maxGrowth*float64(early)
	return []line{
		count("ends by SIGTERM", int64(done.terms), "at least 1", done.terms > 0),
		count("of them with a fault", int64(done.hard), "0", done.hard == 0),
		{"the longest, s", fmt.Sprintf("%.2f", done.longest.Seconds()), "at most 10", done.longest <= longestStop},
		count("ends by SIGKILL", int64(done.kills), "at least 1", done.kills > 0),
		count("reloads", int64(done.reloads), "", true),
		count("of files that make no sense", int64(done.bad), "", true),
		{"memory in the first quarter and in the last third, MB", fmt.Sprintf("%d %d", early>>20, late>>20), fmt.Sprintf("at most %.2f times", maxGrowth), flat},
	}
}

func median(list []int64) int64 {
	if len(list) == 0 {
		return 0
	}
	list = slices.Sorted(slices.Values(list))
	return list[len(list)/2]
}
