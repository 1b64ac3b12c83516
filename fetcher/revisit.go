package fetcher

import (
	"context"
	"time"

	"github.com/chipwire/chipwire/fetcher/client"
	"github.com/chipwire/chipwire/fetcher/extract"
	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/internal/text"
	"github.com/chipwire/chipwire/news"
)

// maxValidator is the longest ETag or Last-Modified that is kept of a page.
const maxValidator = 200

// Revisit asks for the page of an item that was read before to be read again, by
// whoever holds its partition. It returns when that is safe, and may be repeated.
func Revisit(ctx context.Context, b *bus.Bus, it news.Item) error {
	it.DetectedAt = time.Now()
	return b.Put(ctx, bus.Outgoing{Subject: "items." + PartitionOf(it.Link).String(), ID: it.MsgID(), Value: it})
}

// revisit stores the article of a page that was read again if its text has changed.
// A page that cannot be read now, or is read badly, says nothing about the article:
// the next time may do better.
func (f *Fetcher) revisit(ctx context.Context, it news.Item, page extract.Result, from origin, err error) error {
	if err != nil || page.Doubtful || page.Body == "" && !from.same {
		f.log.Debug("page not read again", "feed", it.Feed, "url", it.Link, "err", err)
		return nil
	}
	if from.same || news.SumOf(text.Cut(page.Body, news.MaxBody)) == it.Sum {
		return nil
	}
	known := it
	if page.Title != "" { // a correction often stands there first
		it.Title = ""
	}
	a := Compose(it, page, nil)
	a.URL, a.ID = known.Link, news.ArticleID(known.Link) // whatever the page says of its address now
	a.Reread, a.DetectedAt = it.Reread, time.Now()
	a.ETag, a.LastModified = from.etag, from.lastModified
	f.log.Info("an article behind an alert has changed", "feed", it.Feed, "url", a.URL, "reading", a.Reread)
	return f.bus.Put(ctx, bus.Outgoing{Subject: "articles." + langToken(a.Lang), ID: a.MsgID(), Value: a})
}

// validator returns a header for conditional requests, "" where there is none or
// one too long to keep.
func validator(resp *client.Response, name string) string {
	v := resp.Header.Get(name)
	if len(v) > maxValidator {
		return ""
	}
	return v
}
