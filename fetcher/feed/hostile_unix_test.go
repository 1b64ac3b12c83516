//go:build unix

package feed

import (
	"errors"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestHostile holds that what is made to exhaust a reader ends at once, with a
// status.
func TestHostile(t *testing.T) {
	const n = 100_000
	deep := strings.Repeat("<a>", n)
	laughs := `<!DOCTYPE rss [<!ENTITY a0 "ha">`
	for i := range 30 {
		laughs += `<!ENTITY a` + string(rune('1'+i)) + ` "` + strings.Repeat("&a"+string(rune('0'+i))+";", 10) + `">`
	}
	laughs += "]>"
	for _, tt := range []struct {
		name, in string
		status   Status // "" for none
		items    int
	}{
		{"billion laughs", laughs + wrap("<title>&aN;</title><guid>1</guid>", one(2)), "", 2},
		{"nested 100,000 deep in the channel", "<rss><channel>" + deep + strings.Repeat("</a>", n) + "</channel></rss>", Malformed, 0},
		{"nested 100,000 deep in an item", wrap(one(1) + "<description>" + deep + strings.Repeat("</a>", n) + "</description>"), Malformed, 0},
		{"never closed", "<rss><channel><item>" + deep, Malformed, 0},
		{"100,000 items without an end", "<rss><channel>" + strings.Repeat("<item>", n), Truncated, 0},
		{"100,000 titles without an end", "<rss><channel><item>" + strings.Repeat("<title>", n) + "</item></channel></rss>", Malformed, 0},
		{"100,000 bare signs", wrap("<title>" + strings.Repeat("< ", n) + "</title><guid>1</guid>"), "", 1},
		{"100,000 comments that do not end", wrap(strings.Repeat("<!-- ", n)), Truncated, 0},
		{"100,000 ampersands", wrap("<title>x</title><description>" + strings.Repeat("&", n) + "</description>"), "", 1},
		{"a start tag of 1 MB", "<rss " + strings.Repeat("a='b' ", n*2) + "><channel></channel></rss>", Malformed, 0},
		{"JSON nested 100,000 deep", `{"version":"https://jsonfeed.org/version/1","items":` + strings.Repeat("[", n), Malformed, 0},
		{"JSON nested 100,000 deep and closed", `{"version":"x","a":` + strings.Repeat("[", n) + strings.Repeat("]", n) + `}`, Malformed, 0},
		{"100,000 end tags", "<rss><channel>" + strings.Repeat("</a>", n) + "</channel></rss>", "", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			start := spent(t)
			d, err := Parse([]byte(tt.in), Hint{Known: func(string) bool { return false }})
			if took := spent(t) - start; took > 5*time.Second {
				t.Errorf("took %v of processor", took)
			}
			var e *Error
			if tt.status == "" && err != nil || tt.status != "" && (!errors.As(err, &e) || e.Status != tt.status) {
				t.Errorf("error %.200v, want %q", err, tt.status)
			}
			if len(d.Items) != tt.items {
				t.Errorf("%d items, want %d", len(d.Items), tt.items)
			}
		})
	}
}

// spent is the time of processors that this process has used: what a busy machine
// does besides is left out.
func spent(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
