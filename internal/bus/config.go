package bus

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/chipwire/chipwire/internal/urls"
	"github.com/chipwire/chipwire/news"
)

// A Config says which server is used: the embedded one, or the operator's.
type Config struct {
	URL      string `yaml:"url"`       // of the operator's server or cluster; empty: the embedded server
	Listen   string `yaml:"listen"`    // where the embedded server listens; port 0: any free one
	MaxStore Size   `yaml:"max_store"` // limit of the embedded server's disk; 0: 16 GiB or 70 % of the free space
	Replicas int    `yaml:"replicas"`  // copies of each stream on the operator's cluster: 1, 3 or 5

	Core Login `yaml:"core"` // of the account for the inside, on the operator's server
	Wire Login `yaml:"wire"` // of the account for the alerts, on the operator's server

	// Of the embedded server alone.
	TLS       TLS       `yaml:"tls"`       // what its listeners show
	Users     []User    `yaml:"users"`     // readers with a password
	WebSocket WebSocket `yaml:"websocket"` // a second listener, for browsers
}

// A TLS names the certificate of a listener, in PEM files.
type TLS struct {
	Cert string `yaml:"cert"` // with its chain
	Key  string `yaml:"key"`  // of the certificate
}

// On reports whether there is a certificate.
func (t TLS) On() bool { return t.Cert != "" }

// A User is a reader of the embedded server who has a password.
type User struct {
	Name         string           `yaml:"name"`          // [a-z0-9-]+; the name of its durable consumer too
	Password     string           `yaml:"password"`      // better in a file
	PasswordFile string           `yaml:"password_file"` // instead of Password
	Companies    []news.CompanyID `yaml:"companies"`     // whose alerts it may read; none: all
}

// A WebSocket is the listener for browsers.
type WebSocket struct {
	Listen  string   `yaml:"listen"`  // empty: none
	Origins []string `yaml:"origins"` // of the pages that may connect, such as https://desk.example
}

// Default is the configuration where a file says nothing.
var Default = Config{Listen: "127.0.0.1:4222", Replicas: 1}

// Validate reports every field whose value makes no sense, not only the first.
func (c Config) Validate() error {
	var errs []error
	if c.URL != "" && !natsURLs(c.URL) {
		errs = append(errs, fmt.Errorf("url: %q, want an address such as nats://127.0.0.1:4222", urls.Shown(c.URL)))
	}
	errs = append(errs, c.listeners()...)
	errs = append(errs, c.users()...)
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

// natsURLs reports whether a text is the address of a server, or several with commas.
func natsURLs(list string) bool {
	for one := range strings.SplitSeq(list, ",") {
		u, err := url.Parse(strings.TrimSpace(one))
		if err != nil || u.Host == "" || !slices.Contains([]string{"nats", "tls", "ws", "wss"}, u.Scheme) {
			return false
		}
	}
	return true
}

// listeners reports what is wrong with where the embedded server listens. Beyond
// loopback it shows a certificate and knows its users by name.
func (c Config) listeners() (errs []error) {
	fault := func(key, format string, args ...any) { errs = append(errs, fmt.Errorf(key+": "+format, args...)) }
	if (c.TLS.Cert == "") != (c.TLS.Key == "") {
		fault("tls", "want both cert and key, or neither")
	}
	check := func(key, listen string) {
		host, _, err := ParseListen(listen)
		if err == nil && !Loopback(host) && !(c.TLS.On() && len(c.Users) > 0) {
			err = fmt.Errorf("%q is beyond loopback and would need TLS and users (nats.tls, nats.users); use 127.0.0.1, or a server of your own by nats.url", listen)
		}
		if err != nil {
			fault(key, "%w", err)
		}
	}
	check("listen", c.Listen)
	if c.WebSocket.Listen == "" {
		return errs
	}
	check("websocket.listen", c.WebSocket.Listen)
	if len(c.WebSocket.Origins) == 0 {
		fault("websocket.origins", "want the origins of the pages that may connect, such as https://desk.example")
	}
	for _, o := range c.WebSocket.Origins {
		if u, err := url.Parse(o); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.Path != "" {
			fault("websocket.origins", "%q, want an origin such as https://desk.example", o)
		}
	}
	return errs
}

// users reports what is wrong with the users of the embedded server.
func (c Config) users() (errs []error) {
	names := map[string]bool{"core": true, "wire": true, "reader": true, "anyone": true}
	for i, u := range c.Users {
		at := fmt.Sprintf("users[%d]", i)
		switch {
		case !news.CompanyID(u.Name).Valid():
			errs = append(errs, fmt.Errorf("%s.name: %q, want a name of a-z, 0-9 and -", at, u.Name))
		case names[u.Name]:
			errs = append(errs, fmt.Errorf("%s.name: %q is taken", at, u.Name))
		}
		names[u.Name] = true
		if (u.Password == "") == (u.PasswordFile == "") {
			errs = append(errs, fmt.Errorf("%s.password: want one of password and password_file", at))
		}
		for _, id := range u.Companies {
			if !id.Valid() {
				errs = append(errs, fmt.Errorf("%s.companies: %q, want ids such as samsung-electronics", at, id))
			}
		}
	}
	return errs
}

// ParseListen reads the address of a listener of the embedded server. A host must
// be named: without one a server listens on every interface.
func ParseListen(listen string) (host string, port int, err error) {
	host, p, err := net.SplitHostPort(listen)
	if err != nil {
		return "", 0, fmt.Errorf("%q, want host:port such as 127.0.0.1:4222", listen)
	}
	port, err = strconv.Atoi(p)
	if err != nil || port < 0 || port > 65535 {
		return "", 0, fmt.Errorf("%q, want a port from 0 to 65535", listen)
	}
	if host == "" {
		return "", 0, fmt.Errorf("%q would listen on every interface; want a host, such as 127.0.0.1:%s", listen, p)
	}
	return host, port, nil
}

// Loopback reports whether only this machine reaches a listener on host.
func Loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Resolve returns the user with the password that a file holds.
func (u User) Resolve() (User, error) {
	l, err := Login{User: u.Name, Password: u.Password, PasswordFile: u.PasswordFile}.Resolve()
	if u.Password, u.PasswordFile = l.Password, ""; err == nil && u.Password == "" {
		err = fmt.Errorf("user %s: the password is empty", u.Name)
	}
	return u, err
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
