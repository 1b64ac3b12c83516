package desk

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chipwire/chipwire/news"
)

// standing says how the book stands: a line an event, with the claims that make
// it, its parties and its stage.
func standing(t testing.TB, store Store) []string {
	t.Helper()
	var out []string
	err := store.All(t.Context(), func(ev news.Event) error {
		if len(ev.Claims) == 0 {
			return nil
		}
		var claims, parties []string
		for _, c := range ev.Claims {
			claims = append(claims, fmt.Sprintf("%s/%d", c.Article[:6], c.N))
		}
		for _, p := range ev.Parties {
			parties = append(parties, string(p.ID)+"="+p.Name)
		}
		slices.Sort(claims)
		slices.Sort(parties)
		out = append(out, fmt.Sprintf("%s %s review=%v %v %v", ev.Kind, ev.Stage, ev.Review, parties, claims))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(out)
	return out
}

// differences shows the lines that are in one list only.
func differences(a, b []string) string {
	var out []string
	for _, l := range a {
		if !slices.Contains(b, l) {
			out = append(out, "- "+l)
		}
	}
	for _, l := range b {
		if !slices.Contains(a, l) {
			out = append(out, "+ "+l)
		}
	}
	return strings.Join(out, "\n")
}

// In whatever order the articles and their revisions arrive, and however often, the
// events, their parties and their stages are the same, and nobody is told anything twice.
func TestAnyOrderTheSameEvents(t *testing.T) {
	articles := goldArticles(t)
	want := standing(t, runTimeline(t, articles, goldArticle.verdict).store)
	for seed := range uint64(4) {
		r := rand.New(rand.NewPCG(seed, 7))
		order := slices.Clone(articles)
		for range 200 { // some arrive twice
			order = append(order, articles[r.IntN(len(articles))])
		}
		r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		got := runTimeline(t, order, goldArticle.verdict)
		if d := differences(want, standing(t, got.store)); d != "" {
			t.Errorf("order %d leads to other events:\n%s", seed, d)
		}
		if len(got.twice) > 0 {
			t.Errorf("order %d: told twice: %v", seed, got.twice)
		}
	}
}

// standingOf is how the book stands after some verdicts.
func standingOf(t *testing.T, vs []news.Verdict) []string {
	store := &MemoryStore{}
	take(t, newDesk(t, store, &wire{}), vs...)
	return standing(t, store)
}

// tangle makes stories on random deals of three firms, kinds and marks at odds with
// each other, far worse than any news.
func tangle(r *rand.Rand, stories int) (vs []news.Verdict) {
	for i := range stories {
		s := story{
			fmt.Sprint("s", i), time.Duration(i) * time.Duration(1+r.IntN(200)) * time.Hour, 0,
			[]string{"x y", "x y", "x z", "x y z", "y z", "x ?u"}[r.IntN(6)],
			[]news.Kind{news.Memory, news.Supply, news.Partnership}[r.IntN(3)], news.Stages[r.IntN(6)], false,
		}
		v := s.verdict()
		v.Findings[0].Marks.Products = [][]string{nil, {"hbm:4"}, {"hbm:3e"}}[r.IntN(3)]
		v.Findings[0].Marks.Amounts = [][]float64{nil, nil, {1e9}, {5e9}}[r.IntN(4)]
		vs = append(vs, v)
	}
	return vs
}

// folded is how the book should stand: all that was said in the order of publication.
func folded(vs []news.Verdict) (out []string) {
	var claims []news.Claim
	for _, v := range vs {
		claims = append(claims, claimsOf(v)...)
	}
	for _, d := range fold(claims, nil, Default.Window) {
		var names []string
		for _, c := range d.claims {
			names = append(names, fmt.Sprintf("%s/%d", c.Article[:6], c.N))
		}
		slices.Sort(names)
		out = append(out, fmt.Sprint(names))
	}
	slices.Sort(out)
	return out
}

// together lists the claims of each event.
func together(t *testing.T, store Store) (out []string) {
	t.Helper()
	for _, line := range standing(t, store) {
		out = append(out, line[strings.LastIndex(line, "["):])
	}
	slices.Sort(out)
	return out
}

// In whatever order a tangle arrives, after each report the events are those of a
// plain fold of all reports so far.
func TestTangledDeals(t *testing.T) {
	for seed := range seeds(300) {
		r := rand.New(rand.NewPCG(seed, 3))
		vs := tangle(r, 12)
		r.Shuffle(len(vs), func(i, j int) { vs[i], vs[j] = vs[j], vs[i] })
		store := &MemoryStore{}
		d := newDesk(t, store, &wire{})
		for i := range vs {
			take(t, d, vs[i], vs[r.IntN(i+1)]) // and one of them again
			if diff := differences(folded(vs[:i+1]), together(t, store)); diff != "" {
				t.Fatalf("seed %d, report %d:\n%s", seed, i, diff)
			}
		}
	}
}

// A later text of an article may come before the first: corrected firms, another
// stage, a deal that is not spoken of any more, a retraction.
func TestRevisionsInAnyOrder(t *testing.T) {
	differ := 0
	for seed := range seeds(300) {
		r := rand.New(rand.NewPCG(seed, 11))
		vs := tangle(r, 10)
		for i, v := range tangle(r, 5) {
			first := vs[r.IntN(len(vs))]
			if slices.ContainsFunc(vs, func(o news.Verdict) bool { return o.Article == first.Article && o.Revision > 0 }) {
				continue
			}
			v.Article, v.Source, v.Revision = first.Article, first.Source, 1
			v.DetectedAt = first.DetectedAt.Add(time.Duration(1+i) * time.Hour)
			v.Print.Note = []news.Note{"", news.NoteCorrected, news.NoteRetracted}[r.IntN(3)]
			if v.Print.Note == news.NoteRetracted {
				v.Findings = nil
			}
			vs = append(vs, v)
		}
		want := standingOf(t, vs)
		r.Shuffle(len(vs), func(i, j int) { vs[i], vs[j] = vs[j], vs[i] })
		if diff := differences(want, standingOf(t, append(vs, vs[:4]...))); diff != "" {
			differ++
			t.Logf("seed %d:\n%s", seed, diff)
		}
	}
	if differ > 0 {
		t.Errorf("%d orders lead to other events", differ)
	}
}

// A failing store is cut off after some writes.
type failingStore struct {
	*MemoryStore
	left int // writes that still succeed
}

var errCut = errors.New("cut off")

func (f *failingStore) Save(ctx context.Context, ev news.Event, revision uint64) (uint64, error) {
	if f.left--; f.left < 0 {
		return 0, errCut
	}
	return f.MemoryStore.Save(ctx, ev, revision)
}

// The desk is cut off between any two writes of any move: no claim is ever out of the
// book, and when the verdict comes again the events are as if nothing had been.
func TestCutOffBetweenWrites(t *testing.T) {
	cuts := 0
	for seed := range seeds(60) {
		r := rand.New(rand.NewPCG(seed, 5))
		vs := tangle(r, 12)
		r.Shuffle(len(vs), func(i, j int) { vs[i], vs[j] = vs[j], vs[i] })
		store := &MemoryStore{}
		for i, v := range vs {
			for writes, done := 0, false; !done; writes++ {
				d, err := New(t.Context(), Deps{Store: &failingStore{store, writes}, Publish: (&wire{}).publish, Log: slog.New(slog.DiscardHandler)})
				if err == nil {
					err = d.Take(t.Context(), v)
				}
				if done = err == nil; !done && !errors.Is(err, errCut) {
					t.Fatal(err)
				}
				cuts += b2i(!done)
				stands := strings.Join(together(t, store), " ")
				for _, before := range vs[:i] {
					if name := shortID(before.Article)[:6]; !strings.Contains(stands, name) {
						t.Fatalf("seed %d: report %d, cut off after %d writes: %s is lost", seed, i, writes, name)
					}
				}
			}
		}
		if diff := differences(folded(vs), together(t, store)); diff != "" {
			t.Errorf("seed %d:\n%s", seed, diff)
		}
	}
	t.Logf("cut off %d times", cuts)
}

// seeds is how many tangles are made: fewer in a short test.
func seeds(n uint64) uint64 {
	if testing.Short() {
		return n / 6
	}
	return n
}

// plainly is what a desk tells that looks at every event for each verdict.
func plainly(t *testing.T, vs []news.Verdict) (told []string) {
	t.Helper()
	var book []news.Event
	for _, v := range vs {
		out, err := Default.Place(book, v)
		if err != nil {
			t.Fatal(err)
		}
		for _, ev := range out.Write {
			ev.History = slices.Clone(ev.History)
			for i := range ev.History {
				r := &ev.History[i]
				if !r.Sent {
					told = append(told, fmt.Sprint(r.Company, " ", ev.ID, " ", r.Stage, " ", r.Reason, " ", r.Round, " ", r.Review))
					r.Sent, r.Alert = true, nil
				}
			}
			if i := slices.IndexFunc(book, func(o news.Event) bool { return o.ID == ev.ID }); i >= 0 {
				book[i] = ev
			} else {
				book = append(book, ev)
			}
		}
	}
	return told
}

// In any order the desk, which looks at some events only, tells what one would that
// looks at all of them.
func TestToldAsByAPlainFold(t *testing.T) {
	orders := map[uint64][]news.Verdict{}
	for seed := range seeds(120) {
		orders[seed] = tangle(rand.New(rand.NewPCG(seed, 13)), 12)
	}
	for _, seed := range []uint64{1267, 1659, 2399} { // an event comes out again of the one it went into
		orders[seed] = tangle(rand.New(rand.NewPCG(seed, 13)), 12)
	}
	for _, a := range goldArticles(t)[:150] {
		orders[120] = append(orders[120], a.verdict())
	}
	for seed, vs := range orders {
		r := rand.New(rand.NewPCG(seed, 17))
		vs = append(vs, vs[:len(vs)/4]...) // some arrive twice
		r.Shuffle(len(vs), func(i, j int) { vs[i], vs[j] = vs[j], vs[i] })
		var told []string
		d, err := New(t.Context(), Deps{Store: &MemoryStore{}, Log: slog.New(slog.DiscardHandler), Publish: func(_ context.Context, a news.Alert, review bool) (bool, error) {
			told = append(told, fmt.Sprint(a.Company.ID, " ", a.Event, " ", a.Stage, " ", a.Reason, " ", a.Round, " ", review))
			return true, nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		take(t, d, vs...)
		want := plainly(t, vs)
		if diff := differences(want, told); diff != "" || len(want) != len(told) {
			t.Errorf("order %d: told %d times, want %d:\n%s", seed, len(told), len(want), diff)
		}
	}
}
