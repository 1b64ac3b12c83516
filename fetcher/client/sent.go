package client

import "net/http"

// Sent returns the headers that the first hop of a request carries. Who asks is
// told by the word hidden alone.
func (c *Client) Sent(req Request) http.Header {
	f := fetch{client: c, req: req}
	h := f.header()
	if !req.Auth.IsZero() || h.Get("Authorization") != "" {
		h.Set("Authorization", hidden)
	}
	return h
}
