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
		last    Reason // of the last item
	}{
		{"first poll: no older than the backfill", State{}, items(1*h, 5*h, 7*h), "k0 k1 ", 1, HistoryAdded},
		{"first poll: the newest three undated", State{}, items(undated, undated, undated, undated), "k0 k1 k2 ", 1, HistoryFirst},
		{"later: undated is news", polled, items(undated, undated, undated, undated), "k0 k1 k2 k3 ", 0, NewsUndated},
		{"later: since it was added", polled, items(1*h, 71*h), "k0 k1 ", 0, NewsRecent},
		{"later: published long before it was seen", polled, items(73 * h), "", 1, HistoryOld},
		{"later: from before it was added", State{AddedAt: noon.Add(-2 * h)}, items(7*h, 9*h), "k0 ", 1, HistoryAdded},
		{"a date in the future is no fault", polled, items(-2 * h), "k0 ", 0, NewsRecent},
		{"twice in one document", polled, append(items(1*h), items(1*h)...), "k0 ", 0, KnownDocument},
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
			if len(s.Reasons) != len(tt.items) || s.Reasons[len(s.Reasons)-1] != tt.last {
				t.Errorf("reasons %q for %d items, want the last %q", s.Reasons, len(tt.items), tt.last)
			}
		})
	}
}

func TestWhatWasSeenIsNoNews(t *testing.T) {
	s := State{AddedAt: noon}
	list := items(0, 0)
	s.Seen = s.see(list, nil, noon)
	if got := Sift(s, list, 0, noon); len(got.News) != 0 || got.Known != 2 || got.Reasons[0] != KnownItem {
		t.Errorf("%+v, want two known", got)
	}
	for day := range 9 { // gone from the document, remembered for a week
		now := noon.AddDate(0, 0, day)
		s.Seen = s.see([]news.Item{{Key: "other"}}, nil, now)
		if known := s.seen().Has("k0"); known != (day <= seenDays) {
			t.Errorf("after %d days: known is %v", day, known)
		}
	}
}

func TestSeenIsBounded(t *testing.T) {
	var s State
	for day := range 5 {
		list := make([]news.Item, 2500)
		for i := range list {
			list[i].Key = fmt.Sprint(day, "-", i)
		}
		s.Seen = s.see(list, nil, noon.AddDate(0, 0, day))
	}
	set := s.seen()
	if set.n != maxSeen {
		t.Errorf("%d keys, want %d", set.n, maxSeen)
	}
	if !set.Has("4-2499") || set.Has("0-0") {
		t.Error("the newest keys must stay and the oldest go")
	}
}

func TestSame(t *testing.T) {
	var s State
	s.Seen = s.see([]news.Item{{Key: "guid-1", Keys: []string{"guid-1", "https://a.example/1", "title-1"}}}, nil, noon)
	for _, tt := range []struct {
		name string
		keys []string
		want bool
	}{
		{"the same guid", []string{"guid-1", "https://a.example/9", "title-9"}, true},
		{"a new guid, a known link", []string{"guid-2", "https://a.example/1", "title-9"}, true},
		{"a new guid, a known title", []string{"guid-2", "https://a.example/9", "title-1"}, true},
		{"the link became the guid", []string{"https://a.example/1"}, true},
		{"all new", []string{"guid-2", "https://a.example/2", "title-2"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			it := news.Item{Key: tt.keys[0], Keys: tt.keys}
			if got := Same(s.seen(), it); got != tt.want {
				t.Errorf("same is %v, want %v", got, tt.want)
			}
			if sifted := Sift(s, []news.Item{it}, 0, noon); (len(sifted.News) == 0) != tt.want {
				t.Errorf("%d are news", len(sifted.News))
			}
		})
	}
}

// TestOneKeyRemembersAll checks that an item that is only known by its key keeps
// its link and title alive while it stays in the document.
func TestOneKeyRemembersAll(t *testing.T) {
	s := State{AddedAt: noon}
	s.Seen = s.see([]news.Item{
		{Key: "g1", Keys: []string{"g1", "u1", "t1"}},
		{Key: "g2", Keys: []string{"g2", "u2"}},
		{Key: "g3"},
	}, nil, noon)
	for day := 1; day <= 20; day++ {
		s.Seen = s.see(nil, []string{"g1", "u2"}, noon.AddDate(0, 0, day))
	}
	seen := s.seen()
	for key, want := range map[string]bool{"g1": true, "u1": true, "t1": true, "g2": true, "u2": true, "g3": false} {
		if seen.Has(key) != want {
			t.Errorf("%s: seen is %v", key, !want)
		}
	}
	if len(s.Seen) != 1 || len(s.Seen[0].Keys) != 5*keySize {
		t.Errorf("%d days, %d bytes in the first", len(s.Seen), len(s.Seen[0].Keys))
	}
	again := s.see(nil, []string{"g1", "g2"}, noon.AddDate(0, 0, 20))
	if string(again[0].Keys) != string(s.Seen[0].Keys) {
		t.Error("an unchanged document changes the state")
	}
}

func BenchmarkSeen(b *testing.B) {
	var s State
	list := make([]news.Item, maxSeen)
	for i := range list {
		list[i].Key = fmt.Sprint(i)
	}
	s.Seen = s.see(list, nil, noon)
	b.ReportAllocs()
	for b.Loop() {
		s.seen()
	}
}
