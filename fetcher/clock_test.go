package fetcher

import (
	"testing"
	"time"

	"github.com/chipwire/chipwire/fetcher/websub"
	"github.com/chipwire/chipwire/news"
)

// TestOnClock holds that nothing of a state stands still for as long as the clock was
// set back, and that a clock that runs as it should changes nothing.
func TestOnClock(t *testing.T) {
	const day = 24 * time.Hour
	now := noon
	for _, tt := range []struct {
		name       string
		back       time.Duration
		rest, want time.Duration // from the last poll on, and from now on
		until      time.Duration // of the hub's lease, ten days at the last poll
		added      time.Duration // before now; it was two hours before the last poll
	}{
		{"polled an hour ago", -time.Hour, 6 * time.Hour, 5 * time.Hour, 10*day - time.Hour, 3 * time.Hour},
		{"another node's clock is ahead", 30 * time.Second, time.Hour, time.Hour + 30*time.Second, 10*day + 30*time.Second, 2*time.Hour - 30*time.Second},
		{"set back by a day", day, time.Hour, time.Hour, 10 * day, 0},
		{"set back by an hour", time.Hour, 20 * time.Minute, 20 * time.Minute, 10 * day, time.Hour},
		{"set back by a year", 365 * day, 0, 0, 10 * day, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			polled := now.Add(tt.back)
			sub := websub.Subscription{Hub: "https://hub.example/", Topic: "https://a.example/rss"}
			sub = sub.Ask("https://push.example", polled).Confirm(10*day, polled)
			s := State{
				AddedAt: polled.Add(-2 * time.Hour), Rest: Rest{Until: polled.Add(tt.rest), Why: "why"}, Hub: &sub,
				Polls: History{}.add(Poll{at: uint32(polled.Unix())}),
			}
			s.Health.Since, s.Health.LastOK = polled, polled
			got := s.onClock(now)
			if rest := got.Rest.Until.Sub(now); rest != tt.want || got.Rest.Why != "why" {
				t.Errorf("rests for %v, want %v", rest, tt.want)
			}
			if until := got.WebSub().Until.Sub(now); until != tt.until {
				t.Errorf("the hub's lease ends in %v, want %v", until, tt.until)
			}
			if added := now.Sub(got.AddedAt); added != tt.added {
				t.Errorf("added %v ago, want %v", added, tt.added)
			}
			if got.Health.LastOK.After(now.Add(clockSlack)) || got.Health.Since.After(now.Add(clockSlack)) {
				t.Errorf("health of later than now: %+v", got.Health)
			}
			if *s.Hub != sub {
				t.Error("the subscription of the old state was changed")
			}
			story := []news.Item{{Key: "k", PublishedAt: now.Add(-time.Minute)}}
			if sifted := Sift(got, story, 6*time.Hour, now); len(sifted.News) != 1 {
				t.Errorf("a story of now is %v", sifted.Reasons)
			}
		})
	}
}

// TestTurnsOnAClockSetBack holds that a turn is a span from now on, which no later
// change of the clock delays.
func TestTurnsOnAClockSetBack(t *testing.T) {
	now := time.Now() // it knows the span to other times of this process
	rest := Rest{Until: now.Add(10*time.Minute + time.Second).Round(0), Why: "asked to"}
	for name, turn := range map[string]Turn{
		"rest": Tempo{id: "a", Every: time.Hour}.Next(rest, now),
		"slot": Tempo{id: "a", Every: time.Hour}.Next(Rest{}, now),
	} {
		if turn.At.Round(0) == turn.At {
			t.Errorf("%s: %v is a time of the wall clock alone", name, turn.At)
		}
	}
	f := &Fetcher{polling: make(chan struct{})}
	close(f.polling)
	f.queue = newQueue([]*entry{{turn: Turn{At: now.Add(-time.Hour)}}}, nil)
	f.moved.Store(now.Add(24 * time.Hour).UnixNano()) // before the clock was set back
	if err := f.Stuck(now); err != nil {
		t.Errorf("at once: %v", err)
	}
	if err := f.Stuck(now.Add(stuckAfter)); err == nil {
		t.Error("nothing moves for five minutes of the new clock: not stuck")
	}
}
