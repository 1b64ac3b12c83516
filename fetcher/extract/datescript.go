package extract

import (
	"regexp"
	"strings"
	"time"

	"golang.org/x/net/html"

	"github.com/chipwire/chipwire/internal/dates"
)

// scriptDates are the names under which scripts hold the date of publication.
var scriptDates = regexp.MustCompile(`(?i)\b(?:published_?at|publish_?date|publish_?time|first_publish(?:ed)?_date|first_?published|display_date|date_?published|published_?time|create_?time|reg_?date|reg_?dt|pub_?date|input_?date|service_?date)\\?["']?\s*[:=]\s*\\?["']([^"'\\]{8,40})`)

// scriptNames are parts of the names of scriptDates: most scripts have none.
var scriptNames = []string{"ublish", "isplay_date", "reateTime", "reate_time", "regDate", "reg_date", "regDt", "reg_dt", "pubDate", "pub_date", "nputDate", "input_date", "erviceDate", "service_date", "REG_D"}

// maxScript is how much of the scripts is searched for a date, in bytes, and
// nearTitle how far from the title of the article its date may stand where a
// script holds several.
const (
	maxScript = 256 << 10
	nearTitle = 1500
)

// inScripts finds the date that the scripts of a page name: the only one there is,
// or the one that stands nearest to the title. Where that is not clear, there is none.
func inScripts(scripts []*html.Node, title string, zone *time.Location) dated {
	var only dated
	several := false
	left := maxScript
	for _, n := range scripts {
		text := scriptText(n)
		if len(text) > left {
			continue
		}
		left -= len(text)
		if !hasAny(text, scriptNames) {
			continue
		}
		at, nearest := -1, nearTitle+1
		if title != "" {
			at = strings.Index(text, title)
		}
		var near dated
		for _, m := range scriptDates.FindAllStringSubmatchIndex(text, 50) {
			got, err := dates.Parse(text[m[2]:m[3]], zone)
			if err != nil {
				continue
			}
			d := dated{got.Time, DateScript, got.DayOnly}
			if only.via != "" && !only.at.Truncate(time.Minute).Equal(d.at.Truncate(time.Minute)) {
				several = true
			}
			if only.via == "" {
				only = d
			}
			if far := max(m[0]-at, at-m[0]); at >= 0 && far < nearest {
				nearest, near = far, d
			}
		}
		if near.via != "" {
			return near
		}
	}
	if several {
		return dated{}
	}
	return only
}
