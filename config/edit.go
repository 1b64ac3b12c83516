package config

import (
	"slices"

	"github.com/chipwire/chipwire/fetcher"
	"github.com/chipwire/chipwire/internal/urls"
)

// FindFeed returns the place of the feed that name means, its id or its address,
// or -1. Addresses are compared in the form of [urls.Canonical].
func FindFeed(feeds []fetcher.Source, name string) int {
	if i := slices.IndexFunc(feeds, func(s fetcher.Source) bool { return s.Feed(0).ID == name }); i >= 0 {
		return i
	}
	page, err := urls.Canonical(name)
	return slices.IndexFunc(feeds, func(s fetcher.Source) bool {
		if s.URL == name {
			return true
		}
		other, otherErr := urls.Canonical(s.URL)
		return err == nil && otherErr == nil && other == page
	})
}
