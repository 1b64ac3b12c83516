package embed

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/chipwire/chipwire/internal/bus"
)

// certificate writes a certificate for loopback and its key.
func certificate(t *testing.T) bus.TLS {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	pair := bus.TLS{Cert: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem")}
	for path, block := range map[string]*pem.Block{pair.Cert: {Type: "CERTIFICATE", Bytes: der}, pair.Key: {Type: "EC PRIVATE KEY", Bytes: keyDER}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return pair
}

// Beyond loopback a server shows its certificate and takes nobody without a name;
// the daemon and the commands on its machine reach it all the same.
func TestListenerBeyondLoopback(t *testing.T) {
	pair := certificate(t)
	quiet := slog.New(slog.DiscardHandler)
	dir := t.TempDir()
	s, err := Start(Options{DataDir: dir, Listen: "0.0.0.0:0", MaxStore: store, TLS: pair, Users: deskUsers}, quiet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	core, wire, err := s.Connect(quiet)
	if err != nil {
		t.Fatal(err)
	}
	setUp(t, core, wire)
	for name, opts := range map[string][]nats.Option{
		"nobody":                        {nats.RootCAs(pair.Cert)},
		"anyone":                        {nats.RootCAs(pair.Cert), nats.UserInfo("anyone", "")},
		"a wrong password":              {nats.RootCAs(pair.Cert), nats.UserInfo("samsung-desk", "n")},
		"a user who trusts others":      {nats.UserInfo("samsung-desk", "s")},
		"the reader without its secret": {nats.RootCAs(pair.Cert), nats.UserInfo("reader", "")},
	} {
		if nc, err := nats.Connect(s.URL(), opts...); err == nil {
			nc.Close()
			t.Errorf("%s is let in", name)
		}
	}
	nc, err := nats.Connect(s.URL(), nats.RootCAs(pair.Cert), nats.UserInfo("samsung-desk", "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	if !nc.TLSRequired() {
		t.Error("the connection is in the clear")
	}
	// Commands on this machine find the daemon's logins in its data folder.
	at, coreLogin, _, err := Daemon(dir)
	if err != nil {
		t.Fatal(err)
	}
	inside, err := bus.Connect(at, "command", coreLogin, quiet, nats.RetryOnFailedConnect(false))
	if err != nil {
		t.Fatal(err)
	}
	inside.Close()
	coreLogin.Pin = certificate(t).Cert
	if nc, err := bus.Connect(at, "command", coreLogin, quiet, nats.RetryOnFailedConnect(false)); err == nil || !strings.Contains(err.Error(), "does not show the certificate") {
		nc.Close()
		t.Errorf("a server with another certificate: %v", err)
	}
}

// A browser must come from an allowed page and must log in; without the listener
// there is nothing to come to.
func TestWebSocketListener(t *testing.T) {
	s, _ := startWith(t, Options{Users: deskUsers, WebSocket: bus.WebSocket{Listen: "127.0.0.1:0", Origins: []string{"https://desk.example"}}})
	for _, tt := range []struct{ name, origin, login, want string }{
		{"a page that is allowed", "https://desk.example", `,"user":"samsung-desk","pass":"s"`, "PONG"},
		{"another page", "https://evil.example", `,"user":"samsung-desk","pass":"s"`, "403"},
		{"the right host in the clear", "http://desk.example", `,"user":"samsung-desk","pass":"s"`, "403"},
		{"nobody", "https://desk.example", "", "Authorization Violation"},
		{"anyone", "https://desk.example", `,"user":"anyone","pass":""`, "Authorization Violation"},
		{"a wrong password", "https://desk.example", `,"user":"samsung-desk","pass":"x"`, "Authorization Violation"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := browse(t, s.WebSocketURL(), tt.origin, tt.login); !strings.Contains(got, tt.want) {
				t.Errorf("the server says %q, want %q", got, tt.want)
			}
		})
	}
	plain, _ := startWith(t, Options{})
	if nc, err := nats.Connect(plain.URL()); err != nil {
		t.Errorf("off: %v", err)
	} else {
		nc.Close()
	}
	if u := plain.WebSocketURL(); u != "" && !strings.HasSuffix(u, ":0") {
		t.Errorf("off: the server says it listens at %s", u)
	}
}

// browse does what a browser does: an upgrade that names the page, then the login.
// It returns what the server says to that.
func browse(t *testing.T, at, origin, login string) string {
	t.Helper()
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	context.AfterFunc(ctx, func() { _ = conn.Close() })
	fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nOrigin: %s\r\n\r\n", u.Host, origin)
	in := bufio.NewReader(conn)
	answer, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode != http.StatusSwitchingProtocols {
		return answer.Status
	}
	hello := []byte(`CONNECT {"verbose":false,"protocol":1` + login + "}\r\nPING\r\n")
	frame := []byte{0x82, 0x80 | 126, byte(len(hello) >> 8), byte(len(hello)), 0, 0, 0, 0} // masked with zeros
	if _, err := conn.Write(append(frame, hello...)); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	for !strings.Contains(said.String(), "PONG") && !strings.Contains(said.String(), "-ERR") {
		line, err := in.ReadString('\n')
		said.WriteString(line)
		if err != nil {
			break
		}
	}
	return said.String()
}
