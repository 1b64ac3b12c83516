package fetcher

import (
	"fmt"
	"testing"
	"time"

	"github.com/chipwire/chipwire/news"
)

var noon = time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)

func TestNextTurn(t *testing.T) {
	f := news.Feed{ID: "a", Interval: 5 * time.Minute}
	for _, tt := range []struct {
		name     string
		known    bool
		rest     Rest
		from, to time.Duration
		why      string
	}{
		{"never polled", false, Rest{}, 0, 3 * time.Second, "first poll"},
		{"regular", true, Rest{}, 1, 5*time.Minute + 15*time.Second, "every 5m0s"},
		{"resting", true, Rest{noon.Add(time.Hour), "told to"}, time.Hour, 65*time.Minute + 15*time.Second, "told to"},
		{"rest is over", true, Rest{noon.Add(-time.Hour), "told to"}, 1, 5*time.Minute + 15*time.Second, "every 5m0s"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := NextTurn(f, tt.known, tt.rest, noon)
			if wait := got.At.Sub(noon); wait < tt.from || wait > tt.to || got.Why != tt.why {
				t.Errorf("in %v because %q, want in %v to %v because %q", wait, got.Why, tt.from, tt.to, tt.why)
			}
		})
	}
}

// A restart at any moment gives the slot that was planned: never an early poll.
func TestRestartNeverPollsEarly(t *testing.T) {
	for i := range 100 {
		f := news.Feed{ID: fmt.Sprint("feed-", i), Interval: time.Minute}
		at := NextTurn(f, true, Rest{}, noon).At
		for range 50 {
			next := NextTurn(f, true, Rest{}, at).At
			if gap := next.Sub(at); gap < 57*time.Second || gap > 63*time.Second {
				t.Fatalf("%s: %v between two polls", f.ID, gap)
			}
			if again := NextTurn(f, true, Rest{}, at.Add(next.Sub(at)/3)).At; !again.Equal(next) {
				t.Fatalf("%s: a restart moves the poll from %v to %v", f.ID, next, again)
			}
			at = next
		}
	}
}

// Feeds of one interval are spread over it.
func TestSlotsAreSpread(t *testing.T) {
	const feeds, interval = 6000, 60
	perSecond := map[int64]int{}
	for i := range feeds {
		f := news.Feed{ID: fmt.Sprint("feed-", i), Interval: interval * time.Second}
		perSecond[NextTurn(f, true, Rest{}, noon).At.Unix()]++
	}
	for second, n := range perSecond {
		if n > 3*feeds/interval {
			t.Errorf("%d of %d polls in second %d", n, feeds, second)
		}
	}
}

// The partition of a host is in subjects: it must never change.
func TestPartitionOf(t *testing.T) {
	for url, want := range map[string]string{
		"https://www.yna.co.kr/rss/industry.xml": "02",
		"https://yna.co.kr/view/1":               "02",
		"https://news.example.com/a":             "06",
		"http://127.0.0.1:8080/rss":              "0c",
	} {
		if got := PartitionOf(url).String(); got != want {
			t.Errorf("%s is in partition %s, want %s", url, got, want)
		}
	}
}
