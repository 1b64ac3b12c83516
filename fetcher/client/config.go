package client

import (
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"
)

// A Config says how politely and how carefully a [Client] asks. Configs are
// meant to be decoded onto [Default].
type Config struct {
	HostGap         time.Duration `yaml:"host_gap"`         // least time between two starts at one host; 0 for none
	HostConcurrency int           `yaml:"host_concurrency"` // requests in flight at one host
	AllowPrivate    bool          `yaml:"allow_private"`    // loopback and private addresses, and any port of theirs, may be asked
	UserAgent       string        `yaml:"user_agent"`       // a name that site owners can look up
	Robots          bool          `yaml:"robots"`           // robots.txt is obeyed for pages
	RobotsStrict    bool          `yaml:"robots_strict"`    // a robots.txt that answers 401 or 403 forbids everything
	Proxy           string        `yaml:"proxy"`            // http, https or socks5 URL; "": as the environment says; direct: none

	Timeout       time.Duration `yaml:"-"` // of one request, redirects included, waiting for a turn not
	HeaderTimeout time.Duration `yaml:"-"` // of one answer's headers, once the request is sent
	MaxBytes      int64         `yaml:"-"` // of one body on the wire
	MaxDecoded    int64         `yaml:"-"` // of one body after decompression
}

// Default is the configuration of a polite client on the open internet.
var Default = Config{
	HostGap:         2 * time.Second,
	HostConcurrency: 1,
	UserAgent:       "chipwire/" + version() + " (+https://github.com/chipwire/chipwire)",
	Robots:          true,
	Timeout:         20 * time.Second,
	HeaderTimeout:   15 * time.Second,
	MaxBytes:        4 << 20,
	MaxDecoded:      16 << 20,
}

// version is the module version that the binary was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "dev"
	}
	return strings.TrimPrefix(info.Main.Version, "v")
}

// Validate reports every field whose value makes no sense, not only the first.
func (c Config) Validate() error {
	var errs []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	check(c.HostGap >= 0, "host_gap: %v, want 0s or more", c.HostGap)
	check(c.HostConcurrency >= 1, "host_concurrency: %d, want 1 or more", c.HostConcurrency)
	check(strings.TrimSpace(c.UserAgent) != "", "user_agent: empty, want a name that site owners can look up")
	check(printable(c.UserAgent), "user_agent: %q, want printable ASCII", c.UserAgent)
	if err := checkProxy(c.Proxy); err != nil {
		errs = append(errs, err)
	}
	check(c.Timeout > 0, "timeout: %v, want more than 0s", c.Timeout)
	check(c.HeaderTimeout > 0, "header_timeout: %v, want more than 0s", c.HeaderTimeout)
	check(c.MaxBytes > 0, "max_bytes: %d, want 1 or more", c.MaxBytes)
	check(c.MaxDecoded >= c.MaxBytes, "max_decoded: %d, want at least max_bytes, %d", c.MaxDecoded, c.MaxBytes)
	return errors.Join(errs...)
}

// printable reports whether s can stand in a header.
func printable(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) < 0
}

// orDefault fills the fields whose zero value cannot be meant.
func (c Config) orDefault() Config {
	if c.HostConcurrency == 0 {
		c.HostConcurrency = Default.HostConcurrency
	}
	if c.UserAgent == "" {
		c.UserAgent = Default.UserAgent
	}
	if c.Timeout == 0 {
		c.Timeout = Default.Timeout
	}
	if c.HeaderTimeout == 0 {
		c.HeaderTimeout = Default.HeaderTimeout
	}
	if c.MaxBytes == 0 {
		c.MaxBytes = Default.MaxBytes
	}
	if c.MaxDecoded == 0 {
		c.MaxDecoded = max(Default.MaxDecoded, c.MaxBytes)
	}
	return c
}
