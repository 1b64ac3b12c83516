package demo

import (
	"slices"
	"testing"
	"time"

	"github.com/chipwire/chipwire/classifier/company"
	"github.com/chipwire/chipwire/news"
)

// TestNewsroom holds the built-in press to what the demo promises.
func TestNewsroom(t *testing.T) {
	n, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	var (
		papers  = map[string]int{}
		traps   int
		stages  = map[string][]news.Stage{}            // event -> distinct stages
		tellers = map[string]map[news.Stage][]string{} // event -> stage -> publishers
	)
	for _, s := range n.Stories {
		papers[s.Publisher]++
		if len(s.Deals) == 0 {
			traps++
		}
		for _, d := range s.Deals {
			if !slices.Contains(stages[d.Event], d.Stage) {
				stages[d.Event] = append(stages[d.Event], d.Stage)
			}
			if tellers[d.Event] == nil {
				tellers[d.Event] = map[news.Stage][]string{}
			}
			if who := tellers[d.Event][d.Stage]; !slices.Contains(who, s.Publisher) {
				tellers[d.Event][d.Stage] = append(who, s.Publisher)
			}
		}
	}
	if len(papers) < 4 || len(n.Stories) < 40 {
		t.Errorf("%d publishers with %d stories, want 4 or more with 40 or more", len(papers), len(n.Stories))
	}
	if 2*traps < len(n.Stories)-2 || 2*traps > len(n.Stories)+2 {
		t.Errorf("%d of %d stories report no deal, want half", traps, len(n.Stories))
	}
	most, widest := 0, 0
	for event, list := range stages {
		most = max(most, len(list))
		for _, who := range tellers[event] {
			widest = max(widest, len(who))
		}
	}
	if most < 3 {
		t.Errorf("the most-moved event has %d stages, want 3", most)
	}
	if widest < 3 {
		t.Errorf("the widest-told event has %d publishers at one stage, want 3", widest)
	}
	late := slices.ContainsFunc(n.Stories, func(s Story) bool { return s.Appears > 15*time.Second })
	if late {
		t.Error("a story appears more than 15s after the start: a demo of 20s does not show it")
	}
}

// TestNewsroomIsServed reads every feed and page of the built-in press.
func TestNewsroomIsServed(t *testing.T) {
	n, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	s := started(t, n, time.Minute)
	for _, f := range s.Feeds() {
		if resp, _ := get(t, f.URL); resp.StatusCode != 200 {
			t.Errorf("feed %s answered %d", f.ID, resp.StatusCode)
		}
	}
	urls := map[string]bool{}
	for _, st := range n.Stories {
		url := s.URL(st)
		if urls[url] {
			t.Errorf("two stories at %s", url)
		}
		urls[url] = true
		if resp, _ := get(t, url); resp.StatusCode != 200 {
			t.Errorf("%s %s answered %d", st.Publisher, st.Slug, resp.StatusCode)
		}
	}
}

// TestNewsroomNamesKnownCompanies holds the labels against the registry.
func TestNewsroomNamesKnownCompanies(t *testing.T) {
	n, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	registry, err := company.Default()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range n.Stories {
		for _, d := range s.Deals {
			for _, id := range d.Companies {
				if _, ok := registry.Get(id); !ok {
					t.Errorf("%s %s: company %q is not in the registry", s.Publisher, s.Slug, id)
				}
			}
		}
	}
}
