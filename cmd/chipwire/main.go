// Command chipwire is a news wire for AI-semiconductor deals: it polls feeds,
// reads the articles, recognises the stories that report a partnership on AI
// chips, and tells subscribers of each company on a NATS subject.
//
//	chipwire demo                      see it work on an imagined newsroom
//	chipwire run -c chipwire.yaml      run it on your feeds
//	chipwire sub samsung-electronics   follow a company
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // a container from scratch has no zones, and feeds are dated in theirs

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/chipwire/chipwire/config"
	"github.com/chipwire/chipwire/fetcher/websub"
	"github.com/chipwire/chipwire/internal/app"
	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/internal/bus/embed"
	"github.com/chipwire/chipwire/internal/web"
)

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// Exit codes, after sysexits.h.
const (
	exitGood        = 0
	exitFailed      = 1
	exitUsage       = 64
	exitUnavailable = 69
	exitTryLater    = 75
	exitConfig      = 78
)

// run picks the command, runs it until it ends or is interrupted, and returns
// the exit code.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil || errors.Is(err, context.Canceled) && ctx.Err() != nil {
		return exitGood
	}
	if faults, ok := errors.AsType[config.Faults](err); ok {
		fmt.Fprintln(stderr, faults.Shown()) // every fault begins with its file, as editors want it
	} else {
		fmt.Fprintln(stderr, "chipwire:", err)
	}
	return exitCode(err)
}

// usageError is a command line that makes no sense.
type usageError struct{ error }

// unavailableError is a server that cannot be reached.
type unavailableError struct{ error }

func (e usageError) Unwrap() error       { return e.error }
func (e unavailableError) Unwrap() error { return e.error }

func exitCode(err error) int {
	var faults config.Faults
	var usage usageError
	var away unavailableError
	var unready notReadyError
	switch {
	case errors.As(err, &usage):
		return exitUsage
	case errors.As(err, &faults), errors.Is(err, config.ErrNoFile), errors.Is(err, bus.ErrSchema), errors.Is(err, embed.ErrOpen):
		return exitConfig
	case errors.As(err, &away), bus.Unavailable(err):
		return exitUnavailable
	case errors.As(err, &unready), errors.Is(err, app.ErrLocked), errors.Is(err, embed.ErrPortTaken), errors.Is(err, web.ErrPortTaken), errors.Is(err, websub.ErrPortTaken):
		return exitTryLater
	}
	return exitFailed
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "chipwire",
		Short: "A news wire for AI-semiconductor deals",
		Long: `chipwire polls feeds, reads the articles, recognises the stories that report a
partnership on AI chips, and tells subscribers of each company on a NATS subject.

Try "chipwire demo" first: it needs no feeds and no configuration.`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError{fmt.Errorf("unknown command %q; see %s --help", args[0], cmd.CommandPath())}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usageError{fmt.Errorf("%w; see %s --help", err, cmd.CommandPath())}
	})
	root.AddCommand(
		newRun(), newDemo(), newSub(),
		newRead(), newClassify(), newEval(),
		newCheck(), newFeeds(), newEvents(), newCompanies(),
		newReload(), newBackup(), newRestore(), newDoctor(), newHealthcheck(),
		newBacktest(), newDead(), newNATS(), newSchema(), newVersion(), newPages(),
	)
	root.SetHelpCommand(newHelp())
	completion(root)
	completeWords(root)
	return root
}

// newHelp is cobra's help command, which shows the root's page for a command
// that there is not.
func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Help about any command",
		RunE: func(cmd *cobra.Command, args []string) error {
			target, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return usageError{fmt.Errorf("unknown command %q; see %s --help", strings.Join(args, " "), cmd.Root().CommandPath())}
			}
			target.InitDefaultHelpFlag()
			return target.Help()
		},
	}
}

// completion adds cobra's command, with usage errors as everywhere.
func completion(root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	cmd, _, err := root.Find([]string{"completion"})
	if err != nil || cmd == root {
		return
	}
	cmd.Args = args(cobra.NoArgs)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	for _, shell := range cmd.Commands() {
		shell.Args = args(cobra.NoArgs)
	}
}

// args wraps a check of positional arguments so that its failure is a usage error.
func args(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return usageError{fmt.Errorf("%w; see %s --help", err, cmd.CommandPath())}
		}
		return nil
	}
}

// configFlag adds -c.
func configFlag(cmd *cobra.Command) *string {
	return cmd.Flags().StringP("config", "c", "", "configuration file (default: ./chipwire.yaml, the XDG config folder, /etc/chipwire)")
}

// jsonFlag adds --json.
func jsonFlag(cmd *cobra.Command) *bool {
	return cmd.Flags().Bool("json", false, "JSON lines (default when the output is no terminal)")
}

// loadConfig reads the configuration that must be there.
func loadConfig(given string) (config.Config, error) {
	path, err := config.Find(given)
	if err != nil {
		return config.Config{}, err
	}
	return config.Load(path)
}

// loadRules reads the configuration of a command that works without one too.
func loadRules(given string) (config.Config, error) {
	cfg, err := loadConfig(given)
	if errors.Is(err, config.ErrNoFile) {
		return config.Default, nil
	}
	return cfg, err
}

// isTerminal reports whether a person looks at w.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// newLog logs for people on a terminal and as JSON otherwise.
func newLog(w io.Writer, level slog.Leveler) *slog.Logger {
	opts := &slog.HandlerOptions{Level: level}
	if isTerminal(w) {
		return slog.New(slog.NewTextHandler(w, opts))
	}
	return slog.New(slog.NewJSONHandler(w, opts))
}
