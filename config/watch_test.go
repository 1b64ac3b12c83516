package config

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// watched hands on each text that Watch finds at path.
func watched(t *testing.T, path, before string) <-chan string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	texts, done := make(chan string, 100), make(chan struct{})
	go func() {
		defer close(done)
		Watch(ctx, path, []byte(before), slog.New(slog.DiscardHandler), func(text []byte) { texts <- string(text) })
	}()
	t.Cleanup(func() { cancel(); <-done })
	return texts
}

func expectText(t *testing.T, texts <-chan string, want string) {
	t.Helper()
	select {
	case got := <-texts:
		if got != want {
			t.Fatalf("read %q, want %q", got, want)
		}
	case <-time.After(20 * time.Second):
		t.Fatalf("%q was not read", want)
	}
}

func writeText(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestWatch(t *testing.T) {
	path := filepath.Join(t.TempDir(), "chipwire.yaml")
	writeText(t, path, "new")
	texts := watched(t, path, "old")
	expectText(t, texts, "new") // changed before anybody watched
	t.Run("written in place", func(t *testing.T) {
		writeText(t, path, "two")
		expectText(t, texts, "two")
	})
	t.Run("renamed over", func(t *testing.T) {
		writeText(t, path+".tmp", "three")
		if err := os.Rename(path+".tmp", path); err != nil {
			t.Fatal(err)
		}
		expectText(t, texts, "three")
	})
	t.Run("by Rewrite", func(t *testing.T) {
		if err := Rewrite(path, []byte("three"), []byte("four")); err != nil {
			t.Fatal(err)
		}
		expectText(t, texts, "four")
	})
	t.Run("taken away and put back", func(t *testing.T) {
		if err := os.Rename(path, path+".old"); err != nil {
			t.Fatal(err)
		}
		writeText(t, path, "five")
		expectText(t, texts, "five")
	})
	t.Run("touched, and then changed", func(t *testing.T) {
		now := time.Now()
		if err := os.Chtimes(path, now, now); err != nil {
			t.Fatal(err)
		}
		writeText(t, path, "six!")
		expectText(t, texts, "six!")
	})
	t.Run("written bit by bit", func(t *testing.T) {
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		part := strings.Repeat("x", 1000)
		for range 20 {
			if _, err := f.WriteString(part); err != nil {
				t.Fatal(err)
			}
			time.Sleep(settle / 10) // the writer is slow, which is what this is about
		}
		whole := strings.Repeat(part, 20)
		for text := range texts { // on a busy machine the writer may pause for longer than Watch waits
			if text == whole {
				return
			}
			if !strings.HasPrefix(whole, text) {
				t.Fatalf("read %d bytes that were never there", len(text))
			}
		}
	})
}

// A config map is mounted as a link to a link to a folder, which is exchanged.
func TestWatchConfigMap(t *testing.T) {
	dir := t.TempDir()
	version := func(name, text string) {
		t.Helper()
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
		writeText(t, filepath.Join(dir, name, "chipwire.yaml"), text)
		if err := os.Symlink(name, filepath.Join(dir, "..data_tmp")); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(filepath.Join(dir, "..data_tmp"), filepath.Join(dir, "..data")); err != nil {
			t.Fatal(err)
		}
	}
	version("..1", "one")
	path := filepath.Join(dir, "chipwire.yaml")
	if err := os.Symlink(filepath.Join("..data", "chipwire.yaml"), path); err != nil {
		t.Fatal(err)
	}
	texts := watched(t, path, "one")
	version("..2", "two")
	expectText(t, texts, "two")
	if err := os.RemoveAll(filepath.Join(dir, "..1")); err != nil {
		t.Fatal(err)
	}
	version("..3", "three")
	expectText(t, texts, "three")
}
