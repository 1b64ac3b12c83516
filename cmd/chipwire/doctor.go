package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/spf13/cobra"

	"github.com/chipwire/chipwire/config"
	"github.com/chipwire/chipwire/fetcher"
	"github.com/chipwire/chipwire/fetcher/client"
	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/internal/bus/embed"
	"github.com/chipwire/chipwire/internal/doctor"
)

func newDoctor() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Look for what keeps the daemon from working, and say what to do",
		Long: `Look at the configuration, the data folder, disk, ports, clock, name servers,
proxies, NATS, and ask a few of the feeds once. Nothing is repaired. It may run
beside the daemon: as the same user, since the data folder is private.

Exits with 1 when something does not work.`,
		Args: args(cobra.NoArgs),
	}
	path := configFlag(cmd)
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		file, err := config.Find(*path)
		if err != nil {
			return err
		}
		cfg, err := config.Load(file)
		if err != nil {
			return err
		}
		dir := cfg.DataDir
		if dir == "" {
			if dir, err = config.DefaultDataDir(); err != nil {
				return err
			}
		}
		c := client.New(cfg.Fetcher.Config)
		defer c.Close()
		out := cmd.OutOrStdout()
		tell := humanFindings(out)
		if *asJSON || !isTerminal(out) {
			enc := json.NewEncoder(out)
			enc.SetEscapeHTML(false)
			tell = func(f doctor.Finding) { _ = enc.Encode(f) }
		}
		worst := doctor.Examine(cmd.Context(), doctor.Deps{
			Config: cfg, File: file, DataDir: dir, Now: time.Now,
			Connect: func() (*bus.Bus, error) { return openInside(cfg, dir) },
			Probe: func(ctx context.Context, s fetcher.Source) fetcher.Decision {
				return fetcher.Probe(ctx, c, cfg.Fetcher, s)
			},
		}, tell)
		if worst == doctor.Bad {
			return errors.New("something does not work: see what is bad above")
		}
		return nil
	}
	return cmd
}

// humanFindings prints a line for each finding, with what to do below it.
func humanFindings(w io.Writer) func(doctor.Finding) {
	p := newPaint(w)
	styles := map[doctor.State]string{doctor.Good: "32", doctor.Warn: "33", doctor.Bad: "31"}
	return func(f doctor.Finding) {
		fmt.Fprintf(w, "%s %s: %s\n", p.style(styles[f.State], fmt.Sprintf("%-4s", f.State)), printable(f.Check), printable(f.Found))
		if f.Advice != "" {
			fmt.Fprintf(w, "     %s\n", printable(f.Advice))
		}
	}
}

// openInside connects to both accounts of the daemon that runs, or of the
// operator's server. A server that does not answer is an error at once.
func openInside(cfg config.Config, dir string) (*bus.Bus, error) {
	url, coreLogin, wireLogin := cfg.NATS.URL, cfg.NATS.Core, cfg.NATS.Wire
	if url == "" {
		var err error
		if url, coreLogin, wireLogin, err = embed.Daemon(dir); err != nil {
			return nil, err
		}
	}
	coreLogin, errC := coreLogin.Resolve()
	wireLogin, errW := wireLogin.Resolve()
	if err := errors.Join(errC, errW); err != nil {
		return nil, err
	}
	quiet := slog.New(slog.DiscardHandler)
	core, err := bus.Connect(url, "chipwire", coreLogin, quiet, nats.RetryOnFailedConnect(false))
	if err != nil {
		return nil, err
	}
	wire, err := bus.Connect(url, "chipwire", wireLogin, quiet, nats.RetryOnFailedConnect(false), nats.CustomInboxPrefix(bus.DaemonInbox))
	if err != nil {
		core.Close()
		return nil, err
	}
	return bus.New(core, wire, quiet)
}
