package backtest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chipwire/chipwire/desk"
	"github.com/chipwire/chipwire/news"
)

var start = time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)

// told is an alert on the report r at an hour.
func told(id, report string, hour int, change ...func(*Told)) Told {
	event, rest, _ := strings.Cut(id, ".")
	company, stage, _ := strings.Cut(rest, ".")
	at := start.Add(time.Duration(hour) * time.Hour)
	a := Told{Alert: news.Alert{
		ID: id, Event: event, Company: news.Company{ID: news.CompanyID(company)}, Stage: news.Stage(stage), Kind: news.Memory, Score: 0.9,
		Sources: []news.Source{{URL: "https://a.example/" + report}}, DetectedAt: &at,
		Parties: []news.Party{{ID: news.CompanyID(company), Side: news.Supplier}},
	}}
	for _, c := range change {
		c(&a)
	}
	return a
}

func TestCompare(t *testing.T) {
	for _, tt := range []struct {
		name     string
		was, now []Told
		want     string // changes, one after another
		same     int
	}{
		{"nothing", nil, nil, "", 0},
		{"the same", []Told{told("e1.amd.agreed", "r1", 1)}, []Told{told("e1.amd.agreed", "r1", 1)}, "", 1},
		{"one comes", nil, []Told{told("e1.amd.agreed", "r1", 1)}, "come e1.amd.agreed", 0},
		{"one goes", []Told{told("e1.amd.agreed", "r1", 1)}, nil, "go e1.amd.agreed", 0},
		{"founded on another article", []Told{told("e1.amd.agreed", "r1", 1)}, []Told{told("e2.amd.agreed", "r1", 1)}, "", 1},
		{"of another report too", []Told{told("e1.amd.agreed", "r1", 1)}, []Told{told("e2.amd.agreed", "r2", 2)}, "go e1.amd.agreed; come e2.amd.agreed", 0},
		{"another stage", []Told{told("e1.amd.talks", "r1", 1)}, []Told{told("e1.amd.agreed", "r1", 1)}, "change e1.amd.talks: stage talks → agreed", 0},
		{
			"everything else",
			[]Told{told("e1.amd.agreed", "r1", 1)},
			[]Told{told("e1.amd.agreed", "r1", 1, func(a *Told) {
				mou := news.MOU
				a.Review, a.Kind, a.Instrument, a.Score = true, news.Supply, &mou, 0.5
				a.Parties = append(a.Parties, news.Party{Name: "Acme", Side: news.Peer})
			})},
			"change e1.amd.agreed: band alerts → review, kind memory → supply, instrument none → mou, parties amd (supplier) → Acme (peer), amd (supplier), score 0.90 → 0.50", 0,
		},
		{"a score that hardly moves", []Told{told("e1.amd.agreed", "r1", 1)}, []Told{told("e1.amd.agreed", "r1", 1, func(a *Told) { a.Score = 0.93 })}, "", 1},
		{
			"promoted: both bands have the id",
			[]Told{told("e1.amd.agreed", "r1", 1, func(a *Told) { a.Review = true }), told("e1.amd.agreed", "r2", 2)},
			[]Told{told("e1.amd.agreed", "r2", 2), told("e1.amd.agreed", "r1", 1, func(a *Told) { a.Review = true })},
			"", 2,
		},
		{
			"in the order of reports",
			[]Told{told("e3.amd.agreed", "r3", 3), told("e1.amd.agreed", "r1", 1)},
			[]Told{told("e2.amd.agreed", "r2", 2)},
			"go e1.amd.agreed; come e2.amd.agreed; go e3.amd.agreed", 0,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			changes, same := Compare(tt.was, tt.now)
			var got []string
			for _, c := range changes {
				a := c.Was
				if a == nil {
					a = c.Now
				}
				line := c.What + " " + a.ID
				if len(c.How) > 0 {
					line += ": " + strings.Join(c.How, ", ")
				}
				got = append(got, line)
			}
			if g := strings.Join(got, "; "); g != tt.want || same != tt.same {
				t.Errorf("%q, %d the same; want %q, %d", g, same, tt.want, tt.same)
			}
		})
	}
}

// The bench joins what it judges as the desk does, and tells what came since.
func TestBench(t *testing.T) {
	judge := func(a news.Article) news.Verdict {
		return news.Verdict{
			Article: a.ID, Source: a.Source(), DetectedAt: a.DetectedAt, Flagged: true, Score: 0.9,
			Findings: []news.Finding{{
				Kind: news.Memory, Stage: news.Stage(a.Title), Score: 0.9,
				Parties: []news.Party{{ID: "amd", Name: "AMD", Side: news.Customer}, {ID: "sk-hynix", Name: "SK hynix", Side: news.Supplier}},
			}},
		}
	}
	b, err := New(t.Context(), judge, desk.Default)
	if err != nil {
		t.Fatal(err)
	}
	for i, stage := range []news.Stage{news.Rumour, news.Rumour, news.Agreed} {
		at := start.Add(time.Duration(i) * time.Hour)
		url := "https://a.example/" + string(rune('a'+i))
		if err := b.Take(t.Context(), news.Article{ID: news.ArticleID(url), URL: url, Title: string(stage), PublishedAt: at, DetectedAt: at}); err != nil {
			t.Fatal(err)
		}
	}
	for since, want := range map[time.Time][]string{
		start:                       {"amd rumour", "sk-hynix rumour", "amd agreed", "sk-hynix agreed"},
		start.Add(90 * time.Minute): {"amd agreed", "sk-hynix agreed"},
	} {
		list, err := b.Told(t.Context(), since, start.Add(24*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, a := range list {
			got = append(got, string(a.Company.ID)+" "+string(a.Stage))
		}
		slices.SortStableFunc(got, func(a, b string) int { return strings.Compare(strings.Fields(b)[1], strings.Fields(a)[1]) })
		if !slices.Equal(got, want) {
			t.Errorf("since %v: %q, want %q", since, got, want)
		}
	}
}
