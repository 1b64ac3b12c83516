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

// A Poll is a past poll of a feed, in 12 bytes.
type Poll struct {
	at      uint32 // s since 1970
	what    uint16 // the outcome's place in two bits over the status's number in ten
	items   uint16
	latency uint16 // ms
	size    uint16 // in units of sizeUnit
}

const (
	pollBytes = 12
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

// A History is the last polls of a feed, the newest last.
type History []Poll

// add returns the history with one more poll, and without those that are too many.
func (h History) add(p Poll) History {
	h = h[max(0, len(h)+1-maxPolls):]
	out := make(History, 0, len(h)+1) // h may be another state's
	return append(append(out, h...), p)
}

// MarshalText implements [encoding.TextMarshaler]: base64 of 12 bytes a poll.
func (h History) MarshalText() ([]byte, error) {
	var b []byte
	for _, p := range h {
		b = binary.BigEndian.AppendUint32(b, p.at)
		for _, v := range []uint16{p.what, p.items, p.latency, p.size} {
			b = binary.BigEndian.AppendUint16(b, v)
		}
	}
	return base64.StdEncoding.AppendEncode(nil, b), nil
}

// UnmarshalText implements [encoding.TextUnmarshaler]. A history that cannot be
// read is none: the rest of a state is worth more.
func (h *History) UnmarshalText(text []byte) error {
	*h = nil
	b, err := base64.StdEncoding.AppendDecode(nil, bytes.TrimSpace(text))
	if err != nil || len(b)%pollBytes != 0 {
		return nil
	}
	for row := range slices.Chunk(b, pollBytes) {
		u16 := func(i int) uint16 { return binary.BigEndian.Uint16(row[i:]) }
		*h = append(*h, Poll{binary.BigEndian.Uint32(row), u16(4), u16(6), u16(8), u16(10)})
	}
	*h = slices.Clip((*h)[max(0, len(*h)-maxPolls):])
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
	s := Stats{Polls: len(h)}
	var times []time.Duration
	for _, p := range h {
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
