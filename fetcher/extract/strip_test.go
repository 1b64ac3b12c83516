package extract

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/chipwire/chipwire/internal/charset"
)

// shown is the text of a page without what strip takes out.
func shown(t *testing.T, page string) string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if c.Type == html.TextNode {
				b.WriteString(c.Data)
			} else if c.Type == html.ElementNode && c.Data != "script" && c.Data != "style" && c.Data != "svg" && c.Data != "noscript" {
				b.WriteString("<" + c.Data + ">")
				walk(c)
			}
		}
	}
	walk(root)
	return fold(b.String())
}

func TestStrip(t *testing.T) {
	long := strings.Repeat("x = 1;\n", 1000)
	for _, tt := range []struct{ name, in, want string }{
		{"nothing", "<p>a</p>", "<p>a</p>"},
		{"a style", "<p>a</p><STYLE type=x>p > b {}</style ><p>b", "<p>a</p><p>b"},
		{"a comment", "a<!-- <p> -->b", "ab"},
		{"a comment without end", "a<!-- <p>b", "a<!-- <p>b"},
		{"code", `<script src="a">` + long + `</script>b`, `<script src="a"></script>b`},
		{"code with a style in a string", `<script>` + long + `"<style>"</script>b</style>`, `<script></script>b</style>`},
		{"data", `<script type="application/ld+json">` + long + `</script>b`, `<script type="application/ld+json">` + long + `</script>b`},
		{"state", `<script>window.__NUXT__=` + long + `</script>b`, `<script>window.__NUXT__=` + long + `</script>b`},
		{"short code", `<script>var d="2026"</script>`, `<script>var d="2026"</script>`},
		{"code without end", `<script>` + long, `<script>` + long},
		{"a drawing", `a<svg viewBox="0 0 > 1"><path d="M0"/></svg>b`, "ab"},
		{"a drawing in another", `a<svg><svg></svg>x</svg>b`, `a<svg>x</svg>b`},
		{"drawings without end", `a<svg><svg><p>b`, `a<svg><svg><p>b`},
		{"a title that tells of one", `<title>The <style> of chips</title>a<style>b</style>c`, `<title>The <style> of chips</title>ac`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := strip(tt.in); got != tt.want {
				t.Errorf("%.200q, want %.200q", got, tt.want)
			}
		})
	}
}

func TestStripLeavesTheText(t *testing.T) {
	files, err := filepath.Glob("testdata/corpus/*.html")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d pages, %v", len(files), err)
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		text := charset.Decode(data, "", metaCharset(data)).Text
		if got, want := shown(t, strip(text)), shown(t, text); got != want {
			t.Errorf("%s: %d bytes of text, want %d", f, len(got), len(want))
		}
	}
}
