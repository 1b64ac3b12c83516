package desk

import (
	"slices"

	"github.com/chipwire/chipwire/news"
)

// sources lists the articles of the deal where an alert can name them.
func (p *placing) sources(d *deal, old news.Event) []news.EventSource {
	var out []news.EventSource
	has := func(list []news.EventSource, c news.Claim) int {
		return slices.IndexFunc(list, func(s news.EventSource) bool { return shortID(s.Article) == c.Article })
	}
	for _, s := range old.Sources {
		if slices.ContainsFunc(d.claims, func(c news.Claim) bool { return c.Article == shortID(s.Article) }) {
			out = append(out, s)
		}
	}
	for _, c := range d.claims {
		i := has(out, c)
		if c.Article == shortID(p.verdict.Article) && p.fresh[keyOf(c)] {
			if s := p.source(c, old); i < 0 {
				out = append(out, s)
			} else {
				out[i] = s
			}
			continue
		}
		for j := 0; i < 0 && j < len(p.block); j++ {
			if i = has(p.block[j].Sources, c); i >= 0 {
				out = append(out, p.block[j].Sources[i])
			}
		}
	}
	return fewer(out)
}

// fewer drops sources where there are too many: the founding one stays, those
// behind an alert, and the newest.
func fewer(out []news.EventSource) []news.EventSource {
	for i := 1; len(out) > news.MaxSources && i < len(out); {
		if out[i].ToldAt.IsZero() || i == len(out)-1 {
			out = slices.Delete(out, i, i+1)
		} else {
			i++
		}
	}
	return out[:min(len(out), news.MaxSources)]
}

// source is the article of the verdict as it stands now.
func (p *placing) source(c news.Claim, old news.Event) news.EventSource {
	v := p.verdict
	s := news.EventSource{
		Article: v.Article, Revision: v.Revision, Reread: v.Reread, Stage: c.Stage, At: v.DetectedAt, Feed: v.Feed, Source: v.Source,
		Sum: v.Print.Sum, ETag: v.Print.ETag, LastModified: v.Print.LastModified,
	}
	for _, o := range old.Sources {
		if o.Article == v.Article {
			s.At, s.Rereads, s.ToldAt = o.At, o.Rereads, o.ToldAt
		}
	}
	return s
}

// alerted marks the article of the verdict as one that is behind an alert.
func (p *placing) alerted(sources []news.EventSource) []news.EventSource {
	for i := range sources {
		if s := &sources[i]; s.Article == p.verdict.Article && s.ToldAt.IsZero() {
			s.ToldAt = p.verdict.DetectedAt
		}
	}
	return sources
}

// bounded drops the latest claims that say nothing which an earlier one did not,
// where there are too many.
func bounded(claims []news.Claim) []news.Claim {
	if len(claims) <= news.MaxClaims {
		return claims
	}
	claims = slices.Clone(claims)
	for i := len(claims) - 1; i > 0 && len(claims) > news.MaxClaims; i-- {
		c := claims[i]
		same := func(o news.Claim) bool { return o.Stage == c.Stage && o.Review == c.Review && sameFirms(o, c) }
		if !c.Stage.Over() && !c.Gone && slices.ContainsFunc(claims[:i], same) {
			claims = slices.Delete(claims, i, i+1)
		}
	}
	return claims[:min(len(claims), 2*news.MaxClaims)]
}
