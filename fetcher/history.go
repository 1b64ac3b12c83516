package fetcher

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// An Outcome says what a poll brought.
type Outcome string

// The outcomes.
const (
	NoAnswer    Outcome = "none"         // or one that is none of these
	NotModified Outcome = "not-modified" // a 304
	SameBody    Outcome = "unchanged"    // a 200 with the body of the last time
	Changed     Outcome = "changed"      // a document to read
)

// outcomes has the place of each in two bits.
var outcomes = [4]Outcome{NoAnswer, NotModified, SameBody, Changed}

// A Poll is a past poll of a feed.
type Poll struct {
	at      uint32 // s since 1970
	what    uint16 // the outcome's place in two bits over the status's number in ten
	items   uint16
	latency uint16 // ms
	size    uint16 // in units of sizeUnit
}

const (
	pollBytes = 12  // of a poll in layout 1
	sizeUnit  = 256 // bytes, so that 16 MiB fit
	maxPolls  = 30  // of a feed
)

// pollOf is what is remembered of a poll that ended with the status.
func pollOf(a Answer, status string, news int) Poll {
	p := Poll{at: uint32(a.at().Unix()), items: clamp(news)}
	outcome := 0
	if r := a.Response; r != nil {
		switch {
		case r.NotModified:
			outcome = 1
		case a.Unchanged:
			outcome = 2
		default:
			outcome = 3
		}
		p.size = clamp((a.Size + sizeUnit - 1) / sizeUnit)
		if !r.AskedAt.IsZero() {
			p.latency = max(1, clamp(int(r.HeadersAt.Sub(r.AskedAt).Milliseconds())))
		}
	}
	p.what = uint16(outcome)<<10 | statusNumber(status)
	return p
}

func clamp(n int) uint16 { return uint16(min(max(n, 0), math.MaxUint16)) }

// At is when the answer began, or failed to; in whole seconds.
func (p Poll) At() time.Time { return time.Unix(int64(p.at), 0) }

// Status is the name of how the poll ended.
func (p Poll) Status() string { return statusOf(p.what & 0x3ff) }

// Outcome is what the poll brought.
func (p Poll) Outcome() Outcome { return outcomes[p.what>>10&3] }

// New is the number of items that it found to be news.
func (p Poll) New() int { return int(p.items) }

// Latency is the time from the request to the headers of the answer, in whole
// milliseconds; 0 when there was no whole answer.
func (p Poll) Latency() time.Duration { return time.Duration(p.latency) * time.Millisecond }

// Bytes is the size of the body after decompression, rounded up to 256 bytes.
func (p Poll) Bytes() int { return int(p.size) * sizeUnit }

// A History is the last polls of a feed, as it is stored: their number, the moment
// of the newest in s since 1970, what it was, and then of each that is older the
// seconds between it and the one before, and what it was. All are varints, most of
// one byte: thirty polls are 180 bytes, and one more is a copy. One that cannot be
// read ends where it cannot: the rest of a state is worth more.
type History []byte

// Len is the number of polls.
func (h History) Len() int {
	if len(h) == 0 {
		return 0
	}
	return min(int(h[0]), maxPolls)
}

// add returns the history with one more poll, and without those that are too many.
func (h History) add(p Poll) History {
	out := make(History, 1, len(h)+6*binary.MaxVarintLen16)
	out[0] = byte(min(h.Len()+1, maxPolls))
	out = p.append(binary.AppendUvarint(out, uint64(p.at)))
	if h.Len() == 0 {
		return out
	}
	last, size := binary.Uvarint(h[1:])
	if size <= 0 {
		out[0] = 1
		return out
	}
	out = binary.AppendVarint(out, int64(p.at)-int64(last))
	return append(out, first(h[1+size:], pollValues+(maxPolls-2)*(1+pollValues))...)
}

// last is when the newest poll was.
func (h History) last() (at time.Time, is bool) {
	if h.Len() == 0 {
		return at, false
	}
	seconds, size := binary.Uvarint(h[1:])
	return time.Unix(int64(seconds), 0), size > 0
}

// pollValues is how many numbers a poll is, beside its moment.
const pollValues = 4

func (p Poll) append(to []byte) []byte {
	what := p.what&0x3ff<<2 | p.what>>10&3 // small for the usual statuses
	for _, v := range [...]uint16{what, p.items, p.latency, p.size} {
		to = binary.AppendUvarint(to, uint64(v))
	}
	return to
}

// first is the first n varints of b.
func first(b []byte, n int) []byte {
	for i, c := range b {
		if c < 0x80 {
			if n--; n == 0 {
				return b[:i+1]
			}
		}
	}
	return b
}

// Polls are the polls, the newest last.
func (h History) Polls() []Poll {
	n := h.Len()
	if n == 0 {
		return nil
	}
	b, polls := h[1:], make([]Poll, 0, n)
	at, size := binary.Uvarint(b)
	for size > 0 {
		b = b[size:]
		var v [pollValues]uint16
		for i := range v {
			x, size := binary.Uvarint(b)
			if size <= 0 || x > math.MaxUint16 {
				slices.Reverse(polls)
				return polls
			}
			v[i], b = uint16(x), b[size:]
		}
		polls = append(polls, Poll{uint32(at), v[0]&3<<10 | v[0]>>2&0x3ff, v[1], v[2], v[3]})
		if len(polls) == n {
			break
		}
		var since int64
		since, size = binary.Varint(b)
		at -= uint64(since)
	}
	slices.Reverse(polls)
	return polls
}

// UnmarshalText implements [encoding.TextUnmarshaler], for the states of layout 1:
// base64 of 12 bytes a poll. A history that cannot be read is none.
func (h *History) UnmarshalText(text []byte) error {
	*h = nil
	b, err := base64.StdEncoding.AppendDecode(nil, bytes.TrimSpace(text))
	if err != nil || len(b)%pollBytes != 0 {
		return nil
	}
	for row := range slices.Chunk(b, pollBytes) {
		u16 := func(i int) uint16 { return binary.BigEndian.Uint16(row[i:]) }
		*h = h.add(Poll{binary.BigEndian.Uint32(row), u16(4), u16(6), u16(8), u16(10)})
	}
	return nil
}

// Stats is what a history comes to.
type Stats struct {
	Polls       int // that are remembered
	Hits        int // that brought at least one new item
	Answered    int // that ended in a good answer
	NotModified int // of those, a 304

	Latency Spread // of the answers: from the request to the headers
}

// A Spread is the middle and the long end of some times.
type Spread struct {
	P50, P95 time.Duration
	Of       int // how many there are; 0: the others say nothing
}

// Stats sums the history up.
func (h History) Stats() Stats {
	polls := h.Polls()
	s := Stats{Polls: len(polls)}
	var times []time.Duration
	for _, p := range polls {
		if p.New() > 0 {
			s.Hits++
		}
		switch p.Outcome() {
		case NotModified:
			s.NotModified++
			s.Answered++
		case SameBody, Changed:
			s.Answered++
		}
		if p.latency > 0 {
			times = append(times, p.Latency())
		}
	}
	s.Latency = spreadOf(times)
	return s
}

// HitRate is the share of polls that brought something new, 0 to 1.
func (s Stats) HitRate() float64 { return share(s.Hits, s.Polls) }

// NotModifiedShare is the share of 304 among the good answers, 0 to 1.
func (s Stats) NotModifiedShare() float64 { return share(s.NotModified, s.Answered) }

func share(part, all int) float64 {
	if all == 0 {
		return 0
	}
	return float64(part) / float64(all)
}

// spreadOf sorts times and takes the nearest ranks.
func spreadOf(times []time.Duration) Spread {
	if len(times) == 0 {
		return Spread{}
	}
	slices.Sort(times)
	rank := func(percent int) time.Duration { return times[(percent*len(times)+99)/100-1] }
	return Spread{rank(50), rank(95), len(times)}
}

// statusNumber is what stands for a status in a stored history: the code of an
// answer for "http-" and a code, else its place in [statuses], from 1; 0 for one
// that is not known.
func statusNumber(status string) uint16 {
	if code, is := strings.CutPrefix(status, httpPrefix); is {
		if n, err := strconv.Atoi(code); err == nil && n >= 100 && n <= 999 {
			return uint16(n)
		}
	}
	return uint16(slices.IndexFunc(statuses, func(m Meaning) bool { return m.Status == status }) + 1)
}

func statusOf(number uint16) string {
	switch n := int(number); {
	case n >= 100:
		return httpPrefix + strconv.Itoa(n)
	case n > 0 && n <= len(statuses):
		return statuses[n-1].Status
	}
	return StatusFailed
}

const httpPrefix = "http-"

// httpMeaning is what the status of a plain HTTP code means.
func httpMeaning(status string) (string, bool) {
	code, is := strings.CutPrefix(status, httpPrefix)
	if !is {
		return "", false
	}
	n, err := strconv.Atoi(code)
	if err != nil {
		return "", false
	}
	return strings.TrimSpace("the site answered " + code + " " + http.StatusText(n)), true
}
