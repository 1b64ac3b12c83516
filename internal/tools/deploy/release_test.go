package deploy

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	release "github.com/goreleaser/goreleaser/v2/pkg/config"
)

// TestRelease has GoReleaser's own types read the file, with no key unknown.
func TestRelease(t *testing.T) {
	file := filepath.Join(root, ".goreleaser.yaml")
	p, err := release.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	if p.Version != 2 || len(p.Builds) != 1 || len(p.NFPMs) != 1 || len(p.SBOMs) != 1 || len(p.Archives) != 1 {
		t.Errorf("version %d, %d builds, %d packages, %d lists of parts, %d archives", p.Version, len(p.Builds), len(p.NFPMs), len(p.SBOMs), len(p.Archives))
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	wrong := filepath.Join(t.TempDir(), "wrong.yaml")
	if err := os.WriteFile(wrong, []byte(strings.Replace(string(text), "nfpms:", "nfpm:", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := release.Load(wrong); err == nil || !strings.Contains(err.Error(), "nfpm") {
		t.Errorf("a key that there is not is let through: %v", err)
	}
}
