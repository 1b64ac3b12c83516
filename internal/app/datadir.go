package app

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/chipwire/chipwire/news"
)

// A dataDir is the folder of all state, held by this process alone.
type dataDir struct {
	path string
	node string // id of this node, made at the first start
	lock *os.File
}

// ErrLocked reports that another process works in the data folder.
var ErrLocked = errors.New("the data folder is in use")

// openDataDir makes the folder if it is missing and locks it.
func openDataDir(path string) (*dataDir, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("data_dir: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(path, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("data_dir: %w", err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		holder, _ := os.ReadFile(lock.Name())
		_ = lock.Close()
		return nil, fmt.Errorf("data_dir %s: %w by process %s; stop it, or choose another data_dir", path, ErrLocked, strings.TrimSpace(string(holder)))
	}
	d := &dataDir{path: path, lock: lock}
	if err := d.sign(); err != nil {
		d.close()
		return nil, err
	}
	return d, nil
}

// sign writes the process id into the lock and reads the node id.
func (d *dataDir) sign() error {
	if err := d.lock.Truncate(0); err != nil {
		return fmt.Errorf("data_dir: %w", err)
	}
	if _, err := fmt.Fprintln(d.lock, os.Getpid()); err != nil {
		return fmt.Errorf("data_dir: %w", err)
	}
	path := filepath.Join(d.path, "node")
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(data) == 0 {
		data = []byte(news.Hash(rand.Text())[:12])
		err = os.WriteFile(path, data, 0o600)
	}
	if err != nil {
		return fmt.Errorf("data_dir: %w", err)
	}
	d.node = strings.TrimSpace(string(data))
	return nil
}

// Node returns the id of the node that works in a data folder.
func Node(path string) (string, error) {
	data, err := os.ReadFile(filepath.Join(path, "node"))
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("no daemon has run with data_dir %s yet: start it with `chipwire run`", path)
	}
	if err != nil {
		return "", fmt.Errorf("data_dir: %w", err)
	}
	return strings.TrimSpace(string(data)), nil
}

// close releases the lock; the kernel does so too when the process dies.
func (d *dataDir) close() { _ = d.lock.Close() }
