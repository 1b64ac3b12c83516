package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/chipwire/chipwire/fetcher"
)

const (
	red    = "31"
	yellow = "33"
)

// maxNameColumns is how much of a publisher's name the list shows.
const maxNameColumns = 20

// printFeeds prints the list for an operator: a line a feed, what there is of
// each status, and what to do about each kind of fault.
func printFeeds(w io.Writer, rows []feedRow, now time.Time) error {
	p := newPaint(w)
	return listFeeds(w, p, terminalColumns(w), rows, now)
}

func listFeeds(w io.Writer, p paint, most int, rows []feedRow, now time.Time) error {
	right := func(s string) cell { return cell{text: s, right: true} }
	head := []cell{{text: "FEED"}, {text: "NAME"}, {text: "STATUS"}, right("SINCE"), right("LAST NEW"), right("NEXT"), right("EVERY"), right("HIT"), right("304"), right("GAPS"), right("DELAY"), {text: "NOTE"}}
	table := [][]cell{head}
	count, advice := map[string]int{}, map[string]string{}
	for _, r := range rows {
		style := ""
		switch {
		case r.broken():
			style = red
			advice[r.Status] = cmp.Or(advice[r.Status], r.Advice)
		case r.badness() > 1:
			style = yellow
		}
		count[r.Status]++
		table = append(table, []cell{
			{text: r.ID},
			{text: cutColumns(printable(r.Name), maxNameColumns)},
			{text: r.Status, style: style},
			right(passed(r.Since, now)), right(passed(r.LastNew, now)), right(left(r.Next, now)), right(short(r.Every)),
			right(percent(r.HitRate, r.Polls)), right(percent(r.Same, r.Polls)), right(dashed(r.Gaps)), right(seconds(r.Delay.P50, r.Delay.Of)),
			{text: r.Note},
		})
	}
	if err := printTable(w, p, table, most); err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\n%d feeds", len(rows))
	for i, status := range slices.SortedFunc(maps.Keys(count), func(a, b string) int { return cmp.Or(count[b]-count[a], cmp.Compare(a, b)) }) {
		sep := ", "
		if i == 0 {
			sep = ": "
		}
		fmt.Fprintf(&b, "%s%d %s", sep, count[status], status)
	}
	b.WriteByte('\n')
	for _, status := range slices.Sorted(maps.Keys(advice)) {
		fmt.Fprintf(&b, "%s: %s\n", p.bold(status), advice[status])
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// printFeed prints all that is known of a feed.
func printFeed(w io.Writer, r feedRow, now time.Time) error {
	p := newPaint(w)
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s\n%s\n\n", p.bold(r.ID), printable(r.Name), r.URL)
	line := func(name, text string) { fmt.Fprintf(&b, "%-10s%s\n", name, printable(text)) }
	for _, l := range presentLines(r, now) {
		line(l[0], l[1])
	}
	line("every", fmt.Sprintf("%s, class %s", r.Every, r.Class))
	line("document", documentLine(r, now))
	if r.Zone != "" || r.LearntZone != "" {
		line("zone", cmp.Or(r.Zone, "none")+" declared, "+cmp.Or(r.LearntZone, "none other")+" learnt")
	}
	if r.Polls > 0 {
		line("new", fmt.Sprintf("in %s of the last %d polls, last %s ago", percent(r.HitRate, r.Polls), r.Polls, passed(r.LastNew, now)))
		if r.Gaps > 0 {
			line("gaps", fmt.Sprintf("%d times entries may have been lost between two polls", r.Gaps))
		}
		line("answers", fmt.Sprintf("%s of them 304; %s at the middle, %s at the long end", percent(r.Same, r.Polls), seconds(r.Answer.P50, r.Answer.Of), seconds(r.Answer.P95, r.Answer.Of)))
	}
	if r.Delay.Of > 0 {
		line("delay", fmt.Sprintf("%s at the middle, %s at the long end, from publication to first sight of %d items", seconds(r.Delay.P50, r.Delay.Of), seconds(r.Delay.P95, r.Delay.Of), r.Delay.Of))
	}
	if _, err := io.WriteString(w, b.String()); err != nil || len(r.Recent) == 0 {
		return err
	}
	fmt.Fprintln(w)
	return printTable(w, p, pollTable(r.Recent, now), terminalColumns(w))
}

// presentLines say how the daemon sees a feed now, and why it rests.
func presentLines(r feedRow, now time.Time) (lines [][2]string) {
	add := func(name, text string) {
		if text != "" {
			lines = append(lines, [2]string{name, text})
		}
	}
	status := r.Status + ": " + r.Means
	if r.Since != nil {
		status = fmt.Sprintf("%s for %s: %s", r.Status, passed(r.Since, now), r.Means)
	}
	if r.Failures > 0 {
		status += fmt.Sprintf("; %d failures in a row", r.Failures)
	}
	add("status", status)
	add("note", r.Note)
	add("do", r.Advice)
	if r.Next != nil {
		add("next", fmt.Sprintf("%s, in %s: %s", clock(r.Next), left(r.Next, now), r.Why))
	}
	if r.RestUntil != nil {
		add("rests", fmt.Sprintf("until %s: %s", clock(r.RestUntil), r.Why))
	}
	add("pushed", r.Push)
	add("asked", map[string]string{
		string(fetcher.Conditional):   "conditionally: with the validators it has given, if any",
		string(fetcher.Unconditional): "without validators: there are none for this address, or its 304 hides items",
		string(fetcher.Audit):         "without validators this once, as an audit whether its 304 hides items",
	}[r.Condition])
	if r.AskedAt != "" {
		add("moved", fmt.Sprintf("is asked at %s, where it redirects for good: put that into the configuration", r.AskedAt))
	}
	if r.MovesTo != "" {
		add("moves", fmt.Sprintf("redirects for good to %s, seen %d times since %s: asked there after three times over two days", r.MovesTo, r.Sightings, clock(r.MovesSince)))
	}
	return lines
}

func documentLine(r feedRow, now time.Time) string {
	s := fmt.Sprintf("%d items", r.Items)
	if r.Newest != nil {
		s += fmt.Sprintf(", the newest of %s (%s ago)", clock(r.Newest), passed(r.Newest, now))
	}
	s += ", " + cmp.Or(r.ContentType, "no content type")
	if r.Charset != "" {
		s += ", read as " + r.Charset + " (declares another)"
	}
	return s
}

func pollTable(polls []pollAt, now time.Time) [][]cell {
	right := func(s string) cell { return cell{text: s, right: true} }
	table := [][]cell{{{text: "POLL"}, right("AGO"), {text: "STATUS"}, right("NEW"), right("ANSWER"), right("BYTES"), {text: "BROUGHT"}}}
	for _, p := range polls {
		table = append(table, []cell{
			{text: p.At.Local().Format(time.DateTime)},
			right(passed(&p.At, now)),
			{text: p.Status},
			right(fmt.Sprint(p.New)), right(seconds(p.Latency, int(p.Latency*1000))), right(fmt.Sprint(p.Bytes)),
			{text: p.Outcome},
		})
	}
	return table
}

// passed is how long ago something was, in one unit.
func passed(t *time.Time, now time.Time) string {
	if t == nil {
		return "-"
	}
	return unit(now.Sub(*t))
}

// left is how long it is to something.
func left(t *time.Time, now time.Time) string {
	if t == nil {
		return "-"
	}
	return unit(t.Sub(now))
}

// unit is a duration in its largest unit.
func unit(d time.Duration) string {
	switch d = max(d, 0); {
	case d < time.Minute:
		return fmt.Sprintf("%ds", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%dm", d/time.Minute)
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh", d/time.Hour)
	}
	return fmt.Sprintf("%dd", d/(24*time.Hour))
}

// short is a duration as the configuration writes it: 5m, not 5m0s.
func short(s string) string {
	if d, err := time.ParseDuration(s); err == nil && d%time.Minute == 0 {
		s = strings.TrimSuffix(s, "0s")
		if d%time.Hour == 0 {
			s = strings.TrimSuffix(s, "0m")
		}
	}
	return s
}

// seconds is a time of some figures, "-" when there are none.
func seconds(s float64, of int) string {
	switch {
	case of == 0:
		return "-"
	case s < 1:
		return fmt.Sprintf("%dms", int(math.Round(s*1000)))
	case s < 10:
		return fmt.Sprintf("%.1fs", s)
	}
	return short(time.Duration(s * float64(time.Second)).Round(time.Second).String())
}

// percent is a share of some, "-" when there are none.
func percent(share float64, of int) string {
	if of == 0 {
		return "-"
	}
	return fmt.Sprintf("%.0f%%", 100*share)
}

// clock is a moment of today by its time, another by its date too.
func clock(t *time.Time) string {
	if t == nil {
		return "-"
	}
	if local := t.Local(); time.Since(local).Abs() < 12*time.Hour {
		return local.Format(time.TimeOnly)
	}
	return t.Local().Format(time.DateTime)
}

// dashed is a count, of which none is worth no figure.
func dashed(n int) string {
	if n == 0 {
		return "-"
	}
	return strconv.Itoa(n)
}
