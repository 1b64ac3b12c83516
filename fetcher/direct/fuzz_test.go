package direct

import (
	"bufio"
	"context"
	"net"
	"net/http"
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
