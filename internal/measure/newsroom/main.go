// Command newsroom runs the daemon against a simulated newsroom and holds what
// both sides saw against each other: every story that the newsroom published
// must be in ITEMS exactly once, and the newsroom's own counters must show a
// polite guest.
//
//	go run ./internal/measure/newsroom -farm FOLDER -for 10m
//	go run ./internal/measure/newsroom -farm FOLDER -for 20m -feeds 1000 -disturb 1m
//
// With -disturb it is a soak: in each such time the daemon is told to read its
// file again (every third time one that makes no sense), ended, and killed.
//
// FOLDER is the source of feedfarm, which is not part of this module: a
// newsroom of thousands of feeds on loopback with faults, a log of what it
// published and counters of what it was asked. Exit code 1 says that something
// does not hold.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"time"
)

// A setting is one run.
type setting struct {
	farm     string        // folder of the newsroom's source
	length   time.Duration // of the newsroom's life
	feeds    int
	hosts    int
	rate     float64 // new stories a second
	every    time.Duration
	gap      time.Duration // between two starts at one host
	faults   string
	disallow float64       // share of hosts whose robots.txt keeps programs from pages
	keep     string        // folder for the logs, "" for none
	disturb  time.Duration // in each such time a reload, an end and a kill; 0: left alone
}

const faults = "slow=0.02,trickle=0.01,404=0.01,410=0.01,429=0.02,500=0.01,503=0.02,flaky=0.02,truncate=0.02,reset=0.01," +
	"301=0.02,302=0.02,307=0.01,308=0.02,loop=0.01,badxml=0.02,huge=0.01,gzipbomb=0.01,wrongtype=0.02,html=0.01,empty=0.01,flipguid=0.02,noguid=0.02"

func main() {
	var s setting
	flag.StringVar(&s.farm, "farm", "", "folder of the newsroom's source (feedfarm)")
	flag.DurationVar(&s.length, "for", 10*time.Minute, "how long the newsroom publishes")
	flag.IntVar(&s.feeds, "feeds", 2000, "feeds")
	flag.IntVar(&s.hosts, "hosts", 200, "hosts")
	flag.Float64Var(&s.rate, "rate", 10, "new stories a second over all feeds")
	flag.DurationVar(&s.every, "every", time.Minute, "interval of every feed")
	flag.DurationVar(&s.gap, "gap", time.Second, "least time between two requests to a host")
	flag.StringVar(&s.faults, "faults", faults, "shares of feeds with a fault")
	flag.Float64Var(&s.disallow, "disallow", 0.05, "share of hosts whose robots.txt keeps programs from pages")
	flag.StringVar(&s.keep, "keep", "", "folder for the configuration and the logs")
	flag.DurationVar(&s.disturb, "disturb", 0, "reload, end and kill the daemon once in each such time: a soak")
	flag.Parse()
	if s.farm == "" {
		fmt.Fprintln(os.Stderr, "newsroom: -farm: want the folder of the newsroom's source; it is not part of this module")
		os.Exit(64)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ok, err := run(ctx, s)
	if err != nil {
		fmt.Fprintln(os.Stderr, "newsroom:", err)
		os.Exit(1)
	}
	if !ok {
		os.Exit(1)
	}
}

// run starts both sides, waits for the newsroom's end, and judges.
func run(ctx context.Context, s setting) (bool, error) {
	dir, err := os.MkdirTemp("", "newsroom-")
	if err != nil {
		return false, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if s.keep != "" {
		if err := os.MkdirAll(s.keep, 0o755); err != nil {
			return false, err
		}
	} else {
		s.keep = dir
	}
	farm, err := build(ctx, s.farm, filepath.Join(dir, "feedfarm"), ".")
	if err != nil {
		return false, err
	}
	wire, err := build(ctx, ".", filepath.Join(dir, "chipwire"), "./cmd/chipwire")
	if err != nil {
		return false, err
	}
	room, err := open(ctx, farm, s)
	if err != nil {
		return false, err
	}
	defer room.close()
	d, err := start(wire, dir, s, room.feeds)
	if err != nil {
		return false, err
	}
	defer d.stop()
	var done disturbances
	if s.disturb > 0 {
		if done, err = disturb(ctx, d, s); err != nil {
			return false, err
		}
	}
	if err := errors.Join(room.wait(ctx), d.alive()); err != nil {
		return false, err
	}
	items, err := d.items(ctx)
	if err != nil {
		return false, err
	}
	stories, seen, err := room.books()
	if err != nil {
		return false, err
	}
	lines := judge(s, stories, seen, items, d.peak())
	if s.disturb > 0 {
		lines = append(soaked(lines), done.lines()...)
	}
	return report(os.Stdout, lines), nil
}

// build compiles a command of the module in dir.
func build(ctx context.Context, dir, binary, pkg string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "build", "-o", binary, pkg)
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("build %s in %s: %w", pkg, dir, err)
	}
	return binary, nil
}
