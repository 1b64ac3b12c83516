package deploy

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// stagesOf reads a Containerfile as BuildKit does, and returns what its linter says.
func stagesOf(t *testing.T, text []byte) (stages []instructions.Stage, warnings []string, err error) {
	t.Helper()
	file, err := parser.Parse(bytes.NewReader(text))
	if err != nil {
		return nil, nil, err
	}
	lint := linter.New(&linter.Config{Warn: func(rule, _, _, message string, _ []parser.Range) {
		warnings = append(warnings, rule+": "+message)
	}})
	stages, _, err = instructions.Parse(file.AST, lint)
	return stages, warnings, err
}

// TestContainerfile holds that the image is what the page on containers says: the
// program on nothing, as a user without rights, whose health is asked of itself.
func TestContainerfile(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "deploy/container/Containerfile"))
	if err != nil {
		t.Fatal(err)
	}
	stages, warnings, err := stagesOf(t, text)
	if err != nil || len(warnings) > 0 || len(stages) != 2 {
		t.Fatalf("%d stages, %v, %v", len(stages), warnings, err)
	}
	build, last := stages[0], stages[1]
	if last.BaseName != "scratch" {
		t.Errorf("the image stands on %s", last.BaseName)
	}
	found := map[string]string{}
	for _, c := range last.Commands {
		switch c := c.(type) {
		case *instructions.UserCommand:
			found["user"] = c.User
		case *instructions.EntrypointCommand:
			found["entrypoint"] = strings.Join(c.CmdLine, " ")
		case *instructions.CmdCommand:
			found["command"] = strings.Join(c.CmdLine, " ")
		case *instructions.HealthCheckCommand:
			found["health"] = strings.Join(c.Health.Test, " ")
		case *instructions.CopyCommand:
			found["from"] = c.From
		case *instructions.VolumeCommand:
			found["volume"] = strings.Join(c.Volumes, " ")
		}
	}
	for what, want := range map[string]string{
		"user": "65532:65532", "entrypoint": "/usr/bin/chipwire", "command": "run",
		"health": "CMD /usr/bin/chipwire healthcheck", "from": build.Name, "volume": "/var/lib/chipwire",
	} {
		if found[what] != want {
			t.Errorf("%s: %q, want %q", what, found[what], want)
		}
	}
	// What is copied by name is there.
	for _, c := range build.Commands {
		if c, ok := c.(*instructions.CopyCommand); ok {
			for _, path := range c.SourcePaths {
				if _, err := os.Stat(filepath.Join(root, path)); err != nil {
					t.Errorf("COPY: %v", err)
				}
			}
		}
	}
	// The reader would notice.
	if _, _, err := stagesOf(t, bytes.Replace(text, []byte("HEALTHCHECK --interval=30s"), []byte("HEALTHCHECK --intervall=30s"), 1)); err == nil {
		t.Error("an option that there is not is let through")
	}
	if _, warnings, _ := stagesOf(t, bytes.Replace(text, []byte(" AS build"), []byte(" as build"), 1)); len(warnings) == 0 {
		t.Error("the linter says nothing of words in two cases")
	}
}
