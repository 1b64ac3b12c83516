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
	"github.com/chipwire/chipwire/news"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("corpus", flag.ContinueOnError)
	flags.SetOutput(stderr)
	diff := flags.Bool("diff", false, "read each file a second time with some of its items known, and compare")
	verbose := flags.Bool("v", false, "tell what was read of every file")
	if err := flags.Parse(args); err != nil || flags.NArg() != 1 {
		fmt.Fprintln(stderr, "usage: corpus [-diff] [-v] DIR")
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
	if *diff && differences(stdout, results) > 0 {
		return 1
	}
	return 0
}

// differences reads each file with every choice of one known item, with all but
// one, and with all, and prints where the items left are not those of the whole
// parse.
func differences(w io.Writer, results []result) int {
	compared, cut, wrong := 0, 0, 0
	for _, r := range results {
		for _, known := range choices(r.doc) {
			hint := r.hint
			hint.Known = func(key string) bool { return known[key] }
			doc, err := feed.Parse(r.body, hint)
			compared++
			if doc.Cut {
				cut++
			}
			if got, want := outcome(doc.Items, err, nil), outcome(r.doc.Items, r.err, known); got != want {
				wrong++
				fmt.Fprintf(w, "differs    %s with %d of %d items known:\n  got  %s\n  want %s\n", r.name, len(known), len(r.doc.Items), got, want)
			}
		}
	}
	fmt.Fprintf(w, "%d of %d comparisons differ; %d were cut to the unknown items\n", wrong, compared, cut)
	return wrong
}

// choices are the sets of known keys to try on a document.
func choices(d feed.Document) []map[string]bool {
	all := map[string]bool{}
	for _, it := range d.Items {
		all[it.Key] = true
	}
	list := []map[string]bool{{}, all}
	for key := range all {
		others := maps.Clone(all)
		delete(others, key)
		list = append(list, map[string]bool{key: true}, others)
	}
	return list
}

// outcome is all that a caller sees of the items that are not known.
func outcome(items []news.Item, err error, known map[string]bool) string {
	items = slices.DeleteFunc(slices.Clone(items), func(it news.Item) bool { return known[it.Key] })
	return fmt.Sprintf("%+v %v", items, err)
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
		r := result{name: filepath.ToSlash(name), body: body, hint: feed.Hint{ContentType: contentType(body), URL: address}}
		r.doc, r.err = feed.Parse(body, r.hint)
		list = append(list, r)
		return nil
	})
	return list, err
}

// address is where the files are taken to be from: relative links need one.
const address = "http://127.0.0.1:8097/tests/feed.xml"

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
