package config

import (
	"bytes"
	"context"
	"crypto/sha256"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

const (
	settle  = 100 * time.Millisecond // between two reads that must agree
	lookFor = 5 * time.Second        // between two looks at the file where nobody tells of a change
)

// Watch calls changed each time the text of the file at path has become another
// one than the last, until ctx is done. before is the text that is in use.
//
// The folder is watched, not the file: editors and [Rewrite] put a new file in the
// old one's place, and a mounted config map is a link to a link that is exchanged.
// A file that is being written is read until two reads agree. Where the system
// tells nothing (some network file systems), the file is looked at every few
// seconds.
func Watch(ctx context.Context, path string, before []byte, log *slog.Logger, changed func(text []byte)) {
	w := &watch{path: path, sum: sha256.Sum256(before), folders: map[string]bool{}}
	var events <-chan fsnotify.Event
	var faults <-chan error
	if n, err := fsnotify.NewWatcher(); err != nil {
		log.Warn("no notice of changes to the configuration: it is looked at every few seconds", "err", err)
	} else {
		defer func() { _ = n.Close() }()
		w.notify, events, faults = n, n.Events, n.Errors
	}
	tick := time.NewTicker(lookFor)
	defer tick.Stop()
	w.follow()
	for ctx.Err() == nil {
		if w.moved() {
			if text, ok := w.read(ctx); ok {
				changed(text)
			}
			w.follow()
		}
		select {
		case <-ctx.Done():
		case <-events:
		case <-faults: // an overflow: the file itself is looked at, whatever was lost
		case <-tick.C:
		}
	}
}

// A watch knows the file as it was last read.
type watch struct {
	path    string
	sum     [sha256.Size]byte
	info    os.FileInfo
	notify  *fsnotify.Watcher // nil: nobody tells of changes
	folders map[string]bool
}

// follow watches the folders of the file and of what it is a link to.
func (w *watch) follow() {
	if w.notify == nil {
		return
	}
	folders := map[string]bool{filepath.Dir(w.path): true}
	if real, err := filepath.EvalSymlinks(w.path); err == nil {
		folders[filepath.Dir(real)] = true
	}
	for f := range folders {
		if !w.folders[f] && w.notify.Add(f) != nil {
			delete(folders, f) // looked at all the same
		}
	}
	for f := range w.folders {
		if !folders[f] {
			_ = w.notify.Remove(f) // gone perhaps
		}
	}
	w.folders = folders
}

// moved reports whether the file may have changed since it was last read.
func (w *watch) moved() bool {
	info, err := os.Stat(w.path)
	if err != nil {
		return false // on its way to another name, or gone: what is in use stays
	}
	return w.info == nil || !os.SameFile(info, w.info) || info.Size() != w.info.Size() || !info.ModTime().Equal(w.info.ModTime())
}

// read reads the file until it stands still, and reports whether its text is new.
func (w *watch) read(ctx context.Context) ([]byte, bool) {
	var last []byte
	for first := true; ; first = false {
		info, err := os.Stat(w.path)
		text, errR := os.ReadFile(w.path)
		if err == nil && errR == nil && !first && bytes.Equal(text, last) {
			w.info = info
			sum := sha256.Sum256(text)
			was := w.sum
			w.sum = sum
			return text, sum != was
		}
		if last = text; err != nil || errR != nil {
			return nil, false
		}
		select {
		case <-ctx.Done():
			return nil, false
		case <-time.After(settle):
		}
	}
}
