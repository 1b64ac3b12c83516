//go:build unix

package extract

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
)

// slack is by how much the bound of 250 ms may be missed: machines differ, and
// the race detector costs a tenfold. What is quadratic misses it all the same.
const slack = 10

// TestHardPages reads pages that are made to be dear. The bound on memory is of
// all that is allocated, collected or not.
func TestHardPages(t *testing.T) {
	const para = "<p>Alpha makes chips for Beta and Gamma. It is a very large order.</p>"
	paras := func(n int, before, after string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "%s<p>Alpha makes %d chips for Beta. It is a very large order, they say.</p>%s", before, i, after)
		}
		return b.String()
	}
	for _, tt := range []struct {
		name, in string
		status   Status // "" for an article
	}{
		{"50,000 paragraphs", paras(50_000, "", ""), ""},
		{"20,000 nested elements", strings.Repeat("<div>", 20_000) + para + strings.Repeat("</div>", 20_000), TooBig},
		{"500 nested elements", strings.Repeat("<div>", 490) + paras(5_000, "", "") + strings.Repeat("</div>", 490), ""},
		{"one text of 4 MB", "<p>" + strings.Repeat("Alpha makes chips for Beta. ", 4<<20/28-10) + "</p>", ""},
		{"one text of 10 MB", "<p>" + strings.Repeat("Alpha makes chips for Beta. ", 10<<20/28) + "</p>", TooBig},
		{"100,000 breaks", strings.Repeat("Alpha makes chips for Beta.<br>", 100_000), ""},
		{"a million tags", "<article>" + strings.Repeat(para, 10) + strings.Repeat("<i>", 1_000_000), TooBig},
		{"50,000 articles", paras(30_000, "<article class=entry-content>", "</article>"), ""},
		{"50,000 links", strings.Repeat("<li><a href=/x>Alpha makes chips for Beta. It is a large order.</a></li>", 50_000), NoBody},
		{"50,000 repeated lines of one state", `<script id="__NEXT_DATA__" type="application/json">{"body":[` + strings.Repeat(`"Alpha makes chips for Beta. It is a large order, they say.",`, 50_000) + `""]}</script>`, ScriptOnly},
		{"50,000 lines of a state", `<script id="__NEXT_DATA__" type="application/json">{"body":[` + numbered(30_000) + `""]}</script>`, ""},
		{"quotes without an end", `<script id="__NEXT_DATA__">` + strings.Repeat(`"\`, 1_000_000) + `</script>`, ScriptOnly},
	} {
		t.Run(tt.name, func(t *testing.T) {
			page := Page{HTML: []byte("<html><body>" + tt.in + "</body></html>")}
			runtime.GC()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := spent(t)
			_, err := Read(page)
			took := spent(t) - start
			runtime.ReadMemStats(&after)
			var e *Error
			if errors.As(err, &e) != (tt.status != "") || e != nil && e.Status != tt.status {
				t.Errorf("%v, want status %q", err, tt.status)
			}
			mb := (after.TotalAlloc - before.TotalAlloc) >> 20
			t.Logf("%v, %d MB allocated in all", took, mb)
			if took > 250*time.Millisecond*slack {
				t.Errorf("took %v", took)
			}
			if mb > 100 {
				t.Errorf("allocated %d MB", mb)
			}
		})
	}
}

// numbered are n strings of JSON that differ.
func numbered(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `"Alpha makes %d chips for Beta. It is a large order, they say.",`, i)
	}
	return b.String()
}
