package fetcher

import (
	"net/http"
	"testing"
	"time"

	"github.com/chipwire/chipwire/fetcher/client"
	"github.com/chipwire/chipwire/news"
)

func TestH5Fresh(t *testing.T) {
	at := func(d time.Duration) string { return noon.Add(d).Format(http.TimeFormat) }
	for _, tt := range []struct {
		name   string
		header map[string]string
		want   time.Duration
		via    string
	}{
		{"silent", nil, 0, ""},
		{"max-age", map[string]string{"Cache-Control": "public, max-age=600"}, 10 * time.Minute, "max-age"},
		{"less Age", map[string]string{"Cache-Control": "max-age=600", "Age": "500"}, 100 * time.Second, "max-age"},
		{"too old already", map[string]string{"Cache-Control": "max-age=600", "Age": "5000"}, 0, "max-age"},
		{"max-age wins over Expires", map[string]string{"Cache-Control": "Max-Age=60", "Expires": at(time.Hour)}, time.Minute, "max-age"},
		{"quoted", map[string]string{"Cache-Control": `max-age="60"`}, time.Minute, "max-age"},
		{"s-maxage is not ours", map[string]string{"Cache-Control": "s-maxage=600"}, 0, ""},
		{"no-cache", map[string]string{"Cache-Control": "no-cache, max-age=600"}, 0, "no-cache"},
		{"Expires by the server's clock", map[string]string{"Expires": at(2 * time.Hour), "Date": at(time.Hour)}, time.Hour, "expires"},
		{"Expires alone", map[string]string{"Expires": at(time.Hour)}, time.Hour, "expires"},
		{"Expires in the past", map[string]string{"Expires": at(-time.Hour), "Date": at(0)}, 0, "expires"},
		{"Expires of nothing", map[string]string{"Expires": "0"}, 0, ""},
		{"at most a day", map[string]string{"Cache-Control": "max-age=31536000"}, 24 * time.Hour, "max-age"},
		{"beyond any number", map[string]string{"Cache-Control": "max-age=99999999999999999999"}, 24 * time.Hour, "max-age"},
		{"not a number", map[string]string{"Cache-Control": "max-age=soon"}, 0, "max-age"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := http.Header{}
			for k, v := range tt.header {
				h.Set(k, v)
			}
			if got, via := Fresh(h, noon); got != tt.want || via != tt.via {
				t.Errorf("fresh for %v by %q, want %v by %q", got, via, tt.want, tt.via)
			}
		})
	}
}

func TestH5FloorOf(t *testing.T) {
	for cache, want := range map[string]time.Duration{"": 0, "no-cache": 0, "max-age=1800": 30 * time.Minute} {
		a := Answer{Response: &client.Response{Header: http.Header{"Cache-Control": {cache}}, HeadersAt: noon}}
		if got := floorOf(a); want == 0 && got != (Rest{}) || want > 0 && (got.Until.Sub(noon) != want || got.Why == "") {
			t.Errorf("%q: floor %v (%s), want %v", cache, got.Until.Sub(noon), got.Why, want)
		}
	}
}

// An answer that is fresh for just the interval halves no rate, is never asked
// for early, and writes nothing.
func TestH5FreshForTheInterval(t *testing.T) {
	f := news.Feed{ID: "a", Interval: 5 * time.Minute}
	at := NextTurn(f, true, Rest{}, noon).At
	const polls = 100
	began := at
	for range polls {
		floor := Rest{at.Add(100*time.Millisecond + f.Interval), "fresh"}
		next := NextTurn(f, true, floor, at.Add(200*time.Millisecond)).At
		if next.Before(floor.Until) {
			t.Fatalf("asked %v early", floor.Until.Sub(next))
		}
		if kept := worthStoring(tempoOf(f), floor, at); kept != (Rest{}) {
			t.Fatalf("stored %v", kept)
		}
		at = next
	}
	if took := at.Sub(began); took > polls*f.Interval*11/10 {
		t.Errorf("%d polls took %v", polls, took)
	}
	if kept := worthStoring(tempoOf(f), Rest{at.Add(time.Hour), "fresh"}, at); kept.Why == "" {
		t.Error("H12: an hour of freshness is lost in a restart")
	}
}
