package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/spf13/cobra"

	"github.com/chipwire/chipwire/config"
	"github.com/chipwire/chipwire/internal/app"
	"github.com/chipwire/chipwire/internal/backup"
	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/internal/bus/embed"
)

func newBackup() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "backup FILE",
		Short: "Write all that the daemon keeps into a file, while it runs",
		Long: `Write the streams and buckets of the running daemon into a file: what is known of each
feed, what waits, the archive of articles and findings, the events, and the alerts.
The daemon goes on with its work. The configuration file and the credentials in the
data folder are not in it.

The file appears when it is whole; FILE - writes to the standard output.`,
		Example: `  chipwire backup /srv/backup/chipwire-$(date +%F).tar`,
		Args:    args(cobra.ExactArgs(1)),
	}
	path := configFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		cfg, err := loadConfig(*path)
		if err != nil {
			return err
		}
		accounts, err := connectAccounts(cfg)
		if err != nil {
			return err
		}
		defer accounts.Core.Close()
		defer accounts.Wire.Close()
		tell := streamProgress(cmd.ErrOrStderr())
		if args[0] == "-" {
			return backup.Write(cmd.Context(), accounts, versionString(), cmd.OutOrStdout(), tell)
		}
		return writeBackup(cmd.Context(), accounts, args[0], tell)
	}
	return cmd
}

// writeBackup writes the file beside its place, and moves it there when it is whole.
func writeBackup(ctx context.Context, accounts backup.Accounts, file string, tell func(backup.Progress)) (err error) {
	tmp, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+".*.tmp") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(tmp.Name())
		}
	}()
	err = backup.Write(ctx, accounts, versionString(), tmp, tell)
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), file)
}

func newRestore() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "restore FILE",
		Short: "Make all that a backup holds anew, in an empty data folder",
		Long: `Make the streams and buckets of a backup anew, in the data folder of the configuration
(or on the server of nats.url), which must hold nothing of chipwire yet. No daemon may
run there: start it afterwards, and it goes on where the backup was made.

The file is read to its end before anything is changed: one that is cut or damaged,
or that a newer chipwire wrote, is refused.`,
		Args: args(cobra.ExactArgs(1)),
	}
	path := configFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		cfg, err := loadConfig(*path)
		if err != nil {
			return err
		}
		f, err := os.Open(args[0])
		if err != nil {
			return err
		}
		defer f.Close()
		cfg.NATS.Listen = "127.0.0.1:0" // nobody needs to find it meanwhile
		m, err := app.Restore(cmd.Context(), cfg, f, slog.New(slog.DiscardHandler), streamProgress(cmd.ErrOrStderr()))
		if err != nil {
			return err
		}
		fmt.Fprintf(cmd.OutOrStdout(), "restored what was kept at %s; start chipwire now\n", m.Created.Local().Format(time.RFC3339))
		return nil
	}
	return cmd
}

// connectAccounts connects to both accounts of the running daemon.
func connectAccounts(cfg config.Config) (a backup.Accounts, err error) {
	url, core, wire := cfg.NATS.URL, cfg.NATS.Core, cfg.NATS.Wire
	if url == "" {
		dir, err := dataDir(cfg)
		if err != nil {
			return a, err
		}
		if url, core, wire, err = embed.Daemon(dir); err != nil {
			return a, unavailableError{err}
		}
	}
	coreLogin, errC := core.Resolve()
	wireLogin, errW := wire.Resolve()
	if err := errors.Join(errC, errW); err != nil {
		return a, err
	}
	quiet := slog.New(slog.DiscardHandler)
	if a.Core, err = bus.Connect(url, "chipwire backup", coreLogin, quiet, nats.RetryOnFailedConnect(false)); err != nil {
		return a, unavailableError{fmt.Errorf("%w; is the daemon running?", err)}
	}
	if a.Wire, err = bus.Connect(url, "chipwire backup", wireLogin, quiet, nats.RetryOnFailedConnect(false), nats.CustomInboxPrefix(bus.DaemonInbox)); err != nil {
		a.Core.Close()
		return a, unavailableError{err}
	}
	return a, nil
}

// streamProgress tells how far each stream is: on a terminal as it goes on, else a line
// for each that is whole.
func streamProgress(w io.Writer) func(backup.Progress) {
	live := isTerminal(w)
	return func(p backup.Progress) {
		if p.Whole {
			start := ""
			if live {
				start = "\r\x1b[K"
			}
			fmt.Fprintf(w, "%s%s %s: %d messages, %s\n", start, p.Account, p.Stream, p.Messages, mebibytes(p.Done))
			return
		}
		if live {
			fmt.Fprintf(w, "\r\x1b[K%s %s: %s of %s before packing", p.Account, p.Stream, mebibytes(p.Done), mebibytes(p.Bytes))
		}
	}
}

func mebibytes(n uint64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }
