package feed

import (
	"fmt"
	"strings"

	"github.com/mmcdole/gofeed"
	"github.com/mmcdole/gofeed/atom"
	"github.com/mmcdole/gofeed/rss"
)

// A parsed is what gofeed made of a document.
type parsed struct {
	format  string
	feed    *gofeed.Feed
	skipped int
	over    int      // of skipped, those beyond MaxItems
	known   []string // keys of the items that were left out because they are known
	shared  shared   // texts that identify no item, nil when the items here are all
}

var formats = map[rootKind]string{rootRSS: "rss", rootRDF: "rdf", rootAtom: "atom"}

// parseXML reads a feed whose outline is known. Only the root element goes to
// gofeed; of one that is cut or too long, the whole items up to the limit.
func parseXML(text string, o outline, h Hint) (*parsed, error) {
	if len(o.stray) > 0 {
		text = escapeStray(text, o.stray)
		o = scan(text)
	}
	if p := parseUnknown(text, o, h); p != nil {
		return p, nil
	}
	if o.plain() && (o.kind != rootAtom || !strings.Contains(text, "xml:base")) {
		if p := parseLight(text, o, nil); p != nil {
			return p, nil
		}
	}
	p := &parsed{format: formats[o.kind]}
	doc, items := text[o.start:max(o.end, o.start)], o.items
	if o.bare { // nothing can be missing behind it
		doc = strings.TrimSpace(doc) + ">"
	}
	var fault error
	if o.end == 0 {
		fault = errorf(Truncated, "%v, %d whole items before the cut", errCut, len(items))
		doc = o.head(text) + o.close()
	}
	if len(items) > MaxItems {
		p.over = len(items) - MaxItems
		p.skipped, items = p.over, items[:MaxItems]
	}
	if n := len(items); n > 0 && (o.end == 0 || p.skipped > 0) {
		doc = text[o.start:items[n-1].end] + o.close()
	}
	feed, err := read(o.kind, doc)
	if feed != nil && len(feed.Items) == len(items) {
		o.nameAbouts(text, items, feed)
	}
	if err == nil && len(feed.Items) >= len(items) && o.unclosed == 0 {
		p.feed = feed
		p.skipped += o.brokenInside()
		return p, fault
	}
	found := 0
	if feed != nil {
		found = len(feed.Items)
	}
	// gofeed gives up, or drops items without a word, at the first fault.
	if one := o.oneByOne(text, items); one != nil && (len(one.Items) > found || o.unclosed > 0 && len(one.Items) == found) {
		p.feed = one
		p.skipped += len(items) - len(one.Items) + o.brokenInside()
		return p, fault
	}
	switch {
	case feed != nil && err == nil:
		p.feed = feed
		p.skipped += max(0, len(items)-found)
		return p, fault
	case fault != nil:
		return nil, fault
	}
	return nil, errorf(Malformed, "%v", err)
}

// brokenInside is the number of items without an end, but for the one that the
// end of a truncated document cuts.
func (o *outline) brokenInside() int {
	if o.end == 0 && o.broken > 0 {
		return o.broken - 1
	}
	return o.broken
}

// close returns the end tags that are missing behind an item.
func (o *outline) close() string {
	if o.inChannel {
		return "</" + o.channel + "></" + o.root + ">"
	}
	return "</" + o.root + ">"
}

// head is the start tag of the root, and of the channel when items lie in it.
func (o *outline) head(text string) string {
	if o.inChannel {
		return text[o.start:o.body] + "<" + o.channel + ">"
	}
	return text[o.start:o.body]
}

// maxHead is the longest head that is worth to be repeated for each item.
const maxHead = 8 << 10

// oneByOne reads each item in a document of its own, mended, so that one broken
// item costs only itself. It returns nil when none can be read.
func (o *outline) oneByOne(text string, items []span) *gofeed.Feed {
	if len(items) == 0 || o.body-o.start > maxHead {
		return nil
	}
	feed := o.frame(text)
	for _, it := range items {
		f, err := read(o.kind, o.head(text)+mend(text[it.start:it.end])+o.close())
		if err == nil && len(f.Items) > 0 {
			a := aside{about: o.about(text, it)}
			a.restore(f.Items[0], text)
			feed.Items = append(feed.Items, f.Items[0])
		}
	}
	if len(feed.Items) == 0 {
		return nil
	}
	return feed
}

// frame reads what stands around the items, or at least before them.
func (o *outline) frame(text string) *gofeed.Feed {
	if o.plain() {
		var b strings.Builder
		from := o.start
		for _, it := range o.items {
			b.WriteString(text[from:it.start])
			from = it.end
		}
		b.WriteString(text[from:o.end])
		if feed, err := read(o.kind, b.String()); err == nil {
			feed.Items = nil
			return feed
		}
	}
	feed, err := read(o.kind, mend(text[o.start:o.items[0].start])+o.close())
	if err != nil {
		return &gofeed.Feed{}
	}
	feed.Items = nil
	return feed
}

// nameAbouts gives the items of RDF their names.
func (o *outline) nameAbouts(text string, items []span, feed *gofeed.Feed) {
	for i, it := range items {
		a := aside{about: o.about(text, it)}
		a.restore(feed.Items[i], text)
	}
}

// read gives a document to gofeed. A panic in it is an error of the document.
func read(kind rootKind, doc string) (feed *gofeed.Feed, err error) {
	defer func() {
		if r := recover(); r != nil {
			feed, err = nil, fmt.Errorf("gofeed: %v", r)
		}
	}()
	if kind == rootAtom {
		f, err := (&atom.Parser{}).Parse(strings.NewReader(doc))
		if err != nil {
			return nil, err
		}
		return (&gofeed.DefaultAtomTranslator{}).Translate(f)
	}
	f, err := (&rss.Parser{}).Parse(strings.NewReader(doc))
	if err != nil {
		return nil, err
	}
	feed, err = (&gofeed.DefaultRSSTranslator{DisableContentImageScan: true}).Translate(f)
	if err == nil {
		feed.Custom = wishes(f)
	}
	return feed, err
}
