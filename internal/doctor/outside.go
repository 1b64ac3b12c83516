package doctor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/http/httpproxy"
	"golang.org/x/sync/errgroup"

	"github.com/chipwire/chipwire/config"
	"github.com/chipwire/chipwire/fetcher"
	"github.com/chipwire/chipwire/internal/bus"
)

// look is how long one look outside may take.
const look = 15 * time.Second

// server looks at NATS: whether it answers, holds the streams, and has messages
// that were given up.
func server(ctx context.Context, d Deps, running bool) []Finding {
	where := d.Config.NATS.URL
	if where == "" {
		if !running {
			return []Finding{{"nats", Good, "inside the daemon, which does not run", ""}}
		}
		where = "inside the daemon"
	}
	b, err := d.Connect()
	if err != nil {
		return []Finding{{"nats", Bad, err.Error(), "start the server, and compare nats.url, the users and their passwords (deploy/nats)"}}
	}
	defer b.Close()
	ctx, cancel := context.WithTimeout(ctx, look)
	defer cancel()
	s, err := b.Status(ctx)
	if err != nil {
		return []Finding{{"nats", Bad, fmt.Sprintf("%s: %v", where, err), "JetStream must be on in both accounts; the streams are made when the daemon starts first"}}
	}
	list := []Finding{{"nats", Good, fmt.Sprintf("%s: %s", where, sizes(s)), ""}}
	for _, q := range s.Queues {
		if q.Waiting > 1000 {
			list = append(list, Finding{"queue " + q.Consumer, Warn, fmt.Sprintf("%d messages of %s wait", q.Waiting, q.Stream), "does a node with that role run? `journalctl -u chipwire`"})
		}
	}
	if leases, err := b.Leases(ctx, ""); err == nil {
		if keys, err := leases.Holders(ctx, bus.ConfigLease); err == nil {
			list = append(list, judgeNodes(keys)...)
		}
	}
	for _, stream := range []string{bus.Items, bus.Articles, bus.Findings} {
		if n := s.Dead[stream]; n > 0 {
			list = append(list, Finding{"dead letters", Warn, fmt.Sprintf("%d messages of %s were given up", n, stream), "the log says why (message given up); report it with one of them"})
		}
	}
	return list
}

// judgeNodes compares the configurations that nodes say they run: each has a copy
// of the file of its own.
func judgeNodes(keys map[string]string) []Finding {
	hashes, nodes := map[string]bool{}, []string{}
	for key := range keys {
		node, hash, _ := strings.Cut(strings.TrimPrefix(key, bus.ConfigLease), "/")
		hashes[hash] = true
		nodes = append(nodes, node+" "+hash)
	}
	slices.Sort(nodes)
	switch {
	case len(nodes) < 2:
		return nil
	case len(hashes) > 1:
		return []Finding{{"nodes", Warn, "they run different configurations: " + strings.Join(nodes, ", "), "bring the same file to each of them, but for data_dir and listeners: which feeds are polled depends on the node"}}
	}
	return []Finding{{"nodes", Good, fmt.Sprintf("%d, with one configuration", len(nodes)), ""}}
}

func sizes(s bus.Status) string {
	var parts []string
	for _, st := range s.Streams {
		parts = append(parts, fmt.Sprintf("%s %d", st.Name, st.Messages))
	}
	return strings.Join(parts, ", ")
}

// sampled are the feeds that are asked: spread over the file, each of another
// host.
func sampled(all []fetcher.Source) []fetcher.Source {
	var on []fetcher.Source
	hosts := map[string]bool{}
	for _, s := range all {
		u, err := url.Parse(s.URL)
		if err != nil || s.Disabled || hosts[u.Host] {
			continue
		}
		hosts[u.Host] = true
		on = append(on, s)
	}
	var list []fetcher.Source
	for i := range min(sample, len(on)) {
		list = append(list, on[i*len(on)/min(sample, len(on))])
	}
	return list
}

// names looks whether the hosts of the sample are found.
func names(ctx context.Context, cfg config.Config) []Finding {
	ctx, cancel := context.WithTimeout(ctx, look)
	defer cancel()
	var failed, fine []string
	start := time.Now()
	for _, s := range sampled(cfg.Feeds) {
		u, err := url.Parse(s.URL)
		if err != nil || net.ParseIP(u.Hostname()) != nil {
			continue
		}
		if _, err := net.DefaultResolver.LookupHost(ctx, u.Hostname()); err != nil {
			failed = append(failed, u.Hostname())
			continue
		}
		fine = append(fine, u.Hostname())
	}
	return judgeNames(fine, failed, time.Since(start))
}

func judgeNames(fine, failed []string, took time.Duration) []Finding {
	switch {
	case len(fine)+len(failed) == 0:
		return nil
	case len(fine) == 0:
		return []Finding{{"dns", Bad, "not found: " + strings.Join(failed, ", "), "no name is found: look at /etc/resolv.conf and at the network; behind a proxy this may be as it should"}}
	case len(failed) > 0:
		return []Finding{{"dns", Warn, "not found: " + strings.Join(failed, ", "), "these sites may be gone; the name server answers for others"}}
	case took/time.Duration(len(fine)) > time.Second:
		return []Finding{{"dns", Warn, fmt.Sprintf("%d names found, %v each", len(fine), (took / time.Duration(len(fine))).Round(time.Millisecond)), "slow: run a caching name server on this machine"}}
	}
	return []Finding{{"dns", Good, fmt.Sprintf("%d names found", len(fine)), ""}}
}

// proxies looks by which proxies requests go, and whether they answer.
func proxies(ctx context.Context, cfg config.Config) []Finding {
	env := httpproxy.FromEnvironment()
	seen := []string{cfg.Fetcher.Proxy}
	if cfg.Fetcher.Proxy == "" {
		seen = []string{env.HTTPProxy, env.HTTPSProxy}
	}
	slices.Sort(seen)
	var list []Finding
	for _, setting := range slices.Compact(seen) {
		switch setting {
		case "":
		case "direct":
			list = append(list, Finding{"proxy", Good, "none: fetcher.proxy says direct", ""})
		default:
			list = append(list, proxy(ctx, setting))
		}
	}
	if len(list) == 0 {
		list = append(list, Finding{"proxy", Good, "none", ""})
	}
	return list
}

// proxy looks whether one proxy takes connections.
func proxy(ctx context.Context, setting string) Finding {
	if !strings.Contains(setting, "://") {
		setting = "http://" + setting // as the environment may have it
	}
	u, err := url.Parse(setting)
	if err != nil || u.Host == "" {
		return Finding{"proxy", Bad, "its address cannot be read", "set fetcher.proxy, or HTTPS_PROXY, to a URL such as http://proxy.example:3128"}
	}
	addr := u.Host
	if u.Port() == "" {
		addr = net.JoinHostPort(u.Hostname(), map[string]string{"https": "443", "socks5": "1080", "socks5h": "1080"}[u.Scheme])
		if u.Scheme == "http" {
			addr = net.JoinHostPort(u.Hostname(), "80")
		}
	}
	ctx, cancel := context.WithTimeout(ctx, look)
	defer cancel()
	c, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return Finding{"proxy", Bad, fmt.Sprintf("%s: %v", u.Redacted(), err), "no feed can be asked: start it, or set fetcher.proxy to another, or to direct"}
	}
	_ = c.Close()
	return Finding{"proxy", Good, u.Redacted() + ": takes connections", ""}
}

// feeds asks the sample once, and compares clocks on the way.
func feeds(ctx context.Context, d Deps) (list []Finding, offsets []time.Duration) {
	chosen := sampled(d.Config.Feeds)
	found := make([]Finding, len(chosen))
	off := make([]*time.Duration, len(chosen))
	var g errgroup.Group
	for i, s := range chosen {
		g.Go(func() error {
			decision := d.Probe(ctx, s)
			found[i] = judgeFeed(decision)
			if r := decision.Answer.Response; r != nil {
				if date, err := http.ParseTime(r.Header.Get("Date")); err == nil && r.Header.Get("Age") == "" {
					d := r.HeadersAt.Sub(date)
					off[i] = &d
				}
			}
			return nil
		})
	}
	_ = g.Wait() // no look fails: a fault is a finding
	for i, f := range found {
		if off[i] != nil {
			offsets = append(offsets, *off[i])
		}
		list = append(list, f)
	}
	return list, offsets
}

func judgeFeed(d fetcher.Decision) Finding {
	f := Finding{"feed " + d.Feed.ID, Good, fmt.Sprintf("%s, %d items", d.Health.Status, len(d.Answer.Document.Items)), ""}
	if d.Health.Status == fetcher.StatusOK {
		return f
	}
	f.State, f.Found, f.Advice = Warn, d.Health.Status+": "+d.Health.Note, d.Health.Advice
	if d.Answer.Err != nil && errors.Is(d.Answer.Err, context.Canceled) {
		f.Found = "not asked: interrupted"
	}
	return f
}
