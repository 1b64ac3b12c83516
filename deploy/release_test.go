package deploy

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// release is what is looked at of GoReleaser's file.
type release struct {
	Version int
	Builds  []struct {
		Env, Goos, Goarch, Flags, Ldflags []string
		Main                              string
	}
	Archives []struct{ Files []string }
	NFPMs    []struct {
		Formats  []string
		Contents []struct{ Src, Dst string }
	} `yaml:"nfpms"`
	SBOMs    []struct{ Artifacts string } `yaml:"sboms"`
	Checksum struct {
		NameTemplate string `yaml:"name_template"`
	}
}

// TestRelease looks whether all is packed that should be, and is there.
func TestRelease(t *testing.T) {
	data, err := os.ReadFile("../.goreleaser.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var r release
	if err := yaml.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	b := r.Builds[0]
	if r.Version != 2 || !slices.Equal(b.Goos, []string{"linux", "darwin"}) || !slices.Equal(b.Goarch, []string{"amd64", "arm64"}) || !slices.Contains(b.Env, "CGO_ENABLED=0") {
		t.Errorf("version %d, builds for %v and %v with %v", r.Version, b.Goos, b.Goarch, b.Env)
	}
	if !slices.Equal(r.NFPMs[0].Formats, []string{"deb", "rpm"}) || len(r.SBOMs) != 1 || r.Checksum.NameTemplate == "" {
		t.Errorf("packages %v, %d lists of parts, checksums %q", r.NFPMs[0].Formats, len(r.SBOMs), r.Checksum.NameTemplate)
	}
	sources, places := slices.Clone(r.Archives[0].Files), map[string]bool{}
	for _, c := range r.NFPMs[0].Contents {
		sources, places[c.Dst] = append(sources, c.Src), true
	}
	if !places["/usr/lib/systemd/system/chipwire.service"] || !places["/etc/chipwire/chipwire.yaml"] {
		t.Errorf("packages put files at %v", places)
	}
	made := pages(t) // as the hook before the build does
	for _, s := range sources {
		path := filepath.Join("..", s)
		if rest, is := strings.CutPrefix(s, "dist-pages/"); is {
			path = filepath.Join(made, rest)
		}
		if found, err := filepath.Glob(path); err != nil || len(found) == 0 {
			t.Errorf("%s is packed, and not there", s)
		}
	}
}

// TestGoReleaserCheck has GoReleaser judge its file, where it is installed: the Go
// of this module is too old to build it as a tool.
func TestGoReleaserCheck(t *testing.T) {
	goreleaser := tool(t, "goreleaser", "https://goreleaser.com")
	dir := t.TempDir()
	data, err := os.ReadFile("../.goreleaser.yaml")
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, ".goreleaser.yaml"), data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"init", "-q"}, {"remote", "add", "origin", "https://github.com/chipwire/chipwire.git"}} {
		cmd := exec.CommandContext(t.Context(), "git", args...)
		cmd.Dir = dir
		if err := cmd.Run(); err != nil {
			t.Skipf("SKIPPED: git: %v", err)
		}
	}
	run(t, dir, goreleaser, "check")
}
