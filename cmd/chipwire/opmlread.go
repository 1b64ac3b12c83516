package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/chipwire/chipwire/config"
	"github.com/chipwire/chipwire/fetcher/client"
	"github.com/chipwire/chipwire/fetcher/feed"
	"github.com/chipwire/chipwire/internal/urls"
)

// maxLists is the most lists that are asked for one import.
const maxLists = 50

// A listReader reads a subscription list and the lists that it includes.
type listReader struct {
	client *client.Client
	out    io.Writer // hears of each list that is asked for
	asked  map[string]bool
	path   []hop // the lists that are being read, the outermost first
	found  []feed.Subscription
	faults []error // of parts that could not be read
}

// A hop is a list on the way to another: where it was asked for, and what answered.
type hop struct{ asked, answered string }

// readLists returns the feeds of a list, and of those that it includes at their
// place behind its own. What cannot be read is an error for each list; the others
// are read all the same. Where nothing at all can be read there is only the error.
func readLists(ctx context.Context, out io.Writer, cfg config.Config, arg string, stdin io.Reader) ([]feed.Subscription, []error) {
	r := listReader{client: client.New(cfg.Fetcher.Config), out: out, asked: map[string]bool{}}
	defer r.client.Close()
	if strings.Contains(arg, "://") {
		r.include(ctx, arg)
		return r.found, r.faults
	}
	data, err := readInput(arg, stdin)
	if err != nil {
		return nil, []error{err}
	}
	r.read(ctx, "the list", data)
	return r.found, r.faults
}

// read takes what a list holds. name is what its faults are said of.
func (r *listReader) read(ctx context.Context, name string, data []byte) {
	list, fault := feed.ParseOPML(data)
	own := list.Feeds()
	switch {
	case fault != nil && len(own) == 0:
		r.faults = append(r.faults, fmt.Errorf("%s is no OPML list that can be read: %w", name, fault))
		return
	case fault != nil:
		r.faults = append(r.faults, fmt.Errorf("%s is broken, and feeds may be missing: %w", name, fault))
	}
	r.found = append(r.found, own...)
	for _, o := range list.Includes() {
		address := o.URL
		if base := len(r.path) - 1; base >= 0 {
			address = urls.Resolve(r.path[base].answered, o.URL)
		}
		r.include(ctx, address)
	}
}

// include asks for a list and reads it, once; a list that leads back to itself is
// a fault of the lists.
func (r *listReader) include(ctx context.Context, address string) {
	key := canonical(address)
	fault := func(format string, args ...any) { r.faults = append(r.faults, fmt.Errorf(format, args...)) }
	switch {
	case ctx.Err() != nil:
		return
	case !strings.HasPrefix(address, "http://") && !strings.HasPrefix(address, "https://"):
		fault("include %q: want an http or https address; import that list by itself", address)
		return
	case slices.ContainsFunc(r.path, func(h hop) bool { return canonical(h.asked) == key || canonical(h.answered) == key }):
		fault("include %s: the lists lead in a circle: %s", urls.Shown(address), strings.Join(append(r.way(), urls.Shown(address)), " > "))
		return
	case r.asked[key]:
		return // two lists may name a third
	case len(r.asked) == maxLists:
		fault("include %s: more than %d lists; import it by itself", urls.Shown(address), maxLists)
		return
	}
	r.asked[key] = true
	resp, err := r.client.Get(ctx, client.Request{URL: address})
	if err != nil {
		fault("include %s: %w", urls.Shown(address), advise(err))
		return
	}
	fmt.Fprintf(r.out, "read %s\n", urls.Shown(resp.URL))
	r.path = append(r.path, hop{address, resp.URL})
	defer func() { r.path = r.path[:len(r.path)-1] }()
	r.asked[canonical(resp.URL)] = true
	r.read(ctx, urls.Shown(address), resp.Body)
}

// way names the lists on the way to the one that is being read.
func (r *listReader) way() []string {
	list := make([]string, len(r.path))
	for i, h := range r.path {
		list[i] = urls.Shown(h.asked)
	}
	return list
}
