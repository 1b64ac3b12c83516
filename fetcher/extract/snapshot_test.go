package extract_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chipwire/chipwire/fetcher/extract"
)

var update = flag.Bool("update", false, "write testdata/corpus/*.txt anew: what Read finds in each page")

// snapshot is what Read found, with the body by lines so that a change of one
// paragraph is a change of one line.
func snapshot(v verdict, r extract.Result, err error) string {
	var b strings.Builder
	fmt.Fprintf(&b, "f1: %.3f, title %s, date %s, lang %s, furniture %d\n", v.f1, okay(v.title), okay(v.date), okay(v.lang), len(v.furniture))
	if err != nil {
		fmt.Fprintf(&b, "error: %v\n", err)
	}
	date := ""
	if !r.PublishedAt.IsZero() {
		date = r.PublishedAt.Format(time.RFC3339) + " "
	}
	for _, row := range [][2]string{
		{"title", r.Title},
		{"date", date + r.DateVia},
		{"url", r.URL},
		{"lang", r.Lang},
		{"site", r.SiteName},
		{"charset", r.Charset},
		{"via", r.Via},
	} {
		b.WriteString(strings.TrimSpace(row[0]+": "+row[1]) + "\n")
	}
	b.WriteString("\n" + strings.TrimRight(r.Body, "\n") + "\n")
	return b.String()
}

// compare holds got to the snapshot and names the first line that differs.
func compare(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v (go test ./fetcher/extract -run TestCorpus -update writes it)", err)
	}
	want := string(b)
	if got == want {
		return
	}
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	i := 0
	for i < min(len(g), len(w)) && g[i] == w[i] {
		i++
	}
	t.Errorf("%s:%d (-update rewrites it when the change is meant)\n got %q\nwant %q", file, i+1, line(g, i), line(w, i))
}

func line(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return ""
}
