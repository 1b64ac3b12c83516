// Package config reads the configuration file: strictly, with every fault at
// once, each with its place in the file and what was expected there.
//
// Each part of chipwire owns the type of its section; this package is the only
// one that sees them all, and no part can import it.
package config

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chipwire/chipwire/classifier"
	"github.com/chipwire/chipwire/classifier/company"
	"github.com/chipwire/chipwire/classifier/lexicon"
	"github.com/chipwire/chipwire/desk"
	"github.com/chipwire/chipwire/fetcher"
	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/internal/web"
)

// A Config is the whole configuration: one field for each part.
type Config struct {
	DataDir    string            `yaml:"data_dir"`   // where all state lives; [DefaultDataDir] when empty
	NATS       bus.Config        `yaml:"nats"`       // the server: the embedded one, or yours
	Fetcher    fetcher.Config    `yaml:"fetcher"`    // how feeds are polled and pages read
	Feeds      []fetcher.Source  `yaml:"feeds"`      // what is polled
	Classifier classifier.Config `yaml:"classifier"` // what is told
	Companies  []company.Company `yaml:"companies"`  // merged by id onto the built-in registry
	Lexicon    lexicon.Extension `yaml:"lexicon"`    // changes of the built-in lexicon
	Desk       desk.Config       `yaml:"desk"`       // which reports are one deal, and which alerts are told
	Web        web.Config        `yaml:"web"`        // health, metrics, dashboard
	Log        Log               `yaml:"log"`        // what is logged
}

// Log says what is logged.
type Log struct {
	Level slog.Level `yaml:"level"` // debug, info, warn, error
}

// Default is the configuration where a file says nothing.
var Default = Config{
	NATS:       bus.Default,
	Fetcher:    fetcher.Default,
	Classifier: classifier.Default,
	Desk:       desk.Default,
	Web:        web.Default,
}

// Load reads the file at path and the variables of the environment that override
// it. Its error is [Faults], also when there is no such file.
func Load(path string) (Config, error) {
	c, _, err := Open(path)
	return c, err
}

// Open is [Load], and returns the text that was read too.
func Open(path string) (Config, []byte, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Config{}, nil, Faults{{File: path, Text: "cannot be read: " + plainPathError(err)}}
	}
	c, err := Read(path, data)
	return c, data, err
}

// plainPathError leaves the path out, which stands before it anyway.
func plainPathError(err error) string {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		err = p.Err
	}
	return err.Error()
}

// Read reads a configuration and the variables of the environment that override
// it; name stands for the file in the faults.
func Read(name string, data []byte) (Config, error) {
	c, _, err := parse(name, data, os.Environ())
	return c, err
}

// Overrides lists the variables of the environment that override a configuration.
func Overrides(name string, data []byte) ([]Override, error) {
	_, applied, err := parse(name, data, os.Environ())
	return applied, err
}

// Parse reads a configuration as it stands; name stands for the file in the
// faults. Nothing of a faulty configuration is returned.
func Parse(name string, data []byte) (Config, error) {
	c, _, err := parse(name, data, nil)
	return c, err
}

func parse(name string, data []byte, environ []string) (Config, []Override, error) {
	// Most files are good: where each key stands is noted only once there is
	// something to say of it, which costs half as much as all the rest.
	c, applied, faults := decode(name, data, environ, false)
	if len(faults) > 0 {
		_, _, faults = decode(name, data, environ, true)
		return Config{}, nil, faults
	}
	return c, applied, nil
}

func decode(name string, data []byte, environ []string, places bool) (Config, []Override, Faults) {
	c := Default
	d := newDecoding(name)
	if places {
		d.keys, d.values = map[string]place{}, map[string]place{}
	}
	d.parse(data, &c)
	applied := d.overrides(environ, &c)
	d.malformed = len(d.faults)
	d.validate(c)
	slices.SortStableFunc(d.faults, func(a, b Fault) int { return a.Line - b.Line })
	d.faults.quote(data)
	return c, applied, d.faults
}

// validate adds the faults of values that are well-formed and make no sense.
func (d *decoding) validate(c Config) {
	d.section("nats", c.NATS.Validate())
	d.section("fetcher", c.Fetcher.Validate())
	d.section("classifier", c.Classifier.Validate())
	d.section("desk", c.Desk.Validate())
	d.section("web", c.Web.Validate())
	if strings.HasPrefix(c.DataDir, "~") {
		d.follows("data_dir", fmt.Sprintf("%q, want the path of a folder: ~ stands for nothing here", c.DataDir))
	}
	d.feeds(c.Feeds)
	if _, err := c.Registry(); err != nil {
		d.companies(c.Companies, err)
	}
	for i, co := range c.Companies {
		for _, name := range co.Everyday() {
			d.follows(fmt.Sprintf("companies[%d].names.en", i), fmt.Sprintf("%q is an everyday word: want match: cased, cues under needs, or the name under context", name))
		}
	}
	d.section("lexicon", c.Lexicon.Validate())
}

// feeds adds the faults of entries, and of two that are one feed: by their ids, or
// under two ids by an address that both would ask, in the same name.
func (d *decoding) feeds(list []fetcher.Source) {
	ids, addresses := map[string]int{}, map[string]int{}
	for i, s := range list {
		path := fmt.Sprintf("feeds[%d]", i)
		d.section(path, s.Validate())
		if s.URL == "" && s.ID == "" {
			continue
		}
		id, address := s.Feed(0).ID, sameAddress(s.URL)
		if first, twice := ids[id]; twice {
			d.follows(path, fmt.Sprintf("feed %s is there already, as feeds[%d]", id, first))
			continue
		}
		ids[id] = i
		first, twice := addresses[address]
		if twice && s.URL != "" && !s.Disabled && sameAsker(s, list[first]) {
			d.follows(path, fmt.Sprintf("feed %s has the address of feeds[%d], %s: each of its stories would be read twice; keep one", id, first, list[first].Feed(0).ID))
			continue
		}
		if !twice && !s.Disabled {
			addresses[address] = i
		}
	}
}

// sameAsker reports whether two sources of one address get the same document: who
// asks in another name may get another.
func sameAsker(a, b fetcher.Source) bool {
	return maps.Equal(a.Headers, b.Headers) && a.Auth == b.Auth && a.UserAgent == b.UserAgent && a.List == b.List
}

// companies adds the faults of a registry, each at the entry that it names.
func (d *decoding) companies(list []company.Company, err error) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			d.companies(list, e)
		}
		return
	}
	// The company that is named first is the one at fault. It may be a built-in
	// one that clashes with an entry: then the entry is named second.
	text, path, first := err.Error(), "companies", len(err.Error())
	for i, c := range list {
		at := strings.Index(text, fmt.Sprintf("%q", c.ID))
		again := at == first && strings.HasSuffix(text, "given twice")
		if at >= 0 && at < first || again {
			path, first = fmt.Sprintf("companies[%d]", i), at
		}
	}
	d.follows(path, text)
}

// Registry is the built-in registry with the user's companies merged onto it.
func (c Config) Registry() (*company.Registry, error) {
	r, err := company.Default()
	if err != nil || len(c.Companies) == 0 {
		return r, err
	}
	return r.Merge(c.Companies)
}

// Words is the built-in lexicon with the user's changes.
func (c Config) Words() (*lexicon.Lexicon, error) {
	l, err := lexicon.Default()
	if err != nil {
		return nil, err
	}
	return l.Extend(c.Lexicon)
}

// section adds the errors that a part's Validate joined: each begins with the
// key it is about.
func (d *decoding) section(path string, err error) {
	if err == nil {
		return
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			d.section(path, e)
		}
		return
	}
	key, text, ok := strings.Cut(err.Error(), ": ")
	if !ok || strings.ContainsAny(key, " \t") {
		d.follows(path, err.Error())
		return
	}
	d.follows(path+"."+key, text)
}

// ErrNoFile reports that there is no configuration file in any of the usual
// places.
var ErrNoFile = errors.New("no configuration file")

// Find returns the path of the configuration: the given one, else
// ./chipwire.yaml, else chipwire/chipwire.yaml in the user's configuration
// folder (XDG), else /etc/chipwire/chipwire.yaml.
func Find(given string) (string, error) {
	if given != "" {
		return given, nil
	}
	candidates := []string{"chipwire.yaml"}
	if dir, err := os.UserConfigDir(); err == nil {
		candidates = append(candidates, filepath.Join(dir, "chipwire", "chipwire.yaml"))
	}
	candidates = append(candidates, "/etc/chipwire/chipwire.yaml")
	for _, path := range candidates {
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%w: looked for %s; name one with -c, or try `chipwire demo`", ErrNoFile, strings.Join(candidates, ", "))
}

// DefaultDataDir is where state lives when the file does not say: the folder
// that systemd gives ($STATE_DIRECTORY), else chipwire in the XDG state folder.
func DefaultDataDir() (string, error) {
	// systemd gives several folders with colons between.
	if dir, _, _ := strings.Cut(os.Getenv("STATE_DIRECTORY"), ":"); dir != "" {
		return dir, nil
	}
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) { // the XDG rule: a relative one is passed over
		return filepath.Join(dir, "chipwire"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("no data_dir in the configuration, and no home folder: %w", err)
	}
	return filepath.Join(home, ".local", "state", "chipwire"), nil
}
