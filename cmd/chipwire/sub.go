package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/spf13/cobra"

	"github.com/chipwire/chipwire/classifier/company"
	"github.com/chipwire/chipwire/config"
	"github.com/chipwire/chipwire/internal/bus/embed"
	"github.com/chipwire/chipwire/news"
	"github.com/chipwire/chipwire/publisher"
)

// subFlags are the flags of sub.
type subFlags struct {
	config              string
	nats                natsFlags
	kinds, stages, with []string
	since               period
	review, json        bool
	durable             string
	format, exec        string
}

func newSub() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sub [COMPANY…]",
		Short: "Follow the alerts of companies",
		Long: `Follow the alerts of companies, all of them when none is named. A company is an id
of the registry, or a name in any language; "chipwire companies" finds it. Companies
of your configuration count too.

The server is found the way the nats command does: --server, --context, --creds and
their like, or NATS_URL, NATS_CONTEXT, NATS_CREDS; else the selected context, else
the daemon on this machine. It may go away and come back: nothing is missed.

--durable NAME keeps your place at the server: the next start goes on where this one
stopped, and an alert counts as read when it was printed.

--exec CMD runs a shell command for each alert, the alert as JSON on its standard
input, CHIPWIRE_ID, _COMPANY, _KIND, _STAGE, _EVENT and _HEADLINE in its environment.
Exit code 0 means done; otherwise it is run again after a growing pause, at most a
minute, and the next alert waits. The place is always kept at the server, under a
name made of the command and the choice where --durable gives none, so that no alert
is lost over a stop.

--format is a Go template over an alert, with the functions json, join and parties:
  {{.Company.Name}} {{.Kind}} {{.Stage}}: {{.Headline}}`,
		Example: `  chipwire sub samsung-electronics --kind foundry --since 24h
  chipwire sub --stage agreed --json | jq .headline
  chipwire sub nvidia --format '{{.Stage}}: {{parties .}} {{(index .Sources 0).URL}}'
  chipwire sub --with tsmc --exec ./tell-the-desk.sh`,
	}
	var f subFlags
	f.nats.add(cmd)
	flags := cmd.Flags()
	flags.StringVarP(&f.config, "config", "c", "", "configuration, for its companies and its server (default: as run finds it; none is needed)")
	flags.StringSliceVar(&f.kinds, "kind", nil, "only these kinds: "+list(news.Kinds))
	flags.StringSliceVar(&f.stages, "stage", nil, "only these stages: "+list(news.Stages))
	flags.StringSliceVar(&f.with, "with", nil, "only deals with this company too")
	flags.Var(&f.since, "since", "replay the alerts of this long first, such as 24h or 7d")
	flags.BoolVar(&f.review, "review", false, "the review band instead: what the classifier is not sure of")
	flags.StringVar(&f.durable, "durable", "", "name under which the server keeps your place")
	flags.StringVar(&f.format, "format", "", "print each alert by this template")
	flags.StringVar(&f.exec, "exec", "", "run this command for each alert")
	flags.BoolVar(&f.json, "json", false, "JSON lines (default when the output is no terminal)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return runSub(cmd, args, f) }
	return cmd
}

func runSub(cmd *cobra.Command, companies []string, f subFlags) error {
	out, notes := cmd.OutOrStdout(), &lockedWriter{w: cmd.ErrOrStderr()}
	reg, err := f.registry(notes)
	if err != nil {
		return err
	}
	choice, errF := f.filter(reg, companies, notes)
	show, errS := f.show(cmd.Context(), out, notes)
	if err := errors.Join(errF, errS, f.check()); err != nil {
		return usageError{err}
	}
	var since time.Time
	if f.since > 0 {
		since = time.Now().Add(-time.Duration(f.since))
	}
	opts := []publisher.Option{publisher.Notes(func(err error) { fmt.Fprintln(notes, "chipwire:", err) })}
	if name := f.place(choice); name != "" {
		fmt.Fprintf(notes, "chipwire: the server keeps this place as %s\n", name)
		opts = append(opts, publisher.Durable(name))
	}
	nc, js, err := connectReader(f.nats, notes)
	if err != nil {
		return err
	}
	defer nc.Close()
	return subscribe(cmd.Context(), js, choice, since, show, opts...)
}

func subscribe(ctx context.Context, js jetstream.JetStream, f publisher.Filter, since time.Time, show func(news.Alert) error, opts ...publisher.Option) error {
	err := publisher.Subscribe(ctx, js, f, since, show, opts...)
	switch {
	case errors.Is(err, jetstream.ErrStreamNotFound):
		return unavailableError{fmt.Errorf("%w: the server has no stream of alerts; is it chipwire's?", err)}
	case errors.Is(err, nats.ErrPermissionViolation):
		return fmt.Errorf("%w; a user of one company names it, and gives --durable and --inbox-prefix as its operator says (docs/subscribing.md)", err)
	}
	return err
}

// check reports flags that do not go together.
func (f subFlags) check() error {
	var errs []error
	given := []string{}
	for flag, on := range map[string]bool{"--json": f.json, "--format": f.format != "", "--exec": f.exec != ""} {
		if on {
			given = append(given, flag)
		}
	}
	if slices.Sort(given); len(given) > 1 {
		errs = append(errs, fmt.Errorf("%s: give one of them", strings.Join(given, " and ")))
	}
	if f.durable != "" && !news.CompanyID(strings.ToLower(strings.ReplaceAll(f.durable, "_", "-"))).Valid() {
		errs = append(errs, fmt.Errorf("--durable %q, want a name of letters, digits, - and _", f.durable))
	}
	return errors.Join(errs...)
}

// place is the durable name of this reader, "" when the server keeps none. One
// who runs a command for each alert loses none over a stop, so it has one.
func (f subFlags) place(choice publisher.Filter) string {
	if f.durable != "" || f.exec == "" {
		return f.durable
	}
	with := make([]string, len(choice.With))
	for i, id := range choice.With {
		with[i] = string(id)
	}
	return "exec-" + news.Hash(f.exec, strings.Join(choice.Subjects(), " "), strings.Join(with, " "))[:12]
}

// show says what is done with each alert.
func (f subFlags) show(ctx context.Context, out, notes io.Writer) (func(news.Alert) error, error) {
	switch {
	case f.exec != "":
		return command{line: f.exec, out: out, notes: notes}.each(ctx), nil
	case f.format != "":
		return formatted(out, f.format)
	case f.json || !isTerminal(out):
		return jsonAlerts(out), nil
	}
	return humanAlerts(out), nil
}

// registry is the built-in registry with the companies of the configuration. A
// reader needs no configuration; one that was not asked for and cannot be read
// does not stop it.
func (f *subFlags) registry(notes io.Writer) (*company.Registry, error) {
	cfg, err := loadConfig(f.config)
	switch {
	case errors.Is(err, config.ErrNoFile):
		return company.Default()
	case err != nil && f.config == "":
		fmt.Fprintf(notes, "chipwire: your configuration has faults (`chipwire check`), going on without it\n")
		return company.Default()
	case err != nil:
		return nil, err
	}
	f.nats.fallback = wireOf(cfg)
	return cfg.Registry()
}

// wireOf is where the daemon of a configuration is to be found: a port that it took
// as it came is known from its data folder. It is "" where nobody knows.
func wireOf(cfg config.Config) string {
	if cfg.NATS.URL != "" {
		return cfg.NATS.URL
	}
	if !strings.HasSuffix(cfg.NATS.Listen, ":0") {
		return "nats://" + cfg.NATS.Listen
	}
	dir, err := dataDir(cfg)
	if err != nil {
		return ""
	}
	server, _, err := embed.Reader(dir)
	if err != nil {
		return ""
	}
	return server
}

// filter reads the choice of alerts from the command line: all faults at once.
func (f subFlags) filter(reg *company.Registry, companies []string, notes io.Writer) (publisher.Filter, error) {
	choice := publisher.Filter{Review: f.review}
	var errs []error
	resolve := func(names []string) (ids []news.CompanyID) {
		for _, name := range names {
			id, err := resolveCompany(reg, name, notes)
			errs = append(errs, err)
			if !slices.Contains(ids, id) { // by its id and by its name
				ids = append(ids, id)
			}
		}
		return ids
	}
	choice.Companies, choice.With = resolve(companies), resolve(f.with)
	for _, s := range f.kinds {
		k, err := news.ParseKind(s)
		errs = append(errs, err)
		choice.Kinds = append(choice.Kinds, k)
	}
	for _, s := range f.stages {
		st, err := news.ParseStage(s)
		errs = append(errs, err)
		choice.Stages = append(choice.Stages, st)
	}
	return choice, errors.Join(errs...)
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
	ids := make([]string, 0, 5)
	for _, c := range found[:min(len(found), 5)] {
		ids = append(ids, string(c.ID))
	}
	if len(ids) == 0 {
		ids = alike(reg, name)
	}
	if len(ids) > 0 {
		return "", fmt.Errorf("no company %q, did you mean %s?", name, strings.Join(ids, ", "))
	}
	if id := news.CompanyID(name); id.Valid() {
		fmt.Fprintf(notes, "chipwire: %s is in no registry here; following it all the same\n", name)
		return id, nil
	}
	return "", fmt.Errorf("no company %q; `chipwire companies` lists them", name)
}

// alike returns up to five ids that a slip of the fingers may have made into
// name, or one of their names, or the beginning of either: two letters of it at most,
// and no more than one in four.
func alike(reg *company.Registry, name string) (ids []string) {
	name = strings.ToLower(name)
	limit := min(2, utf8.RuneCountInString(name)/4)
	slip := func(of string) bool {
		of = strings.ToLower(of)
		first, _, _ := strings.Cut(strings.ReplaceAll(of, " ", "-"), "-")
		return distance([]rune(name), []rune(of)) <= limit || distance([]rune(name), []rune(first)) <= limit
	}
	for _, c := range reg.All() {
		of := slip(string(c.ID))
		for _, names := range c.Names {
			of = of || slices.ContainsFunc(names, slip)
		}
		if of && limit > 0 && len(ids) < 5 {
			ids = append(ids, string(c.ID))
		}
	}
	return ids
}

// distance is how many bytes must be changed, added or taken away to make a into
// b (Levenshtein).
func distance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		left, corner := i+1, i
		for j := range len(b) {
			d := corner
			if a[i] != b[j] {
				d = 1 + min(corner, row[j+1], left)
			}
			row[j], corner, left = left, row[j+1], d
		}
		row[len(b)] = left
	}
	return row[len(b)]
}

func list[T ~string](values []T) string {
	s := make([]string, len(values))
	for i, v := range values {
		s[i] = string(v)
	}
	return strings.Join(s, ", ")
}
