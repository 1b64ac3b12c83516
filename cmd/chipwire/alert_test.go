package main

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chipwire/chipwire/fetcher/extract"
	"github.com/chipwire/chipwire/news"
)

var update = flag.Bool("update", false, "write the goldens anew")

var now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func ago(d time.Duration) *time.Time { at := now.Add(-d); return &at }

// fullAlert is an alert with everything that one can have.
func fullAlert() news.Alert {
	previous, contract := news.Talks, news.Contract
	return news.Alert{
		Version: 1, ID: "e1.samsung-electronics.agreed", Event: "e1",
		Company: news.Company{ID: "samsung-electronics", Name: "Samsung Electronics"},
		Parties: []news.Party{
			{ID: "nvidia", Name: "NVIDIA", Side: news.Customer},
			{ID: "samsung-electronics", Name: "Samsung Electronics", Side: news.Supplier},
			{Name: "한국팹", Side: news.Peer},
		},
		Kind: news.Memory, Stage: news.Agreed, PreviousStage: &previous, Instrument: &contract,
		Score: 0.934, Reason: news.StageMoved, Headline: "삼성전자, 엔비디아에 HBM4 공급",
		Evidence: []news.Evidence{
			{Text: "삼성전자가 엔비디아에 HBM4를 공급하는 계약을 체결했다", Lang: "ko", Field: "body", Source: "https://a.example/1"},
			{Text: "Samsung signs HBM4 deal", Lang: "en", Field: "title", Source: "https://b.example/2"},
		},
		Sources: []news.Source{
			{Title: "삼성전자, 엔비디아에 HBM4 공급", URL: "https://a.example/1", Publisher: "가상일보", PublishedAt: ago(90 * time.Second)},
			{Title: "Samsung signs HBM4 deal", URL: "https://b.example/2"},
			{Title: "Third", URL: "https://c.example/3", Publisher: "C"},
			{Title: "Fourth", URL: "https://d.example/4", Publisher: "D"},
		},
		FirstSeen: ago(time.Hour), DetectedAt: ago(time.Minute),
		Why: []news.Feature{{Name: "headline", Weight: 0.9}},
	}
}

// golden compares what is shown with a file of testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name+".txt")
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestShownToPeople(t *testing.T) {
	finding := news.Finding{
		Parties: fullAlert().Parties, Kind: news.Foundry, Stage: news.Rumour, Score: 0.512, Review: true,
		Evidence: []news.Evidence{{Text: "They are said to talk."}},
	}
	sure := finding
	sure.Review, sure.Score, sure.Stage, sure.Evidence = false, 0.9, news.Denied, nil
	page := extract.Result{
		Title: "Title", Body: "One.\n\nTwo.", URL: "https://a.example/1", PublishedAt: now, DateVia: "meta",
		Lang: "en", Via: "article", Charset: "utf-8",
	}
	undated := page
	undated.PublishedAt, undated.DateVia = time.Time{}, ""
	for _, tt := range []struct {
		name string
		show func(w *bytes.Buffer) error
	}{
		{"alert", func(w *bytes.Buffer) error { return writeAlert(w, fullAlert(), false, now) }},
		{"alert_in_colour", func(w *bytes.Buffer) error { return writeAlert(w, fullAlert(), true, now) }},
		{"alert_of_nothing", func(w *bytes.Buffer) error { return writeAlert(w, news.Alert{}, false, now) }},
		{"alert_without_name", func(w *bytes.Buffer) error {
			return writeAlert(w, news.Alert{Company: news.Company{ID: "acme"}, Kind: news.Supply, Stage: news.Rumour, Reason: news.First}, false, now)
		}},
		{"verdict", func(w *bytes.Buffer) error {
			return printVerdict(w, news.Verdict{Findings: []news.Finding{finding, sure}})
		}},
		{"verdict_of_nothing", func(w *bytes.Buffer) error { return printVerdict(w, news.Verdict{}) }},
		{"page", func(w *bytes.Buffer) error { return printPage(w, page) }},
		{"page_without_date", func(w *bytes.Buffer) error { return printPage(w, undated) }},
		{"feeds", func(w *bytes.Buffer) error { return printFeeds(w, sampleRows(), now) }},
		{"feeds_on_120_columns", func(w *bytes.Buffer) error { return listFeeds(w, false, 120, sampleRows(), now) }},
		{"feeds_in_colour", func(w *bytes.Buffer) error { return listFeeds(w, true, 120, sampleRows(), now) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var w bytes.Buffer
			if err := tt.show(&w); err != nil {
				t.Fatal(err)
			}
			golden(t, tt.name, w.Bytes())
		})
	}
}

type brokenWriter struct{ err error }

func (w brokenWriter) Write([]byte) (int, error) { return 0, w.err }

func TestWriteAlertTellsOfABrokenPipe(t *testing.T) {
	broken := errors.New("broken pipe")
	if err := writeAlert(brokenWriter{broken}, fullAlert(), false, now); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}

func TestAge(t *testing.T) {
	for _, tt := range []struct {
		name string
		at   *time.Time
		want string
	}{
		{"unknown", nil, ""},
		{"now", ago(0), ", 0 s ago"},
		{"in the future", ago(-time.Hour), ", 0 s ago"},
		{"seconds", ago(59 * time.Second), ", 59 s ago"},
		{"a minute", ago(time.Minute), ", 1 min ago"},
		{"under an hour", ago(time.Hour - time.Second), ", 59 min ago"},
		{"an hour", ago(time.Hour), ", 1 h ago"},
		{"under two days", ago(48*time.Hour - time.Second), ", 47 h ago"},
		{"two days", ago(48 * time.Hour), ", 2026-11-18"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := age(tt.at, now); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func TestDelay(t *testing.T) {
	day := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name                string
		published, detected *time.Time
		want                string
	}{
		{"at once", ago(time.Minute), ago(30 * time.Second), ", seen 30 s after publication"},
		{"later", ago(3 * time.Hour), ago(30 * time.Minute), ", seen 2 h after publication"},
		{"undated", nil, ago(0), ""},
		{"a day without a time", &day, ago(0), ""},
		{"dated in the future", ago(0), ago(time.Hour), ""},
		{"an old story", ago(72 * time.Hour), ago(0), ""},
		{"detection unknown", ago(0), nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := delay(tt.published, tt.detected); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"삼성전자 – “HBM4”":          "삼성전자 – “HBM4”",
		"a\x1b[2Jb\nc\u009bd\a":  "a [2Jb c d ",
		"moc.live\u202e.example": "moc.live.example",
	} {
		if got := printable(in); got != want {
			t.Errorf("printable(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestClock(t *testing.T) {
	near, far := time.Now().Add(time.Hour), time.Date(2001, 2, 3, 12, 0, 0, 0, time.Local)
	for _, tt := range []struct {
		name string
		at   *time.Time
		want string
	}{
		{"never", nil, "-"},
		{"within half a day", &near, near.Format("15:04:05")},
		{"long ago", &far, "2001-02-03 12:00:00"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := clock(tt.at); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func TestHowToFollow(t *testing.T) {
	for _, tt := range []struct{ server, want string }{
		{defaultServer, "  chipwire sub samsung-electronics\n  nats sub 'alerts.samsung-electronics.>'\n"},
		{"nats://127.0.0.1:7", "  chipwire sub --server nats://127.0.0.1:7 samsung-electronics\n  nats --server nats://127.0.0.1:7 sub 'alerts.samsung-electronics.>'\n"},
	} {
		if got := howToFollow(tt.server); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.server, got, tt.want)
		}
	}
}

func TestCalledAs(t *testing.T) {
	for program, want := range map[string]string{
		"chipwire": "chipwire", "/usr/bin/chipwire": "chipwire", "./exe/chipwire": "chipwire",
		"/tmp/go-build3141/b001/exe/chipwire": "go run ./cmd/chipwire",
	} {
		if got := calledAs(program); got != want {
			t.Errorf("%s: %s, want %s", program, got, want)
		}
	}
}
