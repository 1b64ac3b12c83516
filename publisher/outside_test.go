package publisher_test

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chipwire/chipwire/internal/bus/bustest"
	"github.com/chipwire/chipwire/news"
)

// The program of docs/subscribing.md is a module of its own, as a stranger's is:
// it builds against this one, reads the alerts, and links no server.
func TestAnOutsideModuleSubscribes(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a module")
	}
	t.Parallel()
	dir := outsideModule(t)
	goTool := func(args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "go", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	goTool("build", "-o", "reader", ".")
	if deps := goTool("list", "-deps", "."); strings.Contains(deps, "nats-server") || !strings.Contains(deps, "chipwire/publisher") {
		t.Errorf("it links:\n%s", deps)
	}

	b, s := bustest.Start(t)
	publish(t, b, false, alert("e1", "samsung-electronics", news.Rumour), alert("e1", "samsung-electronics", news.Agreed))
	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	cmd := exec.CommandContext(ctx, filepath.Join(dir, "reader"))
	cmd.Env = append(os.Environ(), "NATS_URL="+s.URL())
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if want := "samsung-electronics: foundry agreed: \n"; err != nil || line != want {
		t.Errorf("it printed %q, %v, want %q", line, err, want)
	}
	_ = cmd.Process.Signal(os.Interrupt)
	if err := cmd.Wait(); err != nil {
		t.Errorf("interrupted, it ends with %v", err)
	}
}

// outsideModule writes the program of the docs as a module that takes this one
// from its folder.
func outsideModule(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	file := func(path ...string) string {
		data, err := os.ReadFile(filepath.Join(append([]string{root}, path...)...))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	program := regexp.MustCompile("(?s)```go\n(.*?)```").FindStringSubmatch(file("docs", "subscribing.md"))
	if program == nil {
		t.Fatal("docs/subscribing.md has no program")
	}
	mod := strings.Replace(file("go.mod"), "module github.com/chipwire/chipwire", "module outside.example/reader", 1) +
		"\nrequire github.com/chipwire/chipwire v0.0.0\nreplace github.com/chipwire/chipwire => " + root + "\n"
	dir := t.TempDir()
	for name, text := range map[string]string{"main.go": program[1], "go.mod": mod, "go.sum": file("go.sum")} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
