package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/spf13/cobra"

	"github.com/chipwire/chipwire/config"
	"github.com/chipwire/chipwire/fetcher"
	"github.com/chipwire/chipwire/fetcher/websub"
	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/internal/bus/embed"
)

func newFeeds() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "feeds",
		Short: "The feeds: their health, and the list of them",
		Args:  args(cobra.NoArgs),
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newFeedsList(), newFeedsTest(), newFeedsAdd(), newFeedsRemove(), newFeedsImport(), newFeedsExport())
	return cmd
}

func newFeedsList() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the feeds with their health, next poll and why",
		Args:  args(cobra.NoArgs),
	}
	path := configFlag(cmd)
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg, err := loadConfig(*path)
		if err != nil {
			return err
		}
		store, done, err := openFeeds(cmd.Context(), cfg)
		if err != nil {
			return err
		}
		defer done()
		rows, err := feedRows(cmd.Context(), cfg, store, time.Now())
		if err != nil {
			return err
		}
		out := cmd.OutOrStdout()
		if *asJSON || !isTerminal(out) {
			enc := json.NewEncoder(out)
			enc.SetEscapeHTML(false)
			for _, r := range rows {
				if err := enc.Encode(r); err != nil {
					return err
				}
			}
			return nil
		}
		return printFeeds(out, rows)
	}
	return cmd
}

// connectInside connects to the CORE account of the running daemon.
func connectInside(cfg config.Config) (*nats.Conn, error) {
	url, login := cfg.NATS.URL, cfg.NATS.Core
	if url == "" {
		dir := cfg.DataDir
		var err error
		if dir == "" {
			if dir, err = config.DefaultDataDir(); err != nil {
				return nil, err
			}
		}
		if url, login, _, err = embed.Daemon(dir); err != nil {
			return nil, unavailableError{err}
		}
	}
	login, err := login.Resolve()
	if err != nil {
		return nil, err
	}
	nc, err := bus.Connect(url, "chipwire", login, slog.New(slog.DiscardHandler), nats.RetryOnFailedConnect(false))
	if err != nil {
		return nil, unavailableError{fmt.Errorf("%w; is the daemon running?", err)}
	}
	return nc, nil
}

func openFeeds(ctx context.Context, cfg config.Config) (fetcher.Store, func(), error) {
	nc, err := connectInside(cfg)
	if err != nil {
		return nil, nil, err
	}
	js, err := jetstream.New(nc)
	if err == nil {
		var kv jetstream.KeyValue
		if kv, err = js.KeyValue(ctx, bus.FeedsBucket); err == nil {
			return fetcher.NewBucketStore(kv), nc.Close, nil
		}
	}
	nc.Close()
	return nil, nil, fmt.Errorf("bucket %s: %w", bus.FeedsBucket, err)
}

// feedRow is one line of the list.
type feedRow struct {
	ID       string     `json:"id"`
	Name     string     `json:"name"`
	URL      string     `json:"url"`
	Status   string     `json:"status"` // ok, the name of a fault, new (never polled) or disabled
	Note     string     `json:"note,omitempty"`
	Advice   string     `json:"advice,omitempty"`
	Since    *time.Time `json:"since"`
	Failures int        `json:"failures"`
	Items    int        `json:"items"`
	LastNew  *time.Time `json:"last_new"`
	Next     *time.Time `json:"next"`
	Why      string     `json:"why,omitempty"`
	Push     string     `json:"push,omitempty"` // how things stand with the feed's hub, in words
}

func feedRows(ctx context.Context, cfg config.Config, store fetcher.Store, now time.Time) ([]feedRow, error) {
	rows := make([]feedRow, 0, len(cfg.Feeds))
	for _, s := range cfg.Feeds {
		f := s.Feed(cfg.Fetcher.MinInterval)
		state, revision, err := store.Load(ctx, f.ID)
		if err != nil {
			return nil, err
		}
		h := state.Health
		r := feedRow{
			ID: f.ID, Name: f.Name, URL: f.URL, Status: cmp.Or(h.Status, "new"), Note: h.Note, Advice: h.Advice,
			Since: timeOrNil(h.Since), Failures: h.Failures, Items: h.Items, LastNew: timeOrNil(h.LastNew),
		}
		if s.Disabled {
			r.Status = "disabled"
		} else {
			if !s.Pushed(cfg.Fetcher) {
				state.WebSub = websub.Subscription{}
			}
			paced, why := fetcher.Paced(f, state, 0, now)
			turn := fetcher.NextTurn(paced, revision > 0, state.Rest, now)
			if why != "" && !state.Rest.Until.After(now) {
				turn.Why += ": " + why
			}
			r.Next, r.Why, r.Push = &turn.At, turn.Why, state.WebSub.Describe(now)
		}
		rows = append(rows, r)
	}
	return rows, nil
}

func printFeeds(w io.Writer, rows []feedRow) error {
	p := newPaint(w)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "FEED\tSTATUS\tITEMS\tLAST NEW\tNEXT\tWHY")
	for _, r := range rows {
		fmt.Fprintf(tw, "%s\t%s\t%d\t%s\t%s\t%s\n", r.ID, r.Status, r.Items, clock(r.LastNew), clock(r.Next), r.Why)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	for _, r := range rows {
		if note := strings.Join(slices.DeleteFunc([]string{r.Note, r.Push}, func(s string) bool { return s == "" }), "; "); note != "" {
			fmt.Fprintf(w, "\n%s: %s\n", p.bold(r.ID), note)
		}
		if r.Advice != "" {
			fmt.Fprintf(w, "  %s\n", r.Advice)
		}
	}
	return nil
}

func clock(t *time.Time) string {
	if t == nil {
		return "-"
	}
	if local := t.Local(); time.Since(local).Abs() < 12*time.Hour {
		return local.Format(time.TimeOnly)
	}
	return t.Local().Format(time.DateTime)
}
