package fetcher

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/chipwire/chipwire/fetcher/extract"
	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/news"
)

// A site is judged by its last driftPages pages: of fewer than half as many
// nothing can be said. It is good when three of four are read well, and has
// drifted when more than half are not; between the two it stays what it was.
const driftPages = 20

// maxSites bounds the sites whose pages are remembered; the one that was read
// longest ago makes room.
const maxSites = 2000

// A Drift is how well the pages of a site were read, and what was told of it.
type Drift struct {
	Pages uint32    // the last pages, the newest in the lowest bit; 1 is read well
	Count int       // how many of them there are, at most 20
	Good  bool      // the site was good once
	Told  bool      // it was told that it is not any more
	Since time.Time // of the last change between the two
}

// add takes in a page that was read at now, and decides what is to be told of the
// site: news.SiteDrift, news.SiteRecovered, or "" for nothing; each change once.
func (d Drift) add(well bool, now time.Time) (next Drift, what, why string) {
	d.Pages <<= 1
	if well {
		d.Pages |= 1
	}
	d.Pages &= 1<<driftPages - 1
	d.Count = min(d.Count+1, driftPages)
	good := 0
	for bits := d.Pages; bits != 0; bits &= bits - 1 {
		good++
	}
	why = fmt.Sprintf("%d of the last %d pages were read well", good, d.Count)
	switch {
	case d.Count < driftPages/2:
		return d, "", why + ": too few to judge"
	case good*4 >= d.Count*3:
		d.Good = true
		if d.Told {
			d.Told, d.Since = false, now
			return d, news.SiteRecovered, why
		}
		return d, "", why
	case d.Told:
		return d, "", why + ": was told"
	case (d.Count-good)*2 <= d.Count:
		return d, "", why + ": not yet half are bad"
	case !d.Good:
		return d, "", why + ": it never was good"
	}
	d.Told, d.Since = true, now
	return d, news.SiteDrift, why
}

// readWell decides what a page says of its site: that it is read well or not, or
// nothing (counts is false), and why. A page that is not there, or that could not
// be asked for, says nothing of how the site builds its pages.
func readWell(page extract.Result, fault error) (well, counts bool, why string) {
	if fault == nil && page.Doubtful {
		return false, true, fmt.Sprintf("trust %.2f", page.Trust)
	}
	if fault == nil {
		return true, true, "read"
	}
	var e *extract.Error
	if !errors.As(fault, &e) {
		return false, false, "not read: " + fault.Error()
	}
	switch e.Status {
	case extract.Empty, extract.NotHTML, extract.TooBig, extract.NotFound:
		return false, false, "no page of an article: " + string(e.Status)
	}
	return false, true, string(e.Status)
}

// drifts holds the [Drift] of each site that was read lately, in memory: a
// restart begins anew.
type drifts struct {
	mu    sync.Mutex
	sites map[string]*drifting
}

type drifting struct {
	Drift
	last time.Time // when a page was read
	bad  string    // why the last bad page was one
}

// note takes in a page of a site and returns what is to be told, with the notice.
func (s *drifts) note(host string, page extract.Result, fault error, now time.Time) (what string, n news.SiteNotice) {
	well, counts, why := readWell(page, fault)
	if !counts || host == "" {
		return "", n
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.sites[host]
	if d == nil {
		s.makeRoom()
		d = &drifting{}
		s.sites[host] = d
	}
	if d.last = now; !well {
		d.bad = why
	}
	d.Drift, what, why = d.add(well, now)
	if what == "" {
		return "", n
	}
	n = news.SiteNotice{Site: host, Status: what, Note: why, Since: d.Since, Advice: "nothing"}
	if what == news.SiteDrift {
		n.Note += "; the last bad one: " + d.bad
		n.Advice = "the site may have been rebuilt: look at one of its pages with chipwire read --explain, and give its selectors in the feed's entry; until then its stories are judged by their feed entries"
	}
	return what, n
}

// makeRoom forgets the site that was read longest ago when there are too many.
func (s *drifts) makeRoom() {
	if len(s.sites) < maxSites {
		return
	}
	oldest, at := "", time.Time{}
	for host, d := range s.sites {
		if oldest == "" || d.last.Before(at) || d.last.Equal(at) && host < oldest {
			oldest, at = host, d.last
		}
	}
	delete(s.sites, oldest)
}

// untold takes back that something was told: the next page decides anew.
func (s *drifts) untold(host, what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d := s.sites[host]; d != nil {
		d.Told = what == news.SiteRecovered
	}
}

// watch counts a page for its site, and tells of the site when that is due.
func (f *Fetcher) watch(ctx context.Context, it news.Item, page extract.Result, fault error) {
	host := siteHost(it.Link)
	what, n := f.drifts.note(host, page, fault, time.Now())
	if what == "" {
		return
	}
	f.log.Warn("pages of a site are read differently", "site", host, "what", what, "note", n.Note)
	err := f.bus.Tell(ctx, bus.Outgoing{
		Subject: "ops.site." + hostToken(host) + "." + what, Value: n,
		ID: news.Hash("site", host, what, strconv.FormatInt(n.Since.UnixNano(), 10)),
	})
	if err != nil {
		f.drifts.untold(host, what)
		f.log.Warn("site notice not published", "site", host, "what", what, "err", err)
	}
}

// siteHost is the host of a page, without www.
func siteHost(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
}

// hostToken is a host as a token of a subject: what divides tokens, or may not
// stand in one, is a dash.
func hostToken(host string) string {
	return strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || '0' <= r && r <= '9' {
			return r
		}
		return '-'
	}, host)
}

// Drifting returns the hosts of which it was told that their pages are read badly,
// in order.
func (f *Fetcher) Drifting() []string {
	f.drifts.mu.Lock()
	defer f.drifts.mu.Unlock()
	var out []string
	for host, d := range f.drifts.sites {
		if d.Told {
			out = append(out, host)
		}
	}
	slices.Sort(out)
	return out
}
