package desk

import (
	"slices"
	"time"

	"github.com/chipwire/chipwire/desk/marks"
	"github.com/chipwire/chipwire/news"
)

// resumeAfter is how long after a denial talks count as news of it: until then
// they are reports from before it that are still going round.
const resumeAfter = 24 * time.Hour

// settle writes into the event what its claims say together. It does not depend
// on the order in which they arrived.
func settle(ev *news.Event) {
	claims := voices(ev.Claims)
	withdrawn := len(claims) == 0
	if withdrawn { // the last that it said, under the stage that there is no deal
		claims = ev.Claims
	}
	if len(claims) == 0 {
		return
	}
	ev.Review = !slices.ContainsFunc(claims, func(c news.Claim) bool { return !c.Review })
	if !ev.Review {
		claims = slices.DeleteFunc(slices.Clone(claims), func(c news.Claim) bool { return c.Review })
	}
	ev.Kind, ev.Instrument, ev.Score = news.Partnership, "", 0
	for _, c := range claims {
		if ev.Kind == news.Partnership {
			ev.Kind = c.Kind
		}
		if ev.Instrument == "" {
			ev.Instrument = c.Instrument
		}
		ev.Score = max(ev.Score, c.Score)
	}
	ev.Parties = partiesOf(claims)
	ev.Stage = stageOf(claims)
	if withdrawn {
		ev.Stage = news.Denied
	}
	ev.Independent = independent(claims)
	ev.FirstSeen = time.Time{}
	for _, c := range ev.Claims {
		at := time.UnixMilli(c.Seen).UTC()
		if ev.FirstSeen.IsZero() || at.Before(ev.FirstSeen) {
			ev.FirstSeen = at
		}
		ev.LastSeen = latest(ev.LastSeen, at)
	}
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// voices are the claims that count: what was not withdrawn, one an article.
func voices(claims []news.Claim) (out []news.Claim) {
	for _, c := range claims {
		if !c.Gone && !slices.ContainsFunc(out, func(o news.Claim) bool { return o.Article == c.Article }) {
			out = append(out, c)
		}
	}
	return out
}

// partiesOf are all firms that the claims name, in the order in which they did,
// and an unnamed one as long as nobody has named it.
func partiesOf(claims []news.Claim) []news.Party {
	var named, unnamed []news.Party
	for _, c := range claims {
		for _, p := range c.Parties {
			switch {
			case disowned(claims, c, p.ID):
			case p.ID == "":
				unnamed = append(unnamed, p)
			case !slices.ContainsFunc(named, func(q news.Party) bool { return q.ID == p.ID }):
				named = append(named, p)
			}
		}
	}
	if len(named) < 2 && len(unnamed) > 0 {
		named = append(named, unnamed[0])
	}
	return named
}

// disowned reports whether a publisher has corrected the company away since the
// claim was made: others had it from there.
func disowned(claims []news.Claim, c news.Claim, id news.CompanyID) bool {
	return id != "" && slices.ContainsFunc(claims, func(o news.Claim) bool { return c.Said < o.Mended && slices.Contains(o.Was, id) })
}

// stageOf moves by evidence: up on a source that supports more, never down
// because a weaker report comes later, to ended and denied at once. A denial is
// taken back by an agreement that is reported later, or by talks the day after; an
// end by a report that says so.
func stageOf(claims []news.Claim) news.Stage {
	denial, end := int64(0), int64(0)
	for _, c := range claims {
		switch c.Stage {
		case news.Ended:
			end = max(end, c.Said)
		case news.Denied:
			denial = max(denial, c.Said)
		}
	}
	if end > 0 && !slices.ContainsFunc(claims, func(c news.Claim) bool { return c.Marks.Resumes && !c.Stage.Over() && c.Said > end }) {
		return news.Ended
	}
	stage := news.Denied
	for _, c := range claims {
		if c.Stage.Rank() > stage.Rank() && c.Said > end && (denial == 0 || takesBack(c, denial)) {
			stage = c.Stage
		}
	}
	return stage
}

// takesBack reports whether the claim says that a deal is on which was denied.
func takesBack(c news.Claim, denial int64) bool {
	switch {
	case c.Stage.Rank() >= news.Agreed.Rank():
		return c.Said > denial
	case c.Stage == news.Talks:
		return time.Duration(c.Said-denial)*time.Second >= resumeAfter
	}
	return false
}

// disputes are the claims that contradict the stage of the event, the latest of
// each host.
func disputes(ev news.Event) (out []news.Claim) {
	for _, c := range slices.Backward(voices(ev.Claims)) {
		against := c.Stage.Over() != ev.Stage.Over()
		if ev.Stage.Over() && against {
			// What was said before the denial is no contradiction to it.
			against = slices.ContainsFunc(ev.Claims, func(o news.Claim) bool { return o.Stage.Over() && o.Said < c.Said })
		}
		if against && !slices.ContainsFunc(out, func(o news.Claim) bool { return o.Host == c.Host }) {
			out = append(out, c)
		}
	}
	return out
}

// independent counts the sources with words of their own: claims of one agency,
// of one host, or of nearly one text are one.
func independent(claims []news.Claim) int {
	group := make([]int, len(claims))
	for i := range claims {
		group[i] = i
		for j := range i {
			if oneVoice(claims[i], claims[j]) {
				from, to := group[i], group[j]
				for k := range i + 1 {
					if group[k] == from {
						group[k] = to
					}
				}
			}
		}
	}
	slices.Sort(group)
	return len(slices.Compact(group))
}

func oneVoice(a, b news.Claim) bool {
	return a.Agency != "" && a.Agency == b.Agency || a.Host != "" && a.Host == b.Host || marks.Near(a.Sketch, b.Sketch)
}
