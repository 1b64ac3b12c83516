package fetcher

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/chipwire/chipwire/fetcher/client"
	"github.com/chipwire/chipwire/fetcher/feed"
	"github.com/chipwire/chipwire/news"
)

func TestFaultOf(t *testing.T) {
	dns := func(notFound bool) error {
		return &client.Error{Status: client.StatusDNS, Err: &net.DNSError{IsNotFound: notFound}}
	}
	code := func(n int) error { return &client.Error{Status: client.Status(fmt.Sprint("http-", n)), Code: n} }
	for _, tt := range []struct {
		name          string
		err           error
		severity      Severity
		network, busy bool
	}{
		{"name server down", dns(false), Temporary, true, false},
		{"no such name", dns(true), Hard, true, false},
		{"timeout", &client.Error{Status: client.StatusTimeout}, Soft, true, false},
		{"reset", &client.Error{Status: client.StatusReset}, Soft, true, false},
		{"refused", &client.Error{Status: client.StatusRefused}, Hard, true, false},
		{"certificate", &client.Error{Status: client.StatusTLS}, Hard, false, false},
		{"404", code(404), Soft, false, false},
		{"500", code(500), Soft, false, false},
		{"503", code(503), Soft, false, true},
		{"429", code(429), Soft, false, true},
		{"403", code(403), Hard, false, false},
		{"H9: 410", code(410), Gone, false, false},
		{"a web page", &feed.Error{Status: feed.HTML}, Soft, false, false},
		{"a wall for programs", &client.Error{Status: client.StatusChallenge, Code: 403}, Hard, false, false},
		{"the proxy is this side's", &client.Error{Status: client.StatusProxy}, Temporary, true, false},
		{"not asked", &client.Error{Status: client.StatusResting, RetryAfter: time.Hour}, Temporary, false, false},
		{"of no kind", errors.New("odd"), Hard, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ft, bad := faultOf(Answer{Err: tt.err}, nil)
			if !bad || ft.Severity != tt.severity || ft.Network != tt.network || ft.Busy != tt.busy || ft.Status == "" {
				t.Errorf("fault %+v, %v; want %s, network %v, busy %v", ft, bad, tt.severity, tt.network, tt.busy)
			}
		})
	}
	if ft, bad := faultOf(Answer{}, nil); bad {
		t.Errorf("a good answer has the fault %+v", ft)
	}
	if ft, _ := faultOf(Answer{}, errors.New("no stream")); ft.Status != StatusWire || ft.Severity != Temporary {
		t.Errorf("fault %+v, want wire, temporary", ft)
	}
}

func TestRestAfter(t *testing.T) {
	const every, week = 10 * time.Minute, 7 * 24 * time.Hour
	for _, tt := range []struct {
		name     string
		fault    Fault
		failures int
		from, to time.Duration
		why      string
	}{
		{"temporary, first", Fault{Severity: Temporary}, 1, 0, 5 * time.Minute, "temporary"},
		{"soft, first", Fault{Severity: Soft}, 1, 0, 10 * time.Minute, "soft"},
		{"hard, first", Fault{Severity: Hard}, 1, 0, 20 * time.Minute, "hard"},
		{"soft, third", Fault{Severity: Soft}, 3, 0, 40 * time.Minute, "3 in a row"},
		{"never more than a day", Fault{Severity: Hard}, 30, 0, 24 * time.Hour, "30 in a row"},
		{"weekly after thirty", Fault{Severity: Soft}, 31, week, week, "once a week"},
		{"H9: 410 is asked weekly", Fault{Severity: Gone}, 1, week, week, "once a week"},
		{"H6: as long as the server asks", Fault{Severity: Soft, Busy: true, RetryAfter: 3 * time.Hour}, 1, 3 * time.Hour, 3 * time.Hour, "the server asks"},
		{"H6: however long", Fault{Severity: Soft, Busy: true, RetryAfter: 3 * week}, 1, 3 * week, 3 * week, "the server asks"},
		{"H6: 429 without a time is no sooner than planned", Fault{Severity: Soft, Busy: true}, 1, every * 3 / 4, every, "soft"},
		{"H6: nor with a time of nothing", Fault{Severity: Soft, Busy: true, RetryAfter: time.Second}, 1, every * 3 / 4, every, "soft"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for i := range 200 {
				f := news.Feed{ID: fmt.Sprint("feed-", i), Interval: every}
				got := restAfter(f, tt.fault, tt.failures, noon)
				if d := got.Until.Sub(noon); d < tt.from || d > tt.to || !strings.Contains(got.Why, tt.why) {
					t.Fatalf("%s rests %v because %q, want %v to %v because of %q", f.ID, d, got.Why, tt.from, tt.to, tt.why)
				}
				if again := restAfter(f, tt.fault, tt.failures, noon); again != got {
					t.Fatalf("%v, then %v", got, again)
				}
			}
		})
	}
}

// A rest that the site wants of all its addresses is not this feed's failure.
func TestRestingIsNoFailure(t *testing.T) {
	before := State{Health: Health{Status: StatusOK, LastOK: noon.Add(-time.Minute)}, AddedAt: noon.Add(-time.Hour)}
	a := Answer{Err: &client.Error{Status: client.StatusResting, RetryAfter: time.Hour}}
	end := Conclude(Default, Source{URL: "https://a.example/rss"}, before, a, Sifting{}, nil, noon)
	if h := end.State.Health; h.Failures != 0 || h.Status != string(client.StatusResting) {
		t.Errorf("health %+v, want resting and no failure", h)
	}
	if want := noon.Add(time.Hour); !end.Floor.Until.Equal(want) {
		t.Errorf("rests until %v, want %v", end.Floor.Until, want)
	}
	if what, why := noticeOf(end.State, end.Fault); what != "" {
		t.Errorf("told %s because %s", what, why)
	}
}

// Full jitter: feeds that fail together come back spread over the whole time.
func TestRestsAreSpread(t *testing.T) {
	const feeds, tenths = 2000, 10
	var n [tenths]int
	for i := range feeds {
		n[int(fraction(fmt.Sprint("feed-", i), 4)*tenths)]++
	}
	for tenth, got := range n {
		if got < feeds/tenths/2 || got > feeds/tenths*2 {
			t.Errorf("%d of %d feeds in tenth %d", got, feeds, tenth)
		}
	}
}
