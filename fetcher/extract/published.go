package extract

import (
	"regexp"
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
	DateTime   = "time"  // an element that is a date by its markup
	DateLabel  = "label" // in the text, behind a word such as 입력
	DateText   = "text"  // in the text, in a place where dates stand: likely, not certain
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
func published(doc *goquery.Document, tags map[string]string, ld linked, rules []*rule, zone *time.Location) dated {
	var d dated
	if d.try(ld.published, DateLinked, zone) {
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
	for _, sel := range timeSelectors {
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
	return inText(doc, d, zone)
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

// labelled finds a date behind a word that says it is the one of publication.
var labelled = regexp.MustCompile(`(?:기사\s*입력|최초\s*입력|최초\s*등록|입력|승인|등록|발행|게재|송고|작성|公開日時|公開日|公開|掲載日|配信|发布时间|發布時間|发布于|发布|發布|(?i:published|posted)(?:\s+on)?)\s*(?:일시|일자|일|시간|시각)?\s*[:：|]?\s*(\d{4}\s?[-./년年]\s?\d{1,2}\s?[-./월月]\s?\d{1,2}\s?[일日.]?[^\d]{0,12}(?:\d{1,2}\s?[:시時点]\s?\d{1,2}(?::\d{2})?)?)`)

// bare finds a date that nothing explains.
var bare = regexp.MustCompile(`\d{4}\s?[-./년年]\s?\d{1,2}\s?[-./월月]\s?\d{1,2}\s?[일日.]?(?:[^\d]{0,12}\d{1,2}\s?[:시時点]\s?\d{1,2}(?::\d{2})?)?`)

// maxDateText is the longest text of an element that is taken for a line of
// dates, in bytes, and maxDateLines how many are looked at.
const maxDateText, maxDateLines = 300, 400

// datePlaces are elements that may be such lines.
const datePlaces = "span, p, li, div, dd, em, i, strong, time"

// inText finds a date in the words of the page: behind a label, else one that
// stands in an element named after dates.
func inText(doc *goquery.Document, d dated, zone *time.Location) dated {
	var said, likely dated
	lines := 0
	doc.Find("body").Find(datePlaces).EachWithBreak(func(_ int, s *goquery.Selection) bool {
		if textBytes(s, maxDateText) > maxDateText {
			return true
		}
		text := fold(s.Text())
		if len(text) < 8 || !strings.ContainsAny(text, "0123456789") || elsewhere(s) {
			return true
		}
		if lines++; lines > maxDateLines {
			return false
		}
		if found := labelled.FindStringSubmatch(text); found != nil && said.try(trimDate(found[1]), DateLabel, zone) {
			return false
		}
		if likely.at.IsZero() && dateName(s) && !tellsChange(s) {
			likely.try(trimDate(bare.FindString(text)), DateText, zone)
		}
		return true
	})
	for _, better := range []dated{said, likely} {
		if better.via != "" && (d.via == "" || d.dayOnly && !better.dayOnly && sameDay(d.at, better.at)) {
			return better
		}
	}
	return d
}

// trimDate takes off what a date's pattern took along.
func trimDate(s string) string {
	return strings.TrimRight(fold(strings.ReplaceAll(s, "|", " ")), " |·,(")
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

// textBytes is the length of the text under an element, counted up to a limit.
func textBytes(s *goquery.Selection, limit int) int {
	if s.Length() == 0 {
		return 0
	}
	return bytesUnder(s.Nodes[0], limit)
}

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
