package app_test

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"flag"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/chipwire/chipwire/fetcher"
	"github.com/chipwire/chipwire/internal/app"
	"github.com/chipwire/chipwire/internal/backup"
	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/internal/bus/embed"
)

var keepFolder = flag.String("keep-folder", "", "write the data folder of this build to FILE, for TestOlderFolders of later ones")

// older lists the data folders of earlier layouts. What expires with time has gone
// from them by now: what is known of feeds, and the layout, are for ever.
var older = []string{"data-v1.tar.gz", "data-v2.tar.gz"}

// TestOlderFolders starts the daemon on the data folders that earlier builds left.
func TestOlderFolders(t *testing.T) {
	if *keepFolder != "" {
		writeFolder(t, *keepFolder)
	}
	for _, name := range older {
		t.Run(name, func(t *testing.T) {
			cfg := testConfig(t, newPress(t, 1, 1, 1))
			cfg.Feeds = nil
			cfg.NATS.MaxStore = 256 << 20
			unpack(t, filepath.Join("testdata", name), cfg.DataDir)
			ready, stop := start(t, cfg)
			core, _ := inside(t, cfg.DataDir, (<-ready).NATS)
			kv, err := core.KeyValue(t.Context(), bus.FeedsBucket)
			if err != nil {
				t.Fatal(err)
			}
			states, err := fetcher.ReadStates(t.Context(), fetcher.NewBucketStore(kv))
			if err != nil {
				t.Fatal(err)
			}
			for _, id := range []string{"feed-0", "feed-1"} {
				s, _, err := fetcher.NewBucketStore(kv).Load(t.Context(), id)
				if err != nil || s.AddedAt.IsZero() || s.ETag == "" || len(s.Seen) == 0 || s.Health.Status != fetcher.StatusOK {
					t.Errorf("%s: %+v, %v", id, states[id], err)
				}
			}
			meta, err := core.KeyValue(t.Context(), bus.MetaBucket)
			if err != nil {
				t.Fatal(err)
			}
			if e, err := meta.Get(t.Context(), "schema"); err != nil || string(e.Value()) != bus.Schema {
				t.Errorf("schema %v, %v, want %s", e, err, bus.Schema)
			}
			// A newer chipwire takes over, and this one is started again by mistake.
			if _, err := meta.PutString(t.Context(), "schema", "1000"); err != nil {
				t.Fatal(err)
			}
			if err := stop(); err != nil {
				t.Fatal(err)
			}
			a, err := app.New(cfg, app.Options{Log: quiet})
			if err != nil {
				t.Fatal(err)
			}
			if err := a.Run(t.Context()); !errors.Is(err, bus.ErrSchema) || !strings.Contains(err.Error(), "version 1000, this build knows "+bus.Schema) {
				t.Errorf("%v, want ErrSchema with both versions", err)
			}
		})
	}
}

// writeFolder runs the daemon for a few stories and packs what it leaves.
func writeFolder(t *testing.T, file string) {
	t.Helper()
	p := newPress(t, 4, 2, 2)
	cfg := testConfig(t, p)
	cfg.NATS.MaxStore = 64 << 20
	ready, stop := start(t, cfg)
	alerts := follow(t, (<-ready).NATS)
	for range 8 {
		next(t, alerts)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	zip := gzip.NewWriter(out)
	w := tar.NewWriter(zip)
	for _, part := range []string{"nats", "node"} { // no secrets, no lock
		err := filepath.WalkDir(filepath.Join(cfg.DataDir, part), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			name, err := filepath.Rel(cfg.DataDir, path)
			if err != nil {
				return err
			}
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			if err := w.WriteHeader(&tar.Header{Name: filepath.ToSlash(name), Mode: 0o600, Size: int64(len(data))}); err != nil {
				return err
			}
			_, err = w.Write(data)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), zip.Close()); err != nil {
		t.Fatal(err)
	}
}

func unpack(t *testing.T, file, dir string) {
	t.Helper()
	in, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	zip, err := gzip.NewReader(in)
	if err != nil {
		t.Fatal(err)
	}
	r := tar.NewReader(zip)
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, filepath.FromSlash(h.Name))
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// What was kept while the daemon ran is where another goes on: nothing that was told
// is told again, nothing that was to be told is lost.
func TestRestoredDaemonGoesOn(t *testing.T) {
	const stories = 30
	p := newPress(t, stories, 3, 1)
	want := p.alerts(t, newClassifier(t))
	cfg := testConfig(t, p)
	ready, stop := start(t, cfg)
	url := (<-ready).NATS
	waitServed(t, p, stories/3)
	file := filepath.Join(t.TempDir(), "backup.tar")
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	_, core, wire, err := embed.Daemon(cfg.DataDir)
	if err != nil {
		t.Fatal(err)
	}
	if err := writeBackup(t, url, core, wire, out); err != nil {
		t.Fatal(err)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	cfg.DataDir = t.TempDir()
	if _, err := out.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if _, err := app.Restore(t.Context(), cfg, out, quiet, silent); err != nil {
		t.Fatal(err)
	}
	ready, _ = start(t, cfg)
	inner, outer := inside(t, cfg.DataDir, (<-ready).NATS)
	settled(t, p, inner, outer, len(want))
	compare(t, wired(t, outer), want)
}

func silent(backup.Progress) {}

// writeBackup makes a backup of a running daemon.
func writeBackup(t *testing.T, url string, core, wire bus.Login, w io.Writer) error {
	t.Helper()
	c, err := bus.Connect(url, "test", core, quiet)
	if err != nil {
		return err
	}
	defer c.Close()
	o, err := bus.Connect(url, "test", wire, quiet, nats.CustomInboxPrefix(bus.DaemonInbox))
	if err != nil {
		return err
	}
	defer o.Close()
	return backup.Write(t.Context(), backup.Accounts{Core: c, Wire: o}, "test", w, silent)
}

// settled waits until every story is printed and nothing waits any more.
func settled(t *testing.T, p *press, core, wire jetstream.JetStream, alerts int) {
	t.Helper()
	deadline := time.Now().Add(2 * time.Minute)
	for {
		rest, err := idle(t.Context(), core)
		if err == nil && rest && p.printed() && len(wired(t, wire)) >= alerts {
			return
		}
		if time.Now().After(deadline) {
			t.Errorf("not done in time: idle %v, %v", rest, err)
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
}
