// Command cost holds the price of the daemon's polls against a bare poller's:
// polls a second of processor time, both taken in the same minutes with equal
// connection settings, in turns, several times.
//
//	go run ./internal/measure/cost [-rounds 5] [-cases warm,hash,...] FARM
//
// FARM (or the variable FEEDFARM) is the folder of feedfarm, the simulated
// newsroom: its own module, with the bare poller in the folder barepoll, not part
// of this repository. The daemon is the real one: embedded NATS server, state
// kept, every item stored and synced. Only the reading of pages is left out, by
// the role poll. "feedfarm meter" measures it from outside, in a phase that holds
// nothing but the polls of the case; the bare poller says its own figures, without
// its start.
//
// Equal connections: where the bare poller closes them after each request, so does
// the daemon, by a header "Connection: close" of its feeds; where it keeps them,
// the newsroom has no more hosts than both keep.
//
// It is a program and no shell script so that every process that it starts is
// ended by its own handle, whatever happens.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// options are the command line.
type options struct {
	farm     string
	chipwire string
	dir      string
	rounds   int
	feeds    int
	memory   int
	cases    []trial
	verbose  bool
}

func run(args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stderr)
	if err != nil {
		fmt.Fprintln(stderr, "cost:", err)
		return 64
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := measure(ctx, o, stdout, stderr); err != nil {
		fmt.Fprintln(stderr, "cost:", err)
		return 1
	}
	return 0
}

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("cost", flag.ContinueOnError)
	flags.SetOutput(stderr)
	names := flags.String("cases", "", "the cases, comma-separated; default all: "+strings.Join(caseNames(), ","))
	flags.IntVar(&o.rounds, "rounds", 5, "how often each case is taken; the median counts")
	flags.IntVar(&o.feeds, "feeds", 3000, "feeds of the newsroom")
	flags.IntVar(&o.memory, "memory", 10000, "feeds of the memory case")
	flags.StringVar(&o.chipwire, "chipwire", "", "the daemon's binary; default: built from this repository")
	flags.StringVar(&o.dir, "dir", "/dev/shm", "where the data folders are made; a folder on disk to count that, too")
	flags.BoolVar(&o.verbose, "v", false, "tell every round")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	o.farm = cmp.Or(flags.Arg(0), os.Getenv("FEEDFARM"))
	if _, err := os.Stat(filepath.Join(o.farm, "barepoll")); o.farm == "" || err != nil {
		return o, errors.New("the folder of feedfarm is not there; name it as the argument or in FEEDFARM (it is a tool of its own, not part of this repository)")
	}
	for _, t := range trials {
		if *names == "" || slices.Contains(strings.Split(*names, ","), t.name) {
			o.cases = append(o.cases, t)
		}
	}
	if len(o.cases) == 0 {
		return o, fmt.Errorf("cases %q, want some of %s", *names, strings.Join(caseNames(), ","))
	}
	return o, nil
}

// measure takes the cases and prints a table of them.
func measure(ctx context.Context, o options, stdout, stderr io.Writer) error {
	dir, err := os.MkdirTemp(o.dir, "chipwire-cost-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b, err := build(ctx, o, dir)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%-26s %12s %12s %7s %7s %7s\n", "case", "ours", "bare", "ratio", "bar", "aim")
	missed := 0
	for _, t := range o.cases {
		r := bench{tools: b, trial: t, feeds: o.feeds * max(t.scale, 1), dir: filepath.Join(dir, t.name), log: stderr, verbose: o.verbose}
		if t.memory {
			r.feeds = o.memory
		} else if t.feeds > 0 {
			r.feeds = t.feeds
		}
		line, ok, err := r.take(ctx, o.rounds)
		if err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
		fmt.Fprintln(stdout, line)
		if !ok {
			missed++
		}
	}
	if missed > 0 {
		return fmt.Errorf("%d of %d bars missed", missed, len(o.cases))
	}
	return nil
}

// tools are the binaries that are run.
type tools struct{ feedfarm, barepoll, chipwire string }

// build makes the binaries.
func build(ctx context.Context, o options, dir string) (tools, error) {
	b := tools{filepath.Join(dir, "feedfarm"), filepath.Join(dir, "barepoll"), o.chipwire}
	makes := [][3]string{{o.farm, b.feedfarm, "."}, {filepath.Join(o.farm, "barepoll"), b.barepoll, "."}}
	if b.chipwire == "" {
		b.chipwire = filepath.Join(dir, "chipwire")
		makes = append(makes, [3]string{"", b.chipwire, "github.com/chipwire/chipwire/cmd/chipwire"})
	}
	for _, m := range makes {
		cmd := exec.CommandContext(ctx, "go", "build", "-o", m[1], m[2])
		cmd.Dir = m[0]
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0") // as .goreleaser.yaml has it
		if out, err := cmd.CombinedOutput(); err != nil {
			return b, fmt.Errorf("build %s: %w: %s", m[2], err, out)
		}
	}
	return b, nil
}
