package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/spf13/cobra"

	"github.com/chipwire/chipwire/config"
	"github.com/chipwire/chipwire/fetcher"
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
		Use:   "list [ID]",
		Short: "List the feeds with their health, the worst first, or show one whole",
		Long: `List the feeds of the configuration with what the running daemon knows of them,
the worst first. With an ID (or an address of the file): that feed whole, with its
last 30 polls. docs/feeds.md explains the columns, and each status with what to do.

The daemon writes its history of polls with the next change of a feed and at a
stop, so the last few polls may not be counted yet.`,
		Example: `  chipwire feeds list --broken
  chipwire feeds list etnews
  chipwire feeds list --json | jq -r 'select(.hit_rate < 0.05) | .id'`,
		Args: args(cobra.MaximumNArgs(1)),
	}
	path := configFlag(cmd)
	asJSON := jsonFlag(cmd)
	statuses := cmd.Flags().StringSlice("status", nil, "only feeds with this status, such as http-404; several with commas")
	broken := cmd.Flags().Bool("broken", false, "only feeds that need somebody")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		cfg, err := loadConfig(*path)
		if err != nil {
			return err
		}
		out := cmd.OutOrStdout()
		lines := *asJSON || !isTerminal(out)
		if len(args) > 0 {
			return showFeed(cmd.Context(), out, cfg, args[0], lines)
		}
		var states map[string]fetcher.State
		err = insideFeeds(cmd.Context(), cfg, func(kv jetstream.KeyValue) (err error) {
			states, err = fetcher.ReadStates(cmd.Context(), fetcher.NewBucketStore(kv))
			return err
		})
		if err != nil {
			return err
		}
		now := time.Now()
		rows := chosen(healthRows(cfg, states, now), *statuses, *broken)
		if lines {
			return printLines(out, rows)
		}
		return printFeeds(out, rows, now)
	}
	return cmd
}

// printLines prints values as JSON lines.
func printLines[T any](w io.Writer, values []T) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, v := range values {
		if err := enc.Encode(v); err != nil {
			return err
		}
	}
	return nil
}

// showFeed prints all that is known of one feed.
func showFeed(ctx context.Context, w io.Writer, cfg config.Config, arg string, lines bool) error {
	i := config.FindFeed(cfg.Feeds, arg)
	if i < 0 {
		return fmt.Errorf("no feed %q in the configuration; want an id that `chipwire feeds list` names, or an address of the file", arg)
	}
	r, err := presentRow(ctx, cfg, cfg.Feeds[i], time.Now())
	if err != nil {
		return err
	}
	if lines {
		return printLines(w, []feedRow{r})
	}
	return printFeed(w, r, time.Now())
}

// presentRow asks the running daemon's bucket for one feed.
func presentRow(ctx context.Context, cfg config.Config, src fetcher.Source, now time.Time) (r feedRow, err error) {
	err = insideFeeds(ctx, cfg, func(kv jetstream.KeyValue) error {
		state, revision, err := fetcher.NewBucketStore(kv).Load(ctx, src.Feed(cfg.Fetcher.MinInterval).ID)
		if err != nil {
			return err
		}
		r = healthRow(cfg.Fetcher, src, state, revision > 0, now)
		r.Recent = recentPolls(state.Polls)
		return nil
	})
	return r, err
}

// connectInside connects to the CORE account of the running daemon.
func connectInside(cfg config.Config) (*nats.Conn, error) {
	url, login := cfg.NATS.URL, cfg.NATS.Core
	if url == "" {
		dir, err := dataDir(cfg)
		if err != nil {
			return nil, err
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

// insideFeeds calls do with the bucket of the feeds' states.
func insideFeeds(ctx context.Context, cfg config.Config, do func(jetstream.KeyValue) error) error {
	nc, err := connectInside(cfg)
	if err != nil {
		return err
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		return err
	}
	kv, err := js.KeyValue(ctx, bus.FeedsBucket)
	if err != nil {
		return fmt.Errorf("bucket %s: %w", bus.FeedsBucket, err)
	}
	return do(kv)
}
