package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/chipwire/chipwire/config"
	"github.com/chipwire/chipwire/internal/app"
	"github.com/chipwire/chipwire/internal/bus"
)

// reloadTime bounds the wait for the daemon's answer.
const reloadTime = 20 * time.Second

func newReload() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "reload",
		Short: "Have the running daemon read its configuration again",
		Long: `Have the running daemon read its configuration again, and say what has changed.

The daemon does so by itself when the file changes; this command tells the outcome.
It asks over NATS, with the daemon's own credentials from its data folder, so that
the answer comes back: exit code 78 with every fault when the file is bad, in which
case nothing has changed. Where NATS is away, SIGHUP does the same without an answer.`,
		Args: args(cobra.NoArgs),
	}
	path := configFlag(cmd)
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg, err := loadConfig(*path)
		if err != nil {
			return err // the daemon would say the same
		}
		ctx, cancel := context.WithTimeout(cmd.Context(), reloadTime)
		defer cancel()
		var ans app.Answer
		if err := control(ctx, cfg, "reload", &ans); err != nil {
			return err
		}
		switch {
		case len(ans.Faults) > 0:
			return ans.Faults
		case ans.Err != "":
			return errors.New(ans.Err)
		case *asJSON || !isTerminal(cmd.OutOrStdout()):
			return printLines(cmd.OutOrStdout(), []app.Reloaded{ans.Reloaded})
		}
		printReloaded(cmd.OutOrStdout(), ans.Reloaded)
		return nil
	}
	return cmd
}

// control has the daemon of a data folder do something.
func control(ctx context.Context, cfg config.Config, name string, answer any) error {
	dir, err := dataDir(cfg)
	if err != nil {
		return err
	}
	node, err := app.Node(dir)
	if err != nil {
		return unavailableError{err}
	}
	nc, err := connectInside(cfg)
	if err != nil {
		return err
	}
	defer nc.Close()
	err = bus.Ask(ctx, nc, bus.ControlSubject(node, name), answer)
	if errors.Is(err, bus.ErrNobody) {
		return unavailableError{fmt.Errorf("%w: is chipwire running with data_dir %s?", err, dir)}
	}
	return err
}

// dataDir is the data folder of a configuration.
func dataDir(cfg config.Config) (string, error) {
	if cfg.DataDir != "" {
		return cfg.DataDir, nil
	}
	return config.DefaultDataDir()
}

func printReloaded(w io.Writer, r app.Reloaded) {
	for _, list := range []struct {
		what string
		ids  []string
	}{{"added", r.Added}, {"removed", r.Removed}, {"changed", r.Changed}} {
		if len(list.ids) > 0 {
			fmt.Fprintf(w, "%d feeds %s: %s\n", len(list.ids), list.what, shortened(list.ids))
		}
	}
	fmt.Fprintf(w, "%d feeds go on as they were\n", r.Kept)
	if r.Rules != "" {
		fmt.Fprintf(w, "rules %s from now on\n", r.Rules)
	}
	if r.Level != "" {
		fmt.Fprintf(w, "log level %s from now on\n", r.Level)
	}
	for _, section := range r.Waits {
		fmt.Fprintf(w, "%s: changed, counts from the next start\n", section)
	}
}

// shortened is a list of which only the first are named.
func shortened(ids []string) string {
	const most = 10
	if len(ids) <= most {
		return strings.Join(ids, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(ids[:most], ", "), len(ids)-most)
}
