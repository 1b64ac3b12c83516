package desk

import (
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

// In whatever order the articles arrive, and however often, the events, their
// parties and their stages are the same, and nobody is told anything twice.
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
	d, err := New(t.Context(), Deps{Config: Default, Store: store, Publish: (&wire{}).publish, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	take(t, d, vs...)
	return standing(t, store)
}

// Random deals of three firms, kinds and marks at odds with each other, far worse
// than any news: in any order no claim is lost and none stands in two events. The
// events are the same but in a few of these tangles, where one report would move
// others that nothing ties to it when it comes.
func TestTangledDeals(t *testing.T) {
	const orders, most = 200, 4
	differ := 0
	for seed := range uint64(orders) {
		r := rand.New(rand.NewPCG(seed, 3))
		var vs []news.Verdict
		for i := range 12 {
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
		want := standingOf(t, vs)
		r.Shuffle(len(vs), func(i, j int) { vs[i], vs[j] = vs[j], vs[i] })
		got := standingOf(t, append(vs, vs[:4]...))
		if differences(want, got) != "" {
			differ++
		}
		if n := strings.Count(strings.Join(got, " "), "/0"); n != len(vs) {
			t.Errorf("seed %d: %d claims of %d reports", seed, n, len(vs))
		}
	}
	if differ > most {
		t.Errorf("%d of %d orders lead to other events, want %d at most", differ, orders, most)
	}
}
