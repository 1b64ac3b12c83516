package fetcher

import (
	"maps"
	"sync"

	"github.com/chipwire/chipwire/fetcher/extract"
	"github.com/chipwire/chipwire/news"
)

// A Doubt counts the pages of a site that were read, by how sure their bodies are.
type Doubt struct {
	Pages    int // read without a fault
	Doubtful int // of these: the readings of the page disagree (see [extract.LowTrust])
	Fed      int // of these: the feed's text was longer and was used
}

// maxDoubtSites bounds the sites that are counted; further ones are not.
const maxDoubtSites = 10_000

// doubts counts by site. The zero value is ready to use.
type doubts struct {
	mu    sync.Mutex
	sites map[string]Doubt
}

// count adds a page that was read.
func (d *doubts) count(site string, page extract.Result, source news.BodySource) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n, known := d.sites[site]
	if !known && len(d.sites) >= maxDoubtSites {
		return
	}
	if d.sites == nil {
		d.sites = map[string]Doubt{}
	}
	n.Pages++
	if page.Doubtful {
		n.Doubtful++
		if source == news.BodyFeed {
			n.Fed++
		}
	}
	d.sites[site] = n
}

// Doubts returns the pages read since the start, by site. A site whose share of
// doubtful pages grows has changed how it is built.
func (f *Fetcher) Doubts() map[string]Doubt {
	f.doubts.mu.Lock()
	defer f.doubts.mu.Unlock()
	return maps.Clone(f.doubts.sites)
}
