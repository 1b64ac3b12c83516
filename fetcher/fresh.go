package fetcher

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxFresh is the longest that a server's word on freshness is believed.
const maxFresh = 24 * time.Hour

// Fresh is how long the server says that an answer stays current, and where it
// says so: max-age less Age, else Expires less Date. It is 0 when the server
// says nothing, nothing legible, or that the answer must be asked for each time.
func Fresh(h http.Header, headersAt time.Time) (time.Duration, string) {
	cache := cacheControl(h["Cache-Control"])
	if cache.never != "" {
		return 0, cache.never
	}
	if cache.aged {
		fresh := seconds(cache.maxAge) - seconds(h.Get("Age"))
		return min(max(fresh, 0), maxFresh), "max-age"
	}
	said := h.Get("Expires")
	if said == "" {
		return 0, ""
	}
	expires, err := http.ParseTime(said)
	if err != nil {
		return 0, ""
	}
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		headersAt = date // the server's clock counts for the server's date
	}
	return min(max(expires.Sub(headersAt), 0), maxFresh), "expires"
}

// directives are those of Cache-Control that say how long an answer is current.
type directives struct {
	never  string // no-cache or no-store, "" where there is neither
	maxAge string
	aged   bool // there is a max-age
}

// cacheControl reads Cache-Control. The first of two with one name counts.
func cacheControl(values []string) (d directives) {
	for _, list := range values {
		for part := range strings.SplitSeq(list, ",") {
			name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
			switch name = strings.TrimSpace(name); {
			case strings.EqualFold(name, "no-cache"):
				d.never = "no-cache"
			case strings.EqualFold(name, "no-store") && d.never == "":
				d.never = "no-store"
			case strings.EqualFold(name, "max-age") && !d.aged:
				d.maxAge, d.aged = strings.Trim(strings.TrimSpace(value), `"`), true
			}
		}
	}
	return d
}

// seconds reads a whole number of them; 0 when it is none.
func seconds(s string) time.Duration {
	if s = strings.TrimSpace(s); s == "" {
		return 0
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if strings.Trim(s, "0123456789") == "" && (err != nil || n > int64(maxFresh/time.Second)) {
		return 2 * maxFresh // too long to count
	}
	if err != nil || n < 0 {
		return 0
	}
	return time.Duration(n) * time.Second
}

// floorOf is what keeps a feed from being asked at its next slot after a good
// answer: the server's own word on freshness, also where the operator has set its
// interval.
func floorOf(a Answer) Rest {
	if a.Response == nil {
		return Rest{}
	}
	if d, via := Fresh(a.Response.Header, a.Response.HeadersAt); d > 0 {
		return Rest{a.Response.HeadersAt.Add(d), "the server's " + via + ": fresh for " + d.String()}
	}
	return Rest{}
}

// worthStoring keeps a floor that a restart must know of: one that outlasts the
// next slot. The others would cost a write after each poll that brings nothing.
func worthStoring(p Tempo, floor Rest, now time.Time) Rest {
	if floor.Until.After(now) && floor.Until.After(p.Next(Rest{}, now).At.Add(p.slack())) {
		return floor
	}
	return Rest{}
}
