package fetcher

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/chipwire/chipwire/fetcher/client"
	"github.com/chipwire/chipwire/fetcher/extract"
	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/internal/text"
	"github.com/chipwire/chipwire/internal/urls"
	"github.com/chipwire/chipwire/news"
)

// hostPages is how many pages of one host may wait for their turn at once. The
// others are put off, so that a busy host holds up nobody in its partition.
const hostPages = 4

// pauseLook is how long an item waits before it is looked at again in a pause.
const pauseLook = 10 * time.Second

// scrape makes an article of an item and stores it.
func (f *Fetcher) scrape(ctx context.Context, it news.Item) error {
	if f.paused.Load() {
		return &bus.Later{After: pauseLook, Why: "reading pauses"}
	}
	host := urls.Site(it.Link)
	if n := f.waiting.enter(host); n > hostPages {
		f.waiting.leave(host)
		return &bus.Later{After: min(max(time.Duration(n)*f.config().HostGap, 250*time.Millisecond), 30*time.Second), Why: "host is busy: " + host}
	}
	defer f.waiting.leave(host)
	began := time.Now()
	page, from, err := f.read(ctx, it)
	if ctx.Err() != nil {
		return ctx.Err() // given back: another reads the page
	}
	if it.Reread > 0 {
		return f.revisit(ctx, it, page, from, err)
	}
	f.watch(ctx, it, page, err)
	a := Compose(it, page, err)
	a.ETag, a.LastModified = from.etag, from.lastModified
	if err != nil {
		f.log.Warn("page not read: the feed's text is used", "feed", it.Feed, "url", it.Link, "body", a.BodySource, "err", err)
	}
	err = f.bus.Put(ctx, bus.Outgoing{Subject: "articles." + langToken(a.Lang), ID: a.MsgID(), Value: a})
	if err == nil {
		f.metrics.read(a.BodySource, began)
	}
	return err
}

var (
	errNoPage = errors.New("the entry has no link")
	errOpaque = errors.New("a link of Google News leads to no page that can be read: kept as a hint")
)

// read asks for the item's page, a second time where the fault may pass, and for
// the pages that follow in the same article.
func (f *Fetcher) read(ctx context.Context, it news.Item) (extract.Result, origin, error) {
	if it.Link == "" {
		return extract.Result{}, origin{}, errNoPage
	}
	if urls.Opaque(it.Link) {
		return extract.Result{}, origin{}, errOpaque
	}
	page, from, err := f.readOnce(ctx, it, it.Link, "")
	if passing(err) {
		page, from, err = f.readOnce(ctx, it, it.Link, "")
	}
	if err == nil && page.NextPage != "" {
		f.readOn(ctx, it, &page, from.url)
	}
	return page, from, err
}

// An origin says of a page where it was answered, and by what it can be asked for
// conditionally.
type origin struct {
	url, etag, lastModified string
	same                    bool // a conditional request found it as it was
}

// morePages is how many pages behind the first one are read of an article.
const morePages = 4

// readOn reads the pages that follow the first one, which was read at an address,
// and joins their bodies. A page that cannot be read ends it: what was read stays.
func (f *Fetcher) readOn(ctx context.Context, it news.Item, page *extract.Result, first string) {
	next := page.NextPage
	for range morePages {
		if next == "" || len(page.Body) >= news.MaxBody {
			break
		}
		more, _, err := f.readOnce(ctx, it, next, first)
		if err != nil {
			f.log.Warn("a further page of an article not read", "feed", it.Feed, "url", next, "err", err)
			break
		}
		if strings.Contains(page.Body, more.Body) { // the same page under another number
			break
		}
		page.Body += "\n\n" + more.Body
		next = more.NextPage
	}
	page.NextPage = next
}

// readOnce asks for a page of an item, and says where it was answered. A further
// page of an article names the address of its first.
func (f *Fetcher) readOnce(ctx context.Context, it news.Item, link, first string) (page extract.Result, from origin, err error) {
	req := client.Request{URL: link, Robots: true}
	if first == "" {
		req.ETag, req.LastModified = it.ETag, it.LastModified
	}
	f.client.Use(ctx, req, func(resp *client.Response, fault error) {
		if err = fault; err == nil {
			from = origin{resp.URL, validator(resp, "ETag"), validator(resp, "Last-Modified"), resp.NotModified}
			if from.same {
				return
			}
			p := answered(resp, it.Zone, (*f.selectors.Load())[it.Feed])
			p.Title, p.First = it.Title, first
			page, err = f.extract(p)
		}
	})
	return page, from, err
}

// extract reads a page when there is a place for it. Pages wait among themselves
// first: hundreds of them would else stand before the one that is to be judged.
func (f *Fetcher) extract(p extract.Page) (extract.Result, error) {
	if f.computing != nil {
		f.reading <- struct{}{}
		f.computing <- struct{}{}
		defer func() { <-f.computing; <-f.reading }()
	}
	return extract.Read(p)
}

// A waiting counts the pages in hand by site.
type waiting struct {
	mu    sync.Mutex
	sites map[string]int
}

func (w *waiting) enter(site string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sites[site]++
	return w.sites[site]
}

func (w *waiting) leave(site string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.sites[site]--; w.sites[site] <= 0 {
		delete(w.sites, site)
	}
}

// passing reports whether a second request may well do better. After 429 and 503
// there is none: the site has enough of them.
func passing(err error) bool {
	var e *client.Error
	if !errors.As(err, &e) {
		return false
	}
	return e.Status == client.StatusReset || e.Status == client.StatusCut || e.Code >= 500 && e.Code != http.StatusServiceUnavailable && e.RetryAfter == 0
}

// ReadPage extracts the article of a page that was answered, by the selectors of
// its feed where there are any.
func ReadPage(resp *client.Response, zoneName string, sel extract.Selectors) (extract.Result, error) {
	return extract.Read(answered(resp, zoneName, sel))
}

// answered is an answer as package extract takes it.
func answered(resp *client.Response, zoneName string, sel extract.Selectors) extract.Page {
	zone, err := time.LoadLocation(zoneName)
	if err != nil || zoneName == "" {
		zone = nil
	}
	return extract.Page{HTML: resp.Body, URL: resp.URL, ContentType: resp.Header.Get("Content-Type"), Zone: zone, Selectors: sel}
}

// Compose makes the article of an item, of its page if there was no fault, and
// of the feed's own text otherwise.
func Compose(it news.Item, page extract.Result, fault error) news.Article {
	a := news.Article{Revision: it.Revision, Feed: it.Feed, Publisher: it.Publisher, Title: it.Title, DetectedAt: it.DetectedAt}
	switch {
	case fault == nil && page.Doubtful && len(it.Content) > len(page.Body):
		a.Body, a.BodySource = it.Content, news.BodyFeed
		a.BodyWhy = fmt.Sprintf("the readings of the page agree by %.2f only, and the feed has more", page.Trust)
	case fault == nil:
		a.Body, a.BodySource, a.BodyWhy = page.Body, news.BodyPage, page.Via
	case it.Content != "":
		a.Body, a.BodySource, a.BodyWhy = it.Content, news.BodyFeed, fault.Error()
	default:
		a.Body, a.BodySource, a.BodyWhy = it.Summary, news.BodySummary, fault.Error()
	}
	if fault == nil && len(page.URL) <= maxLink {
		a.URL = page.URL
	}
	a.Body = text.Cut(a.Body, news.MaxBody)
	if a.Title == "" || page.TitleVia != "" {
		a.Title = text.Cut(page.Title, maxTitle)
	}
	if a.Publisher == "" {
		a.Publisher = text.Cut(page.SiteName, maxName)
	}
	if a.URL == "" {
		a.URL = itemURL(it)
	}
	a.ID = news.ArticleID(a.URL)
	a.PublishedAt, a.DateVia = page.PublishedAt, page.DateVia
	if !it.PublishedAt.IsZero() && feedKnowsBetter(page, it) {
		a.PublishedAt, a.DateVia = it.PublishedAt, cmp.Or(it.DateVia, "feed")
	}
	a.Lang = text.Lang(a.Title+"\n"+a.Body, it.Lang)
	return a
}

// feedKnowsBetter decides between the dates of the page and of the feed: the
// page's comes first, unless it has none, or a likely one only, or the day alone
// of a moment that the feed gives.
func feedKnowsBetter(page extract.Result, it news.Item) bool {
	if page.PublishedAt.IsZero() {
		return true
	}
	if !dated(it) {
		return false
	}
	off := it.PublishedAt.Sub(page.PublishedAt) // from midnight
	return page.DateVia == extract.DateText || page.DayOnly && off >= 0 && off < 24*time.Hour
}

// itemURL identifies an item without a page of its own.
func itemURL(it news.Item) string {
	if u, err := urls.Canonical(it.Link); err == nil && it.Link != "" {
		return u
	}
	if it.Link != "" {
		return it.Link
	}
	return fmt.Sprintf("urn:chipwire:%s:%s", it.Feed, news.Hash(it.Key))
}

// langToken is the language as a token of a subject.
func langToken(lang string) string {
	if validLang(strings.ToLower(lang)) {
		return strings.ToLower(lang)
	}
	return "und"
}
