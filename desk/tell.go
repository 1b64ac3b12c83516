package desk

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/chipwire/chipwire/news"
)

// maxAlertSources is the most sources that an alert names, and maxDisputes the
// most that contradict it.
const (
	maxAlertSources = 4
	maxDisputes     = 4
)

// maxRounds is how often a company is told of one stage of an event: what goes
// back and forth more often is no news.
const maxRounds = 9

// A cause is what made the desk look at an event: a report, a revision, or a hand.
type cause struct {
	verdict news.Verdict
	finding news.Finding
	match   string
	mended  bool // a claim was withdrawn or changed by its publisher
	changed bool // what tells the deal from others was changed with it, and the publisher says so
}

// tell adds to the event an unsent row for each company that has to hear of it,
// and returns the reason of the first, or why nobody is told.
func (cfg Config) tell(ev *news.Event, old news.Event, c cause) (told news.Reason, err error) {
	ids, _ := registered(ev.Parties)
	if c.mended { // who was named by mistake hears of that
		was, _ := registered(old.Parties)
		for _, id := range was {
			if !slices.Contains(ids, id) && last(ev.History, id, false) != nil {
				ids = append(ids, id)
			}
		}
	}
	before, hushed := ev.History, false
	for _, id := range ids {
		stage := ev.Stage
		if !isParty(*ev, id) {
			stage = news.Denied
		}
		reason, previous := due(*ev, old, before, id, stage, c)
		if reason == "" {
			continue
		}
		row := news.EventRow{At: c.verdict.DetectedAt, Company: id, Stage: stage, Reason: reason, Source: c.verdict.Source.URL, Review: band(*ev, id)}
		row.Round = round(ev.History, row)
		known := last(ev.History, id, false) != nil
		ruling := cfg.of(id).rule(*ev, stage, known)
		if ruling == tellNot || row.Round > maxRounds {
			hushed = true
			continue
		}
		if ruling == tellLater {
			row.Until = c.verdict.DetectedAt.Add(cfg.of(id).Hold)
			hushed = true
		} else if told == "" {
			told = reason
		}
		if row.Alert, err = json.Marshal(alert(*ev, c, row, previous)); err != nil {
			return "", fmt.Errorf("alert of event %s: %w", ev.ID, err)
		}
		hold(ev, row)
	}
	if told == "" && hushed {
		told = news.Policy
	}
	return told, nil
}

// hold adds a row in place of the one that is held back for the same company.
func hold(ev *news.Event, row news.EventRow) {
	ev.History = slices.DeleteFunc(slices.Clone(ev.History), func(r news.EventRow) bool { return held(r) && r.Company == row.Company && r.Review == row.Review })
	ev.History = append(ev.History, row)
}

// held reports whether a row waits for a second source.
func held(r news.EventRow) bool { return !r.Sent && !r.Until.IsZero() }

// last is the last that the company was told of the event in a band, nil for
// nothing. What is held back was not told.
func last(history []news.EventRow, id news.CompanyID, review bool) *news.EventRow {
	for i := range slices.Backward(history) {
		if r := &history[i]; r.Company == id && r.Review == review && !held(*r) {
			return r
		}
	}
	return nil
}

// band reports whether the company hears of the event in the review band. Who was
// told of it as of a thing that is sure goes on to be told there.
func band(ev news.Event, id news.CompanyID) bool {
	return ev.Review && last(ev.History, id, false) == nil
}

// round counts how often the company was told of the stage, 0 for the first time
// and 2 for the second.
func round(history []news.EventRow, row news.EventRow) int {
	n := 1
	for _, r := range history {
		if r.Company == row.Company && r.Stage == row.Stage && r.Review == row.Review && r.Event == "" && !held(r) {
			n++
		}
	}
	if n == 1 {
		return 0
	}
	return n
}

// due compares what the company was told with how the event stands, and says why
// it has to hear more, "" when it has not. Before is the history before this report.
func due(ev, old news.Event, before []news.EventRow, id news.CompanyID, stage news.Stage, c cause) (news.Reason, *news.Stage) {
	review := band(ev, id)
	was := last(ev.History, id, review)
	if was == nil {
		switch {
		case !review && last(ev.History, id, true) != nil:
			return news.Promoted, nil
		case ev.Stage == news.Denied && c.mended: // it was withdrawn before anybody heard of it
			return "", nil
		case isParty(old, id) || !heard(before):
			return first(ev.History, id), nil
		}
		return news.PartyKnown, nil
	}
	previous := was.Stage
	switch {
	case c.changed && (previous != stage || stage != news.Denied), !isParty(ev, id) && previous != stage:
		return news.Correction, &previous
	case previous == stage:
		return "", nil
	case previous.Over() && !stage.Over():
		return news.Resumed, &previous
	case c.mended && gone(ev), !stage.Over() && stage.Rank() < previous.Rank():
		return news.Correction, &previous
	}
	return news.StageMoved, &previous
}

// first is the reason of a company's first row: the one under which it is held
// back, if it is.
func first(history []news.EventRow, id news.CompanyID) news.Reason {
	for _, r := range history {
		if r.Company == id && held(r) {
			return r.Reason
		}
	}
	return news.First
}

func isParty(ev news.Event, id news.CompanyID) bool {
	return slices.ContainsFunc(ev.Parties, func(p news.Party) bool { return p.ID == id })
}

// heard reports whether anybody was told of the event.
func heard(history []news.EventRow) bool {
	return slices.ContainsFunc(history, func(r news.EventRow) bool { return !held(r) })
}

// gone reports whether all that was said of the event was withdrawn.
func gone(ev news.Event) bool {
	return !slices.ContainsFunc(ev.Claims, func(c news.Claim) bool { return !c.Gone })
}

func alert(ev news.Event, c cause, row news.EventRow, previous *news.Stage) news.Alert {
	v := c.verdict
	token := news.EventToken(ev.ID, row.Round)
	a := news.Alert{
		Version: news.AlertVersion, ID: news.AlertID(token, row.Company, row.Stage), Event: ev.ID, Round: row.Round,
		Parties: named(ev.Parties, c.finding.Parties), Kind: ev.Kind, Stage: row.Stage, PreviousStage: previous,
		Score: c.finding.Score, Reason: row.Reason, Headline: v.Source.Title, Evidence: c.finding.Evidence,
		FirstSeen: moment(ev.FirstSeen), DetectedAt: moment(v.DetectedAt), Why: c.finding.Why,
		Independent: ev.Independent, Match: c.match,
	}
	if ev.Instrument != "" {
		a.Instrument = &ev.Instrument
	}
	a.Company = news.Company{ID: row.Company, Name: string(row.Company)} // who is none of them any more has no name here
	for _, p := range a.Parties {
		if p.ID == row.Company {
			a.Company = news.Company{ID: p.ID, Name: p.Name}
		}
	}
	a.Sources = []news.Source{v.Source} // the cause, then the newest
	for _, s := range slices.Backward(ev.Sources) {
		if s.Article != v.Article && len(a.Sources) < maxAlertSources {
			a.Sources = append(a.Sources, s.Source)
		}
	}
	for _, d := range disputes(ev) {
		i := slices.IndexFunc(ev.Sources, func(s news.EventSource) bool { return shortID(s.Article) == d.Article })
		if i >= 0 && len(a.Disputed) < maxDisputes {
			at := time.Unix(d.Said, 0).UTC()
			a.Disputed = append(a.Disputed, news.Dispute{Stage: d.Stage, At: &at, URL: ev.Sources[i].URL})
		}
	}
	return a
}

// named returns the parties with the names that the story has for them: an
// alert speaks the language of its source.
func named(parties, story []news.Party) []news.Party {
	parties = slices.Clone(parties)
	for i := range parties {
		for _, p := range story {
			if p.ID != "" && p.ID == parties[i].ID {
				parties[i].Name = p.Name
			}
		}
	}
	return parties
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
