package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"text/template"
	"time"

	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/news"
)

// A lockedWriter is written to by the connection's goroutines too.
type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

// Write implements [io.Writer].
func (l *lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

// formatted prints alerts by a template, each on lines of its own.
func formatted(w io.Writer, text string) (func(news.Alert) error, error) {
	t, err := template.New("format").Option("missingkey=error").Funcs(template.FuncMap{
		"json": func(v any) (string, error) {
			data, err := json.Marshal(v)
			return string(data), err
		},
		"join":    func(sep string, values []string) string { return strings.Join(values, sep) },
		"parties": func(a news.Alert) string { return parties(a.Parties) },
	}).Parse(text)
	if err == nil {
		err = t.Execute(io.Discard, sample()) // a field that there is not is a fault of the command line
	}
	if err != nil {
		return nil, fmt.Errorf("--format: %w", err)
	}
	return func(a news.Alert) error {
		var b bytes.Buffer
		if err := t.Execute(&b, a); err != nil {
			return err
		}
		if !bytes.HasSuffix(b.Bytes(), []byte("\n")) {
			b.WriteByte('\n')
		}
		_, err := w.Write(b.Bytes())
		return err
	}, nil
}

// sample is an alert with one of everything.
func sample() news.Alert {
	now, previous, instrument := time.Now(), news.Talks, news.MOU
	return news.Alert{
		Version: news.AlertVersion, Parties: []news.Party{{}, {}}, PreviousStage: &previous, Instrument: &instrument,
		Evidence: []news.Evidence{{}}, Sources: []news.Source{{PublishedAt: &now}}, FirstSeen: &now, DetectedAt: &now, Why: []news.Feature{{}},
	}
}

// A command is run for each alert.
type command struct {
	line       string
	out, notes io.Writer
	first      time.Duration // pause before the second try; 0: one second
}

const (
	// execPause is the longest pause between two tries of a command.
	execPause = time.Minute

	// execGrace is how long a command may still run once chipwire is to stop.
	execGrace = 5 * time.Second
)

// each returns the func that runs the command until it succeeds; it fails only
// when ctx is done.
func (c command) each(ctx context.Context) func(news.Alert) error {
	return func(a news.Alert) error {
		for try := 1; ; try++ {
			err := c.run(ctx, a)
			if err == nil {
				return nil
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
			pause := bus.Backoff(try, cmp.Or(c.first, time.Second), execPause)
			fmt.Fprintf(c.notes, "chipwire: --exec on %s: %v; again in %v\n", a.ID, err, pause)
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(pause):
			}
		}
	}
}

func (c command) run(ctx context.Context, a news.Alert) error {
	data, err := json.Marshal(a)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "sh", "-c", c.line)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = execGrace
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(append(data, '\n')), c.out, c.notes
	cmd.Env = append(os.Environ(),
		"CHIPWIRE_ID="+a.ID, "CHIPWIRE_COMPANY="+string(a.Company.ID), "CHIPWIRE_KIND="+string(a.Kind),
		"CHIPWIRE_STAGE="+string(a.Stage), "CHIPWIRE_EVENT="+a.Event, "CHIPWIRE_HEADLINE="+printable(a.Headline))
	return cmd.Run()
}
