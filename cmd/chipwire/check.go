package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/chipwire/chipwire/config"
	"github.com/chipwire/chipwire/fetcher"
	"github.com/chipwire/chipwire/fetcher/client"
)

func newCheck() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Check the configuration: every fault at once",
		Long: `Check the configuration and print every fault at once, each with its line. Exits
with 78 when there is one. --probe asks every feed once, and exits with 1 when one
of them cannot be read.`,
		Args: args(cobra.NoArgs),
	}
	path := configFlag(cmd)
	probe := cmd.Flags().Bool("probe", false, "ask every feed once")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		file, err := config.Find(*path)
		if err != nil {
			return err
		}
		cfg, err := config.Load(file)
		if err != nil {
			return err
		}
		reg, err := cfg.Registry()
		if err != nil {
			return err
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%s: good; %d feeds, %d companies\n", file, len(cfg.Feeds), len(reg.All()))
		if !*probe {
			return nil
		}
		return probeFeeds(cmd.Context(), cfg, cmd.OutOrStdout())
	}
	return cmd
}

// probes is how many feeds are asked at once.
const probes = 16

// probeFeeds asks every feed once and prints a line each, in the order of the
// file.
func probeFeeds(ctx context.Context, cfg config.Config, w io.Writer) error {
	c := client.New(cfg.Fetcher.Config)
	defer c.Close()
	results := make([]chan string, len(cfg.Feeds))
	bad := make([]bool, len(cfg.Feeds))
	var g errgroup.Group
	g.SetLimit(probes)
	for i := range results {
		results[i] = make(chan string, 1)
	}
	go func() { // ends with the group, which is waited for below
		for i, s := range cfg.Feeds {
			g.Go(func() error {
				line, ok := probeFeed(ctx, c, cfg, s)
				bad[i] = !ok
				results[i] <- line
				return nil
			})
		}
	}()
	failed := 0
	for i, r := range results {
		fmt.Fprintln(w, <-r)
		if bad[i] {
			failed++
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d feeds cannot be read", failed, len(cfg.Feeds))
	}
	return nil
}

func probeFeed(ctx context.Context, c *client.Client, cfg config.Config, s fetcher.Source) (line string, ok bool) {
	f := s.Feed(cfg.Fetcher.MinInterval)
	if s.Disabled {
		return fmt.Sprintf("%s: disabled", f.ID), true
	}
	a := fetcher.Ask(ctx, c, s, f, fetcher.State{})
	if a.Err != nil {
		return fmt.Sprintf("%s: %v", f.ID, advise(a.Err)), false
	}
	return fmt.Sprintf("%s: ok, %d items, %s, %s", f.ID, len(a.Document.Items), a.Document.Format, a.Document.Charset), true
}
