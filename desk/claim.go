package desk

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/chipwire/chipwire/news"
)

// said is when the source said it: when it was published, else when it was seen.
func said(v news.Verdict) time.Time {
	if v.Source.PublishedAt != nil {
		return *v.Source.PublishedAt
	}
	return v.DetectedAt
}

// shortID is how a claim names its article.
func shortID(article string) string { return article[:min(16, len(article))] }

// perText is the most findings of one text that are told apart: those of each
// revision have numbers of their own, so that no later one takes that of an earlier.
const perText = 64

// claimsOf is what a verdict says, one claim a finding. Of two that join one
// event the first counts: the one that says what the deal is.
func claimsOf(v news.Verdict) []news.Claim {
	var out []news.Claim
	for i, f := range ordered(v.Findings)[:min(len(v.Findings), perText)] {
		out = append(out, news.Claim{
			Article: shortID(v.Article), N: v.Revision*perText + i, Revision: v.Revision, Reread: v.Reread,
			Said: said(v).Unix(), Seen: v.DetectedAt.UnixMilli(),
			Kind: f.Kind, Stage: f.Stage, Instrument: f.Instrument, Parties: f.Parties, Score: f.Score, Review: f.Review, Marks: f.Marks,
			Lang: v.Lang, Note: v.Print.Note, Agency: v.Print.Agency, Sketch: v.Print.Sketch, Host: host(v.Source.URL),
		})
	}
	return out
}

// ordered returns the findings with those of a kind that is not said last.
func ordered(findings []news.Finding) []news.Finding {
	findings = slices.Clone(findings)
	slices.SortStableFunc(findings, func(a, b news.Finding) int {
		return cmp.Compare(b2i(a.Kind == news.Partnership), b2i(b.Kind == news.Partnership))
	})
	return findings
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func host(rawURL string) string {
	u, err := url.Parse(rawURL)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(u.Hostname(), "www.")
}

// A key tells claims apart.
type key struct {
	article string
	n       int
}

func keyOf(c news.Claim) key { return key{c.Article, c.N} }

// earlier is the order of publication, in which claims are folded: with it the
// order of arrival does not matter.
func earlier(a, b news.Claim) int {
	return cmp.Or(cmp.Compare(a.Said, b.Said), strings.Compare(a.Article, b.Article), cmp.Compare(a.N, b.N))
}

// fresher compares two readings of one article.
func fresher(a, b news.Claim) int {
	return cmp.Or(cmp.Compare(a.Revision, b.Revision), cmp.Compare(a.Reread, b.Reread))
}

// registered returns the sorted ids of the parties, and whether one has none.
func registered(parties []news.Party) (ids []news.CompanyID, unnamed bool) {
	for _, p := range parties {
		switch {
		case p.ID == "":
			unnamed = true
		case !slices.Contains(ids, p.ID):
			ids = append(ids, p.ID)
		}
	}
	slices.Sort(ids)
	return ids, unnamed
}

// eventID is the identity of an event: the article, parties and kind of its
// founding claim. Salt tells apart what would be equal.
func eventID(c news.Claim, salt int) string {
	var parties []string
	for _, p := range c.Parties {
		parties = append(parties, string(p.ID)+"="+p.Name)
		if p.ID != "" {
			parties[len(parties)-1] = string(p.ID)
		}
	}
	slices.Sort(parties)
	parts := append([]string{c.Article, string(c.Kind)}, parties...)
	if salt > 0 {
		parts = append(parts, "#"+strconv.Itoa(salt))
	}
	return news.Hash(parts...)[:24]
}

// firms are the companies that a claim names, and those that its article has named
// before.
func firms(c news.Claim) []news.CompanyID {
	ids, _ := registered(c.Parties)
	return union(ids, c.Was)
}
