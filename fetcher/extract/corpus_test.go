package extract_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/chipwire/chipwire/fetcher/extract"
)

const corpus = "testdata/corpus"

// floors hold what Read reaches on the corpus, by language: the mean F1 of the
// bodies, and the shares of pages with the right title, the right date and no
// phrase of the furniture. Raise them with the rules; a language without pages
// is passed over.
var floors = map[string]struct{ f1, title, date, clean float64 }{
	"en": {f1: .970, title: .99, date: .99, clean: .65},
	"ja": {f1: .960, title: .85, date: .99, clean: .85},
	"ko": {f1: .970, title: .97, date: .99, clean: .80},
	"zh": {f1: .980, title: .99, date: .99, clean: .65},
}

// A goldPage is what a reader finds on a page of the corpus.
type goldPage struct {
	Title       string   `json:"title"`
	Published   string   `json:"published"` // RFC 3339, or the bare day where the page names no time, or ""
	Lang        string   `json:"lang"`
	Author      string   `json:"author"`
	URL         string   `json:"url"`
	CharsetHTTP string   `json:"charset_http"` // Content-Type of the answer, or only its charset
	Body        []string `json:"body"`
	MustNot     []string `json:"must_not"` // phrases of the furniture
}

// A verdict is how one reading compares with the gold.
type verdict struct {
	f1                float64
	title, date, lang bool
	furniture         []string // the phrases of MustNot that the body holds
}

// TestCorpus holds what Read makes of each page to its snapshot, and the means
// of each language to the floors. With -v it prints a row for each page.
func TestCorpus(t *testing.T) {
	pages, err := filepath.Glob(filepath.Join(corpus, "*.html"))
	if err != nil || len(pages) < 30 {
		t.Fatalf("%d pages in %s, want 30 or more (%v)", len(pages), corpus, err)
	}
	byLang, judged := make(map[string][]verdict), 0
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "page\tF1\ttitle\tdate\tlang\tmust_not")
	for _, file := range pages {
		name := strings.TrimSuffix(filepath.Base(file), ".html")
		t.Run(name, func(t *testing.T) {
			g, html := load(t, strings.TrimSuffix(file, ".html"))
			r, err := extract.Read(extract.Page{HTML: html, URL: g.URL, ContentType: contentType(g.CharsetHTTP)})
			if e := new(extract.Error); err != nil && !errors.As(err, &e) {
				t.Fatalf("Read: error %T, want *extract.Error", err)
			}
			v := judge(g, r)
			byLang[g.Lang] = append(byLang[g.Lang], v)
			judged++
			fmt.Fprintf(w, "%s\t%.3f\t%s\t%s\t%s\t%s\n", name, v.f1, okay(v.title), okay(v.date), okay(v.lang), furniture(v))
			compare(t, strings.TrimSuffix(file, ".html")+".txt", snapshot(v, r, err))
		})
	}
	w.Flush()
	t.Log("\n" + table.String())
	if judged == len(pages) { // else only some were asked for with -run
		checkFloors(t, byLang)
	}
	checkOrphans(t)
}

// load reads a page and its gold.
func load(t *testing.T, base string) (goldPage, []byte) {
	t.Helper()
	html, err := os.ReadFile(base + ".html")
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(base + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var g goldPage
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&g); err != nil {
		t.Fatalf("%s.json: %v", base, err)
	}
	if g.Title == "" || len(g.Body) == 0 || g.URL == "" {
		t.Fatalf("%s.json: title, body or url is missing", base)
	}
	if !strings.HasPrefix(filepath.Base(base), g.Lang+"-") {
		t.Fatalf("%s.json: lang %q is not that of the name", base, g.Lang)
	}
	for _, phrase := range g.MustNot {
		if strings.Contains(strings.Join(g.Body, "\n"), phrase) {
			t.Fatalf("%s.json: must_not %q is in the body", base, phrase)
		}
	}
	return g, html
}

// contentType is the header of the answer: the gold names it, or its charset.
func contentType(charset string) string {
	if charset == "" || strings.Contains(charset, "/") {
		return charset
	}
	return "text/html; charset=" + charset
}

// judge compares a reading with the gold.
func judge(g goldPage, r extract.Result) verdict {
	v := verdict{
		f1:    f1(shingles(tokens(r.Body, g.Lang)), shingles(tokens(strings.Join(g.Body, "\n"), g.Lang))),
		title: sameTitle(r.Title, g.Title),
		date:  sameTime(r.PublishedAt, g.Published),
		lang:  r.Lang == g.Lang,
	}
	body := strings.Join(strings.Fields(r.Body), " ")
	for _, phrase := range g.MustNot {
		if strings.Contains(body, strings.Join(strings.Fields(phrase), " ")) {
			v.furniture = append(v.furniture, phrase)
		}
	}
	return v
}

// tokens are the words of a text, in lower case and without punctuation; the
// characters where the script sets no spaces or its particles cling to words.
func tokens(s, lang string) []string {
	words := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !letter(r) })
	if lang != "ko" && lang != "ja" && lang != "zh" {
		return words
	}
	var chars []string
	for _, w := range words {
		for _, r := range w {
			chars = append(chars, string(r))
		}
	}
	return chars
}

func letter(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) }

// shingles counts the runs of four tokens; a shorter text is one run.
func shingles(tokens []string) map[string]int {
	const n = 4
	runs := make(map[string]int)
	if len(tokens) > 0 && len(tokens) < n {
		runs[strings.Join(tokens, " ")]++
	}
	for i := 0; i+n <= len(tokens); i++ {
		runs[strings.Join(tokens[i:i+n], " ")]++
	}
	return runs
}

// f1 is the harmonic mean of precision and recall over two bags of runs.
func f1(got, want map[string]int) float64 {
	var both, gots, wants int
	for k, n := range got {
		gots += n
		both += min(n, want[k])
	}
	for _, n := range want {
		wants += n
	}
	if both == 0 {
		return 0
	}
	return 2 * float64(both) / float64(gots+wants)
}

// sameTitle reports whether got has the letters and digits of want, with at
// most the name of the site set off before or after them.
func sameTitle(got, want string) bool {
	want = bare(want)
	if bare(got) == want {
		return true
	}
	for _, sep := range []string{" | ", " - ", " – ", " — ", " • ", " :: ", " -- ", ": ", "_", "|", ":"} {
		for i := 0; ; {
			j := strings.Index(got[i:], sep)
			if j < 0 {
				break
			}
			i += j + len(sep)
			if bare(got[:i]) == want || bare(got[i:]) == want {
				return true
			}
		}
	}
	return false
}

// bare is s without all but its letters and digits, in lower case.
func bare(s string) string {
	return strings.Map(func(r rune) rune {
		if letter(r) {
			return r
		}
		return -1
	}, strings.ToLower(s))
}

// sameTime reports whether got is the minute, or only the day, that the gold
// names. Where it names none, no time may be found.
func sameTime(got time.Time, want string) bool {
	if want == "" {
		return got.IsZero()
	}
	if at, err := time.Parse(time.RFC3339, want); err == nil {
		return got.Truncate(time.Minute).Equal(at.Truncate(time.Minute))
	}
	return !got.IsZero() && got.Format(time.DateOnly) == want
}

// furniture is the cell of the table: how many phrases, and the first.
func furniture(v verdict) string {
	if len(v.furniture) == 0 {
		return ""
	}
	first := []rune(v.furniture[0])
	return fmt.Sprintf("%d: %s", len(v.furniture), string(first[:min(len(first), 40)]))
}

// checkFloors holds the means of each language to its floor.
func checkFloors(t *testing.T, byLang map[string][]verdict) {
	t.Helper()
	for lang, vs := range byLang {
		floor, ok := floors[lang]
		if !ok {
			t.Errorf("language %q has no floor", lang)
		}
		var sum, title, date, clean float64
		for _, v := range vs {
			sum += v.f1
			title += one(v.title)
			date += one(v.date)
			clean += one(len(v.furniture) == 0)
		}
		n := float64(len(vs))
		t.Logf("%s: %d pages, mean F1 %.4f, title %.3f, date %.3f, clean %.3f", lang, len(vs), sum/n, title/n, date/n, clean/n)
		for _, m := range []struct {
			what       string
			got, floor float64
		}{
			{"mean F1", sum / n, floor.f1},
			{"share of right titles", title / n, floor.title},
			{"share of right dates", date / n, floor.date},
			{"share of clean bodies", clean / n, floor.clean},
		} {
			if m.got < m.floor {
				t.Errorf("%s: %s %.4f, want at least %.4f", lang, m.what, m.got, m.floor)
			}
		}
	}
}

// checkOrphans finds gold and snapshots whose page is gone.
func checkOrphans(t *testing.T) {
	t.Helper()
	for _, ext := range []string{".json", ".txt"} {
		files, err := filepath.Glob(filepath.Join(corpus, "*"+ext))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if _, err := os.Stat(strings.TrimSuffix(f, ext) + ".html"); err != nil {
				t.Errorf("%s has no page: %v", f, err)
			}
		}
	}
}

func one(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func okay(b bool) string {
	if b {
		return "ok"
	}
	return "wrong"
}

func TestMetric(t *testing.T) {
	for _, tt := range []struct {
		name, lang, got, want string
		f1                    float64
	}{
		{"same but for marks and case", "en", "One two, three four five.", "one two three four – FIVE", 1},
		{"a tail too much", "en", "a b c d e f", "a b c d e", 0.8}, // 2 of 3 runs, both of 2
		{"half of it", "en", "a b c d e", "a b c d e f g h", 2 * 2.0 / (2 + 5)},
		{"a run twice counts once", "en", "a b c d a b c d", "a b c d", 2 * 1.0 / (5 + 1)},
		{"nothing", "en", "", "a b c d", 0},
		{"short texts", "en", "a b", "a b", 1},
		{"characters", "ko", "가나다라 마", "가나 다라마", 1},
		{"words where words count", "en", "abcd efgh", "abc defgh", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := f1(shingles(tokens(tt.got, tt.lang)), shingles(tokens(tt.want, tt.lang)))
			if d := got - tt.f1; cmp.Compare(max(d, -d), 1e-9) > 0 {
				t.Errorf("f1 = %v, want %v", got, tt.f1)
			}
		})
	}
}

func TestSameTitle(t *testing.T) {
	for _, tt := range []struct {
		got, want string
		same      bool
	}{
		{"Chips – again", "Chips - Again", true},
		{"Chips again | The Cabinet", "Chips again", true},
		{"The Cabinet: Chips again", "Chips again", true},
		{"News: Chips again - The Cabinet", "Chips again", false}, // two names are one too many
		{"Chips", "Chips again", false},
		{"", "Chips", false},
		{"鴻海攜手聯發科|島嶼日報", "鴻海攜手聯發科", true},
	} {
		if got := sameTitle(tt.got, tt.want); got != tt.same {
			t.Errorf("sameTitle(%q, %q) = %v, want %v", tt.got, tt.want, got, tt.same)
		}
	}
}

func TestSameTime(t *testing.T) {
	at := time.Date(2026, 3, 12, 0, 5, 40, 0, time.FixedZone("", 9*3600))
	for _, tt := range []struct {
		got  time.Time
		want string
		same bool
	}{
		{at, "2026-03-11T15:05:00Z", true},
		{at, "2026-03-11T15:06:00Z", false},
		{at, "2026-03-12", true}, // its own day, not that of UTC
		{at, "2026-03-11", false},
		{at, "", false},
		{time.Time{}, "", true},
		{time.Time{}, "2026-03-12", false},
	} {
		if got := sameTime(tt.got, tt.want); got != tt.same {
			t.Errorf("sameTime(%v, %q) = %v, want %v", tt.got, tt.want, got, tt.same)
		}
	}
	if slices.ContainsFunc([]string{"2026-13-01", "soon"}, func(s string) bool { return sameTime(at, s) }) {
		t.Error("sameTime takes a date that is none")
	}
}
