package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/chipwire/chipwire/news"
)

// paint colours text for a terminal; NO_COLOR switches it off (no-color.org).
type paint bool

func newPaint(w io.Writer) paint {
	return paint(isTerminal(w) && os.Getenv("NO_COLOR") == "")
}

func (p paint) style(code, s string) string {
	if !p {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (p paint) bold(s string) string { return p.style("1", s) }
func (p paint) dim(s string) string  { return p.style("2", s) }

// stage shows how sure a deal is: a rumour pale, a signed deal green, a dead one red.
func (p paint) stage(s news.Stage) string {
	code := map[news.Stage]string{news.Rumour: "33", news.Talks: "36", news.Agreed: "32", news.Shipping: "1;32", news.Ended: "31", news.Denied: "31"}[s]
	return p.style(code, strings.ToUpper(string(s)))
}

// humanAlerts prints alerts for a person. One deal is one message for each of its
// companies: to who follows several, the second is a line.
func humanAlerts(w io.Writer) func(news.Alert) error {
	p := newPaint(w)
	shown := ""
	return func(a news.Alert) error {
		told := a.Event + string(a.Stage)
		if told == shown {
			_, err := fmt.Fprintf(w, "%s\n\n", p.dim("  also to those who follow "+printable(a.Company.Name)))
			return err
		}
		shown = told
		return writeAlert(w, a, p, time.Now())
	}
}

// writeAlert prints an alert for a person: who, what, how far, with whom, the
// words it rests on, and where they stand.
func writeAlert(w io.Writer, a news.Alert, p paint, now time.Time) error {
	stage := p.stage(a.Stage)
	if a.PreviousStage != nil {
		stage = fmt.Sprintf("%s → %s", *a.PreviousStage, stage)
	}
	_, err := fmt.Fprintf(w, "%s  %s  %s  %s\n", p.bold(printable(cmp.Or(a.Company.Name, string(a.Company.ID)))), a.Kind, stage,
		p.dim(fmt.Sprintf("%s, score %.2f", a.Reason, a.Score)))
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "  %s\n", parties(a.Parties))
	for _, e := range a.Evidence {
		fmt.Fprintf(w, "  “%s”\n", printable(e.Text))
	}
	for i, s := range a.Sources {
		if i == 2 {
			fmt.Fprintf(w, "  %s\n", p.dim(fmt.Sprintf("and %d more", len(a.Sources)-i)))
			break
		}
		at := age(s.PublishedAt, now)
		if i == 0 { // the one that brought the alert
			at += delay(s.PublishedAt, a.DetectedAt)
		}
		fmt.Fprintf(w, "  %s %s\n  %s\n", p.dim(printable(cmp.Or(s.Publisher, "unknown publisher"))+at+":"), printable(s.Title), p.dim(printable(s.URL)))
	}
	_, err = fmt.Fprintln(w)
	return err
}

func parties(list []news.Party) string {
	names := make([]string, len(list))
	for i, party := range list {
		names[i] = printable(party.Name)
		if party.Side != news.Peer {
			names[i] += " (" + string(party.Side) + ")"
		}
	}
	return strings.Join(names, " – ")
}

// age says how long ago the source was published.
func age(published *time.Time, now time.Time) string {
	if published == nil {
		return ""
	}
	d := now.Sub(*published)
	if d >= 48*time.Hour {
		return ", " + published.Format(time.DateOnly)
	}
	return ", " + span(d) + " ago"
}

// delay says how long after publication the source was seen. A date without a
// time says nothing about that, nor does one that lies in the future.
func delay(published, detected *time.Time) string {
	if published == nil || detected == nil {
		return ""
	}
	d := detected.Sub(*published)
	if h, m, s := published.Clock(); d < 0 || d >= 48*time.Hour || h+m+s == 0 {
		return ""
	}
	return ", seen " + span(d) + " after publication"
}

// span is a time in the unit that a person would use.
func span(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", max(int(d.Seconds()), 0))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	}
	return fmt.Sprintf("%d h", int(d.Hours()))
}
