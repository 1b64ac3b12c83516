package app

import (
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/internal/bus/bustest"
)

var update = flag.Bool("update", false, "write what is generated")

// A listing keeps the descriptions of what is registered.
type listing struct {
	prometheus.Registerer
	lines []string
}

var descForm = regexp.MustCompile(`^Desc\{fqName: "([^"]*)", help: "(.*?)",(?: unit: "[^"]*",)? constLabels: \{\}, variableLabels: \{(.*)\}\}$`)

// MustRegister implements [prometheus.Registerer].
func (l *listing) MustRegister(all ...prometheus.Collector) {
	for _, c := range all {
		_ = l.Register(c)
	}
}

// Register implements [prometheus.Registerer].
func (l *listing) Register(c prometheus.Collector) error {
	descs := make(chan *prometheus.Desc, 1000)
	c.Describe(descs)
	close(descs)
	for d := range descs {
		m := descForm.FindStringSubmatch(d.String())
		if m == nil || !strings.HasPrefix(m[1], "chipwire_") {
			continue // of the process and the runtime: documented where they come from
		}
		labels := "-"
		if m[3] != "" {
			labels = "`" + strings.Join(strings.FieldsFunc(m[3], func(r rune) bool { return r == ',' || r == ' ' }), "`, `") + "`"
		}
		l.lines = append(l.lines, fmt.Sprintf("| `%s` | %s | %s | %s |", m[1], formOf(c, m[1]), labels, m[2]))
	}
	return l.Registerer.Register(c)
}

func formOf(c prometheus.Collector, name string) string {
	switch c.(type) {
	case prometheus.Histogram, *prometheus.HistogramVec:
		return "histogram"
	}
	if strings.HasSuffix(name, "_total") {
		return "counter"
	}
	return "gauge"
}

// TestMetricsPage holds docs/metrics.md equal to what is registered.
func TestMetricsPage(t *testing.T) {
	l := &listing{Registerer: prometheus.NewRegistry()}
	NewMetrics(l, "1")
	slices.Sort(l.lines)
	table := "| metric | type | labels | what it says |\n| --- | --- | --- | --- |\n" + strings.Join(l.lines, "\n") + "\n"
	const path, begin, end = "../../docs/metrics.md", "<!-- begin: generated -->\n", "<!-- end -->"
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(data), begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s: no place for the table", path)
	}
	want := head + begin + table + end + tail
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if string(data) != want {
		t.Errorf("%s is not what is registered: go test ./internal/app -run TestMetricsPage -update", path)
	}
}

// TestMetricNames holds the conventions: units and _total at the end, and labels
// whose values are bounded by the program.
func TestMetricNames(t *testing.T) {
	l := &listing{Registerer: prometheus.NewRegistry()}
	NewMetrics(l, "1")
	known := []string{"status", "taken_for", "body", "kind", "band", "reason", "flagged", "stream", "consumer", "version", "goversion", "result"}
	for _, line := range l.lines {
		f := strings.Split(line, " | ")
		name, form, labels := strings.Trim(f[0], "|` "), f[1], f[2]
		if form == "histogram" && !strings.HasSuffix(name, "_seconds") && !strings.HasSuffix(name, "_bytes") {
			t.Errorf("%s: a histogram without its unit", name)
		}
		for label := range strings.FieldsFuncSeq(labels, func(r rune) bool { return !(r >= 'a' && r <= 'z' || r == '_') }) {
			if !slices.Contains(known, label) {
				t.Errorf("%s: label %s: are its values bounded?", name, label)
			}
		}
	}
}

func TestQueuesAreReported(t *testing.T) {
	b, server := bustest.Start(t)
	reg := prometheus.NewRegistry()
	m := NewMetrics(reg, "1")
	m.queues.watch(b, slog.New(slog.DiscardHandler))
	if err := b.Put(t.Context(), bus.Outgoing{Subject: "articles.ko", ID: "1", Value: "x"}); err != nil {
		t.Fatal(err)
	}
	text := scrape(t, reg)
	for _, want := range []string{
		"chipwire_nats_connected 1", `chipwire_stream_messages{stream="ARTICLES"} 1`, `chipwire_dead_letters{stream="ITEMS"} 0`, "chipwire_subscribers 0",
	} {
		if !strings.Contains(text, want+"\n") {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	server.Close()
	text = scrape(t, reg)
	if !strings.Contains(text, "chipwire_nats_connected 0\n") || strings.Contains(text, "chipwire_stream_messages{") {
		t.Errorf("without a server: %s", text)
	}
}

func scrape(t *testing.T, reg *prometheus.Registry) string {
	t.Helper()
	s := httptest.NewServer(promhttp.HandlerFor(reg, promhttp.HandlerOpts{}))
	defer s.Close()
	resp, err := http.Get(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
