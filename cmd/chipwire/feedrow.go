package main

import (
	"cmp"
	"slices"
	"time"

	"github.com/chipwire/chipwire/config"
	"github.com/chipwire/chipwire/fetcher"
	"github.com/chipwire/chipwire/fetcher/client"
	"github.com/chipwire/chipwire/internal/urls"
)

// feedRow is one line of the list.
type feedRow struct {
	ID       string     `json:"id"`
	Name     string     `json:"name"`
	URL      string     `json:"url"`    // as configured
	Status   string     `json:"status"` // see docs/feeds.md
	Note     string     `json:"note,omitempty"`
	Advice   string     `json:"advice,omitempty"`
	Since    *time.Time `json:"since"`
	Failures int        `json:"failures"`
	Items    int        `json:"items"`
	LastNew  *time.Time `json:"last_new"`
	Next     *time.Time `json:"next"`
	Why      string     `json:"why,omitempty"` // of the next poll

	Means  string     `json:"means"` // the status, in words
	Class  string     `json:"class"`
	Every  string     `json:"every"`
	LastOK *time.Time `json:"last_ok"` // as of the last write
	Newest *time.Time `json:"newest"`  // the newest date among the items

	Polls    int     `json:"polls"` // of the last 30, those that are stored
	HitRate  float64 `json:"hit_rate"`
	Same     float64 `json:"not_modified_share"` // of the good answers
	Gaps     int     `json:"gaps"`               // times that entries may have been lost between two polls
	Answer   spread  `json:"answer"`             // from the request to the headers
	Delay    spread  `json:"delay"`              // from publication to first sight
	LastPoll *pollAt `json:"last_poll"`

	ContentType string `json:"content_type"`
	Charset     string `json:"charset,omitempty"` // that is not the declared one
	Zone        string `json:"zone,omitempty"`    // as configured
	LearntZone  string `json:"learnt_zone,omitempty"`
	ZoneDiffers bool   `json:"zone_differs"`

	Condition  string     `json:"condition"`          // how it is asked next
	AskedAt    string     `json:"asked_at,omitempty"` // the adopted address
	MovesTo    string     `json:"moves_to,omitempty"` // the candidate
	Sightings  int        `json:"sightings,omitempty"`
	MovesSince *time.Time `json:"moves_since,omitempty"`
	RestUntil  *time.Time `json:"rest_until"`
	Told       string     `json:"told,omitempty"` // the notice that stands
	Push       string     `json:"push,omitempty"` // how things stand with the feed's hub, in words

	Recent []pollAt `json:"recent,omitempty"` // the newest first, of one feed alone
}

// spread is a [fetcher.Spread] in seconds.
type spread struct {
	P50 float64 `json:"p50"`
	P95 float64 `json:"p95"`
	Of  int     `json:"of"`
}

func spreadOf(s fetcher.Spread) spread { return spread{s.P50.Seconds(), s.P95.Seconds(), s.Of} }

// pollAt is a past poll.
type pollAt struct {
	At      time.Time `json:"at"`
	Status  string    `json:"status"`
	Outcome string    `json:"outcome"`
	New     int       `json:"new"`
	Latency float64   `json:"latency"` // s
	Bytes   int       `json:"bytes"`   // rounded up to 256
}

func recentPolls(h fetcher.History) []pollAt {
	var out []pollAt
	for _, p := range slices.Backward(h.Polls()) {
		out = append(out, pollAt{p.At().UTC(), p.Status(), string(p.Outcome()), p.New(), p.Latency().Seconds(), p.Bytes()})
	}
	return out
}

// healthRows are the rows of all configured feeds, the worst first.
func healthRows(cfg config.Config, states map[string]fetcher.State, now time.Time) []feedRow {
	rows := make([]feedRow, 0, len(cfg.Feeds))
	for _, src := range cfg.Feeds {
		state, known := states[src.Feed(cfg.Fetcher.MinInterval).ID]
		rows = append(rows, healthRow(cfg.Fetcher, src, state, known, now))
	}
	slices.SortStableFunc(rows, worse)
	return rows
}

// healthRow is all that there is to say of a feed, by its configuration and the
// state that the daemon keeps.
func healthRow(cfg fetcher.Config, src fetcher.Source, s fetcher.State, known bool, now time.Time) feedRow {
	f, h, stats := src.Feed(cfg.MinInterval), s.Health, s.Polls.Stats()
	r := feedRow{
		ID: f.ID, Name: f.Name, URL: urls.Shown(f.URL), Status: cmp.Or(h.Status, fetcher.StatusNew), Note: h.Note, Advice: h.Advice,
		Since: timeOrNil(h.Since), Failures: h.Failures, Items: h.Items, LastNew: timeOrNil(h.LastNew),
		Class: cmp.Or(string(src.Class), string(fetcher.News)), Every: f.Interval.String(),
		LastOK: timeOrNil(h.LastOK), Newest: timeOrNil(h.Newest),
		Polls: stats.Polls, HitRate: stats.HitRate(), Same: stats.NotModifiedShare(), Gaps: h.Gaps,
		Answer: spreadOf(stats.Latency), Delay: spreadOf(s.Delays.Spread()),
		ContentType: h.ContentType, Charset: h.Charset, Zone: f.Zone, LearntZone: s.Zone,
		ZoneDiffers: s.Zone != "" && f.Zone != "" && s.Zone != f.Zone,
		Condition:   string(s.Condition(f.URL, now)), Told: h.Told,
	}
	if recent := recentPolls(s.Polls); recent != nil {
		r.LastPoll = &recent[0]
	}
	if at := s.Moved.Address(f.URL); at != f.URL {
		r.AskedAt = urls.Shown(at)
	}
	if s.Moved.From == f.URL && s.Moved.To != "" {
		r.MovesTo, r.Sightings, r.MovesSince = urls.Shown(s.Moved.To), s.Moved.Sightings, timeOrNil(s.Moved.Since)
	}
	if src.Disabled {
		r.Status, r.Note, r.Advice, r.Since = fetcher.StatusDisabled, "", "", nil
	} else {
		turn := fetcher.NextTurn(f, false, fetcher.Rest{}, now)
		if known {
			tempo := fetcher.TempoOf(cfg, src, s, now)
			if src.Pushed(cfg) {
				tempo, r.Push = tempo.Paced(s.WebSub(), 0, now), s.WebSub().Describe(now)
			}
			every, _ := tempo.At(now)
			r.Every, turn = every.String(), tempo.Next(s.Rest, now)
		}
		r.Next, r.Why = &turn.At, turn.Why
		if s.Rest.Until.After(now) {
			r.RestUntil = timeOrNil(s.Rest.Until)
		}
	}
	r.Means = fetcher.MeaningOf(r.Status).Means
	return r
}

// badness orders rows: failing feeds first, then those that answer and tell
// nothing, those that are kept from being asked, the unknown, the good.
func (r feedRow) badness() int {
	switch r.Status {
	case fetcher.StatusDisabled:
		return 0
	case fetcher.StatusOK:
		if r.Note == "" {
			return 1
		}
		return 2
	case fetcher.StatusNew:
		return 3
	case fetcher.StatusWire, string(client.StatusResting):
		return 4
	case fetcher.StatusFrozen, fetcher.StatusNoItems:
		return 5
	}
	return 6
}

// broken reports whether the feed needs somebody.
func (r feedRow) broken() bool { return r.badness() > 4 }

// worse orders the worst first, and of equal ones the one that has failed more
// often, then the one that has been so for longer.
func worse(a, b feedRow) int {
	since := func(r feedRow) time.Time {
		if r.Since == nil {
			return time.Time{}
		}
		return *r.Since
	}
	return cmp.Or(cmp.Compare(b.badness(), a.badness()), cmp.Compare(b.Failures, a.Failures), since(a).Compare(since(b)), cmp.Compare(a.ID, b.ID))
}

// chosen are the rows that a user asks for.
func chosen(rows []feedRow, statuses []string, broken bool) []feedRow {
	return slices.DeleteFunc(rows, func(r feedRow) bool {
		return broken && !r.broken() || len(statuses) > 0 && !slices.Contains(statuses, r.Status)
	})
}
