package extract

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/net/html"
)

// BenchmarkPages reads the pages of testdata; BenchmarkFloor parses them and does
// nothing else, which is the floor.
func BenchmarkPages(b *testing.B) {
	each(b, func(page []byte) {
		if _, err := Read(Page{HTML: page}); err != nil {
			b.Fatal(err)
		}
	})
}

func BenchmarkFloor(b *testing.B) {
	each(b, func(page []byte) {
		if _, err := html.Parse(bytes.NewReader(page)); err != nil {
			b.Fatal(err)
		}
	})
}

func each(b *testing.B, f func(page []byte)) {
	names, err := filepath.Glob("testdata/*.html")
	if err != nil || len(names) == 0 {
		b.Fatalf("%d pages, %v", len(names), err)
	}
	var pages [][]byte
	for _, name := range names {
		page, err := os.ReadFile(name)
		if err != nil {
			b.Fatal(err)
		}
		pages = append(pages, page)
	}
	for i := 0; b.Loop(); i++ {
		f(pages[i%len(pages)])
	}
}
