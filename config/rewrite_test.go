package config

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/chipwire/chipwire/fetcher"
)

func TestRewrite(t *testing.T) {
	dir := t.TempDir()
	file, link := filepath.Join(dir, "real.yaml"), filepath.Join(dir, "link.yaml")
	if err := errors.Join(os.WriteFile(file, []byte("a"), 0o600), os.Chmod(file, 0o640), os.Symlink("real.yaml", link)); err != nil {
		t.Fatal(err)
	}
	if err := Rewrite(link, []byte("a"), []byte("b")); err != nil {
		t.Fatal(err)
	}
	if err := Rewrite(link, []byte("a"), []byte("c")); !errors.Is(err, ErrChanged) {
		t.Errorf("changed meanwhile: %v", err)
	}
	data, _ := os.ReadFile(file)
	info, _ := os.Stat(file)
	list, _ := os.ReadDir(dir)
	if string(data) != "b" || info.Mode().Perm() != 0o640 || len(list) != 2 {
		t.Errorf("%q, mode %v, %d files, want b, 0640, 2", data, info.Mode(), len(list))
	}
	if to, err := os.Readlink(link); to != "real.yaml" || err != nil {
		t.Errorf("the link points to %q: %v", to, err)
	}
}

// editOnce adds a feed to the file at path and reports each step.
func editOnce(path string, src fetcher.Source, done func(string)) error {
	before, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	after, err := AddFeeds(path, before, src)
	if err != nil {
		return err
	}
	return rewrite(path, before, after, done)
}

const (
	dieAt  = "CHIPWIRE_TEST_DIE_AT" // the step, counted from 1, at which the child is killed
	dieIn  = "CHIPWIRE_TEST_DIE_IN"
	oldOne = "# ours\nfeeds:\n  - url: " + urlA + " # a\n"
)

// TestChildOfKilledEdit is the process that TestKilledEdit has killed.
func TestChildOfKilledEdit(t *testing.T) {
	at, err := strconv.Atoi(os.Getenv(dieAt))
	if err != nil {
		t.Skip("only as a child of TestKilledEdit")
	}
	n := 0
	err = editOnce(os.Getenv(dieIn), added, func(string) {
		if n++; n == at {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {} // it comes at any moment now
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestKilledEdit kills a process with SIGKILL after every step of an edit in turn:
// the file is the old one or the new one, to the byte, and the next edit works and
// leaves nothing lying about.
func TestKilledEdit(t *testing.T) {
	want, err := AddFeeds("f", []byte(oldOne), added)
	if err != nil {
		t.Fatal(err)
	}
	var steps []string
	first := filepath.Join(t.TempDir(), "chipwire.yaml")
	if err := os.WriteFile(first, []byte(oldOne), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := editOnce(first, added, func(step string) { steps = append(steps, step) }); err != nil {
		t.Fatal(err)
	}
	if len(steps) < 9 {
		t.Fatalf("steps %v", steps)
	}
	renamed := false
	for i, step := range steps {
		t.Run(strconv.Itoa(i+1)+" "+step, func(t *testing.T) {
			renamed = renamed || step == "rename"
			dir := t.TempDir()
			file := filepath.Join(dir, "chipwire.yaml")
			if err := errors.Join(os.WriteFile(file, []byte(oldOne), 0o600), os.Chmod(file, 0o640)); err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestChildOfKilledEdit$")
			cmd.Env = append(os.Environ(), dieAt+"="+strconv.Itoa(i+1), dieIn+"="+file)
			out, err := cmd.CombinedOutput()
			exit, ok := errors.AsType[*exec.ExitError](err)
			if !ok || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
				t.Fatalf("the child was not killed: %v\n%s", err, out)
			}
			got, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			expected := []byte(oldOne)
			if renamed {
				expected = want
			}
			if !bytes.Equal(got, expected) {
				t.Errorf("killed there, the file is\n%s", got)
			}
			if _, err := Parse(file, got); err != nil {
				t.Error(err)
			}
			if err := editOnce(file, fetcher.Source{URL: "https://next.example/"}, func(string) {}); err != nil {
				t.Errorf("the next edit: %v", err)
			}
			info, err := os.Stat(file)
			left, _ := os.ReadDir(dir)
			if err != nil || info.Mode().Perm() != 0o640 || len(left) != 1 {
				t.Errorf("mode %v, %v in the folder, %v", info.Mode(), left, err)
			}
		})
	}
}

// TestEditsAtOnce holds that of many edits at once each is in the file, or was told
// that it is not.
func TestEditsAtOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "chipwire.yaml")
	if err := os.WriteFile(file, []byte(oldOne), 0o600); err != nil {
		t.Fatal(err)
	}
	var done atomic.Int32
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			err := editOnce(file, fetcher.Source{URL: "https://n" + strconv.Itoa(i) + ".example/"}, func(string) {})
			if err == nil {
				done.Add(1)
			} else if !errors.Is(err, ErrChanged) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	cfg, err := Load(file)
	if err != nil {
		t.Fatal(err)
	}
	if n := int(done.Load()); n == 0 || len(cfg.Feeds) != n+1 {
		t.Errorf("%d edits were done, and %d feeds are there of them", n, len(cfg.Feeds)-1)
	}
	list, _ := os.ReadDir(filepath.Dir(file))
	if len(list) != 1 {
		t.Errorf("left behind: %v", list)
	}
	if text, _ := os.ReadFile(file); !strings.HasPrefix(string(text), oldOne) {
		t.Errorf("the lines before have changed:\n%s", text)
	}
}
