package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/spf13/cobra"

	"github.com/chipwire/chipwire/classifier/company"
	"github.com/chipwire/chipwire/news"
	"github.com/chipwire/chipwire/publisher"
)

func newSub() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sub [COMPANY…]",
		Short: "Follow the alerts of companies",
		Long: `Follow the alerts of companies, all of them when none is named. A company is an id
of the registry, or a name in any language; "chipwire companies" finds it.

The server is found the way the nats command does: --server, --creds, --context,
or NATS_URL, NATS_CREDS, NATS_CONTEXT; else the daemon on this machine.`,
		Example: `  chipwire sub samsung-electronics --kind foundry --since 24h
  chipwire sub --stage agreed --json | jq .headline`,
	}
	var n natsFlags
	n.add(cmd)
	kinds := cmd.Flags().StringSlice("kind", nil, "only these kinds: "+list(news.Kinds))
	stages := cmd.Flags().StringSlice("stage", nil, "only these stages: "+list(news.Stages))
	with := cmd.Flags().StringSlice("with", nil, "only deals with this company too")
	since := cmd.Flags().Duration("since", 0, "replay the alerts of this long first, such as 24h")
	review := cmd.Flags().Bool("review", false, "the review band instead: what the classifier is not sure of")
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		f, err := filter(args, *kinds, *stages, *with, cmd.ErrOrStderr())
		if err != nil {
			return err
		}
		f.Review = *review
		var from time.Time
		if *since > 0 {
			from = time.Now().Add(-*since)
		}
		nc, js, err := connectReader(n)
		if err != nil {
			return err
		}
		defer nc.Close()
		out := cmd.OutOrStdout()
		show := humanAlerts(out)
		if *asJSON || !isTerminal(out) {
			show = jsonAlerts(out)
		}
		return subscribe(cmd.Context(), js, f, from, show)
	}
	return cmd
}

func subscribe(ctx context.Context, js jetstream.JetStream, f publisher.Filter, since time.Time, show func(news.Alert) error) error {
	err := publisher.Subscribe(ctx, js, f, since, show)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return unavailableError{fmt.Errorf("%w: the server has no stream of alerts; is it chipwire's?", err)}
	}
	return err
}

// filter reads the choice of alerts from the command line: all faults at once.
func filter(companies, kinds, stages, with []string, notes io.Writer) (publisher.Filter, error) {
	var f publisher.Filter
	var errs []error
	reg, err := company.Default()
	if err != nil {
		return f, err
	}
	resolve := func(names []string) (ids []news.CompanyID) {
		for _, name := range names {
			id, err := resolveCompany(reg, name, notes)
			errs = append(errs, err)
			ids = append(ids, id)
		}
		return ids
	}
	f.Companies, f.With = resolve(companies), resolve(with)
	for _, s := range kinds {
		k, err := news.ParseKind(s)
		errs = append(errs, err)
		f.Kinds = append(f.Kinds, k)
	}
	for _, s := range stages {
		st, err := news.ParseStage(s)
		errs = append(errs, err)
		f.Stages = append(f.Stages, st)
	}
	if err := errors.Join(errs...); err != nil {
		return f, usageError{err}
	}
	return f, nil
}

// resolveCompany finds the company that a person means: its id, or a name.
func resolveCompany(reg *company.Registry, name string, notes io.Writer) (news.CompanyID, error) {
	if c, ok := reg.Get(news.CompanyID(name)); ok {
		return c.ID, nil
	}
	found := reg.Search(name)
	for _, c := range found {
		for _, names := range c.Names {
			for _, n := range names {
				if strings.EqualFold(n, name) {
					return c.ID, nil
				}
			}
		}
	}
	if len(found) > 0 {
		ids := make([]string, 0, 5)
		for _, c := range found[:min(len(found), 5)] {
			ids = append(ids, string(c.ID))
		}
		return "", fmt.Errorf("no company %q, did you mean %s?", name, strings.Join(ids, ", "))
	}
	if id := news.CompanyID(name); id.Valid() {
		fmt.Fprintf(notes, "chipwire: %s is not in the built-in registry; following it all the same\n", name)
		return id, nil
	}
	return "", fmt.Errorf("no company %q; `chipwire companies` lists them", name)
}

func list[T ~string](values []T) string {
	s := make([]string, len(values))
	for i, v := range values {
		s[i] = string(v)
	}
	return strings.Join(s, ", ")
}

// natsFlags say where NATS is, in the words of the nats command.
type natsFlags struct{ server, creds, context string }

func (n *natsFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&n.server, "server", "s", "", "NATS server (NATS_URL)")
	cmd.Flags().StringVar(&n.creds, "creds", "", "credentials file (NATS_CREDS)")
	cmd.Flags().StringVar(&n.context, "context", "", "context of the nats command (NATS_CONTEXT)")
}

// natsContext is what is read of a context of the nats command.
type natsContext struct {
	URL      string `json:"url"`
	User     string `json:"user"`
	Password string `json:"password"`
	Creds    string `json:"creds"`
	NKey     string `json:"nkey"`
	CA       string `json:"ca"`
	Cert     string `json:"cert"`
	Key      string `json:"key"`
}

// resolve merges flags, environment and context: a flag beats a variable beats
// the context.
func (n natsFlags) resolve() (natsContext, error) {
	var c natsContext
	if name := cmp.Or(n.context, os.Getenv("NATS_CONTEXT")); name != "" {
		dir, err := os.UserConfigDir()
		if err != nil {
			return c, err
		}
		path := filepath.Join(dir, "nats", "context", name+".json")
		data, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return c, usageError{fmt.Errorf("no nats context %q: %s is not there", name, path)}
		}
		if err == nil {
			err = json.Unmarshal(data, &c)
		}
		if err != nil {
			return c, fmt.Errorf("nats context %s: %w", path, err)
		}
	}
	c.URL = cmp.Or(n.server, os.Getenv("NATS_URL"), c.URL, defaultServer)
	c.Creds = cmp.Or(n.creds, os.Getenv("NATS_CREDS"), c.Creds)
	c.User = cmp.Or(os.Getenv("NATS_USER"), c.User)
	c.Password = cmp.Or(os.Getenv("NATS_PASSWORD"), c.Password)
	return c, nil
}

func (c natsContext) options() ([]nats.Option, error) {
	opts := []nats.Option{nats.Name("chipwire sub"), nats.MaxReconnects(-1)}
	if c.Creds != "" {
		opts = append(opts, nats.UserCredentials(c.Creds))
	}
	if c.NKey != "" {
		nkey, err := nats.NkeyOptionFromSeed(c.NKey)
		if err != nil {
			return nil, fmt.Errorf("nkey %s: %w", c.NKey, err)
		}
		opts = append(opts, nkey)
	}
	if c.User != "" {
		opts = append(opts, nats.UserInfo(c.User, c.Password))
	}
	if c.CA != "" {
		opts = append(opts, nats.RootCAs(c.CA))
	}
	if c.Cert != "" {
		opts = append(opts, nats.ClientCert(c.Cert, c.Key))
	}
	return opts, nil
}

// connectReader connects to where the alerts are.
func connectReader(n natsFlags) (*nats.Conn, jetstream.JetStream, error) {
	c, err := n.resolve()
	if err != nil {
		return nil, nil, err
	}
	opts, err := c.options()
	if err != nil {
		return nil, nil, err
	}
	nc, err := nats.Connect(c.URL, opts...)
	if err != nil {
		return nil, nil, unavailableError{fmt.Errorf("connect to %s: %w; is chipwire running? (`chipwire run`, `chipwire demo`)", c.URL, err)}
	}
	js, err := jetstream.New(nc)
	if err != nil {
		nc.Close()
		return nil, nil, err
	}
	return nc, js, nil
}
