package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/chipwire/chipwire/config"
	"github.com/chipwire/chipwire/fetcher"
	"github.com/chipwire/chipwire/fetcher/client"
	"github.com/chipwire/chipwire/fetcher/feed"
	"github.com/chipwire/chipwire/fetcher/websub"
	"github.com/chipwire/chipwire/internal/dates"
	"github.com/chipwire/chipwire/news"
)

func newFeedsTest() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "test URL|ID",
		Short: "Ask one feed and show the whole decision",
		Long: `Ask one feed as the daemon does at its first poll, and show the whole decision:
the request, the response, how the document was read, each item with its date as
written and as resolved, what would be news and what history and why, and the next
poll. A feed of the configuration, by its id or address, is asked with its own
settings. Nothing is kept. Exits with 1 when the feed has a fault.`,
		Example: `  chipwire feeds test https://semiengineering.com/feed/
  chipwire feeds test etnews --json`,
		Args: args(cobra.ExactArgs(1)),
	}
	path := configFlag(cmd)
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		cfg, src, err := sourceNamed(*path, args[0])
		if err != nil {
			return err
		}
		c := client.New(cfg.Fetcher.Config)
		defer c.Close()
		d := decide(cmd.Context(), c, cfg, src)
		out := cmd.OutOrStdout()
		if *asJSON || !isTerminal(out) {
			enc := json.NewEncoder(out)
			enc.SetEscapeHTML(false)
			err = enc.Encode(d)
		} else {
			err = printDecision(out, d)
		}
		if err == nil && d.Fault != nil {
			err = fmt.Errorf("%s: %s; %s", d.ID, d.Fault.Text, d.Fault.Advice)
		}
		return err
	}
	return cmd
}

// sourceNamed finds the feed that a user means: one of the configuration by its
// id or address, else any address.
func sourceNamed(path, arg string) (config.Config, fetcher.Source, error) {
	load := loadConfig
	if isURL(arg) {
		load = loadRules
	}
	cfg, err := load(path)
	if err != nil {
		return cfg, fetcher.Source{}, err
	}
	if i := config.FindFeed(cfg.Feeds, arg); i >= 0 {
		return cfg, cfg.Feeds[i], nil
	}
	src := fetcher.Source{URL: arg}
	if !isURL(arg) {
		return cfg, src, fmt.Errorf("no feed %q in the configuration; want an id that `chipwire feeds list` names, or an address", arg)
	}
	if err := src.Validate(); err != nil {
		return cfg, src, usageError{err}
	}
	return cfg, src, nil
}

// A decision is what `feeds test` says of a feed.
type decision struct {
	ID       string            `json:"id"`
	URL      string            `json:"url"`
	Request  map[string]string `json:"request"`
	Response *response         `json:"response"`
	Document *document         `json:"document"`
	Items    []itemRow         `json:"items"`
	News     int               `json:"news"`
	History  int               `json:"history"`
	Fault    *fault            `json:"fault"`
	Note     string            `json:"note,omitempty"`
	Next     time.Time         `json:"next"`
	Why      string            `json:"why"`
}

type response struct {
	Status       int    `json:"status"`
	URL          string `json:"url"`
	Permanent    string `json:"permanent,omitempty"`
	ETag         string `json:"etag,omitempty"`
	LastModified string `json:"last_modified,omitempty"`
	ContentType  string `json:"content_type"`
	Bytes        int    `json:"bytes"`
	Hub          string `json:"hub,omitempty"`   // that the feed names for WebSub
	Topic        string `json:"topic,omitempty"` // as which the hub knows the feed
}

type document struct {
	Title     string `json:"title"`
	Format    string `json:"format"`
	Lang      string `json:"lang"`
	Charset   string `json:"charset"`
	Corrected bool   `json:"charset_corrected"`
	Skipped   int    `json:"skipped"`
}

type itemRow struct {
	Title     string     `json:"title"`
	Key       string     `json:"key"`
	Link      string     `json:"link"`
	Written   string     `json:"written"` // the date as the feed wrote it
	Published *time.Time `json:"published_at"`
	Zone      string     `json:"zone,omitempty"`
	How       string     `json:"how"`
	News      bool       `json:"news"`
	Why       string     `json:"why"`
}

type fault struct {
	Status string `json:"status"`
	Text   string `json:"text"`
	Advice string `json:"advice"`
}

// decide asks a feed and gathers what that leads to.
func decide(ctx context.Context, c *client.Client, cfg config.Config, src fetcher.Source) decision {
	p := fetcher.Probe(ctx, c, cfg.Fetcher, src)
	d := decision{
		ID: p.Feed.ID, URL: shownURL(p.Feed.URL), Request: map[string]string{}, Items: []itemRow{},
		News: len(p.Items.News), History: p.Items.History, Next: p.Next.At, Why: p.Next.Why,
	}
	for name, values := range p.Sent {
		d.Request[name] = strings.Join(values, ", ")
	}
	if r := p.Answer.Response; r != nil {
		links := websub.Discover(r.Header, r.Body, r.URL)
		d.Response = &response{r.Status, r.URL, r.Permanent, r.ETag, r.LastModified, r.Header.Get("Content-Type"), len(r.Body), links.Hub, links.Self}
	} else if e, ok := errors.AsType[*client.Error](p.Answer.Err); ok && e.Code != 0 {
		d.Response = &response{Status: e.Code, URL: shownURL(p.Feed.URL)}
	}
	doc := p.Answer.Document
	if doc.Format != "" {
		d.Document = &document{doc.Title, doc.Format, doc.Lang, doc.Charset, doc.CharsetCorrected, doc.Skipped}
	}
	for i, it := range doc.Items {
		d.Items = append(d.Items, rowOf(it, p.Feed, doc, p.Items.Reasons[i]))
	}
	if p.Answer.Err != nil {
		d.Fault = &fault{p.Health.Status, p.Health.Note, p.Health.Advice}
	} else {
		d.Note = p.Health.Note
	}
	return d
}

// shownURL is an address without its password.
func shownURL(raw string) string {
	if u, err := url.Parse(raw); err == nil {
		return u.Redacted()
	}
	return raw
}

func rowOf(it news.Item, f news.Feed, doc feed.Document, reason fetcher.Reason) itemRow {
	r := itemRow{
		Title: it.Title, Key: it.Key, Link: it.Link, Written: it.Published,
		Published: timeOrNil(it.PublishedAt), News: reason.IsNews(), Why: string(reason),
	}
	if r.Published != nil {
		r.Zone = cmp.Or(it.PublishedAt.Location().String(), it.PublishedAt.Format("-07:00"))
	}
	r.How = howDated(it, f, doc)
	return r
}

// howDated says where the date of an item and its zone come from.
func howDated(it news.Item, f news.Feed, doc feed.Document) string {
	const instead = "; the moment of first sight counts"
	d, err := dates.Parse(it.Published, it.PublishedAt.Location())
	switch {
	case it.Published == "":
		return "the feed gives no date" + instead
	case it.DateVia == news.DateObserved:
		return "the date is in the future" + instead
	case it.PublishedAt.IsZero() || err != nil:
		return "the date cannot be read" + instead
	case d.Zone == dates.FromForm:
		return "the date names its zone"
	case f.Zone != "":
		return "the zone that the configuration gives"
	case it.PublishedAt.Location() != time.UTC:
		return fmt.Sprintf("the zone of feeds in %s; zone: sets another", doc.Lang)
	}
	return "nobody names a zone, read as UTC; zone: sets it"
}

// printDecision prints a decision for a person.
func printDecision(w io.Writer, d decision) error {
	p := newPaint(w)
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n\n%s\n", p.bold(d.ID), d.URL, p.bold("Request"))
	for _, name := range slices.Sorted(maps.Keys(d.Request)) {
		fmt.Fprintf(&b, "  %s: %s\n", name, d.Request[name])
	}
	if r := d.Response; r != nil {
		fmt.Fprintf(&b, "\n%s\n  %d %s, from %s\n", p.bold("Response"), r.Status, http.StatusText(r.Status), r.URL)
		if r.Permanent != "" {
			fmt.Fprintf(&b, "  moved for good to %s: put that into the configuration\n", r.Permanent)
		}
		fmt.Fprintf(&b, "  %s, %d bytes\n", cmp.Or(r.ContentType, "no content type"), r.Bytes)
		fmt.Fprintf(&b, "  ETag %s, Last-Modified %s\n", cmp.Or(r.ETag, "none"), cmp.Or(r.LastModified, "none"))
		if r.Hub != "" {
			fmt.Fprintf(&b, "  hub %s, topic %s\n", r.Hub, r.Topic)
		}
	}
	if doc := d.Document; doc != nil {
		charset := doc.Charset
		if doc.Corrected {
			charset += " (corrected: the feed declares another)"
		}
		fmt.Fprintf(&b, "\n%s\n  %s, %s, language %s, %d left out\n  %s\n", p.bold("Document"), doc.Format, charset, cmp.Or(doc.Lang, "not named"), doc.Skipped, doc.Title)
	}
	if len(d.Items) > 0 {
		fmt.Fprintf(&b, "\n%s: %d, at a first poll %d news and %d history\n", p.bold("Items"), len(d.Items), d.News, d.History)
	}
	for _, it := range d.Items {
		printRow(&b, p, it)
	}
	if d.Fault != nil {
		fmt.Fprintf(&b, "\n%s: %s\n  %s\n  %s\n", p.bold("Fault"), d.Fault.Status, d.Fault.Text, d.Fault.Advice)
	}
	if d.Note != "" {
		fmt.Fprintf(&b, "\n%s: %s\n", p.bold("Note"), d.Note)
	}
	fmt.Fprintf(&b, "\n%s: %s (%s)\n", p.bold("Next poll"), clock(&d.Next), d.Why)
	_, err := io.WriteString(w, b.String())
	return err
}

func printRow(w io.Writer, p paint, it itemRow) {
	fmt.Fprintf(w, "  %s\n", p.bold(cmp.Or(it.Title, "(no title)")))
	resolved := "no date"
	if it.Published != nil {
		resolved = it.Published.Format(time.RFC3339)
	}
	fmt.Fprintf(w, "    %s\n    date %q: %s (%s)\n    key %s\n", it.Why, it.Written, resolved, it.How, it.Key)
}
