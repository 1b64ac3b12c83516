package websub

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"

	"golang.org/x/net/netutil"
)

// A Message is what a hub has to say to the callback of a feed.
type Message struct {
	Kind        Kind
	Token       string // of the callback that it came to
	At          time.Time
	Lease       time.Duration // of Confirmed
	Reason      string        // of Denied and Hint
	Body        []byte        // of Content
	ContentType string        // of Content
}

// A Kind is the sort of a [Message].
type Kind string

// The kinds.
const (
	Confirmed Kind = "confirmed" // the hub verified the subscription and grants a lease
	Denied    Kind = "denied"    // there is none, or none any more
	Content   Kind = "content"   // a signed push
	Hint      Kind = "hint"      // a push without proof: the feed may have changed
)

// A Desk is whom a [Server] works for.
type Desk struct {
	// Find returns the subscription of a feed. It fails with [ErrUnknown] or
	// [ErrElsewhere].
	Find func(ctx context.Context, feed string) (Subscription, error)
	// Tell takes a message. It must not wait: the hub gets its answer after it.
	Tell func(feed string, m Message)

	MaxBytes int64 // of a push; a longer one is a hint
	Log      *slog.Logger
}

// Errors of [Desk.Find].
var (
	ErrUnknown   = errors.New("no such feed")
	ErrElsewhere = errors.New("another node holds the feed now")
)

// ErrPortTaken reports that another process listens where this one should.
var ErrPortTaken = errors.New("port is taken")

// Bounds of what strangers can use up: the listener may be open to all.
const (
	maxConnections = 256
	maxReading     = 8 // pushes that are read at once
	maxHeaders     = 16 << 10
	requestTime    = 20 * time.Second
)

// A Server answers hubs at the callbacks.
type Server struct {
	listener net.Listener
	callback string
	reading  chan struct{}
}

// Listen takes the port.
func Listen(cfg Config) (*Server, error) {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", cfg.Listen)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("fetcher.websub.listen %s: %w: stop who listens there, choose another port, or set \"\" for no WebSub", cfg.Listen, ErrPortTaken)
	}
	if err != nil {
		return nil, fmt.Errorf("fetcher.websub.listen: %w", err)
	}
	s := &Server{listener: l, callback: cfg.Callback, reading: make(chan struct{}, maxReading)}
	if s.callback == "" {
		s.callback = "http://" + l.Addr().String()
	}
	return s, nil
}

// Callback is the base of the callbacks.
func (s *Server) Callback() string { return s.callback }

// Close gives the port back. It is for a Server whose Run was never called.
func (s *Server) Close() { _ = s.listener.Close() }

// Run answers until ctx is done.
func (s *Server) Run(ctx context.Context, d Desk) error {
	srv := &http.Server{
		Handler: s.handler(d), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: requestTime, WriteTimeout: requestTime,
		IdleTimeout: requestTime, MaxHeaderBytes: maxHeaders, ErrorLog: slog.NewLogLogger(d.Log.Handler(), slog.LevelDebug),
	}
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		stopped <- srv.Shutdown(grace)
	})
	err := srv.Serve(netutil.LimitListener(s.listener, maxConnections))
	if stop() { // it ended by itself
		return fmt.Errorf("websub: %w", err)
	}
	if <-stopped != nil {
		_ = srv.Close() // a hub that does not let go is cut off
	}
	return ctx.Err()
}

// handler finds the subscription that the last two parts of the path name,
// whatever a proxy has put before them.
func (s *Server) handler(d Desk) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
		if len(parts) < 2 {
			http.NotFound(w, r)
			return
		}
		feed, token := parts[len(parts)-2], parts[len(parts)-1]
		sub, err := d.Find(r.Context(), feed)
		known := sub.Token != "" && subtle.ConstantTimeCompare([]byte(sub.Token), []byte(token)) == 1
		switch {
		case err != nil && !errors.Is(err, ErrUnknown):
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		case r.Method == http.MethodGet && known:
			verify(w, r, d, feed, sub)
		case r.Method == http.MethodPost && known:
			s.push(w, r, d, feed, sub)
		case r.Method == http.MethodPost:
			w.WriteHeader(http.StatusGone) // a hub may forget it then
		default:
			http.NotFound(w, r)
		}
	})
}

// verify answers a hub that asks whether a subscription is wanted.
func verify(w http.ResponseWriter, r *http.Request, d Desk, feed string, sub Subscription) {
	now := time.Now()
	v := sub.Verify(r.URL.Query(), now)
	switch {
	case !v.OK:
		d.Log.Warn("hub not confirmed", "feed", feed, "url", sub.Hub, "why", v.Why)
		http.NotFound(w, r)
	case v.Denied:
		d.Tell(feed, Message{Kind: Denied, Token: sub.Token, At: now, Reason: v.Reason})
		w.WriteHeader(http.StatusOK)
	default:
		d.Tell(feed, Message{Kind: Confirmed, Token: sub.Token, At: now, Lease: v.Lease})
		w.Header().Set("Content-Type", "text/plain; charset=utf-8") // it must not be taken for a page
		w.Header().Set("X-Content-Type-Options", "nosniff")
		_, _ = io.WriteString(w, v.Challenge) // a hub that went away asks again
	}
}

// push takes a delivery. What it proves to be is decided here, because the body
// of one that proves nothing is not kept; the hub is told that it has arrived
// either way (W5, W6).
func (s *Server) push(w http.ResponseWriter, r *http.Request, d Desk, feed string, sub Subscription) {
	select {
	case s.reading <- struct{}{}:
		defer func() { <-s.reading }()
	case <-time.After(requestTime / 4):
		http.Error(w, "busy", http.StatusServiceUnavailable)
		return
	case <-r.Context().Done():
		return
	}
	now := time.Now()
	m := Message{Kind: Content, Token: sub.Token, At: now, ContentType: r.Header.Get("Content-Type")}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, d.MaxBytes))
	var long *http.MaxBytesError
	proof, why := Judge(sub.Secret, r.Header.Get("X-Hub-Signature"), body)
	switch coding := r.Header.Get("Content-Encoding"); {
	case errors.As(err, &long):
		m.Kind, m.Reason = Hint, fmt.Sprintf("a push of more than %d bytes", d.MaxBytes)
	case err != nil:
		http.Error(w, "cut", http.StatusBadRequest)
		return
	case proof == Forged:
		d.Log.Warn("push ignored", "feed", feed, "url", sub.Hub, "why", why)
		w.WriteHeader(http.StatusAccepted)
		return
	case proof == Unsigned:
		m.Kind, m.Reason = Hint, why
	case coding != "" && !strings.EqualFold(coding, "identity"):
		m.Kind, m.Reason = Hint, "a push in the coding "+plain(coding)
	default:
		m.Body = body
	}
	d.Tell(feed, m)
	w.WriteHeader(http.StatusAccepted)
}
