package main

import (
	"strings"
	"testing"
	"time"
)

func TestPrintDecision(t *testing.T) {
	at := time.Date(2020, 11, 20, 9, 30, 0, 0, time.UTC)
	later := at.Add(3 * time.Hour)
	d := decision{
		ID: "a", URL: "https://a.example/rss", Asked: "unconditional", Request: map[string]string{"User-Agent": "tester/1"},
		Response: &response{Status: 200, URL: "https://a.example/new", Permanent: "https://a.example/new", ETag: `"e"`, Bytes: 7, Hub: "https://hub.example/", Topic: "https://a.example/self", LatencyMS: 12, Fresh: "5m0s", FreshVia: "max-age"},
		Document: &document{Title: "A", Format: "rss", Charset: "cp949", Corrected: true},
		Items:    []itemRow{{Title: "One", Key: "g1", Written: "now", Published: &at, How: "guessed", Why: "news: recent"}, {Why: "news: not dated"}},
		News:     2, Next: at, Why: "every 5m0s", Fault: &fault{"cut", "it broke off", "wait"}, Note: "a note",
		Present: &feedRow{
			Status: "http-404", Means: "the site answered 404 Not Found", Since: &at, Failures: 3, Note: "why", Advice: "what",
			Next: &later, Why: "http-404, 3 in a row", RestUntil: &later, Condition: "audit",
			AskedAt: "https://b.example/rss", MovesTo: "https://c.example/rss", Sightings: 2, MovesSince: &at,
		},
	}
	var b strings.Builder
	if err := printDecision(&b, d, at.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"Request, unconditional\n  User-Agent: tester/1\n",
		"Response\n  200 OK, from https://a.example/new\n  moved for good to https://a.example/new: put that into the configuration; until then it is a candidate, which the daemon asks after three sightings over two days\n  no content type, 7 bytes, after 12 ms\n  ETag \"e\", Last-Modified none\n  fresh for 5m0s (max-age)\n  hub https://hub.example/, topic https://a.example/self\n",
		"Document\n  rss, cp949 (corrected: the feed declares another), language not named, 0 left out\n  A\n",
		"Items: 2, at a first poll 2 news and 0 history\n  One\n    news: recent\n    date \"now\": 2020-11-20T09:30:00Z (guessed)\n    key g1\n  (no title)\n    news: not dated\n    date \"\": no date",
		"Fault: cut\n  it broke off\n  wait\n",
		"Note: a note\n",
		"Next poll: 2020-11-20 ",
		"In the daemon\n  status  http-404 for 1h: the site answered 404 Not Found; 3 failures in a row\n  note    why\n  do      what\n  next    2020-11-20 ",
		", in 2h: http-404, 3 in a row\n  rests   until 2020-11-20 ",
		"  asked   without validators this once, as an audit",
		"  moved   is asked at https://b.example/rss, where it redirects for good: put that into the configuration\n",
		"  moves   redirects for good to https://c.example/rss, seen 2 times since 2020-11-20 ",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("does not say %q:\n%s", want, b.String())
		}
	}
}
