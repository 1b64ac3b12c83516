package extract_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chipwire/chipwire/fetcher/extract"
)

// TestZZ prints what is missing and what is too much.
func TestZZ(t *testing.T) {
	dir := os.Getenv("ZZDIR")
	if dir == "" {
		dir = corpus
	}
	pages, _ := filepath.Glob(filepath.Join(dir, os.Getenv("ZZ")+"*.html"))
	for _, file := range pages {
		base := strings.TrimSuffix(file, ".html")
		g, html := load(t, base)
		r, err := extract.Read(extract.Page{HTML: html, URL: g.URL, ContentType: contentType(g.CharsetHTTP), Explain: true})
		v := judge(g, r)
		fmt.Printf("=== %s F1 %.3f via %s trust %.2f err %v\n", filepath.Base(base), v.f1, r.Via, r.Trust, err)
		if !v.title {
			fmt.Printf("  T got %q\n  T want %q\n", r.Title, g.Title)
		}
		if !v.date {
			fmt.Printf("  D got %v via %s; want %s\n", r.PublishedAt, r.DateVia, g.Published)
		}
		for _, c := range r.Candidates {
			fmt.Printf("  C %-40s %5d %.3f %s\n", c.Via, c.Size, c.Agreement, c.Why)
		}
		gold := bare(strings.Join(g.Body, ""))
		for _, p := range strings.Split(r.Body, "\n\n") {
			if b := bare(p); b != "" && !strings.Contains(gold, b) {
				fmt.Printf("  + %.300s\n", p)
			}
		}
		got := bare(r.Body)
		for _, p := range g.Body {
			if b := bare(p); !strings.Contains(got, b) {
				fmt.Printf("  - %.300s\n", p)
			}
		}
		_ = v
	}
}
