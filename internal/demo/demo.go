// Package demo is an imagined press: four publishers, served over real HTTP on
// loopback, with the habits of real ones (EUC-KR and UTF-8, RSS and Atom, dates
// without a zone, pages full of other things than the article). Every deal in
// it is invented.
//
// [Load] reads the stories, [Start] serves them, and [Newsroom.Truth] lists the
// alerts that a perfect wire would give, so that a demo, a test or a bench can
// be held against it. Some stories come into their feed only while the server
// runs, as news does.
package demo

import (
	"cmp"
	"embed"
	"io/fs"
	"slices"
	"time"

	"github.com/chipwire/chipwire/news"
)

//go:embed newsroom/*.txtar
var newsroom embed.FS

// A Newsroom is the imagined press before it is served.
type Newsroom struct {
	Stories []Story // by publisher, then as written
}

// A Story is one article of one publisher. Times are offsets from the start.
type Story struct {
	Publisher string // hanbit, chipnaru, meridian or lithograph
	Slug      string // number and words, unlike any other of its publisher
	Title     string
	Byline    string
	Published time.Duration // negative for what was published before the start
	Appears   time.Duration // when it comes into the feed, 0 for at the start
	Summary   string        // as the feed gives it; may be empty
	Caption   string        // of the page's photo; may be empty
	Related   []string      // headlines of the page's list of related stories
	Deals     []Deal        // what the story reports as news
	Trap      string        // what tempts to see a deal where there is none
	Why       string        // why this label
	Body      []string      // paragraphs
}

// A Deal is the label of one deal that a story reports.
type Deal struct {
	Event     string // a name that the stories of one deal share
	Kind      news.Kind
	Stage     news.Stage
	Companies []news.CompanyID
}

// Load returns the newsroom that is built into the binary. An error names every
// fault of its files.
func Load() (*Newsroom, error) {
	sub, err := fs.Sub(newsroom, "newsroom")
	if err != nil {
		return nil, err
	}
	return read(sub)
}

// A publisher is how one paper appears on the web.
type publisher struct {
	id   string
	name string
	lang string
	zone string // declared to the feed's reader, because the dates carry none
	feed string // path of the feed
	form form
	page string // template of its pages
	link func(number, words string) string
	euc  bool // written in EUC-KR
}

// A form is the format of a feed.
type form int

const (
	rssBare  form = iota // RSS 2.0, no guid, local dates without a zone
	rssLinks             // RSS 2.0, the guid is the link, +0900 dates
	rssIDs               // RSS 2.0, the guid is no link, GMT dates
	atom                 // Atom
)

// publishers lists the four papers; a file of the newsroom is named after one.
var publishers = []publisher{
	{
		id: "hanbit", name: "한빛경제", lang: "ko", zone: "Asia/Seoul",
		feed: "/rss/allArticle.xml", form: rssBare, page: "hanbit.html", euc: true,
		link: func(number, _ string) string { return "/news/articleView.html?idxno=2143" + number },
	},
	{
		id: "chipnaru", name: "칩나루", lang: "ko",
		feed: "/rss/news.xml", form: rssLinks, page: "chipnaru.html",
		link: func(number, _ string) string { return "/article/70051" + number },
	},
	{
		id: "meridian", name: "Meridian", lang: "en",
		feed: "/feeds/technology.rss", form: rssIDs, page: "meridian.html",
		link: func(_, words string) string { return "/technology/" + words },
	},
	{
		id: "lithograph", name: "The Lithograph", lang: "en",
		feed: "/atom.xml", form: atom, page: "lithograph.html",
		link: func(_, words string) string { return "/posts/" + words + "/" },
	},
}

// of returns the stories of one publisher, newest first.
func (n *Newsroom) of(id string) []Story {
	var list []Story
	for _, s := range n.Stories {
		if s.Publisher == id {
			list = append(list, s)
		}
	}
	slices.SortStableFunc(list, func(a, b Story) int {
		return cmp.Compare(b.Published, a.Published)
	})
	return list
}
