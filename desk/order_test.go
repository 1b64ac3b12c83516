package desk

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

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
	// A revision replaces what is there; one that comes before its first text has
	// nothing to replace.
	articles = slices.DeleteFunc(articles, func(a goldArticle) bool { return a.Revision > 1 })
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
