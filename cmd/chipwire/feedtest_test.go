package main

import (
	"strings"
	"testing"
	"time"
)

func TestPrintDecision(t *testing.T) {
	at := time.Date(2020, 11, 20, 9, 30, 0, 0, time.UTC)
	d := decision{
		ID: "a", URL: "https://a.example/rss", Request: map[string]string{"User-Agent": "tester/1"},
		Response: &response{Status: 200, URL: "https://a.example/new", Permanent: "https://a.example/new", ETag: `"e"`, Bytes: 7, Hub: "https://hub.example/", Topic: "https://a.example/self"},
		Document: &document{Title: "A", Format: "rss", Charset: "cp949", Corrected: true},
		Items:    []itemRow{{Title: "One", Key: "g1", Written: "now", Published: &at, How: "guessed", Why: "news: recent"}, {Why: "news: not dated"}},
		News:     2, Next: at, Why: "every 5m0s", Fault: &fault{"cut", "it broke off", "wait"}, Note: "a note",
	}
	var b strings.Builder
	if err := printDecision(&b, d); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"Request\n  User-Agent: tester/1\n",
		"Response\n  200 OK, from https://a.example/new\n  moved for good to https://a.example/new: put that into the configuration\n  no content type, 7 bytes\n  ETag \"e\", Last-Modified none\n  hub https://hub.example/, topic https://a.example/self\n",
		"Document\n  rss, cp949 (corrected: the feed declares another), language not named, 0 left out\n  A\n",
		"Items: 2, at a first poll 2 news and 0 history\n  One\n    news: recent\n    date \"now\": 2020-11-20T09:30:00Z (guessed)\n    key g1\n  (no title)\n    news: not dated\n    date \"\": no date",
		"Fault: cut\n  it broke off\n  wait\n",
		"Note: a note\n",
		"Next poll: 2020-11-20 ",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("does not say %q:\n%s", want, b.String())
		}
	}
}
