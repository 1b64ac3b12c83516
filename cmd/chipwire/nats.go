package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/chipwire/chipwire/config"
	"github.com/chipwire/chipwire/internal/bus/embed"
)

func newNATS() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "nats",
		Short: "The wire, for the nats command",
		Args:  args(cobra.NoArgs),
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newNATSContext())
	return cmd
}

func newNATSContext() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "context [NAME]",
		Short: "Write a context that the nats command and chipwire sub use",
		Long: `Write a context of the nats command (default name: chipwire) with which it reads the
wire of the daemon on this machine: its address, the reader's credentials, or those
of a user of nats.users with --user. The file is yours alone (mode 0600).`,
		Example: `  chipwire nats context --select && nats sub 'alerts.>'
  chipwire nats context samsung --user samsung-desk
  chipwire sub samsung-electronics --context samsung --durable samsung-desk`,
		Args: args(cobra.MaximumNArgs(1)),
	}
	path := configFlag(cmd)
	user := cmd.Flags().String("user", "", "a user of nats.users, instead of the reader of all")
	choose := cmd.Flags().Bool("select", false, "make it the selected context too")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		name := "chipwire"
		if len(args) > 0 {
			name = args[0]
		}
		if name != filepath.Base(name) || strings.HasPrefix(name, ".") || strings.ContainsAny(name, `\ `) {
			return usageError{fmt.Errorf("context %q, want a name such as chipwire", name)}
		}
		cfg, err := loadRules(*path)
		if err != nil {
			return err
		}
		c, err := contextFor(cfg, *user)
		if err != nil {
			return err
		}
		file, err := writeNATSContext(name, c, *choose)
		if err != nil {
			return err
		}
		out := cmd.OutOrStdout()
		fmt.Fprintf(out, "%s\n", file)
		if hint := howToUse(name, c, *choose, len(*user) > 0); isTerminal(out) {
			fmt.Fprintf(out, "%s", hint)
		}
		return nil
	}
	return cmd
}

// ours marks a context that this command may write anew.
const ours = "chipwire: "

// contextFor is the context of a reader of the daemon of cfg.
func contextFor(cfg config.Config, user string) (natsContext, error) {
	if cfg.NATS.URL != "" {
		return natsContext{}, fmt.Errorf("the wire is on a server of your own (%s), and who may read there is your own to say: nats context save", redacted(cfg.NATS.URL))
	}
	dir, err := dataDir(cfg)
	if err != nil {
		return natsContext{}, err
	}
	url, reader, err := embed.Reader(dir)
	if err != nil {
		return natsContext{}, unavailableError{err}
	}
	c := natsContext{Description: ours + "reader of all alerts", URL: url, User: reader.User, Password: reader.Password, CA: reader.CA}
	if user == "" {
		return c, nil
	}
	for _, u := range cfg.NATS.Users {
		if u.Name != user {
			continue
		}
		if u, err = u.Resolve(); err != nil {
			return c, err
		}
		c.Description, c.User, c.Password = ours+"user "+u.Name, u.Name, u.Password
		if len(u.Companies) > 0 {
			c.Description += ", reads " + list(u.Companies)
			c.InboxPrefix = embed.InboxPrefix(u.Name)
		}
		return c, nil
	}
	return c, usageError{fmt.Errorf("no user %q in nats.users of the configuration", user)}
}

// writeNATSContext writes the context where the nats command looks. One of the
// same name that is not ours stays.
func writeNATSContext(name string, c natsContext, choose bool) (string, error) {
	dir, err := natsDir()
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "context", name+".json")
	old, err := readNATSContext(name)
	var missing usageError
	switch {
	case err == nil && !strings.HasPrefix(old.Description, ours):
		return "", fmt.Errorf("context %s is there already and is not of this command: choose another name, or remove %s", name, file)
	case err != nil && !errors.As(err, &missing):
		return "", err
	}
	data, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return "", err
	}
	if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err // removed first: a file that others may read would stay so
	}
	if err := os.WriteFile(file, append(data, '\n'), 0o600); err != nil {
		return "", err
	}
	if choose {
		return file, os.WriteFile(filepath.Join(dir, "context.txt"), []byte(name), 0o600)
	}
	return file, nil
}

// howToUse says what to do with the context.
func howToUse(name string, c natsContext, selected, named bool) string {
	flag := " --context " + name
	if selected {
		flag = ""
	}
	if named && c.InboxPrefix != "" {
		return fmt.Sprintf("Use it:\n  chipwire sub COMPANY%s --durable %s\n  nats%s sub 'alerts.COMPANY.>'\n", flag, c.User, flag)
	}
	return fmt.Sprintf("Use it:\n  chipwire sub%s\n  nats%s sub 'alerts.>'\n", flag, flag)
}
