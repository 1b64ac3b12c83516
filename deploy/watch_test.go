package deploy

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// metrics are the names in docs/metrics.md, which a test of internal/app holds
// equal to what is registered.
func metrics(t *testing.T) map[string]string {
	t.Helper()
	data, err := os.ReadFile("../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{}
	for _, m := range regexp.MustCompile("(?m)^\\| `(chipwire_[a-z_]+)` \\| (\\w+) \\|").FindAllStringSubmatch(string(data), -1) {
		names[m[1]] = m[2]
	}
	if len(names) < 20 {
		t.Fatalf("only %d metrics in docs/metrics.md", len(names))
	}
	return names
}

// foreign are metrics of Prometheus and its client library.
var foreign = []string{"up", "process_start_time_seconds", "process_resident_memory_bytes", "process_cpu_seconds_total", "process_open_fds", "go_goroutines"}

var metricForm = regexp.MustCompile(`\b(?:chipwire|process|go)_[a-z_]+\b|\bup\b`)

// checkQuery holds that a query asks for metrics that there are, each in its way:
// a counter by its rate, a histogram by its buckets.
func checkQuery(t *testing.T, where, query string, known map[string]string) {
	t.Helper()
	found := metricForm.FindAllString(query, -1)
	if len(found) == 0 {
		t.Errorf("%s: no metric in %q", where, query)
	}
	for _, name := range found {
		if slices.Contains(foreign, name) {
			continue
		}
		base := strings.TrimSuffix(name, "_bucket")
		form := known[base]
		if form == "" {
			t.Errorf("%s: no metric %s: %q", where, name, query)
		}
		if (form == "histogram") != (base != name) {
			t.Errorf("%s: %s is a %s: %q", where, base, form, query)
		}
		if form != "gauge" && !regexp.MustCompile(`(rate|increase)\(`+name+`\b`).MatchString(query) {
			t.Errorf("%s: %s without its rate: %q", where, name, query)
		}
	}
}

type ruleFile struct {
	Groups []struct {
		Rules []struct {
			Alert, Expr string
			Annotations map[string]string
		}
	}
}

func TestRules(t *testing.T) {
	known := metrics(t)
	data, err := os.ReadFile("prometheus/chipwire.rules.yml")
	if err != nil {
		t.Fatal(err)
	}
	var f ruleFile
	if err := yaml.Unmarshal(data, &f); err != nil {
		t.Fatal(err)
	}
	tests, err := os.ReadFile("prometheus/chipwire.rules.test.yml")
	if err != nil {
		t.Fatal(err)
	}
	ops, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	rules := 0
	for _, g := range f.Groups {
		for _, r := range g.Rules {
			rules++
			checkQuery(t, r.Alert, r.Expr, known)
			if r.Annotations["summary"] == "" || r.Annotations["action"] == "" {
				t.Errorf("%s: no summary, or nothing to do", r.Alert)
			}
			if n := strings.Count(string(tests), "alertname: "+r.Alert); n < 2 {
				t.Errorf("%s: %d tests, want one where it fires and one where it does not", r.Alert, n)
			}
			if !strings.Contains(string(ops), r.Alert) {
				t.Errorf("%s is not in docs/operations.md", r.Alert)
			}
		}
	}
	if rules < 10 {
		t.Errorf("%d rules", rules)
	}
}

// queries are all queries of the dashboard, by the title of their panel.
func queries(t *testing.T) map[string][]string {
	t.Helper()
	data, err := os.ReadFile("grafana/chipwire.json")
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Panels []struct {
			ID          int
			Type, Title string
			Description string
			Targets     []struct{ Expr string }
			GridPos     struct{ X, Y, W, H int }
		}
		Annotations struct{ List []struct{ Name, Expr string } }
	}
	if err := json.Unmarshal(data, &d); err != nil {
		t.Fatal(err)
	}
	all, ids := map[string][]string{}, map[int]bool{}
	for _, p := range d.Panels {
		if ids[p.ID] {
			t.Errorf("panel %d is there twice", p.ID)
		}
		ids[p.ID] = true
		if p.Type == "row" {
			continue
		}
		if p.Description == "" || len(p.Targets) == 0 || p.GridPos.X+p.GridPos.W > 24 {
			t.Errorf("panel %q: no description, no query, or off the page", p.Title)
		}
		for _, target := range p.Targets {
			all[p.Title] = append(all[p.Title], target.Expr)
		}
	}
	for _, a := range d.Annotations.List {
		all[a.Name] = append(all[a.Name], a.Expr)
	}
	return all
}

func TestDashboard(t *testing.T) {
	known := metrics(t)
	all := queries(t)
	shown := ""
	for title, list := range all {
		for _, q := range list {
			checkQuery(t, title, q, known)
			shown += q + "\n"
		}
	}
	for name := range known {
		if !strings.Contains(shown, name) {
			t.Errorf("%s is on no panel", name)
		}
	}
}

// tool is the path of a program that a test needs; .ci/run installs those that
// Debian has. Without it the test is skipped with a line.
func tool(t *testing.T, name, from string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("SKIPPED: no %s on this machine (%s)", name, from)
	}
	return path
}

func run(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%s %s: %v\n%s", filepath.Base(name), strings.Join(args, " "), err, out)
	}
	return string(out)
}

// TestPromtool has Prometheus itself read the rules, run their tests, and parse
// the queries of the dashboard.
func TestPromtool(t *testing.T) {
	promtool := tool(t, "promtool", "Debian: prometheus")
	run(t, "prometheus", promtool, "check", "rules", "chipwire.rules.yml")
	run(t, "prometheus", promtool, "test", "rules", "chipwire.rules.test.yml")

	var b strings.Builder
	b.WriteString("groups:\n  - name: dashboard\n    rules:\n")
	n := 0
	for _, list := range queries(t) {
		for _, q := range list {
			q = strings.NewReplacer("$__rate_interval", "5m", "$instance", ".*").Replace(q)
			fmt.Fprintf(&b, "      - {record: 'dashboard:%c', expr: %q}\n", 'a'+n%26, q)
			n++
		}
	}
	path := filepath.Join(t.TempDir(), "rules.yml")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, ".", promtool, "check", "rules", "--lint=none", path)
}
