package app_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"sync"
	"testing"

	"github.com/nats-io/nats.go"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"
)

// spans are the names of what a collector was sent, by trace.
type spans struct {
	mu     sync.Mutex
	traces map[string][]string
}

func (s *spans) take(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var sent collector.ExportTraceServiceRequest
	if err == nil {
		err = proto.Unmarshal(body, &sent)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, of := range sent.ResourceSpans {
		for _, scope := range of.ScopeSpans {
			for _, span := range scope.Spans {
				id := fmt.Sprintf("%x", span.TraceId)
				s.traces[id] = append(s.traces[id], span.Name)
			}
		}
	}
}

// TestTraceFromPollToAlert holds that an alert names the trace in which its story
// was polled, read, judged and told, and that a collector gets all of it.
func TestTraceFromPollToAlert(t *testing.T) {
	seen := &spans{traces: map[string][]string{}}
	site := httptest.NewServer(http.HandlerFunc(seen.take))
	defer site.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", site.URL)
	p := newPress(t, 1, 1, 1)
	p.hold(true)
	ready, stop := start(t, testConfig(t, p))
	headers := listen(t, (<-ready).NATS)
	p.hold(false)
	h := <-headers
	parent := regexp.MustCompile(`^00-([0-9a-f]{32})-[0-9a-f]{16}-01$`).FindStringSubmatch(h["traceparent"][0])
	if parent == nil {
		t.Fatalf("headers %v", h)
	}
	if err := stop(); err != nil { // sends what is left
		t.Fatal(err)
	}
	for _, name := range []string{"poll", "scrape", "classify", "desk"} {
		if !slices.Contains(seen.traces[parent[1]], name) {
			t.Errorf("no span %s in the trace of the alert: %v", name, seen.traces[parent[1]])
		}
	}
}

// TestTraceparentWithoutCollector holds that readers can trace on where nobody
// collects.
func TestTraceparentWithoutCollector(t *testing.T) {
	p := newPress(t, 1, 1, 1)
	p.hold(true)
	ready, _ := start(t, testConfig(t, p))
	headers := listen(t, (<-ready).NATS)
	p.hold(false)
	if h := <-headers; len(h["traceparent"]) != 1 || !regexp.MustCompile(`^00-[0-9a-f]{32}-[0-9a-f]{16}-00$`).MatchString(h["traceparent"][0]) {
		t.Errorf("headers %v", h)
	}
}

// listen hands on the headers of each alert as a plain subscriber gets them.
func listen(t *testing.T, server string) <-chan nats.Header {
	t.Helper()
	nc, err := nats.Connect(server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	headers := make(chan nats.Header, 100)
	if _, err := nc.Subscribe("alerts.>", func(m *nats.Msg) { headers <- m.Header }); err != nil {
		t.Fatal(err)
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	return headers
}
