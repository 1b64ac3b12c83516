// Package web is the daemon's HTTP side: whether it lives and whether it is
// ready, with the reasons why not; its metrics; and its profiles, for whoever
// works on the same machine.
package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"syscall"
	"time"
)

// Config says where the daemon answers HTTP.
type Config struct {
	Listen string `yaml:"listen"` // host:port; port 0: any free one; empty: nowhere
}

// Default is the configuration where a file says nothing.
var Default = Config{Listen: "127.0.0.1:8080"}

// Validate reports every field whose value makes no sense.
func (c Config) Validate() error {
	if c.Listen == "" {
		return nil
	}
	_, port, err := net.SplitHostPort(c.Listen)
	if n, bad := strconv.Atoi(port); err != nil || bad != nil || n < 0 || n > 65535 {
		return fmt.Errorf("listen: %q, want host:port such as 127.0.0.1:8080, or \"\" for none", c.Listen)
	}
	return nil
}

// ErrPortTaken reports that another process listens where this one should.
var ErrPortTaken = errors.New("port is taken")

// A Server answers on one listener.
type Server struct {
	listener net.Listener
	deps     Deps
}

// Deps are what a [Server] shows.
type Deps struct {
	// Reasons says why the daemon is not ready, nothing when it is. It is called
	// for each request and must be quick.
	Reasons func() []string
	Metrics http.Handler // answers /metrics; nil: nobody does
}

// Listen takes the port.
func Listen(cfg Config, deps Deps) (*Server, error) {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", cfg.Listen)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("web.listen %s: %w: stop who listens there, choose another port, or set \"\" for none", cfg.Listen, ErrPortTaken)
	}
	if err != nil {
		return nil, fmt.Errorf("web.listen: %w", err)
	}
	return &Server{listener: l, deps: deps}, nil
}

// URL is where the server answers, with the port in use.
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() }

// Close gives the port back. It is for a Server whose Run was never called.
func (s *Server) Close() { _ = s.listener.Close() }

// Run answers until ctx is done.
func (s *Server) Run(ctx context.Context) error {
	srv := &http.Server{Handler: s.routes(), ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute}
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		stopped <- srv.Shutdown(grace)
	})
	err := srv.Serve(s.listener)
	if stop() { // it ended by itself
		return fmt.Errorf("web: %w", err)
	}
	if <-stopped != nil {
		_ = srv.Close() // a client that does not let go is cut off
	}
	return ctx.Err()
}

// routes are all that the server answers.
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", s.ready)
	mux.HandleFunc("GET /healthz", s.ready)
	if s.deps.Metrics != nil {
		mux.Handle("GET /metrics", s.deps.Metrics)
	}
	mux.Handle("GET /debug/pprof/", localOnly(profiles()))
	return mux
}

// readiness is the answer of /readyz.
type readiness struct {
	Ready   bool     `json:"ready"`
	Reasons []string `json:"reasons"` // why not
}

func (s *Server) ready(w http.ResponseWriter, _ *http.Request) {
	r := readiness{Reasons: s.deps.Reasons()}
	r.Ready = len(r.Reasons) == 0
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if !r.Ready {
		w.WriteHeader(http.StatusServiceUnavailable)
	} else {
		r.Reasons = []string{}
	}
	_ = json.NewEncoder(w).Encode(r) // a client that went away needs no answer
}
