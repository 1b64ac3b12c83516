package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/spf13/cobra"

	"github.com/chipwire/chipwire/internal/bus"
)

func newDead() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "dead",
		Short: "What the pipeline gave up, and why",
		Long: `Messages that a stage failed on five times are given up: they are kept for 30 days
with the reason, and hold nobody up.`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newDeadList(), newDeadRetry())
	return cmd
}

// deadRow is one line of the list.
type deadRow struct {
	Letter uint64    `json:"letter"` // what retry takes
	At     time.Time `json:"at"`
	Stream string    `json:"stream"`
	Reason string    `json:"reason"`
	Title  string    `json:"title"`
	URL    string    `json:"url"`
	Bytes  int       `json:"bytes"`

	Payload json.RawMessage `json:"payload,omitempty"` // with --payload
}

func newDeadList() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List what was given up, the oldest first",
		Args:  args(cobra.NoArgs),
	}
	path := configFlag(cmd)
	payload := cmd.Flags().Bool("payload", false, "with the whole message (JSON lines)")
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		out := cmd.OutOrStdout()
		show := deadForPeople(out, newPaint(out))
		if *asJSON || *payload || !isTerminal(out) {
			enc := json.NewEncoder(out)
			enc.SetEscapeHTML(false)
			show = func(r deadRow) error { return enc.Encode(r) }
		}
		return inCore(cmd.Context(), *path, func(ctx context.Context, js jetstream.JetStream) error {
			return bus.DeadLetters(ctx, js, func(l bus.DeadLetter) error {
				return show(deadRowOf(l, *payload))
			})
		})
	}
	return cmd
}

// deadRowOf says what a dead letter was about. An item, an article and a verdict name
// their story each in their own place.
func deadRowOf(l bus.DeadLetter, payload bool) deadRow {
	var story struct {
		Title, URL, Link string
		Source           struct{ Title, URL string }
	}
	r := deadRow{Letter: l.Sequence, At: l.At, Stream: l.Stream, Reason: l.Reason, Bytes: len(l.Data)}
	if json.Unmarshal(l.Data, &story) == nil { // else it is dead because it is none
		r.Title, r.URL = cmp.Or(story.Title, story.Source.Title), cmp.Or(story.URL, story.Link, story.Source.URL)
	}
	if payload {
		if r.Payload = l.Data; !json.Valid(l.Data) {
			r.Payload, _ = json.Marshal(string(l.Data)) // a text always has a form in JSON
		}
	}
	return r
}

func deadForPeople(w io.Writer, p paint) func(deadRow) error {
	return func(r deadRow) error {
		_, err := fmt.Fprintf(w, "%s  %s  %s\n  %s\n  %s\n  %s\n\n", p.bold(strconv.FormatUint(r.Letter, 10)), r.Stream,
			p.dim(r.At.Local().Format(time.DateTime)), printable(cmp.Or(r.Title, "no title")), p.dim(printable(cmp.Or(r.URL, "no address"))), printable(r.Reason))
		return err
	}
}

func newDeadRetry() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "retry LETTER…",
		Short: "Hand what was given up to its stage again",
		Long: `Put the messages back into their streams, where the running daemon takes them up
again. A letter is a number that "chipwire dead list" shows; it is taken off the list.
What fails again comes back to the list with a new number.`,
		Example: "  chipwire dead retry 12 13\n  chipwire dead retry --all",
	}
	path := configFlag(cmd)
	all := cmd.Flags().Bool("all", false, "everything that is on the list now")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		letters, err := letterNumbers(args, *all)
		if err != nil {
			return usageError{err}
		}
		out := cmd.OutOrStdout()
		return inCore(cmd.Context(), *path, func(ctx context.Context, js jetstream.JetStream) error {
			if *all { // first the whole list: what fails again meanwhile is for the next time
				err := bus.DeadLetters(ctx, js, func(l bus.DeadLetter) error {
					letters = append(letters, l.Sequence)
					return nil
				})
				if err != nil {
					return err
				}
			}
			var errs []error
			for _, n := range letters {
				l, err := bus.Revive(ctx, js, n)
				if err != nil {
					errs = append(errs, err)
					continue
				}
				fmt.Fprintf(out, "%d is back in %s\n", n, l.Stream)
			}
			return errors.Join(errs...)
		})
	}
	return cmd
}

func letterNumbers(args []string, all bool) (letters []uint64, err error) {
	if all == (len(args) > 0) {
		return nil, errors.New("want the numbers of letters, or --all; `chipwire dead list` shows them")
	}
	var errs []error
	for _, a := range args {
		n, err := strconv.ParseUint(a, 10, 64)
		if err != nil || n == 0 {
			errs = append(errs, fmt.Errorf("letter %q, want a number of `chipwire dead list`", a))
		}
		letters = append(letters, n)
	}
	return letters, errors.Join(errs...)
}

// inCore calls do with the CORE account of the running daemon.
func inCore(ctx context.Context, configPath string, do func(context.Context, jetstream.JetStream) error) error {
	cfg, err := loadRules(configPath)
	if err != nil {
		return err
	}
	nc, err := connectInside(cfg)
	if err != nil {
		return err
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		return err
	}
	return do(ctx, js)
}
