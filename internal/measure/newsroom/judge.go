package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// A line is one thing that was looked at.
type line struct {
	what  string
	got   string
	want  string
	holds bool
}

// strays is one in how many requests to feeds may come without a validator that
// the newsroom has given: it counts those of documents that cannot be read, which
// never were a success, and leaves Last-Modified out now and then.
const strays = 200

// judge holds the two sides against each other. Stories of the last interval
// need not have been seen, nor those of the turns that the gap delays.
func judge(s setting, stories []story, seen counters, items map[string]int, peak int64) []line {
	end := time.Time{}
	for _, st := range stories {
		if st.Visible.After(end) {
			end = st.Visible
		}
	}
	due, missing, twice := 0, 0, 0
	for _, st := range stories {
		switch n := items[page(st.URL)]; {
		case n > 1:
			twice++
		case st.Visible.After(end.Add(-2 * s.every)):
			continue
		case n == 0:
			missing++
		}
		due++
	}
	least := 0.95 * float64(s.gap.Milliseconds())
	return []line{
		count("stories due", int64(due), "at least 1", due > 0),
		count("not in ITEMS", int64(missing), "0", missing == 0),
		count("in ITEMS twice", int64(twice), "0", twice == 0),
		count("requests", seen.Requests, "", true),
		count("of feeds", seen.FeedRequests, "", true),
		count("answered 304", seen.NotModified, "", true),
		count("of pages", seen.Articles, "", true),
		count("pages asked twice", seen.Twice, "(after a time-out)", true),
		count("most at once on one host", seen.PerHost, "1", seen.PerHost <= 1),
		{"least gap on one host, ms", fmt.Sprintf("%.1f", seen.Gap.Least), fmt.Sprintf("at least %.1f", least), seen.Gap.Least >= least},
		count("asked inside Retry-After", seen.RetryBroken, "0", seen.RetryBroken == 0),
		count("asked without its validators", seen.NotAsked, fmt.Sprintf("at most %d: feeds that never gave a document, or take a validator back", seen.FeedRequests/strays), seen.NotAsked*strays <= seen.FeedRequests),
		count("hosts without a look at robots.txt", seen.RobotsNever, "", true),
		count("pages against robots.txt", seen.Disallowed, "0", seen.Disallowed == 0),
		count("410 asked again", seen.GoneAgain, "0", seen.GoneAgain == 0),
		count("301 and 308 asked again", seen.Moved, "(adopted after 48 h)", true),
		{"visible to fetched, p50 and p99, s", fmt.Sprintf("%.1f %.1f", seen.Pickup["p50"]/1000, seen.Pickup["p99"]/1000), "", true},
		count("peak memory, MB", peak>>20, "", true),
	}
}

// soaked leaves out what a daemon cannot keep that is killed: what it knows of its
// guests' gaps, and validators of answers that it could not note, are in memory.
func soaked(lines []line) []line {
	for i, l := range lines {
		switch l.what {
		case "stories due", "not in ITEMS", "in ITEMS twice", "pages against robots.txt", "410 asked again":
		default:
			lines[i].want, lines[i].holds = "", true
		}
	}
	return lines
}

func count(what string, n int64, want string, holds bool) line {
	return line{what, fmt.Sprint(n), want, holds}
}

// report prints the lines and reports whether all hold.
func report(w io.Writer, lines []line) bool {
	all := true
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, l := range lines {
		mark := "ok"
		switch {
		case !l.holds:
			mark, all = "FAILS", false
		case l.want == "":
			mark = ""
		}
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", l.what, l.got, l.want, mark)
	}
	_ = t.Flush()
	return all
}

// page is a link without what the newsroom adds for counting.
func page(link string) string {
	link, _, _ = strings.Cut(link, "?")
	return link
}
