// Package doctor looks for what keeps chipwire from working on this machine, and
// says what to do about it: the file, the data folder, disk, ports, clock, name
// servers, proxies, NATS, and a sample of the feeds.
//
// Each look returns what was found as a value; nothing is repaired, and nothing is
// written but the data folder itself where it is missing. It runs beside a daemon
// or without one.
package doctor

import (
	"context"
	"time"

	"github.com/chipwire/chipwire/config"
	"github.com/chipwire/chipwire/fetcher"
	"github.com/chipwire/chipwire/internal/bus"
)

// A State says how bad a finding is.
type State string

// The states.
const (
	Good State = "good"
	Warn State = "warn" // works, though not as well as it should, or not for long
	Bad  State = "bad"  // does not work
)

// A Finding is the result of one look.
type Finding struct {
	Check  string `json:"check"` // what was looked at
	State  State  `json:"state"`
	Found  string `json:"found"`            // in words, with the values
	Advice string `json:"advice,omitempty"` // what to do, where something is to be done
}

// Deps are what the looks need.
type Deps struct {
	Config  config.Config
	File    string // where it was read
	DataDir string

	// Connect opens the inside of the running daemon or of the operator's server.
	Connect func() (*bus.Bus, error)
	// Probe asks one feed once.
	Probe func(ctx context.Context, s fetcher.Source) fetcher.Decision
	Now   func() time.Time
}

// sample is how many feeds are asked.
const sample = 6

// Examine looks at everything and hands each finding on as it is made. It returns
// the worst state.
func Examine(ctx context.Context, d Deps, tell func(Finding)) State {
	worst := Good
	report := func(all ...Finding) {
		for _, f := range all {
			worst = worse(worst, f.State)
			tell(f)
		}
	}
	report(file(d.File, d.Config)...)
	folder, running := dataDir(d.DataDir)
	report(folder, disk(d.DataDir, int64(d.Config.NATS.MaxStore)), files())
	report(ports(d.Config, running)...)
	report(server(ctx, d, running)...)
	report(names(ctx, d.Config)...)
	report(proxies(ctx, d.Config)...)
	asked, dates := feeds(ctx, d)
	report(clock(d.DataDir, d.Now(), dates))
	report(asked...)
	return worst
}

func worse(a, b State) State {
	if a == Bad || b == Bad {
		return Bad
	}
	if a == Warn || b == Warn {
		return Warn
	}
	return Good
}
