package desk

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/chipwire/chipwire/news"
)

// stale is the age at first sight from which a story tells nothing.
const stale = 72 * time.Hour

// maxAlertSources is the most sources that an alert names.
const maxAlertSources = 4

// A Decision is what one finding does to the book.
type Decision struct {
	Reason news.Reason // why subscribers are told, or why not
	Event  news.Event  // as it is to be written, when Write is set
	Write  bool
}

// Decide folds one finding of a verdict into the event it belongs to, nil where
// it belongs to none. The returned event has an unsent row for each company that
// is to be told. Decide has no memory and no clock: the same arguments give the
// same decision, and a finding that was folded in already changes nothing.
func Decide(old *news.Event, v news.Verdict, f news.Finding) (Decision, error) {
	if v.Source.PublishedAt != nil && v.DetectedAt.Sub(*v.Source.PublishedAt) > stale {
		return Decision{Reason: news.History}, nil
	}
	if old == nil {
		return open(v, f)
	}
	if reported(*old, v) {
		return Decision{Reason: news.Reprint}, nil
	}
	return join(*old, v, f)
}

// open founds an event.
func open(v news.Verdict, f news.Finding) (Decision, error) {
	ev := news.Event{
		ID: eventID(v, f), Kind: f.Kind, Stage: f.Stage, Instrument: f.Instrument, Parties: f.Parties,
		Score: f.Score, Review: f.Review, FirstSeen: v.DetectedAt,
	}
	addSource(&ev, v, f)
	companies, _ := registered(ev.Parties)
	err := tell(&ev, v, f, news.First, nil, companies)
	return Decision{Reason: news.First, Event: ev, Write: true}, err
}

// join adds a report to an event that is known.
func join(old news.Event, v news.Verdict, f news.Finding) (Decision, error) {
	ev := old
	ev.Parties, ev.Sources, ev.History = slices.Clone(old.Parties), slices.Clone(old.Sources), slices.Clone(old.History)
	reason := moved(old, v, f)
	var companies []news.CompanyID
	var previous *news.Stage
	if reason != news.Weaker {
		companies = addParties(&ev, f)
		ev.Score = max(ev.Score, f.Score)
		if ev.Kind == news.Partnership {
			ev.Kind = f.Kind
		}
		if ev.Instrument == "" {
			ev.Instrument = f.Instrument
		}
	}
	switch reason {
	case news.StageMoved, news.Resumed, news.Promoted:
		previous = &old.Stage
		if reason == news.Promoted {
			previous = nil // nobody was told of it
		}
		ev.Stage, ev.Review = f.Stage, f.Review
		companies, _ = registered(ev.Parties)
	case news.NoChange:
		if len(companies) > 0 {
			reason = news.PartyKnown
		}
	default:
		companies = nil
	}
	addSource(&ev, v, f)
	err := tell(&ev, v, f, reason, previous, companies)
	return Decision{Reason: reason, Event: ev, Write: true}, err
}

// moved decides what a report does to the stage: it goes up on a source that
// supports more, to denied and ended at once, and never down because a weaker
// report comes later. A denial is taken back by a later report of more than
// rumour.
func moved(old news.Event, v news.Verdict, f news.Finding) news.Reason {
	switch {
	case f.Review && !old.Review:
		return news.Weaker
	case old.Review && !f.Review:
		return news.Promoted
	case f.Stage == old.Stage:
		return news.NoChange
	case old.Stage == news.Denied && !f.Stage.Over():
		if f.Stage.Rank() > news.Rumour.Rank() && said(v).After(lastAt(old, news.Denied)) {
			return news.Resumed
		}
		return news.Weaker
	case old.Stage == news.Ended:
		return news.Old
	case f.Stage.Over(), f.Stage.Rank() > old.Stage.Rank():
		return news.StageMoved
	}
	return news.Weaker
}

// lastAt is when the event was last reported at the stage.
func lastAt(ev news.Event, stage news.Stage) time.Time {
	var at time.Time
	for _, s := range ev.Sources {
		if s.Stage == stage && s.At.After(at) {
			at = s.At
		}
	}
	return at
}

// said is when the source said it: when it was published, else when it was seen.
func said(v news.Verdict) time.Time {
	if v.Source.PublishedAt != nil {
		return *v.Source.PublishedAt
	}
	return v.DetectedAt
}

// reported reports whether the event has this revision of the article already.
func reported(ev news.Event, v news.Verdict) bool {
	return slices.ContainsFunc(ev.Sources, func(s news.EventSource) bool {
		return s.Article == v.Article && s.Revision >= v.Revision
	})
}

// eventID is the identity of an event: the article, parties and kind of its
// founding finding.
func eventID(v news.Verdict, f news.Finding) string {
	var parties []string
	for _, p := range f.Parties {
		parties = append(parties, string(p.ID)+"="+p.Name)
		if p.ID != "" {
			parties[len(parties)-1] = string(p.ID)
		}
	}
	slices.Sort(parties)
	return news.Hash(append([]string{v.Article, string(f.Kind)}, parties...)...)[:24]
}

// addParties adds the parties that the event did not know, and returns the ids
// of the new companies.
func addParties(ev *news.Event, f news.Finding) []news.CompanyID {
	var added []news.CompanyID
	for _, p := range f.Parties {
		if p.ID == "" || slices.ContainsFunc(ev.Parties, func(q news.Party) bool { return q.ID == p.ID }) {
			continue
		}
		ev.Parties = append(ev.Parties, p)
		added = append(added, p.ID)
	}
	return added
}

// addSource records the report. The founding source stays, and the newest; a
// revision takes the place of what the article said before.
func addSource(ev *news.Event, v news.Verdict, f news.Finding) {
	s := news.EventSource{Article: v.Article, Revision: v.Revision, Stage: f.Stage, At: v.DetectedAt, Source: v.Source}
	if i := slices.IndexFunc(ev.Sources, func(o news.EventSource) bool { return o.Article == v.Article }); i >= 0 {
		ev.Sources[i] = s
	} else {
		ev.Sources = append(ev.Sources, s)
		ev.Reports++
	}
	if len(ev.Sources) > news.MaxSources {
		ev.Sources = slices.Delete(ev.Sources, 1, 2)
	}
	if v.DetectedAt.After(ev.LastSeen) {
		ev.LastSeen = v.DetectedAt
	}
}

// tell adds an unsent row with its alert for each company.
func tell(ev *news.Event, v news.Verdict, f news.Finding, why news.Reason, previous *news.Stage, companies []news.CompanyID) error {
	for _, id := range companies {
		body, err := json.Marshal(alert(*ev, v, f, why, previous, id))
		if err != nil {
			return fmt.Errorf("alert of event %s: %w", ev.ID, err)
		}
		ev.History = append(ev.History, news.EventRow{
			At: v.DetectedAt, Company: id, Stage: ev.Stage, Reason: why, Source: v.Source.URL, Review: ev.Review, Alert: body,
		})
	}
	return nil
}

func alert(ev news.Event, v news.Verdict, f news.Finding, why news.Reason, previous *news.Stage, id news.CompanyID) news.Alert {
	a := news.Alert{
		Version: news.AlertVersion, ID: news.AlertID(ev.ID, id, ev.Stage), Event: ev.ID,
		Parties: named(ev.Parties, f.Parties), Kind: ev.Kind, Stage: ev.Stage, PreviousStage: previous,
		Score: f.Score, Reason: why, Headline: v.Source.Title, Evidence: f.Evidence,
		FirstSeen: moment(ev.FirstSeen), DetectedAt: moment(v.DetectedAt), Why: f.Why,
	}
	if ev.Instrument != "" {
		a.Instrument = &ev.Instrument
	}
	for _, p := range a.Parties {
		if p.ID == id {
			a.Company = news.Company{ID: p.ID, Name: p.Name}
		}
	}
	a.Sources = []news.Source{v.Source} // the cause, then the newest
	for _, s := range slices.Backward(ev.Sources) {
		if s.Article != v.Article && len(a.Sources) < maxAlertSources {
			a.Sources = append(a.Sources, s.Source)
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
