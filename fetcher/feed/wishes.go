package feed

import (
	"strconv"
	"strings"
	"time"

	"github.com/mmcdole/gofeed"
	"github.com/mmcdole/gofeed/rss"
)

// Wishes are what a document says about how often it wants to be read. The zero
// value says nothing.
type Wishes struct {
	Every time.Duration `json:"every,omitempty"` // ttl of RSS, else updatePeriod by updateFrequency; at most a week
	Via   string        `json:"via,omitempty"`   // ttl or sy:updatePeriod

	SkipHours uint32 `json:"skip_hours,omitempty"` // bit h: not in the hour h, UTC
	SkipDays  uint8  `json:"skip_days,omitempty"`  // bit d: not on that [time.Weekday], UTC
}

// maxWish is the longest time between two polls that a document can wish for.
const maxWish = 7 * 24 * time.Hour

// Skips reports whether the document wants not to be read at t. One that never
// wants to be read does not know what it says.
func (w Wishes) Skips(t time.Time) bool {
	t = t.UTC()
	const allHours, allDays = 1<<24 - 1, 1<<7 - 1
	return w.SkipHours != allHours && w.SkipHours>>t.Hour()&1 == 1 ||
		w.SkipDays != allDays && w.SkipDays>>t.Weekday()&1 == 1
}

// wishes are the fields of RSS that gofeed's common form has no place for, as
// its custom ones.
func wishes(f *rss.Feed) map[string]string {
	if f.TTL == "" && len(f.SkipHours)+len(f.SkipDays) == 0 {
		return nil
	}
	return map[string]string{"ttl": f.TTL, "skipHours": strings.Join(f.SkipHours, " "), "skipDays": strings.Join(f.SkipDays, " ")}
}

// wishesOf reads what the head of a feed wishes for.
func wishesOf(f *gofeed.Feed) Wishes {
	var w Wishes
	for _, hour := range strings.Fields(f.Custom["skipHours"]) {
		if h, err := strconv.Atoi(hour); err == nil && h >= 0 && h <= 24 {
			w.SkipHours |= 1 << (h % 24) // 24 is midnight in the oldest form
		}
	}
	for _, day := range strings.Fields(f.Custom["skipDays"]) {
		for d := time.Sunday; d <= time.Saturday; d++ {
			if strings.EqualFold(day, d.String()) {
				w.SkipDays |= 1 << d
			}
		}
	}
	if minutes := number(f.Custom["ttl"]); minutes > 0 {
		w.Every, w.Via = min(time.Duration(minutes)*time.Minute, maxWish), "ttl"
		return w
	}
	if period := updatePeriods[strings.ToLower(extension(f, "updatePeriod"))]; period > 0 {
		w.Every, w.Via = min(period/time.Duration(max(number(extension(f, "updateFrequency")), 1)), maxWish), "sy:updatePeriod"
	}
	return w
}

var updatePeriods = map[string]time.Duration{
	"hourly": time.Hour, "daily": 24 * time.Hour, "weekly": maxWish, "monthly": maxWish, "yearly": maxWish,
}

// extension is the text of an element of the syndication module in the head.
func extension(f *gofeed.Feed, name string) string {
	if found := f.Extensions["sy"][name]; len(found) > 0 {
		return strings.TrimSpace(found[0].Value)
	}
	return ""
}

// number reads a positive whole number that counts minutes or times; 0 when it
// is none, or beyond sense.
func number(s string) int {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil || n < 0 || n > 1e6 {
		return 0
	}
	return n
}
