package feed

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

const list = `<?xml version="1.0" encoding="UTF-8"?>
<opml version="2.0"><head><title>Chips &amp; more</title><dateCreated>x</dateCreated></head><body>
<outline text="한국" title="한국">
  <outline text="칩타임즈" title="칩타임즈" type="rss" xmlUrl="https://www.chiptimes.example/rss?a=1&amp;b=2" htmlUrl="https://www.chiptimes.example" language="ko"/>
  <outline text="Trade"><outline TEXT="Notes" xmlurl="https://chipnotes.example/feed.json" category="/chips,ai"></outline></outline>
</outline>
<outline text="Chip Desk" type="rss" xmlUrl="https://chipdesk.example/feed"/>
<outline text="again" type="rss" xmlUrl="https://chipdesk.example/feed"/>
</body></opml>`

func write(t testing.TB, l OPML) string {
	t.Helper()
	var b strings.Builder
	if err := WriteOPML(&b, l); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestOPML(t *testing.T) {
	l, err := ParseOPML([]byte(list))
	if err != nil {
		t.Fatal(err)
	}
	want := OPML{Title: "Chips & more", Head: []Attr{{"dateCreated", "x"}}, Outlines: []Outline{
		{Text: "한국", Title: "한국", Outlines: []Outline{
			{Text: "칩타임즈", Title: "칩타임즈", Type: "rss", XMLURL: "https://www.chiptimes.example/rss?a=1&b=2", HTMLURL: "https://www.chiptimes.example", Language: "ko"},
			{Text: "Trade", Outlines: []Outline{{Text: "Notes", XMLURL: "https://chipnotes.example/feed.json", Category: "/chips,ai"}}},
		}},
		{Text: "Chip Desk", Type: "rss", XMLURL: "https://chipdesk.example/feed"},
		{Text: "again", Type: "rss", XMLURL: "https://chipdesk.example/feed"},
	}}
	if !reflect.DeepEqual(l, want) {
		t.Errorf("got %+v", l)
	}
	feeds := l.Feeds()
	if len(feeds) != 3 || strings.Join(feeds[1].Folders, "/") != "한국/Trade" || feeds[2].Name() != "Chip Desk" || feeds[2].Folders != nil {
		t.Errorf("feeds %+v", feeds)
	}
	again, err := ParseOPML([]byte(write(t, l)))
	if err != nil || !reflect.DeepEqual(again, l) {
		t.Errorf("round trip: %+v, %v", again, err)
	}
}

func TestOPMLFaults(t *testing.T) {
	deep := "<opml><body>" + strings.Repeat(`<outline text="x">`, 100_000)
	for _, tt := range []struct {
		name, in string
		status   Status // "" for none
		feeds    int
	}{
		{"CP949", cp949(t, strings.Replace(list, "UTF-8", "euc-kr", 1)), "", 3},
		{"a mark and blank lines", "\ufeff\n\n" + list, "", 3},
		{"control characters and bare signs", strings.NewReplacer("Trade", "A&B \x08", "&amp;b=2", "&b=2").Replace(list), "", 3},
		{"cut", list[:strings.Index(list, `<outline text="again"`)+10], Truncated, 3},
		{"cut inside a folder", list[:strings.Index(list, "</outline></outline>")], Truncated, 2},
		{"no bytes", "", Empty, 0},
		{"a web page", "<!DOCTYPE html><html><body></body></html>", HTML, 0},
		{"a feed", wrap(one(1)), Malformed, 0},
		{"words", "no", Malformed, 0},
		{"nested 100,000 deep", deep, Malformed, 0},
		{"a head nested a million deep", "<opml><head>" + strings.Repeat("<a>", 1_000_000) + `<body><outline xmlUrl="https://a.example/"/>`, Truncated, 1},
		{"empty", `<opml version="2.0"><head/><body/></opml>`, "", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l, err := ParseOPML([]byte(tt.in))
			var e *Error
			if tt.status == "" && err != nil || tt.status != "" && (!errors.As(err, &e) || e.Status != tt.status) {
				t.Errorf("error %v, want %q", err, tt.status)
			}
			if got := len(l.Feeds()); got != tt.feeds {
				t.Errorf("%d feeds, want %d", got, tt.feeds)
			}
		})
	}
}

// TestOPMLKeepsAll holds that reading and writing loses nothing: every attribute,
// those of other programs too, the head, the nesting, the order, any script.
func TestOPMLKeepsAll(t *testing.T) {
	const text = `<opml version="2.0"><head><title>칩 &#x26; "칩"</title><ownerName>김 &lt;기자&gt;</ownerName><expansionState>1,3</expansionState></head><body>
<outline text="b" fr:tags="급함, ★" isComment="true" customKey='it&apos;s "so"'><outline text="&#44256;&eacute;&#x1F4F0;" type="rss" version="RSS2" description="1 &lt; 2&#10;두 줄" xmlUrl="https://a.example/?a=1&amp;b=%20" created="Mon, 02 Jan 2006 15:04:05 GMT"/></outline>
<outline text="a"/><outline text="" title="빈"/>
<outline text="more" type="include" url="https://b.example/list.opml"/>
</body></opml>`
	l, err := ParseOPML([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	want := OPML{
		Title: `칩 & "칩"`,
		Head:  []Attr{{"ownerName", "김 <기자>"}, {"expansionState", "1,3"}},
		Outlines: []Outline{
			{Text: "b", Rest: []Attr{{"fr:tags", "급함, ★"}, {"isComment", "true"}, {"customKey", `it's "so"`}}, Outlines: []Outline{{
				Text: "고é📰", Type: "rss", XMLURL: "https://a.example/?a=1&b=%20",
				Rest: []Attr{{"version", "RSS2"}, {"description", "1 < 2\n두 줄"}, {"created", "Mon, 02 Jan 2006 15:04:05 GMT"}},
			}}},
			{Text: "a"},
			{Title: "빈"},
			{Text: "more", Type: "include", URL: "https://b.example/list.opml"},
		},
	}
	if !reflect.DeepEqual(l, want) {
		t.Errorf("got  %+v\nwant %+v", l, want)
	}
	again, err := ParseOPML([]byte(write(t, l)))
	if err != nil || !reflect.DeepEqual(again, want) {
		t.Errorf("again: %+v, %v", again, err)
	}
	if in := l.Includes(); len(in) != 1 || in[0].URL != "https://b.example/list.opml" {
		t.Errorf("includes %+v", in)
	}
}

func FuzzOPML(f *testing.F) {
	f.Add([]byte(list))
	f.Add([]byte(list[:300]))
	f.Add([]byte(`<opml xmlns:a="b"><head><x>1</x><y><z a:b="c" 1="d" url="e" type="include"/></head><outline a:b="1" a:b="2" é="3" a="&#9;"/></opml>`))
	f.Fuzz(func(t *testing.T, body []byte) {
		l, err := ParseOPML(body)
		var e *Error
		if err != nil && !errors.As(err, &e) {
			t.Errorf("error %v has no status", err)
		}
		again, err := ParseOPML([]byte(write(t, l)))
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(again, l) {
			t.Errorf("round trip:\n got %+v\nwant %+v", again, l)
		}
	})
}
