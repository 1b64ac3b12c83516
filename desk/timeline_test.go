package desk

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chipwire/chipwire/desk/marks"
	"github.com/chipwire/chipwire/news"
)

// A goldArticle is one article of testdata/timeline, labelled by authors who had
// not seen the rules of matching. README.md there has the format.
type goldArticle struct {
	ID, Event, Publisher, URL, Lang, Title, Body string
	PublishedAt                                  time.Time `json:"published_at"`
	Revision                                     int
	Findings                                     []struct {
		Parties []news.CompanyID
		Kind    news.Kind
		Stage   news.Stage
		Unnamed bool
		Event   string
	}
	Expect string // new, stage, resumed, denied, ended, correction, reprint, nothing
}

func goldArticles(t testing.TB) (all []goldArticle) {
	t.Helper()
	for _, name := range []string{"timeline", "lookalikes", "others"} {
		data, err := os.ReadFile("testdata/timeline/" + name + ".jsonl")
		if err != nil {
			t.Fatal(err)
		}
		for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); {
			var a goldArticle
			if err := json.Unmarshal(lines.Bytes(), &a); err != nil {
				t.Fatal(err)
			}
			all = append(all, a)
		}
	}
	slices.SortStableFunc(all, func(a, b goldArticle) int { return a.PublishedAt.Compare(b.PublishedAt) })
	return all
}

// verdict is what a classifier without fault would say of the article, seen five
// minutes after it was published.
func (a goldArticle) verdict() news.Verdict {
	article := news.Article{
		ID: news.ArticleID(a.URL), URL: a.URL, Revision: max(a.Revision-1, 0), Publisher: a.Publisher, Title: a.Title, Body: a.Body, Lang: a.Lang,
		PublishedAt: a.PublishedAt, DetectedAt: a.PublishedAt.Add(5 * time.Minute),
	}
	v := news.Verdict{
		Article: article.ID, Revision: article.Revision, Source: article.Source(), Lang: a.Lang, DetectedAt: article.DetectedAt, Flagged: len(a.Findings) > 0,
	}
	for _, g := range a.Findings {
		f := news.Finding{Kind: g.Kind, Stage: g.Stage, Score: .9, Review: g.Unnamed}
		for _, id := range g.Parties {
			f.Parties = append(f.Parties, news.Party{ID: id, Name: string(id), Side: news.Peer})
		}
		if g.Unnamed {
			f.Parties = append(f.Parties, news.Party{Name: "?", Side: news.Peer})
		}
		v.Findings = append(v.Findings, f)
	}
	return marks.Add(v, article)
}

// event is the gold event of a finding.
func (a goldArticle) event(i int) string {
	if e := a.Findings[i].Event; e != "" {
		return e
	}
	return a.Event
}

// A tally is what the desk made of the corpus.
type tally struct {
	events map[string]string   // article#finding -> event of the desk
	told   map[string][]string // article -> what was told at it
	twice  []string            // alerts with an id that was told before
	store  *MemoryStore
}

// runTimeline hands the articles to a desk in their order.
func runTimeline(t testing.TB, articles []goldArticle, verdict func(goldArticle) news.Verdict) tally {
	t.Helper()
	r := tally{events: map[string]string{}, told: map[string][]string{}, store: &MemoryStore{}}
	seen := map[string]bool{}
	now := ""
	publish := func(_ context.Context, a news.Alert, review bool) (bool, error) {
		if id := fmt.Sprint(review, a.ID); seen[id] {
			r.twice = append(r.twice, id)
		} else {
			seen[id] = true
		}
		if !review {
			r.told[now] = append(r.told[now], fmt.Sprintf("%s %s %s", a.Company.ID, a.Stage, a.Reason))
		}
		return true, nil
	}
	d, err := New(t.Context(), Deps{Config: Default, Store: r.store, Publish: publish, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range articles {
		now = a.ID
		if err := d.Take(t.Context(), verdict(a)); err != nil {
			t.Fatal(err)
		}
	}
	short := map[string][]goldArticle{}
	for _, a := range articles {
		short[shortID(news.ArticleID(a.URL))] = append(short[shortID(news.ArticleID(a.URL))], a)
	}
	err = r.store.All(t.Context(), func(ev news.Event) error {
		for _, c := range ev.Claims {
			for _, a := range short[c.Article] {
				r.events[fmt.Sprint(a.ID, "#", c.N)] = ev.ID
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// heard says in the words of the corpus what was told at an article.
func (r tally) heard(id string) string {
	best := "nothing"
	for _, line := range r.told[id] {
		f := strings.Fields(line)
		stage, reason := news.Stage(f[1]), news.Reason(f[2])
		switch {
		case reason == news.Correction:
			return "correction"
		case reason == news.Resumed:
			best = "resumed"
		case reason == news.StageMoved && stage.Over():
			best = string(stage)
		case reason == news.StageMoved:
			best = "stage"
		case best == "nothing":
			best = "new"
		}
	}
	return best
}

// bcubed is the B-cubed precision, recall and F1 of a clustering: of each item,
// the share of its neighbours that are right.
func bcubed(gold, got map[string]string) (p, r, f float64) {
	for a := range gold {
		var same, inGold, inGot float64
		for b := range gold {
			g, d := gold[a] == gold[b], got[a] == got[b] && (got[a] != "" || a == b)
			if g {
				inGold++
			}
			if d {
				inGot++
			}
			if g && d {
				same++
			}
		}
		p += same / inGot
		r += same / inGold
	}
	n := float64(len(gold))
	p, r = p/n, r/n
	return p, r, 2 * p * r / (p + r)
}

func goldEvents(articles []goldArticle) map[string]string {
	gold := map[string]string{}
	for _, a := range articles {
		for i := range a.Findings {
			gold[fmt.Sprint(a.ID, "#", i)] = a.event(i)
		}
	}
	return gold
}

// One deal is one event, and it is told once and when it really changes: measured
// with findings that have no fault, so that the desk stands alone.
func TestTimeline(t *testing.T) {
	articles := goldArticles(t)
	r := runTimeline(t, articles, goldArticle.verdict)
	p, rec, f := bcubed(goldEvents(articles), r.events)
	exact, events := r.exact(t, articles)
	t.Logf("%d articles, %d events: B-cubed F1 %.3f (P %.3f, R %.3f); exactly the expected alerts for %d (%.1f %%); told twice %d",
		len(articles), events, f, p, rec, exact, 100*float64(exact)/float64(events), len(r.twice))
	if f < .95 {
		t.Errorf("B-cubed F1 %.3f, want .95", f)
	}
	if float64(exact) < .95*float64(events) {
		t.Errorf("exactly the expected alerts for %d of %d events, want 95 %%", exact, events)
	}
	if len(r.twice) > 0 {
		t.Errorf("told twice: %v", r.twice)
	}
}

// exact counts the events of which every article led to what the authors expect.
func (r tally) exact(t testing.TB, articles []goldArticle) (exact, events int) {
	wrong := map[string][]string{}
	for _, a := range articles {
		if a.Event == "" || len(a.Findings) > 0 && a.event(0) != a.Event { // its news is another event's
			continue
		}
		want := a.Expect
		if want == "reprint" {
			want = "nothing"
		}
		if _, there := wrong[a.Event]; !there {
			wrong[a.Event] = nil
		}
		if got := r.heard(a.ID); got != want {
			wrong[a.Event] = append(wrong[a.Event], fmt.Sprintf("%s: %s %v, want %s (%s)", a.ID, got, r.told[a.ID], want, a.Title))
		}
	}
	for _, lines := range wrong {
		if len(lines) == 0 {
			exact++
		}
		for _, l := range lines {
			t.Log(l)
		}
	}
	return exact, len(wrong)
}
