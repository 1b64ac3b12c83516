package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/chipwire/chipwire/classifier/lexicon"
	"github.com/chipwire/chipwire/config"
	"github.com/chipwire/chipwire/fetcher"
	"github.com/chipwire/chipwire/fetcher/client"
)

func newCheck() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Check the configuration: every fault at once",
		Long: `Check the configuration and print every fault at once, each with its line. Exits
with 78 when there is one. What is no fault and yet worth knowing, such as a word of
yours that lies in a blocked one, is a note. --probe asks every feed once, and exits with 1 when one
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
		cfg, text, err := config.Open(file)
		if err != nil {
			return err
		}
		reg, err := cfg.Registry()
		if err != nil {
			return err
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%s: good; %d feeds, %d companies\n", file, len(cfg.Feeds), len(reg.All()))
		if err := printOverrides(cmd.OutOrStdout(), file, text); err != nil {
			return err
		}
		lex, err := lexicon.Default()
		if err != nil {
			return err
		}
		for _, note := range lex.Notes(cfg.Lexicon) {
			fmt.Fprintf(cmd.OutOrStdout(), "note: lexicon.%s\n", note)
		}
		if !*probe {
			return nil
		}
		return probeFeeds(cmd.Context(), cfg, cmd.OutOrStdout())
	}
	return cmd
}

// printOverrides lists the variables of the environment that count.
func printOverrides(w io.Writer, file string, text []byte) error {
	list, err := config.Overrides(file, text)
	for _, o := range list {
		fmt.Fprintf(w, "%s: set by %s\n", o.Path, o.Variable)
	}
	return err
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
	d := fetcher.Probe(ctx, c, cfg.Fetcher, s)
	if d.Answer.Err != nil {
		return fmt.Sprintf("%s: %v", f.ID, advise(d.Answer.Err)), false
	}
	doc := d.Answer.Document
	line = fmt.Sprintf("%s: %s, %d items, %s, %s", f.ID, d.Health.Status, len(doc.Items), doc.Format, doc.Charset)
	if d.Health.Status != fetcher.StatusOK { // it answers, and yet tells nothing
		return fmt.Sprintf("%s: %s; %s", line, d.Health.Note, d.Health.Advice), true
	}
	return line, true
}
