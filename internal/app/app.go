// Package app puts the stages together and runs them: it is the only place where
// they meet.
//
// The way of a story: the fetcher polls feeds into ITEMS and reads pages into
// ARTICLES, the classifier judges each article into FINDINGS, the desk joins the
// findings to events and tells subscribers on ALERTS. Each stage takes a
// message, does its work, stores what follows from it, and only then
// acknowledges, so that a crash between any two steps leaves repeated work at
// worst.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/chipwire/chipwire/classifier"
	"github.com/chipwire/chipwire/config"
	"github.com/chipwire/chipwire/desk"
	"github.com/chipwire/chipwire/fetcher"
	"github.com/chipwire/chipwire/fetcher/client"
	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/internal/bus/embed"
	"github.com/chipwire/chipwire/internal/web"
	"github.com/chipwire/chipwire/news"
	"github.com/chipwire/chipwire/publisher"
)

// A Role is a part of the work that a node may take.
type Role string

// The roles.
const (
	Fetch    Role = "fetch"
	Classify Role = "classify"
	Desk     Role = "desk"
	Web      Role = "web"

	// Poll is Fetch without the reading of pages: what it stores in ITEMS waits
	// there until a node with Fetch holds the partition.
	Poll Role = "poll"
)

// Roles lists the roles that make up a whole node.
var Roles = []Role{Fetch, Classify, Desk, Web}

// ParseRoles reads a comma-separated list of roles.
func ParseRoles(s string) ([]Role, error) {
	var roles []Role
	for part := range strings.SplitSeq(s, ",") {
		r := Role(strings.TrimSpace(part))
		if !slices.Contains(Roles, r) && r != Poll {
			return nil, fmt.Errorf("role %q, want some of fetch,classify,desk,web, or poll", part)
		}
		roles = append(roles, r)
	}
	return roles, nil
}

// Ready says where a running daemon can be reached.
type Ready struct {
	NATS  string // URL for clients
	Web   string // URL of the HTTP side, "" where there is none
	Feeds int    // feeds that are polled
}

// An App is a configured daemon.
type App struct {
	cfg     config.Config
	roles   []Role
	log     *slog.Logger
	onReady func(Ready)
	built   func()
	file    string // of the configuration; "": none is watched
	text    []byte // of it, that cfg was read from
	level   *slog.LevelVar
	hangup  <-chan os.Signal

	classifier atomic.Pointer[classifier.Classifier]
	desk       sitting
	fetcher    *fetcher.Fetcher // nil without a role that has one
	turning    turning
	room       func(path string) (Room, error)
	diskLook   time.Duration
	short      atomic.Pointer[string] // what there is too little of
	registry   *prometheus.Registry
	metrics    *Metrics
	watch      Watch
	version    string
	proofs     []proof // that the work goes on
}

// Options vary how an App runs.
type Options struct {
	Roles   []Role // none: all
	Log     *slog.Logger
	OnReady func(Ready) // called once all stages have started; may be nil
	Built   func()      // called once all is built, before the work begins; may be nil
	Version string      // of this build, for the metrics
	Watch   Watch       // how a service manager looks after the daemon

	File   string           // the configuration's, watched and read again; "": nothing is reloaded
	Text   []byte           // of the file, that the configuration was read from
	Level  *slog.LevelVar   // of Log, set by a reload; may be nil
	Hangup <-chan os.Signal // each has the file read again; may be nil
}

// NewClassifier returns the classifier that cfg describes.
func NewClassifier(cfg config.Config) (*classifier.Classifier, error) {
	registry, err := cfg.Registry()
	if err != nil {
		return nil, err
	}
	lex, err := cfg.Words()
	if err != nil {
		return nil, err
	}
	return classifier.New(cfg.Classifier, registry, lex)
}

// New returns an App. All that can be wrong with the configuration is found
// here; nothing is started.
func New(cfg config.Config, o Options) (*App, error) {
	c, err := NewClassifier(cfg)
	if err != nil {
		return nil, err
	}
	if cfg.DataDir == "" {
		if cfg.DataDir, err = config.DefaultDataDir(); err != nil {
			return nil, err
		}
	}
	a := &App{cfg: cfg, roles: o.Roles, log: o.Log, onReady: o.OnReady, built: o.Built, file: o.File, text: o.Text, level: o.Level, hangup: o.Hangup, registry: prometheus.NewRegistry(), watch: o.Watch, version: o.Version}
	a.classifier.Store(c)
	a.room, a.diskLook = diskRoom, diskLook
	a.turning.cfg = cfg
	a.desk.cfg = cfg.Desk
	a.turning.last.Store(time.Now().UnixNano())
	a.metrics = NewMetrics(a.registry, o.Version)
	a.metrics.reloads.of = a.Reloads
	if len(a.roles) == 0 {
		a.roles = Roles
	}
	if a.onReady == nil {
		a.onReady = func(Ready) {}
	}
	return a, nil
}

// Run starts the daemon and works until ctx is done; it returns when everything
// has stopped.
func (a *App) Run(ctx context.Context) error {
	dir, err := openDataDir(a.cfg.DataDir)
	if err != nil {
		return err
	}
	defer dir.close()

	conns, err := a.connect(dir)
	if err != nil {
		return err
	}
	defer conns.close()
	b, err := bus.New(conns.core, conns.wire, a.log)
	if err != nil {
		return err
	}
	tracer, flush, err := tracing(ctx, a.version)
	if err != nil {
		return err
	}
	defer flush()
	b.Traced(tracer.Tracer("github.com/chipwire/chipwire"))
	a.metrics.queues.watch(b, a.log)
	defer a.metrics.queues.watch(nil, nil)
	if err := a.setup(ctx, b, conns.store); err != nil {
		return err
	}
	var stages []stage
	err = bus.Retry(ctx, a.log, func(context.Context) (err error) {
		stages, err = a.stages(ctx, b, dir.node)
		return err
	})
	if err != nil {
		return err
	}
	if conns.server != nil {
		a.proofs = append(a.proofs, serverAnswers(b))
	}
	ready := Ready{NATS: conns.url, Feeds: a.polled()}
	if slices.Contains(a.roles, Web) && a.cfg.Web.Listen != "" {
		w, err := web.Listen(a.cfg.Web, web.Deps{
			Reasons: func() []string { return a.reasons(b) },
			Metrics: promhttp.HandlerFor(a.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, ErrorHandling: promhttp.ContinueOnError}),
		})
		if err != nil {
			return err
		}
		ready.Web = w.URL()
		stages = append([]stage{{"web", w.Run}}, stages...)
	}
	stages = append(stages, stage{"announce", func(ctx context.Context) error { return a.announce(ctx, b, dir.node) }})
	if a.fetcher != nil && conns.server != nil {
		stages = append(stages, stage{"disk", func(ctx context.Context) error { return a.watchDisk(ctx, b, conns.store) }})
	}
	if a.file != "" {
		stages = append(stages, stage{"config", func(ctx context.Context) error { return a.watchConfig(ctx, b, dir.node) }})
	}
	if a.built != nil {
		a.built()
	}
	return a.runStages(ctx, stages, ready)
}

// reasons says why the daemon is not ready.
func (a *App) reasons(b *bus.Bus) (why []string) {
	if !b.Connected() {
		why = append(why, "nats is away: polling pauses, and goes on by itself")
	}
	if short := shortOf(&a.short); short != "" {
		why = append(why, short)
	}
	return why
}

func (a *App) polled() (n int) {
	for _, s := range a.cfg.Feeds {
		if !s.Disabled {
			n++
		}
	}
	return n
}

// connections are the way to NATS, and the server if it is ours.
type connections struct {
	core, wire *nats.Conn
	url        string
	store      int64 // limit of the embedded server's store, 0 for another server
	server     *embed.Server
}

func (c *connections) close() {
	c.wire.Close()
	c.core.Close()
	if c.server != nil {
		c.server.Close()
	}
}

// connect starts the embedded server, or goes to the operator's.
func (a *App) connect(dir *dataDir) (*connections, error) {
	cfg := a.cfg.NATS
	if cfg.URL == "" {
		server, err := embed.Start(embed.Options{
			DataDir: dir.path, Listen: cfg.Listen, MaxStore: int64(cfg.MaxStore), TLS: cfg.TLS, Users: cfg.Users, WebSocket: cfg.WebSocket,
		}, a.log)
		if err != nil {
			return nil, err
		}
		core, wire, err := server.Connect(a.log)
		if err != nil {
			server.Close()
			return nil, err
		}
		return &connections{core: core, wire: wire, url: server.URL(), store: server.Store(), server: server}, nil
	}
	coreLogin, errC := cfg.Core.Resolve()
	wireLogin, errW := cfg.Wire.Resolve()
	if err := errors.Join(errC, errW); err != nil {
		return nil, err
	}
	core, err := bus.Connect(cfg.URL, "chipwire core", coreLogin, a.log)
	if err != nil {
		return nil, err
	}
	wire, err := bus.Connect(cfg.URL, "chipwire wire", wireLogin, a.log, nats.CustomInboxPrefix(bus.DaemonInbox))
	if err != nil {
		core.Close()
		return nil, err
	}
	return &connections{core: core, wire: wire, url: cfg.URL}, nil
}

// setup makes the streams and buckets. While the server is away it goes on
// trying: a daemon that started before its cluster must not need a second start.
func (a *App) setup(ctx context.Context, b *bus.Bus, store int64) error {
	return bus.Retry(ctx, a.log, func(ctx context.Context) error {
		return b.Setup(ctx, bus.Layout{Store: store, Replicas: a.cfg.NATS.Replicas})
	})
}

// stages returns the parts of the work in the order in which they start: those
// that take before those that bring.
func (a *App) stages(ctx context.Context, b *bus.Bus, node string) ([]stage, error) {
	var list []stage
	computing := newComputing()
	if slices.Contains(a.roles, Desk) {
		pub, err := publisher.New(ctx, b.Wire())
		if err != nil {
			return nil, err
		}
		book, err := b.Core().KeyValue(ctx, bus.EventsBucket)
		if err != nil {
			return nil, fmt.Errorf("bucket %s: %w", bus.EventsBucket, err)
		}
		deps := desk.Deps{Store: desk.NewBucketStore(book), Publish: pub.Publish, Log: a.log, Metrics: a.metrics.desk}
		deps.Reread = func(ctx context.Context, it news.Item) error { return fetcher.Revisit(ctx, b, it) }
		list = append(list, stage{"desk", func(ctx context.Context) error { return runDesk(ctx, b, node, deps, &a.desk, a.metrics.deskHeld) }})
	}
	if slices.Contains(a.roles, Classify) {
		list = append(list, stage{"classifier", func(ctx context.Context) error { return runClassifier(ctx, b, &a.classifier, computing, a.metrics) }})
	}
	if reads := slices.Contains(a.roles, Fetch); reads || slices.Contains(a.roles, Poll) {
		feeds, err := b.Core().KeyValue(ctx, bus.FeedsBucket)
		if err != nil {
			return nil, fmt.Errorf("bucket %s: %w", bus.FeedsBucket, err)
		}
		cfg := a.cfg.Fetcher
		cfg.PollOnly = !reads
		f, err := fetcher.New(cfg, a.cfg.Feeds, fetcher.Deps{
			Bus: b, Store: fetcher.NewBucketStore(feeds), Client: client.New(a.cfg.Fetcher.Config), Node: node, Log: a.log, Metrics: a.metrics.fetcher, Computing: computing,
		})
		if err != nil {
			return nil, err
		}
		a.fetcher = f
		a.proofs = append(a.proofs, func(_ context.Context, now time.Time) error { return f.Stuck(now) })
		list = append(list, stage{"fetcher", f.Run})
	}
	return list, nil
}
