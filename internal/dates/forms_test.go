package dates

import (
	"os"
	"strings"
	"testing"
	"time"
)

// TestAsk22DateForms reads every form that feeds of the Korean press and others were
// seen to write, where the zone is the feed's: Korea's.
func TestAsk22DateForms(t *testing.T) {
	table, err := os.ReadFile("testdata/forms.tsv")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for row := range strings.Lines(string(table)) {
		if strings.HasPrefix(row, "#") || strings.TrimSpace(row) == "" {
			continue
		}
		col := strings.Split(strings.TrimRight(row, "\r\n"), "\t")
		n++
		t.Run(col[0], func(t *testing.T) {
			want, err := time.Parse(time.RFC3339, col[1])
			if err != nil {
				t.Fatal(err)
			}
			d, err := Parse(col[0], time.FixedZone("Asia/Seoul", 9*60*60))
			if err != nil || !d.Time.Equal(want) || string(d.Zone) != col[2] {
				t.Errorf("%v, zone from %q, %v, want %v from %q", d.Time.UTC(), d.Zone, err, want, col[2])
			}
		})
	}
	if n < 38 {
		t.Errorf("%d forms, want 38 or more", n)
	}
}
