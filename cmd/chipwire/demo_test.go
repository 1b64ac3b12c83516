package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chipwire/chipwire/internal/demo"
	"github.com/chipwire/chipwire/news"
)

// told is one alert in the words of the newsroom.
func told(event string, company news.CompanyID, kind news.Kind, stage news.Stage) string {
	return fmt.Sprintf("%s: %s hears of %s, %s", event, company, kind, stage)
}

// The demo is the daemon on a newsroom whose truth is known: every deal is told
// once a company and stage, and nothing else is.
func TestDemoTellsTheTruth(t *testing.T) {
	if testing.Short() {
		t.Skip("the newsroom takes 20 s to tell its stories")
	}
	t.Parallel()
	newsroom, err := demo.Load()
	if err != nil {
		t.Fatal(err)
	}
	const length = 20 * time.Second
	out, in := io.Pipe()
	var notes strings.Builder
	code := make(chan int, 1)
	start := time.Now()
	go func() {
		code <- run([]string{"demo", "--for", length.String(), "--json", "--port", "0"}, strings.NewReader(""), in, &notes)
		_ = in.Close()
	}()
	var shown strings.Builder // as a person would have seen them
	show := humanAlerts(&shown)
	got := map[string]int{}
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for first := true; lines.Scan(); first = false {
		if d := time.Since(start); first && d > 10*time.Second {
			t.Errorf("the first alert came after %v", d)
		}
		var a news.Alert
		if err := json.Unmarshal(lines.Bytes(), &a); err != nil {
			t.Fatalf("%v in line %q", err, lines.Text())
		}
		got[toldBy(newsroom, a)]++
		checkAlert(t, a)
		if err := show(a); err != nil {
			t.Fatal(err)
		}
	}
	if c := <-code; c != exitGood {
		t.Errorf("exit code %d; notes:\n%s", c, notes.String())
	}
	checkReadme(t, shown.String())
	want := map[string]int{}
	for _, w := range newsroom.Truth(length) {
		want[told(w.Event, w.Company, w.Kind, w.Stage)]++
	}
	for _, line := range slices.Sorted(maps.Keys(want)) {
		if got[line] != want[line] {
			t.Errorf("%d times, want %d: %s", got[line], want[line], line)
		}
	}
	for _, line := range slices.Sorted(maps.Keys(got)) {
		if want[line] == 0 {
			t.Errorf("%d times, want none: %s", got[line], line)
		}
	}
	for _, want := range []string{"chipwire sub", "nats ", "samsung-electronics"} {
		if !strings.Contains(notes.String(), want) {
			t.Errorf("the notes do not name %q:\n%s", want, notes.String())
		}
	}
}

// checkReadme holds the deal that the README shows of the demo against what it printed,
// but for numbers. Which other papers have the story by then is a matter of moments.
func checkReadme(t *testing.T, shown string) {
	t.Helper()
	digits := regexp.MustCompile(`[0-9]+`)
	page, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, sample, _ := strings.Cut(string(page), "$ chipwire demo\n")
	_, sample, _ = strings.Cut(sample, "\n\n")
	sample, _, _ = strings.Cut(sample, "```")
	shown = digits.ReplaceAllString(shown, "0")
	lines := 0
	for line := range strings.Lines(sample) {
		if lines++; lines <= 4 && !strings.Contains(shown, digits.ReplaceAllString(line, "0")) {
			t.Errorf("README.md shows a line that the demo does not print: %s", line)
		}
	}
	if lines < 8 {
		t.Errorf("README.md shows %d lines of the demo", lines)
	}
}

// toldBy finds the deal of the story that an alert quotes.
func toldBy(n *demo.Newsroom, a news.Alert) string {
	for _, s := range n.Stories {
		if s.Title != a.Headline {
			continue
		}
		for _, d := range s.Deals {
			if slices.Contains(d.Companies, a.Company.ID) {
				return told(d.Event, a.Company.ID, a.Kind, a.Stage)
			}
		}
	}
	return told("no deal of "+a.Headline, a.Company.ID, a.Kind, a.Stage)
}

// checkAlert holds an alert against the wire contract.
func checkAlert(t *testing.T, a news.Alert) {
	t.Helper()
	switch {
	case a.Version != news.AlertVersion,
		a.ID != news.AlertID(a.Event, a.Company.ID, a.Stage),
		len(a.Parties) < 2,
		len(a.Evidence) == 0,
		len(a.Sources) == 0 || a.Sources[0].URL == "" || a.Sources[0].Publisher == "" || a.Sources[0].PublishedAt == nil,
		a.DetectedAt == nil, a.FirstSeen == nil,
		a.Score <= 0 || a.Score > 1,
		(a.Reason == news.StageMoved) != (a.PreviousStage != nil),
		len(a.Why) == 0:
		t.Errorf("alert %+v", a)
	}
	for _, e := range a.Evidence {
		if len([]rune(e.Text)) > news.MaxEvidence || e.End-e.Start != len([]rune(e.Text)) || e.Source == "" {
			t.Errorf("evidence %+v", e)
		}
	}
}
