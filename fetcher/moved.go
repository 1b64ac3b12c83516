package fetcher

import (
	"strings"
	"time"
)

// Moved is where a feed was redirected for good. The operator's file is never
// written; when that gives another address, what was learnt of the old one ends.
type Moved struct {
	From    string `json:"from"`              // the configured address that this is about
	Adopted string `json:"adopted,omitempty"` // asked instead of From

	To        string    `json:"to,omitempty"` // the candidate
	Sightings int       `json:"sightings,omitempty"`
	Since     time.Time `json:"since,omitzero"` // of the first sighting
}

// What makes a candidate the feed's address.
const (
	adoptSightings = 3
	adoptAfter     = 48 * time.Hour
)

// Address is where a feed that is configured at url is asked.
func (m Moved) Address(url string) string {
	if m.From == url && m.Adopted != "" {
		return m.Adopted
	}
	return url
}

// redirected takes in that a good answer of the feed configured at url came
// over the permanent redirect to a target, "" for none. shares says that the
// target's document holds items that the feed is known by.
func (m Moved) redirected(url, target string, shares bool, now time.Time) Moved {
	if m.From != url {
		m = Moved{}
	}
	address := m.Address(url)
	if target == "" || target == address || isHTTPS(address) && !isHTTPS(target) {
		return Moved{From: m.From, Adopted: m.Adopted}.tidy()
	}
	if m.To != target {
		return Moved{From: url, Adopted: m.Adopted, To: target, Sightings: 1, Since: now}
	}
	m.Sightings = min(m.Sightings+1, adoptSightings) // counted no further: each count is a write
	if m.Sightings < adoptSightings || now.Sub(m.Since) < adoptAfter || !shares {
		return m
	}
	return Moved{From: url, Adopted: target}.tidy()
}

// tidy says nothing where there is nothing to say.
func (m Moved) tidy() Moved {
	if m.Adopted == "" || m.Adopted == m.From {
		return Moved{}
	}
	return m
}

func isHTTPS(url string) bool { return strings.HasPrefix(strings.ToLower(url), "https:") }

// notThere reports whether the n-th failure in a row of an adopted address
// speaks against it: the configured one is asked again.
func notThere(ft Fault, n int) bool {
	return ft.Severity == Gone || n >= adoptSightings && !ft.Busy && ft.Severity != Temporary
}
