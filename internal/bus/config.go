package bus

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
)

// A Config says which server is used: the embedded one, or the operator's.
type Config struct {
	URL      string `yaml:"url"`       // of the operator's server or cluster; empty: the embedded server
	Listen   string `yaml:"listen"`    // where the embedded server listens; port 0: any free one
	MaxStore Size   `yaml:"max_store"` // limit of the embedded server's disk; 0: 16 GiB or 70 % of the free space
	Replicas int    `yaml:"replicas"`  // copies of each stream on the operator's cluster: 1, 3 or 5

	Core Login `yaml:"core"` // of the account for the inside, on the operator's server
	Wire Login `yaml:"wire"` // of the account for the alerts, on the operator's server
}

// Default is the configuration where a file says nothing.
var Default = Config{Listen: "127.0.0.1:4222", Replicas: 1}

// Validate reports every field whose value makes no sense, not only the first.
func (c Config) Validate() error {
	var errs []error
	if c.URL != "" {
		if u, err := url.Parse(c.URL); err != nil || u.Host == "" {
			errs = append(errs, fmt.Errorf("url: %q, want an address such as nats://127.0.0.1:4222", c.URL))
		}
	}
	if _, _, err := ParseListen(c.Listen); err != nil {
		errs = append(errs, fmt.Errorf("listen: %w", err))
	}
	if c.MaxStore != 0 {
		if err := (Layout{Store: int64(c.MaxStore)}).Validate(); err != nil {
			errs = append(errs, fmt.Errorf("max_store: %w", err))
		}
	}
	if c.Replicas != 1 && c.Replicas != 3 && c.Replicas != 5 {
		errs = append(errs, fmt.Errorf("replicas: %d, want 1, 3 or 5", c.Replicas))
	}
	return errors.Join(errs...)
}

// ParseListen reads the address of the embedded server's listener. It must be on
// loopback: one beyond it would need TLS and users, which the embedded server
// does not have.
func ParseListen(listen string) (host string, port int, err error) {
	host, p, err := net.SplitHostPort(listen)
	if err != nil {
		return "", 0, fmt.Errorf("%q, want host:port such as 127.0.0.1:4222", listen)
	}
	port, err = strconv.Atoi(p)
	if err != nil || port < 0 || port > 65535 {
		return "", 0, fmt.Errorf("%q, want a port from 0 to 65535", listen)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return "", 0, fmt.Errorf("%q is beyond loopback and would need TLS and users; use 127.0.0.1, or a server of your own by nats.url", listen)
	}
	return host, port, nil
}

// Resolve returns the login with the password that a file holds.
func (l Login) Resolve() (Login, error) {
	if l.PasswordFile == "" {
		return l, nil
	}
	data, err := os.ReadFile(l.PasswordFile)
	if err != nil {
		return l, fmt.Errorf("password of user %s: %w", l.User, err)
	}
	l.Password, l.PasswordFile = strings.TrimSpace(string(data)), ""
	return l, nil
}

// A Size is a number of bytes, written as a number with an optional unit: 512MiB.
type Size int64

var units = []struct {
	name   string
	factor int64
}{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}, {"KB", 1e3}, {"B", 1}, {"", 1}}

// UnmarshalText implements [encoding.TextUnmarshaler].
func (s *Size) UnmarshalText(text []byte) error {
	for _, u := range units {
		digits, ok := strings.CutSuffix(string(text), u.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 64)
		if err != nil || n < 0 || n > (1<<62)/u.factor {
			break
		}
		*s = Size(n * u.factor)
		return nil
	}
	return fmt.Errorf("%q, want a size such as 2GiB", text)
}

// MarshalText implements [encoding.TextMarshaler].
func (s Size) MarshalText() ([]byte, error) {
	for _, u := range units {
		if s != 0 && int64(s)%u.factor == 0 {
			return []byte(strconv.FormatInt(int64(s)/u.factor, 10) + u.name), nil
		}
	}
	return []byte("0"), nil
}
