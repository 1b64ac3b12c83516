package demo

import (
	"bytes"
	"encoding/xml"
	"flag"
	"html"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/korean"

	"github.com/chipwire/chipwire/news"
)

// started serves the small press as it is the given time after its start.
func started(t *testing.T, n *Newsroom, age time.Duration) *Server {
	t.Helper()
	s, err := Start(n, time.Now().Add(-age))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// get asks a page and returns the answer with its body as UTF-8.
func get(t *testing.T, url string, header ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if head := string(body[:min(len(body), 300)]); strings.Contains(head, "EUC-KR") || strings.Contains(head, "euc-kr") {
		if utf8.Valid(body) {
			t.Errorf("%s says EUC-KR and is UTF-8", url)
		}
		if body, err = korean.EUCKR.NewDecoder().Bytes(body); err != nil {
			t.Fatal(err)
		}
	}
	if !utf8.Valid(body) || bytes.ContainsRune(body, utf8.RuneError) {
		t.Errorf("%s is not clean text in its charset", url)
	}
	return resp, string(body)
}

func feedOf(t *testing.T, s *Server, id string) news.Feed {
	t.Helper()
	i := slices.IndexFunc(s.Feeds(), func(f news.Feed) bool { return f.ID == id })
	if i < 0 {
		t.Fatalf("no feed %s", id)
	}
	return s.Feeds()[i]
}

func TestFeeds(t *testing.T) {
	s := started(t, press(t), 0)
	feeds := s.Feeds()
	if len(feeds) != 4 {
		t.Fatalf("%d feeds, want 4", len(feeds))
	}
	hosts := map[string]bool{}
	for _, f := range feeds {
		hosts[strings.Join(strings.Split(f.URL, "/")[:3], "/")] = true
		if !news.ValidFeedID(f.ID) || f.Name == "" || f.Interval != time.Second || (f.Lang != "ko" && f.Lang != "en") {
			t.Errorf("feed %+v", f)
		}
		if (f.Zone != "") != (f.ID == "hanbit") {
			t.Errorf("feed %s declares zone %q", f.ID, f.Zone)
		}
	}
	if len(hosts) != 4 {
		t.Errorf("%d hosts, want one a publisher", len(hosts))
	}
}

// TestFeedForms shows each publisher's feed and a page of it, as of a fixed start.
func TestFeedForms(t *testing.T) {
	at := time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)
	n := press(t)
	for _, p := range publishers {
		t.Run(p.id, func(t *testing.T) {
			st := &site{publisher: p, base: "http://127.0.0.1:1", start: at, stories: n.of(p.id)}
			stories, modified := st.visible(at.Add(time.Minute))
			got, err := st.feedDoc(stories, modified)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, p.id+".feed.xml", got)
			page, err := st.storyDoc(stories[len(stories)-1])
			if err != nil {
				t.Fatal(err)
			}
			golden(t, p.id+".page.html", page)
		})
	}
}

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares got with a file of testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs from testdata/golden; -update rewrites it", name)
	}
}

func TestStoriesAppear(t *testing.T) {
	n := press(t)
	i := slices.IndexFunc(n.Stories, func(s Story) bool { return s.Slug == "01-talks" })
	for _, tt := range []struct {
		name  string
		age   time.Duration
		items int
		code  int
	}{
		{"before", 0, 1, http.StatusNotFound},
		{"after", 5 * time.Second, 2, http.StatusOK},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := started(t, n, tt.age)
			_, feed := get(t, feedOf(t, s, "meridian").URL)
			if got := strings.Count(feed, "<item>"); got != tt.items {
				t.Errorf("%d items, want %d", got, tt.items)
			}
			if tt.items == 2 && strings.Index(feed, "in talks") > strings.Index(feed, "AMD signs") {
				t.Error("the newest is not first")
			}
			resp, _ := get(t, s.URL(n.Stories[i]))
			if resp.StatusCode != tt.code {
				t.Errorf("the page answers %d, want %d", resp.StatusCode, tt.code)
			}
		})
	}
}

func TestFeedsKeepTheirValidators(t *testing.T) {
	s := started(t, press(t), time.Minute)
	for _, f := range s.Feeds() {
		t.Run(f.ID, func(t *testing.T) {
			resp, body := get(t, f.URL)
			etag, modified := resp.Header.Get("ETag"), resp.Header.Get("Last-Modified")
			if resp.StatusCode != http.StatusOK || etag == "" || modified == "" {
				t.Fatalf("answered %d, ETag %q, Last-Modified %q", resp.StatusCode, etag, modified)
			}
			dec := xml.NewDecoder(strings.NewReader(body))
			dec.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // decoded above
			for {
				if _, err := dec.Token(); err == io.EOF {
					break
				} else if err != nil {
					t.Fatal(err)
				}
			}
			for _, header := range [][]string{{"If-None-Match", etag}, {"If-Modified-Since", modified}} {
				if resp, _ := get(t, f.URL, header...); resp.StatusCode != http.StatusNotModified {
					t.Errorf("%s answered %d, want 304", header[0], resp.StatusCode)
				}
			}
			if resp, _ := get(t, f.URL, "If-None-Match", `"old"`); resp.StatusCode != http.StatusOK {
				t.Errorf("an old ETag answered %d, want 200", resp.StatusCode)
			}
		})
	}
}

func TestPagesCarryTheWholeStory(t *testing.T) {
	n := press(t)
	s := started(t, n, time.Minute)
	for _, st := range n.Stories {
		t.Run(st.Publisher+" "+st.Slug, func(t *testing.T) {
			resp, body := get(t, s.URL(st))
			if resp.StatusCode != http.StatusOK {
				t.Fatalf("answered %d", resp.StatusCode)
			}
			text := html.UnescapeString(body)
			for _, want := range append(append([]string{st.Title, st.Byline, st.Caption}, st.Related...), st.Body...) {
				if !strings.Contains(text, want) {
					t.Errorf("the page lacks %q", want)
				}
			}
		})
	}
	for _, f := range s.Feeds() {
		base := strings.Join(strings.Split(f.URL, "/")[:3], "/")
		for path, want := range map[string]int{"/": 200, "/robots.txt": 200, "/photo.svg": 200, "/style.css": 200, "/nowhere": 404} {
			if resp, _ := get(t, base+path); resp.StatusCode != want {
				t.Errorf("%s%s answered %d, want %d", f.ID, path, resp.StatusCode, want)
			}
		}
	}
}

func TestURLOfAStranger(t *testing.T) {
	s := started(t, press(t), 0)
	if got := s.URL(Story{Publisher: "times"}); got != "" {
		t.Errorf("URL = %q, want none", got)
	}
}
