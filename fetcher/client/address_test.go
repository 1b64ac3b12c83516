package client

import (
	"net/netip"
	"testing"
)

func TestAsk19Addresses(t *testing.T) {
	const public, own, never = "public", "own", "never"
	for _, tt := range []struct{ name, addr, want string }{
		{"public", "93.184.216.34:443", public},
		{"public on a high port", "93.184.216.34:8080", public},
		{"public v6", "[2606:2800:220:1::1]:443", public},
		{"loopback", "127.0.0.1:80", own},
		{"loopback, far", "127.9.9.9:80", own},
		{"loopback v6", "[::1]:80", own},
		{"private 10", "10.1.2.3:443", own},
		{"private 172.16", "172.31.255.255:443", own},
		{"beside private 172.16", "172.32.0.1:443", public},
		{"private 192.168", "192.168.1.1:80", own},
		{"carrier-grade nat", "100.64.0.1:80", own},
		{"beside carrier-grade nat", "100.128.0.1:80", public},
		{"unique local", "[fd12:3456::1]:80", own},
		{"a port of another service", "93.184.216.34:25", own},
		{"unspecified", "0.0.0.0:80", never},
		{"this network", "0.1.2.3:80", never},
		{"unspecified v6", "[::]:80", never},
		{"link-local", "169.254.1.1:80", never},
		{"link-local v6", "[fe80::1%lo]:80", never},
		{"metadata", "169.254.169.254:80", never},
		{"metadata in carrier-grade nat", "100.100.100.200:80", never},
		{"metadata in the public space", "168.63.129.16:80", never},
		{"metadata in unique local", "[fd00:ec2::254]:80", never},
		{"multicast", "224.0.0.251:80", never},
		{"multicast v6", "[ff02::1]:80", never},
		{"broadcast", "255.255.255.255:80", never},
		{"reserved", "240.0.0.1:80", never},
		{"protocol assignments", "192.0.0.192:80", never},
		{"documentation", "203.0.113.7:80", never},
		{"documentation v6", "[2001:db8::1]:80", never},
		{"documentation v6, new", "[3fff:1::1]:80", never},
		{"benchmarking", "198.19.0.1:80", never},
		{"teredo", "[2001:0:1::1]:80", never},
		{"site-local", "[fec0::1]:80", never},
		{"compatible", "[::7f00:1]:80", never},
		{"local nat64", "[64:ff9b:1::7f00:1]:80", never},
		{"mapped loopback", "[::ffff:127.0.0.1]:80", own},
		{"mapped metadata", "[::ffff:169.254.169.254]:80", never},
		{"mapped public", "[::ffff:93.184.216.34]:80", own},
		{"nat64 of private", "[64:ff9b::10.0.0.1]:80", own},
		{"nat64 of metadata", "[64:ff9b::169.254.169.254]:80", never},
		{"nat64 of public", "[64:ff9b::93.184.216.34]:80", own},
		{"6to4 of private", "[2002:a00:1::1]:80", own},
		{"6to4 of metadata", "[2002:a9fe:a9fe::1]:80", never},
	} {
		t.Run(tt.name, func(t *testing.T) {
			addr := netip.MustParseAddrPort(tt.addr)
			strict, private := checkAddress(addr, false), checkAddress(addr, true)
			got := never
			switch {
			case strict == nil:
				got = public
			case private == nil:
				got = own
			}
			if got != tt.want {
				t.Errorf("%s is %s (%v), want %s", tt.addr, got, strict, tt.want)
			}
			if strict == nil && private != nil {
				t.Errorf("%s: allow_private refuses what is allowed without it: %v", tt.addr, private)
			}
		})
	}
}

func FuzzCheckAddress(f *testing.F) {
	f.Add("127.0.0.1:80")
	f.Add("[::ffff:127.0.0.1]:80")
	f.Fuzz(func(t *testing.T, s string) {
		addr, err := netip.ParseAddrPort(s)
		if err != nil {
			return
		}
		ip := addr.Addr().Unmap()
		bad := ip.IsLoopback() || ip.IsPrivate() || ip.IsMulticast() || ip.IsUnspecified() || ip.IsLinkLocalUnicast()
		if bad && checkAddress(addr, false) == nil {
			t.Errorf("%s is allowed", s)
		}
	})
}
