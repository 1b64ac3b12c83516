package fetcher

import (
	"maps"
	"sync"

	"github.com/chipwire/chipwire/fetcher/client"
	"github.com/chipwire/chipwire/fetcher/feed"
)

// Statuses of a feed beside those of [client.Status] and [feed.Status].
const (
	StatusOK     = "ok"
	StatusWire   = "wire"   // NATS did not take the items; they are read again
	StatusDenied = "denied" // a code of 200 with a page that turns programs away
	StatusFailed = "failed" // a fault of this program, not of the feed

	// Of a feed that answers as it should and yet tells nothing.
	StatusFrozen  = "frozen"   // nothing new for far longer than it should take
	StatusNoItems = "no-items" // a document without items

	// Of a feed that has no polls to speak of.
	StatusNew      = "new"      // was not polled yet
	StatusDisabled = "disabled" // is not polled: the configuration says so
)

// A Meaning explains a status to an operator.
type Meaning struct {
	Status string
	Means  string
	Advice string // what to do; "" where the fault itself says it, by its circumstances
}

// statuses are all that a feed can have, but those of an HTTP code. Stored
// histories name them by their place, so new ones go to the end.
var statuses = []Meaning{
	{StatusOK, "answers as it should, and has something new as often as it used to", "nothing"},
	{StatusWire, "NATS did not take the items", "NATS did not take the items; they are read again at the next poll: look at the server and its disk if this lasts"},
	{StatusDenied, "answers 200 with a page that turns programs away", "the site shows a refusal instead of the feed, with a code that says all is well: ask the owner to let the user_agent of this program through, use another feed of the publisher, or take this one out"},
	{StatusFailed, "this program could not cope with the answer", "the fault is this program's: report it with the address of the feed; other feeds are not touched, and this one is tried again"},
	{StatusFrozen, "answers, but has had nothing new for far longer than it should take", "compare with the site: if it has newer stories, the publisher has left this feed behind; look for its successor"},
	{StatusNoItems, "answers with a document that holds no items", "open the feed in a browser: its section may have been closed or moved, or the site gives programs an empty list"},
	{StatusNew, "was not polled yet", "nothing; if this lasts, look whether the daemon runs and another feed of the site rests"},
	{StatusDisabled, "is not polled: its entry says disabled: true", "nothing, or take that line out"},

	{string(client.StatusDNS), "the host's name was not resolved", ""},
	{string(client.StatusRefused), "nobody answers at the address", ""},
	{string(client.StatusTimeout), "the answer took too long", ""},
	{string(client.StatusTLS), "the certificate or the handshake is not good", ""},
	{string(client.StatusReset), "the connection ended before the answer", ""},
	{string(client.StatusTooBig), "the body or its headers are over a limit", ""},
	{string(client.StatusBomb), "the body grew too much in decompression", ""},
	{string(client.StatusCut), "the connection ended inside the body; whole items before it are kept", ""},
	{string(client.StatusAddress), "the address may not be asked", ""},
	{string(client.StatusRedirect), "too many redirects, or one that cannot be followed", ""},
	{string(client.StatusRetryAfter), "429 or 503 with a time to wait, which is kept", ""},
	{string(client.StatusProtocol), "the answer is not HTTP that can be read", ""},
	{string(client.StatusURL), "the URL cannot be asked for", ""},
	{string(client.StatusCanceled), "the request was given up before its answer", ""},
	{string(client.StatusResting), "was not asked: the URL, its host or its domain asked to be left alone", ""},
	{string(client.StatusChallenge), "a page that wants to see a person, with a code that says so", ""},
	{string(client.StatusRobots), "robots.txt forbids the page (of articles; feeds are yours to name)", ""},
	{string(client.StatusAuth), "was not asked: the secret of the feed cannot be read", ""},
	{string(client.StatusProxy), "the proxy does not do its part", ""},

	{string(feed.Empty), "answers 200 with no bytes, or only space", ""},
	{string(feed.HTML), "a web page where the feed was", ""},
	{string(feed.Truncated), "the document ends before its root does; whole items before it are kept", ""},
	{string(feed.Charset), "the bytes cannot be read as text", ""},
	{string(feed.Malformed), "neither RSS nor Atom nor JSON Feed nor a news sitemap", ""},
	{string(feed.SitemapIndex), "a list of sitemaps, not one of articles", ""},
}

// MeaningOf explains a status; all its fields but the first are "" when there is
// no such status.
func MeaningOf(status string) Meaning {
	if means, ok := httpMeaning(status); ok {
		return Meaning{Status: status, Means: means}
	}
	for _, m := range statuses {
		if m.Status == status {
			return m
		}
	}
	return Meaning{Status: status}
}

// A tally counts polls by how they ended. The zero value is ready to use.
type tally struct {
	mu    sync.Mutex
	polls map[string]uint64
}

func (t *tally) count(status string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.polls == nil {
		t.polls = map[string]uint64{}
	}
	t.polls[status]++
}

// Polls returns how many polls have ended with each status since the start.
func (f *Fetcher) Polls() map[string]uint64 {
	f.tally.mu.Lock()
	defer f.tally.mu.Unlock()
	return maps.Clone(f.tally.polls)
}
