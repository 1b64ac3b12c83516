package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chipwire/chipwire/news"
)

var noon = time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)

// story is a verdict with one finding, seen and published at a moment.
type story struct {
	article string
	at      time.Duration // after noon
	age     time.Duration // published this long before it was seen
	parties string        // ids; ?name for an unnamed one
	kind    news.Kind
	stage   news.Stage
	review  bool
}

func (s story) verdict() news.Verdict {
	seen := noon.Add(s.at)
	published := seen.Add(-s.age)
	f := news.Finding{Kind: s.kind, Stage: s.stage, Score: 0.9, Review: s.review, Evidence: []news.Evidence{{Text: s.article}}}
	for id := range strings.FieldsSeq(s.parties) {
		p := news.Party{ID: news.CompanyID(id), Name: strings.ToUpper(id), Side: news.Peer}
		if name, unnamed := strings.CutPrefix(id, "?"); unnamed {
			p = news.Party{Name: name, Side: news.Peer}
		}
		f.Parties = append(f.Parties, p)
	}
	return news.Verdict{
		Article: news.ArticleID(s.article), DetectedAt: seen, Flagged: !s.review, Findings: []news.Finding{f},
		Source: news.Source{Title: s.article, URL: "https://" + s.article + ".example/1", PublishedAt: &published},
	}
}

// wire records what the desk publishes, as "company stage reason".
type wire struct {
	told []string
	fail int // publications that are to fail first
}

func (w *wire) publish(_ context.Context, a news.Alert, review bool) (bool, error) {
	if w.fail > 0 {
		w.fail--
		return false, errors.New("wire is away")
	}
	line := fmt.Sprintf("%s %s %s %s", a.Company.ID, a.Kind, a.Stage, a.Reason)
	if review {
		line = "review: " + line
	}
	w.told = append(w.told, line)
	return true, nil
}

func newDesk(t *testing.T, store Store, w *wire) *Desk {
	t.Helper()
	d, err := New(t.Context(), Deps{Store: store, Publish: w.publish, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestWhoIsToldWhat(t *testing.T) {
	const day = 24 * time.Hour
	for _, tt := range []struct {
		name    string
		stories []story
		want    []string
	}{
		{
			"a deal is told to both, once",
			[]story{
				{"a", 0, 0, "meta samsung", news.Foundry, news.Rumour, false},
				{"b", time.Hour, 0, "samsung meta", news.Foundry, news.Rumour, false},
			},
			[]string{"meta foundry rumour first", "samsung foundry rumour first"},
		},
		{
			"a stage moves on",
			[]story{
				{"a", 0, 0, "meta samsung", news.Foundry, news.Rumour, false},
				{"b", time.Minute, 0, "meta samsung", news.Foundry, news.Talks, false},
				{"c", 2 * time.Minute, 0, "meta samsung", news.Foundry, news.Agreed, false},
			},
			[]string{
				"meta foundry rumour first", "samsung foundry rumour first", "meta foundry talks stage", "samsung foundry talks stage",
				"meta foundry agreed stage", "samsung foundry agreed stage",
			},
		},
		{
			"never down",
			[]story{
				{"a", 0, 0, "x y", news.Supply, news.Agreed, false},
				{"b", time.Minute, 0, "x y", news.Supply, news.Rumour, false},
				{"c", 2 * time.Minute, 0, "x y", news.Supply, news.Agreed, false},
			},
			[]string{"x supply agreed first", "y supply agreed first"},
		},
		{
			"another kind is another deal",
			[]story{
				{"a", 0, 0, "x y", news.Supply, news.Agreed, false},
				{"b", time.Minute, 0, "x y", news.Licensing, news.Talks, false},
			},
			[]string{"x supply agreed first", "y supply agreed first", "x licensing talks first", "y licensing talks first"},
		},
		{
			"a kind not said joins any",
			[]story{
				{"a", 0, 0, "x y", news.Partnership, news.Talks, false},
				{"b", time.Minute, 0, "x y", news.Memory, news.Talks, false},
				{"c", 2 * time.Minute, 0, "x y", news.Memory, news.Agreed, false},
			},
			[]string{"x partnership talks first", "y partnership talks first", "x memory agreed stage", "y memory agreed stage"},
		},
		{
			"a party becomes known",
			[]story{
				{"a", 0, 0, "x y", news.Alliance, news.Agreed, false},
				{"b", time.Minute, 0, "x y z", news.Alliance, news.Agreed, false},
				{"c", 2 * time.Minute, 0, "x z", news.Alliance, news.Agreed, false},
			},
			[]string{"x alliance agreed first", "y alliance agreed first", "z alliance agreed party"},
		},
		{
			"one shared firm is not enough",
			[]story{
				{"a", 0, 0, "x y", news.Memory, news.Talks, false},
				{"b", time.Minute, 0, "x z", news.Memory, news.Talks, false},
			},
			[]string{"x memory talks first", "y memory talks first", "x memory talks first", "z memory talks first"},
		},
		{
			"denied at once, resumed by more than rumour",
			[]story{
				{"a", 0, 0, "x y", news.Memory, news.Talks, false},
				{"b", time.Minute, 0, "x y", news.Memory, news.Denied, false},
				{"c", 2 * time.Minute, 0, "x y", news.Memory, news.Rumour, false},
				{"d", 3 * time.Minute, 0, "x y", news.Memory, news.Agreed, false},
			},
			[]string{
				"x memory talks first", "y memory talks first", "x memory denied stage", "y memory denied stage",
				"x memory agreed resumed", "y memory agreed resumed",
			},
		},
		{
			"after the end a new deal is a new event",
			[]story{
				{"a", 0, 0, "x y", news.Development, news.Agreed, false},
				{"b", day, 0, "x y", news.Development, news.Ended, false},
				{"c", 2 * day, 0, "x y", news.Development, news.Ended, false},
				{"d", 3 * day, 0, "x y", news.Development, news.Talks, false},
			},
			[]string{
				"x development agreed first", "y development agreed first", "x development ended stage", "y development ended stage",
				"x development talks first", "y development talks first",
			},
		},
		{
			"a late report of an old end leaves the new deal alone",
			[]story{
				{"a", 0, 0, "x y", news.Development, news.Agreed, false},
				{"b", day, 0, "x y", news.Development, news.Ended, false},
				{"c", 3 * day, 0, "x y", news.Development, news.Talks, false},
				{"d", 3*day + time.Hour, 2 * day, "x y", news.Development, news.Ended, false},
			},
			[]string{
				"x development agreed first", "y development agreed first", "x development ended stage", "y development ended stage",
				"x development talks first", "y development talks first",
			},
		},
		{
			"a rumour after a denial hides no resumption",
			[]story{
				{"a", 0, 0, "x y", news.Memory, news.Denied, false},
				{"b", time.Hour, 0, "x y", news.Memory, news.Rumour, false},
				{"c", 70 * time.Minute, 20 * time.Minute, "x y", news.Memory, news.Agreed, false},
			},
			[]string{"x memory denied first", "y memory denied first", "x memory agreed resumed", "y memory agreed resumed"},
		},
		{
			"after a month it is another deal",
			[]story{
				{"a", 0, 0, "x y", news.Supply, news.Agreed, false},
				{"b", 31 * day, 0, "x y", news.Supply, news.Agreed, false},
			},
			[]string{"x supply agreed first", "y supply agreed first", "x supply agreed first", "y supply agreed first"},
		},
		{
			"history tells nothing",
			[]story{{"a", 0, 73 * time.Hour, "x y", news.Supply, news.Agreed, false}},
			nil,
		},
		{
			"review, then promoted",
			[]story{
				{"a", 0, 0, "x y", news.Supply, news.Agreed, true},
				{"b", time.Minute, 0, "x y", news.Supply, news.Agreed, false},
				{"c", 2 * time.Minute, 0, "x y", news.Supply, news.Shipping, true},
			},
			[]string{
				"review: x supply agreed first", "review: y supply agreed first", "x supply agreed promoted", "y supply agreed promoted",
			},
		},
		{
			"an unnamed party has no subject",
			[]story{{"a", 0, 0, "x ?글로벌빅테크", news.Memory, news.Talks, true}},
			[]string{"review: x memory talks first"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := &wire{}
			d := newDesk(t, &MemoryStore{}, w)
			for range 2 { // a second round of the same stories tells nothing
				for _, s := range tt.stories {
					if err := d.Take(t.Context(), s.verdict()); err != nil {
						t.Fatal(err)
					}
				}
			}
			if !slices.Equal(w.told, tt.want) {
				t.Errorf("told\n  %s\nwant\n  %s", strings.Join(w.told, "\n  "), strings.Join(tt.want, "\n  "))
			}
		})
	}
}

// A desk that dies after it wrote an event leaves unsent rows; the next one
// tells them before anything else.
func TestNextDeskTellsWhatIsUnsent(t *testing.T) {
	store := &MemoryStore{}
	s := story{"a", 0, 0, "x y", news.Supply, news.Agreed, false}
	first := &wire{fail: 1}
	if err := newDesk(t, store, first).Take(t.Context(), s.verdict()); err == nil {
		t.Fatal("a failed publication is no error")
	}
	next := &wire{}
	d := newDesk(t, store, next)
	want := []string{"x supply agreed first", "y supply agreed first"}
	if !slices.Equal(next.told, want) {
		t.Errorf("the next desk told %q, want %q", next.told, want)
	}
	if err := d.Take(t.Context(), s.verdict()); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(next.told, want) {
		t.Errorf("the redelivered verdict told %q", next.told)
	}
	if err := store.All(t.Context(), func(ev news.Event) error {
		for _, row := range ev.History {
			if !row.Sent || row.Alert != nil {
				t.Errorf("row of %s: sent %v, alert %q", row.Company, row.Sent, row.Alert)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// forgetful is a store whose first write succeeds and is not answered.
type forgetful struct {
	MemoryStore
	told bool
}

func (s *forgetful) Save(ctx context.Context, ev news.Event, revision uint64) (uint64, error) {
	revision, err := s.MemoryStore.Save(ctx, ev, revision)
	if !s.told {
		s.told = true
		return 0, errors.New("no answer")
	}
	return revision, err
}

func TestALostAnswerFoundsNoSecondEvent(t *testing.T) {
	w := &wire{}
	d := newDesk(t, &forgetful{}, w)
	first := story{"a", 0, 0, "x y", news.Supply, news.Agreed, false}.verdict()
	if err := d.Take(t.Context(), first); err == nil {
		t.Fatal("a write without an answer is no error")
	}
	for _, v := range []news.Verdict{first, story{"b", time.Hour, 0, "x y", news.Supply, news.Agreed, false}.verdict()} {
		if err := d.Take(t.Context(), v); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"x supply agreed first", "y supply agreed first"}; !slices.Equal(w.told, want) {
		t.Errorf("told %q, want %q", w.told, want)
	}
}

// An event that cannot be told must not keep the desk from the others.
func TestOneBadEventClosesNoDesk(t *testing.T) {
	store := &MemoryStore{}
	bad := news.Event{ID: "bad", Kind: news.Supply, History: []news.EventRow{{Alert: []byte(`"no alert"`)}}}
	if _, err := store.Save(t.Context(), bad, 0); err != nil {
		t.Fatal(err)
	}
	w := &wire{}
	d := newDesk(t, store, w)
	if err := d.Take(t.Context(), story{"a", 0, 0, "x y", news.Supply, news.Agreed, false}.verdict()); err != nil || len(w.told) != 2 {
		t.Errorf("%v, told %q", err, w.told)
	}
}

func TestTheIndexForgets(t *testing.T) {
	x := newIndex(Default.Window)
	for i := range 5000 {
		c := claimsOf(story{fmt.Sprint("s", i), time.Duration(i) * 24 * time.Hour, 0, "x y", news.Supply, news.Agreed, false}.verdict())
		x.put(news.Event{ID: fmt.Sprint(i), Claims: c})
	}
	if n := len(x.events); n > 2000 || n < 96 || len(x.byArticle) != n || len(x.byPair[pair{"x", "y"}]) != n {
		t.Errorf("%d events are remembered, %d articles, want those of three months and not all", n, len(x.byArticle))
	}
}

func TestAnEventKeepsItsFoundingSource(t *testing.T) {
	store, w := &MemoryStore{}, &wire{}
	d := newDesk(t, store, w)
	for i := range news.MaxSources + 5 {
		s := story{fmt.Sprint("s", i), time.Duration(i) * time.Minute, 0, "x y", news.Supply, news.Agreed, false}
		if err := d.Take(t.Context(), s.verdict()); err != nil {
			t.Fatal(err)
		}
	}
	n := 0
	if err := store.All(t.Context(), func(ev news.Event) error {
		n++
		if len(ev.Sources) != news.MaxSources || ev.Reports != news.MaxSources+5 || ev.Sources[0].Title != "s0" {
			t.Errorf("%d sources of %d reports, the first is %q", len(ev.Sources), ev.Reports, ev.Sources[0].Title)
		}
		return nil
	}); err != nil || n != 1 {
		t.Fatalf("%d events, %v; want 1", n, err)
	}
	if len(w.told) != 2 {
		t.Errorf("told %q", w.told)
	}
}

func TestPlaceIsAFold(t *testing.T) {
	v := story{"a", 0, 0, "x y", news.Supply, news.Agreed, false}.verdict()
	one, err := Default.Place(nil, v)
	if err != nil || len(one.Write) != 1 || one.Decisions[0].Reason != news.First {
		t.Fatalf("%+v, %v", one, err)
	}
	again, err := Default.Place(one.Write, v)
	if err != nil || len(again.Write) != 0 || again.Decisions[0].Reason != news.Reprint {
		t.Errorf("the same verdict again: %+v, %v; want a reprint that writes nothing", again, err)
	}
}

func BenchmarkTake(b *testing.B) {
	d, err := New(b.Context(), Deps{Store: &MemoryStore{}, Publish: (&wire{}).publish, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	for i := 0; b.Loop(); i++ {
		s := story{fmt.Sprint("s", i), 0, 0, fmt.Sprintf("x%d y%d", i%5000, i%7000), news.Supply, news.Agreed, false}
		if err := d.Take(b.Context(), s.verdict()); err != nil {
			b.Fatal(err)
		}
	}
}

// A revision takes the place of what the article said, is no further report, and
// is folded in once; one that comes late changes nothing.
func TestARevisionTakesItsPlace(t *testing.T) {
	var book []news.Event
	for _, tt := range []struct {
		article  string
		revision int
		stage    news.Stage
		reason   news.Reason
		reports  int
		sources  string
	}{
		{"a", 0, news.Talks, news.First, 1, "a0 talks "},
		{"b", 0, news.Talks, news.NoChange, 2, "a0 talks b0 talks "},
		{"a", 2, news.Talks, news.NoChange, 2, "a2 talks b0 talks "},
		{"a", 1, news.Agreed, news.Reprint, 2, "a2 talks b0 talks "},
		{"a", 2, news.Talks, news.Reprint, 2, "a2 talks b0 talks "},
		{"a", 3, news.Denied, news.StageMoved, 2, "a3 denied b0 talks "},
	} {
		s := story{article: tt.article, parties: "x y", kind: news.Supply, stage: tt.stage}
		if tt.stage == news.Denied {
			s.at = time.Minute
		}
		v := s.verdict()
		v.Revision = tt.revision
		out, err := Default.Place(book, v)
		if err != nil {
			t.Fatal(err)
		}
		if len(out.Write) > 0 {
			book = out.Write
		}
		var got string
		for _, s := range book[0].Sources {
			got += fmt.Sprintf("%s%d %s ", s.Title, s.Revision, s.Stage)
		}
		if len(book) != 1 || out.Decisions[0].Reason != tt.reason || book[0].Reports != tt.reports || got != tt.sources {
			t.Errorf("%s%d %s: %s, %d reports, sources %q, want %s, %d, %q", tt.article, tt.revision, tt.stage, out.Decisions[0].Reason, book[0].Reports, got, tt.reason, tt.reports, tt.sources)
		}
	}
	rows := book[0].History
	var last news.Alert
	if err := json.Unmarshal(rows[len(rows)-1].Alert, &last); err != nil {
		t.Fatal(err)
	}
	if len(rows) != 4 || len(last.Sources) != 2 || last.Sources[0].Title != "a" {
		t.Errorf("%d rows, sources of the last %v: want the cause first, and once", len(rows), last.Sources)
	}
}

// An event that was stored before events had claims is one that reports join.
func TestAnEventWithoutClaims(t *testing.T) {
	const stored = `{"id":"e1","kind":"foundry","stage":"agreed","parties":[{"id":"x","name":"X","side":"supplier"},{"id":"y","name":"Y","side":"customer"}],"score":0.9,
		"sources":[{"article":"aaaaaaaaaaaaaaaaaaaa","stage":"talks","at":"2026-11-03T09:00:00Z","title":"t","url":"https://a.example/1"},
			{"article":"bbbbbbbbbbbbbbbbbbbb","stage":"talks","at":"2026-11-03T10:00:00Z","title":"t","url":"https://b.example/1"}],
		"reports":12,"history":[{"at":"2026-11-03T10:00:00Z","company":"x","stage":"agreed","reason":"stage","source":"s","sent":true},
			{"at":"2026-11-03T10:00:00Z","company":"y","stage":"agreed","reason":"stage","source":"s","sent":true}]}`
	ev, err := decode([]byte(stored))
	if err != nil {
		t.Fatal(err)
	}
	store, w := &MemoryStore{}, &wire{}
	if _, err := store.Save(t.Context(), ev, 0); err != nil {
		t.Fatal(err)
	}
	d := newDesk(t, store, w)
	take(t, d, story{"c", time.Hour, 0, "x y", news.Foundry, news.Agreed, false}.verdict())
	if len(w.told) > 0 {
		t.Errorf("told %v of a deal that was told", w.told)
	}
	take(t, d, story{"d", 2 * time.Hour, 0, "x y", news.Foundry, news.Shipping, false}.verdict())
	if want := []string{"x foundry shipping stage", "y foundry shipping stage"}; !slices.Equal(w.told, want) {
		t.Errorf("told %v, want %v", w.told, want)
	}
	if ev, _, err = store.Load(t.Context(), "e1"); err != nil || ev.Stage != news.Shipping || len(ev.Claims) != 4 || ev.Reports != 14 {
		t.Errorf("%+v, %v", ev, err)
	}
}
