package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/spf13/cobra"

	"github.com/chipwire/chipwire/config"
	"github.com/chipwire/chipwire/desk"
	"github.com/chipwire/chipwire/internal/app"
	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/news"
)

// orderTime bounds the wait for the desk's answer.
const orderTime = 20 * time.Second

func newEvents() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "events",
		Short: "The desk's book: which deals there are, and what was told of them",
		Args:  args(cobra.NoArgs),
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newEventsList(), newEventsShow(), newEventsMerge(), newEventsSplit())
	return cmd
}

// An eventChoice chooses events of the book.
type eventChoice struct {
	companies, kinds, stages []string
	since                    time.Duration
	review                   bool
	limit                    int
}

// check reports a choice that can never be met.
func (c eventChoice) check() error {
	for _, k := range c.kinds {
		if _, err := news.ParseKind(k); err != nil {
			return usageError{err}
		}
	}
	for _, s := range c.stages {
		if _, err := news.ParseStage(s); err != nil {
			return usageError{err}
		}
	}
	if c.limit < 0 {
		return usageError{fmt.Errorf("--limit %d, want 0 (all) or more", c.limit)}
	}
	return nil
}

// chosen leaves the events of the choice, the newest report first.
func (c eventChoice) chosen(all []news.Event, now time.Time) []news.Event {
	var out []news.Event
	for _, ev := range all {
		party := func(id string) bool {
			return slices.ContainsFunc(ev.Parties, func(p news.Party) bool { return string(p.ID) == id })
		}
		switch {
		case ev.Into != "", len(ev.Parties) == 0, ev.Review != c.review, // no deal, or none any more
			c.since > 0 && now.Sub(ev.LastSeen) > c.since,
			len(c.kinds) > 0 && !slices.Contains(c.kinds, string(ev.Kind)),
			len(c.stages) > 0 && !slices.Contains(c.stages, string(ev.Stage)),
			slices.ContainsFunc(c.companies, func(id string) bool { return !party(id) }):
			continue
		}
		out = append(out, ev)
	}
	slices.SortFunc(out, func(a, b news.Event) int {
		if d := b.LastSeen.Compare(a.LastSeen); d != 0 {
			return d
		}
		return strings.Compare(a.ID, b.ID)
	})
	if c.limit > 0 {
		out = out[:min(len(out), c.limit)]
	}
	return out
}

func newEventsList() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list [COMPANY...]",
		Short: "List the deals that the desk knows, the newest report first",
		Long: `List the deals that the desk knows, the newest report first: those that all of the
companies are party to. SOURCES counts those with words of their own, and all reports.`,
		Example: `  chipwire events list samsung-electronics --stage agreed
  chipwire events list --since 24h --json | jq -r '.id + " " + .stage'`,
		Args: cobra.ArbitraryArgs,
	}
	path, asJSON := configFlag(cmd), jsonFlag(cmd)
	var c eventChoice
	cmd.Flags().StringSliceVar(&c.kinds, "kind", nil, "only this kind; several with commas")
	cmd.Flags().StringSliceVar(&c.stages, "stage", nil, "only this stage; several with commas")
	cmd.Flags().DurationVar(&c.since, "since", 0, "only those reported on so long ago or later, such as 24h")
	cmd.Flags().BoolVar(&c.review, "review", false, "those of the review band instead")
	cmd.Flags().IntVar(&c.limit, "limit", 50, "at most so many; 0: all")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c.companies = args
		if err := c.check(); err != nil {
			return err
		}
		all, err := readEvents(cmd.Context(), *path)
		if err != nil {
			return err
		}
		out, now := cmd.OutOrStdout(), time.Now()
		events := c.chosen(all, now)
		if *asJSON || !isTerminal(out) {
			return printLines(out, events)
		}
		return printEvents(out, events, now)
	}
	return cmd
}

func newEventsShow() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show ID",
		Short: "Show a deal: what each source said of it, and who was told what",
		Long: `Show a deal: what each source said of it, and who was told what and why. The
beginning of an id will do.`,
		Args: args(cobra.ExactArgs(1)),
	}
	path, asJSON := configFlag(cmd), jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		all, err := readEvents(cmd.Context(), *path)
		if err != nil {
			return err
		}
		ev, err := findEvent(all, args[0])
		if err != nil {
			return err
		}
		if out := cmd.OutOrStdout(); *asJSON || !isTerminal(out) {
			return printLines(out, []news.Event{ev})
		}
		return printEvent(cmd.OutOrStdout(), ev, time.Now())
	}
	return cmd
}

func newEventsMerge() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "merge ID OTHER",
		Short: "Put the reports of another event into one: they are the same deal",
		Long: `Put the reports of another event into one: they are the same deal. Nobody is told
anything by it; what was told of either counts as told. Later reports of the other
join the one, and no report moves out of it by itself any more. The beginnings of the
ids will do. The running daemon does it, and answers.`,
		Args: args(cobra.ExactArgs(2)),
	}
	path, asJSON := configFlag(cmd), jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return orderDesk(cmd, *path, *asJSON, func(all []news.Event) (o desk.Order, err error) {
			into, err := findEvent(all, args[0])
			if err != nil {
				return o, err
			}
			from, err := findEvent(all, args[1])
			return desk.Order{Event: into.ID, Merge: from.ID}, err
		})
	}
	return cmd
}

func newEventsSplit() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "split ID URL...",
		Short: "Take the reports of some articles out of an event: they are another deal",
		Long: `Take the reports of some articles out of an event: they are another deal. Nobody is
told anything by it, and no report moves between the two by itself any more. An article
is named by its URL, or by its id as "events show --json" has it. The running daemon
does it, and answers.`,
		Args: args(cobra.MinimumNArgs(2)),
	}
	path, asJSON := configFlag(cmd), jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return orderDesk(cmd, *path, *asJSON, func(all []news.Event) (o desk.Order, err error) {
			ev, err := findEvent(all, args[0])
			return desk.Order{Event: ev.ID, Split: args[1:]}, err
		})
	}
	return cmd
}

// orderDesk has the running desk carry out an order, and prints what came of it.
func orderDesk(cmd *cobra.Command, path string, asJSON bool, make func(all []news.Event) (desk.Order, error)) error {
	ctx, cancel := context.WithTimeout(cmd.Context(), orderTime)
	defer cancel()
	var ans app.DeskAnswer
	err := inside(path, func(nc *nats.Conn) error {
		all, err := loadEvents(ctx, nc)
		if err != nil {
			return err
		}
		o, err := make(all)
		if err != nil {
			return err
		}
		err = bus.AskWith(ctx, nc, app.DeskSubject, o, &ans)
		if errors.Is(err, bus.ErrNobody) {
			return unavailableError{fmt.Errorf("%w: no node holds the desk at the moment", err)}
		}
		return err
	})
	switch out := cmd.OutOrStdout(); {
	case err != nil:
		return err
	case ans.Err != "":
		return errors.New(ans.Err)
	case asJSON || !isTerminal(out):
		return printLines(out, ans.Events)
	default:
		return printEvents(out, eventChoice{}.standing(ans.Events), time.Now())
	}
}

// standing leaves out the events that have become part of others.
func (eventChoice) standing(events []news.Event) []news.Event {
	return slices.DeleteFunc(slices.Clone(events), func(ev news.Event) bool { return ev.Into != "" })
}

// inside calls do with a connection to the CORE account of the running daemon.
func inside(path string, do func(*nats.Conn) error) error {
	cfg, err := loadConfig(path)
	if errors.Is(err, config.ErrNoFile) {
		cfg, err = config.Default, nil
	}
	if err != nil {
		return err
	}
	nc, err := connectInside(cfg)
	if err != nil {
		return err
	}
	defer nc.Close()
	return do(nc)
}

// readEvents reads the book of the running daemon.
func readEvents(ctx context.Context, path string) (all []news.Event, err error) {
	err = inside(path, func(nc *nats.Conn) error {
		all, err = loadEvents(ctx, nc)
		return err
	})
	return all, err
}

func loadEvents(ctx context.Context, nc *nats.Conn) (all []news.Event, err error) {
	js, err := jetstream.New(nc)
	if err != nil {
		return nil, err
	}
	kv, err := js.KeyValue(ctx, bus.EventsBucket)
	if err != nil {
		return nil, fmt.Errorf("bucket %s: %w", bus.EventsBucket, err)
	}
	err = desk.NewBucketStore(kv).All(ctx, func(ev news.Event) error {
		all = append(all, ev)
		return nil
	})
	return all, err
}

// findEvent returns the event that the beginning of an id stands for.
func findEvent(all []news.Event, prefix string) (news.Event, error) {
	ids := make([]string, len(all))
	for i, ev := range all {
		ids[i] = ev.ID
	}
	id, err := desk.Find(ids, prefix)
	if err != nil {
		return news.Event{}, err
	}
	return all[slices.Index(ids, id)], nil
}
