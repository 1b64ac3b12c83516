package embed

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"

	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/news"
)

// worksOn has the daemon's two connections make the streams and store something
// in each account.
func worksOn(t *testing.T, url string, core, wire bus.Login) {
	t.Helper()
	b := connectTo(t, url, core, wire)
	if err := b.Put(t.Context(), bus.Outgoing{Subject: "findings", ID: "1", Value: "x"}); err != nil {
		t.Error(err)
	}
	if err := b.Tell(t.Context(), bus.Outgoing{Subject: "ops.feed.x.broken", ID: "1", Value: "x"}); err != nil {
		t.Error(err)
	}
	wantMessages(t, b.Core(), bus.Findings, 1)
	wantMessages(t, b.Wire(), bus.Ops, 1)
}

// A server of the operator's that asks for client certificates: nats.core.ca, cert
// and key.
func TestOwnServerOverTLS(t *testing.T) {
	pair := certificate(t)
	opts, err := server.ProcessConfigFile("../../../deploy/nats/server.conf")
	if err != nil {
		t.Fatal(err)
	}
	opts.TLS, opts.TLSVerify = true, true
	opts.TLSConfig, err = server.GenTLSConfig(&server.TLSConfigOpts{CertFile: pair.Cert, KeyFile: pair.Key, CaFile: pair.Cert, Verify: true})
	if err != nil {
		t.Fatal(err)
	}
	url := runServer(t, opts)
	login := func(user string) bus.Login {
		return bus.Login{User: user, Password: "change-me-" + user, CA: pair.Cert, Cert: pair.Cert, Key: pair.Key}
	}
	worksOn(t, url, login("core"), login("wire"))
	for name, l := range map[string]bus.Login{
		"no certificate": {User: "core", Password: "change-me-core", CA: pair.Cert},
		"no authority":   {User: "core", Password: "change-me-core", Cert: pair.Cert, Key: pair.Key},
	} {
		if err := refused(url, l); err == nil {
			t.Errorf("%s: let in", name)
		}
	}
}

// A server that knows its users by nkeys: nats.core.nkey.
func TestOwnServerWithNKeys(t *testing.T) {
	dir := t.TempDir()
	opts := &server.Options{}
	login := map[string]bus.Login{}
	var conf strings.Builder
	for _, name := range []string{"CORE", "WIRE"} {
		public, seed := newKey(t, nkeys.CreateUser)
		path := filepath.Join(dir, name+".nk")
		if err := os.WriteFile(path, seed, 0o600); err != nil {
			t.Fatal(err)
		}
		login[name] = bus.Login{NKey: path}
		conf.WriteString(name + " {jetstream: enabled, users: [{nkey: " + public + "}]}\n")
	}
	if err := opts.ProcessConfigString("accounts {\n" + conf.String() + "}\n"); err != nil {
		t.Fatal(err)
	}
	url := runServer(t, opts)
	worksOn(t, url, login["CORE"], login["WIRE"])
	_, stranger := newKey(t, nkeys.CreateUser)
	path := filepath.Join(dir, "stranger.nk")
	if err := os.WriteFile(path, stranger, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := refused(url, bus.Login{NKey: path}); err == nil {
		t.Error("a stranger is let in")
	}
	if err := refused(url, bus.Login{NKey: filepath.Join(dir, "missing")}); err == nil || !strings.Contains(err.Error(), "missing") {
		t.Errorf("a seed that is not there: %v", err)
	}
}

// A server that trusts an operator, whose accounts and users have JWTs:
// nats.core.creds.
func TestOwnServerWithCredentialsFiles(t *testing.T) {
	url, creds := runOperator(t)
	worksOn(t, url, bus.Login{Creds: creds["CORE"]}, bus.Login{Creds: creds["WIRE"]})
	if err := refused(url, bus.Login{User: "core", Password: "x"}); err == nil {
		t.Error("a password is taken")
	}
}

// runOperator runs a server that trusts an operator, and returns the credentials
// files of a user in each account, and of a user of one company in WIRE.
func runOperator(t *testing.T) (url string, creds map[string]string) {
	t.Helper()
	dir := t.TempDir()
	operator := newSigner(t, nkeys.CreateOperator)
	accounts := map[string]signer{"SYS": newSigner(t, nkeys.CreateAccount), "CORE": newSigner(t, nkeys.CreateAccount), "WIRE": newSigner(t, nkeys.CreateAccount)}
	resolver := &server.MemAccResolver{}
	creds = map[string]string{}
	user := func(name string, account signer, p *server.Permissions) {
		s := newSigner(t, nkeys.CreateUser)
		uc := jwt.NewUserClaims(s.public)
		if p != nil {
			uc.Pub.Allow.Add(p.Publish.Allow...)
			uc.Sub.Allow.Add(p.Subscribe.Allow...)
		}
		data, err := jwt.FormatUserConfig(encode(t, uc, account), s.seed)
		if err != nil {
			t.Fatal(err)
		}
		creds[name] = filepath.Join(dir, name+".creds")
		if err := os.WriteFile(creds[name], data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, account := range accounts {
		ac := jwt.NewAccountClaims(account.public)
		ac.Name = name
		if name != "SYS" {
			ac.Limits.JetStreamLimits = jwt.JetStreamLimits{MemoryStorage: -1, DiskStorage: -1, Streams: -1, Consumer: -1}
		}
		if err := resolver.Store(account.public, encode(t, ac, operator)); err != nil {
			t.Fatal(err)
		}
		user(name, account, nil)
	}
	user("samsung-desk", accounts["WIRE"], companyPermissions("samsung-desk", []news.CompanyID{"samsung-electronics"}))
	oc := jwt.NewOperatorClaims(operator.public)
	oc.SystemAccount = accounts["SYS"].public
	signed, err := jwt.DecodeOperatorClaims(encode(t, oc, operator))
	if err != nil {
		t.Fatal(err)
	}
	return runServer(t, &server.Options{TrustedOperators: []*jwt.OperatorClaims{signed}, AccountResolver: resolver, SystemAccount: oc.SystemAccount}), creds
}

// refused is the error of a connection that is to be refused, nil if it is not.
func refused(url string, l bus.Login) error {
	nc, err := bus.Connect(url, "stranger", l, quietLog, noRetry)
	if err == nil {
		nc.Close()
	}
	return err
}

// A signer is a key pair of nkeys.
type signer struct {
	pair   nkeys.KeyPair
	public string
	seed   []byte
}

func newSigner(t *testing.T, create func() (nkeys.KeyPair, error)) signer {
	t.Helper()
	pair, err := create()
	if err != nil {
		t.Fatal(err)
	}
	public, err := pair.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	seed, err := pair.Seed()
	if err != nil {
		t.Fatal(err)
	}
	return signer{pair, public, seed}
}

func newKey(t *testing.T, create func() (nkeys.KeyPair, error)) (public string, seed []byte) {
	t.Helper()
	s := newSigner(t, create)
	return s.public, s.seed
}

func encode(t *testing.T, c jwt.Claims, by signer) string {
	t.Helper()
	text, err := c.Encode(by.pair)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
