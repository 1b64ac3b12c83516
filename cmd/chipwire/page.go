package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/chipwire/chipwire/config"
	"github.com/chipwire/chipwire/fetcher"
	"github.com/chipwire/chipwire/fetcher/client"
	"github.com/chipwire/chipwire/fetcher/extract"
)

// maxInput is the most that is read of a file or of standard input, in bytes.
const maxInput = 64 << 20

func isURL(arg string) bool {
	return strings.HasPrefix(arg, "http://") || strings.HasPrefix(arg, "https://")
}

// openLines opens what --jsonl reads: the named file, else standard input.
func openLines(args []string, stdin io.Reader) (io.ReadCloser, error) {
	if len(args) == 0 || args[0] == "-" {
		return io.NopCloser(stdin), nil
	}
	return os.Open(args[0])
}

// readInput reads a file, or standard input for "-".
func readInput(arg string, stdin io.Reader) ([]byte, error) {
	in := stdin
	if arg != "-" {
		f, err := os.Open(arg)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, maxInput+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", arg, err)
	}
	if len(data) > maxInput {
		return nil, fmt.Errorf("read %s: more than %d MiB", arg, maxInput>>20)
	}
	return data, nil
}

// fetchPage asks for a page, as politely and carefully as the daemon does, and
// reads it as one of a feed, which may be the zero source.
func fetchPage(ctx context.Context, cfg config.Config, url string, src fetcher.Source, explain bool) (extract.Result, error) {
	c := client.New(cfg.Fetcher.Config)
	defer c.Close()
	resp, err := c.Get(ctx, client.Request{URL: url})
	if err != nil {
		return extract.Result{}, advise(err)
	}
	page, err := extract.Read(extract.Page{
		HTML: resp.Body, URL: resp.URL, ContentType: resp.Header.Get("Content-Type"),
		Zone: zoneNamed(src.Zone), Selectors: src.Selectors, Explain: explain,
	})
	return page, advise(err)
}

// advise adds to an error what to do about it, where the error knows.
func advise(err error) error {
	if a, ok := err.(interface{ Advice() string }); ok {
		return fmt.Errorf("%w; %s", err, a.Advice())
	}
	return err
}
