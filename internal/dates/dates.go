// Package dates reads the dates of feeds and pages as they are really written:
// RFC 822 and ISO 8601 with all their slips, the forms of Korean, Japanese and
// Chinese news sites, and numbers of seconds.
//
// A date that can be read in two ways is refused: an unread date costs less
// than a wrong one. A date that names no zone takes the caller's, and [Date.Zone]
// says so.
package dates

import (
	"fmt"
	"time"
)

// A Source says where the zone of a date comes from.
type Source string

// The sources of a zone.
const (
	FromForm Source = "form"    // the date names its zone or offset
	FromFeed Source = "feed"    // the caller's zone: the feed's or the page's
	Assumed  Source = "assumed" // nobody named one: UTC
)

// A Date is an instant and what had to be taken for granted to know it.
type Date struct {
	Time    time.Time // in the zone it was written in
	Zone    Source
	DayOnly bool // no time of day was given: Time is midnight
}

// maxLen is the longest text that is read as a date, in bytes.
const maxLen = 128

// Parse reads a date. One that names no zone is in zone, or in UTC if zone is nil.
func Parse(s string, zone *time.Location) (Date, error) {
	if len(s) > maxLen {
		return Date{}, fmt.Errorf("date %q…: %d bytes, want at most %d", s[:32], len(s), maxLen)
	}
	p := parser{near: zone}
	p.scan(s)
	if len(p.toks) == 0 {
		return Date{}, fmt.Errorf("date %q: empty", s)
	}
	if t, ok := epoch(p.toks); ok {
		return Date{Time: t, Zone: FromForm}, nil
	}
	if err := p.read(); err != nil {
		return Date{}, fmt.Errorf("date %q: %w", s, err)
	}
	d, err := p.date(zone)
	if err != nil {
		return Date{}, fmt.Errorf("date %q: %w", s, err)
	}
	return d, nil
}

// The years that a date may have. Placeholders of content systems (year 1,
// 1900) are not dates.
const minYear, maxYear = 1970, 2199

// date puts the parts together.
func (p *parser) date(zone *time.Location) (Date, error) {
	if err := p.place(); err != nil {
		return Date{}, err
	}
	if err := p.check(); err != nil {
		return Date{}, err
	}
	d := Date{DayOnly: !p.hasTime}
	switch {
	case p.zone != nil:
		d.Zone, zone = FromForm, p.zone
	case zone != nil:
		d.Zone = FromFeed
	default:
		d.Zone, zone = Assumed, time.UTC
	}
	d.Time = time.Date(p.year, time.Month(p.month), p.day, p.hour, p.minute, p.second, p.nano, zone)
	return d, nil
}

// check refuses parts out of their range, and brings the hour to 24.
func (p *parser) check() error {
	switch {
	case p.year < minYear || p.year > maxYear:
		return fmt.Errorf("year %d", p.year)
	case p.month < 1 || p.month > 12:
		return fmt.Errorf("month %d", p.month)
	case p.day < 1 || p.day > days(p.year, p.month):
		return fmt.Errorf("day %d of month %d", p.day, p.month)
	case p.minute > 59 || p.second > 60:
		return fmt.Errorf("time %d:%02d:%02d", p.hour, p.minute, p.second)
	}
	switch {
	case p.half == pm && p.hour < 12:
		p.hour += 12
	case p.half == am && p.hour == 12:
		p.hour = 0
	}
	if p.hour > 24 || p.hour == 24 && p.minute+p.second > 0 {
		return fmt.Errorf("hour %d", p.hour)
	}
	return nil
}

func days(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// epoch reads seconds or milliseconds since 1970, from September 2001 on: ten
// digits that begin with 20 are a date.
func epoch(toks []token) (time.Time, bool) {
	if len(toks) != 1 || toks[0].kind != number {
		return time.Time{}, false
	}
	switch t := toks[0]; {
	case t.digits == 10 && t.text[0] == '1':
		return time.Unix(int64(t.n), 0).UTC(), true
	case t.digits == 13 && t.text[0] == '1':
		return time.UnixMilli(int64(t.n)).UTC(), true
	}
	return time.Time{}, false
}

// place finds year, month and day among the numbers that stand without a unit.
func (p *parser) place() error {
	free := p.free
	switch {
	case p.year != 0 && p.month != 0 && p.day != 0 && len(free) == 0:
		return nil
	case p.year == 0 && p.month != 0 && p.day != 0 && len(free) == 1:
		p.year = free[0].year()
	case p.year != 0 && p.month != 0 && p.day == 0 && len(free) == 1:
		p.day = free[0].n
	case p.year == 0 && p.month != 0 && p.day == 0 && len(free) == 2:
		if free[0].digits >= 3 { // 2024 Mar 2
			p.year, p.day = free[0].n, free[1].n
			return nil
		}
		p.day = free[0].n
		p.year = free[1].year()
	case p.year == 0 && p.month == 0 && p.day == 0 && len(free) == 3:
		return p.placeNumbers(free)
	case p.year == 0 && p.month == 0 && p.day == 0:
		return fmt.Errorf("no day")
	default:
		return fmt.Errorf("no full day")
	}
	return nil
}

// placeNumbers orders three bare numbers: year first when it has four digits,
// day first as in RFC 822 when the year is last. With slashes the last form is
// American as often as not, and is read only where it leaves no choice.
func (p *parser) placeNumbers(free []num) error {
	a, b, c := free[0], free[1], free[2]
	switch {
	case a.digits == 4:
		p.year, p.month, p.day = a.n, b.n, c.n
	case c.digits != 4:
		return fmt.Errorf("no year of four digits")
	case b.sep == '/' && a.n <= 12 && b.n <= 12 && a.n != b.n:
		return fmt.Errorf("day and month cannot be told apart")
	case b.sep == '/' && a.n <= 12:
		p.month, p.day, p.year = a.n, b.n, c.n
	default:
		p.day, p.month, p.year = a.n, b.n, c.n
	}
	return nil
}
