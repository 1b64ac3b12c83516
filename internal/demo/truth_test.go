package demo

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

func TestTruth(t *testing.T) {
	atStart := []string{
		"meta-samsung foundry rumour meta",
		"meta-samsung foundry rumour samsung-electronics",
		"amd-memory memory agreed amd",
		"amd-memory memory agreed samsung-electronics",
		"old-flame development ended naver",
		"old-flame development ended samsung-electronics",
	}
	talks := append(slices.Clone(atStart),
		"meta-samsung foundry talks meta",
		"meta-samsung foundry talks samsung-electronics",
	) // old-flame is over: the later word on it tells nothing
	signed := append(slices.Clone(talks),
		"meta-samsung foundry agreed meta",
		"meta-samsung foundry agreed samsung-electronics",
		"meta-samsung foundry agreed asml",
	)
	for _, tt := range []struct {
		name   string
		within time.Duration
		want   []string
	}{
		{"at the start", 0, atStart},
		{"before the next", 3 * time.Second, atStart},
		{"as it appears", 4 * time.Second, talks},
		{"at the end", time.Minute, signed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, a := range press(t).Truth(tt.within) {
				got = append(got, fmt.Sprint(a.Event, " ", a.Kind, " ", a.Stage, " ", a.Company))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("told %q, want %q", got, tt.want)
			}
		})
	}
}

func TestTruthTellsALatePartyTheStage(t *testing.T) {
	deal := func(stage, companies string) Story {
		p := parser{}
		p.deal("e | foundry | " + stage + " | " + companies)
		return Story{Deals: p.story.Deals}
	}
	n := Newsroom{Stories: []Story{
		deal("agreed", "a, b"), deal("talks", "a, c"), deal("agreed", "b, c"), deal("shipping", "a"), deal("agreed", "d"),
	}}
	var got []string
	for _, a := range n.Truth(0) {
		got = append(got, fmt.Sprint(a.Stage, " ", a.Company))
	}
	want := []string{"agreed a", "agreed b", "agreed c", "shipping a", "shipping b", "shipping c", "shipping d"}
	if !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
}
