package fetcher

import (
	"fmt"
	"testing"
	"time"

	"github.com/chipwire/chipwire/news"
)

func items(ages ...time.Duration) []news.Item {
	var list []news.Item
	for i, age := range ages {
		it := news.Item{Key: fmt.Sprint("k", i)}
		if age != undated {
			it.PublishedAt = noon.Add(-age)
		}
		list = append(list, it)
	}
	return list
}

const undated = -1

func TestSift(t *testing.T) {
	const h = time.Hour
	polled := State{AddedAt: noon.Add(-100 * h)}
	for _, tt := range []struct {
		name    string
		state   State
		items   []news.Item
		news    string
		history int
	}{
		{"first poll: no older than the backfill", State{}, items(1*h, 5*h, 7*h), "k0 k1 ", 1},
		{"first poll: the newest three undated", State{}, items(undated, undated, undated, undated), "k0 k1 k2 ", 1},
		{"later: undated is news", polled, items(undated, undated, undated, undated), "k0 k1 k2 k3 ", 0},
		{"later: since it was added", polled, items(1*h, 71*h), "k0 k1 ", 0},
		{"later: published long before it was seen", polled, items(73 * h), "", 1},
		{"later: from before it was added", State{AddedAt: noon.Add(-2 * h)}, items(7*h, 9*h), "k0 ", 1},
		{"a date in the future is no fault", polled, items(-2 * h), "k0 ", 0},
		{"twice in one document", polled, append(items(1*h), items(1*h)...), "k0 ", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := Sift(tt.state, tt.items, 6*h, noon)
			var got string
			for _, it := range s.News {
				got += it.Key + " "
			}
			if got != tt.news || s.History != tt.history {
				t.Errorf("news %q and %d history, want %q and %d", got, s.History, tt.news, tt.history)
			}
		})
	}
}

func TestWhatWasSeenIsNoNews(t *testing.T) {
	s := State{AddedAt: noon}
	list := items(0, 0)
	s.Seen = s.see([]string{"k0", "k1"}, noon)
	if got := Sift(s, list, 0, noon); len(got.News) != 0 || got.Known != 2 {
		t.Errorf("%+v, want two known", got)
	}
	for day := range 9 { // gone from the document, remembered for a week
		now := noon.AddDate(0, 0, day)
		s.Seen = s.see([]string{"other"}, now)
		if known := s.has()[hashKey("k0")]; known != (day <= seenDays) {
			t.Errorf("after %d days: known is %v", day, known)
		}
	}
}

func TestSeenIsBounded(t *testing.T) {
	var s State
	for day := range 5 {
		keys := make([]string, 2500)
		for i := range keys {
			keys[i] = fmt.Sprint(day, "-", i)
		}
		s.Seen = s.see(keys, noon.AddDate(0, 0, day))
	}
	set := s.has()
	if len(set) != maxSeen {
		t.Errorf("%d keys, want %d", len(set), maxSeen)
	}
	if !set[hashKey("4-2499")] || set[hashKey("0-0")] {
		t.Error("the newest keys must stay and the oldest go")
	}
}
