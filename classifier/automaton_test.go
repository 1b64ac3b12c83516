package classifier

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// The automaton finds what a search for each string alone finds, in the states
// with rows and in those without.
func TestAutomatonFindsWhatSearchingFinds(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	word := func(letters string, most int) string {
		b := make([]byte, 1+rng.IntN(most))
		for i := range b {
			b[i] = letters[rng.IntN(len(letters))]
		}
		return string(b)
	}
	for _, size := range []int{0, 1, 20, 16000} {
		patterns := []string{""}
		for range size {
			patterns = append(patterns, word("abc", 12))
		}
		slices.Sort(patterns)
		patterns = slices.Compact(patterns)
		a := newAutomaton(patterns)
		if size == 16000 && len(a.out) < 2*maxDense {
			t.Fatalf("%d states do not try those without rows", len(a.out))
		}
		for range 30 {
			text := word("abcabcabcd", 60)
			var got, want []string
			a.scan(text, func(p int32, start, end int) {
				if text[start:end] != patterns[p] {
					t.Errorf("%q at %d to %d of %q", patterns[p], start, end, text)
				}
				got = append(got, fmt.Sprint(patterns[p], start))
			})
			for _, p := range patterns {
				for i := 0; p != "" && i < len(text); i++ {
					if strings.HasPrefix(text[i:], p) {
						want = append(want, fmt.Sprint(p, i))
					}
				}
			}
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Fatalf("%d patterns, %q: found %v, want %v", len(patterns), text, got, want)
			}
		}
	}
}
