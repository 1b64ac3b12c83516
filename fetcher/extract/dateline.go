package extract

import (
	"regexp"
	"strings"
	"time"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/chipwire/chipwire/internal/dates"
)

// The forms of a date in the words of a page: year first, as East Asia writes it,
// and with the name of the month.
const (
	yearFirst = `(?:(?:19|20)\d\d|\b2\d)\s?[-./년年]\s?\d{1,2}\s?[-./월月]\s?\d{1,2}\s?[일日.]?(?:[^\d]{0,12}\d{1,2}\s?[:시時点]\s?\d{1,2}(?::\d{2}|\s?[분分])?)?`
	months    = `(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)[a-z]*\.?`
	clock     = `(?:[,\s]+(?:at\s+)?\d{1,2}:\d{2}(?:\s?[AaPp]\.?[Mm]\.?)?(?:\s(?:GMT|UTC|[ECMP][SD]?T|BST|CEST|CET|JST|KST))?)?`
	monthDay  = `\b` + months + `\s+\d{1,2}(?:st|nd|rd|th)?[.,]?\s+(?:19|20)\d\d` + clock
	dayMonth  = `\b\d{1,2}(?:st|nd|rd|th)?\.?\s+` + months + `,?\s+(?:19|20)\d\d` + clock
)

// labelled finds a date behind a word that says it is the one of publication.
var labelled = regexp.MustCompile(`(?:기사\s*입력|최초\s*입력|최초\s*등록|입력|승인|등록|발행|게재|송고|작성|출고|公開日時|公開日|公開|掲載日|配信|发布时间|發布時間|发布于|发布|發布|发表于|發表於|(?i:published|posted|released|first published)(?:\s+on)?)\s*(?:일시|일자|일|시간|시각)?\s*[:：|]?\s*(` + yearFirst + `|` + monthDay + `|` + dayMonth + `)`)

// labelWords are the words of labelled, in lower case: most lines have none.
var labelWords = []string{"입력", "최초", "승인", "등록", "발행", "게재", "송고", "작성", "출고", "公開", "掲載", "配信", "发布", "發布", "发表", "發表", "published", "posted", "released"}

// bare finds a date that nothing explains.
var bare = regexp.MustCompile(`(?:` + yearFirst + `|` + monthDay + `|` + dayMonth + `)`)

// maxDateText is the longest text of an element that is taken for a line of
// dates, in bytes, and maxDateLines how many are looked at.
const maxDateText, maxDateLines = 300, 400

// maxAbove is the weight of the paragraphs that may stand above the line of dates of
// an article. What stands below its first paragraphs may be the date of anything.
const maxAbove = 300

// A lineSearch looks for the date of publication in the words of a page.
type lineSearch struct {
	zone   *time.Location
	said   dated // behind a label
	likely dated // in a place that is named after dates, or alone on its line above the text
	named  bool  // likely stands in such a place
	lines  int
	above  int // weight of the paragraphs so far
	done   bool
}

// inText finds a date in the words of the page: behind a label, else one that
// stands in an element named after dates or alone on its line.
func inText(bodies []*html.Node, d dated, zone *time.Location) dated {
	s := lineSearch{zone: zone}
	for _, n := range bodies {
		s.walk(n)
	}
	if d.via != "" && !s.named {
		s.likely = dated{} // too little to add a time to a day that the page declares
	}
	for _, better := range []dated{s.said, s.likely} {
		if better.via != "" && (d.via == "" || d.dayOnly && !better.dayOnly && sameDay(d.at, better.at)) {
			return better
		}
	}
	return d
}

func (s *lineSearch) walk(n *html.Node) {
	for c := n.FirstChild; c != nil && !s.done; c = c.NextSibling {
		if c.Type == html.TextNode {
			if w := weighNode(c.Data); w >= leastParagraph && n.DataAtom != atom.A {
				s.above += w
			}
			continue
		}
		if c.Type != html.ElementNode {
			continue
		}
		switch c.DataAtom {
		case atom.Script, atom.Style, atom.Noscript, atom.A, atom.Aside, atom.Nav, atom.Footer, atom.Select, atom.Template:
			continue
		case atom.Span, atom.P, atom.Li, atom.Div, atom.Dd, atom.Em, atom.I, atom.Strong, atom.Time, atom.Td, atom.Th, atom.Tr, atom.Font, atom.Small, atom.B, atom.Dl, atom.Section, atom.Header, atom.Ul:
			s.look(c)
		}
		s.walk(c)
	}
}

// look reads an element as a line of dates.
func (s *lineSearch) look(n *html.Node) {
	if size, digits := datedUnder(n, maxDateText); size > maxDateText || digits < leastDigits {
		return
	}
	el := goquery.Selection{Nodes: []*html.Node{n}}
	text := fold(el.Text())
	if len(text) < 8 {
		return
	}
	if s.lines++; s.lines > maxDateLines {
		s.done = true
		return
	}
	if hasAny(strings.ToLower(text), labelWords) {
		if found := labelled.FindStringSubmatch(text); found != nil && !elsewhere(&el) && s.said.try(trimDate(found[1]), DateLabel, s.zone) {
			s.done = true
			return
		}
	}
	if !s.likely.at.IsZero() && !s.likely.dayOnly || !strings.Contains(text, "20") && !strings.Contains(text, "19") {
		return
	}
	alone := s.above <= maxAbove && dateLine(text)
	if !alone && !dateName(&el) {
		return
	}
	if found := bare.FindString(text); found != "" && !tellsChange(&el) && !elsewhere(&el) {
		got, err := dates.Parse(trimDate(found), s.zone)
		switch {
		case err != nil || got.DayOnly && !s.likely.at.IsZero():
		case !dateName(&el) && got.DayOnly && !namesWriter(text):
		case s.likely.at.IsZero() || sameDay(s.likely.at, got.Time):
			s.likely, s.named = dated{got.Time, DateText, got.DayOnly}, dateName(&el)
		}
	}
}

// leastDigits is how many digits a date has.
const leastDigits = 4

// datedUnder is the length of the text under n and how many digits it has, counted
// up to a limit.
func datedUnder(n *html.Node, limit int) (size, digits int) {
	for c := n.FirstChild; c != nil && size <= limit; c = c.NextSibling {
		if c.Type != html.TextNode {
			s, d := datedUnder(c, limit-size)
			size, digits = size+s, digits+d
			continue
		}
		if size += len(c.Data); size > limit {
			break
		}
		for i := range len(c.Data) {
			if '0' <= c.Data[i] && c.Data[i] <= '9' {
				digits++
			}
		}
	}
	return size, digits
}

// namesWriter reports whether a line with a day says who wrote the article, too.
func namesWriter(text string) bool {
	return hasAny(strings.ToLower(text), bylineWords)
}

// ordinal finds the ending of the number of a day.
var ordinal = regexp.MustCompile(`(\d)(?:st|nd|rd|th)\b`)

// trimDate takes off what a date's pattern took along, and adds the century.
func trimDate(s string) string {
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune("|[](){}", r) {
			return ' '
		}
		return r
	}, s)
	s = strings.TrimRight(fold(s), " ·,(")
	if len(s) > 2 && s[0] == '2' && '0' <= s[1] && s[1] <= '9' && (s[2] < '0' || s[2] > '9') && strings.ContainsAny(s[2:3], "-./") {
		s = "20" + s
	}
	return ordinal.ReplaceAllString(s, "$1")
}
