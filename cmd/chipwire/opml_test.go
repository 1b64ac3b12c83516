package main

import (
	"bytes"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/chipwire/chipwire/config"
	"github.com/chipwire/chipwire/fetcher"
	"github.com/chipwire/chipwire/fetcher/extract"
	"github.com/chipwire/chipwire/fetcher/feed"
)

// TestOPMLThereAndBack exports feeds in which every key is set and imports them
// again: the configuration is the same, but for what may be secret.
func TestOPMLThereAndBack(t *testing.T) {
	day, yes, no := 24*time.Hour, true, false
	full := fetcher.Source{
		URL: "https://a.example/rss?a=1&b=%2C,2", ID: "a", Name: `전자 <신문> & "칩", 'é' 📰`, Lang: "ko", Zone: "Asia/Seoul", Class: fetcher.Trade,
		Every: 90 * time.Second, Recover: "https://a.example/news,1.xml?x=a b", List: `a[href*="view, all"] > b`, Budget: 100, Charset: "euc-kr",
		UserAgent: "me/1.0 (+https://me.example; 나)", Backfill: &day, WebSub: &no, Disabled: true,
		Selectors: extract.Selectors{Title: "h1, h2", Body: `#a+b[c="d%20e"]`, Drop: ".x,.y", Date: "time.date[datetime]"},
	}
	typ := reflect.TypeFor[fetcher.Source]()
	for i := range typ.NumField() {
		if name := typ.Field(i).Name; name != "Headers" && name != "Auth" && reflect.ValueOf(full).Field(i).IsZero() {
			t.Errorf("%s is not set here, so nothing is said about it", name)
		}
	}
	zero := time.Duration(0)
	want := []fetcher.Source{
		full,
		{URL: "https://b.example/rss"},
		{URL: "http://[2001:db8::1]:8080/", Name: "a  b?", Backfill: &zero, WebSub: &yes},
		{URL: "https://한국.example/뉴스/rss.xml", Name: "true"},
	}
	list := feed.OPML{Title: "chipwire"}
	for _, s := range want {
		list.Outlines = append(list.Outlines, outlineOf(s))
	}
	var text bytes.Buffer
	if err := feed.WriteOPML(&text, list); err != nil {
		t.Fatal(err)
	}
	read, err := feed.ParseOPML(text.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	var got []fetcher.Source
	for _, s := range read.Feeds() {
		got = append(got, sourceOf(s))
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v\nby\n%s", got, want, text.String())
	}
	written, err := config.AddFeeds("f", nil, got...)
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Parse("f", written)
	if err != nil || !reflect.DeepEqual(cfg.Feeds, want) {
		t.Errorf("%v: in the file:\n%s", err, written)
	}
	if !slices.EqualFunc(cfg.Feeds, want, func(a, b fetcher.Source) bool { return a.URL == b.URL }) {
		t.Error("the order is another")
	}
}
