package config

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// ErrChanged reports that somebody else wrote the file in the meantime.
var ErrChanged = errors.New("the file has changed meanwhile: try again")

// Rewrite replaces the text of the file at path, which was before, in one step:
// whoever reads it, also after a crash, finds the one or the other. The mode
// stays, and a symbolic link goes on pointing to the file. Of two that rewrite it
// at once, the later gets [ErrChanged].
func Rewrite(path string, before, after []byte) error {
	return rewrite(path, before, after, func(string) {})
}

// rewrite tells done of each step that the disk has seen.
func rewrite(path string, before, after []byte, done func(step string)) (err error) {
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer dir.Close()
	// Held to the end, so that a comparison still holds at the rename. Where a file
	// system knows no locks, the comparison alone has to do.
	_ = syscall.Flock(int(dir.Fd()), syscall.LOCK_EX)
	done("lock")
	sweep(path)
	tmp, err := writeBeside(path, after, info.Mode().Perm(), done)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(tmp)
		}
	}()
	now, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if !bytes.Equal(now, before) {
		return fmt.Errorf("%s: %w", path, ErrChanged)
	}
	if err = os.Rename(tmp, path); err != nil {
		return err
	}
	done("rename")
	err = dir.Sync() // makes the rename outlast a loss of power
	done("sync of the folder")
	return err
}

// besides are the names of what a rewrite of path prepares.
func besides(path string) (prefix, suffix string) { return "." + filepath.Base(path) + ".", ".tmp" }

// sweep removes what a rewrite has left that was killed. The folder is locked, so
// nobody is at work on it.
func sweep(path string) {
	prefix, suffix := besides(path)
	list, _ := os.ReadDir(filepath.Dir(path))
	for _, f := range list {
		if name := f.Name(); strings.HasPrefix(name, prefix) && strings.HasSuffix(name, suffix) && f.Type().IsRegular() {
			_ = os.Remove(filepath.Join(filepath.Dir(path), name))
		}
	}
}

// writeBeside writes a file of the same folder, whole and on the disk, and returns
// its path.
func writeBeside(path string, text []byte, mode os.FileMode, done func(step string)) (string, error) {
	prefix, suffix := besides(path)
	tmp, err := os.CreateTemp(filepath.Dir(path), prefix+"*"+suffix)
	if err != nil {
		return "", err
	}
	done("create")
	half := len(text) / 2
	for _, part := range [][]byte{text[:half], text[half:]} {
		if _, wrong := tmp.Write(part); wrong != nil {
			err = errors.Join(err, wrong)
		}
		done("write")
	}
	err = errors.Join(err, tmp.Chmod(mode))
	done("mode")
	err = errors.Join(err, tmp.Sync())
	done("sync")
	if err = errors.Join(err, tmp.Close()); err != nil {
		_ = os.Remove(tmp.Name())
		return "", err
	}
	done("close")
	return tmp.Name(), nil
}
