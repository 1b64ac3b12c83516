package news

import "time"

// What a [FeedNotice] tells; the last token of its subject.
const (
	FeedBroken      = "broken"       // it worked, and does not any more
	FeedNeverWorked = "never-worked" // no poll has brought a document yet
	FeedRecovered   = "recovered"    // it works again, or at last
)

// A FeedNotice tells an operator of a feed that breaks or recovers. Its JSON
// form is part of the wire contract (docs/subjects.md).
type FeedNotice struct {
	Feed   string    `json:"feed"` // its id
	URL    string    `json:"url"`  // as configured
	Status string    `json:"status"`
	Note   string    `json:"note"`   // detail, in words
	Advice string    `json:"advice"` // what to do about it
	Since  time.Time `json:"since"`  // of the status
}

// What a [SiteNotice] tells; the last token of its subject.
const (
	SiteDrift     = "drift"     // its pages were read well, and more than half are not any more
	SiteRecovered = "recovered" // they are again
)

// A SiteNotice tells an operator of a site whose pages cannot be read as they
// used to be. Its JSON form is part of the wire contract (docs/subjects.md).
type SiteNotice struct {
	Site   string    `json:"site"`   // host, without www
	Status string    `json:"status"` // [SiteDrift] or [SiteRecovered]
	Note   string    `json:"note"`   // detail, in words
	Advice string    `json:"advice"` // what to do about it
	Since  time.Time `json:"since"`  // of the status
}
