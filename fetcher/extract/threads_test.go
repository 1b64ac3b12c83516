package extract_test

import (
	"strings"
	"testing"

	"github.com/chipwire/chipwire/fetcher/extract"
)

func TestThreadsAndCards(t *testing.T) {
	story := "<p>The maker of memory sells its parts to the maker of machines. It said so on Monday, in a letter to the exchange.</p>" +
		"<p>The order is worth four hundred million dollars. Deliveries begin in the third quarter and go on for two years.</p>"
	for _, tt := range []struct {
		name, box string
		kept      bool
	}{
		{"comments", `<div class="c"><p>WORD I for one would have bought it from somebody else. So there.</p><i><a>Reply</a></i></div>`, false},
		{"no button", `<div class="c"><p>WORD The second part of the order is for another plant. It is small.</p></div>`, true},
		{"teasers", `<div class="k"><b>Another story altogether</b><p>WORD The town council met on Sunday. It did not agree on a thing.</p></div>`, false},
		{"linked teasers", `<section class="k"><h3><a href="/x">Another story</a></h3><p>WORD The town council met on Sunday. It did not agree.</p></section>`, false},
		{"questions", `<div class="k"><b>Why now?</b><p>WORD We had the parts on the shelf. They had the money for them.</p></div>`, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var boxes strings.Builder
			for _, n := range []string{"one", "two", "three", "four"} {
				boxes.WriteString(strings.Replace(tt.box, "WORD", "Word "+n+".", 1))
			}
			page := "<!doctype html><html><title>Memory for machines</title><body><div>" + story + "<div>" + boxes.String() + "</div></div></body></html>"
			r, err := extract.Read(extract.Page{HTML: []byte(page), URL: "https://news.example/a"})
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Contains(r.Body, "Word three."); got != tt.kept || !strings.Contains(r.Body, "third quarter") {
				t.Errorf("body %q: boxes kept %v, want %v", r.Body, got, tt.kept)
			}
		})
	}
}
