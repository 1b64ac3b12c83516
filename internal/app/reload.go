package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chipwire/chipwire/classifier"
	"github.com/chipwire/chipwire/config"
	"github.com/chipwire/chipwire/fetcher"
	"github.com/chipwire/chipwire/internal/bus"
)

// A Reloaded is what a reload has changed.
type Reloaded struct {
	Added   []string `json:"added"` // feeds, by id
	Removed []string `json:"removed"`
	Changed []string `json:"changed"`
	Kept    int      `json:"kept"` // feeds that went on as they were

	Rules string `json:"rules,omitempty"` // version of the classifier's rules, where they are others now
	Level string `json:"level,omitempty"` // of the log, where it is another now

	Waits []string `json:"waits"` // sections whose change needs a new start
}

// Reloads counts reloads since the start.
type Reloads struct {
	Good, Bad uint64
	Last      time.Time // of the last good one, or of the start
	Refused   bool      // the last one: the daemon does not run what the file says
}

// Reloads returns how many reloads went well and how many were refused.
func (a *App) Reloads() Reloads {
	return Reloads{a.turning.good.Load(), a.turning.bad.Load(), time.Unix(0, a.turning.last.Load()), a.turning.refused.Load()}
}

// turning is what a reload works on, one at a time.
type turning struct {
	sync.Mutex
	cfg       config.Config // as the daemon runs
	hash      string        // of cfg, see configHash; "": not asked for yet
	good, bad atomic.Uint64
	last      atomic.Int64 // Unix time of the last good one, in ns
	refused   atomic.Bool  // the last one
}

// errEmpty refuses a file that somebody has emptied, or is about to fill.
var errEmpty = errors.New("the file is empty")

// Reload reads the configuration file again and has the daemon go on with it.
// Whatever can fail is built first: with an error nothing has changed.
func (a *App) Reload(ctx context.Context) (Reloaded, error) {
	a.turning.Lock()
	defer a.turning.Unlock()
	cfg, err := a.reread(ctx)
	var done Reloaded
	if err == nil {
		done, err = a.turnTo(ctx, cfg)
	}
	if err != nil {
		a.turning.bad.Add(1)
		a.turning.refused.Store(true)
		a.tellFaults(err)
		return Reloaded{}, err
	}
	a.turning.good.Add(1)
	a.turning.refused.Store(false)
	a.turning.last.Store(time.Now().UnixNano())
	a.log.Info("configuration reloaded", "file", a.file, "added", len(done.Added), "removed", len(done.Removed), "changed", len(done.Changed), "kept", done.Kept, "rules", done.Rules, "log_level", done.Level)
	for _, section := range done.Waits {
		a.log.Warn("this part of the configuration has changed and counts from the next start: restart chipwire", "section", section)
	}
	return done, nil
}

// again is how long after a faulty read the file is read once more: it may have
// been half written.
const again = 300 * time.Millisecond

// reread reads the file, a second time where it is faulty and then has another text.
func (a *App) reread(ctx context.Context) (config.Config, error) {
	first, errR := os.ReadFile(a.file)
	cfg, err := parse(a.file, first)
	if err == nil && errR == nil {
		return cfg, nil
	}
	select {
	case <-ctx.Done():
		return config.Config{}, ctx.Err()
	case <-time.After(again):
	}
	second, errR := os.ReadFile(a.file)
	if errR != nil {
		return config.Load(a.file) // says why in its own words
	}
	if bytes.Equal(first, second) {
		return config.Config{}, err
	}
	return parse(a.file, second)
}

func parse(file string, text []byte) (config.Config, error) {
	if len(bytes.TrimSpace(text)) == 0 {
		return config.Config{}, config.Faults{{File: file, Text: errEmpty.Error()}}
	}
	return config.Read(file, text)
}

func (a *App) tellFaults(err error) {
	faults, ok := errors.AsType[config.Faults](err)
	if !ok {
		a.log.Error("configuration not reloaded: nothing has changed", "file", a.file, "err", err)
		return
	}
	a.log.Error("configuration not reloaded: nothing has changed", "file", a.file, "faults", len(faults))
	for _, f := range faults[:min(len(faults), 20)] {
		a.log.Error("fault in the configuration", "file", f.File, "line", f.Line, "path", f.Path, "err", f.Text)
	}
}

// turnTo builds all that can fail, and then swaps.
func (a *App) turnTo(ctx context.Context, cfg config.Config) (done Reloaded, err error) {
	was := a.turning.cfg
	done = Reloaded{Added: []string{}, Removed: []string{}, Changed: []string{}, Waits: []string{}}
	if cfg.DataDir == "" {
		cfg.DataDir = was.DataDir
	}
	var c *classifier.Classifier
	if !reflect.DeepEqual(judging(was), judging(cfg)) {
		if c, err = NewClassifier(cfg); err != nil {
			return done, err
		}
	}
	var plan *fetcher.Plan
	if a.fetcher != nil {
		if plan, err = a.fetcher.Plan(cfg.Fetcher, cfg.Feeds); err != nil {
			return done, err
		}
		ch, err := a.fetcher.Adopt(ctx, plan) // fails before it changes anything
		if err != nil {
			return done, fmt.Errorf("the fetcher has not started yet: %w", err)
		}
		done.Added, done.Removed, done.Changed = append(done.Added, ch.Added...), append(done.Removed, ch.Removed...), append(done.Changed, ch.Changed...)
		done.Kept = ch.Kept
	}
	if c != nil {
		a.classifier.Store(c)
		done.Rules = c.Rules()
	}
	a.desk.adopt(cfg.Desk)
	if a.level != nil && was.Log.Level != cfg.Log.Level {
		a.level.Set(cfg.Log.Level)
		done.Level = cfg.Log.Level.String()
	}
	done.Waits = append(done.Waits, waits(was, cfg)...)
	// What waits is told again at the next reload: it still differs from what runs.
	cfg.DataDir, cfg.NATS, cfg.Web = was.DataDir, was.NATS, was.Web
	cfg.Fetcher = was.Fetcher
	a.turning.cfg, a.turning.hash = cfg, ""
	return done, nil
}

// judging is the part of a configuration that the classifier may depend on: all
// that is not another's, so that a section of later years counts too.
func judging(c config.Config) config.Config {
	d := config.Default
	c.DataDir, c.NATS, c.Fetcher, c.Feeds, c.Web, c.Log = d.DataDir, d.NATS, d.Fetcher, d.Feeds, d.Web, d.Log
	return c
}

// waits are the sections that a running daemon cannot turn to: they are what it
// stands on.
func waits(was, is config.Config) (sections []string) {
	for _, s := range []struct {
		name   string
		differ bool
	}{
		{"data_dir", was.DataDir != is.DataDir},
		{"nats", !reflect.DeepEqual(was.NATS, is.NATS)},
		{"web", !reflect.DeepEqual(was.Web, is.Web)},
		{"fetcher (all but min_interval, backfill, host_gap and host_concurrency)", was.Fetcher.Fixed(is.Fetcher)},
	} {
		if s.differ {
			sections = append(sections, s.name)
		}
	}
	return sections
}

// Answer is what a daemon says to the command reload.
type Answer struct {
	Reloaded
	Faults config.Faults `json:"faults,omitempty"`
	Err    string        `json:"err,omitempty"`
}

// watchConfig reloads when the file changes, at each hangup, and on command, until
// ctx is done.
func (a *App) watchConfig(ctx context.Context, b *bus.Bus, node string) error {
	stop, err := b.Serve(bus.ControlSubject(node, "reload"), func() any { return a.answer(ctx) })
	if err != nil {
		return err
	}
	defer stop()
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() { // the first look finds what has changed since the start
		config.Watch(ctx, a.file, a.text, a.log, func([]byte) { _, _ = a.Reload(ctx) }) // it logs its error
	})
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-a.hangup:
			_, _ = a.Reload(ctx) // it logs its error
		}
	}
}

func (a *App) answer(ctx context.Context) Answer {
	done, err := a.Reload(ctx)
	ans := Answer{Reloaded: done}
	if faults, ok := errors.AsType[config.Faults](err); ok {
		ans.Faults = faults
	} else if err != nil {
		ans.Err = err.Error()
	}
	return ans
}
