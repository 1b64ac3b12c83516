// Package feed turns the bytes of a feed into [news.Item] values.
//
// It reads RSS, RDF, Atom, JSON Feed, news sitemaps, lists of links in web pages
// and the answers of Naver's search as they really come: in the wrong or no declared encoding, with junk before the root, control characters, entities
// escaped twice, dates in local forms. What cannot be read whole is never
// passed off as a good short feed: [Parse] returns an [Error] with a status,
// beside the items that could be read.
//
// The package knows no network and no clock. Parsing proper is gofeed's; around
// it stand a normaliser, a scan that finds where items begin and end, and our
// own reading of dates, links and markup.
package feed

import (
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/chipwire/chipwire/internal/charset"
	"github.com/chipwire/chipwire/internal/urls"
	"github.com/chipwire/chipwire/news"
)

// MaxItems is the largest number of items that one document yields.
const MaxItems = 2000

// A Hint is what is known of a document beside its bytes.
type Hint struct {
	ContentType string         // of the HTTP answer
	Charset     string         // the operator's word on the encoding, "" for none
	Zone        *time.Location // of dates that name none; nil: that of a Korean or Japanese feed, else UTC
	URL         string         // base of relative links
	Lang        string         // the operator's word on the language, "" for none
	List        string         // where the links of a web page are: a CSS selector or [ListND]; "": a page is no feed

	// Known reports whether the item of a key was read before. The document
	// then holds the others only, and mostly they alone are parsed. May be nil.
	Known func(key string) bool

	// Page reports whether a page was read before, by its [urls.Page]. With it,
	// an entry at an end of the document that has a known key and an unknown page
	// makes that all are read, those that are known too: a guid may name another
	// entry now. May be nil.
	Page func(page string) bool

	// ByLink says that the guids of this feed identify nothing.
	ByLink bool

	// Mark returns the mark of a known item's title, 0 for one whose title may
	// change as it likes. An item whose title says something else now is among
	// the unknown ones. May be nil.
	Mark func(key string) news.Mark
}

// A Document is a feed that was read.
type Document struct {
	Title  string
	Lang   string // two-letter code, "" when neither hint nor feed names one
	Format string // rss, rdf, atom, json, sitemap, list or naver

	Charset          string // the encoding that was used
	CharsetCorrected bool   // it is not the declared one

	// Items in document order. Feed and DetectedAt are left to the caller, and
	// Publisher but where the document is a search that names it.
	Items []news.Item

	// Known are the keys of the items that were left out because [Hint.Known]
	// knows them and [Hint.Mark] has nothing against it, in document order.
	Known []string
	Cut   bool // known items were found by the scan alone and not parsed

	Wishes Wishes // how often it wants to be read

	Skipped  int // items that could not be read, held nothing, or were beyond MaxItems
	Over     int // of Skipped, those beyond MaxItems
	Zoneless int // of Items, those whose date names no zone

	// Walls are the times of day that Items carry without a zone, each as if it
	// were UTC: from them and the moment of first sight the zone can be learnt.
	Walls []time.Time
}

// Parse reads a document. A broken one yields an [*Error]; with the status
// [Truncated] the document holds the whole items before the cut.
func Parse(body []byte, h Hint) (Document, error) {
	text, doc, err := decode(body, h)
	if err != nil {
		return doc, err
	}
	p, err := parse(text, h)
	if p == nil {
		return doc, err
	}
	doc.Format = p.format
	doc.Title = plainLine(p.feed.Title)
	doc.Lang = lang(h.Lang, p.feed.Language)
	doc.Wishes = wishesOf(p.feed)
	doc.Skipped, doc.Over = p.skipped, p.over
	doc.Known, doc.Cut = p.known, p.known != nil
	if h.Zone == nil && (doc.Lang == "ko" || doc.Lang == "ja") {
		h.Zone = seoulTime // the press of both writes its own time
	}
	fill(&doc, p, h)
	return doc, err
}

// seoulTime is the time of Korea and Japan, which know no summer time.
var seoulTime = time.FixedZone("Asia/Seoul", 9*60*60)

// decode turns the bytes into text without control characters.
func decode(body []byte, h Hint) (string, Document, error) {
	r := charset.Decode(body, h.Charset, charset.Param(h.ContentType), xmlEncoding(body))
	doc := Document{Charset: r.Charset, CharsetCorrected: r.Corrected}
	text := clean(r.Text)
	if strings.TrimSpace(text) == "" {
		return "", doc, errorf(Empty, "%d bytes", len(body))
	}
	if r.Replaced == 0 {
		return text, doc, nil
	}
	if n := utf8.RuneCountInString(text); r.Replaced*100 > n {
		return "", doc, errorf(Charset, "%d of %d characters lost as %s, declared %q", r.Replaced, n, r.Charset, r.Declared)
	}
	return text, doc, nil
}

// parse chooses the reader by the first character.
func parse(text string, h Hint) (*parsed, error) {
	if strings.HasPrefix(strings.TrimSpace(text), "{") {
		return parseJSON(text)
	}
	o := scan(text)
	page := o.kind == rootHTML || o.kind == rootNone && (o.page || strings.Contains(h.ContentType, "html"))
	switch {
	case page && h.List != "":
		return parseList(text, h)
	case o.kind == rootHTML:
		return nil, errorf(HTML, "root element <%s>", o.root)
	case page:
		return nil, errorf(HTML, "content type %q, no feed in it", h.ContentType)
	case o.kind == rootNone:
		return nil, errorf(Malformed, "no rss, RDF, feed or urlset element")
	case o.deep:
		return nil, errorf(Malformed, "elements nested deeper than %d", maxDepth)
	}
	switch o.kind {
	case rootSitemap:
		return parseSitemap(text, o, h)
	case rootIndex:
		return nil, errorf(SitemapIndex, "%d sitemaps", len(o.items))
	}
	return parseXML(text, o, h)
}

// errCut is the reason of a truncated document.
var errCut = errors.New("no end of the root element")

// xmlEncoding returns the encoding named in the XML declaration.
func xmlEncoding(body []byte) string {
	_, decl, ok := strings.Cut(string(body[:min(len(body), 1024)]), "<?xml")
	if !ok {
		return ""
	}
	decl, _, ok = strings.Cut(decl, "?>")
	if !ok {
		return ""
	}
	_, value, ok := strings.Cut(decl, "encoding")
	if !ok {
		return ""
	}
	value = strings.TrimLeft(value, " \t\r\n=")
	if value == "" || value[0] != '"' && value[0] != '\'' {
		return ""
	}
	label, _, _ := strings.Cut(value[1:], value[:1])
	return label
}

// lang returns the two-letter code of the first language tag that has one.
func lang(tags ...string) string {
	for _, tag := range tags {
		tag, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
		tag, _, _ = strings.Cut(tag, "_")
		if tag == "kr" { // the country, for the language
			tag = "ko"
		}
		if len(tag) == 2 && tag[0] >= 'a' && tag[0] <= 'z' && tag[1] >= 'a' && tag[1] <= 'z' {
			return tag
		}
	}
	return ""
}

// canonical is the identity of a link.
func canonical(link string) string {
	if c, err := urls.Canonical(link); err == nil {
		return c
	}
	return link
}
