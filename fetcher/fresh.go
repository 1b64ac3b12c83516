package fetcher

import (
	"fmt"
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
	directives := directives(h.Values("Cache-Control"))
	for _, never := range []string{"no-cache", "no-store"} {
		if _, ok := directives[never]; ok {
			return 0, never
		}
	}
	if value, ok := directives["max-age"]; ok {
		fresh := seconds(value) - seconds(h.Get("Age"))
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

// directives reads Cache-Control. The first of two with one name counts.
func directives(values []string) map[string]string {
	if len(values) == 0 {
		return nil
	}
	found := map[string]string{}
	for part := range strings.SplitSeq(strings.Join(values, ","), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		name = strings.ToLower(strings.TrimSpace(name))
		if _, twice := found[name]; !twice {
			found[name] = strings.Trim(strings.TrimSpace(value), `"`)
		}
	}
	return found
}

// seconds reads a whole number of them; 0 when it is none.
func seconds(s string) time.Duration {
	s = strings.TrimSpace(s)
	n, err := strconv.ParseInt(s, 10, 64)
	if s != "" && strings.Trim(s, "0123456789") == "" && (err != nil || n > int64(maxFresh/time.Second)) {
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
		return Rest{a.Response.HeadersAt.Add(d), fmt.Sprintf("the server's %s: fresh for %v", via, d)}
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
