package main

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"

	"github.com/chipwire/chipwire/fetcher/extract"
)

func newRead() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "read URL|FILE|-",
		Short: "Read a page: title, date, body, and how they were found",
		Long: `Read a page: its title, date and body, and how they were found.

With --jsonl, each line of the input is a page, {"id","url","html"} or
"html_base64" when it is not UTF-8, and is answered by a line, in order:
{"id","title","body","published_at","lang","via"} or {"id","error"}.`,
		Example: `  chipwire read https://example.com/news/1
  curl -s https://example.com/news/1 | chipwire read - --url https://example.com/news/1`,
		Args: args(cobra.MaximumNArgs(1)),
	}
	lines := cmd.Flags().Bool("jsonl", false, "pages as JSON lines, from the file or standard input")
	url := cmd.Flags().String("url", "", "address of the page that is read from a file")
	path := configFlag(cmd)
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		out := cmd.OutOrStdout()
		if *lines {
			in, err := openLines(args, cmd.InOrStdin())
			if err != nil {
				return err
			}
			defer in.Close()
			// Pages leave much behind: collecting less often
			// saves a tenth of the time and costs some 20 MB.
			defer debug.SetGCPercent(debug.SetGCPercent(300))
			return eachLine(in, out, readLine)
		}
		if len(args) == 0 {
			return usageError{fmt.Errorf("nothing to read: want a URL, a file, or - for standard input")}
		}
		page, err := readPage(cmd, args[0], *url, *path)
		if err != nil {
			return err
		}
		if *asJSON || !isTerminal(out) {
			enc := json.NewEncoder(out)
			enc.SetEscapeHTML(false)
			return enc.Encode(pageAnswer{nil, page.Title, page.Body, timeOrNil(page.PublishedAt), page.Lang, page.Via, page.URL, page.DateVia, page.Charset})
		}
		return printPage(out, page)
	}
	return cmd
}

func readPage(cmd *cobra.Command, arg, url, path string) (extract.Result, error) {
	if isURL(arg) {
		cfg, err := loadRules(path)
		if err != nil {
			return extract.Result{}, err
		}
		return fetchPage(cmd.Context(), cfg, arg)
	}
	data, err := readInput(arg, cmd.InOrStdin())
	if err != nil {
		return extract.Result{}, err
	}
	page, err := extract.Read(extract.Page{HTML: data, URL: url})
	if err != nil {
		return page, advise(err)
	}
	return page, nil
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
	Charset     string          `json:"charset,omitempty"`
}

func readLine(line []byte) any {
	var in pageLine
	if fault := decodePage(line, &in); fault != nil {
		return fault
	}
	html := in.Base64
	if html == nil {
		html = []byte(in.HTML)
	}
	page, err := extract.Read(extract.Page{HTML: html, URL: in.URL})
	if err != nil {
		return lineFault{in.ID, err.Error()}
	}
	return pageAnswer{ID: in.ID, Title: page.Title, Body: page.Body, PublishedAt: timeOrNil(page.PublishedAt), Lang: page.Lang, Via: page.Via}
}

func timeOrNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func printPage(w io.Writer, page extract.Result) error {
	p := newPaint(w)
	date := "no date"
	if !page.PublishedAt.IsZero() {
		date = fmt.Sprintf("%s (%s)", page.PublishedAt.Format(time.RFC3339), page.DateVia)
	}
	_, err := fmt.Fprintf(w, "%s\n%s\n%s\n\n%s\n", p.bold(page.Title),
		p.dim(fmt.Sprintf("%s · %s · body by %s · %s", date, page.Lang, page.Via, page.Charset)), p.dim(page.URL), page.Body)
	return err
}
