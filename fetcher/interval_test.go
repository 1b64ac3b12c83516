package fetcher

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chipwire/chipwire/fetcher/client"
	"github.com/chipwire/chipwire/fetcher/feed"
	"github.com/chipwire/chipwire/news"
)

var kst = time.FixedZone("KST", 9*60*60)

// workdays is the rhythm of a feed that has an item each hour from 6 to 22 on
// weekdays, and nothing else, three weeks after start.
func workdays(start time.Time) Rhythm {
	r := Rhythm{}.learn(nil, start)
	for t := start.Add(time.Hour); t.Sub(start) < 21*24*time.Hour; t = t.Add(time.Hour) {
		if at := t.In(kst); at.Hour() >= 6 && at.Hour() < 22 && at.Weekday() != time.Saturday && at.Weekday() != time.Sunday {
			r = r.learn([]news.Item{{PublishedAt: t}}, t.Add(time.Minute))
		}
	}
	return r
}

// At a Monday, 00:00 in Korea.
var monday = time.Date(2026, 11, 2, 0, 0, 0, 0, kst)

func TestIntervalFollowsTheFeed(t *testing.T) {
	cfg := Default
	learnt := State{URL: "x", ETag: "x", Rhythm: workdays(monday), Pace: Pace{Last: monday}}
	with := func(s State, change func(*State)) State { change(&s); return s }
	at := func(day, hour, minute int) time.Time {
		return monday.AddDate(0, 0, 21+day).Add(time.Duration(60*hour+minute) * time.Minute)
	}
	for _, tt := range []struct {
		name  string
		src   Source
		state State
		at    time.Time
		want  time.Duration
		why   string
	}{
		{"a class", Source{}, State{}, at(1, 10, 0), 5 * time.Minute, "news"},
		{"trade", Source{Class: Trade}, State{}, at(1, 10, 0), 15 * time.Minute, "trade"},
		{"blog", Source{Class: Blog}, State{}, at(1, 10, 0), time.Hour, "blog"},
		{"the operator", Source{Class: Blog, Every: 2 * time.Minute}, learnt, at(1, 3, 0), 2 * time.Minute, "as configured"},
		{"no more often than is allowed", Source{Every: time.Second}, State{}, at(1, 10, 0), time.Minute, "min_interval"},
		{"something is expected", Source{}, learnt, at(1, 10, 0), 5 * time.Minute, "news"},
		{"silence begins", Source{}, learnt, at(1, 23, 9), 5 * time.Minute, "news"},
		{"ten minutes of it", Source{}, learnt, at(1, 23, 10), 10 * time.Minute, "nothing is expected before 05:00 KST"},
		{"an hour of it", Source{}, learnt, at(2, 0, 0), 40 * time.Minute, "nothing is expected before 05:00 KST"},
		{"unless something came", Source{}, with(learnt, func(s *State) { s.Pace.Last = at(2, 0, 0) }), at(2, 0, 5), 5 * time.Minute, "news"},
		{"a weekend, to the ceiling", Source{}, learnt, at(6, 10, 0), 320 * time.Minute, "nothing is expected before 05:00 KST"},
		{"a silent blog", Source{Class: Blog}, with(learnt, func(s *State) { s.Rhythm.Cells = make([]byte, cells*cellSize) }), at(6, 10, 0), 16 * time.Hour, "nothing is expected"},
		{"not a week is known", Source{}, State{URL: "x", ETag: "x", Rhythm: Rhythm{}.learn(nil, at(-3, 0, 0))}, at(2, 3, 0), 5 * time.Minute, "news"},
		{"in a rush", Source{}, State{URL: "x", ETag: "x", Rush: Rush{Level: 1}, Pace: Pace{Last: at(1, 9, 0)}}, at(1, 10, 0), 150 * time.Second, "half of the last document was new"},
		{"in a great rush", Source{}, State{URL: "x", ETag: "x", Rush: Rush{Level: 9}, Pace: Pace{Last: at(1, 9, 0)}}, at(1, 10, 0), time.Minute, "half of the last document was new"},
		{"a rush of yesterday", Source{}, State{URL: "x", ETag: "x", Rush: Rush{Level: 1}, Pace: Pace{Last: at(0, 9, 0)}}, at(1, 10, 0), 5 * time.Minute, "news"},
		{"H7: no validators", Source{}, State{URL: "x"}, at(1, 10, 0), 6 * time.Minute, "the server cannot be asked whether anything has changed"},
		{"H7: they are ignored", Source{}, State{URL: "x", ETag: "x", Ignored: maxIgnored}, at(1, 10, 0), 6 * time.Minute, "the server cannot be asked whether anything has changed"},
		{"H7: unless the operator says so", Source{Every: time.Minute}, State{URL: "x"}, at(1, 10, 0), time.Minute, "as configured"},
		{"H13: a blog's ttl", Source{Class: Blog}, State{Wishes: feed.Wishes{Every: 3 * time.Hour, Via: "ttl"}}, at(1, 10, 0), 3 * time.Hour, "the feed's ttl"},
		{"H13: advisory for news", Source{}, State{Wishes: feed.Wishes{Every: 3 * time.Hour, Via: "ttl"}}, at(1, 10, 0), 5 * time.Minute, "news"},
		{"H13: of a week, no longer than the ceiling", Source{Class: Blog}, State{Wishes: feed.Wishes{Every: 168 * time.Hour, Via: "ttl"}}, at(1, 10, 0), 24 * time.Hour, "the feed's ttl"},
		{"a budget", Source{Every: time.Minute, Budget: 96}, State{}, at(1, 10, 0), 15 * time.Minute, "a budget of 96 requests a day"},
		{"a budget that binds nothing", Source{Budget: 25000}, State{}, at(1, 10, 0), 5 * time.Minute, "news"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.src.URL = "https://a.example/rss"
			if got, why := TempoOf(cfg, tt.src, tt.state, tt.at).At(tt.at); got != tt.want || why != tt.why {
				t.Errorf("every %v: %s, want %v: %s", got, why, tt.want, tt.why)
			}
		})
	}
	cfg.MinInterval = time.Hour
	if got, why := TempoOf(cfg, Source{}, State{}, noon).At(noon); got != time.Hour || why != "min_interval" {
		t.Errorf("every %v: %s, want an hour for min_interval", got, why)
	}
}

func TestRush(t *testing.T) {
	const every, least = 5 * time.Minute, time.Minute
	r := Rush{}
	for i, step := range []struct {
		seen, total int
		fair        bool
		level       int
		why         string
	}{
		{9, 20, false, 0, "after a rest"},
		{1, 4, true, 0, "too few to say"},
		{10, 20, true, 0, "just half"},
		{9, 20, true, 1, "more than half is new"},
		{0, 20, true, 2, "all is new"},
		{0, 20, true, 3, "as fast as may be"},
		{0, 20, true, 3, "no faster"},
		{12, 20, true, 3, "as it should be"},
		{14, 20, true, 3, "calm"},
		{14, 20, true, 3, "calm"},
		{14, 20, true, 2, "calm for three documents"},
		{14, 20, true, 2, "calm"},
		{12, 20, true, 2, "as it should be"},
		{14, 20, true, 2, "calm"},
		{14, 20, true, 2, "calm"},
		{14, 20, true, 1, "calm for three documents"},
	} {
		if r = r.step(step.seen, step.total, step.fair, every, least); r.Level != step.level {
			t.Fatalf("step %d, %s: level %d, want %d", i, step.why, r.Level, step.level)
		}
	}
}

func TestRhythmLearnsFromDates(t *testing.T) {
	r := workdays(monday)
	night := monday.AddDate(0, 0, 23).Add(3 * time.Hour)
	if n := r.expected(hourOf(night), r.mean()); n >= silent {
		t.Fatalf("%.3f items expected at 3, want about none", n)
	}
	seen := night.Add(3 * time.Hour) // at 6, an item of 3
	dated := r.learn([]news.Item{{PublishedAt: night}}, seen)
	if n := dated.expected(hourOf(night.Add(24*time.Hour)), dated.mean()); n < silent {
		t.Errorf("%.3f items expected at 3 where one came at 3, want more than none", n)
	}
	old := r.learn([]news.Item{{PublishedAt: night.Add(-30 * time.Hour)}}, seen)
	if n := old.expected(hourOf(night), old.mean()); n >= silent {
		t.Errorf("an item of long ago changes tonight: %.3f", n)
	}
	gone := dated.learn(nil, night.Add(70*24*time.Hour))
	if gone.mean() != 0 || !gone.Since.Equal(night.Add(70*24*time.Hour)) {
		t.Errorf("after ten weeks without news: mean %v since %v, want a new start", gone.mean(), gone.Since)
	}
	if len(r.Cells) != 96 {
		t.Errorf("%d bytes, want 96", len(r.Cells))
	}
}

func TestCells(t *testing.T) {
	for _, tt := range []struct {
		at   time.Time
		want int
	}{
		{monday, 0},
		{monday.Add(-time.Second), 47}, // Sunday, 23
		{monday.Add(5*24*time.Hour - time.Second), 23}, // Friday, 23
		{monday.Add(5 * 24 * time.Hour), 24},
		{monday.Add(15*time.Hour + 59*time.Minute), 15},
		{time.Unix(-1, 0), 8}, // a Thursday
	} {
		if got := cellOf(hourOf(tt.at)); got != tt.want {
			t.Errorf("%v is in cell %d, want %d", tt.at, got, tt.want)
		}
	}
}

// tempos are of every kind, at some moment of a weekend and a night.
func tempos() map[string]Tempo {
	state := State{URL: "x", ETag: "x", Rhythm: workdays(monday), Pace: Pace{Last: monday.AddDate(0, 0, 18)}, Rush: Rush{Level: 1}}
	src := Source{URL: "https://a.example/rss"}
	list := map[string]Tempo{"plain": TempoOf(Default, src, State{}, noon)}
	list["silent"] = TempoOf(Default, src, state, monday.AddDate(0, 0, 21))
	state.ETag = ""
	list["unconditional"] = TempoOf(Default, src, state, monday.AddDate(0, 0, 21))
	src.Class = Blog
	state.Wishes = feed.Wishes{Every: 90 * time.Minute, Via: "ttl", SkipHours: 0b1111, SkipDays: 1 << time.Sunday}
	list["blog"] = TempoOf(Default, src, state, monday.AddDate(0, 0, 21))
	return list
}

// H12: a restart at any moment between two polls finds the same next one, and no
// two polls are closer than the interval allows.
func TestH12ARestartPollsNoSooner(t *testing.T) {
	for name, p := range tempos() {
		t.Run(name, func(t *testing.T) {
			at := p.Next(Rest{}, monday.AddDate(0, 0, 21)).At
			for at.Before(monday.AddDate(0, 0, 29)) {
				next := p.Next(Rest{}, at)
				gap := next.At.Sub(at)
				if gap < p.Every*19/20 {
					t.Fatalf("%v between two polls, want about %v or more", gap, p.Every)
				}
				for i := range 7 {
					if again := p.Next(Rest{}, at.Add(gap*time.Duration(i)/7)); again != next {
						t.Fatalf("a restart at %v moves the poll from %v (%s) to %v (%s)", at.Add(gap*time.Duration(i)/7), next.At, next.Why, again.At, again.Why)
					}
				}
				at = next.At
			}
		})
	}
}

// A feed that is taken up after a restart waits for the slot that was planned.
func TestH12TheStoredRhythmHoldsAfterARestart(t *testing.T) {
	b, s, store := newBus(t), newSite(t), &MemoryStore{}
	s.set("one")
	now := time.Now()
	silentFeed := func(s State) State {
		s.Rhythm = Rhythm{Since: now.Add(-30 * 24 * time.Hour), Hour: hourOf(now), Cells: make([]byte, cells*cellSize)}
		s.Pace.Last = now.Add(-20 * 24 * time.Hour)
		return s
	}
	src := Source{URL: s.URL + "/rss"}
	var p Tempo
	for i := 0; ; i++ { // one whose planned slot is not near
		src.ID = fmt.Sprint("a", i)
		p = TempoOf(testConfig(), src, silentFeed(State{ETag: "x"}), now)
		if next := p.Next(Rest{}, now.Add(-10*time.Minute)).At; next.Sub(now) > 10*time.Minute {
			break
		}
	}
	f := newFetcher(t, b, store, src)
	f.poll(t.Context(), f.feeds[0])
	state, revision, _ := store.Load(t.Context(), src.ID)
	if _, err := store.Save(t.Context(), src.ID, silentFeed(state), revision); err != nil {
		t.Fatal(err)
	}
	again := newFetcher(t, b, store, src)
	e := again.feeds[0]
	e.turn = NextTurn(e.feed, true, Rest{}, now.Add(-6*time.Minute)) // the slot of its class, just now
	again.poll(t.Context(), e)
	if planned := p.Next(Rest{}, now); !strings.Contains(e.turn.Why, "nothing is expected") || e.turn.At.Sub(planned.At).Abs() > time.Second {
		t.Errorf("next poll %v (%s), want %v (%s)", e.turn.At, e.turn.Why, planned.At, planned.Why)
	}
	if n := len(s.asked()); n != 1 {
		t.Errorf("asked %d times, want only before the restart", n)
	}
}

// H13: the hours and days that a blog wants for itself are left out; news are
// read all the same.
func TestH13SkipHoursAndDays(t *testing.T) {
	state := State{URL: "x", ETag: "x", Wishes: feed.Wishes{SkipHours: 0b111111, SkipDays: 1<<time.Saturday | 1<<time.Sunday}}
	for class, want := range map[Class]bool{Blog: false, News: true, Trade: true} {
		p := TempoOf(Default, Source{URL: "https://a.example/rss", Class: class}, state, monday)
		skipped := false
		for at := monday; at.Before(monday.AddDate(0, 0, 8)); {
			next := p.Next(Rest{}, at).At
			if next.Sub(at) > 57*time.Hour {
				t.Fatalf("%s: no poll for %v", class, next.Sub(at))
			}
			at = next
			// The jitter may lead a little out of the hour in which a slot begins.
			start := at.UTC().Add(-p.Every / 20)
			skipped = skipped || state.Wishes.Skips(start) && state.Wishes.Skips(at)
		}
		if skipped != want {
			t.Errorf("%s: polled at hours to be skipped: %v, want %v", class, skipped, want)
		}
	}
}

// H7: what the server shows of its validators.
func TestH7WithoutConditionalSupport(t *testing.T) {
	b, s := newBus(t), newSite(t)
	f := newFetcher(t, b, &MemoryStore{}, Source{ID: "a", URL: s.URL + "/rss"})
	e, count, heed := f.feeds[0], 0, false
	s.feed = func(w http.ResponseWriter, r *http.Request) {
		count++
		w.Header().Set("ETag", `"e"`)
		if heed && r.Header.Get("If-None-Match") != "" {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		rssOf("<!-- "+fmt.Sprint(count)+" --><item><title>one</title><guid>1</guid></item>")(w, r)
	}
	f.reconfigure(func(c *Config) { c.MinInterval = time.Minute })
	for _, want := range []string{"news", "news", "news", "the server cannot be asked", "the server cannot be asked"} {
		f.poll(t.Context(), e)
		if !strings.Contains(e.turn.Why, want) {
			t.Errorf("poll %d: %s, want %s", count, e.turn.Why, want)
		}
	}
	if stored, _, _ := f.store.Load(t.Context(), "a"); stored.Ignored != maxIgnored {
		t.Errorf("H12: stored as ignored %d times", stored.Ignored)
	}
	heed = true
	f.poll(t.Context(), e)
	if stored, _, _ := f.store.Load(t.Context(), "a"); !strings.Contains(e.turn.Why, "news") || stored.Ignored != 0 {
		t.Errorf("after a 304: %s, ignored %d times", e.turn.Why, stored.Ignored)
	}
}

// Ask 15: the interval follows the feed, by the time of day and in a burst.
func TestAsk15IntervalFollowsTheFeed(t *testing.T) {
	for _, sim := range simulations {
		t.Run(sim.name, func(t *testing.T) {
			fixed, adaptive := sim.run(t, true), sim.run(t, false)
			t.Logf("fixed %v: %v", sim.class.interval(), fixed)
			t.Logf("adaptive: %v", adaptive)
			if adaptive.hitRate() < fixed.hitRate() {
				t.Errorf("hit rate %.1f %%, fixed %.1f %%", 100*adaptive.hitRate(), 100*fixed.hitRate())
			}
			if limit := sim.class.interval() * 12 / 10; adaptive.p95() > limit {
				t.Errorf("p95 of the delay %v, want at most %v", adaptive.p95(), limit)
			}
			if adaptive.lost > fixed.lost || sim.fast && adaptive.lost*2 > fixed.lost {
				t.Errorf("%d entries lost, fixed %d", adaptive.lost, fixed.lost)
			}
		})
	}
}

// A simulation is a feed whose entries come by chance, at a rate that depends on
// the hour.
type simulation struct {
	name   string
	class  Class
	window int // entries that the document holds
	fast   bool
	rate   func(t time.Time) float64 // entries an hour
}

func weekday(t time.Time) bool { return t.Weekday() != time.Saturday && t.Weekday() != time.Sunday }

func between(t time.Time, from, to int) bool { return t.Hour() >= from && t.Hour() < to }

var simulations = []simulation{
	{"a paper, day and evening", News, 30, false, func(t time.Time) float64 {
		switch {
		case between(t, 6, 19) && weekday(t):
			return 4
		case between(t, 6, 22):
			return 1
		}
		return 0
	}},
	{"a trade paper, hours of work", Trade, 30, false, func(t time.Time) float64 {
		if between(t, 8, 18) && weekday(t) {
			return 1.5
		}
		return 0
	}},
	{"a blog, afternoons of weekdays", Blog, 10, false, func(t time.Time) float64 {
		if between(t, 13, 18) && weekday(t) {
			return 0.5
		}
		return 0
	}},
	{"a desk that never sleeps", News, 50, false, func(time.Time) float64 { return 3 }},
	{"a wire with a short window", News, 20, true, func(t time.Time) float64 {
		if between(t, 9, 16) {
			return 400
		}
		return 20
	}},
}

// A simulated is what came of a simulation.
type simulated struct {
	polls, hits, entries, lost int
	delays                     []time.Duration // of what came at active hours
}

func (s simulated) hitRate() float64 { return float64(s.hits) / float64(s.polls) }

func (s simulated) p95() time.Duration {
	slices.Sort(s.delays)
	return s.delays[len(s.delays)*95/100]
}

func (s simulated) String() string {
	return fmt.Sprintf("%d polls, %d with something new (%.1f %%), %d entries, %d lost, p95 of the delay %v",
		s.polls, s.hits, 100*s.hitRate(), s.entries, s.lost, s.p95().Round(time.Second))
}

// run polls the feed for two weeks, from the first poll on.
func (sim simulation) run(t *testing.T, fixed bool) simulated {
	t.Helper()
	src := Source{ID: "a", URL: "https://a.example/rss", Class: sim.class}
	fd := src.Feed(Default.MinInterval)
	end, now := monday.AddDate(0, 0, 14), monday
	entries := sim.entries(end)
	out := simulated{entries: len(entries)}
	state := State{}
	read := 0 // entries that came before the last poll
	for now.Before(end) {
		came := read
		for came < len(entries) && !entries[came].After(now) {
			came++
		}
		out.polls++
		out.lost += max(0, came-read-sim.window)
		var items []news.Item
		for _, at := range entries[max(read, came-sim.window):came] {
			items = append(items, news.Item{Key: fmt.Sprint(at.UnixNano()), PublishedAt: at})
			if sim.rate(at) > 0 {
				out.delays = append(out.delays, now.Sub(at))
			}
		}
		known := make([]string, min(read, sim.window-len(items)))
		read = came
		a := Answer{Response: &client.Response{ETag: "x", HeadersAt: now, NotModified: len(items) == 0 && out.polls > 1}}
		a.Document = feed.Document{Items: items, Known: known}
		if len(items) > 0 {
			out.hits++
		}
		state = Conclude(Default, src, state, a, Sifting{News: items}, nil, now).State
		state.Seen = nil // not what this is about
		if fixed {
			now = NextTurn(fd, true, Rest{}, now).At
		} else {
			now = TempoOf(Default, src, state, now).Next(Rest{}, now).At
		}
	}
	return out
}

// entries are those of a Poisson process, hour by hour, the same at each call.
func (sim simulation) entries(end time.Time) (list []time.Time) {
	chance := rand.New(rand.NewPCG(1, uint64(len(sim.name))))
	for hour := monday; hour.Before(end); hour = hour.Add(time.Hour) {
		rate := sim.rate(hour)
		if rate == 0 {
			continue
		}
		for at := 0.0; ; {
			if at -= math.Log(1-chance.Float64()) / rate; at >= 1 {
				break
			}
			list = append(list, hour.Add(time.Duration(at*float64(time.Hour))))
		}
	}
	return list
}
