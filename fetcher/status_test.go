package fetcher

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/chipwire/chipwire/fetcher/client"
	"github.com/chipwire/chipwire/fetcher/feed"
)

var update = flag.Bool("update", false, "write the table of statuses in the documentation anew")

// constants returns the values of all status constants of a package's folder.
func constants(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if v, ok := n.(*ast.ValueSpec); ok {
				found = append(found, statusesOf(v)...)
			}
			return true
		})
	}
	return found
}

// statusesOf returns the values of a declaration if it is of statuses.
func statusesOf(v *ast.ValueSpec) (found []string) {
	kind, typed := v.Type.(*ast.Ident)
	for i, name := range v.Names {
		if i >= len(v.Values) || !(typed && kind.Name == "Status" || strings.HasPrefix(name.Name, "Status")) {
			continue
		}
		if lit, ok := v.Values[i].(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if s, err := strconv.Unquote(lit.Value); err == nil {
				found = append(found, s)
			}
		}
	}
	return found
}

// adviceOf is what the operator of a feed with that status is told.
func adviceOf(status string) string {
	if m := MeaningOf(status); m.Advice != "" {
		return m.Advice
	}
	for _, fs := range []feed.Status{feed.Empty, feed.HTML, feed.Truncated, feed.Charset, feed.Malformed, feed.SitemapIndex} {
		if string(fs) == status {
			return (&feed.Error{Status: fs}).Advice()
		}
	}
	code, _ := strconv.Atoi(strings.TrimPrefix(status, httpPrefix))
	return (&client.Error{Status: client.Status(status), Code: code}).Advice()
}

func TestEveryStatusHasAMeaningAndAdvice(t *testing.T) {
	all := slices.Concat(constants(t, "."), constants(t, "client"), constants(t, "feed"))
	if len(all) < 30 {
		t.Fatalf("found %d statuses in the source: %q", len(all), all)
	}
	for _, status := range all {
		if m := MeaningOf(status); m.Means == "" || adviceOf(status) == "" {
			t.Errorf("%s: meaning %q, advice %q: give it a row in statuses", status, m.Means, adviceOf(status))
		}
	}
	for _, m := range statuses {
		if !slices.Contains(all, m.Status) {
			t.Errorf("%s has a row and no constant", m.Status)
		}
	}
	if m := MeaningOf("odd"); m != (Meaning{Status: "odd"}) {
		t.Errorf("meaning %+v of what is no status", m)
	}
}

// The documentation says what the program says: -update writes it.
func TestTheStatusesAreDocumented(t *testing.T) {
	const file, begin, end = "../docs/feeds.md", "<!-- statuses -->\n", "<!-- end of statuses -->"
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	table.WriteString("| status | meaning | what to do |\n| --- | --- | --- |\n")
	rows := slices.Clone(statuses)
	for _, code := range []string{"http-401", "http-403", "http-404", "http-410", "http-429", "http-451", "http-500"} {
		rows = append(rows, MeaningOf(code))
	}
	for _, m := range rows {
		advice := strings.TrimSuffix(adviceOf(m.Status), ".")
		fmt.Fprintf(&table, "| `%s` | %s | %s |\n", m.Status, m.Means, strings.ToLower(advice[:1])+advice[1:])
	}
	before, rest, _ := strings.Cut(string(data), begin)
	was, after, ok := strings.Cut(rest, end)
	if !ok {
		t.Fatalf("%s: no %s and %s", file, begin, end)
	}
	if was == table.String() {
		return
	}
	if !*update {
		t.Fatalf("%s: the table of statuses is not that of the program: go test ./fetcher -run %s -update", file, t.Name())
	}
	if err := os.WriteFile(file, []byte(before+begin+table.String()+end+after), 0o600); err != nil {
		t.Fatal(err)
	}
}
