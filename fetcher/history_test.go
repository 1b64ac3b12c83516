package fetcher

import (
	"context"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/chipwire/chipwire/fetcher/client"
	"github.com/chipwire/chipwire/internal/bus"
)

func TestAPollIsRemembered(t *testing.T) {
	body := make([]byte, 1000)
	for _, tt := range []struct {
		name   string
		answer Answer
		status string
		news   int
		want   Outcome
		bytes  int
	}{
		{"changed", Answer{Response: &client.Response{HeadersAt: noon, AskedAt: noon.Add(-250 * time.Millisecond), Body: body}, Size: len(body)}, StatusOK, 3, Changed, 1024},
		{"same body", Answer{Response: &client.Response{HeadersAt: noon, AskedAt: noon.Add(-250 * time.Millisecond), Body: body}, Size: len(body), Unchanged: true}, StatusFrozen, 0, SameBody, 1024},
		{"304", Answer{Response: &client.Response{HeadersAt: noon, AskedAt: noon.Add(-250 * time.Millisecond), NotModified: true}, Unchanged: true}, StatusOK, 0, NotModified, 0},
		{"an HTTP code", Answer{Err: &client.Error{Status: "http-404", Code: 404}}, "http-404", 0, NoAnswer, 0},
		{"a name of the client's", Answer{Err: &client.Error{Status: client.StatusTLS}}, "tls", 0, NoAnswer, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			data := (&State{Polls: History{}.add(pollOf(tt.answer, tt.status, tt.news))}).pack()
			s, err := unpack(data)
			if err != nil || len(s.Polls.Polls()) != 1 {
				t.Fatalf("%x: %v, %v", data, s.Polls, err)
			}
			p := s.Polls.Polls()[0]
			if p.Status() != tt.status || p.Outcome() != tt.want || p.New() != tt.news || p.Bytes() != tt.bytes {
				t.Errorf("status %s, outcome %s, %d new, %d bytes; want %s, %s, %d, %d", p.Status(), p.Outcome(), p.New(), p.Bytes(), tt.status, tt.want, tt.news, tt.bytes)
			}
			if tt.want != NoAnswer && (p.Latency() != 250*time.Millisecond || !p.At().Equal(noon)) {
				t.Errorf("latency %v at %v, want 250ms at %v", p.Latency(), p.At(), noon)
			}
		})
	}
}

func TestStatusesHaveNumbers(t *testing.T) {
	for _, m := range statuses {
		if got := statusOf(statusNumber(m.Status)); got != m.Status {
			t.Errorf("%s comes back as %s", m.Status, got)
		}
	}
	for status, want := range map[string]string{"http-100": "http-100", "http-599": "http-599", "http-42": StatusFailed, "odd": StatusFailed} {
		if got := statusOf(statusNumber(status)); got != want {
			t.Errorf("%s comes back as %s, want %s", status, got, want)
		}
	}
	if len(statuses) >= 100 {
		t.Errorf("%d statuses: they run into the HTTP codes", len(statuses))
	}
}

// pollNumber is one with numbers of every length, and clocks that go back.
func pollNumber(i int) Poll {
	return Poll{uint32(1.7e9 + 1000*(i%7)), uint16(i*101) & 0xfff, uint16(i % 3), uint16(i * 1000), uint16(i * i)}
}

func TestHistoryIsTheLastThirty(t *testing.T) {
	var h History
	var before History
	for i := range 40 {
		before = h
		h = h.add(pollNumber(i))
	}
	polls, was := h.Polls(), before.Polls()
	if len(polls) != maxPolls || h.Len() != maxPolls || len(was) != maxPolls {
		t.Fatalf("%d and %d polls, want %d", len(polls), len(was), maxPolls)
	}
	for i, p := range polls {
		if want := pollNumber(10 + i); p != want || was[i] != pollNumber(9+i) {
			t.Errorf("poll %d: %+v and before %+v, want %+v", i, p, was[i], want)
		}
	}
	for _, text := range []string{"!", "AAAA", "AA=="} {
		h := History{}.add(Poll{at: 1})
		if err := h.UnmarshalText([]byte(text)); err != nil || h.Len() != 0 {
			t.Errorf("%s: %v, %v; want no history and no error", text, h, err)
		}
	}
	for cut := range len(h) {
		if got := h[:cut].Polls(); len(got) >= maxPolls {
			t.Errorf("%d polls of %d bytes", len(got), cut)
		}
		if got := h[:cut].add(Poll{at: 50}).Polls(); len(got) == 0 || got[len(got)-1].at != 50 {
			t.Errorf("%d bytes and a poll: %v", cut, got)
		}
	}
}

func TestHistoryStats(t *testing.T) {
	at := func(ms int) *client.Response {
		return &client.Response{HeadersAt: noon, AskedAt: noon.Add(-time.Duration(ms) * time.Millisecond)}
	}
	var h History
	for i := range 10 { // 8 of 304, a hit, a failure
		r := at(10 * (i + 1))
		switch i {
		case 3:
			h = h.add(pollOf(Answer{Response: r}, StatusOK, 2))
		case 7:
			h = h.add(pollOf(Answer{Err: &client.Error{Status: client.StatusTimeout}}, "timeout", 0))
		default:
			r.NotModified = true
			h = h.add(pollOf(Answer{Response: r, Unchanged: true}, StatusOK, 0))
		}
	}
	s := h.Stats()
	if s.Polls != 10 || s.HitRate() != 0.1 || s.Answered != 9 || s.NotModifiedShare() != 8.0/9 {
		t.Errorf("stats %+v", s)
	}
	if s.Latency != (Spread{50 * time.Millisecond, 100 * time.Millisecond, 9}) {
		t.Errorf("latency %+v", s.Latency)
	}
	if s := (History{}).Stats(); s.HitRate() != 0 || s.NotModifiedShare() != 0 {
		t.Errorf("stats of nothing %+v", s)
	}
}

func TestHistoriesOfTenThousandFeedsAreSmall(t *testing.T) {
	const feeds, most = 10_000, 3e6
	least := int64(1) << 40
	for range 3 { // what else lives in the process may grow meanwhile, but not each time
		states := make([]History, feeds)
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		for i := range states {
			for range maxPolls + 1 {
				states[i] = states[i].add(Poll{at: uint32(i), what: 1<<10 | 1, latency: 200})
			}
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		least = min(least, int64(after.HeapAlloc)-int64(before.HeapAlloc))
		runtime.KeepAlive(states)
	}
	least += feeds * int64(unsafe.Sizeof(History{})) // the header of each is in its feed's state
	if t.Logf("%d feeds take %d bytes", feeds, least); least > most {
		t.Errorf("%d feeds take %d bytes, want at most %d", feeds, least, int64(most))
	}
}

// A 304 writes nothing, a stop writes what is in memory, and a restart goes on
// from there.
func TestHistoryOutlivesAStopAndNotAKill(t *testing.T) {
	b, s := newBus(t), newSite(t)
	kv, err := b.Core().KeyValue(t.Context(), bus.FeedsBucket)
	if err != nil {
		t.Fatal(err)
	}
	s.set("one")
	store := NewBucketStore(kv)
	newRunning := func() *Fetcher { return newFetcher(t, b, store, Source{ID: "a", URL: s.URL + "/rss"}) }
	f := newRunning()
	e := f.feeds[0]
	for range 4 { // one that is news, three of 304
		f.poll(t.Context(), e)
	}
	state, written, err := store.Load(t.Context(), "a")
	if err != nil || state.Polls.Len() != 1 || written != 1 {
		t.Fatalf("%d polls in revision %d, %v; want the first alone, written once", state.Polls.Len(), written, err)
	}

	killed := newRunning() // the one before it never stopped
	killed.poll(t.Context(), killed.feeds[0])
	if n := killed.feeds[0].state.Polls.Len(); n != 2 {
		t.Errorf("%d polls after a kill, want the stored one and this", n)
	}

	hold := &holding{}
	hold.mask.Store(1<<Partitions - 1) // every partition
	if saved, not := f.saveHistories(t.Context(), hold); saved != 1 || not != 0 {
		t.Fatalf("saved %d, not %d", saved, not)
	}
	if saved, not := f.saveHistories(t.Context(), hold); saved+not != 0 {
		t.Errorf("saved %d again, not %d", saved, not)
	}
	if saved, not := killed.saveHistories(t.Context(), hold); saved != 0 || not != 1 {
		t.Errorf("the loser of the race has saved %d, not %d", saved, not)
	}
	again := newRunning()
	again.poll(t.Context(), again.feeds[0])
	got := again.feeds[0].state.Polls.Stats()
	if got.Polls != 5 || got.Hits != 1 || got.NotModified != 4 {
		t.Errorf("after a restart %+v, want 5 polls, a hit and four of 304", got)
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if saved, not := again.saveHistories(canceled, hold); saved != 0 || not != 1 {
		t.Errorf("without time saved %d, not %d", saved, not)
	}
}

// A stop of the whole fetcher saves.
func TestRunSavesHistoriesAtItsEnd(t *testing.T) {
	b, s := newBus(t), newSite(t)
	kv, err := b.Core().KeyValue(t.Context(), bus.FeedsBucket)
	if err != nil {
		t.Fatal(err)
	}
	s.set("one")
	store := NewBucketStore(kv)
	f := newFetcher(t, b, store, Source{ID: "a", URL: s.URL + "/rss", Every: time.Second})
	feedPolls := func() (n int) {
		for _, path := range s.asked() {
			if path == "/rss" {
				n++
			}
		}
		return n
	}
	runUntil(t, f, func() bool { return feedPolls() >= 5 })
	state, _, err := store.Load(t.Context(), "a")
	// The stop may have ended the last; and a lease that could not be renewed in
	// time costs what was not written before.
	if counted := f.Polls()[StatusOK]; err != nil || state.Polls.Len() < 2 || uint64(state.Polls.Len()) > counted {
		t.Errorf("%d polls are stored, %d counted, %d asked, %v; want more than the first", state.Polls.Len(), counted, feedPolls(), err)
	}
	leases, err := b.Leases(t.Context(), "other") // the first is given back after that
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := leases.Hold(t.Context(), "partition/"+Partition(0).String(), bus.PartitionTTL); !ok || err != nil {
		t.Errorf("a partition is still held, %v", err)
	}
}

func TestAPollThatPanicsIsAFaultWithAName(t *testing.T) {
	b, store := newBus(t), &MemoryStore{}
	site := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(site.Close)
	f := newFetcher(t, b, store, Source{ID: "a", URL: site.URL})
	f.client = nil // nobody can ask with that
	f.turn(t.Context(), f.feeds[0], true)
	state, _, _ := store.Load(t.Context(), "a")
	h := state.Health
	if h.Status != StatusFailed || h.Advice == "" || !strings.Contains(h.Note, "panicked") || h.Failures != 1 || f.Polls()[StatusFailed] != 1 {
		t.Errorf("health %+v, counts %v", h, f.Polls())
	}
	if left := time.Until(f.feeds[0].turn.At); left < 59*time.Minute {
		t.Errorf("next turn in %v, want an hour", left)
	}
}
