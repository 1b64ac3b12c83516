package client

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/chipwire/chipwire/fetcher/direct"
)

// A route is how a request is sent.
type route int

const (
	viaTransport route = iota // from here, by net/http
	viaDirect                 // from here, on this goroutine
	viaProxies                // by a proxy
)

// route chooses how a request is sent.
func (c *Client) route(req *http.Request) (route, error) {
	if c.proxy != nil {
		proxy, err := c.proxy(req.URL)
		if err != nil {
			return viaProxies, &Error{Status: StatusProxy, Err: errors.New("the proxy of the environment is not a URL")}
		}
		if proxy != nil {
			return viaProxies, nil
		}
	}
	if direct.Takes(req) {
		return viaDirect, nil
	}
	return viaTransport, nil
}

// send sends a request by its route. The dialer's check sees the proxy's address
// alone, so a proxy's target is looked up and checked here. That is as much as can
// be done: the proxy looks the name up again, and may find another address.
func (c *Client) send(ctx context.Context, req *http.Request, by route) (*http.Response, error) {
	switch by {
	case viaDirect:
		return c.direct.Do(ctx, req)
	case viaProxies:
		if err := c.checkTarget(ctx, req.URL); err != nil {
			return nil, err
		}
		return c.proxied.RoundTrip(req.WithContext(ctx))
	}
	return c.transport.RoundTrip(req.WithContext(ctx))
}

// An until is a context that knows its end and has no timer. Connections keep
// deadlines by themselves, and a timer with all that belongs to it would be a tenth
// of what a request costs here.
type until struct {
	context.Context
	end time.Time
}

// Deadline implements context.Context.
func (u until) Deadline() (time.Time, bool) { return u.end, true }

// timed gives a context that knows its end a timer.
func timed(ctx context.Context) (context.Context, context.CancelFunc) {
	end, _ := ctx.Deadline()
	return context.WithDeadline(ctx, end)
}
