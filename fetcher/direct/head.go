package direct

import (
	"errors"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"

	"golang.org/x/net/http/httpguts"
)

// elsewhere are the headers that a request does not take from its map.
var elsewhere = []string{"Content-Length", "Host", "Trailer", "Transfer-Encoding", "User-Agent"}

// errControl reports a URL that would end the request's line early.
var errControl = errors.New("a control character in the URL")

// appendHead writes a request without a body as net/http does: the host, who asks,
// then the other headers by their names.
func appendHead(b []byte, req *http.Request) ([]byte, error) {
	b = append(b, req.Method...)
	b = append(b, ' ')
	at := len(b)
	b = appendTarget(b, req.URL)
	for _, c := range b[at:] {
		if c < ' ' || c == 0x7f {
			return b, errControl
		}
	}
	b = append(b, " HTTP/1.1\r\nHost: "...)
	if host := req.URL.Host; httpguts.ValidHostHeader(host) {
		b = append(b, host...)
	}
	b = append(b, "\r\n"...)
	if who, ok := req.Header["User-Agent"]; !ok {
		b = appendField(b, "User-Agent", "Go-http-client/1.1")
	} else if len(who) > 0 && who[0] != "" {
		b = appendField(b, "User-Agent", who[0])
	}
	if req.Close && !httpguts.HeaderValuesContainsToken(req.Header["Connection"], "close") {
		b = appendField(b, "Connection", "close")
	}
	var few [16]string
	keys := few[:0]
	for key := range req.Header {
		if !slices.Contains(elsewhere, key) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	for _, key := range keys {
		for _, value := range req.Header[key] {
			b = appendField(b, key, value)
		}
	}
	return append(b, "\r\n"...), nil
}

// appendTarget writes what is asked for, as [url.URL.RequestURI] says it.
func appendTarget(b []byte, u *url.URL) []byte {
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	b = append(b, path...)
	if u.ForceQuery || u.RawQuery != "" {
		b = append(b, '?')
		b = append(b, u.RawQuery...)
	}
	return b
}

func appendField(b []byte, key, value string) []byte {
	b = append(b, key...)
	b = append(b, ": "...)
	b = append(b, textproto.TrimString(value)...)
	return append(b, "\r\n"...)
}
