package embed

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/chipwire/chipwire/internal/bus"
)

// Credentials are the secrets of the embedded server, made at its first start.
type Credentials struct {
	URL    string // where the server listens, written anew at each start
	Core   bus.Login
	Wire   bus.Login
	Reader bus.Login

	dir string
}

// daemonFile is creds/daemon.json: what the commands that see the inside use.
type daemonFile struct {
	URL  string    `json:"url"`
	Core bus.Login `json:"core"`
	Wire bus.Login `json:"wire"`
}

// readerFile is creds/reader.json. It is a context of the `nats` command as well.
type readerFile struct {
	URL      string `json:"url"`
	User     string `json:"user"`
	Password string `json:"password"`
	CA       string `json:"ca,omitempty"`
}

// Daemon reads the daemon's logins from the data folder of a running chipwire.
func Daemon(dataDir string) (url string, core, wire bus.Login, err error) {
	path := filepath.Join(dataDir, "creds", "daemon.json")
	data, err := readPrivate(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", core, wire, fmt.Errorf("no daemon has run with data_dir %s yet: start it with `chipwire run`", dataDir)
	}
	if err != nil {
		return "", core, wire, err
	}
	var f daemonFile
	if err := json.Unmarshal(data, &f); err != nil {
		return "", core, wire, fmt.Errorf("credentials %s: %w", path, err)
	}
	return f.URL, f.Core, f.Wire, nil
}

// Reader reads the reader's login from the data folder of a running chipwire.
func Reader(dataDir string) (url string, l bus.Login, err error) {
	path := filepath.Join(dataDir, "creds", "reader.json")
	data, err := readPrivate(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", l, fmt.Errorf("no daemon has run with data_dir %s yet: start it with `chipwire run`", dataDir)
	}
	if err != nil {
		return "", l, err
	}
	var f readerFile
	if err := json.Unmarshal(data, &f); err != nil {
		return "", l, fmt.Errorf("credentials %s: %w", path, err)
	}
	return f.URL, bus.Login{User: f.User, Password: f.Password, CA: f.CA}, nil
}

// loadCredentials reads the two files in dir, or makes new ones.
func loadCredentials(dir string) (*Credentials, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	c := &Credentials{dir: dir}
	daemon, errD := readPrivate(filepath.Join(dir, "daemon.json"))
	reader, errR := readPrivate(filepath.Join(dir, "reader.json"))
	if errors.Is(errD, fs.ErrNotExist) || errors.Is(errR, fs.ErrNotExist) {
		c.Core = bus.Login{User: "core", Password: rand.Text()}
		c.Wire = bus.Login{User: "wire", Password: rand.Text()}
		c.Reader = bus.Login{User: "reader", Password: rand.Text()}
		return c, c.save()
	}
	if err := errors.Join(errD, errR); err != nil {
		return nil, err
	}
	var d daemonFile
	var r readerFile
	if err := errors.Join(json.Unmarshal(daemon, &d), json.Unmarshal(reader, &r)); err != nil {
		return nil, fmt.Errorf("credentials in %s: %w; remove both files to have new ones made", dir, err)
	}
	c.URL, c.Core, c.Wire, c.Reader = d.URL, d.Core, d.Wire, bus.Login{User: r.User, Password: r.Password}
	return c, nil
}

func (c *Credentials) save() error {
	err := errors.Join(
		writePrivate(filepath.Join(c.dir, "daemon.json"), daemonFile{c.URL, c.Core, c.Wire}),
		writePrivate(filepath.Join(c.dir, "reader.json"), readerFile{c.URL, c.Reader.User, c.Reader.Password, c.Reader.Pin}),
	)
	if err != nil {
		return fmt.Errorf("write credentials: %w", err)
	}
	return nil
}

// writePrivate replaces the file at once: a crash leaves the old one.
func writePrivate(path string, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".creds-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(tmp.Name()) }() // gone already once renamed
	if _, err := tmp.Write(append(data, '\n')); err != nil {
		return errors.Join(err, tmp.Close())
	}
	if err := errors.Join(tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}
