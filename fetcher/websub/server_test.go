package websub

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// serve runs a server for one feed, "feed", with the subscription sub.
func serve(t *testing.T, sub Subscription, find error) (callback string, told <-chan Message) {
	t.Helper()
	s, err := Listen(Config{Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	messages := make(chan Message, 16)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- s.Run(ctx, Desk{
			Find: func(_ context.Context, feed string) (Subscription, error) {
				if feed != "feed" {
					return Subscription{}, ErrUnknown
				}
				return sub, find
			},
			Tell:     func(_ string, m Message) { messages <- m },
			MaxBytes: 1 << 10, Log: slog.New(slog.DiscardHandler),
		})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("ended with %v", err)
		}
	})
	return s.Callback(), messages
}

func ask(t *testing.T, method, address, body string, header http.Header) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if header != nil {
		req.Header = header
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(answer)
}

func signed(body string) http.Header {
	m := hmac.New(sha256.New, []byte("secret"))
	m.Write([]byte(body))
	return http.Header{"X-Hub-Signature": {"sha256=" + hex.EncodeToString(m.Sum(nil))}, "Content-Type": {"application/rss+xml"}}
}

func TestServerVerifies(t *testing.T) {
	callback, told := serve(t, asked(), nil)
	query := func(mode, topic string) string {
		return "?" + url.Values{"hub.mode": {mode}, "hub.topic": {topic}, "hub.challenge": {"<b>xyz</b>"}, "hub.lease_seconds": {"60"}, "hub.reason": {"closed"}}.Encode()
	}
	for _, path := range []string{"/feed/token" + query("subscribe", topic), "/hooks/behind/a/proxy/feed/token" + query("subscribe", topic)} {
		if code, body := ask(t, "GET", callback+path, "", nil); code != 200 || body != "<b>xyz</b>" {
			t.Errorf("%s: %d %q, want the challenge", path, code, body)
		}
		if m := <-told; m.Kind != Confirmed || m.Lease != time.Minute || m.Token != "token" {
			t.Errorf("told %+v", m)
		}
	}
	for _, path := range []string{
		"/feed/token" + query("subscribe", "https://b.example/"), "/feed/token" + query("unsubscribe", topic),
		"/feed/toke" + query("subscribe", topic), "/feed/" + query("subscribe", topic), "/other/token" + query("subscribe", topic), "/feed/token", "/",
	} {
		if code, body := ask(t, "GET", callback+path, "", nil); code != 404 || strings.Contains(body, "xyz") {
			t.Errorf("%s: %d %q, want 404", path, code, body)
		}
	}
	if code, _ := ask(t, "GET", callback+"/feed/token"+query("denied", topic), "", nil); code != 200 {
		t.Errorf("%d to a denial", code)
	}
	if m := <-told; m.Kind != Denied || m.Reason != "closed" {
		t.Errorf("told %+v", m)
	}
	if len(told) > 0 {
		t.Errorf("told %+v as well", <-told)
	}
}

func TestServerTakesPushes(t *testing.T) {
	callback, told := serve(t, asked(), nil)
	long := strings.Repeat("x", 2<<10)
	gzipped := signed("<rss/>")
	gzipped.Set("Content-Encoding", "gzip")
	for _, tt := range []struct {
		name, path, body string
		header           http.Header
		code             int
		want             Kind // "": nobody is told
	}{
		{"signed", "/feed/token", "<rss/>", signed("<rss/>"), 202, Content},
		{"unsigned", "/feed/token", "<rss/>", nil, 202, Hint},
		{"forged", "/feed/token", "<rss/>", signed("<feed/>"), 202, ""},
		{"too long", "/feed/token", long, signed(long), 202, Hint},
		{"in a coding", "/feed/token", "<rss/>", gzipped, 202, Hint},
		{"an old callback", "/feed/old", "<rss/>", signed("<rss/>"), 410, ""},
		{"a feed that is none any more", "/other/token", "<rss/>", signed("<rss/>"), 410, ""},
	} {
		if code, _ := ask(t, "POST", callback+tt.path, tt.body, tt.header); code != tt.code {
			t.Errorf("%s: %d, want %d", tt.name, code, tt.code)
		}
		var m Message
		if len(told) > 0 { // it is told before it is answered
			m = <-told
		}
		if m.Kind != tt.want || m.Kind == Content && (string(m.Body) != tt.body || m.ContentType == "") || m.Kind != Content && m.Body != nil {
			t.Errorf("%s: told %+v, want %q", tt.name, m, tt.want)
		}
	}
}

func TestServerOfAnotherNodesFeed(t *testing.T) {
	callback, told := serve(t, Subscription{}, ErrElsewhere)
	if code, body := ask(t, "POST", callback+"/feed/token", "<rss/>", signed("<rss/>")); code != 503 || !strings.Contains(body, "another node") || len(told) > 0 {
		t.Errorf("%d %q, want 503", code, body)
	}
}

func TestAPortThatIsTaken(t *testing.T) {
	s, err := Listen(Config{Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	taken := strings.TrimPrefix(s.Callback(), "http://")
	if _, err := Listen(Config{Listen: taken}); !errors.Is(err, ErrPortTaken) || !strings.Contains(err.Error(), "fetcher.websub.listen "+taken) {
		t.Errorf("%v, want ErrPortTaken that names the key", err)
	}
	if _, err := Listen(Config{Listen: "192.0.2.1:1"}); err == nil || !strings.Contains(err.Error(), "fetcher.websub.listen") {
		t.Errorf("%v of an address that is not ours", err)
	}
}
