package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/chipwire/chipwire/classifier/eval"
)

// print writes a report as tables.
func (m measured) print(w io.Writer) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%d stories, %d of them deals; %d minimal pairs; accept %.2f, rules %s\n", m.All.Stories, m.All.Flagged, m.Minimal.Both.Of, m.Accept, m.Rules)
	if m.Apart.Stories > 0 {
		fmt.Fprintf(&b, "apart, as every deal of theirs is with a firm outside the registry: %d stories, %d of them flagged\n", m.Apart.Stories, m.Apart.Found)
	}
	groups(&b, "language", append([]eval.Group{m.All}, m.Languages...))
	fmt.Fprintf(&b, "\nnot to be flagged, and tagged %s: %d stories, specificity %s\n", strings.Join(eval.HardTags, ", "), m.Hard.Stories, ranged(m.Hard.Specificity))
	m.printMinimal(&b)
	if len(m.Tags) > 0 {
		groups(&b, "tag", m.Tags)
	}
	matrix(&b, "kinds", m.Kinds)
	matrix(&b, "stages", m.Stages)
	rules(&b, "beside simple rules", append([]eval.RuleReport{{Name: "chipwire", Group: m.All, Hard: m.Hard.Specificity, Minimal: m.Minimal.Both}}, m.Simple...))
	if len(m.Parts) > 0 {
		rules(&b, "without parts", m.Parts)
	}
	m.printCalibration(&b)
	if m.options.curves {
		m.printThresholds(&b)
	}
	for _, x := range m.Worst {
		fmt.Fprintf(&b, "\n%s  %s  score %.3f  %s\n  %s\n", x.ID, x.Lang, x.Score, strings.Join(x.Faults, "; "), printable(x.Title))
		if x.Why != "" {
			fmt.Fprintf(&b, "  label: %s\n", printable(x.Why))
		}
		for _, r := range x.Reasons {
			fmt.Fprintf(&b, "  - %s\n", printable(r))
		}
	}
	_, err := b.WriteTo(w)
	return err
}

// share prints a figure, a dash where there is none.
func share(f eval.Figure) string {
	if f.Of == 0 {
		return "-"
	}
	return fmt.Sprintf("%.3f", f.Value)
}

// ranged prints a figure with its interval.
func ranged(f eval.Figure) string {
	if f.Of == 0 {
		return "-"
	}
	return fmt.Sprintf("%.3f (%.2f-%.2f)", f.Value, f.Low, f.High)
}

func newTabs(w io.Writer) *tabwriter.Writer { return tabwriter.NewWriter(w, 0, 0, 2, ' ', 0) }

func groups(w io.Writer, by string, list []eval.Group) {
	fmt.Fprintln(w)
	tw := newTabs(w)
	fmt.Fprintf(tw, "%s\tstories\tdeals\tprecision\trecall\tF1\tspecificity\tcompanies F1\tpairs F1\tkind\tstage\tevidence\texact\n", by)
	for _, g := range list {
		fmt.Fprintf(tw, "%s\t%d\t%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", g.Name, g.Stories, g.Flagged,
			share(g.Flag.Precision), share(g.Flag.Recall), ranged(g.Flag.F1), share(g.Specificity),
			ranged(g.Companies.F1), ranged(g.Pairs.F1), ranged(g.Kind), ranged(g.Stage), share(g.Evidence), share(g.Exact))
	}
	tw.Flush()
}

func (m measured) printMinimal(w io.Writer) {
	if m.Minimal.Both.Of == 0 {
		return
	}
	fmt.Fprintf(w, "minimal pairs: both right %s, both flags right %s", ranged(m.Minimal.Both), ranged(m.Minimal.Flags))
	for _, l := range m.Minimal.Languages {
		fmt.Fprintf(w, "; %s %s of %d", l.Lang, share(l.Both), l.Both.Of)
	}
	fmt.Fprintln(w)
}

func matrix(w io.Writer, title string, m eval.Matrix) {
	fmt.Fprintf(w, "\n%s of the pairs found, label by verdict\n", title)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(tw, "\t%s\t\n", strings.Join(m.Names, "\t"))
	for i, row := range m.Counts {
		fmt.Fprintf(tw, "%s\t", m.Names[i])
		for _, n := range row {
			fmt.Fprintf(tw, "%d\t", n)
		}
		fmt.Fprintln(tw)
	}
	tw.Flush()
}

func rules(w io.Writer, title string, list []eval.RuleReport) {
	fmt.Fprintln(w)
	tw := newTabs(w)
	fmt.Fprintf(tw, "%s\tprecision\trecall\tF1\thard specificity\tcompanies F1\tpairs F1\tkind\tstage\tminimal pairs\n", title)
	for _, r := range list {
		g := r.Group
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.Name, share(g.Flag.Precision), share(g.Flag.Recall), ranged(g.Flag.F1),
			share(r.Hard), share(g.Companies.F1), share(g.Pairs.F1), share(g.Kind), share(g.Stage), share(r.Minimal))
	}
	tw.Flush()
}

func (m measured) printCalibration(w io.Writer) {
	c := m.Calibration
	fmt.Fprintf(w, "\nscores as probabilities: Brier %.3f, ECE %.3f\n", c.Brier, c.ECE)
	tw := newTabs(w)
	fmt.Fprintln(tw, "scores\tstories\tmean score\tdeals")
	for _, b := range c.Bins {
		fmt.Fprintf(tw, "%.1f-%.1f\t%d\t%.3f\t%.3f\n", b.Low, b.High, b.Stories, b.Score, b.Share)
	}
	tw.Flush()
}

func (m measured) printThresholds(w io.Writer) {
	for _, t := range m.Thresholds {
		fmt.Fprintf(w, "\nthreshold, %s: best F1 %.3f at %.4f (P %.3f, R %.3f)", t.Lang, t.Best.F1(), t.Best.Score, t.Best.Precision, t.Best.Recall)
		if t.Sure.Score > 0 {
			fmt.Fprintf(w, "; precision %.2f down to %.4f (R %.3f)", eval.SurePrecision, t.Sure.Score, t.Sure.Recall)
		}
		fmt.Fprintln(w)
		if t.Lang != "all" {
			continue
		}
		tw := newTabs(w)
		fmt.Fprintln(tw, "accept\tprecision\trecall\tF1")
		for _, p := range t.Steps {
			fmt.Fprintf(tw, "%.2f\t%.3f\t%.3f\t%.3f\n", p.Score, p.Precision, p.Recall, p.F1())
		}
		tw.Flush()
	}
}
