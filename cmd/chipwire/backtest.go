package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/spf13/cobra"

	"github.com/chipwire/chipwire/config"
	"github.com/chipwire/chipwire/desk/marks"
	"github.com/chipwire/chipwire/internal/app"
	"github.com/chipwire/chipwire/internal/backtest"
	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/news"
	"github.com/chipwire/chipwire/publisher"
)

func newBacktest() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "backtest",
		Short: "Judge the archive anew: which alerts would come, go or change",
		Long: `Judge the archived articles by the present rules and configuration, and compare the
alerts that follow with those that were sent. Nothing is sent or stored.

The archive keeps articles for 30 days. It is read from one window of the desk before
--since, so that deals that were known then are known; deals from before the archive
are taken for new ones.`,
		Example: `  chipwire backtest --since 7d
  chipwire backtest -c stricter.yaml --since 30d --json`,
		Args: args(cobra.NoArgs),
	}
	path := configFlag(cmd)
	since := period(30 * 24 * time.Hour)
	cmd.Flags().Var(&since, "since", "alerts on reports of this long, such as 30d or 12h")
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg, err := loadRules(*path)
		if err != nil {
			return err
		}
		dir, err := dataDir(cfg)
		if err != nil {
			return err
		}
		b, err := openInside(cfg, dir)
		if err != nil {
			return unavailableError{fmt.Errorf("%w; is the daemon running?", err)}
		}
		defer b.Close()
		out := cmd.OutOrStdout()
		report, err := rejudge(cmd.Context(), b, cfg, time.Duration(since), newProgress(cmd.ErrOrStderr()))
		if err != nil {
			return err
		}
		if *asJSON || !isTerminal(out) {
			return report.writeJSON(out)
		}
		return report.write(out, newPaint(out))
	}
	return cmd
}

// A backtestReport is what comes of a backtest.
type backtestReport struct {
	Since    time.Time `json:"since"`
	Articles int       `json:"articles"` // judged, those before Since too
	Bad      int       `json:"bad"`      // messages of the archive that are no articles
	Was      int       `json:"was"`      // alerts that were sent
	Now      int       `json:"now"`      // alerts by the present rules
	Same     int       `json:"same"`
	Come     int       `json:"come"`
	Go       int       `json:"go"`
	Change   int       `json:"change"`

	changes []backtest.Change
}

// rejudge reads the archive and what was sent, and compares.
func rejudge(ctx context.Context, b *bus.Bus, cfg config.Config, span time.Duration, step func(done, of int)) (backtestReport, error) {
	now := time.Now()
	r := backtestReport{Since: now.Add(-span)}
	judge, err := app.NewClassifier(cfg)
	if err != nil {
		return r, err
	}
	bench, err := backtest.New(ctx, func(a news.Article) news.Verdict { return marks.Add(judge.Classify(a), a) }, cfg.Desk)
	if err != nil {
		return r, err
	}
	archive := bus.Archive{Stream: bus.Articles, Since: r.Since.Add(-cfg.Desk.Window), Step: step}
	err = archive.Read(ctx, b.Core(), func(msg jetstream.Msg) error {
		var a news.Article
		if json.Unmarshal(msg.Data(), &a) != nil {
			r.Bad++ // counted, and said in the summary
			return nil
		}
		r.Articles++
		return bench.Take(ctx, a)
	})
	if err != nil {
		return r, err
	}
	is, err := bench.Told(ctx, r.Since, now)
	if err != nil {
		return r, err
	}
	was, err := alertsSince(ctx, b.Wire(), r.Since)
	if err != nil {
		return r, err
	}
	r.Was, r.Now = len(was), len(is)
	r.changes, r.Same = backtest.Compare(was, is)
	for _, c := range r.changes {
		*map[string]*int{backtest.Comes: &r.Come, backtest.Goes: &r.Go, backtest.Changes: &r.Change}[c.What]++
	}
	return r, nil
}

// alertsSince are the alerts that were sent, of both bands.
func alertsSince(ctx context.Context, js jetstream.JetStream, since time.Time) ([]backtest.Told, error) {
	var list []backtest.Told
	err := bus.Archive{Stream: publisher.Stream, Since: since}.Read(ctx, js, func(msg jetstream.Msg) error {
		var a news.Alert
		if err := json.Unmarshal(msg.Data(), &a); err != nil {
			return fmt.Errorf("message on %s is no alert: %w", msg.Subject(), err)
		}
		list = append(list, backtest.Told{Alert: a, Review: strings.HasPrefix(msg.Subject(), publisher.ReviewRoot+".")})
		return nil
	})
	return backtest.Since(list, since), err
}

func (r backtestReport) writeJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, c := range r.changes {
		if err := enc.Encode(c); err != nil {
			return err
		}
	}
	return enc.Encode(map[string]backtestReport{"summary": r})
}

func (r backtestReport) write(w io.Writer, p paint) error {
	colour := map[string]string{backtest.Comes: "32", backtest.Goes: "31", backtest.Changes: "33"}
	for _, c := range r.changes {
		a := c.Now
		if a == nil {
			a = c.Was
		}
		band := ""
		if a.Review {
			band = p.dim("  review")
		}
		fmt.Fprintf(w, "%s  %s  %s  %s%s\n", p.style(colour[c.What], fmt.Sprintf("%-6s", c.What)),
			p.bold(printable(cmp.Or(a.Company.Name, string(a.Company.ID)))), a.Kind, p.stage(a.Stage), band)
		for _, how := range c.How {
			fmt.Fprintf(w, "        %s\n", printable(how))
		}
		fmt.Fprintf(w, "        %s\n", printable(a.Headline))
		if len(a.Sources) > 0 {
			fmt.Fprintf(w, "        %s\n", p.dim(printable(a.Sources[0].URL)))
		}
	}
	bad := ""
	if r.Bad > 0 {
		bad = fmt.Sprintf(" (%d more cannot be read)", r.Bad)
	}
	_, err := fmt.Fprintf(w, "%d articles judged%s. Since %s %d alerts were sent, %d by the present rules: %d the same, %d would come, %d go, %d change.\n",
		r.Articles, bad, r.Since.Local().Format("2006-01-02 15:04"), r.Was, r.Now, r.Same, r.Come, r.Go, r.Change)
	return err
}

// newProgress shows how far a long work is, where a person looks on.
func newProgress(w io.Writer) func(done, of int) {
	if !isTerminal(w) {
		return func(int, int) {}
	}
	return progress(w, time.Now)
}

// progressEvery is the least time between two pictures of a progress bar.
const progressEvery = 200 * time.Millisecond

// progress draws a bar, and takes it away at the end.
func progress(w io.Writer, now func() time.Time) func(done, of int) {
	start := now()
	drawn := start
	return func(done, of int) {
		t := now()
		if done >= of {
			fmt.Fprint(w, "\r\x1b[K")
			return
		}
		if t.Sub(drawn) < progressEvery || done == 0 {
			return
		}
		drawn = t
		const width = 30
		full := done * width / of
		left := time.Duration(float64(t.Sub(start)) / float64(done) * float64(of-done))
		fmt.Fprintf(w, "\r\x1b[K[%s%s] %d of %d articles, %s left", strings.Repeat("#", full), strings.Repeat(".", width-full), done, of, left.Round(time.Second))
	}
}

// A period is a time on the command line, in days too: 30d.
type period time.Duration

// String implements [pflag.Value].
func (s *period) String() string {
	if d := time.Duration(*s); d > 0 && d%(24*time.Hour) == 0 {
		return strconv.Itoa(int(d/(24*time.Hour))) + "d"
	}
	return time.Duration(*s).String()
}

// Type implements [pflag.Value].
func (s *period) Type() string { return "duration" }

// Set implements [pflag.Value].
func (s *period) Set(text string) error {
	d, err := time.ParseDuration(text)
	if days, ok := strings.CutSuffix(text, "d"); ok {
		var n int
		n, err = strconv.Atoi(days)
		d = time.Duration(n) * 24 * time.Hour
	}
	if err != nil || d < 0 || d > 100*365*24*time.Hour {
		return fmt.Errorf("%q, want a time such as 30d or 12h", text)
	}
	*s = period(d)
	return nil
}
