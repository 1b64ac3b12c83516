package fetcher

import (
	"errors"
	"fmt"
	"net/url"
	"time"

	"golang.org/x/net/http/httpguts"

	"github.com/chipwire/chipwire/fetcher/client"
	"github.com/chipwire/chipwire/fetcher/extract"
	"github.com/chipwire/chipwire/fetcher/feed"
	"github.com/chipwire/chipwire/fetcher/websub"
	"github.com/chipwire/chipwire/internal/charset"
	"github.com/chipwire/chipwire/internal/urls"
	"github.com/chipwire/chipwire/news"
)

// A Config says how feeds are polled and pages read.
type Config struct {
	client.Config `yaml:",inline"`
	MinInterval   time.Duration `yaml:"min_interval"` // no feed is polled more often
	Workers       int           `yaml:"workers"`      // polls at once, and pages at once in each partition
	Backfill      time.Duration `yaml:"backfill"`     // at the first poll, entries older than this are history
	WebSub        websub.Config `yaml:"websub"`       // where hubs send changes
	PollOnly      bool          `yaml:"-"`            // pages are not read: items wait in ITEMS
}

// Default is the configuration where a file says nothing.
var Default = Config{
	Config:      client.Default,
	MinInterval: time.Minute,
	Workers:     32,
	Backfill:    6 * time.Hour,
}

// Validate reports every field whose value makes no sense, not only the first.
func (c Config) Validate() error {
	errs := []error{c.Config.Validate(), c.WebSub.Validate(c.AllowPrivate)}
	if c.MinInterval < time.Second {
		errs = append(errs, fmt.Errorf("min_interval: %v, want 1s or more", c.MinInterval))
	}
	if c.Workers < 1 || c.Workers > 1024 {
		errs = append(errs, fmt.Errorf("workers: %d, want 1 to 1024", c.Workers))
	}
	if c.Backfill < 0 {
		errs = append(errs, fmt.Errorf("backfill: %v, want 0s or more", c.Backfill))
	}
	return errors.Join(errs...)
}

// A Class is the sort of a source. It decides how often the source is asked
// where nobody says.
type Class string

// The classes.
const (
	News  Class = "news"
	Trade Class = "trade"
	Blog  Class = "blog"
)

// interval is twice the delay that readers of the class put up with.
func (c Class) interval() time.Duration {
	switch c {
	case Trade:
		return 15 * time.Minute
	case Blog:
		return time.Hour
	}
	return 5 * time.Minute
}

// A Source is one feed as an operator configures it.
type Source struct {
	URL       string            `yaml:"url"`        // of the feed, or of a web page with list
	ID        string            `yaml:"id"`         // default: [news.FeedID] of URL
	Name      string            `yaml:"name"`       // the publisher as readers know it
	Lang      string            `yaml:"lang"`       // two-letter code
	Zone      string            `yaml:"zone"`       // IANA zone of dates that carry none
	Class     Class             `yaml:"class"`      // news (default), trade, blog
	Every     time.Duration     `yaml:"every"`      // default: by class
	Recover   string            `yaml:"recover"`    // where its entries stand as well: asked when some may have been lost
	List      string            `yaml:"list"`       // where the links of a web page are: a CSS selector or [feed.ListND]
	Budget    int               `yaml:"budget"`     // requests a day at most; 0: as many as the interval gives
	Charset   string            `yaml:"charset"`    // overrides what the feed declares
	UserAgent string            `yaml:"user_agent"` // instead of fetcher.user_agent
	Headers   Headers           `yaml:"headers"`    // sent with each request to the feed
	Auth      client.Auth       `yaml:"auth"`       // who asks; sent to the feed's host alone
	Selectors extract.Selectors `yaml:"selectors"`  // where its pages hold title, body and date
	Backfill  *time.Duration    `yaml:"backfill"`   // instead of fetcher.backfill
	WebSub    *bool             `yaml:"websub"`     // false: not subscribed to at its hub
	Disabled  bool              `yaml:"disabled"`   // kept in the file, not polled
}

// Headers are headers of a request by name. A value that is env:NAME or
// file:PATH stands for what is there ([client.Secret.Reveal]).
type Headers map[string]client.Secret

// Pushed reports whether the source may be subscribed to at a hub that it names.
func (s Source) Pushed(cfg Config) bool {
	return cfg.WebSub.On() && !s.Disabled && (s.WebSub == nil || *s.WebSub)
}

// Validate reports every field whose value makes no sense, not only the first.
func (s Source) Validate() error {
	var errs []error
	fault := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if !isAddress(s.URL) {
		fault("url: %q, want an http or https address", urls.Shown(s.URL))
	}
	if s.Recover != "" && !isAddress(s.Recover) {
		fault("recover: %q, want the http or https address of a news sitemap, a feed or a list page", urls.Shown(s.Recover))
	}
	if err := feed.CheckList(s.List); err != nil {
		fault("list: %w", err)
	}
	if s.ID != "" && !news.ValidFeedID(s.ID) {
		fault("id: %q, want 1 to 40 of a-z, 0-9 and -", s.ID)
	}
	if s.Lang != "" && !validLang(s.Lang) {
		fault("lang: %q, want a two-letter code such as ko", s.Lang)
	}
	if _, err := time.LoadLocation(s.Zone); err != nil {
		fault("zone: %q, want a zone such as Asia/Seoul", s.Zone)
	}
	if s.Class != "" && s.Class != News && s.Class != Trade && s.Class != Blog {
		fault("class: %q, want news, trade or blog", s.Class)
	}
	if s.Charset != "" && !charset.Known(s.Charset) {
		fault("charset: %q, want the name of an encoding such as euc-kr", s.Charset)
	}
	for name, value := range s.Headers {
		if !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(string(value)) {
			fault("headers: %q, want the name of an HTTP header and a value of one line", name)
		}
	}
	if err := s.Auth.Validate(); err != nil {
		errs = append(errs, err)
	}
	if err := s.Selectors.Validate(); err != nil {
		errs = append(errs, err)
	}
	if s.Every < 0 || s.Every > 0 && s.Every < time.Second {
		fault("every: %v, want 1s or more", s.Every)
	}
	if s.Budget < 0 {
		fault("budget: %d, want 1 request a day or more", s.Budget)
	}
	if s.Backfill != nil && *s.Backfill < 0 {
		fault("backfill: %v, want 0s or more", *s.Backfill)
	}
	return errors.Join(errs...)
}

func isAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

func validLang(s string) bool {
	return len(s) == 2 && s[0] >= 'a' && s[0] <= 'z' && s[1] >= 'a' && s[1] <= 'z'
}

// Feed is the source in the words of the other stages, with its defaults
// filled in and its interval no shorter than least.
func (s Source) Feed(least time.Duration) news.Feed {
	f := news.Feed{ID: s.ID, URL: s.URL, Name: s.Name, Lang: s.Lang, Zone: s.Zone, Interval: s.Every}
	if f.ID == "" {
		f.ID = news.FeedID(s.URL)
	}
	if f.Interval == 0 {
		f.Interval = s.Class.interval()
	}
	f.Interval = max(f.Interval, least)
	return f
}
