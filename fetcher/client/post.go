package client

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
)

// Post sends a form to req.URL and returns the answer if it is 200, 201, 202 or
// 204. Everything else is an [*Error]. The checks, turns, rests and limits are
// those of [Client.Get]. Only the redirects 307 and 308 are followed: the others
// may turn a form into a plain request. A form is sent once; whether an answer
// that never came means that it was not received, nobody knows.
func (c *Client) Post(ctx context.Context, req Request, form url.Values) (*Response, error) {
	f := c.fetch(req)
	defer f.end()
	f.form = []byte(form.Encode())
	resp, err := f.run(ctx)
	if err != nil {
		e := toError(ctx, req.URL, err)
		e.posted = true
		return nil, e
	}
	return resp, nil
}

// fill makes req a post if the fetch has a form.
func (f *fetch) fill(req *http.Request) {
	if f.form == nil {
		return
	}
	body := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(f.form)), nil }
	req.Method, req.ContentLength, req.GetBody = http.MethodPost, int64(len(f.form)), body
	req.Body, _ = body()
	req.Header = req.Header.Clone()
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
}

// mayFollow says whether a redirect may be followed with what the fetch sends.
func (f *fetch) mayFollow(code int) error {
	if f.form == nil || code == http.StatusTemporaryRedirect || code == http.StatusPermanentRedirect {
		return nil
	}
	return &Error{Status: StatusRedirect, Code: code, Err: errors.New("a form is sent on by 307 and 308 only")}
}
