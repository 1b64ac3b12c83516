package fetcher

import (
	"cmp"
	"fmt"
	"time"

	"github.com/chipwire/chipwire/fetcher/feed"
)

// leastInterval is the shortest time between two polls that a fast feed leads to.
const leastInterval = time.Minute

// ceiling is the longest time between two polls where nothing is expected.
func (c Class) ceiling() time.Duration {
	if c == Blog {
		return 24 * time.Hour
	}
	return 6 * time.Hour
}

// A Tempo is how often a feed is asked, and why. It is a function of what is
// configured and what is stored, so a restart finds the same one.
type Tempo struct {
	Every time.Duration // where something is expected
	Why   string

	id      string        // of the feed: it fixes the slots
	ceiling time.Duration // where nothing is expected; 0: as everywhere
	rhythm  Rhythm
	mean    float64   // of rhythm
	lastNew time.Time // when there was something, however little it was expected
	wishes  feed.Wishes
}

// TempoOf decides how often a feed is asked from now on: as often as the operator
// says, else as its class does, more often while whole documents pass between two
// polls, less often where the server cannot say whether anything has changed.
func TempoOf(cfg Config, src Source, s State, now time.Time) Tempo {
	fd := src.Feed(cfg.MinInterval)
	class := cmp.Or(src.Class, News)
	p := Tempo{id: fd.ID, Every: fd.Interval, Why: string(class), lastNew: s.Pace.Last}
	if src.Every > 0 {
		p.Why = "as configured"
	}
	if p.Every > cmp.Or(src.Every, class.interval()) {
		p.Why = "min_interval"
	}
	if src.Every == 0 {
		p.ceiling, p.rhythm, p.mean = class.ceiling(), s.Rhythm, s.Rhythm.mean()
		if d := s.Rush.hurry(p.Every, max(leastInterval, cfg.MinInterval)); d < p.Every && now.Sub(s.Pace.Last) < rushFades {
			p.Every, p.Why = d, "half of the last document was new"
		}
		if s.unconditional(now) {
			p.atLeast(unconditional*cfg.MinInterval, "the server cannot be asked whether anything has changed")
		}
		if class == Blog {
			p.wishes = s.Wishes
			p.atLeast(min(s.Wishes.Every, class.ceiling()), "the feed's "+s.Wishes.Via)
		}
	}
	if src.Budget > 0 {
		p.atLeast(24*time.Hour/time.Duration(src.Budget), fmt.Sprintf("a budget of %d requests a day", src.Budget))
	}
	return p
}

func (p *Tempo) atLeast(d time.Duration, why string) {
	if d > p.Every {
		p.Every, p.Why = d, why
	}
}

// unconditional is by how much a feed that must be asked without validators is
// asked less often than the shortest interval.
const unconditional = 6

// maxIgnored is how many times the same document may come back whole to a
// conditional request, and never a 304, until the server is taken to know none.
const maxIgnored = 3

// unconditional reports whether every poll costs the server a whole document: it
// gives no validators, does not heed them, or cannot be trusted with them.
func (s State) unconditional(now time.Time) bool {
	none := s.URL != "" && s.ETag == "" && s.LastModified == ""
	return none || s.Ignored >= maxIgnored || s.Trust.broken(now)
}

// At is the time from one poll to the next around t, and why: where nothing is
// expected it grows with the silence, until something is.
func (p Tempo) At(t time.Time) (time.Duration, string) {
	if !p.silentAt(hourOf(t), t) {
		return p.Every, p.Why
	}
	every := p.stretched(t.Sub(p.silence(t)))
	if every == p.Every {
		return every, p.Why
	}
	for h := hourOf(t) + 1; h <= hourOf(t)+7*dayHours; h++ {
		if !p.silentAt(h, t) {
			return every, fmt.Sprintf("nothing is expected before %02d:00 KST", (h+9)%dayHours)
		}
	}
	return every, "nothing is expected"
}

// silentAt reports whether nothing is expected in an hour, as seen at t.
func (p Tempo) silentAt(hour int64, t time.Time) bool {
	return p.ceiling > 0 && p.rhythm.learnt(t) && p.rhythm.expected(hour, p.mean) < silent
}

// silence is when the silence around t began: with its first hour, or with the
// last news if that broke it.
func (p Tempo) silence(t time.Time) time.Time {
	first := hourOf(t)
	for limit := first - int64(p.ceiling/time.Hour); first > limit && p.silentAt(first-1, t); {
		first--
	}
	began := time.Unix(first*3600, 0)
	if p.lastNew.After(began) {
		return p.lastNew
	}
	return began
}

// stretched is the interval after a while of silence: doubled as long as it is
// no longer than that, so an entry that nobody expected is at most as late as
// the silence before it was long.
func (p Tempo) stretched(silence time.Duration) time.Duration {
	every := p.Every
	for 2*every <= min(silence, p.ceiling) {
		every *= 2
	}
	return every
}

// A Rush is how much faster than its class a feed is.
type Rush struct {
	Level int `json:"level,omitempty"` // times that the interval is halved
	Calm  int `json:"calm,omitempty"`  // documents in a row that argue for a level less
}

const (
	minWindow = 5              // items of a document from which shares say something
	enoughNew = 67             // percent: with more seen before, the feed is asked often enough
	tooLittle = 50             // percent: with less, whole documents may pass unseen
	calmAfter = 3              // documents
	rushFades = 24 * time.Hour // without anything new
)

// hurry is the interval of a feed in a rush.
func (r Rush) hurry(every, least time.Duration) time.Duration {
	return max(every>>min(r.Level, 16), min(least, every))
}

// step learns from a document of total items, seen of which were known. fair
// says that the time since the poll before was that of the interval: after a rest
// much is new of any feed.
func (r Rush) step(seen, total int, fair bool, every, least time.Duration) Rush {
	share := 100
	if total > 0 {
		share = 100 * seen / total
	}
	switch {
	case share > enoughNew:
		if r.Calm++; r.Calm >= calmAfter {
			r.Level, r.Calm = max(r.Level-1, 0), 0
		}
		if r.Level == 0 {
			r.Calm = 0
		}
	case share < tooLittle && fair && total >= minWindow:
		if r.Calm = 0; r.hurry(every, least) > least {
			r.Level++
		}
	default:
		r.Calm = 0
	}
	return r
}
