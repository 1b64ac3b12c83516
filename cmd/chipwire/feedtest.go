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
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/chipwire/chipwire/config"
	"github.com/chipwire/chipwire/fetcher"
	"github.com/chipwire/chipwire/fetcher/client"
	"github.com/chipwire/chipwire/fetcher/feed"
	"github.com/chipwire/chipwire/fetcher/websub"
	"github.com/chipwire/chipwire/internal/dates"
	"github.com/chipwire/chipwire/internal/urls"
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
settings, and where the daemon runs its present state is shown too: how it is asked
there, where it has moved, why it rests. Nothing is kept. Exits with 1 when the feed
has a fault.`,
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
		if config.FindFeed(cfg.Feeds, args[0]) >= 0 {
			if r, err := presentRow(cmd.Context(), cfg, src, time.Now()); err != nil {
				d.Unknown = err.Error()
			} else {
				d.Present = &r
			}
		}
		out := cmd.OutOrStdout()
		if *asJSON || !isTerminal(out) {
			enc := json.NewEncoder(out)
			enc.SetEscapeHTML(false)
			err = enc.Encode(d)
		} else {
			err = printDecision(out, d, time.Now())
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
	Asked    string            `json:"condition"`
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
	Present  *feedRow          `json:"present"`                   // as the daemon sees the feed; null for one that it does not poll
	Unknown  string            `json:"present_unknown,omitempty"` // why that could not be read
}

type response struct {
	Status       int    `json:"status"`
	URL          string `json:"url"`
	Permanent    string `json:"permanent,omitempty"`
	ETag         string `json:"etag,omitempty"`
	LastModified string `json:"last_modified,omitempty"`
	ContentType  string `json:"content_type"`
	Bytes        int    `json:"bytes"`

	LatencyMS int64  `json:"latency_ms"`          // from the request to the headers
	Fresh     string `json:"fresh,omitempty"`     // for how long the server says that this is current,
	FreshVia  string `json:"fresh_via,omitempty"` // and where it says so
	Hub       string `json:"hub,omitempty"`       // that the feed names for WebSub
	Topic     string `json:"topic,omitempty"`     // as which the hub knows the feed
}

type document struct {
	Title     string `json:"title"`
	Format    string `json:"format"`
	Lang      string `json:"lang"`
	Charset   string `json:"charset"`
	Corrected bool   `json:"charset_corrected"`
	Skipped   int    `json:"skipped"`
	Wishes    string `json:"wishes,omitempty"` // how often it wants to be read
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
		ID: p.Feed.ID, URL: urls.Shown(p.Feed.URL), Asked: string(p.Answer.Condition), Request: map[string]string{}, Items: []itemRow{},
		News: len(p.Items.News), History: p.Items.History, Next: p.Next.At, Why: p.Next.Why,
	}
	for name, values := range p.Sent {
		d.Request[name] = strings.Join(values, ", ")
	}
	if r := p.Answer.Response; r != nil {
		d.Response = responseOf(r)
	} else if e, ok := errors.AsType[*client.Error](p.Answer.Err); ok && e.Code != 0 {
		d.Response = &response{Status: e.Code, URL: urls.Shown(p.Feed.URL)}
	}
	doc := p.Answer.Document
	if doc.Format != "" {
		d.Document = &document{doc.Title, doc.Format, doc.Lang, doc.Charset, doc.CharsetCorrected, doc.Skipped, wishesOf(doc.Wishes, src)}
	}
	for i, it := range doc.Items {
		d.Items = append(d.Items, rowOf(it, p.Feed, doc, p.Items.Reasons[i]))
	}
	if p.Health.Status != fetcher.StatusOK {
		d.Fault = &fault{p.Health.Status, p.Health.Note, p.Health.Advice}
	} else {
		d.Note = p.Health.Note
	}
	return d
}

// wishesOf says how often a document wants to be read, and whether that is heeded.
func wishesOf(w feed.Wishes, src fetcher.Source) string {
	var list []string
	if w.Every > 0 {
		list = append(list, fmt.Sprintf("%v between two polls (%s)", w.Every, w.Via))
	}
	var hours, days []string
	for h := range 24 {
		if w.SkipHours>>h&1 == 1 {
			hours = append(hours, strconv.Itoa(h))
		}
	}
	for d := range 7 {
		if w.SkipDays>>d&1 == 1 {
			days = append(days, time.Weekday(d).String())
		}
	}
	if len(hours) > 0 {
		list = append(list, "no poll in the hours "+strings.Join(hours, ", ")+" UTC")
	}
	if len(days) > 0 {
		list = append(list, "no poll on "+strings.Join(days, ", "))
	}
	if len(list) == 0 {
		return ""
	}
	verdict := "not heeded: only feeds of class blog are read as they wish"
	if src.Every > 0 {
		verdict = "not heeded: every is set"
	} else if src.Class == fetcher.Blog {
		verdict = "heeded"
	}
	return strings.Join(list, "; ") + "; " + verdict
}

func responseOf(r *client.Response) *response {
	out := &response{
		Status: r.Status, URL: r.URL, Permanent: r.Permanent, ETag: r.ETag, LastModified: r.LastModified,
		ContentType: r.Header.Get("Content-Type"), Bytes: len(r.Body),
	}
	if !r.AskedAt.IsZero() {
		out.LatencyMS = r.HeadersAt.Sub(r.AskedAt).Milliseconds()
	}
	links := websub.Discover(r.Header, r.Body, r.URL)
	out.Hub, out.Topic = links.Hub, links.Self
	if fresh, via := fetcher.Fresh(r.Header, r.HeadersAt); via != "" {
		out.Fresh, out.FreshVia = fresh.String(), via
	}
	return out
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
func printDecision(w io.Writer, d decision, now time.Time) error {
	p := newPaint(w)
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n\n%s, %s\n", p.bold(d.ID), d.URL, p.bold("Request"), d.Asked)
	for _, name := range slices.Sorted(maps.Keys(d.Request)) {
		fmt.Fprintf(&b, "  %s: %s\n", name, printable(d.Request[name]))
	}
	if d.Response != nil {
		printResponse(&b, p, d.Response)
	}
	if doc := d.Document; doc != nil {
		charset := doc.Charset
		if doc.Corrected {
			charset += " (corrected: the feed declares another)"
		}
		fmt.Fprintf(&b, "\n%s\n  %s, %s, language %s, %d left out\n  %s\n", p.bold("Document"), doc.Format, charset, cmp.Or(doc.Lang, "not named"), doc.Skipped, printable(doc.Title))
		if doc.Wishes != "" {
			fmt.Fprintf(&b, "  wishes: %s\n", doc.Wishes)
		}
	}
	if len(d.Items) > 0 {
		fmt.Fprintf(&b, "\n%s: %d, at a first poll %d news and %d history\n", p.bold("Items"), len(d.Items), d.News, d.History)
	}
	for _, it := range d.Items {
		printRow(&b, p, it)
	}
	if d.Fault != nil {
		fmt.Fprintf(&b, "\n%s: %s\n  %s\n  %s\n", p.bold("Fault"), d.Fault.Status, printable(d.Fault.Text), d.Fault.Advice)
	}
	if d.Note != "" {
		fmt.Fprintf(&b, "\n%s: %s\n", p.bold("Note"), printable(d.Note))
	}
	fmt.Fprintf(&b, "\n%s: %s (%s)\n", p.bold("Next poll"), clock(&d.Next), d.Why)
	printPresent(&b, p, d, now)
	_, err := io.WriteString(w, b.String())
	return err
}

func printResponse(w io.Writer, p paint, r *response) {
	fmt.Fprintf(w, "\n%s\n  %d %s, from %s\n", p.bold("Response"), r.Status, http.StatusText(r.Status), r.URL)
	if r.Permanent != "" {
		fmt.Fprintf(w, "  moved for good to %s: put that into the configuration; until then it is a candidate, which the daemon asks after three sightings over two days\n", r.Permanent)
	}
	fmt.Fprintf(w, "  %s, %d bytes, after %d ms\n", cmp.Or(printable(r.ContentType), "no content type"), r.Bytes, r.LatencyMS)
	fmt.Fprintf(w, "  ETag %s, Last-Modified %s\n", cmp.Or(printable(r.ETag), "none"), cmp.Or(printable(r.LastModified), "none"))
	if r.FreshVia != "" {
		fmt.Fprintf(w, "  fresh for %s (%s)\n", r.Fresh, r.FreshVia)
	}
	if r.Hub != "" {
		fmt.Fprintf(w, "  hub %s, topic %s\n", printable(r.Hub), printable(r.Topic))
	}
}

// printPresent says how the daemon sees the feed, which is not asked anew.
func printPresent(w io.Writer, p paint, d decision, now time.Time) {
	switch {
	case d.Unknown != "":
		fmt.Fprintf(w, "\n%s: not known: %s\n", p.bold("In the daemon"), d.Unknown)
	case d.Present != nil:
		fmt.Fprintf(w, "\n%s\n", p.bold("In the daemon"))
		for _, l := range presentLines(*d.Present, now) {
			fmt.Fprintf(w, "  %-8s%s\n", l[0], printable(l[1]))
		}
	}
}

func printRow(w io.Writer, p paint, it itemRow) {
	fmt.Fprintf(w, "  %s\n", p.bold(cmp.Or(printable(it.Title), "(no title)")))
	resolved := "no date"
	if it.Published != nil {
		resolved = it.Published.Format(time.RFC3339)
	}
	fmt.Fprintf(w, "    %s\n    date %q: %s (%s)\n    key %s\n", it.Why, it.Written, resolved, it.How, printable(it.Key))
}
