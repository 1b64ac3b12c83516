// Package bus connects the stages of chipwire to NATS: the connections to the
// two accounts, the streams and buckets, publishing with acknowledgement,
// consuming with heartbeats, and leases.
//
// CORE holds the inside (items, articles, findings, the buckets); WIRE holds
// what readers may see (alerts, operations notices). Every name, limit and
// order of writes is in docs/subjects.md and docs/design.md. The server itself,
// where it runs in this process, is in package embed: a program that only
// subscribes does not link it.
package bus

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.opentelemetry.io/otel/trace"
)

// DaemonInbox is the prefix of the inboxes of the daemon's connection to WIRE.
// Readers may subscribe to every inbox of the usual prefix.
const DaemonInbox = "_DAEMON"

// A Bus is the pair of connections that the daemon works with.
type Bus struct {
	core, wire     *nats.Conn
	coreJS, wireJS jetstream.JetStream
	replicas       int // of streams and buckets, since Setup
	log            *slog.Logger
	tracer         trace.Tracer // nil: nothing is noted
}

// New returns a Bus over two connections, to the CORE and to the WIRE account.
// It owns both: [Bus.Close] closes them.
func New(core, wire *nats.Conn, log *slog.Logger) (*Bus, error) {
	coreJS, err := jetstream.New(core, jetstream.WithPublishAsyncTimeout(ackTimeout))
	if err != nil {
		return nil, fmt.Errorf("jetstream of the core account: %w", err)
	}
	wireJS, err := jetstream.New(wire)
	if err != nil {
		return nil, fmt.Errorf("jetstream of the wire account: %w", err)
	}
	return &Bus{core: core, wire: wire, coreJS: coreJS, wireJS: wireJS, log: log.With("stage", "bus")}, nil
}

// Core is the JetStream context of the inside.
func (b *Bus) Core() jetstream.JetStream { return b.coreJS }

// Wire is the JetStream context of what readers see.
func (b *Bus) Wire() jetstream.JetStream { return b.wireJS }

// Connected reports whether both connections are up.
func (b *Bus) Connected() bool { return b.core.IsConnected() && b.wire.IsConnected() }

// Used is how many bytes the streams of both accounts take on disk.
func (b *Bus) Used(ctx context.Context) (uint64, error) {
	core, err := b.coreJS.AccountInfo(ctx)
	if err != nil {
		return 0, fmt.Errorf("usage of the core account: %w", err)
	}
	wire, err := b.wireJS.AccountInfo(ctx)
	if err != nil {
		return 0, fmt.Errorf("usage of the wire account: %w", err)
	}
	return core.Store + wire.Store, nil
}

// Close drains nothing: every publisher has waited for its acknowledgement.
func (b *Bus) Close() {
	b.wire.Close()
	b.core.Close()
}

// A Login says how to reach one account of a server: by one of password,
// credentials file and nkey, over TLS where the server asks for it.
type Login struct {
	User         string `json:"user,omitempty" yaml:"user"`         // with a password
	Password     string `json:"password,omitempty" yaml:"password"` // better in a file
	PasswordFile string `json:"-" yaml:"password_file"`             // instead of Password; see [Login.Resolve]
	Creds        string `json:"creds,omitempty" yaml:"creds"`       // path of a NATS credentials file
	NKey         string `json:"nkey,omitempty" yaml:"nkey"`         // path of a file with an nkey seed

	CA   string `json:"ca,omitempty" yaml:"ca"`     // path of the certificates that the server's is checked against
	Cert string `json:"cert,omitempty" yaml:"cert"` // path of the client's certificate
	Key  string `json:"key,omitempty" yaml:"key"`   // path of its key

	// Pin is the path of the one certificate that the server may show: how
	// commands on this machine know the embedded server, by whatever name.
	Pin string `json:"pin,omitempty" yaml:"-"`
}

// options are what a connection needs of the login.
func (l Login) options() ([]nats.Option, error) {
	var opts []nats.Option
	switch {
	case l.Creds != "":
		opts = append(opts, nats.UserCredentials(l.Creds))
	case l.NKey != "":
		opt, err := nats.NkeyOptionFromSeed(l.NKey)
		if err != nil {
			return nil, fmt.Errorf("nkey %s: %w", l.NKey, err)
		}
		opts = append(opts, opt)
	case l.User != "":
		opts = append(opts, nats.UserInfo(l.User, l.Password))
	}
	if l.CA != "" {
		opts = append(opts, nats.RootCAs(l.CA))
	}
	if l.Cert != "" {
		opts = append(opts, nats.ClientCert(l.Cert, l.Key))
	}
	if l.Pin != "" {
		cfg, err := pinned(l.Pin)
		if err != nil {
			return nil, err
		}
		opts = append(opts, nats.Secure(cfg))
	}
	return opts, nil
}

// pinned takes the one certificate that a file begins with, whatever its name and
// whoever signed it.
func pinned(path string) (*tls.Config, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("certificate of the server: %w", err)
	}
	block, _ := pem.Decode(data)
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, fmt.Errorf("certificate of the server: %s is no PEM certificate", path)
	}
	return &tls.Config{
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: true, // in favour of the comparison below
		VerifyConnection: func(s tls.ConnectionState) error {
			if len(s.PeerCertificates) == 0 || !bytes.Equal(s.PeerCertificates[0].Raw, block.Bytes) {
				return fmt.Errorf("the server does not show the certificate of %s", path)
			}
			return nil
		},
	}, nil
}

// Connect opens a connection that never gives up: when the server is away it is
// tried again with a growing pause, and log says so once a change. name shows
// in the server's list of connections.
func Connect(url, name string, login Login, log *slog.Logger, opts ...nats.Option) (*nats.Conn, error) {
	log = log.With("stage", "bus", "connection", name)
	all := []nats.Option{
		nats.Name(name),
		nats.RetryOnFailedConnect(true),
		nats.MaxReconnects(-1),
		nats.CustomReconnectDelay(func(attempts int) time.Duration { return Backoff(attempts, 250*time.Millisecond, 8*time.Second) }),
		nats.ConnectHandler(func(*nats.Conn) { log.Debug("nats connected") }),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				log.Warn("nats is away: retrying", "err", err)
			}
		}),
		nats.ReconnectHandler(func(c *nats.Conn) { log.Info("nats is back", "url", c.ConnectedUrlRedacted()) }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { log.Warn("nats reports an error", "err", err) }),
	}
	own, err := login.options()
	if err != nil {
		return nil, err
	}
	all = append(all, own...)
	nc, err := nats.Connect(url, append(all, opts...)...)
	if err != nil {
		return nil, fmt.Errorf("connect to nats %s: %w", url, err)
	}
	return nc, nil
}

// Backoff is the pause before try number n, 1 for the first: it doubles from
// first up to limit.
func Backoff(n int, first, limit time.Duration) time.Duration {
	d := first
	for range max(n-1, 0) {
		if d >= limit {
			break
		}
		d *= 2
	}
	return min(d, limit)
}

// Conflict reports whether err says that something was written since it was
// read. A replicated stream has a code of its own for that.
func Conflict(err error) bool {
	const replicated jetstream.ErrorCode = 10164
	var api *jetstream.APIError
	return errors.Is(err, jetstream.ErrKeyExists) ||
		errors.As(err, &api) && (api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence || api.ErrorCode == replicated)
}

// Unavailable reports whether err says that NATS cannot be reached or cannot
// answer now, so that the same call may succeed later unchanged.
func Unavailable(err error) bool {
	for _, e := range []error{
		nats.ErrConnectionClosed, nats.ErrConnectionDraining, nats.ErrDisconnected, nats.ErrNoServers,
		nats.ErrTimeout, nats.ErrNoResponders, nats.ErrReconnectBufExceeded, nats.ErrStaleConnection,
		jetstream.ErrNoStreamResponse, jetstream.ErrNoHeartbeat, jetstream.ErrTooManyStalledMsgs, jetstream.ErrAsyncPublishTimeout,
		context.DeadlineExceeded,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	var api *jetstream.APIError
	return errors.As(err, &api) && api.Code == 503
}
