package fetcher

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/korean"

	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/internal/bus/bustest"
	"github.com/chipwire/chipwire/news"
)

// The duel: the scenes in which a well-known peer (feedpushr 0898e12, run for 44 s)
// lost 15 of 15 items, refused two feeds and asked those that wanted to be left
// alone again and again.

// TestDuelEveryItemIsDeliveredOnce has NATS take nothing for the first polls of
// three feeds of five items: one with validators, one whose items have no date,
// one with dotted Korean dates. The peer delivered none of the fifteen.
func TestDuelEveryItemIsDeliveredOnce(t *testing.T) {
	b := newBus(t)
	now := time.Now().In(time.FixedZone("KST", 9*3600))
	var sources []Source
	want := map[string]bool{}
	for _, kind := range []struct {
		name string
		date func(i int) string // "" for none
	}{
		{"etag", func(i int) string { return now.Add(-time.Duration(i) * time.Minute).Format(time.RFC1123Z) }},
		{"undated", func(int) string { return "" }},
		{"dotted", func(i int) string { return now.Add(-time.Duration(i) * time.Minute).Format("2006.01.02 15:04") }},
	} {
		s := newSite(t)
		var list strings.Builder
		for i := range 5 {
			title := fmt.Sprintf("%s story number %d", kind.name, i)
			want[title] = true
			fmt.Fprintf(&list, "<item><title>%s</title><guid>%s-%d</guid><link>%s/%d</link>", title, kind.name, i, s.URL, i)
			if d := kind.date(i); d != "" {
				fmt.Fprintf(&list, "<pubDate>%s</pubDate>", d)
			}
			list.WriteString("</item>")
		}
		first := strings.LastIndex(list.String(), "<item>") // undated: the newest three of a first poll are news
		whole := list.String()
		polls := 0
		s.feed = func(w http.ResponseWriter, r *http.Request) {
			polls++
			w.Header().Set("ETag", `"one"`)
			body := whole
			if kind.name == "undated" && polls <= 1 {
				body = whole[first:] // the others come after the first poll
				w.Header().Set("ETag", `"none yet"`)
			}
			if r.Header.Get("If-None-Match") == `"one"` {
				w.WriteHeader(http.StatusNotModified)
				return
			}
			rssOf(body)(w, r)
		}
		sources = append(sources, Source{ID: kind.name, URL: s.URL + "/rss", Lang: "ko", Zone: "Asia/Seoul"})
	}
	f := newFetcher(t, b, &MemoryStore{}, sources...)
	pollAll := func() {
		for _, e := range f.feeds {
			e.state.Rest, e.turn = Rest{}, Turn{}
			f.poll(t.Context(), e)
		}
	}
	got := map[string]int{}
	deliver := func() {
		for _, it := range stored[news.Item](t, b, bus.Items) {
			got[it.Title]++
		}
	}
	f.poll(t.Context(), f.feeds[1]) // the undated feed is known already
	deliver()
	if err := b.Core().DeleteStream(t.Context(), bus.Items); err != nil {
		t.Fatal(err)
	}
	for range 3 { // the sink takes nothing
		pollAll()
	}
	if err := b.Setup(t.Context(), bus.Layout{Store: bustest.Store}); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		pollAll()
	}
	deliver()
	for title := range want {
		if got[title] != 1 {
			t.Errorf("%q delivered %d times, want once", title, got[title])
		}
	}
	if len(got) != len(want) || len(want) != 15 {
		t.Errorf("%d items delivered, want %d of 15", len(got), len(want))
	}
}

// TestDuelWhoWantsToBeLeftAloneIs holds the next poll against what the peer did in
// 44 s: 9 requests inside Retry-After, 24 inside max-age, and on and on after 410.
func TestDuelWhoWantsToBeLeftAloneIs(t *testing.T) {
	b := newBus(t)
	for _, tt := range []struct {
		name  string
		feed  http.HandlerFunc
		least time.Duration
	}{
		{"429 with Retry-After", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "3600")
			w.WriteHeader(http.StatusTooManyRequests)
		}, time.Hour},
		{"503 with a date", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", time.Now().Add(time.Hour+2*time.Second).UTC().Format(http.TimeFormat))
			w.WriteHeader(http.StatusServiceUnavailable)
		}, time.Hour},
		{"max-age", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "max-age=3600")
			rssOf(rssItem("1", "one", "https://a.example/1"))(w, r)
		}, time.Hour},
		{"410", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) }, 7 * 24 * time.Hour},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t)
			s.feed = tt.feed
			f := newFetcher(t, b, &MemoryStore{}, Source{ID: "a", URL: s.URL + "/rss", Every: 2 * time.Second})
			asked := time.Now()
			f.poll(t.Context(), f.feeds[0])
			if turn := f.feeds[0].turn; turn.At.Sub(asked) < tt.least {
				t.Errorf("asked again after %v (%s), want %v at least", turn.At.Sub(asked), turn.Why, tt.least)
			}
			f.feeds[0].loaded = false // a restart knows it too
			f.poll(t.Context(), f.feeds[0])
			if n := len(s.asked()); n != 1 {
				t.Errorf("%d requests, want 1", n)
			}
		})
	}
}

// TestDuelFeedsThatThePeerRefused: one whose bytes are EUC-KR under a label of
// UTF-8, one with a byte that is no UTF-8.
func TestDuelFeedsThatThePeerRefused(t *testing.T) {
	euckr, err := korean.EUCKR.NewEncoder().String(`<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>신문</title><item><title>삼성전자 HBM4 공급 계약</title><guid>1</guid></item></channel></rss>`)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct{ body, want string }{
		"mislabelled": {euckr, "삼성전자 HBM4 공급 계약"},
		"one byte":    {"<?xml version=\"1.0\" encoding=\"utf-8\"?><rss version=\"2.0\"><channel><title>t</title><item><title>SK하이닉스 \xff HBM</title><guid>1</guid></item></channel></rss>", "SK하이닉스 \uFFFD HBM"},
	} {
		t.Run(name, func(t *testing.T) {
			b, s := newBus(t), newSite(t)
			s.feed = func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(tt.body)) }
			f := newFetcher(t, b, &MemoryStore{}, Source{ID: "a", URL: s.URL + "/rss"})
			f.poll(t.Context(), f.feeds[0])
			if got := titles(stored[news.Item](t, b, bus.Items)); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}
