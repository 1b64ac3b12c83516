package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/internal/bus/bustest"
	"github.com/chipwire/chipwire/news"
)

// What a stage gives up is listed with its reason, goes back to it on retry, and
// is off the list then.
func TestDeadLetters(t *testing.T) {
	if testing.Short() {
		t.Skip("a stage fails five times, with its pauses")
	}
	noNATS(t)
	dir := t.TempDir()
	b, s := bustest.Open(t, dir, "127.0.0.1:0")
	defer s.Close()
	defer b.Close()
	conf := filepath.Join(dir, "chipwire.yaml")
	if err := os.WriteFile(conf, []byte("data_dir: "+dir+"\nfeeds: []\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	command := func(args ...string) (int, string) {
		var out, notes bytes.Buffer
		code := run(append(append([]string{"dead"}, args...), "-c", conf), strings.NewReader(""), &out, &notes)
		return code, out.String() + notes.String()
	}
	if code, out := command("list"); code != exitGood || out != "" {
		t.Errorf("nothing given up: exit code %d, %q", code, out)
	}

	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	healed, seen := false, make(chan string, 100)
	consumed := make(chan struct{})
	judge := func(_ context.Context, a news.Article) error {
		if seen <- a.Title; !healed {
			return errors.New("cannot make sense of " + a.Title)
		}
		return nil
	}
	consume := func(ctx context.Context) {
		defer func() { consumed <- struct{}{} }()
		_ = b.Consume(ctx, bus.Consumer{Stream: bus.Articles, Name: "classify", Workers: 1}, bus.Decode(judge))
	}
	for i := range 2 {
		a := news.Article{URL: fmt.Sprintf("https://a.example/%d", i), Title: fmt.Sprintf("Story %d", i)}
		if err := b.Put(ctx, bus.Outgoing{Subject: "articles.en", ID: a.MsgID(), Value: a}); err != nil {
			t.Fatal(err)
		}
	}
	failing, end := context.WithCancel(ctx)
	go consume(failing)
	var rows []deadRow
	for len(rows) < 2 {
		if ctx.Err() != nil {
			t.Fatal("nothing was given up")
		}
		_, out := command("list")
		rows = nil
		for line := range strings.Lines(out) {
			var r deadRow
			if err := json.Unmarshal([]byte(line), &r); err != nil {
				t.Fatalf("%v in %q", err, line)
			}
			rows = append(rows, r)
		}
	}
	end()
	<-consumed
	for _, r := range rows {
		if r.Stream != bus.Articles || r.Reason != "cannot make sense of "+r.Title || !strings.HasPrefix(r.URL, "https://a.example/") || r.At.IsZero() {
			t.Errorf("listed as %+v", r)
		}
	}
	for len(seen) > 0 {
		<-seen
	}

	if code, out := command("retry", fmt.Sprint(rows[1].Letter)); code != exitGood || !strings.Contains(out, "is back in ARTICLES") {
		t.Errorf("retry: exit code %d, %q", code, out)
	}
	if code, out := command("retry", fmt.Sprint(rows[1].Letter)); code != exitFailed || !strings.Contains(out, "no dead letter") {
		t.Errorf("the same again: exit code %d, %q", code, out)
	}
	if _, out := command("list"); strings.Count(out, "\n") != 1 || !strings.Contains(out, rows[0].Title) {
		t.Errorf("left on the list: %q, want %s", out, rows[0].Title)
	}
	if code, out := command("retry", "--all"); code != exitGood || strings.Count(out, "is back") != 1 {
		t.Errorf("retry of all: exit code %d, %q", code, out)
	}
	if code, out := command("list"); code != exitGood || out != "" {
		t.Errorf("at the end: exit code %d, %q", code, out)
	}
	healed = true
	again, finish := context.WithCancel(ctx)
	go consume(again)
	for _, want := range []string{rows[1].Title, rows[0].Title} {
		select {
		case got := <-seen:
			if got != want {
				t.Errorf("the stage was handed %q, want %q", got, want)
			}
		case <-ctx.Done():
			t.Fatalf("the stage was never handed %q", want)
		}
	}
	finish()
	<-consumed
}

func TestDeadRow(t *testing.T) {
	for _, tt := range []struct{ name, data, title, url, payload string }{
		{"an item", `{"title":"T","link":"https://l.example"}`, "T", "https://l.example", `{"title":"T","link":"https://l.example"}`},
		{"a verdict", `{"source":{"title":"S","url":"https://s.example"}}`, "S", "https://s.example", `{"source":{"title":"S","url":"https://s.example"}}`},
		{"no JSON", "x\x1b[2J", "", "", `"x\u001b[2J"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := deadRowOf(bus.DeadLetter{Data: []byte(tt.data)}, true)
			if r.Title != tt.title || r.URL != tt.url || string(r.Payload) != tt.payload {
				t.Errorf("%+v", r)
			}
		})
	}
	var w bytes.Buffer
	if err := deadForPeople(&w, false)(deadRowOf(bus.DeadLetter{Sequence: 7, Stream: "ITEMS", Reason: "bad\x1b[2J"}, false)); err != nil || strings.Contains(w.String(), "\x1b") || !strings.HasPrefix(w.String(), "7  ITEMS") {
		t.Errorf("%q, %v", w.String(), err)
	}
}
