package fetcher

import (
	"encoding/binary"
	"slices"
	"time"

	"github.com/chipwire/chipwire/news"
)

// A Rhythm is at which hours a feed has something new: for each hour of the day
// in Korea, on weekdays and at weekends, a mean of the new items in it.
type Rhythm struct {
	Since time.Time `json:"since,omitzero"` // when learning began
	Hour  int64     `json:"hour,omitempty"` // hours since 1970 of the last one that is learnt
	Cells []byte    `json:"cells,omitempty"`
}

const (
	dayHours   = 24
	cells      = 2 * dayHours // those of weekdays, then those of weekends
	cellSize   = 2            // bytes
	cellUnit   = 1000         // parts of an item in which a cell counts
	memoryDays = 10           // of a kind, which a cell's mean is about

	// The feed's own mean counts in each hour as much as this many items, so an
	// hour is not taken for silent before it was silent for some days.
	priorItems = 0.1
	// silent is the number of items below which nothing is expected in an hour:
	// one in fifty such hours.
	silent = 0.02

	rhythmAfter = 7 * 24 * time.Hour  // nothing is known of an hour before a week
	rhythmFades = 60 * 24 * time.Hour // after so long without anything new it is learnt anew
)

// hourOf is the number of the hour of t since 1970. Korea's hours begin with
// those of UTC.
func hourOf(t time.Time) int64 {
	h := t.Unix() / 3600
	if t.Unix() < 0 {
		h--
	}
	return h
}

// cellOf is the cell of an hour.
func cellOf(hour int64) int {
	hour += 9 // Korea's time
	day := hour / dayHours
	cell := int(hour % dayHours)
	if weekday := (day + int64(time.Thursday)) % 7; weekday == int64(time.Saturday) || weekday == int64(time.Sunday) {
		cell += dayHours
	}
	return cell
}

// days is how many days of a cell's kind were learnt from until an hour.
func (r Rhythm) days(cell int, hour int64) float64 {
	n := max(float64(hour-hourOf(r.Since))/dayHours, 0)
	if cell < dayHours {
		return n * 5 / 7
	}
	return n * 2 / 7
}

func (r Rhythm) cell(i int) float64 {
	if len(r.Cells) != cells*cellSize {
		return 0
	}
	return float64(binary.LittleEndian.Uint16(r.Cells[i*cellSize:])) / cellUnit
}

// learn takes in the news of a document read at now. Each counts at the hour of
// its date, so that a feed that is asked seldom at night can be found to wake
// earlier; one without, at the hour of its first sight. The hours since the last
// document with news are walked: there was nothing else in them.
func (r Rhythm) learn(found []news.Item, now time.Time) Rhythm {
	if r.Since.IsZero() || now.Sub(time.Unix(r.Hour*3600, 0)) > rhythmFades || len(r.Cells) != cells*cellSize {
		return Rhythm{Since: now.Truncate(time.Second), Hour: hourOf(now), Cells: make([]byte, cells*cellSize)}
	}
	r.Cells = slices.Clone(r.Cells)
	this := hourOf(now)
	for ; r.Hour < this; r.Hour++ {
		c := cellOf(r.Hour + 1)
		r.put(c, r.cell(c)*(1-r.weight(c, r.Hour+1)))
	}
	for _, it := range found {
		hour := this
		if at := it.PublishedAt; at.Before(now) && now.Sub(at) < 24*time.Hour && at.After(r.Since) {
			hour = hourOf(at)
		}
		c := cellOf(hour)
		r.put(c, r.cell(c)+r.weight(c, hour))
	}
	return r
}

// weight is the share of one hour in the mean of its cell.
func (r Rhythm) weight(cell int, hour int64) float64 {
	return 1 / min(float64(int(r.days(cell, hour))+1), memoryDays)
}

func (r Rhythm) put(cell int, v float64) {
	binary.LittleEndian.PutUint16(r.Cells[cell*cellSize:], uint16(min(v*cellUnit, 1<<16-1))) // rounded down, so that it fades to nothing
}

// mean is the number of new items in an hour of any kind.
func (r Rhythm) mean() float64 {
	var sum float64
	for c := range cells {
		if c < dayHours {
			sum += r.cell(c) * 5
		} else {
			sum += r.cell(c) * 2
		}
	}
	return sum / (7 * dayHours)
}

// expected is how many new items an hour brings: the mean of its cell and those
// beside it, shrunk to the feed's own.
func (r Rhythm) expected(hour int64, mean float64) float64 {
	var sum, n float64
	for h := hour - 1; h <= hour+1; h++ {
		c := cellOf(h)
		days := min(r.days(c, hour), memoryDays)
		sum += r.cell(c) * days
		n += days
	}
	if mean <= 0 {
		return 0
	}
	return (sum + priorItems) / (n + priorItems/mean)
}

// learnt reports whether enough is known at t to say that nothing is expected.
func (r Rhythm) learnt(t time.Time) bool {
	return !r.Since.IsZero() && t.Sub(r.Since) >= rhythmAfter
}
