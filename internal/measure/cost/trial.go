package main

import (
	"fmt"
	"slices"
)

// A trial is one case of the table.
type trial struct {
	name  string
	title string

	newsroom []string // flags of the farm
	items    int      // in each feed at first
	every    string   // interval of the daemon's feeds
	fresh    bool     // measured from the first poll of an empty store on
	grows    bool     // each feed gets one new item before the measurement
	keep     bool     // connections are kept
	memory   bool     // the peak of memory counts, not the polls
	starts   int      // so many starts with known feeds are taken; the time until ready counts
	feeds    int      // in place of the usual number
	scale    int      // times as many feeds as usual, so that no worker is ever idle
	passes   int      // so many polls of each feed are measured

	mode     string // of the bare poller
	bare     string // the phase of it that counts
	bar, aim float64
}

// Every feed with both validators, so that a poll is a 304 or a change; or none.
var (
	validated = []string{"-validators", "both=1"}
	bare      = []string{"-validators", "nil=1"}
)

var trials = []trial{
	{
		name: "warm", title: "304, new connections", newsroom: validated,
		items: 28, every: "1s", scale: 2, passes: 3, mode: "none", bare: "warm", bar: 0.7, aim: 0.85,
	},
	{
		name: "warm-kept", title: "304, kept connections", newsroom: validated, keep: true,
		items: 28, every: "1s", scale: 3, passes: 4, mode: "none", bare: "warm", bar: 0.7, aim: 0.85,
	},
	{
		name: "same", title: "same 200, new connections", newsroom: bare,
		items: 28, every: "1s", passes: 2, mode: "hash", bare: "cold", bar: 0.6, aim: 0.8,
	},
	{
		name: "same-kept", title: "same 200, kept connections", newsroom: bare, keep: true,
		items: 28, every: "1s", passes: 2, mode: "hash", bare: "cold", bar: 0.6, aim: 0.8,
	},
	{
		name: "first", title: "first sight, 28 items", newsroom: validated, fresh: true,
		items: 28, every: "24h", mode: "gofeed", bare: "cold", bar: 0.7, aim: 0.9,
	},
	{
		name: "new", title: "1 new item of 28", newsroom: validated, grows: true,
		items: 27, every: "3s", passes: 1, mode: "gofeed", bare: "cold", bar: 1.5, aim: 3,
	},
	{
		name: "https", title: "HTTPS 304, resumed", newsroom: slices.Concat(validated, []string{"-tls"}),
		items: 28, every: "1s", passes: 2, mode: "none", bare: "warm", bar: 0.8, aim: 0.95,
	},
	{
		name: "memory", title: "peak memory in MB", newsroom: nil, memory: true,
		items: 28, every: "20s", passes: 2, bar: 90, aim: 60,
	},
	{
		name: "memory-faults", title: "the same under faults", newsroom: []string{"-faults", faults}, memory: true,
		items: 28, every: "20s", passes: 1, bar: 154, aim: 124,
	},
	{
		name: "start", title: "ms to ready, 5,000 known", newsroom: validated, starts: 5, feeds: 5000, keep: true,
		items: 28, every: "60s", bar: 300, aim: 150,
	},
}

func caseNames() []string {
	var names []string
	for _, t := range trials {
		names = append(names, t.name)
	}
	return names
}

// settings is the daemon's configuration.
func (t trial) settings(dir string, urls []string) string {
	s := fmt.Sprintf("data_dir: %s\nnats: {listen: \"127.0.0.1:0\"}\nweb: {listen: \"\"}\n", dir)
	s += fmt.Sprintf("fetcher: {min_interval: 1s, host_gap: 0s, host_concurrency: %d, workers: %d, allow_private: true", workers, workers)
	switch {
	case t.fresh:
		s += ", backfill: 72h" // all that the newsroom has is news
	case t.memory, t.starts > 0:
		s += ", backfill: 0s" // the server holds the id of each item for two hours: a first start is not what is measured
	default:
		s += ", backfill: 2h" // what is stored before the measurement is work for nothing
	}
	s += "}\nfeeds:\n"
	headers := ""
	if !t.keep && !t.memory {
		headers = `, headers: {Connection: close}`
	}
	for _, u := range urls {
		s += fmt.Sprintf("  - {url: %q, every: %s%s}\n", u, t.every, headers)
	}
	return s
}

// faults of a third of the feeds: slow ones and cut ones, bodies of 64 MB, gzip
// bombs, redirects, codes, and what is no feed.
const faults = "slow=0.02,trickle=0.01,404=0.01,410=0.01,429=0.02,500=0.01,503=0.02,flaky=0.02,truncate=0.02,reset=0.01," +
	"301=0.02,302=0.02,307=0.01,308=0.02,loop=0.01,badxml=0.02,huge=0.01,gzipbomb=0.01,wrongtype=0.02,html=0.01,empty=0.01,flipguid=0.02,noguid=0.02"

// workers ask at once, on both sides.
const workers = 16

// hosts of the newsroom: both sides keep two connections to each where they keep
// them.
const hosts = 120

func median(list []float64) float64 {
	list = slices.Sorted(slices.Values(list))
	n := len(list)
	return (list[(n-1)/2] + list[n/2]) / 2
}
