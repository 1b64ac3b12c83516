package fetcher

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/chipwire/chipwire/fetcher/feed"
	"github.com/chipwire/chipwire/internal/urls"
	"github.com/chipwire/chipwire/news"
)

// A Gap is a time between two polls in which a feed has let go of entries that
// nobody saw, and what was done about it.
type Gap struct {
	From, To time.Time

	Door      string // where the entries were looked for, "" for nowhere
	Recovered []news.Item
	Whole     bool  // the door reaches back to before the gap: nothing is missing
	Err       error // why nothing could be looked for
}

// recovered are the items that came back from a gap.
func (a Answer) recovered() []news.Item {
	if a.Gap == nil {
		return nil
	}
	return a.Gap.Recovered
}

// fetchGap is the name of a gap in notes and in the log.
const fetchGap = "fetch_gap"

// gapOf finds a gap behind the document of an answer: it is as full as the one
// before, and nothing in it was seen, neither by guid nor by link nor by title. A
// document that reaches back to before the last poll lets nothing through,
// whatever it was rebuilt from.
func gapOf(before State, address string, a Answer, sifted Sifting) (Gap, bool) {
	if a.Err != nil || a.Unchanged || a.Response == nil || a.Response.NotModified || before.URL != address || len(before.Seen) == 0 {
		return Gap{}, false
	}
	from := before.AskedAt
	if from.IsZero() {
		from = before.Health.LastOK
	}
	total := len(a.Document.Items)
	full := total >= minWindow && before.Health.Items >= minWindow && 2*total >= before.Health.Items
	if !full || from.IsZero() || len(a.Document.Known) > 0 || slices.Contains(sifted.Reasons, KnownItem) {
		return Gap{}, false
	}
	for _, it := range a.Document.Items {
		if !it.PublishedAt.IsZero() && it.PublishedAt.Before(from.Add(-hiddenFor)) {
			return Gap{}, false
		}
	}
	return Gap{From: from, To: a.at()}, true
}

// maxRecovered is how many entries one gap brings back at most.
const maxRecovered = 200

// fill takes from the items of a door those that fell into the gap: dated in it,
// or, where the door gives no dates, above the first that was seen before it.
// What s has seen, or the document behind the gap holds, is not among them.
func (g Gap) fill(s State, document, door []news.Item) Gap {
	before := s.seen()
	within := newSeen(2 * len(document))
	for _, it := range document {
		for _, key := range keysOf(it) {
			within.add(hashKey(key))
		}
	}
	above, taken := true, newSeen(2*len(door))
	for _, it := range door {
		dated := !it.PublishedAt.IsZero()
		switch {
		case Same(&within, it), Same(&taken, it):
			continue
		case Same(before, it):
			above, g.Whole = false, true
			continue
		case dated && it.PublishedAt.Before(g.From.Add(-early)):
			g.Whole = true
			continue
		case !dated && !above, dated && g.To.Sub(it.PublishedAt) > history:
			continue
		case len(g.Recovered) >= maxRecovered:
			g.Whole = false
			return g
		}
		g.Recovered = append(g.Recovered, it)
		for _, key := range keysOf(it) {
			taken.add(hashKey(key))
		}
	}
	return g
}

// note says what a gap leaves to be told, "" when nothing is missing.
func (g Gap) note() string {
	if g.Err == nil && g.Whole {
		return ""
	}
	const clock = "2006-01-02 15:04"
	text := fmt.Sprintf("%s: entries may have been lost between %s and %s UTC", fetchGap, g.From.UTC().Format(clock), g.To.UTC().Format(clock))
	switch {
	case errors.Is(g.Err, errNoDoor):
		return text + ": set recover:, or poll more often with every:"
	case g.Err != nil:
		return fmt.Sprintf("%s, and %s did not help (%v): set recover: to another, or poll more often with every:", text, urls.Shown(g.Door), g.Err)
	}
	return fmt.Sprintf("%s; %d came back from %s, which does not reach further: set recover: to another, or poll more often with every:", text, len(g.Recovered), urls.Shown(g.Door))
}

// gapShown is how long the note of a gap stands.
const gapShown = 7 * 24 * time.Hour

var errNoDoor = errors.New("no recover: is set, and robots.txt names no news sitemap")

// recoverGap looks at once for what a gap has let through, at the feed's own
// door or else at a news sitemap that the site names.
func (f *Fetcher) recoverGap(ctx context.Context, e *entry, g Gap, a Answer) Gap {
	g.Err = errNoDoor
	for _, door := range f.doors(ctx, e, a) {
		items, err := f.open(ctx, e, door)
		g.Door, g.Err = door, err
		if err == nil {
			g = g.fill(*e.state, a.Document.Items, items)
			break
		}
	}
	level := slog.LevelWarn
	if g.note() == "" {
		level = slog.LevelInfo
	}
	f.log.Log(ctx, level, "fetch gap", "feed", e.feed.ID, "since", g.From, "until", g.To, "url", urls.Shown(g.Door), "items", len(g.Recovered), "err", g.Err)
	return g
}

// doors are the addresses at which the entries of a feed stand as well.
func (f *Fetcher) doors(ctx context.Context, e *entry, a Answer) []string {
	if e.source.Recover != "" {
		return []string{e.source.Recover}
	}
	page := e.feed.URL
	for _, it := range a.Document.Items { // feeds often have a host of their own
		if urls.SameSite(page, it.Link) {
			page = it.Link
			break
		}
	}
	named, err := f.client.Sitemaps(ctx, page)
	if err != nil {
		return nil
	}
	var doors []string
	for _, s := range named {
		if door := urls.Resolve(page, s); door != "" && ofNews(door) && urls.SameSite(page, door) {
			doors = append(doors, door)
		}
	}
	return doors[:min(len(doors), maxDoors)]
}

// maxDoors is how many sitemaps are tried.
const maxDoors = 2

// ofNews reports whether the address of a sitemap says that it is one of news.
func ofNews(address string) bool {
	u, err := url.Parse(address)
	return err == nil && strings.Contains(strings.ToLower(u.Path), "news") && !strings.HasSuffix(u.Path, ".gz")
}

// open reads the items of a door. One that nobody named is a page like others:
// robots.txt counts.
func (f *Fetcher) open(ctx context.Context, e *entry, door string) ([]news.Item, error) {
	req, err := requestTo(*e.source, e.feed, door)
	if err != nil {
		return nil, err
	}
	req.Robots = e.source.Recover == ""
	resp, err := f.client.Get(ctx, req)
	if err != nil {
		return nil, err
	}
	hint := hintOf(*e.source, e.feed, *e.state, resp)
	hint.Known, hint.Page, hint.Mark, hint.Charset = nil, nil, nil, ""
	if hint.List == "" {
		hint.List = feed.ListND
	}
	doc, err := feed.Parse(resp.Body, hint)
	if err != nil {
		return nil, err
	}
	finish(&doc, e.feed, *e.state, resp.HeadersAt)
	return doc.Items, nil
}
