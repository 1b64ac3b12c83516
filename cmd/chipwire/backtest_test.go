package main

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chipwire/chipwire/desk"
	"github.com/chipwire/chipwire/desk/marks"
	"github.com/chipwire/chipwire/internal/app"
	"github.com/chipwire/chipwire/internal/backtest"
	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/internal/bus/bustest"
	"github.com/chipwire/chipwire/internal/demo"
	"github.com/chipwire/chipwire/news"
	"github.com/chipwire/chipwire/publisher"
)

// archived fills a wire with the newsroom's stories and with the alerts that the
// present rules tell of them.
func archived(t *testing.T, b *bus.Bus, conf string) {
	t.Helper()
	cfg, err := loadConfig(conf)
	if err != nil {
		t.Fatal(err)
	}
	judge, err := app.NewClassifier(cfg)
	if err != nil {
		t.Fatal(err)
	}
	pub, err := publisher.New(t.Context(), b.Wire())
	if err != nil {
		t.Fatal(err)
	}
	deps := desk.Deps{Config: cfg.Desk, Store: &desk.MemoryStore{}, Publish: pub.Publish, Log: slog.New(slog.DiscardHandler)}
	d, err := desk.New(t.Context(), deps)
	if err != nil {
		t.Fatal(err)
	}
	newsroom, err := demo.Load()
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Now().Add(-time.Hour)
	for i, s := range newsroom.Stories {
		url := "https://" + s.Publisher + ".example/" + s.Slug
		at := begin.Add(time.Duration(i) * time.Second)
		a := news.Article{
			ID: news.ArticleID(url), URL: url, Feed: s.Publisher, Publisher: s.Publisher, Title: s.Title,
			Body: strings.Join(s.Body, "\n\n"), PublishedAt: at, DetectedAt: at,
		}
		if err := b.Put(t.Context(), bus.Outgoing{Subject: "articles.en", ID: a.MsgID(), Value: a}); err != nil {
			t.Fatal(err)
		}
		if err := d.Take(t.Context(), marks.Add(judge.Classify(a), a)); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Put(t.Context(), bus.Outgoing{Subject: "articles.en", ID: "bad", Value: "no article"}); err != nil {
		t.Fatal(err)
	}
}

// By the rules that were in force nothing changes; by stricter ones the alerts of
// their sort go; nothing is written either way.
func TestBacktest(t *testing.T) {
	noNATS(t)
	dir := t.TempDir()
	b, s := bustest.Open(t, dir, "127.0.0.1:0")
	defer s.Close()
	defer b.Close()
	write := func(name, more string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("data_dir: "+dir+"\nfeeds: []\n"+more), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	same, strict := write("same.yaml", ""), write("strict.yaml", "classifier: {accept: 0.99, review: 0.98}\n")
	archived(t, b, same)
	before := stored(t, b)

	run := func(conf string) (changes []backtest.Change, r backtestReport) {
		t.Helper()
		var out, notes bytes.Buffer
		if code := run([]string{"backtest", "--since", "1d", "-c", conf}, strings.NewReader(""), &out, &notes); code != exitGood {
			t.Fatalf("exit code %d: %s", code, notes.String())
		}
		for line := range strings.Lines(out.String()) {
			var v struct {
				backtest.Change
				Summary *backtestReport `json:"summary"`
			}
			if err := json.Unmarshal([]byte(line), &v); err != nil {
				t.Fatalf("%v in %q", err, line)
			}
			if v.Summary != nil {
				return changes, *v.Summary
			}
			changes = append(changes, v.Change)
		}
		t.Fatalf("no summary in %q", out.String())
		return nil, r
	}
	changes, r := run(same)
	if r.Was < 36 || r.Same != r.Was || r.Now != r.Was || len(changes) > 0 || r.Bad != 1 || r.Articles < 40 {
		t.Errorf("the same rules: %+v, changes %+v", r, changes)
	}
	changes, r = run(strict)
	if r.Go == 0 || r.Same+r.Go+r.Change != r.Was || r.Same+r.Come+r.Change != r.Now || len(changes) != r.Go+r.Come+r.Change {
		t.Errorf("stricter rules: %+v", r)
	}
	for _, c := range changes {
		if c.What == backtest.Goes && c.Was.Score >= 0.99 && !c.Was.Review && c.Was.Reason == news.First {
			t.Errorf("an alert with score %.2f goes: %s", c.Was.Score, c.Was.ID)
		}
	}
	if after := stored(t, b); after != before {
		t.Errorf("the streams hold %v, before it was %v", after, before)
	}
}

// stored counts what lies in the streams.
func stored(t *testing.T, b *bus.Bus) (n [3]uint64) {
	t.Helper()
	for i, name := range []string{bus.Articles, bus.Findings, bus.Alerts} {
		js := b.Core()
		if name == bus.Alerts {
			js = b.Wire()
		}
		s, err := js.Stream(context.Background(), name)
		if err != nil {
			t.Fatal(err)
		}
		n[i] = s.CachedInfo().State.Msgs
	}
	return n
}

func TestBacktestShownToPeople(t *testing.T) {
	was, is := backtest.Told{Alert: fullAlert()}, backtest.Told{Alert: fullAlert()}
	is.Stage = news.Shipping
	r := backtestReport{
		Since: time.Date(2026, 11, 1, 0, 0, 0, 0, time.Local), Articles: 120, Bad: 1, Was: 2, Now: 2, Same: 0, Come: 1, Go: 1, Change: 1,
		changes: []backtest.Change{
			{What: backtest.Changes, How: []string{"stage agreed → shipping"}, Was: &was, Now: &is},
			{What: backtest.Goes, Was: &was},
			{What: backtest.Comes, Now: &is},
		},
	}
	var w bytes.Buffer
	if err := r.write(&w, false); err != nil {
		t.Fatal(err)
	}
	golden(t, "backtest", w.Bytes())
}

func TestProgress(t *testing.T) {
	var w bytes.Buffer
	at := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	step := progress(&w, func() time.Time { return at })
	step(1, 100) // too soon for a picture
	at = at.Add(10 * time.Second)
	step(50, 100)
	step(51, 100)
	step(100, 100)
	want := "\r\x1b[K[###############...............] 50 of 100 articles, 10s left\r\x1b[K"
	if w.String() != want {
		t.Errorf("%q, want %q", w.String(), want)
	}
}

func TestPeriod(t *testing.T) {
	for text, want := range map[string]string{"30d": "30d", "12h": "12h0m0s", "48h": "2d", "0s": "0s", "90m": "1h30m0s"} {
		var p period
		if err := p.Set(text); err != nil || p.String() != want {
			t.Errorf("%s: %v, %v, want %s", text, p.String(), err, want)
		}
	}
	for _, bad := range []string{"", "d", "-1d", "-1h", "1.5d", "soon", "99999999d"} {
		if err := new(period).Set(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}
