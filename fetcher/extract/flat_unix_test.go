//go:build unix

package extract

import (
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestFlatPage reads a page of very many paragraphs, on which quadratic
// extractors do not end.
func TestFlatPage(t *testing.T) {
	for name, in := range map[string]string{
		"paragraphs": strings.Repeat("<p>Alpha makes chips for Beta. It is a large order, they say, and the first of many to come.</p>", 10000),
		"breaks":     strings.Repeat("Alpha makes chips for Beta.<br>", 30000),
		"names":      strings.Repeat(`<div class="share-box">`, 400) + story + strings.Repeat("<p>Alpha makes chips for Beta.</p>", 20000),
		"bodies":     strings.Repeat(`<div class="entry-content"><p>Alpha makes chips.</p></div>`, 20000),
	} {
		t.Run(name, func(t *testing.T) {
			start := spent(t)
			r, err := Read(Page{HTML: []byte("<html><body>" + in + "</body></html>")})
			if took := spent(t) - start; took > 10*time.Second {
				t.Errorf("took %v", took)
			} else {
				t.Logf("%v, %d bytes of body, %v", took, len(r.Body), err)
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
