package app

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chipwire/chipwire/classifier"
	"github.com/chipwire/chipwire/desk"
	"github.com/chipwire/chipwire/desk/marks"
	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/news"
)

// classifyWorkers are the articles in judgement at once over all nodes.
const classifyWorkers = 16

// newComputing has the places of what takes milliseconds of a processor and nothing
// else: reading pages and judging them. One processor is left, where there are two, to
// the many short steps of the desk and the server: else each of those waits behind
// all that is being read, leases run out, and what was judged is not told.
func newComputing() chan struct{} { return make(chan struct{}, max(runtime.GOMAXPROCS(0)-1, 1)) }

// runClassifier judges each article, by the rules as they are then, and stores
// the verdict.
func runClassifier(ctx context.Context, b *bus.Bus, c *atomic.Pointer[classifier.Classifier], computing chan struct{}, m *Metrics) error {
	consumer := bus.Consumer{Stream: bus.Articles, Name: "classify", Workers: classifyWorkers}
	judge := func(a news.Article) news.Verdict {
		computing <- struct{}{}
		defer func() { <-computing }()
		start := time.Now()
		v := marks.Add(c.Load().Classify(a), a)
		m.judged(v, time.Since(start))
		return v
	}
	return b.Consume(ctx, consumer, bus.Decode(func(ctx context.Context, a news.Article) error {
		v := judge(a)
		return b.Put(ctx, bus.Outgoing{Subject: bus.FindingsSubject, ID: v.MsgID(), Value: v})
	}))
}

// deskLease is the key of the right to write events.
const deskLease = "desk"

// runDesk waits for the lease of the desk and keeps the book while it is held.
func runDesk(ctx context.Context, b *bus.Bus, node string, deps desk.Deps, sitting *sitting, atDesk prometheus.Gauge) error {
	log := deps.Log.With("stage", "desk")
	var leases *bus.Leases
	err := bus.Retry(ctx, log, func(ctx context.Context) (err error) {
		leases, err = b.Leases(ctx, node)
		return err
	})
	if err != nil {
		return err
	}
	tick := time.NewTicker(bus.LeaseRenewal)
	defer tick.Stop()
	away := false
	for ctx.Err() == nil {
		held, err := leases.Hold(ctx, deskLease, bus.LeaseTTL)
		if err != nil && !away && ctx.Err() == nil {
			log.Warn("desk lease not to be had: retrying", "err", err)
		}
		if away = err != nil; held {
			atDesk.Set(1)
			keepBook(ctx, b, leases, deps, sitting, log)
			atDesk.Set(0)
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
	return ctx.Err()
}

// keepBook is one tenure at the desk: until ctx is done or the lease is lost.
func keepBook(ctx context.Context, b *bus.Bus, leases *bus.Leases, deps desk.Deps, sitting *sitting, log *slog.Logger) {
	tenure, end := context.WithCancel(ctx)
	defer end()
	renewed := make(chan struct{})
	go func() { // ended by end, and waited for below
		defer close(renewed)
		defer end()
		renew(tenure, leases, log)
	}()
	defer func() {
		end()
		<-renewed
		release(leases, log)
	}()

	deps.Config = sitting.config()
	d, err := desk.New(tenure, deps)
	if err != nil {
		if tenure.Err() == nil {
			log.Error("desk cannot open its book: trying again", "err", err)
		}
		return
	}
	sitting.sit(d)
	defer sitting.sit(nil)
	stop, err := b.ServeWith(DeskSubject, func(request []byte) any { return order(tenure, d, request) })
	if err != nil {
		log.Error("the desk takes no orders: trying again", "err", err)
		return
	}
	defer stop()
	ticked := make(chan struct{})
	go func() { // ended by end, and waited for below
		defer close(ticked)
		tickDesk(tenure, d, log)
	}()
	defer func() {
		end()
		<-ticked
	}()
	// Each verdict asks whether the lease is still there: two desks would found
	// two events of one deal, and no compare-and-set would show it.
	take := func(ctx context.Context, v news.Verdict) error {
		held, err := leases.Held(ctx, deskLease)
		if err != nil {
			return err
		}
		if !held {
			end()
			return &bus.Later{Why: "another desk has the lease"}
		}
		return d.Take(ctx, v)
	}
	consumer := bus.Consumer{Stream: bus.Findings, Name: "desk", Workers: 1}
	if err := b.Consume(tenure, consumer, bus.Decode(take)); err != nil && !errors.Is(err, context.Canceled) {
		log.Error("desk stopped", "err", err)
	}
}

// DeskSubject is where the node that holds the desk takes a [desk.Order], in the
// CORE account.
const DeskSubject = "control.desk.order"

// A DeskAnswer says what became of an order.
type DeskAnswer struct {
	Events []news.Event `json:"events,omitempty"` // as they stand now, that of the order first
	Err    string       `json:"err,omitempty"`
}

func order(ctx context.Context, d *desk.Desk, request []byte) (ans DeskAnswer) {
	var o desk.Order
	err := json.Unmarshal(request, &o)
	if err == nil {
		ans.Events, err = d.Do(ctx, o)
	}
	if err != nil {
		ans.Err = err.Error()
	}
	return ans
}

// A sitting is the desk of this node while it holds the lease, and what it goes by.
type sitting struct {
	mu   sync.Mutex
	cfg  desk.Config
	desk *desk.Desk // nil while another node has the lease
}

func (s *sitting) config() desk.Config {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cfg
}

func (s *sitting) sit(d *desk.Desk) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.desk = d
	if d != nil { // the configuration may have changed since the book was opened
		d.Adopt(s.cfg)
	}
}

// adopt goes on by another configuration, now and in later tenures.
func (s *sitting) adopt(cfg desk.Config) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cfg = cfg
	if s.desk != nil {
		s.desk.Adopt(cfg)
	}
}

// deskTick is how often the desk looks at what is due without a report: alerts
// that were held back, articles that are to be read again.
const deskTick = time.Second

// tickDesk has the desk do what is due until ctx is done.
func tickDesk(ctx context.Context, d *desk.Desk, log *slog.Logger) {
	tick := time.NewTicker(deskTick)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			if err := d.Tick(ctx, now); err != nil && ctx.Err() == nil {
				log.Warn("what is due at the desk waits", "err", err)
			}
		}
	}
}

// renew keeps the desk's lease until ctx is done or a renewal fails.
func renew(ctx context.Context, leases *bus.Leases, log *slog.Logger) {
	tick := time.NewTicker(bus.LeaseRenewal)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if held, err := leases.Hold(ctx, deskLease, bus.LeaseTTL); !held && ctx.Err() == nil {
			log.Warn("desk lease lost", "err", err)
			return
		}
	}
}

// release gives the lease back, so that the next desk need not wait for its end.
func release(leases *bus.Leases, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := leases.Release(ctx, deskLease); err != nil {
		log.Debug("desk lease not released: it runs out", "err", err)
	}
}
