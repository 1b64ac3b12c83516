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

	TLS       bus.TLS       // of both listeners
	Users     []bus.User    // readers beside those that are made at the first start
	WebSocket bus.WebSocket // off where its Listen is empty
}

// config is what of the options the configuration file checks too.
func (o Options) config() bus.Config {
	return bus.Config{Listen: o.Listen, Replicas: 1, TLS: o.TLS, Users: o.Users, WebSocket: o.WebSocket}
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
	if err := o.config().Validate(); err != nil {
		return nil, fmt.Errorf("nats.%w", err)
	}
	if o.MaxStore == 0 {
		var err error
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
	creds.Core.Pin, creds.Wire.Pin, creds.Reader.Pin = o.TLS.Cert, o.TLS.Cert, o.TLS.Cert
	opts, err := serverOptions(o, creds)
	if err != nil {
		return nil, err
	}
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
	if o.WebSocket.Listen != "" {
		s.log.Info("browsers may read", "websocket", s.WebSocketURL(), "origins", o.WebSocket.Origins)
	}
	creds.URL = s.URL()
	if err := creds.save(); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// serverOptions is the configuration of the server.
func serverOptions(o Options, creds *Credentials) (*server.Options, error) {
	opts := &server.Options{}
	if err := opts.ProcessConfigString(accountsConfig(creds)); err != nil {
		return nil, fmt.Errorf("configure the nats server: %w", err)
	}
	var err error
	if opts.Host, opts.Port, err = listenOn("nats.listen", o.Listen); err != nil {
		return nil, err
	}
	opts.ServerName = "chipwire"
	opts.JetStream = true
	opts.StoreDir = filepath.Join(o.DataDir, "nats")
	opts.SyncAlways = true
	opts.JetStreamMaxStore = o.MaxStore
	opts.NoSigs = true
	if o.TLS.On() {
		if opts.TLSConfig, err = server.GenTLSConfig(&server.TLSConfigOpts{CertFile: o.TLS.Cert, KeyFile: o.TLS.Key, Timeout: tlsTimeout}); err != nil {
			return nil, fmt.Errorf("nats.tls: %w", err)
		}
		opts.TLS, opts.TLSTimeout = true, tlsTimeout
	}
	if o.WebSocket.Listen != "" {
		ws := &opts.Websocket
		if ws.Host, ws.Port, err = listenOn("nats.websocket.listen", o.WebSocket.Listen); err != nil {
			return nil, err
		}
		ws.AllowedOrigins, ws.TLSConfig, ws.NoTLS = o.WebSocket.Origins, opts.TLSConfig, opts.TLSConfig == nil
	}
	return opts, addReaders(opts, o.Users, creds)
}

// tlsTimeout is how long a handshake may take, in seconds.
const tlsTimeout = 5

// listenOn returns the address for the server, once nobody else is there.
func listenOn(key, listen string) (host string, port int, err error) {
	if host, port, err = bus.ParseListen(listen); err != nil {
		return "", 0, fmt.Errorf("%s: %w", key, err)
	}
	if port == 0 {
		return host, server.RANDOM_PORT, nil
	}
	return host, port, checkPort(key, host, port)
}

// URL is where clients on this machine connect, with the port in use.
func (s *Server) URL() string {
	host, port, err := net.SplitHostPort(s.srv.Addr().String())
	if ip := net.ParseIP(host); err == nil && ip.IsUnspecified() {
		host = "127.0.0.1" // also where the system names it [::]
	}
	return "nats://" + net.JoinHostPort(host, port)
}

// WebSocketURL is where browsers connect, "" when they cannot.
func (s *Server) WebSocketURL() string {
	return s.srv.WebsocketURL()
}

// Store is the limit of the store in bytes.
func (s *Server) Store() int64 { return s.store }

// Connect opens the daemon's two connections, inside the process.
func (s *Server) Connect(log *slog.Logger) (core, wire *nats.Conn, err error) {
	coreLogin, wireLogin := s.creds.Core, s.creds.Wire
	coreLogin.Pin, wireLogin.Pin = "", "" // no wire, no TLS
	core, err = bus.Connect(s.URL(), "chipwire core", coreLogin, log, nats.InProcessServer(s.srv))
	if err != nil {
		return nil, nil, err
	}
	wire, err = bus.Connect(s.URL(), "chipwire wire", wireLogin, log, nats.InProcessServer(s.srv), nats.CustomInboxPrefix(bus.DaemonInbox))
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
func checkPort(key, host string, port int) error {
	addr := net.JoinHostPort(host, strconv.Itoa(port))
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%s %s: %w: another chipwire or NATS server runs there; stop it, choose another port, or set port 0", key, addr, ErrPortTaken)
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w", key, addr, err)
	}
	return l.Close()
}

// ErrOpen reports a file with a secret that others may read.
var ErrOpen = errors.New("others could read it")

// readPrivate reads a file that holds a secret and refuses one that others may read.
func readPrivate(path string) ([]byte, error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if st.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("credentials %s: mode %04o: %w; chmod 600 it, or remove both files of the folder to have new ones made", path, st.Mode().Perm(), ErrOpen)
	}
	return os.ReadFile(path)
}
