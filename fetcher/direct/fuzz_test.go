package direct

import (
	"bufio"
	"bytes"
	"context"
	"net"
	"net/http"
	"net/url"
	"reflect"
	"testing"
)

// FuzzAnswer is a server that says anything: both transports make the same of it.
func FuzzAnswer(f *testing.F) {
	for _, a := range answers {
		f.Add([]byte(a.raw), a.method == http.MethodHead)
	}
	f.Fuzz(func(t *testing.T, raw []byte, head bool) {
		dial := func(context.Context, string, string) (net.Conn, error) {
			ours, theirs := net.Pipe()
			go func() { // ends with the connection
				defer theirs.Close()
				if _, err := http.ReadRequest(bufio.NewReader(theirs)); err == nil {
					_, _ = theirs.Write(raw)
				}
			}()
			return ours, nil
		}
		theirs, ours := reference(), newTransport()
		theirs.DialContext, ours.Dial = dial, dial
		defer theirs.CloseIdleConnections()
		defer ours.CloseIdleConnections()
		method := http.MethodGet
		if head {
			method = http.MethodHead
		}
		want, got := ask(t.Context(), theirs, method, "http://a.example/"), ask(t.Context(), ours, method, "http://a.example/")
		if want.Code == http.StatusSwitchingProtocols { // what follows is of no protocol of ours
			want.Body, got.Body, want.Err, got.Err = "", "", "", ""
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	})
}

// FuzzRequest asks for anything: both transports write the same.
func FuzzRequest(f *testing.F) {
	f.Add("/feed?a=b", "If-None-Match", `W/"x"`, false)
	f.Add("", "User-Agent", " spaces ", true)
	f.Add("//a;b/%2f%EB%82%A8?", "connection", "Close", true)
	f.Add("?#", "Content-Length", "7", false)
	f.Add("/\x7f", "A", "b\r\nC: d", false)
	f.Fuzz(func(t *testing.T, path, key, value string, closes bool) {
		u, err := url.Parse("http://a.example" + path)
		if err != nil {
			return
		}
		req := &http.Request{Method: http.MethodGet, URL: u, Close: closes, Header: http.Header{"Accept": {"*/*"}, "X": {"1", "2"}, key: {value}}}
		if !Takes(req) || checkHeader(req.Header) != nil {
			return
		}
		var want bytes.Buffer
		wrong := req.Write(&want)
		got, err := appendHead(nil, req)
		if (err != nil) != (wrong != nil) || err == nil && string(got) != want.String() {
			t.Errorf("%q, %v, want %q, %v", got, err, want.String(), wrong)
		}
	})
}
