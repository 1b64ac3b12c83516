package main

import (
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"github.com/coreos/go-systemd/v22/daemon"
	"github.com/spf13/cobra"

	"github.com/chipwire/chipwire/classifier/company"
	"github.com/chipwire/chipwire/classifier/lexicon"
	"github.com/chipwire/chipwire/config"
	"github.com/chipwire/chipwire/internal/app"
)

func newRun() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Run the daemon",
		Long: `Run the daemon: poll the configured feeds and publish alerts, until interrupted.

A crash or a kill loses nothing: what was not done is done after the next start.
The configuration is read again when its file changes, on SIGHUP, and by
chipwire reload; a faulty one changes nothing.

The role poll is fetch without the reading of pages: the items wait, for three
days, until a node with the role fetch takes over their sites.`,
		Args: args(cobra.NoArgs),
	}
	path := configFlag(cmd)
	roles := cmd.Flags().String("roles", "fetch,classify,desk,web", "the parts of the work that this node takes")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		list, err := app.ParseRoles(*roles)
		if err != nil {
			return usageError{err}
		}
		file, err := config.Find(*path)
		if err != nil {
			return err
		}
		started := spareMemory(sizeOf(file))
		var ahead sync.WaitGroup // what the configuration is checked against is read beside it
		defer ahead.Wait()
		ahead.Go(func() { _, _ = company.Default() })
		ahead.Go(func() { _, _ = lexicon.Default() })
		cfg, text, err := config.Open(file)
		if err != nil {
			return err
		}
		hangup := make(chan os.Signal, 1)
		signal.Notify(hangup, syscall.SIGHUP)
		defer signal.Stop(hangup)
		stderr, level := cmd.ErrOrStderr(), &slog.LevelVar{}
		level.Set(cfg.Log.Level)
		ready := func(r app.Ready) {
			if isTerminal(stderr) {
				fmt.Fprintf(stderr, "%d feeds, alerts on %s; follow them with:\n%s", r.Feeds, r.NATS, howToFollow(r.NATS))
			}
		}
		a, err := app.New(cfg, app.Options{
			Roles: list, Log: newLog(stderr, level), OnReady: ready, Built: started, Version: versionString(), Watch: serviceManager(),
			File: file, Text: text, Level: level, Hangup: hangup,
		})
		if err != nil {
			return err
		}
		return a.Run(cmd.Context())
	}
	return cmd
}

// sizeOf is the size of a file in bytes, 0 where that cannot be seen: who reads it
// says why.
func sizeOf(file string) int64 {
	info, err := os.Stat(file)
	if err != nil {
		return 0
	}
	return info.Size()
}

// serviceManager is systemd, where it started this process with Type=notify.
func serviceManager() app.Watch {
	every, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		every = 0 // not for this process
	}
	return app.Watch{Every: every, Tell: func(n app.Notice) {
		_, _ = daemon.SdNotify(false, string(n)) // nobody may be there to hear it
	}}
}

// defaultServer is where the stock nats command looks without being told.
const defaultServer = "nats://127.0.0.1:4222"

// howToFollow tells how to follow one company from another terminal.
func howToFollow(server string) string {
	flag := ""
	if server != defaultServer {
		flag = " --server " + server
	}
	return fmt.Sprintf("  %s sub%s samsung-electronics\n  nats%s sub 'alerts.samsung-electronics.>'\n", calledAs(os.Args[0]), flag, flag)
}

// calledAs is how this program is called again: whoever has started it by go run has
// no other way yet.
func calledAs(program string) string {
	if strings.Contains(program, "go-build") && filepath.Base(filepath.Dir(program)) == "exe" {
		return "go run ./cmd/chipwire"
	}
	return "chipwire"
}
