package fetcher

import (
	"context"
	"net/http"

	"github.com/chipwire/chipwire/fetcher/client"
	"github.com/chipwire/chipwire/news"
)

// A Decision is all that the first poll of a feed leads to.
type Decision struct {
	Feed   news.Feed
	Sent   http.Header // with the request, what is secret left out
	Answer Answer
	Items  Sifting
	Health Health
	Next   Turn
}

// Probe polls a feed as the daemon does for the first time, and says what that
// leads to. It keeps nothing.
func Probe(ctx context.Context, c *client.Client, cfg Config, src Source) Decision {
	d := Decision{Feed: src.Feed(cfg.MinInterval)}
	req, _ := request(src, d.Feed, State{}, Unconditional) // a secret that cannot be read is the fault of the answer
	d.Sent = c.Sent(req)
	for name := range src.Headers {
		if http.CanonicalHeaderKey(name) != "User-Agent" && http.CanonicalHeaderKey(name) != "Accept" {
			d.Sent.Set(name, "(hidden)") // it may be a key
		}
	}
	d.Answer = Ask(ctx, c, src, d.Feed, State{})
	now := d.Answer.at()
	d.Items = Sift(State{}, d.Answer.Document.Items, src.backfill(cfg), now)
	end := Conclude(cfg, src, State{}, d.Answer, d.Items, nil, now)
	d.Health = end.State.Health
	d.Next = end.Tempo.Next(end.Floor, now)
	return d
}
