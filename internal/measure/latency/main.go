// Command latency holds the way of a story through the daemon, from the feed's
// response to the alert at a subscriber, against a bare chain that polls, fetches and
// publishes with no classifier and no state: the 99th percentile, and the processor
// time an article.
//
//	go run ./internal/measure/latency [-rounds 3] [-for 60s] TOOLS
//
// TOOLS is the folder of feedfarm (with barechain in it), pairstories and alertwatch,
// which are modules of their own and not part of this repository. In each round the
// same newsroom is opened twice, for one and for the other, so that both are taken in
// the same minutes. The daemon is the real one, with the embedded server, each write
// synced; its data folder is on a memory file system, for a busy disk would be all
// that one measures. With -disk DIR one more round is taken with the data folder
// there, beside the syncs that the disk makes a second.
package main

import (
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
	"syscall"
	"time"
)

// The bars: times the bare chain's.
const (
	barLatency = 1.5
	barCPU     = 1.4
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// options are the command line.
type options struct {
	tools     string
	companies string
	chipwire  string
	memory    string // folder on a memory file system
	disk      string // folder on a disk, "" for none
	rounds    int
	length    time.Duration
	rate      int
	feeds     int
	profile   string
}

func parse(args []string, stderr io.Writer) (o options, err error) {
	flags := flag.NewFlagSet("latency", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.companies, "companies", "", "the registry that stories are made of; default: data/companies.yaml beside TOOLS")
	flags.StringVar(&o.chipwire, "chipwire", "", "the daemon's binary; default: built from this repository")
	flags.StringVar(&o.memory, "memory", "/dev/shm", "a folder on a memory file system")
	flags.StringVar(&o.disk, "disk", "", "a folder on a disk, for one round more")
	flags.IntVar(&o.rounds, "rounds", 3, "how often both are measured; the median counts")
	flags.DurationVar(&o.length, "for", time.Minute, "how long stories come in each round")
	flags.IntVar(&o.rate, "rate", 100, "stories a second")
	flags.IntVar(&o.feeds, "feeds", 100, "feeds, each on a host of its own")
	flags.StringVar(&o.profile, "profile", "", "write a processor profile of the daemon in the first round to this file")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	o.tools = flags.Arg(0)
	if _, err := os.Stat(filepath.Join(o.tools, "alertwatch")); o.tools == "" || err != nil {
		return o, errors.New("want the folder of feedfarm, pairstories and alertwatch; they are not part of this repository")
	}
	if o.companies == "" {
		o.companies = filepath.Join(o.tools, "..", "data", "companies.yaml")
	}
	o.companies, err = filepath.Abs(o.companies)
	return o, err
}

func run(args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stderr)
	if err != nil {
		fmt.Fprintln(stderr, "latency:", err)
		return 64
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ok, err := measure(ctx, o, stdout)
	if err != nil {
		fmt.Fprintln(stderr, "latency:", err)
		return 1
	}
	if !ok {
		return 1
	}
	return 0
}

// measure takes the rounds and prints a line of each, and the medians.
func measure(ctx context.Context, o options, w io.Writer) (ok bool, err error) {
	dir, err := os.MkdirTemp(o.memory, "chipwire-latency-")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(dir)
	b := bench{options: o, dir: dir}
	if err := b.build(ctx); err != nil {
		return false, err
	}
	fmt.Fprintf(w, "%-8s %32s %32s %7s %7s\n", "", "chipwire: p50 p99 ms, CPU ms", "bare: p50 p99 ms, CPU ms", "p99", "CPU")
	line := func(name string, ours, bare figures) {
		fmt.Fprintf(w, "%-8s %18.1f %6.1f %6.2f %18.1f %6.1f %6.2f %7.2f %7.2f\n", name, ours.p50, ours.p99, ours.cpu, bare.p50, bare.p99, bare.cpu, ours.p99/bare.p99, ours.cpu/bare.cpu)
	}
	var latency, cpu []float64
	for i := range o.rounds {
		b.profiled = i == 0 && o.profile != ""
		ours, bare, err := b.round(ctx, filepath.Join(dir, "data"))
		if err != nil {
			return false, err
		}
		line(fmt.Sprint("round ", i+1), ours, bare)
		latency, cpu = append(latency, ours.p99/bare.p99), append(cpu, ours.cpu/bare.cpu)
	}
	b.profiled = false
	if o.disk != "" {
		if err := b.onDisk(ctx, w, line); err != nil {
			return false, err
		}
	}
	if o.rounds == 0 {
		return true, nil
	}
	gotLatency, gotCPU := median(latency), median(cpu)
	fmt.Fprintf(w, "p99 %.2f times the bare chain's (bar %.1f), CPU an article %.2f times (bar %.1f)\n", gotLatency, barLatency, gotCPU, barCPU)
	return gotLatency <= barLatency && gotCPU <= barCPU, nil
}

// onDisk takes a round with the data folder on a disk, with what that disk can do
// before and after it.
func (b *bench) onDisk(ctx context.Context, w io.Writer, line func(string, figures, figures)) error {
	dir, err := os.MkdirTemp(b.disk, "chipwire-latency-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	before, err := syncs(dir)
	if err != nil {
		return err
	}
	ours, bare, err := b.round(ctx, filepath.Join(dir, "data"))
	if err != nil {
		return err
	}
	after, err := syncs(dir)
	if err != nil {
		return err
	}
	line("on disk", ours, bare)
	fmt.Fprintf(w, "the disk makes %.0f syncs a second before it, %.0f after\n", before, after)
	return nil
}

// syncs is how many small writes a second the disk makes durable, one after another.
func syncs(dir string) (float64, error) {
	f, err := os.CreateTemp(dir, "sync-")
	if err != nil {
		return 0, err
	}
	defer f.Close()
	block, n, start := make([]byte, 2048), 0, time.Now()
	for ; time.Since(start) < 2*time.Second; n++ {
		if _, err := f.Write(block); err != nil {
			return 0, err
		}
		if err := f.Sync(); err != nil {
			return 0, err
		}
	}
	return float64(n) / time.Since(start).Seconds(), nil
}

// build makes the binaries and the stories.
func (b *bench) build(ctx context.Context) error {
	makes := [][3]string{
		{filepath.Join(b.tools, "feedfarm"), "feedfarm", "."},
		{filepath.Join(b.tools, "feedfarm", "barechain"), "barechain", "."},
		{filepath.Join(b.tools, "alertwatch"), "alertwatch", "."},
		{filepath.Join(b.tools, "pairstories"), "pairstories", "."},
	}
	if b.chipwire == "" {
		b.chipwire = b.path("chipwire")
		makes = append(makes, [3]string{"", "chipwire", "github.com/chipwire/chipwire/cmd/chipwire"})
	}
	for _, m := range makes {
		cmd := exec.CommandContext(ctx, "go", "build", "-o", b.path(m[1]), m[2])
		cmd.Dir = m[0]
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("build %s: %w: %s", m[1], err, out)
		}
	}
	stories, err := os.Create(b.path("stories.jsonl"))
	if err != nil {
		return err
	}
	defer stories.Close()
	cmd := exec.CommandContext(ctx, b.path("pairstories"), "-companies", b.companies, "-n", fmt.Sprint(int(b.length.Seconds()+1)*b.rate))
	cmd.Stdout, cmd.Stderr = stories, os.Stderr
	return cmd.Run()
}

func (b *bench) path(name string) string { return filepath.Join(b.dir, name) }

func median(list []float64) float64 {
	list = slices.Sorted(slices.Values(list))
	n := len(list)
	return (list[(n-1)/2] + list[n/2]) / 2
}
