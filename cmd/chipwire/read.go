package main

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/chipwire/chipwire/config"
	"github.com/chipwire/chipwire/fetcher"
	"github.com/chipwire/chipwire/fetcher/extract"
)

func newRead() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "read URL|FILE|-",
		Short: "Read a page: title, date, body, and how they were found",
		Long: `Read a page: its title, date, author, language, site and body, and how they were
found. What is no article is named with what to do about it. A date found by "text"
stands where dates do, but nothing says that it is the one of publication; of a
date marked "day only" the page gives no time.

With --explain, each reading of the page is shown: how it was found, its size in
letters, how far the others agree with it from 0 to 1, and why it won or lost.

With --feed, the selectors and the zone of that feed of the configuration hold, as
they do for its pages in the daemon.

With --jsonl, each line of the input is a page, {"id","url","html"} or
"html_base64" when it is not UTF-8, and is answered by a line, in order:
{"id","title","body","published_at","lang","via"} or {"id","error"}.`,
		Example: `  chipwire read https://example.com/news/1
  curl -s https://example.com/news/1 | chipwire read - --url https://example.com/news/1
  chipwire read https://www.etnews.com/1 --feed etnews`,
		Args: args(cobra.MaximumNArgs(1)),
	}
	lines := cmd.Flags().Bool("jsonl", false, "pages as JSON lines, from the file or standard input")
	url := cmd.Flags().String("url", "", "address of the page that is read from a file")
	feed := cmd.Flags().String("feed", "", "id of a feed of the configuration, whose selectors and zone hold")
	explain := cmd.Flags().Bool("explain", false, "show each reading of the page, and why one won")
	path := configFlag(cmd)
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		out := cmd.OutOrStdout()
		src, err := feedNamed(*path, *feed)
		if err != nil {
			return err
		}
		if *lines {
			in, err := openLines(args, cmd.InOrStdin())
			if err != nil {
				return err
			}
			defer in.Close()
			// Pages leave much behind: collecting less often
			// saves a seventh of the time and costs some 40 MB.
			defer debug.SetGCPercent(debug.SetGCPercent(500))
			return eachLine(in, out, readLineOf(src))
		}
		if len(args) == 0 {
			return usageError{fmt.Errorf("nothing to read: want a URL, a file, or - for standard input")}
		}
		page, err := readPage(cmd, args[0], *url, *path, src, *explain)
		if err != nil {
			return err
		}
		if *asJSON || !isTerminal(out) {
			enc := json.NewEncoder(out)
			enc.SetEscapeHTML(false)
			return enc.Encode(wholeAnswer(page))
		}
		return printPage(out, page)
	}
	return cmd
}

// feedNamed finds a feed of the configuration by its id, the zero source for "".
func feedNamed(path, id string) (fetcher.Source, error) {
	if id == "" {
		return fetcher.Source{}, nil
	}
	cfg, err := loadConfig(path)
	if err != nil {
		return fetcher.Source{}, err
	}
	i := config.FindFeed(cfg.Feeds, id)
	if i < 0 {
		return fetcher.Source{}, fmt.Errorf("no feed %q in the configuration; want an id that `chipwire feeds list` names", id)
	}
	return cfg.Feeds[i], nil
}

func readPage(cmd *cobra.Command, arg, url, path string, src fetcher.Source, explain bool) (extract.Result, error) {
	if isURL(arg) {
		cfg, err := loadRules(path)
		if err != nil {
			return extract.Result{}, err
		}
		return fetchPage(cmd.Context(), cfg, arg, src, explain)
	}
	data, err := readInput(arg, cmd.InOrStdin())
	if err != nil {
		return extract.Result{}, err
	}
	page, err := extract.Read(extract.Page{HTML: data, URL: url, Zone: zoneNamed(src.Zone), Selectors: src.Selectors, Explain: explain})
	if err != nil {
		return page, advise(err)
	}
	return page, nil
}

// zoneNamed is a zone by its name, nil for none: the configuration has checked it.
func zoneNamed(name string) *time.Location {
	if name == "" {
		return nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil
	}
	return zone
}

// pageAnswer is what `read` says of a page.
type pageAnswer struct {
	ID          json.RawMessage `json:"id,omitempty"`
	Title       string          `json:"title"`
	Body        string          `json:"body"`
	PublishedAt *time.Time      `json:"published_at"`
	Lang        string          `json:"lang"`
	Via         string          `json:"via"`
	URL         string          `json:"url,omitempty"`
	DateVia     string          `json:"date_via,omitempty"`
	DayOnly     bool            `json:"day_only,omitempty"`
	TitleVia    string          `json:"title_via,omitempty"`
	Author      string          `json:"author,omitempty"`
	Site        string          `json:"site,omitempty"`
	NextPage    string          `json:"next_page,omitempty"`
	Trust       float64         `json:"trust,omitempty"`
	Readings    []reading       `json:"readings,omitempty"`
	Charset     string          `json:"charset,omitempty"`
}

// A reading is what --explain says of one way to read the page.
type reading struct {
	Via       string  `json:"via"`
	Size      int     `json:"size"`
	Agreement float64 `json:"agreement"`
	Why       string  `json:"why"`
}

// wholeAnswer is all that is known of one page.
func wholeAnswer(page extract.Result) pageAnswer {
	var readings []reading
	for _, c := range page.Candidates {
		readings = append(readings, reading(c))
	}
	return pageAnswer{
		Trust: page.Trust, Readings: readings,
		Title: page.Title, Body: page.Body, PublishedAt: timeOrNil(page.PublishedAt), Lang: page.Lang, Via: page.Via, URL: page.URL,
		DateVia: page.DateVia, DayOnly: page.DayOnly, TitleVia: page.TitleVia, Author: page.Author, Site: page.SiteName, NextPage: page.NextPage,
		Charset: page.Charset,
	}
}

func readLine(line []byte) any { return readLineOf(fetcher.Source{})(line) }

// readLineOf answers lines that hold pages of a feed.
func readLineOf(src fetcher.Source) func(line []byte) any {
	zone := zoneNamed(src.Zone)
	return func(line []byte) any {
		var in pageLine
		if fault := decodePage(line, &in); fault != nil {
			return fault
		}
		html := in.Base64
		if html == nil {
			html = []byte(in.HTML)
		}
		page, err := extract.Read(extract.Page{HTML: html, URL: in.URL, Zone: zone, Selectors: src.Selectors})
		if err != nil {
			return lineFault{in.ID, err.Error()}
		}
		return pageAnswer{ID: in.ID, Title: page.Title, Body: page.Body, PublishedAt: timeOrNil(page.PublishedAt), Lang: page.Lang, Via: page.Via}
	}
}

func timeOrNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func printPage(w io.Writer, page extract.Result) error {
	p := newPaint(w)
	about := []string{"no date"}
	if !page.PublishedAt.IsZero() {
		about[0] = fmt.Sprintf("%s (%s)", page.PublishedAt.Format(time.RFC3339), page.DateVia)
		if page.DayOnly {
			about[0] = fmt.Sprintf("%s (%s, day only)", page.PublishedAt.Format(time.DateOnly), page.DateVia)
		}
	}
	for _, s := range []string{page.Author, page.SiteName, page.Lang} {
		if s != "" {
			about = append(about, s)
		}
	}
	lines := []string{p.bold(page.Title), p.dim(strings.Join(about, " · ")), p.dim(fmt.Sprintf("body by %s · trust %.2f · %s", page.Via, page.Trust, page.Charset)), p.dim(page.URL)}
	if page.NextPage != "" {
		lines = append(lines, p.dim("goes on at "+page.NextPage))
	}
	for _, c := range page.Candidates {
		lines = append(lines, fmt.Sprintf("  %6d  agree %.2f  %s: %s", c.Size, c.Agreement, c.Via, c.Why))
	}
	_, err := fmt.Fprintf(w, "%s\n\n%s\n", strings.Join(lines, "\n"), page.Body)
	return err
}
