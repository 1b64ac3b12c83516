package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestCompleteWords asks as the scripts of the shells do.
func TestCompleteWords(t *testing.T) {
	file := filepath.Join(t.TempDir(), "chipwire.yaml")
	const text = "feeds:\n  - {id: etnews, url: 'https://rss.etnews.com/Section901.xml', name: ETNews}\n  - url: https://a.example/rss\n" +
		"companies:\n  - {id: hanbit-semicon, names: {en: [Hanbit Semicon]}, role: [fabless]}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ line, want, not string }{
		{"sub sk-h", `sk-hynix\tSK hynix`, "samsung"},
		{"sub sk-hynix sk-h", "", `sk-hynix\t`},
		{"sub -c FILE han", `hanbit-semicon\tHanbit Semicon`, ""},
		{"sub --kind foundry,me", "foundry,memory", "foundry,foundry"},
		{"sub --stage ", "rumour", ""},
		{"sub --with tsm", `tsmc\t.+`, ""},
		{"feeds remove -c FILE ", `etnews\tETNews`, ""},
		{"feeds remove -c FILE ", "a-example-[0-9a-f]{8}", ""},
		{"feeds list -c NONE ", "", "etnews"},
		{"read -c FILE --feed et", `etnews\tETNews`, ""},
		{"feeds add --class ", "trade", ""},
		{"run --roles fetch,", "fetch,desk", ""},
		{"run --config ", "yaml", ""},
		{"feeds ", `import\t.+`, ""},
	} {
		t.Run(tt.line, func(t *testing.T) {
			words := strings.Split(strings.ReplaceAll(tt.line, "FILE", file), " ")
			code, out, _ := outcome(append([]string{"__complete"}, words...)...)
			if code != exitGood || !regexp.MustCompile("(?m)^"+tt.want+"$").MatchString(out) && tt.want != "" {
				t.Errorf("exit code %d, no %q in\n%s", code, tt.want, out)
			}
			if tt.not != "" && regexp.MustCompile("(?m)^"+tt.not).MatchString(out) {
				t.Errorf("%q in\n%s", tt.not, out)
			}
		})
	}
}
