package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/chipwire/chipwire/classifier"
	"github.com/chipwire/chipwire/classifier/company"
	"github.com/chipwire/chipwire/classifier/eval"
	"github.com/chipwire/chipwire/config"
	"github.com/chipwire/chipwire/internal/app"
)

// evalOptions are the flags of `eval`.
type evalOptions struct {
	config, plots              string
	json, ablate, curves, look bool
	worst                      int
}

func newEval() *cobra.Command {
	var o evalOptions
	cmd := &cobra.Command{
		Use:   "eval FILE.jsonl...",
		Short: "Measure the rules on labelled stories",
		Long: `Judge labelled stories and say how well: precision, recall and F1 of flags, companies
and pairs, kind and stage of the pairs found, overall, by language and by tag, each
with the interval in which 95 of 100 resamples of the stories put it; minimal pairs;
how far scores are probabilities; and two simple rules on the same stories.

A line of a file is a story, or a minimal pair: classifier/testdata/gold/README.md
has their form. A company whose id begins with x- is outside the registry and counts
neither for nor against.

Of files whose name begins with "blind" only totals are printed, so that nobody tunes
on them; --look prints all, and says so.`,
		Example: `  chipwire eval classifier/testdata/gold/dev-*.jsonl --worst 20
  chipwire eval --json blind-ko.jsonl blind-pairs.jsonl`,
		Args: args(cobra.MinimumNArgs(1)),
	}
	f := cmd.Flags()
	f.StringVarP(&o.config, "config", "c", "", "configuration file (default: ./chipwire.yaml, the XDG config folder, /etc/chipwire)")
	f.BoolVar(&o.json, "json", false, "one JSON object instead of tables")
	f.IntVar(&o.worst, "worst", 0, "print the `N` worst misses with their reasons")
	f.BoolVar(&o.curves, "thresholds", false, "print what each threshold would make of the flags")
	f.BoolVar(&o.ablate, "ablate", false, "print what the rules are worth without each of their parts")
	f.StringVar(&o.plots, "plots", "", "write the precision-recall curve, the reliability and the confusion matrices as SVG into `DIR`")
	f.BoolVar(&o.look, "look", false, "print single stories and tags of blind files too")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if o.worst < 0 {
			return usageError{fmt.Errorf("--worst %d, want 0 or more", o.worst)}
		}
		return runEval(cmd, o, args)
	}
	return cmd
}

func runEval(cmd *cobra.Command, o evalOptions, files []string) error {
	progress := cmd.ErrOrStderr()
	blind := blindFiles(files)
	if len(blind) > 0 {
		if !o.look && (o.worst > 0 || o.ablate || o.curves) {
			return usageError{fmt.Errorf("%s is blind: --worst, --ablate and --thresholds want --look", blind[0])}
		}
		fmt.Fprintf(progress, "a look at blind stories (%s): log it in docs/bench.md\n", strings.Join(blind, ", "))
		if o.look {
			fmt.Fprintln(progress, "warning: with --look single stories are shown; whoever tunes on them needs a new blind set")
		}
	}
	set, err := readGold(files, cmd.InOrStdin())
	if err != nil {
		return err
	}
	cfg, err := loadRules(o.config)
	if err != nil {
		return err
	}
	// Every score is wanted, also of what would not reach the review band.
	cfg.Classifier.Review = min(1e-6, cfg.Classifier.Accept)
	c, err := app.NewClassifier(cfg)
	if err != nil {
		return err
	}
	reg, err := cfg.Registry()
	if err != nil {
		return err
	}
	all := len(set.Stories) + len(set.Minimal)
	m := measured{Rules: c.Rules(), Accept: cfg.Classifier.Accept, blind: len(blind) > 0 && !o.look, options: o}
	m.Report = eval.Measure(set, c.Classify, func(n int) {
		if n%500 == 0 || n == all {
			fmt.Fprintf(progress, "judged %d of %d\n", n, all)
		}
	})
	m.Simple = eval.Compare(set, eval.Rules(reg), nil)
	if o.ablate {
		if m.Parts, err = ablate(cfg, reg, set, progress); err != nil {
			return err
		}
	}
	if m.blind {
		m.Report = m.Report.Totals()
	}
	m.Worst = worst(m.Report, c, o.worst)
	if o.plots != "" {
		if err := plot(m.Report, o.plots); err != nil {
			return err
		}
	}
	if o.json {
		m.Misses, m.Minimal.Failed = nil, nil // Worst has them, with reasons
		enc := json.NewEncoder(cmd.OutOrStdout())
		enc.SetEscapeHTML(false)
		return enc.Encode(m)
	}
	return m.print(cmd.OutOrStdout())
}

// measured is all that `eval` found out.
type measured struct {
	Rules  string  `json:"rules"`
	Accept float64 `json:"accept"`
	eval.Report
	Simple []eval.RuleReport `json:"simple"`
	Parts  []eval.RuleReport `json:"parts,omitempty"`
	Worst  []reasonedMiss    `json:"worst,omitempty"`

	blind   bool
	options evalOptions
}

// A reasonedMiss is a miss with how it came about.
type reasonedMiss struct {
	eval.Miss
	Reasons []string `json:"reasons"`
}

// blindFiles returns those of the files that nobody is to tune on.
func blindFiles(files []string) []string {
	var out []string
	for _, f := range files {
		if strings.HasPrefix(strings.ToLower(filepath.Base(f)), "blind") {
			out = append(out, f)
		}
	}
	return out
}

// readGold reads all files into one set.
func readGold(files []string, stdin io.Reader) (eval.Set, error) {
	var set eval.Set
	var errs []error
	for _, name := range files {
		if name == "-" {
			errs = append(errs, set.Add(stdin, "standard input"))
			continue
		}
		f, err := os.Open(name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		errs = append(errs, set.Add(f, name), f.Close())
	}
	if err := errors.Join(errs...); err != nil {
		return set, err
	}
	if len(set.Stories)+len(set.Minimal) == 0 {
		return set, fmt.Errorf("no story in %s", strings.Join(files, ", "))
	}
	return set, nil
}

func ablate(cfg config.Config, reg *company.Registry, set eval.Set, progress io.Writer) ([]eval.RuleReport, error) {
	lex, err := cfg.Words()
	if err != nil {
		return nil, err
	}
	parts, err := eval.Parts(cfg.Classifier, reg, lex)
	if err != nil {
		return nil, err
	}
	return eval.Compare(set, parts, func(name string) { fmt.Fprintln(progress, "judging:", name) }), nil
}

// worst returns the worst misses, failed minimal pairs after stories.
func worst(r eval.Report, c *classifier.Classifier, most int) []reasonedMiss {
	var out []reasonedMiss
	for _, list := range [][]eval.Miss{r.Misses, r.Minimal.Failed} {
		for _, m := range list {
			if len(out) < most {
				out = append(out, reasonedMiss{m, m.Reasons(c.Explain(m.Article()))})
			}
		}
	}
	return out
}

// plot writes the pictures of a report into a folder, which is made.
func plot(r eval.Report, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, p := range []struct {
		name string
		draw func(io.Writer) error
	}{
		{"precision-recall.svg", r.WriteCurve},
		{"reliability.svg", r.WriteReliability},
		{"kinds.svg", func(w io.Writer) error { return r.Kinds.WriteSVG(w, "Kinds of the pairs found") }},
		{"stages.svg", func(w io.Writer) error { return r.Stages.WriteSVG(w, "Stages of the pairs found") }},
	} {
		f, err := os.Create(filepath.Join(dir, p.name))
		if err != nil {
			return err
		}
		if err := errors.Join(p.draw(f), f.Close()); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return nil
}
