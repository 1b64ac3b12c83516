// Package backtest tells what other rules would have told: it has the archive of
// articles judged and joined anew, in memory, and compares the alerts with those
// that were sent.
//
// The package reads and writes nothing outside; package main brings the archive.
package backtest

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/chipwire/chipwire/desk"
	"github.com/chipwire/chipwire/news"
)

// A Told is an alert and the band that it is in.
type Told struct {
	news.Alert
	Review bool `json:"review"`
}

// A Bench is a desk of its own, in memory.
type Bench struct {
	judge func(news.Article) news.Verdict
	desk  *desk.Desk
	told  []Told
}

// New returns a Bench that judges by these rules.
func New(ctx context.Context, judge func(news.Article) news.Verdict, cfg desk.Config) (*Bench, error) {
	b := &Bench{judge: judge}
	d, err := desk.New(ctx, desk.Deps{
		Config: cfg, Store: &desk.MemoryStore{}, Log: slog.New(slog.DiscardHandler),
		Publish: func(_ context.Context, a news.Alert, review bool) (bool, error) {
			b.told = append(b.told, Told{a, review})
			return true, nil
		},
	})
	b.desk = d
	return b, err
}

// Take judges one article; they are to come in the order of the archive.
func (b *Bench) Take(ctx context.Context, a news.Article) error {
	if err := b.desk.Tick(ctx, a.DetectedAt); err != nil {
		return err
	}
	return b.desk.Take(ctx, b.judge(a))
}

// Told returns the alerts since a moment. What was still held back is told, if
// its time has come by now.
func (b *Bench) Told(ctx context.Context, since, now time.Time) ([]Told, error) {
	if err := b.desk.Tick(ctx, now); err != nil {
		return nil, err
	}
	return Since(b.told, since), nil
}

// Since returns the alerts on reports that were detected since a moment.
func Since(list []Told, since time.Time) []Told {
	var out []Told
	for _, a := range list {
		if a.DetectedAt != nil && !a.DetectedAt.Before(since) {
			out = append(out, a)
		}
	}
	return out
}

// What becomes of an alert.
const (
	Comes   = "come"   // it was not sent
	Goes    = "go"     // it would not be sent
	Changes = "change" // it would say something else
)

// A Change is one alert that would not be as it was.
type Change struct {
	What string   `json:"what"`
	How  []string `json:"how,omitempty"` // of a change: what differs
	Was  *Told    `json:"was,omitempty"`
	Now  *Told    `json:"now,omitempty"`
}

// Compare returns the alerts that would come, go or change, in the order of their
// reports, and how many stay as they are.
//
// Two alerts are one if they have the same id, else if they tell the same company
// of the same report: other rules may found an event on another article.
func Compare(was, now []Told) (changes []Change, same int) {
	left := slices.Clone(now)
	take := func(fits func(Told) bool) *Told {
		i := slices.IndexFunc(left, fits)
		if i < 0 {
			return nil
		}
		found := left[i]
		left = slices.Delete(left, i, i+1)
		return &found
	}
	pairs := make([]*Told, len(was))
	for _, fits := range []func(a, b Told) bool{
		func(a, b Told) bool { return a.ID == b.ID && a.Review == b.Review },
		func(a, b Told) bool { return a.ID == b.ID },
		func(a, b Told) bool { return sameReport(a, b) && a.Stage == b.Stage },
		sameReport,
	} {
		for i, a := range was {
			if pairs[i] == nil {
				pairs[i] = take(func(b Told) bool { return fits(a, b) })
			}
		}
	}
	for i := range was {
		switch how := []string(nil); {
		case pairs[i] == nil:
			changes = append(changes, Change{What: Goes, Was: &was[i]})
		default:
			if how = differences(was[i], *pairs[i]); len(how) == 0 {
				same++
				continue
			}
			changes = append(changes, Change{What: Changes, How: how, Was: &was[i], Now: pairs[i]})
		}
	}
	for i := range left {
		changes = append(changes, Change{What: Comes, Now: &left[i]})
	}
	slices.SortStableFunc(changes, func(a, b Change) int { return detected(a).Compare(detected(b)) })
	return changes, same
}

func sameReport(a, b Told) bool {
	return a.Company.ID == b.Company.ID && len(a.Sources) > 0 && len(b.Sources) > 0 && a.Sources[0].URL == b.Sources[0].URL
}

// detected is when the report behind a change was detected.
func detected(c Change) time.Time {
	for _, a := range []*Told{c.Was, c.Now} {
		if a != nil && a.DetectedAt != nil {
			return *a.DetectedAt
		}
	}
	return time.Time{}
}

// scoreStep is the least difference of two scores that is told.
const scoreStep = 0.05

// differences says what a reader would see differ.
func differences(a, b Told) (how []string) {
	differ := func(what, x, y string) {
		if x != y {
			how = append(how, fmt.Sprintf("%s %s → %s", what, cmp.Or(x, "none"), cmp.Or(y, "none")))
		}
	}
	differ("band", band(a), band(b))
	differ("kind", string(a.Kind), string(b.Kind))
	differ("stage", string(a.Stage), string(b.Stage))
	differ("instrument", text(a.Instrument), text(b.Instrument))
	differ("parties", parties(a), parties(b))
	if math.Abs(a.Score-b.Score) >= scoreStep {
		differ("score", fmt.Sprintf("%.2f", a.Score), fmt.Sprintf("%.2f", b.Score))
	}
	return how
}

func band(a Told) string {
	if a.Review {
		return "review"
	}
	return "alerts"
}

func text(i *news.Instrument) string {
	if i == nil {
		return ""
	}
	return string(*i)
}

func parties(a Told) string {
	var list []string
	for _, p := range a.Parties {
		list = append(list, cmp.Or(string(p.ID), p.Name)+" ("+string(p.Side)+")")
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}
