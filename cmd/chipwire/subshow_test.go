package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chipwire/chipwire/news"
	"github.com/chipwire/chipwire/publisher"
)

func TestFormatted(t *testing.T) {
	for _, tt := range []struct{ name, format, want string }{
		{"fields", "{{.Company.Name}} {{.Kind}} {{.PreviousStage}} {{.Stage}}", "Samsung Electronics memory talks agreed\n"},
		{"its own line end", "{{.ID}}\n", "e1.samsung-electronics.agreed\n"},
		{"functions", "{{parties .}} {{json .Company}}", "NVIDIA (customer) – Samsung Electronics (supplier) – 한국팹 {\"id\":\"samsung-electronics\",\"name\":\"Samsung Electronics\"}\n"},
		{"a list", "{{range .Sources}}{{.URL}} {{end}}", "https://a.example/1 https://b.example/2 https://c.example/3 https://d.example/4 \n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var w bytes.Buffer
			show, err := formatted(&w, tt.format)
			if err != nil {
				t.Fatal(err)
			}
			if err := show(fullAlert()); err != nil || w.String() != tt.want {
				t.Errorf("%q, %v, want %q", w.String(), err, tt.want)
			}
		})
	}
	for _, bad := range []string{"{{.Nothing}}", "{{", "{{nothing .}}"} {
		if _, err := formatted(&bytes.Buffer{}, bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

// A command that fails is run again with the same alert until it succeeds.
func TestExecIsRunUntilItSucceeds(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	var out, notes bytes.Buffer
	c := command{line: `cat >> taken; echo "$CHIPWIRE_COMPANY $CHIPWIRE_STAGE" >> told; [ $(wc -l < told) -ge 3 ]`, out: &out, notes: &notes, first: time.Millisecond}
	if err := c.each(t.Context())(fullAlert()); err != nil {
		t.Fatal(err)
	}
	told, err := os.ReadFile(filepath.Join(dir, "told"))
	if want := strings.Repeat("samsung-electronics agreed\n", 3); err != nil || string(told) != want {
		t.Errorf("told %q, %v, want %q", told, err, want)
	}
	taken, err := os.ReadFile(filepath.Join(dir, "taken"))
	if err != nil || strings.Count(string(taken), `"id":"e1.samsung-electronics.agreed"`) != 3 || strings.Count(string(taken), "\n") != 3 {
		t.Errorf("on standard input, %v:\n%s", err, taken)
	}
	if n := strings.Count(notes.String(), "--exec on e1.samsung-electronics.agreed: exit status 1; again in"); n != 2 {
		t.Errorf("%d notes, want 2:\n%s", n, notes.String())
	}
}

// An alert whose command has not succeeded is there again at the next start, and
// one that was told is not.
func TestExecLosesNothingOverAStop(t *testing.T) {
	noNATS(t)
	t.Chdir(t.TempDir())
	url, p := newWire(t, true)
	send := func(event string) {
		t.Helper()
		a := news.Alert{
			Version: news.AlertVersion, ID: news.AlertID(event, "nvidia", news.Rumour), Event: event,
			Company: news.Company{ID: "nvidia"}, Kind: news.Memory, Stage: news.Rumour, Reason: news.First,
		}
		if _, err := p.Publish(t.Context(), a, false); err != nil {
			t.Fatal(err)
		}
	}
	send("e1")
	send("e2")
	// The command refuses e2 until the file ok is there.
	const line = `echo $CHIPWIRE_EVENT >> tried; [ $CHIPWIRE_EVENT = e1 ] || [ -e ok ] && echo $CHIPWIRE_EVENT >> told`
	ended := func(file string, events ...string) bool {
		data, _ := os.ReadFile(file)
		return strings.HasSuffix(string(data), strings.Join(events, "\n")+"\n")
	}
	start := func(until func() bool) {
		t.Helper()
		ctx, stop := context.WithTimeout(t.Context(), patience)
		defer stop()
		root := newRoot()
		root.SetArgs([]string{"sub", "--server", url, "--since", "1h", "--exec", line})
		root.SetOut(&bytes.Buffer{})
		root.SetErr(&bytes.Buffer{})
		done := make(chan error, 1)
		go func() { done <- root.ExecuteContext(ctx) }()
		for !until() && ctx.Err() == nil {
			time.Sleep(5 * time.Millisecond)
		}
		if ctx.Err() != nil {
			t.Error("what was waited for did not come")
		}
		stop()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("ended with %v", err)
		}
	}
	start(func() bool { return ended("tried", "e1", "e2") })
	send("e3")
	if err := os.WriteFile("ok", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	start(func() bool { return ended("told", "e3") })
	told, err := os.ReadFile("told")
	if want := "e1\ne2\ne3\n"; err != nil || string(told) != want {
		t.Errorf("told %q, %v, want %q", told, err, want)
	}
}

func TestPlace(t *testing.T) {
	choice := publisher.Filter{Companies: []news.CompanyID{"nvidia"}}
	auto := subFlags{exec: "a"}.place(choice)
	if auto == "" || auto != (subFlags{exec: "a"}).place(choice) {
		t.Errorf("%q is not the same again", auto)
	}
	for name, other := range map[string]string{
		"another command": subFlags{exec: "b"}.place(choice),
		"another choice":  subFlags{exec: "a"}.place(publisher.Filter{}),
		"another partner": subFlags{exec: "a"}.place(publisher.Filter{Companies: choice.Companies, With: []news.CompanyID{"tsmc"}}),
		"a given name":    subFlags{exec: "a", durable: "mine"}.place(choice),
		"no command":      subFlags{}.place(choice),
	} {
		if other == auto {
			t.Errorf("%s has the same place", name)
		}
	}
}
