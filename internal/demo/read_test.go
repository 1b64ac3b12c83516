package demo

import (
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/chipwire/chipwire/news"
)

// press is the small newsroom of testdata.
func press(t *testing.T) *Newsroom {
	t.Helper()
	n, err := read(os.DirFS("testdata/press"))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestRead(t *testing.T) {
	n := press(t)
	if len(n.Stories) != 6 {
		t.Fatalf("%d stories, want 6", len(n.Stories))
	}
	i := slices.IndexFunc(n.Stories, func(s Story) bool { return s.Publisher == "meridian" && s.Slug == "01-talks" })
	s := n.Stories[i]
	if s.Published != 4*time.Second || s.Appears != 4*time.Second || s.Byline != "A. Writer and B. Writer" ||
		len(s.Related) != 2 || len(s.Body) != 5 || s.Body[0] != "SEOUL - One & one." || s.Trap != "" || s.Caption != "" {
		t.Errorf("story %+v", s)
	}
	want := Deal{"meta-samsung", news.Foundry, news.Talks, []news.CompanyID{"meta", "samsung-electronics"}}
	if d := s.Deals[0]; d.Event != want.Event || d.Kind != want.Kind || d.Stage != want.Stage || !slices.Equal(d.Companies, want.Companies) {
		t.Errorf("deal %+v, want %+v", d, want)
	}
}

// good is a story without a fault; the cases below change it.
const good = `-- 01-a.story --
title: T
byline: B
published: -1h
related: R
related: S
trap: rival
why: W

One.

Two.

Three.
`

func TestReadFaults(t *testing.T) {
	for _, tt := range []struct {
		name, old, new string
		want           string
	}{
		{"no title", "title: T\n", "", "title: missing"},
		{"no byline", "byline: B\n", "", "byline: missing"},
		{"no time", "published: -1h\n", "", "published: missing"},
		{"no reason", "why: W\n", "", "why: missing"},
		{"too old", "-1h", "-4h", `published: "-4h", want now, or -3h0m0s to -1m0s`},
		{"too new", "-1h", "-10s", `published: "-10s"`},
		{"not a time", "-1h", "yesterday", `published: "yesterday"`},
		{"now without appears", "-1h", "now", "published: now, but it does not appear later"},
		{"appears before the start", "why", "appears: -4s\nwhy", `appears: "-4s", want a duration after the start`},
		{"unknown key", "byline", "author", `unknown key "author"`},
		{"no value", "title: T", "title:", `header line "title:", want key: value`},
		{"twice", "why: W", "why: W\nwhy: W", "why: twice"},
		{"unknown trap", "rival", "bear", `trap: "bear", want one of rival, shares`},
		{"no label", "trap: rival\n", "", "want either deal or trap"},
		{"two labels", "trap", "deal: e | memory | talks | a, b\ntrap", "want either deal or trap"},
		{"deal in three parts", "trap: rival", "deal: e | memory | a, b", "want event | kind | stage | companies"},
		{"kind", "trap: rival", "deal: e | hbm | talks | a, b", `deal: kind "hbm", want one of foundry`},
		{"stage", "trap: rival", "deal: e | memory | signed | a, b", `deal: stage "signed", want one of rumour`},
		{"company", "trap: rival", "deal: e | memory | talks | a, SK hynix", `deal: company "SK hynix"`},
		{"company twice", "trap: rival", "deal: e | memory | talks | a, a", `deal: company "a" twice`},
		{"event", "trap: rival", "deal: | memory | talks | a, b", `deal: event ""`},
		{"related", "related: S\n", "", "1 related headlines, want 2 to 4"},
		{"short", "\n\nThree.", "", "2 paragraphs, want 3 or more"},
		{"file name", "01-a.story", "a.txt", "a.txt: name, want 01-some-words.story"},
		{"name twice", "-- 01-a.story", good + "-- 01-b.story", "01-b.story: number or words used before"},
		{"empty", good, "\n", "hanbit.txtar: no stories"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := strings.Replace(good, tt.old, tt.new, 1)
			_, err := read(fstest.MapFS{"hanbit.txtar": {Data: []byte(text)}})
			if err == nil {
				t.Fatalf("no error, want %q", tt.want)
			}
			if !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), "hanbit.txtar: ") {
				t.Errorf("error %q, want hanbit.txtar and %q", err, tt.want)
			}
		})
	}
}

func TestReadReportsAllFaults(t *testing.T) {
	deal := func(kind string) string {
		return strings.Replace(good, "trap: rival", "deal: e | "+kind+" | talks | a, b", 1)
	}
	_, err := read(fstest.MapFS{
		"hanbit.txtar":   {Data: []byte(deal("memory"))},
		"meridian.txtar": {Data: []byte(strings.Replace(deal("supply"), "title: T\n", "", 1))},
		"times.txtar":    {Data: []byte(good)},
	})
	want := strings.Join([]string{
		"meridian.txtar: 01-a.story: title: missing",
		`times.txtar: no publisher "times"`,
		"meridian.txtar: 01-a: event e is supply here, memory before",
	}, "\n")
	if err == nil || err.Error() != want {
		t.Errorf("error:\n%v\nwant:\n%s", err, want)
	}
	if _, err := read(fstest.MapFS{}); err == nil {
		t.Error("an empty newsroom is no error")
	}
}

func FuzzParseStory(f *testing.F) {
	f.Add(good)
	f.Add("deal: a | memory | talks | b,c,,\n\nx")
	f.Fuzz(func(t *testing.T, text string) {
		s, errs := parseStory(text)
		if len(errs) == 0 && (s.Title == "" || len(s.Body) < minParagraphs || (len(s.Deals) == 0) == (s.Trap == "")) {
			t.Errorf("no fault in %+v", s)
		}
	})
}
