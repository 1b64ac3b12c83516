package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/internal/bus/embed"
)

// outcome runs a command line as the program does, in this process.
func outcome(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = run(args, strings.NewReader(""), &out, &errs)
	return code, out.String(), errs.String()
}

// sums are the files below a folder with what they hold, but for what a start
// makes before it looks at the store: the lock, which names the process that looked
// last, and the id of a node that has none.
func sums(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "lock" || d.Name() == "node" || strings.Contains(path, string(filepath.Separator)+"nats"+string(filepath.Separator)) {
			return err // the server's own files change whenever it starts
		}
		data, err := os.ReadFile(path)
		info, statErr := d.Info()
		if filepath.Base(filepath.Dir(path)) == "creds" {
			data = nil // each start writes the port of its server into them
		}
		if err == nil && statErr == nil {
			fmt.Fprintf(&b, "%s %v %x\n", path, info.Mode(), sha256.Sum256(data))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// newerFolder is a data folder that a newer chipwire has written.
func newerFolder(t *testing.T, dir string) {
	t.Helper()
	s, err := embed.Start(embed.Options{DataDir: dir, Listen: "127.0.0.1:0", MaxStore: 64 << 20}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	core, wire, err := s.Connect(slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	b, err := bus.New(core, wire, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if err := b.Setup(t.Context(), bus.Layout{Store: s.Store()}); err != nil {
		t.Fatal(err)
	}
	var kv jetstream.KeyValue
	if kv, err = b.Core().KeyValue(t.Context(), bus.MetaBucket); err == nil {
		_, err = kv.PutString(t.Context(), "schema", "1000")
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestBadInput runs the command on everything that may be wrong with what it is
// given: each has its own words and its exit code, and no file is changed by it.
func TestBadInput(t *testing.T) {
	loop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/self.opml" {
			fmt.Fprint(w, `<opml version="2.0"><body><outline text="me" type="include" url="/self.opml"/></body></opml>`)
			return
		}
		http.Redirect(w, r, r.URL.Path, http.StatusMovedPermanently)
	}))
	t.Cleanup(loop.Close)
	const private = "fetcher: {allow_private: true, host_gap: 0s}\n"
	const local = "nats: {listen: 127.0.0.1:0, max_store: 64MiB}\nweb: {listen: ''}\n"
	for _, tt := range []struct {
		name string
		file string // chipwire.yaml
		args string // with -c chipwire.yaml added
		code int
		want string // in what it says
		make func(t *testing.T, dir string)
	}{
		{"a value of the wrong type", "fetcher: {workers: many}\n", "run", 78, `chipwire.yaml:1: fetcher.workers: "many", want a whole number`, nil},
		{"a list for a block", "log: [info]\n", "check", 78, "chipwire.yaml:1: log: a list, want a block of keys", nil},
		{"an unknown key", "feeds:\n  - {url: 'https://a.example/', nmae: A}\n", "run", 78, "chipwire.yaml:2: feeds[0].nmae: unknown key, want one of", nil},
		{"a feed twice", "feeds:\n  - {id: a, url: 'https://a.example/'}\n  - {id: a, url: 'https://b.example/'}\n", "run", 78, "chipwire.yaml:3: feeds[1]: feed a is there already, as feeds[0]", nil},
		{"an address under two ids", "feeds:\n  - {id: a, url: 'https://a.example/'}\n  - {id: b, url: 'https://a.example/'}\n", "run", 78, "chipwire.yaml:3: feeds[1]: feed b has the address of feeds[0], a", nil},
		{"half a file, in a string", "data_dir: data\nfeeds:\n  - {url: \"https://a.exa", "reload", 78, "chipwire.yaml:3: ", nil},
		{"half a file, in a key", "data_dir: data\nfeeds:\n  - {url: 'https://a.example/'}\nfetch", "run", 78, "chipwire.yaml:4: ", nil},
		{"half a file, in a list", "data_dir: data\nfeeds: [", "feeds add https://b.example/", 78, "chipwire.yaml:2: ", nil},
		{"bytes that are no text", "feeds:\n  - {url: 'https://a.example/', name: '\xb0\xa1'}\n", "check", 78, "chipwire.yaml:2: byte 0xb0 is no text of UTF-8: save the file as UTF-8", nil},
		{"UTF-16", "\xff\xfef\x00e\x00", "run", 78, "chipwire.yaml:1: byte 0xff is no text of UTF-8", nil},
		{"a folder for a file", "", "check", 78, "chipwire.yaml: cannot be read: is a directory", func(t *testing.T, dir string) {
			file := filepath.Join(dir, "chipwire.yaml")
			if os.Remove(file) != nil || os.Mkdir(file, 0o700) != nil {
				t.Fatal("no folder made")
			}
		}},
		{"an edit of what cannot be edited", "feeds: &a [{url: 'https://a.example/'}]\rlog: {level: info}\r", "feeds remove https://a.example/", 1, "edit it by hand", nil},
		{"a list of feeds that leads back to itself", private, "feeds import " + loop.URL + "/self.opml", 1, "the lists lead in a circle: " + loop.URL + "/self.opml > " + loop.URL + "/self.opml", nil},
		{"a list of feeds that redirects for ever", private, "feeds import " + loop.URL + "/round", 1, "a loop: ", nil},
		{"half a list of feeds", private, "feeds import DIR/half.opml", 1, "the list is no OPML list that can be read: feed: truncated: ", func(t *testing.T, dir string) {
			if err := os.WriteFile(filepath.Join(dir, "half.opml"), []byte(`<opml version="2.0"><body><outline text="a" xmlU`), 0o600); err != nil {
				t.Fatal(err)
			}
		}},
		{"a feed that redirects for ever", private, "feeds add " + loop.URL + "/feed", 1, "a loop: ", nil},
		{"credentials that others may read", "data_dir: DIR/data\n" + local, "run", 78, "data/creds/daemon.json: mode 0644: others could read it; chmod 600 it", func(t *testing.T, dir string) {
			newerFolder(t, filepath.Join(dir, "data"))
			if err := os.Chmod(filepath.Join(dir, "data", "creds", "daemon.json"), 0o644); err != nil {
				t.Fatal(err)
			}
		}},
		{"a data folder of a newer version", "data_dir: DIR/data\n" + local, "run", 78, "version 1000, this build knows " + bus.Schema, func(t *testing.T, dir string) {
			newerFolder(t, filepath.Join(dir, "data"))
		}},
		{"no daemon to ask", "data_dir: DIR/data\n" + local, "feeds list", 69, "no daemon has run with data_dir DIR/data yet: start it with `chipwire run`", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, "chipwire.yaml")
			if err := os.WriteFile(file, []byte(strings.ReplaceAll(tt.file, "DIR", dir)), 0o600); err != nil {
				t.Fatal(err)
			}
			if tt.make != nil {
				tt.make(t, dir)
			}
			before := sums(t, dir)
			words := append(strings.Fields(strings.ReplaceAll(tt.args, "DIR", dir)), "-c", file)
			code, stdout, stderr := outcome(words...)
			if code != tt.code || !strings.Contains(stderr, strings.ReplaceAll(tt.want, "DIR", dir)) {
				t.Errorf("exit code %d, want %d with %q:\n%s%s", code, tt.code, tt.want, stderr, stdout)
			}
			if after := sums(t, dir); after != before {
				t.Errorf("before\n%safter\n%s", before, after)
			}
		})
	}
}

// TestHalfWrittenFile cuts a configuration at every byte, as one that is read while
// an editor writes it: it is read, or refused with 78 and the line, and an edit of it
// changes nothing that it does not understand.
func TestHalfWrittenFile(t *testing.T) {
	const whole = "# 우리 것\ndata_dir: /var/lib/x\nfeeds:\n  - url: https://a.example/rss  # a\n    name: \"가, 나\"\n  - {url: 'https://b.example/', every: 5m}\nclassifier: {accept: 0.8}\n"
	file := filepath.Join(t.TempDir(), "chipwire.yaml")
	good, bad := 0, 0
	for n := range len(whole) {
		if err := os.WriteFile(file, []byte(whole[:n]), 0o600); err != nil {
			t.Fatal(err)
		}
		switch code, _, stderr := outcome("check", "-c", file); {
		case code == 0:
			good++
		case code == 78 && strings.HasPrefix(stderr, file+":"):
			bad++
		default:
			t.Errorf("cut at %d: exit code %d: %s", n, code, stderr)
		}
		code, _, _ := outcome("feeds", "remove", "https://a.example/rss", "-c", file)
		after, err := os.ReadFile(file)
		if err != nil || code != 0 && string(after) != whole[:n] {
			t.Errorf("cut at %d: an edit that failed has changed the file: %v\n%s", n, err, after)
		}
	}
	if good < 10 || bad < 10 {
		t.Errorf("%d cuts could be read and %d not", good, bad)
	}
}
