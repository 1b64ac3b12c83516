package client

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpproxy"

	"github.com/chipwire/chipwire/internal/urls"
)

// noProxy is the value of Config.Proxy that passes over the environment.
const noProxy = "direct"

// A proxyFunc names the proxy of a URL, nil for none.
type proxyFunc func(*url.URL) (*url.URL, error)

// proxyOf returns which proxy a configuration asks by: its own, else that of the
// environment, whose NO_PROXY holds for both. It is nil where there is none.
func proxyOf(setting string) proxyFunc {
	env := httpproxy.FromEnvironment()
	if setting == noProxy || setting == "" && env.HTTPProxy == "" && env.HTTPSProxy == "" {
		return nil
	}
	if setting != "" {
		env.HTTPProxy, env.HTTPSProxy = setting, setting
	}
	return env.ProxyFunc()
}

// checkProxy says what is wrong with a proxy as configured. It never repeats
// the whole value, which may hold a password.
func checkProxy(setting string) error {
	if setting == "" || setting == noProxy {
		return nil
	}
	u, err := url.Parse(setting)
	if err != nil || u.Hostname() == "" {
		return fmt.Errorf("proxy: %q, want a URL such as http://proxy.example:3128", urls.Shown(setting))
	}
	switch u.Scheme {
	case "http", "https", "socks5", "socks5h":
		return nil
	}
	return fmt.Errorf("proxy: scheme %q, want http, https or socks5", u.Scheme)
}

// checkTarget checks every address that u's host has. A name that is not found
// here may be one that only the proxy can look up, unless it is of a private
// network.
func (c *Client) checkTarget(ctx context.Context, u *url.URL) error {
	number, err := strconv.ParseUint(port(u), 10, 16)
	if err != nil {
		return &Error{Status: StatusURL, Err: fmt.Errorf("port %q", u.Port())}
	}
	host := u.Hostname()
	addrs, err := c.lookup(ctx, "ip", host)
	if err != nil {
		if ctx.Err() != nil {
			return err
		}
		if !c.cfg.AllowPrivate && privateHost(strings.ToLower(host)) {
			return &Error{Status: StatusAddress, Err: fmt.Errorf("%s is by its name in a private network", host)}
		}
		return nil
	}
	for _, addr := range addrs {
		if err := checkAddress(netip.AddrPortFrom(addr, uint16(number)), c.cfg.AllowPrivate); err != nil {
			return err
		}
	}
	return nil
}

// viaProxy returns a transport like t that asks by the proxies of proxy. Their
// addresses are the operator's choice and not checked.
func viaProxy(t *http.Transport, proxy proxyFunc) *http.Transport {
	p := t.Clone()
	p.DialContext = (&net.Dialer{Timeout: dialTimeout, KeepAlive: keepAlive}).DialContext
	p.Proxy = func(r *http.Request) (*url.URL, error) {
		if err := once(r); err != nil {
			return nil, err
		}
		return proxy(r.URL)
	}
	p.OnProxyConnectResponse = func(_ context.Context, _ *url.URL, _ *http.Request, resp *http.Response) error {
		if resp.StatusCode == http.StatusOK {
			return nil
		}
		return &Error{Status: StatusProxy, Code: resp.StatusCode, Err: errors.New("the proxy does not connect to the site")}
	}
	return p
}

// isProxy knows the errors on the way to a proxy.
func isProxy(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && (op.Op == "proxyconnect" || strings.HasPrefix(op.Op, "socks"))
}
