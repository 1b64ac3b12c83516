package demo

import (
	"cmp"
	"slices"
	"time"

	"github.com/chipwire/chipwire/news"
)

// A Told is one alert of a perfect wire: the subscribers of Company hear that
// the deal Event is at Stage.
type Told struct {
	Event   string
	Kind    news.Kind
	Stage   news.Stage
	Company news.CompanyID
}

// Truth lists the alerts that a perfect wire gives on the stories that have
// appeared within the given time of the start, in the order of the stories. A
// deal only moves forward, or to its end; what repeats it tells nothing, and a
// party that becomes known later is told the stage that the deal is at.
func (n *Newsroom) Truth(within time.Duration) []Told {
	stories := slices.Clone(n.Stories)
	stories = slices.DeleteFunc(stories, func(s Story) bool { return s.Appears > within })
	slices.SortStableFunc(stories, func(a, b Story) int {
		return cmp.Or(cmp.Compare(a.Appears, b.Appears), cmp.Compare(a.Published, b.Published))
	})
	var told []Told
	events := map[string]*progress{}
	for _, s := range stories {
		for _, d := range s.Deals {
			e := events[d.Event]
			if e == nil {
				e = &progress{}
				events[d.Event] = e
			}
			for _, c := range e.tell(d) {
				told = append(told, Told{Event: d.Event, Kind: d.Kind, Stage: e.stage, Company: c})
			}
		}
	}
	return told
}

// progress is how far one event has come.
type progress struct {
	stage     news.Stage
	companies []news.CompanyID
}

// tell takes in what a story says and returns who has to hear of it.
func (p *progress) tell(d Deal) []news.CompanyID {
	if p.stage.Over() {
		return nil
	}
	var fresh []news.CompanyID
	for _, c := range d.Companies {
		if !slices.Contains(p.companies, c) {
			fresh = append(fresh, c)
		}
	}
	p.companies = append(p.companies, fresh...)
	if d.Stage.Over() || d.Stage.Rank() > p.stage.Rank() {
		p.stage = d.Stage
		return p.companies
	}
	return fresh
}
