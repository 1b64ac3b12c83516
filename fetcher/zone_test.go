package fetcher

import (
	"slices"
	"testing"
	"time"

	"github.com/chipwire/chipwire/news"
)

// lagsOf are the lags of n items that a feed wrote in a zone delay before each
// was seen.
func lagsOf(n int, zone *time.Location, delay time.Duration) Lags {
	var walls []time.Time
	for range n {
		t := noon.Add(-delay).In(zone)
		walls = append(walls, time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), 0, 0, time.UTC))
	}
	return Lags(nil).add(walls, noon)
}

func TestLearnZone(t *testing.T) {
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	mixed := slices.Concat(lagsOf(8, seoul, 5*time.Minute), lagsOf(2, time.UTC, 5*time.Minute))
	for _, tt := range []struct {
		name     string
		declared *time.Location
		lags     Lags
		want     *time.Location
	}{
		{"nothing known", nil, nil, nil},
		{"too few", nil, lagsOf(4, seoul, time.Minute), nil},
		{"Korean, undeclared", nil, lagsOf(50, seoul, 5*time.Minute), seoul},
		{"UTC, undeclared", nil, lagsOf(50, time.UTC, 5*time.Minute), time.UTC},
		{"UTC, declared Korean: nine hours of delay may be true", seoul, lagsOf(50, time.UTC, 5*time.Minute), seoul},
		{"Korean, declared UTC: seen before it was published", time.UTC, lagsOf(50, seoul, 5*time.Minute), seoul},
		{"as declared", newYork, lagsOf(50, newYork, 5*time.Minute), newYork},
		{"declared New York, truly UTC", newYork, lagsOf(50, time.UTC, 5*time.Minute), time.UTC},
		{"four of five are enough", time.UTC, mixed, seoul},
		{"three of five are not", nil, slices.Concat(lagsOf(6, seoul, 30*time.Hour), lagsOf(4, seoul, time.Minute)), nil},
		{"a clock one minute ahead", nil, lagsOf(10, seoul, -time.Minute), seoul},
		{"neither", newYork, lagsOf(10, time.UTC, 90*time.Hour), newYork},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := LearnZone(tt.declared, tt.lags, noon); got != tt.want {
				t.Errorf("zone %v, want %v", got, tt.want)
			}
		})
	}
}

func TestLagsAreBounded(t *testing.T) {
	l := lagsOf(60, time.UTC, time.Hour)
	if len(l) != maxLags {
		t.Errorf("%d lags, want %d", len(l), maxLags)
	}
	l = l.add([]time.Time{noon.Add(-2 * time.Minute), noon.Add(-3 * time.Minute)}, noon)
	if len(l) != maxLags || l[maxLags-1] != 2 || l[maxLags-2] != 3 {
		t.Errorf("newest lags %v, want 3 and 2 at the end", l[maxLags-3:])
	}
}

func TestZoneIsLearntFromTheSecondDocumentOn(t *testing.T) {
	f := news.Feed{ID: "a", Zone: "UTC"}
	walls := make([]time.Time, 10)
	for i := range walls {
		walls[i] = noon.Add(9*time.Hour - time.Duration(i)*time.Minute)
	}
	var s State
	s.learn(f, walls, noon)
	if s.Lags != nil {
		t.Error("a first document of any age was taken for history")
	}
	s.AddedAt = noon
	s.learn(f, walls, noon)
	if s.Zone != "Asia/Seoul" || zoneOf(f, s) != seoul {
		t.Errorf("learnt %q, zone %v", s.Zone, zoneOf(f, s))
	}
	if zone := zoneOf(news.Feed{Zone: "America/New_York"}, State{}); zone.String() != "America/New_York" {
		t.Errorf("declared zone: %v", zone)
	}
}

func TestObservedDates(t *testing.T) {
	for _, tt := range []struct {
		name string
		at   time.Time
		want time.Time
		via  string
	}{
		{"past", noon.Add(-time.Hour), noon.Add(-time.Hour), ""},
		{"a little ahead", noon.Add(9 * time.Minute), noon.Add(9 * time.Minute), ""},
		{"in the future", noon.Add(9 * time.Hour), noon, news.DateObserved},
		{"none", time.Time{}, noon, news.DateObserved},
	} {
		t.Run(tt.name, func(t *testing.T) {
			it := news.Item{PublishedAt: tt.at, DetectedAt: noon}
			soberDate(&it, noon)
			observe(&it)
			if !it.PublishedAt.Equal(tt.want) || it.DateVia != tt.via {
				t.Errorf("%v via %q, want %v via %q", it.PublishedAt, it.DateVia, tt.want, tt.via)
			}
		})
	}
}
