package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/chipwire/chipwire/news"
)

// shortEvent is how much of an event's id the list shows: enough to name it.
const shortEvent = 8

// printEvents prints a line an event.
func printEvents(w io.Writer, events []news.Event, now time.Time) error {
	head := []cell{{text: "EVENT"}, {text: "KIND"}, {text: "STAGE"}, {text: "SOURCES", right: true}, {text: "LAST", right: true}, {text: "PARTIES"}, {text: "HEADLINE"}}
	table := [][]cell{head}
	for _, ev := range events {
		headline := ""
		if len(ev.Sources) > 0 {
			headline = ev.Sources[0].Title
		}
		last := ev.LastSeen
		table = append(table, []cell{
			{text: ev.ID[:min(shortEvent, len(ev.ID))]},
			{text: string(ev.Kind)},
			{text: string(ev.Stage), style: stageStyle(ev.Stage)},
			{text: fmt.Sprintf("%d/%d", ev.Independent, ev.Reports), right: true},
			{text: passed(&last, now), right: true},
			{text: cutColumns(printable(partyNames(ev.Parties)), 44)},
			{text: printable(headline)},
		})
	}
	if err := printTable(w, newPaint(w), table, terminalColumns(w)); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%d events\n", len(events))
	return err
}

func stageStyle(s news.Stage) string {
	if s.Over() {
		return red
	}
	return ""
}

func partyNames(parties []news.Party) string {
	var names []string
	for _, p := range parties {
		names = append(names, cmp.Or(string(p.ID), p.Name+" (not named)"))
	}
	return strings.Join(names, ", ")
}

// printEvent prints all that the book has of an event.
func printEvent(w io.Writer, ev news.Event, now time.Time) error {
	p := newPaint(w)
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s, %s\n", p.bold(ev.ID), ev.Kind, ev.Stage)
	if ev.Into != "" {
		fmt.Fprintf(&b, "its reports are part of %s now\n", ev.Into)
	}
	for _, party := range ev.Parties {
		fmt.Fprintf(&b, "  %-9s %s\n", party.Side, printable(cmp.Or(string(party.ID), party.Name+" (not named)")))
	}
	fmt.Fprintf(&b, "%d reports, %d with words of their own, first seen %s ago", ev.Reports, ev.Independent, passed(&ev.FirstSeen, now))
	if ev.Pinned {
		b.WriteString("; arranged by hand")
	}
	b.WriteString("\n\n")
	if _, err := io.WriteString(w, b.String()); err != nil {
		return err
	}
	if err := printTable(w, p, claimTable(ev), terminalColumns(w)); err != nil {
		return err
	}
	fmt.Fprintln(w)
	return printTable(w, p, historyTable(ev, now), terminalColumns(w))
}

// claimTable says who said what, in the order of publication.
func claimTable(ev news.Event) [][]cell {
	table := [][]cell{{{text: "SAID"}, {text: "STAGE"}, {text: "SCORE", right: true}, {text: "FROM"}, {text: "MARKS"}, {text: "TITLE"}}}
	for _, c := range ev.Claims {
		title, from := "", c.Host
		if i := slices.IndexFunc(ev.Sources, func(s news.EventSource) bool { return strings.HasPrefix(s.Article, c.Article) }); i >= 0 {
			title, from = ev.Sources[i].Title, cmp.Or(ev.Sources[i].Publisher, from)
		}
		if c.Agency != "" {
			from += " (" + c.Agency + ")"
		}
		stage := string(c.Stage)
		switch {
		case c.Gone:
			stage += ", withdrawn"
		case c.Review:
			stage += ", review"
		}
		table = append(table, []cell{
			{text: time.Unix(c.Said, 0).UTC().Format("2006-01-02 15:04")},
			{text: stage, style: stageStyle(c.Stage)},
			{text: fmt.Sprintf("%.2f", c.Score), right: true},
			{text: cutColumns(printable(from), 28)},
			{text: printable(markWords(c.Marks))},
			{text: printable(title)},
		})
	}
	return table
}

func markWords(m news.Marks) string {
	words := slices.Clone(m.Products)
	for _, usd := range m.Amounts {
		words = append(words, fmt.Sprintf("$%.3gm", usd/1e6))
	}
	return strings.Join(append(words, m.Places...), " ")
}

// historyTable says who was told what.
func historyTable(ev news.Event, now time.Time) [][]cell {
	table := [][]cell{{{text: "TOLD", right: true}, {text: "COMPANY"}, {text: "STAGE"}, {text: "REASON"}, {text: "SOURCE"}}}
	for _, r := range ev.History {
		reason := string(r.Reason)
		switch {
		case !r.Sent && !r.Until.IsZero():
			reason += ", held back until " + r.Until.UTC().Format("15:04")
		case r.Event != "":
			reason += ", as " + r.Event[:min(shortEvent, len(r.Event))]
		}
		if r.Review {
			reason += ", review"
		}
		at := r.At
		table = append(table, []cell{{text: passed(&at, now), right: true}, {text: string(r.Company)}, {text: string(r.Stage)}, {text: reason}, {text: printable(r.Source)}})
	}
	return table
}
