package desk

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chipwire/chipwire/news"
)

// deskBy is a desk that goes by a configuration.
func deskBy(t *testing.T, cfg Config, w *wire) *Desk {
	t.Helper()
	d, err := New(t.Context(), Deps{Config: cfg, Store: &MemoryStore{}, Publish: w.publish, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func take(t *testing.T, d *Desk, verdicts ...news.Verdict) {
	t.Helper()
	for _, v := range verdicts {
		if err := d.Take(t.Context(), v); err != nil {
			t.Fatal(err)
		}
	}
}

func wantTold(t *testing.T, w *wire, want ...string) {
	t.Helper()
	if !slices.Equal(w.told, want) {
		t.Errorf("told\n  %s\nwant\n  %s", strings.Join(w.told, "\n  "), strings.Join(want, "\n  "))
	}
}

// A second denial, and a deal that comes back to a stage, are told in a round of
// their own: subject and id of the first are taken.
func TestASecondDenialIsASecondRound(t *testing.T) {
	w := &wire{}
	ids := map[string]bool{}
	d, err := New(t.Context(), Deps{Config: Default, Store: &MemoryStore{}, Log: slog.New(slog.DiscardHandler), Publish: func(ctx context.Context, a news.Alert, review bool) (bool, error) {
		if ids[a.ID] {
			t.Errorf("id %s is there already", a.ID)
		}
		ids[a.ID] = true
		if want := news.AlertID(a.Token(), a.Company.ID, a.Stage); a.ID != want {
			t.Errorf("id %s, want %s", a.ID, want)
		}
		return w.publish(ctx, a, review)
	}})
	if err != nil {
		t.Fatal(err)
	}
	const day = 24 * time.Hour
	for i, stage := range []news.Stage{news.Talks, news.Denied, news.Talks, news.Denied, news.Agreed} {
		take(t, d, story{string(rune('a' + i)), time.Duration(i) * 3 * day, 0, "x y", news.Supply, stage, false}.verdict())
	}
	wantTold(t, w, "x supply talks first", "y supply talks first", "x supply denied stage", "y supply denied stage",
		"x supply talks resumed", "y supply talks resumed", "x supply denied stage", "y supply denied stage", "x supply agreed resumed", "y supply agreed resumed")
}

func TestPolicy(t *testing.T) {
	agreed := story{"a", 0, 0, "x y", news.Supply, news.Agreed, false}
	for _, tt := range []struct {
		name string
		cfg  func(*Config)
		want []string
	}{
		{"none", func(*Config) {}, []string{"x supply agreed first", "y supply agreed first"}},
		{"a score that is not reached", func(c *Config) { c.MinScore = .95 }, nil},
		{"another kind", func(c *Config) { c.Kinds = []news.Kind{news.Memory} }, nil},
		{"another stage", func(c *Config) { c.Stages = []news.Stage{news.Rumour} }, nil},
		{"another language", func(c *Config) { c.Languages = []string{"ko"} }, nil},
		{"one company asks for less", func(c *Config) {
			c.MinScore, c.Companies = .95, map[news.CompanyID]Policy{"y": {MinScore: .5}}
		}, []string{"y supply agreed first"}},
		{"one company asks for more", func(c *Config) { c.Companies = map[news.CompanyID]Policy{"x": {Sources: 2}} }, []string{"y supply agreed first"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg, w := Default, &wire{}
			tt.cfg(&cfg)
			take(t, deskBy(t, cfg, w), agreed.verdict())
			wantTold(t, w, tt.want...)
		})
	}
}

// Without a time to wait an alert comes with the second newsroom, and a reprint is
// none; with one it comes after that time at the latest; in any case once.
func TestASecondSourceIsWaitedFor(t *testing.T) {
	report := func(article, agency string, at time.Duration) news.Verdict {
		v := story{article, at, 0, "x y", news.Supply, news.Agreed, false}.verdict()
		v.Print.Agency = agency
		return v
	}
	told := []string{"x supply agreed first", "y supply agreed first"}
	t.Run("for ever", func(t *testing.T) {
		cfg, w := Default, &wire{}
		cfg.Sources = 2
		d := deskBy(t, cfg, w)
		take(t, d, report("a", "wire", 0), report("b", "wire", time.Minute))
		wantTold(t, w)
		take(t, d, report("c", "", 2*time.Minute), report("d", "", 3*time.Minute))
		wantTold(t, w, told...)
	})
	cfg := Default
	cfg.Sources, cfg.Hold = 2, 10*time.Minute
	t.Run("until it comes", func(t *testing.T) {
		w := &wire{}
		d := deskBy(t, cfg, w)
		take(t, d, report("a", "wire", 0))
		wantTold(t, w)
		take(t, d, report("b", "", time.Minute))
		wantTold(t, w, told...)
		if err := d.Tick(t.Context(), noon.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		wantTold(t, w, told...)
	})
	t.Run("so long", func(t *testing.T) {
		w := &wire{}
		d := deskBy(t, cfg, w)
		take(t, d, report("a", "wire", 0), report("b", "wire", time.Minute))
		for _, after := range []time.Duration{9, 11, 12} {
			if err := d.Tick(t.Context(), noon.Add(after*time.Minute)); err != nil {
				t.Fatal(err)
			}
			if after == 9 {
				wantTold(t, w)
			}
		}
		wantTold(t, w, told...)
	})
	t.Run("over a restart", func(t *testing.T) {
		store, w := &MemoryStore{}, &wire{}
		for _, at := range []time.Duration{0, 11} {
			d, err := New(t.Context(), Deps{Config: cfg, Store: store, Publish: w.publish, Log: slog.New(slog.DiscardHandler)})
			if err != nil {
				t.Fatal(err)
			}
			take(t, d, report("a", "wire", 0))
			if err := d.Tick(t.Context(), noon.Add(at*time.Minute)); err != nil {
				t.Fatal(err)
			}
		}
		wantTold(t, w, told...)
	})
	t.Run("by a clock that was a day ahead", func(t *testing.T) {
		w := &wire{}
		d := deskBy(t, cfg, w)
		take(t, d, report("a", "wire", 24*time.Hour))
		for range 2 {
			if err := d.Tick(t.Context(), noon.Add(time.Minute)); err != nil {
				t.Fatal(err)
			}
		}
		wantTold(t, w, told...)
	})
	t.Run("but not to hear that it is off", func(t *testing.T) {
		w := &wire{}
		d := deskBy(t, cfg, w)
		take(t, d, report("a", "", 0), report("b", "", time.Minute), story{"c", time.Hour, 0, "x y", news.Supply, news.Denied, false}.verdict())
		wantTold(t, w, append(told, "x supply denied stage", "y supply denied stage")...)
	})
}

// What a publisher corrects away is told to who was named by mistake; what it
// withdraws, to all; and what it only words otherwise, to nobody.
func TestCorrections(t *testing.T) {
	revised := func(parties string, stage news.Stage, note news.Note, at time.Duration) news.Verdict {
		v := story{"a", at, 0, parties, news.Supply, stage, false}.verdict()
		v.Revision, v.Print.Note = 1, note
		if parties == "" {
			v.Findings = nil
		}
		return v
	}
	first := []string{"x supply agreed first", "y supply agreed first"}
	for _, tt := range []struct {
		name string
		then news.Verdict
		want []string
	}{
		{"other words", revised("x y", news.Agreed, "", time.Hour), nil},
		{"the classifier wavers", revised("", "", "", time.Hour), nil},
		{"a sum was wrong", revised("x y", news.Agreed, news.NoteCorrected, time.Hour), []string{"x supply agreed correction", "y supply agreed correction"}},
		{"it was less", revised("x y", news.Talks, "", time.Hour), []string{"x supply talks correction", "y supply talks correction"}},
		{"another firm", revised("x z", news.Agreed, news.NoteCorrected, time.Hour), []string{"x supply agreed correction", "z supply agreed party", "y supply denied correction"}},
		{"withdrawn", revised("", "", news.NoteRetracted, time.Hour), []string{"x supply denied correction", "y supply denied correction"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := &wire{}
			d := deskBy(t, Default, w)
			take(t, d, story{"a", 0, 0, "x y", news.Supply, news.Agreed, false}.verdict(), tt.then, tt.then)
			wantTold(t, w, append(slices.Clone(first), tt.want...)...)
		})
	}
}

// A retraction leaves what others have reported with words of their own.
func TestOthersStandByTheirReport(t *testing.T) {
	w := &wire{}
	d := deskBy(t, Default, w)
	gone := news.Verdict{Article: news.ArticleID("a"), Revision: 1, DetectedAt: noon.Add(time.Hour), Print: news.Print{Note: news.NoteRetracted}, Source: news.Source{URL: "https://a.example/1"}}
	take(t, d, story{"a", 0, 0, "x y", news.Supply, news.Agreed, false}.verdict(), story{"b", time.Minute, 0, "x y", news.Supply, news.Agreed, false}.verdict(), gone)
	wantTold(t, w, "x supply agreed first", "y supply agreed first", "x supply agreed correction", "y supply agreed correction")
}

func TestRereads(t *testing.T) {
	var asked []news.Item
	w := &wire{}
	store := &MemoryStore{}
	fail := true
	open := func() *Desk {
		d, err := New(t.Context(), Deps{Config: Default, Store: store, Publish: w.publish, Log: slog.New(slog.DiscardHandler), Reread: func(_ context.Context, it news.Item) error {
			if fail {
				fail = false
				return errors.New("away")
			}
			asked = append(asked, it)
			return nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	d := open()
	v := story{"a", 0, 0, "x y", news.Supply, news.Agreed, false}.verdict()
	v.Print = news.Print{Sum: "s", ETag: "e"}
	take(t, d, v, story{"b", time.Minute, 0, "x y", news.Supply, news.Agreed, false}.verdict()) // b is behind no alert
	for _, after := range []time.Duration{time.Minute, 16 * time.Minute, 17 * time.Minute, 61 * time.Minute, 62 * time.Minute, 7 * time.Hour, 30 * time.Hour, 40 * time.Hour} {
		if err := d.Tick(t.Context(), noon.Add(after)); (err != nil) != (after == 16*time.Minute) {
			t.Fatalf("after %v: %v", after, err)
		}
		if after == 61*time.Minute {
			d = open() // a restart forgets none and repeats none
		}
	}
	if len(asked) != 4 {
		t.Fatalf("%d requests to read again, want 4: %+v", len(asked), asked)
	}
	for i, it := range asked {
		if it.Reread != i+1 || it.Link != "https://a.example/1" || it.ETag != "e" || it.Sum != "s" {
			t.Errorf("request %d: %+v", i, it)
		}
	}
}

func TestOrders(t *testing.T) {
	w := &wire{}
	d := deskBy(t, Default, w)
	take(t, d, story{"a", 0, 0, "x y", news.Supply, news.Agreed, false}.verdict(), story{"b", time.Minute, 0, "x y", news.Licensing, news.Agreed, false}.verdict())
	var ids []string
	for id := range d.index.events {
		ids = append(ids, id)
	}
	told := len(w.told)
	for _, o := range []Order{{Event: "none"}, {Event: ids[0], Merge: "none"}, {Event: ids[0], Merge: ids[0]}, {Event: ids[0], Split: []string{"https://no.example/"}}, {Event: ids[0], Split: []string{"https://a.example/1", "https://b.example/1"}}} {
		if evs, err := d.Do(t.Context(), o); !errors.Is(err, ErrOrder) {
			t.Errorf("%+v: %v, %v; want a refusal", o, evs, err)
		}
	}
	evs, err := d.Do(t.Context(), Order{Event: ids[0], Merge: ids[1]})
	if err != nil || len(evs[0].Claims) != 2 || evs[1].Into != ids[0] || evs[0].Reports != 2 {
		t.Fatalf("%+v, %v", evs, err)
	}
	if _, err := d.Do(t.Context(), Order{Event: ids[1], Split: []string{"https://a.example/1"}}); !errors.Is(err, ErrOrder) {
		t.Errorf("%v, want that the event is part of another", err)
	}
	// Reports of both kinds join what a hand has put together, and move nothing.
	take(t, d, story{"c", 2 * time.Minute, 3 * time.Minute, "x y", news.Licensing, news.Agreed, false}.verdict(), story{"e", 3 * time.Minute, 0, "x y", evs[0].Kind, news.Agreed, false}.verdict())
	if len(w.told) != told {
		t.Errorf("told %v after a merge", w.told[told:])
	}
	ev, _, err := d.store.Load(t.Context(), ids[0])
	if err != nil || len(ev.Claims) < 3 {
		t.Fatalf("%d claims, %v", len(ev.Claims), err)
	}
	evs, err = d.Do(t.Context(), Order{Event: ids[0], Split: []string{"https://b.example/1"}})
	if err != nil || len(evs[0].Claims) != 1 || len(evs[1].Claims) != len(ev.Claims)-1 || !evs[0].Pinned || !evs[1].Pinned {
		t.Fatalf("%+v, %v", evs, err)
	}
	if len(w.told) != told {
		t.Errorf("told %v after a split", w.told[told:])
	}
}
