package extract

import (
	"strings"
	"time"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"

	"github.com/chipwire/chipwire/internal/dates"
)

// Where a date of publication was found ([Result.DateVia]), the surest first,
// beside [DateVia] for the operator's selector.
const (
	DateLinked = "json-ld"
	DateMeta   = "meta"
	DateTime   = "time"   // an element that is a date by its markup
	DateScript = "script" // in what a script holds of the article
	DateLabel  = "label"  // in the text, behind a word such as 입력
	DateText   = "text"   // in the text, in a place where dates stand: likely, not certain
)

// dateTags are the names under which pages declare the date of publication.
var dateTags = []string{
	"article:published_time", "og:article:published_time", "datepublished", "article:published", "pubdate",
	"publishdate", "publish-date", "publish_date", "parsely-pub-date", "sailthru.date", "cxenseparse:recs:publishtime",
	"dc.date.issued", "dcterms.issued", "dcterms.created", "dc.date", "dcterms.date", "date", "originalpublicationdate", "article.published",
	"cxenseparse:publishtime", "dable:published_time", "og:regdate", "article:regdate", "regdate", "published_time", "published_at", "publication_date", "dc.date.created",
}

// timeSelectors find the date in the markup of the page, the surest first.
var timeSelectors = []string{
	"time[itemprop=datePublished]", "[itemprop=datePublished]", "time[pubdate]",
	"[data-date-time]", // Naver; the one of the last change is data-modify-date-time
	"time.published[datetime], time.entry-date[datetime], abbr.published[title]",
	"article time[datetime]", "time[datetime]",
}

// maxTimes is how many elements of a selector are looked at: one that tells of a
// change, or belongs to another story, is passed over.
const maxTimes = 5

// A dated is a date of publication and how it was found.
type dated struct {
	at      time.Time
	via     string
	dayOnly bool
}

// try takes a date that can be read. One with a time of day takes the place of a
// bare day; the answer is whether the search is over.
func (d *dated) try(text, how string, zone *time.Location) bool {
	got, err := dates.Parse(fold(text), zone)
	if err == nil && (d.via == "" || !got.DayOnly && d.dayOnly) {
		*d = dated{got.Time, how, got.DayOnly}
	}
	return err == nil && !got.DayOnly
}

// published finds the date of publication. A date with a time of day is
// preferred to a bare day wherever it stands; a date of change is never taken.
func published(doc *goquery.Document, own *census, tags map[string]string, m meta, rules []*rule, zone *time.Location) dated {
	var d dated
	if d.try(m.ld.published, DateLinked, zone) {
		return d
	}
	for _, name := range dateTags {
		if tags[name] != "" && d.try(tags[name], DateMeta, zone) {
			return d
		}
	}
	for _, r := range rules {
		if got := dateAt(firstOf(doc, r.date), zone); got.via != "" && (d.via == "" || d.dayOnly && !got.dayOnly) {
			d = dated{got.at, DateTime, got.dayOnly}
		}
	}
	if d.via == DateTime && !d.dayOnly {
		return d
	}
	selectors := timeSelectors
	if !own.timed {
		selectors = nil
	}
	for _, sel := range selectors {
		done := false
		found := doc.Find(sel)
		found.EachWithBreak(func(i int, s *goquery.Selection) bool {
			if i < maxTimes && !tellsChange(s) && (found.Length() == 1 || !elsewhere(s)) {
				done = d.try(first(s.AttrOr("datetime", ""), s.AttrOr("data-date-time", ""), s.AttrOr("content", ""), s.AttrOr("title", ""), s.Text()), DateTime, zone)
				return false
			}
			return i < maxTimes
		})
		if done {
			return d
		}
	}
	if found := inText(own.body, d, zone); found.via == DateLabel && !found.dayOnly {
		return found
	} else if got := inScripts(own.scripts, m.title, zone); got.via != "" && (found.via == "" || sameDay(found.at, got.at)) {
		return got
	} else {
		return found
	}
}

// tellsChange reports whether an element holds the time of a change.
func tellsChange(s *goquery.Selection) bool {
	text := s.Text()
	names := strings.ToLower(strings.Join([]string{s.AttrOr("class", ""), s.AttrOr("itemprop", ""), s.AttrOr("id", ""), cut(text, 60), s.Parent().AttrOr("class", "")}, " "))
	if len(text) < 40 {
		names += " " + strings.ToLower(cut(fold(s.Parent().Text()), 24))
	}
	for _, sign := range []string{"modif", "updat", "수정", "更新", "aktualis", "mis à jour", "actualizado"} {
		if strings.Contains(names, sign) && !strings.Contains(names, "publi") && !strings.Contains(names, "입력") {
			return true
		}
	}
	return false
}

// elsewhere reports whether an element belongs to a link or a list beside the
// article.
func elsewhere(s *goquery.Selection) bool {
	return s.Closest("a, aside, nav, footer, li li, [class*=related], [class*=recommend], [class*=comment]").Length() > 0
}

// sameDay reports whether two moments lie on one day, each in its own zone.
func sameDay(a, b time.Time) bool {
	return a.Format(time.DateOnly) == b.Format(time.DateOnly)
}

// dateName reports whether an element or the one around it is named after dates.
func dateName(s *goquery.Selection) bool {
	names := strings.ToLower(s.AttrOr("class", "") + " " + s.AttrOr("id", "") + " " + s.Parent().AttrOr("class", ""))
	for _, sign := range []string{"date", "time", "infomation", "info-text", "byline", "publish", "regist"} {
		if strings.Contains(names, sign) {
			return true
		}
	}
	return false
}

// bytesUnder is the length of the text under n, counted up to a limit.
func bytesUnder(n *html.Node, limit int) int {
	total := 0
	for c := n.FirstChild; c != nil && total <= limit; c = c.NextSibling {
		if c.Type == html.TextNode {
			total += len(c.Data)
		} else {
			total += bytesUnder(c, limit-total)
		}
	}
	return total
}
