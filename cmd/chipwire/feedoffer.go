package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/chipwire/chipwire/config"
	"github.com/chipwire/chipwire/fetcher"
	"github.com/chipwire/chipwire/fetcher/client"
	"github.com/chipwire/chipwire/fetcher/feed"
	"github.com/chipwire/chipwire/internal/urls"
)

// linksOf returns where feeds may be, if what answered is a page and not a feed.
func linksOf(d fetcher.Decision, src fetcher.Source) ([]feed.Link, bool) {
	fault, ok := errors.AsType[*feed.Error](d.Answer.Err)
	if !ok || d.Answer.Response == nil || src.List != "" || fault.Status != feed.HTML && fault.Status != feed.Malformed {
		return nil, false
	}
	return feed.Discover(d.Answer.Response.Body, d.Answer.Response.URL), true
}

// listOffers shows every feed that addresses are or lead to.
func listOffers(ctx context.Context, w io.Writer, cfg config.Config, src fetcher.Source, addresses []string) error {
	c := client.New(cfg.Fetcher.Config)
	defer c.Close()
	var errs []error
	for _, address := range addresses {
		s := src
		s.URL = withScheme(address)
		if err := showOffers(ctx, w, c, cfg, s); err != nil {
			errs = append(errs, err)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return oneLine(errs)
}

// showOffers asks an address and all that it leads to; a guess that nothing
// answers at is not shown.
func showOffers(ctx context.Context, w io.Writer, c *client.Client, cfg config.Config, src fetcher.Source) error {
	d := fetcher.Probe(ctx, c, cfg.Fetcher, src)
	if d.Answer.Err == nil {
		fmt.Fprintln(w, offer(src.URL, cfg, d.Answer.Document))
		return nil
	}
	links, ok := linksOf(d, src)
	if !ok {
		return fmt.Errorf("%s: %w", urls.Shown(src.URL), advise(d.Answer.Err))
	}
	found := 0
	fmt.Fprintf(w, "%s is a page\n", urls.Shown(src.URL))
	for _, l := range links[:min(len(links), maxTries)] {
		s := src
		s.URL = l.URL
		d := fetcher.Probe(ctx, c, cfg.Fetcher, s)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case d.Answer.Err == nil:
			found++
			fmt.Fprintf(w, "  %s (%s)\n", offer(l.URL, cfg, d.Answer.Document), l.Via)
		case l.Via != feed.ViaGuess:
			fmt.Fprintf(w, "  %s: cannot be read: %v (%s)\n", l.URL, d.Answer.Err, l.Via)
		}
	}
	if found == 0 {
		return noFeed(src.URL)
	}
	return nil
}

// offer says of a feed that can be read what it is, and whether it is there already.
func offer(address string, cfg config.Config, doc feed.Document) string {
	line := fmt.Sprintf("%s: %q, %s", urls.Shown(address), doc.Title, summary(doc))
	if i := config.FindFeed(cfg.Feeds, address); i >= 0 {
		line += "; there already, as " + cfg.Feeds[i].Feed(0).ID
	}
	return line
}

// summary says what a document holds.
func summary(doc feed.Document) string {
	dated, newest := 0, time.Time{}
	for _, it := range doc.Items {
		if !it.PublishedAt.IsZero() {
			dated++
		}
		if it.PublishedAt.After(newest) {
			newest = it.PublishedAt
		}
	}
	line := fmt.Sprintf("%s, %s, %d items, %d dated", doc.Format, doc.Charset, len(doc.Items), dated)
	if dated > 0 {
		line += ", the newest of " + newest.Format(time.RFC3339)
	}
	return line
}
