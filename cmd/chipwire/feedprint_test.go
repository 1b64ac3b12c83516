package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/chipwire/chipwire/config"
	"github.com/chipwire/chipwire/fetcher"
	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/internal/bus/bustest"
)

// samples are a configuration with one feed of each kind, and its states.
func samples() (config.Config, map[string]fetcher.State) {
	at := func(d time.Duration) time.Time { return now.Add(-d) }
	cfg := config.Default
	cfg.Feeds = []fetcher.Source{
		{ID: "etnews", URL: "https://a.example/rss", Name: "전자신문 반도체 섹션의 아주 긴 이름", Every: 5 * time.Minute},
		{ID: "off", URL: "https://b.example/rss", Disabled: true, Class: fetcher.Blog},
		{ID: "left-behind", URL: "https://user:secret@c.example/rss", Name: "가상일보"},
		{ID: "young", URL: "https://d.example/rss", Name: "New One"},
		{ID: "gone", URL: "https://e.example/rss", Name: "Gone Wire", Class: fetcher.Trade},
		{ID: "gone-longer", URL: "https://f.example/rss", Name: "サンプル通信", Class: fetcher.Trade},
		{ID: "tired", URL: "https://g.example/rss", Every: 90 * time.Second},
		{ID: "moved", URL: "https://h.example/rss", Zone: "UTC"},
	}
	states := map[string]fetcher.State{
		"etnews":      {Health: fetcher.Health{Status: "ok", Since: at(100 * time.Hour), LastNew: at(12 * time.Minute), Items: 30}, Delays: fetcher.Delays{90, 150, 200}},
		"left-behind": {Health: fetcher.Health{Status: "frozen", Since: at(26 * time.Hour), LastNew: at(90 * 24 * time.Hour), Items: 50, Note: "the newest item is of 2026-08-20, 92 days ago", Advice: "compare with the site"}},
		"gone":        {Health: fetcher.Health{Status: "http-404", Since: at(3 * time.Hour), Failures: 4, Note: "get https://e.example/rss: http-404", Advice: "look for its new address"}, Rest: fetcher.Rest{Until: now.Add(50 * time.Minute), Why: "http-404, 4 in a row"}},
		"gone-longer": {Health: fetcher.Health{Status: "http-404", Since: at(30 * 24 * time.Hour), Failures: 40, Note: "get \x1b[31mhttps://f.example/rss:\u202e http-404", Advice: "look for its new address"}},
		"tired":       {Health: fetcher.Health{Status: "resting", Since: at(time.Minute), Note: "asked to be left alone"}},
		"moved": {
			Health: fetcher.Health{Status: "ok", Since: at(time.Hour), Note: "redirects for good to https://i.example/rss", Charset: "euc-kr"},
			Moved:  fetcher.Moved{From: "https://h.example/rss", To: "https://i.example/rss", Sightings: 2, Since: at(30 * time.Hour)}, Zone: "Asia/Seoul",
		},
	}
	return cfg, states
}

// sampleRows are their rows, with shares and a next poll that depend on nothing.
func sampleRows() []feedRow {
	cfg, states := samples()
	rows := healthRows(cfg, states, now)
	next := now.Add(4 * time.Minute)
	for i := range rows {
		if rows[i].Next != nil {
			rows[i].Next = &next
		}
		if rows[i].Status == "ok" {
			rows[i].Polls, rows[i].HitRate, rows[i].Same = 30, 0.1333, 0.8
		}
	}
	return rows
}

func TestTheWorstFeedsStandFirst(t *testing.T) {
	cfg, states := samples()
	ids := func(rows []feedRow) string {
		var ids []string
		for _, r := range rows {
			ids = append(ids, r.ID)
		}
		return strings.Join(ids, " ")
	}
	rows := func() []feedRow { return healthRows(cfg, states, now) }
	for _, tt := range []struct {
		name     string
		statuses []string
		broken   bool
		want     string
	}{
		{"all", nil, false, "gone-longer gone left-behind tired young moved etnews off"},
		{"broken", nil, true, "gone-longer gone left-behind"},
		{"one status", []string{"frozen"}, false, "left-behind"},
		{"two", []string{"new", "disabled"}, false, "young off"},
		{"both filters", []string{"http-404", "ok"}, true, "gone-longer gone"},
		{"none such", []string{"odd"}, false, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := ids(chosen(rows(), tt.statuses, tt.broken)); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestARowSaysAll(t *testing.T) {
	cfg, states := samples()
	byID := map[string]feedRow{}
	for _, r := range healthRows(cfg, states, now) {
		byID[r.ID] = r
		if r.Means == "" || r.Every == "" || r.Class == "" || r.Condition == "" || (r.Next == nil) != (r.Status == "disabled") {
			t.Errorf("row %+v", r)
		}
	}
	if r := byID["gone"]; r.RestUntil == nil || r.Why != "http-404, 4 in a row" || r.Next.Before(now.Add(50*time.Minute)) || r.Every != "15m0s" {
		t.Errorf("gone: %+v", r)
	}
	if r := byID["moved"]; r.MovesTo != "https://i.example/rss" || r.Sightings != 2 || !r.ZoneDiffers || r.LearntZone != "Asia/Seoul" || r.Charset != "euc-kr" {
		t.Errorf("moved: %+v", r)
	}
	if r := byID["etnews"]; r.Delay != (spread{150, 200, 3}) {
		t.Errorf("delay %+v", r.Delay)
	}
	if r := byID["left-behind"]; strings.Contains(fmt.Sprint(r), "secret") {
		t.Errorf("tells a password: %+v", r)
	}
}

func TestPrintFeed(t *testing.T) {
	cfg, states := samples()
	for _, tt := range []struct {
		id   string
		want []string
	}{
		{"gone", []string{
			"gone  Gone Wire\nhttps://e.example/rss\n", "status    http-404 for 3h: the site answered 404 Not Found; 4 failures in a row\n",
			"do        look for its new address\n", "rests     until ", ": http-404, 4 in a row\n", "every     15m0s, class trade\n",
			"NEW", "STATUS", "http-404", "changed",
		}},
		{"moved", []string{"moves     redirects for good to https://i.example/rss, seen 2 times since ", "zone      UTC declared, Asia/Seoul learnt\n", "read as euc-kr (declares another)\n"}},
		{"etnews", []string{"delay     2m30s at the middle, 3m20s at the long end, from publication to first sight of 3 items\n", "document  30 items, no content type\n"}},
		{"off", []string{"status    disabled: is not polled"}},
	} {
		t.Run(tt.id, func(t *testing.T) {
			i := config.FindFeed(cfg.Feeds, tt.id)
			r := healthRow(cfg.Fetcher, cfg.Feeds[i], states[tt.id], true, now)
			if tt.id == "gone" {
				r.Polls = 2
				r.Recent = []pollAt{{At: now, Status: "http-404", Outcome: "none"}, {At: now.Add(-time.Hour), Status: "ok", Outcome: "changed", New: 3, Latency: 0.25, Bytes: 512}}
			}
			var b strings.Builder
			if err := printFeed(&b, r, now); err != nil {
				t.Fatal(err)
			}
			for _, want := range tt.want {
				if !strings.Contains(b.String(), want) {
					t.Errorf("does not say %q:\n%s", want, b.String())
				}
			}
		})
	}
}

func TestTablesAlignInEveryScript(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, "abc": 3, "전자신문": 8, "ＡＢ": 4, "ｱ": 1, "e\u0301": 1, "サンプル": 8, "\uac01": 2, "\u1100\u1161\u11a8": 2, "a\u200db": 2, "·": 1,
	} {
		if got := columns(text); got != want {
			t.Errorf("%q takes %d columns, want %d", text, got, want)
		}
	}
	for _, tt := range []struct {
		text string
		most int
		want string
	}{{"전자신문", 8, "전자신문"}, {"전자신문", 7, "전자신…"}, {"전자신문", 6, "전자…"}, {"abc", 2, "a…"}, {"", 3, ""}} {
		if got := cutColumns(tt.text, tt.most); got != tt.want || columns(got) > tt.most {
			t.Errorf("%q at %d columns: %q, want %q", tt.text, tt.most, got, tt.want)
		}
	}
	var b strings.Builder
	rows := [][]cell{
		{{text: "전자신문"}, {text: "1", right: true}, {text: "x"}},
		{{text: "abc"}, {text: "100", right: true}, {text: "\x1b[2Jy\u202e\n"}},
	}
	if err := printTable(&b, false, rows, 0); err != nil {
		t.Fatal(err)
	}
	if want := "전자신문    1  x\nabc       100   [2Jy \n"; b.String() != want {
		t.Errorf("got\n%q, want\n%q", b.String(), want)
	}
	var lines []string
	if err := listFeeds(&b, false, 100, sampleRows(), now); err != nil {
		t.Fatal(err)
	}
	lines = strings.Split(b.String(), "\n")
	for _, l := range lines[2 : 2+9] {
		if n := columns(l); n > 100+10 {
			t.Errorf("%d columns, want at most 100 or a short note: %s", n, l)
		}
	}
}

func TestUnits(t *testing.T) {
	for d, want := range map[time.Duration]string{-time.Hour: "0s", 59 * time.Second: "59s", 90 * time.Second: "1m", 47 * time.Hour: "47h", 49 * time.Hour: "2d"} {
		if got := unit(d); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
	for s, want := range map[string]string{"5m0s": "5m", "1h0m0s": "1h", "1h30m0s": "1h30m", "1m30s": "1m30s", "1s": "1s", "10m0s": "10m", "odd": "odd"} {
		if got := short(s); got != want {
			t.Errorf("%s: %s, want %s", s, got, want)
		}
	}
	for s, want := range map[float64]string{0.0124: "12ms", 2.34: "2.3s", 150: "2m30s"} {
		if got := seconds(s, 1); got != want {
			t.Errorf("%v: %s, want %s", s, got, want)
		}
	}
	if seconds(1, 0) != "-" || percent(1, 0) != "-" || percent(0.125, 8) != "12%" || passed(nil, now) != "-" || left(nil, now) != "-" {
		t.Error("what is not known is not a dash")
	}
}

// Three thousand feeds are one pass over the bucket.
func TestThreeThousandFeedsAreListedAtOnce(t *testing.T) {
	b, _ := bustest.Start(t)
	kv, err := b.Core().KeyValue(t.Context(), bus.FeedsBucket)
	if err != nil {
		t.Fatal(err)
	}
	n := 3000
	if testing.Short() {
		n = 300
	}
	store := fetcher.NewBucketStore(kv)
	cfg := config.Default
	keys := make([]byte, 8*100) // a hundred keys a feed
	for i := range n {
		src := fetcher.Source{URL: fmt.Sprintf("https://a.example/%d", i), ID: fmt.Sprint("feed-", i)}
		cfg.Feeds = append(cfg.Feeds, src)
		s := fetcher.State{Health: fetcher.Health{Status: fetcher.StatusOK}, Seen: []fetcher.SeenDay{{Day: 1, Keys: keys}}}
		if _, err := store.Save(t.Context(), src.ID, s, 0); err != nil {
			t.Fatal(err)
		}
	}
	if err := kv.Delete(t.Context(), "feed-7", jetstream.LastRevision(8)); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	states, err := fetcher.ReadStates(t.Context(), fetcher.NewBucketStore(kv))
	if err != nil || len(states) != n-1 {
		t.Fatalf("%d states, %v", len(states), err)
	}
	rows := healthRows(cfg, states, now)
	took := time.Since(start)
	t.Logf("%d feeds in %v", n, took)
	if len(rows) != n || rows[0].Status != fetcher.StatusNew || rows[0].ID != "feed-7" || rows[1].Status != fetcher.StatusOK {
		t.Errorf("%d rows, the first %+v", len(rows), rows[0])
	}
	if took > 10*time.Second {
		t.Errorf("%d feeds took %v", n, took)
	}
}
