// Package embed runs the NATS server inside the chipwire process: two accounts,
// credentials of their own, file storage in the data folder. It is the only
// package that links the server, so that a program which only subscribes does not.
//
// Each setting that looks odd answers a trap that was measured: an unset host
// listens on every interface, a taken port only shows in the server's log, an
// acknowledgement means "in the page cache" unless every write is synced, and a
// full disk is silence instead of an error unless the store has a limit.
package embed

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/chipwire/chipwire/internal/bus"
)

// Options say where the server listens and keeps its files.
type Options struct {
	DataDir  string // its store is the folder nats in it, its credentials the folder creds
	Listen   string // host:port; port 0 takes any free one
	MaxStore int64  // limit of the store in bytes; 0: [DefaultMaxStore]
}

// DefaultMaxStore is the disk limit where none is configured: 16 GiB, or 70 %
// of the space that was free at the first start where that is less. It is kept
// in a file of the data folder, and only ever grows: the store counts as used
// space, and a limit below what its streams reserve could not be opened.
func DefaultMaxStore(dir string) (int64, error) {
	limit := int64(16 << 30)
	var free syscall.Statfs_t
	if err := syscall.Statfs(dir, &free); err == nil {
		limit = min(limit, int64(float64(free.Bavail)*float64(free.Bsize)*0.7))
	}
	path := filepath.Join(dir, "max_store")
	if data, err := os.ReadFile(path); err == nil {
		if before, err := strconv.ParseInt(strings.TrimSpace(string(data)), 10, 64); err == nil && before >= limit {
			return before, nil
		}
	}
	if err := os.WriteFile(path, []byte(strconv.FormatInt(limit, 10)+"\n"), 0o600); err != nil {
		return 0, fmt.Errorf("data_dir: %w", err)
	}
	return limit, nil
}

// A Server is a running NATS server.
type Server struct {
	srv   *server.Server
	creds *Credentials
	store int64
	log   *slog.Logger
}

// Start brings the server up and returns when it takes connections.
func Start(o Options, log *slog.Logger) (*Server, error) {
	host, port, err := bus.ParseListen(o.Listen)
	if err != nil {
		return nil, fmt.Errorf("nats.listen %w", err)
	}
	if port == 0 {
		port = server.RANDOM_PORT
	}
	if o.MaxStore == 0 {
		if o.MaxStore, err = DefaultMaxStore(o.DataDir); err != nil {
			return nil, err
		}
	}
	if err := (bus.Layout{Store: o.MaxStore}).Validate(); err != nil {
		return nil, err
	}
	creds, err := loadCredentials(filepath.Join(o.DataDir, "creds"))
	if err != nil {
		return nil, err
	}
	if err := checkPort(host, port); err != nil {
		return nil, err
	}
	opts := &server.Options{}
	if err := opts.ProcessConfigString(serverConfig(creds)); err != nil {
		return nil, fmt.Errorf("configure the nats server: %w", err)
	}
	opts.ServerName = "chipwire"
	opts.Host, opts.Port = host, port
	opts.JetStream = true
	opts.StoreDir = filepath.Join(o.DataDir, "nats")
	opts.SyncAlways = true
	opts.JetStreamMaxStore = o.MaxStore
	opts.NoSigs = true

	srv, err := server.NewServer(opts)
	if err != nil {
		return nil, fmt.Errorf("nats server: %w", err)
	}
	s := &Server{srv: srv, creds: creds, store: o.MaxStore, log: log.With("stage", "nats")}
	logger := &serverLog{log: s.log}
	srv.SetLoggerV2(logger, false, false, false)
	srv.Start()
	if !srv.ReadyForConnections(20 * time.Second) {
		srv.Shutdown()
		return nil, fmt.Errorf("nats server on %s does not start, with a disk limit of %d MiB (nats.max_store): %s", o.Listen, o.MaxStore>>20, logger.lastError())
	}
	creds.URL = s.URL()
	if err := creds.save(); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// URL is where clients connect, with the port in use.
func (s *Server) URL() string {
	return "nats://" + s.srv.Addr().String()
}

// Store is the limit of the store in bytes.
func (s *Server) Store() int64 { return s.store }

// Connect opens the daemon's two connections, inside the process.
func (s *Server) Connect(log *slog.Logger) (core, wire *nats.Conn, err error) {
	core, err = bus.Connect(s.URL(), "chipwire core", s.creds.Core, log, nats.InProcessServer(s.srv))
	if err != nil {
		return nil, nil, err
	}
	wire, err = bus.Connect(s.URL(), "chipwire wire", s.creds.Wire, log, nats.InProcessServer(s.srv), nats.CustomInboxPrefix(bus.DaemonInbox))
	if err != nil {
		core.Close()
		return nil, nil, err
	}
	return core, wire, nil
}

// Close stops the server and returns when its files are closed.
func (s *Server) Close() {
	s.srv.Shutdown()
	s.srv.WaitForShutdown()
}

// ErrPortTaken reports that another process listens where this server should.
var ErrPortTaken = errors.New("port is taken")

// checkPort asks before the server does, because the server would only log it.
func checkPort(host string, port int) error {
	if port == server.RANDOM_PORT {
		return nil
	}
	addr := net.JoinHostPort(host, strconv.Itoa(port))
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("nats.listen %s: %w: another chipwire or NATS server runs there; stop it, choose another port, or set port 0", addr, ErrPortTaken)
	}
	if err != nil {
		return fmt.Errorf("nats.listen %s: %w", addr, err)
	}
	return l.Close()
}

// serverConfig is the part of the configuration that has no option field: the
// accounts, their users and what the reader may do.
func serverConfig(c *Credentials) string {
	var b strings.Builder
	user := func(l bus.Login, rest string) {
		fmt.Fprintf(&b, "{user: %q, password: %q%s}\n", l.User, l.Password, rest)
	}
	b.WriteString("accounts {\nCORE {\njetstream: enabled\nusers: [\n")
	user(c.Core, "")
	b.WriteString("]}\nWIRE {\njetstream: enabled\nusers: [\n")
	user(c.Wire, "")
	user(c.Reader, ", permissions: "+readerPermissions())
	b.WriteString("]}\n}\n")
	// Whoever can reach loopback may read the wire, so that `nats sub` just works.
	fmt.Fprintf(&b, "no_auth_user: %q\n", c.Reader.User)
	return b.String()
}

// readerPermissions lets a reader subscribe to alerts, replay them and keep
// consumers of its own, and do nothing else.
//
// It must not reach a second stream of the account: a push consumer delivers
// past its maker's right to publish, and the server refuses only a delivery
// subject of the consumer's own stream. A reader of OPS could so store what it
// likes under a subject of ALERTS.
func readerPermissions() string {
	publish := []string{"$JS.API.INFO", "$JS.API.STREAM.NAMES", "$JS.API.STREAM.LIST", "$JS.FC.>"}
	for _, verb := range []string{
		"STREAM.INFO.%s", "STREAM.MSG.GET.%s", "DIRECT.GET.%s", "DIRECT.GET.%s.>",
		"CONSUMER.CREATE.%s", "CONSUMER.CREATE.%s.>", "CONSUMER.DURABLE.CREATE.%s.>",
		"CONSUMER.INFO.%s.>", "CONSUMER.NAMES.%s", "CONSUMER.LIST.%s", "CONSUMER.MSG.NEXT.%s.>",
	} {
		publish = append(publish, "$JS.API."+fmt.Sprintf(verb, bus.Alerts))
	}
	publish = append(publish, "$JS.ACK."+bus.Alerts+".>")
	subscribe := []string{"alerts.>", "review.>", "_INBOX.>"}
	return fmt.Sprintf("{publish: {allow: [%s]}, subscribe: {allow: [%s]}}", quoted(publish), quoted(subscribe))
}

func quoted(list []string) string {
	q := make([]string, len(list))
	for i, s := range list {
		q[i] = strconv.Quote(s)
	}
	return strings.Join(q, ", ")
}

// readPrivate reads a file that holds a secret and refuses one that others may read.
func readPrivate(path string) ([]byte, error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if st.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("credentials %s: mode %04o, want 0600: others could read it", path, st.Mode().Perm())
	}
	return os.ReadFile(path)
}
