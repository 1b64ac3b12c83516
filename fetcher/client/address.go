package client

import (
	"context"
	"fmt"
	"net/netip"
	"syscall"
)

// An addressError refuses an address before it is dialled.
type addressError struct {
	addr netip.AddrPort
	what string
}

// Error implements error.
func (e *addressError) Error() string {
	return fmt.Sprintf("address %s not allowed: %s", e.addr, e.what)
}

// guard returns a control func for a dialer that refuses what checkAddress
// refuses. It sees the address that is really dialled, after DNS.
func guard(private bool) func(context.Context, string, string, syscall.RawConn) error {
	return func(_ context.Context, _, address string, _ syscall.RawConn) error {
		addr, err := netip.ParseAddrPort(address)
		if err != nil {
			return fmt.Errorf("address %q: %w", address, err)
		}
		return checkAddress(addr, private)
	}
}

// checkAddress says why addr must not be dialled, nil if it may. private admits
// the addresses of a user's own network, and all ports.
func checkAddress(addr netip.AddrPort, private bool) error {
	what, own := describe(addr.Addr().WithZone(""))
	if what != "" && (!own || !private) {
		return &addressError{addr, what}
	}
	if p := addr.Port(); !private && p < 1024 && p != 80 && p != 443 {
		return &addressError{addr, fmt.Sprintf("port %d is not of the web", p)}
	}
	return nil
}

// A block is a range of special addresses.
type block struct {
	prefix netip.Prefix
	what   string
	own    bool // a user's own network, which allow_private admits
}

func mustBlock(prefix, what string, own bool) block {
	return block{netip.MustParsePrefix(prefix), what, own}
}

// The blocks are in order: the first that holds an address names it.
var blocks4 = []block{
	mustBlock("169.254.169.254/32", "cloud metadata", false),
	mustBlock("100.100.100.200/32", "cloud metadata", false),
	mustBlock("168.63.129.16/32", "cloud metadata", false),
	mustBlock("0.0.0.0/8", "unspecified", false),
	mustBlock("127.0.0.0/8", "loopback", true),
	mustBlock("10.0.0.0/8", "private", true),
	mustBlock("172.16.0.0/12", "private", true),
	mustBlock("192.168.0.0/16", "private", true),
	mustBlock("100.64.0.0/10", "carrier-grade nat", true),
	mustBlock("169.254.0.0/16", "link-local", false),
	mustBlock("192.0.0.0/24", "reserved", false),
	mustBlock("192.0.2.0/24", "documentation", false),
	mustBlock("198.51.100.0/24", "documentation", false),
	mustBlock("203.0.113.0/24", "documentation", false),
	mustBlock("192.88.99.0/24", "6to4 relay", false),
	mustBlock("198.18.0.0/15", "benchmarking", false),
	mustBlock("224.0.0.0/4", "multicast", false),
	mustBlock("240.0.0.0/4", "reserved", false),
}

var blocks6 = []block{
	mustBlock("fd00:ec2::254/128", "cloud metadata", false),
	mustBlock("fd20:ce::254/128", "cloud metadata", false),
	mustBlock("::/128", "unspecified", false),
	mustBlock("::1/128", "loopback", true),
	mustBlock("fc00::/7", "unique local", true),
	mustBlock("fe80::/10", "link-local", false),
	mustBlock("ff00::/8", "multicast", false),
	mustBlock("2001:db8::/32", "documentation", false),
	mustBlock("3fff::/20", "documentation", false),
	mustBlock("2001::/23", "reserved", false), // Teredo, ORCHID, benchmarking
	mustBlock("2000::/3", "", false),          // the global unicast space
	mustBlock("::/0", "reserved", false),
}

// The blocks that carry an IPv4 address, and at which byte. They are ways round
// a check of the outer address, so they count as the inner one at best.
var carriers = []struct {
	prefix netip.Prefix
	what   string
	offset int
}{
	{netip.MustParsePrefix("::ffff:0:0/96"), "ipv4-mapped", 12},
	{netip.MustParsePrefix("64:ff9b::/96"), "nat64", 12},
	{netip.MustParsePrefix("2002::/16"), "6to4", 2},
}

// describe names a special address, "" for a public one, and reports whether it
// can belong to a user's own network.
func describe(addr netip.Addr) (what string, own bool) {
	blocks := blocks4
	if addr.Is6() {
		for _, c := range carriers {
			if c.prefix.Contains(addr) {
				b := addr.As16()
				inner := netip.AddrFrom4([4]byte(b[c.offset : c.offset+4]))
				what, own = describe(inner)
				return c.what + " " + inner.String(), what == "" || own
			}
		}
		blocks = blocks6
	}
	for _, b := range blocks {
		if b.prefix.Contains(addr) {
			return b.what, b.own
		}
	}
	return "", false
}
