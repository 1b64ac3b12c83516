package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/chipwire/chipwire/classifier"
	"github.com/chipwire/chipwire/fetcher"
	"github.com/chipwire/chipwire/fetcher/extract"
	"github.com/chipwire/chipwire/internal/app"
	"github.com/chipwire/chipwire/news"
)

func newClassify() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "classify URL|FILE|-",
		Short: "Judge one story, or many",
		Long: `Judge a story: does it report a deal on AI chips, between whom, of what kind, how
far along. A file is a page (HTML), or a text whose first line is the headline.

With --jsonl, each line of the input is a story, {"id","title","body","url","feed",
"published_at"}, and is answered by a line, in order; a line that is no story is
answered by {"id","error"}. --explain prints the sentences, what was found in
them, what the rules make of it, and what moved the score most.`,
		Example: `  chipwire classify https://example.com/news/1 --explain
  chipwire classify --jsonl < stories.jsonl > verdicts.jsonl`,
		Args: args(cobra.MaximumNArgs(1)),
	}
	lines := cmd.Flags().Bool("jsonl", false, "stories as JSON lines, from the file or standard input")
	explain := cmd.Flags().Bool("explain", false, "print how the verdict came about")
	path := configFlag(cmd)
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		cfg, err := loadRules(*path)
		if err != nil {
			return err
		}
		c, err := app.NewClassifier(cfg)
		if err != nil {
			return err
		}
		out := cmd.OutOrStdout()
		if *lines {
			return classifyLines(cmd, c, args)
		}
		if len(args) == 0 {
			return usageError{fmt.Errorf("nothing to judge: want a URL, a file, or - for standard input")}
		}
		var a news.Article
		if isURL(args[0]) {
			page, err := fetchPage(cmd.Context(), cfg, args[0], fetcher.Source{}, false)
			if err != nil {
				return err
			}
			a = article(page)
		} else if a, err = readStory(args[0], cmd.InOrStdin()); err != nil {
			return err
		}
		switch {
		case *explain:
			_, err := c.Explain(a).WriteTo(out)
			return err
		case *asJSON || !isTerminal(out):
			enc := json.NewEncoder(out)
			enc.SetEscapeHTML(false)
			return enc.Encode(verdictLine(nil, c.Classify(a)))
		}
		return printVerdict(out, c.Classify(a))
	}
	return cmd
}

func classifyLines(cmd *cobra.Command, c *classifier.Classifier, args []string) error {
	in, err := openLines(args, cmd.InOrStdin())
	if err != nil {
		return err
	}
	defer in.Close()
	return eachLine(in, cmd.OutOrStdout(), func(line []byte) any { return classifyLine(c, line) })
}

func classifyLine(c *classifier.Classifier, line []byte) any {
	var in struct {
		ID          json.RawMessage `json:"id"`
		Title       string          `json:"title"`
		Body        string          `json:"body"`
		URL         string          `json:"url"`
		Feed        string          `json:"feed"`
		PublishedAt *time.Time      `json:"published_at"`
	}
	if fault := decodeLine(line, &in); fault != nil {
		return fault
	}
	if strings.TrimSpace(in.Title+in.Body) == "" {
		return lineFault{in.ID, "no text: want a title, a body, or both"}
	}
	a := news.Article{ID: news.ArticleID(in.URL), URL: in.URL, Title: in.Title, Body: in.Body, Feed: in.Feed}
	if in.PublishedAt != nil {
		a.PublishedAt = *in.PublishedAt
	}
	return verdictLine(in.ID, c.Classify(a))
}

// verdict is what `classify` says of a story.
type verdict struct {
	ID        json.RawMessage  `json:"id,omitempty"`
	Flagged   bool             `json:"flagged"`
	Score     float64          `json:"score"`
	Lang      string           `json:"lang"`
	Companies []news.CompanyID `json:"companies"`
	Findings  []news.Finding   `json:"findings"`
	Pairs     []news.Pair      `json:"pairs"`
}

func verdictLine(id json.RawMessage, v news.Verdict) verdict {
	return verdict{id, v.Flagged, v.Score, v.Lang, v.Companies, v.Findings, v.Pairs}
}

func article(page extract.Result) news.Article {
	return news.Article{
		ID: news.ArticleID(page.URL), URL: page.URL, Title: page.Title, Body: page.Body, Lang: page.Lang,
		Publisher: page.SiteName, PublishedAt: page.PublishedAt, DateVia: page.DateVia,
	}
}

// readStory reads a page or a plain text.
func readStory(arg string, stdin io.Reader) (news.Article, error) {
	data, err := readInput(arg, stdin)
	if err != nil {
		return news.Article{}, err
	}
	if head := bytes.ToLower(bytes.TrimSpace(data)); bytes.HasPrefix(head, []byte("<!doctype html")) || bytes.HasPrefix(head, []byte("<html")) {
		page, err := extract.Read(extract.Page{HTML: data})
		if err != nil {
			return news.Article{}, advise(err)
		}
		return article(page), nil
	}
	title, body, _ := strings.Cut(strings.TrimSpace(string(data)), "\n")
	if title == "" {
		return news.Article{}, fmt.Errorf("%s holds no text", arg)
	}
	return news.Article{Title: strings.TrimSpace(title), Body: strings.TrimSpace(body)}, nil
}

func printVerdict(w io.Writer, v news.Verdict) error {
	p := newPaint(w)
	if len(v.Findings) == 0 {
		_, err := fmt.Fprintln(w, "no deal found; --explain says why")
		return err
	}
	for _, f := range v.Findings {
		band := ""
		if f.Review {
			band = ", for review"
		}
		if _, err := fmt.Fprintf(w, "%s  %s  %s\n  %s\n", p.bold(string(f.Kind)), p.stage(f.Stage), p.dim(fmt.Sprintf("score %.2f%s", f.Score, band)), parties(f.Parties)); err != nil {
			return err
		}
		for _, e := range f.Evidence {
			fmt.Fprintf(w, "  “%s”\n", e.Text)
		}
	}
	return nil
}
