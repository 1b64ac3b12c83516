package fetcher

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chipwire/chipwire/fetcher/extract"
	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/news"
)

// TestDrift plays the pages of a site, + for one that was read well, and marks
// where something is told: D for drift, R for recovered.
func TestDrift(t *testing.T) {
	const good = "++++++++++++++++++++"
	for _, tt := range []struct{ name, pages, want string }{
		{"all well", good + good, ""},
		{"one bad page in four", strings.Repeat("+++-", 10), ""},
		{"never good", strings.Repeat("-", 40), ""},
		{"never good, then good", strings.Repeat("-", 20) + good, ""},
		{"too few to judge", "----+++++", ""},
		{"rebuilt", good + strings.Repeat("-", 20), "31D"},
		{"rebuilt early", "++++++++++" + strings.Repeat("-", 12), "21D"},
		{"told once", good + strings.Repeat("-", 60), "31D"},
		{"between the two, nothing is told", good + strings.Repeat("-+", 30), ""},
		{"and mended", good + strings.Repeat("-", 20) + good, "31D 55R"},
		{"and broken again", good + strings.Repeat("-", 20) + good + strings.Repeat("-", 12), "31D 55R 71D"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var d Drift
			var got []string
			for i, page := range tt.pages {
				next, what, why := d.add(page == '+', time.Unix(int64(i), 0))
				if d = next; why == "" {
					t.Fatalf("page %d: no reason", i)
				}
				if what != "" {
					got = append(got, strconv.Itoa(i+1)+strings.ToUpper(what[:1]))
				}
			}
			if s := strings.Join(got, " "); s != tt.want {
				t.Errorf("told %q, want %q", s, tt.want)
			}
		})
	}
}

func TestReadWell(t *testing.T) {
	for _, tt := range []struct {
		name         string
		fault        error
		well, counts bool
	}{
		{"an article", nil, true, true},
		{"hardly trusted", nil, false, true},
		{"no body", &extract.Error{Status: extract.NoBody}, false, true},
		{"drawn by scripts", &extract.Error{Status: extract.ScriptOnly}, false, true},
		{"for members", &extract.Error{Status: extract.Login}, false, true},
		{"deleted", &extract.Error{Status: extract.NotFound}, false, false},
		{"a PDF", &extract.Error{Status: extract.NotHTML}, false, false},
		{"no answer", errors.New("timeout"), false, false},
		{"no link", errNoPage, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if well, counts, why := readWell(extract.Result{Doubtful: tt.name == "hardly trusted"}, tt.fault); well != tt.well || counts != tt.counts || why == "" {
				t.Errorf("%v, %v (%s), want %v, %v", well, counts, why, tt.well, tt.counts)
			}
		})
	}
}

// TestSitesRememberedAreBounded reads one page each of more sites than are kept.
func TestSitesRememberedAreBounded(t *testing.T) {
	s := drifts{sites: map[string]*drifting{}}
	for i := range maxSites + 100 {
		s.note(fmt.Sprintf("a%d.example", i), extract.Result{}, nil, time.Unix(int64(i), 0))
	}
	if len(s.sites) != maxSites || s.sites["a0.example"] != nil || s.sites[fmt.Sprintf("a%d.example", maxSites+99)] == nil {
		t.Errorf("%d sites, the oldest kept: %v", len(s.sites), s.sites["a0.example"] != nil)
	}
}

// TestADriftingSiteIsToldOnce reads the pages of a site that is rebuilt, and
// mended: each change is one notice on its subject, and the feed's text is used
// in between.
func TestADriftingSiteIsToldOnce(t *testing.T) {
	b, s := newBus(t), newSite(t)
	f := newFetcher(t, b, &MemoryStore{}, Source{ID: "a", URL: s.URL + "/rss"})
	rebuilt := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, `<html><head><title>x</title></head><body><div id="root"></div><script src="/app.js"></script></body></html>`)
	}
	n := 0
	read := func(pages int, page http.HandlerFunc) {
		s.page = page
		for range pages {
			n++
			key := "story" + strconv.Itoa(n)
			if err := f.scrape(t.Context(), news.Item{Feed: "a", Key: key, Title: key, Link: s.URL + "/" + key, Summary: "The feed's words."}); err != nil {
				t.Fatal(err)
			}
		}
	}
	read(12, s.article)
	read(14, rebuilt)
	if got := f.Drifting(); len(got) != 1 || got[0] != "127.0.0.1" {
		t.Errorf("drifting %v", got)
	}
	read(20, s.article)
	if got, want := subjectsOf(t, b), "ops.site.127-0-0-1.drift ops.site.127-0-0-1.recovered"; got != want {
		t.Errorf("told %q, want %q", got, want)
	}
	articles := stored[news.Article](t, b, bus.Articles)
	if len(articles) != n {
		t.Fatalf("%d articles of %d items", len(articles), n)
	}
	if a := articles[20]; a.BodySource != news.BodySummary || a.Body != "The feed's words." || !strings.HasPrefix(a.BodyWhy, "page: script-only") {
		t.Errorf("%+v, want the feed's summary", a)
	}
	stream, err := b.Wire().Stream(t.Context(), bus.Ops)
	if err != nil {
		t.Fatal(err)
	}
	msg, err := stream.GetMsg(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	var notice news.SiteNotice
	if err := json.Unmarshal(msg.Data, &notice); err != nil || notice.Site != "127.0.0.1" || notice.Status != news.SiteDrift || !strings.Contains(notice.Note, "script-only") || notice.Advice == "" || notice.Since.IsZero() {
		t.Errorf("notice %s, %v", msg.Data, err)
	}
}
