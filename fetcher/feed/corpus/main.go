// Command corpus reads every XML file below a folder as a feed and says which
// are refused, and why. It is meant for the test tree of feedparser
// (github.com/kurtmckee/feedparser, tests/), which is not copied into this
// repository; the files there name in a comment the HTTP headers with which
// they are to be served.
//
//	go run ./fetcher/feed/corpus [-diff] [-v] DIR
//
// With -diff each file is read a second time as a poll would read it that knows
// some of the items already, and the outcomes are compared.
package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/chipwire/chipwire/fetcher/feed"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("corpus", flag.ContinueOnError)
	flags.SetOutput(stderr)
	verbose := flags.Bool("v", false, "tell what was read of every file")
	if err := flags.Parse(args); err != nil || flags.NArg() != 1 {
		fmt.Fprintln(stderr, "usage: corpus [-v] DIR")
		return 64
	}
	results, err := read(flags.Arg(0))
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	if *verbose {
		for _, r := range results {
			fmt.Fprintf(stdout, "%-10s %-5s %3d items %2d skipped %-14s %s\n", r.status(), r.doc.Format, len(r.doc.Items), r.doc.Skipped, r.doc.Charset, r.name)
		}
	}
	report(stdout, results)
	return 0
}

// A result is what came of one file.
type result struct {
	name string // below the folder
	body []byte
	hint feed.Hint
	doc  feed.Document
	err  error
}

func (r result) status() string {
	var e *feed.Error
	switch {
	case r.err == nil:
		return "ok"
	case errors.As(r.err, &e):
		return string(e.Status)
	}
	return "error"
}

// read parses every XML file below dir, in the order of names.
func read(dir string) ([]result, error) {
	var list []result
	err := filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(file) != ".xml" {
			return err
		}
		body, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, file)
		if err != nil {
			return err
		}
		r := result{name: filepath.ToSlash(name), body: body, hint: feed.Hint{ContentType: contentType(body)}}
		r.doc, r.err = feed.Parse(body, r.hint)
		list = append(list, r)
		return nil
	})
	return list, err
}

var header = regexp.MustCompile(`(?i)Header:\s*Content-type:\s*([^\r\n]+)`)

// contentType is the header that a file of the test tree asks for.
func contentType(body []byte) string {
	if m := header.FindSubmatch(body[:min(len(body), 4096)]); m != nil {
		return string(m[1])
	}
	return ""
}

// report prints the failures by status, then the count.
func report(w io.Writer, results []result) {
	failed := map[string][]result{}
	bad := 0
	for _, r := range results {
		if r.err != nil {
			failed[r.status()] = append(failed[r.status()], r)
			bad++
		}
	}
	for _, status := range slices.SortedFunc(maps.Keys(failed), cmp.Compare[string]) {
		for _, r := range failed[status] {
			fmt.Fprintf(w, "%-10s %s: %v\n", status, r.name, r.err)
		}
	}
	fmt.Fprintf(w, "%d of %d files parsed\n", len(results)-bad, len(results))
}
