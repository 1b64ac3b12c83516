package fetcher

import (
	"slices"

	"github.com/chipwire/chipwire/fetcher/feed"
	"github.com/chipwire/chipwire/internal/urls"
	"github.com/chipwire/chipwire/news"
)

// A GUIDFault says why the guids of a feed identify nothing. From then on its
// entries are known by their links.
type GUIDFault string

// The faults.
const (
	GUIDsVolatile GUIDFault = "volatile" // known entries come under new guids
	GUIDsReused   GUIDFault = "reused"   // new entries come under known guids
)

// Note tells an operator in words.
func (g GUIDFault) Note() string {
	switch g {
	case GUIDsVolatile:
		return "its guids change from poll to poll: entries are known by their links"
	case GUIDsReused:
		return "it gives known guids to new entries: entries are known by their links"
	}
	return ""
}

// JudgeGUIDs compares a document with what was seen before and returns what is
// wrong with its guids, "" while they tell the entries apart. More than one in
// twenty entries, and more than one, must speak against them (the measure of
// FreshRSS); and links must do better, so every entry must have a page of its own.
func JudgeGUIDs(s State, doc feed.Document) GUIDFault {
	total := len(doc.Items) + len(doc.Known)
	if len(s.Seen) == 0 || total == 0 {
		return ""
	}
	before := s.seen()
	var together map[seenKey][]seenKey
	changed, again := 0, 0
	for _, it := range doc.Items {
		page := pageOf(it)
		if page == "" {
			return ""
		}
		if !before.Has(it.Key) {
			if slices.ContainsFunc(it.Keys[1:], before.Has) {
				changed++
			}
			continue
		}
		if together == nil {
			together = s.together()
		}
		if with := together[hashKey(it.Key)]; len(with) > 1 && !slices.ContainsFunc(it.Keys[1:], func(k string) bool { return slices.Contains(with, hashKey(k)) }) {
			again++
		}
	}
	bad := func(n int) bool { return n*20 > total && (n > 1 || total == 1) }
	switch {
	case bad(again):
		return GUIDsReused
	case bad(changed):
		return GUIDsVolatile
	}
	return ""
}

// pageOf is the page of an item that is known by a guid, "" when it has none of
// its own.
func pageOf(it news.Item) string {
	link, err := urls.Canonical(it.Link)
	if err != nil || it.Key == link {
		return ""
	}
	if page := urls.Page(link); slices.Contains(it.Keys[min(1, len(it.Keys)):], page) {
		return page
	}
	return ""
}

// together returns for each key the keys that were seen with it on one item.
func (s State) together() map[seenKey][]seenKey {
	m := map[seenKey][]seenKey{}
	for _, d := range s.Seen {
		for g := range d.groups() {
			group := slices.Collect(keysIn(g))
			for _, k := range group {
				m[k] = group
			}
		}
	}
	return m
}
