package publisher

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/news"
)

// An Option varies how [Subscribe] follows alerts.
type Option func(*subscription)

// Durable has the server keep the place of this reader under a name of
// [A-Za-z0-9_-], so that it goes on where it was after any stop. An alert counts
// as read when handle has returned nil for it. One program at a time should use
// a name; where the name is known already, the time given to [Subscribe] is not
// looked at.
func Durable(name string) Option {
	return func(s *subscription) { s.durable = name }
}

// Notes hands on what the reader should know and the subscription goes on over: a
// server that does not answer, a message that is no alert and is passed over.
func Notes(note func(error)) Option {
	return func(s *subscription) { s.note = note }
}

// Subscribe calls handle with each alert that the filter chooses, one at a time
// and in the order of the stream: those published since the given time (the zero
// time: only new ones), then each new one as it comes. While the server is away
// or busy, at the beginning too, it tries again, and goes on from where it was.
// It returns when ctx is done, when handle fails, when js's connection is closed,
// and when the server refuses for good: it has no stream of alerts
// ([jetstream.ErrStreamNotFound]), or the user may not read what the filter
// chooses ([nats.ErrPermissionViolation]).
//
// Delivery is at least once: after a crash of the publisher an alert may come a
// second time. Deduplicate by [news.Alert.ID] where that matters.
func Subscribe(ctx context.Context, js jetstream.JetStream, f Filter, since time.Time, handle func(news.Alert) error, opts ...Option) error {
	s := &subscription{js: js, filter: f, since: since, handle: handle, note: func(error) {}}
	for _, o := range opts {
		o(s)
	}
	for try := 1; ; try++ {
		before, said := s.done, js.Conn().LastError()
		err := s.follow(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if own, ok := errors.AsType[*handlerError](err); ok {
			return own.error
		}
		if refused := s.refused(err, said); refused != nil {
			return fmt.Errorf("subscribe: %w", refused)
		}
		if s.done > before {
			try = 1
		}
		pause := bus.Backoff(try, 250*time.Millisecond, 5*time.Second)
		s.note(fmt.Errorf("alerts are not to be had now, trying again in %v: %w", pause, err))
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

// A subscription is one call of Subscribe.
type subscription struct {
	js      jetstream.JetStream
	filter  Filter
	since   time.Time
	handle  func(news.Alert) error
	durable string
	note    func(error)

	next uint64 // where the next consumer begins in the stream; 0: as since says
	done uint64 // sequence of the last message that was handled
}

// A handlerError is what the caller's own func returned: never tried again.
type handlerError struct{ error }

const (
	// setupTime is how long the server may take to answer one call.
	setupTime = 10 * time.Second

	// readerWait is when an alert in hand of a durable reader is given out again,
	// unless the reader says every readerBeat that it still has it.
	readerWait = 30 * time.Second
	readerBeat = 10 * time.Second
)

// refused is the error, if it will be the same on every further try; said is the
// connection's last error before this one.
func (s *subscription) refused(err, said error) error {
	switch {
	case s.js.Conn().IsClosed():
		return err
	case bus.Unavailable(err), errors.Is(err, context.Canceled):
		if v := s.violation(said); v != nil {
			return fmt.Errorf("%w (the user may read less than was asked for, or needs its own inbox prefix and durable name)", v)
		}
		return nil
	case errors.Is(err, jetstream.ErrConsumerDeleted), errors.Is(err, jetstream.ErrConsumerNotFound):
		return nil
	}
	return err
}

// violation is what the server has refused since the connection said this. It
// answers nothing at all to a request that is not permitted, and only says beside
// it that it was not. Readers may not delete consumers, and need not.
func (s *subscription) violation(said error) error {
	last := s.js.Conn().LastError()
	if last == said || !errors.Is(last, nats.ErrPermissionViolation) || strings.Contains(last.Error(), "CONSUMER.DELETE") {
		return nil
	}
	return last
}

// withinSetup is ctx with an end: when the server has had its time to answer, or
// has refused.
func (s *subscription) withinSetup(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(ctx, setupTime)
	said := s.js.Conn().LastError()
	go func() { // ends with ctx
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			if s.violation(said) != nil {
				cancel()
			}
		}
	}()
	return ctx, cancel
}

// follow reads until something fails. It never returns nil.
func (s *subscription) follow(ctx context.Context) error {
	iter, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer iter.Stop()
	for {
		msg, err := iter.Next(jetstream.NextContext(ctx))
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if s.durable == "" && (errors.Is(err, jetstream.ErrNoHeartbeat) || errors.Is(err, jetstream.ErrOrderedConsumerReset)) {
			continue // the server is away or slow: the iterator makes its consumer anew
		}
		if err != nil {
			return err
		}
		if err := s.take(ctx, msg); err != nil {
			return err
		}
	}
}

// open makes the consumer, or finds it, and begins to read.
func (s *subscription) open(ctx context.Context) (jetstream.MessagesContext, error) {
	switch conn := s.js.Conn(); {
	case conn.IsClosed():
		return nil, nats.ErrConnectionClosed
	case !conn.IsConnected():
		return nil, nats.ErrDisconnected // a request would wait for its end
	}
	ctx, cancel := s.withinSetup(ctx)
	defer cancel()
	if s.durable != "" {
		cons, err := s.durableConsumer(ctx)
		if err != nil {
			return nil, err
		}
		return cons.Messages(jetstream.PullMaxMessages(1), jetstream.PullHeartbeat(readerBeat/2))
	}
	if err := s.place(ctx); err != nil {
		return nil, err
	}
	cfg := jetstream.OrderedConsumerConfig{FilterSubjects: s.filter.Subjects()}
	cfg.DeliverPolicy, cfg.OptStartSeq, cfg.OptStartTime = s.start()
	cons, err := s.js.OrderedConsumer(ctx, Stream, cfg)
	if err != nil {
		return nil, err
	}
	return cons.Messages()
}

// place finds where an ordered reader begins. "Only new ones" would begin anew
// after a lost connection, and miss what came in between; and a stream that was
// restored from a backup may end before the place where this reader was.
func (s *subscription) place(ctx context.Context) error {
	if s.next == 0 && !s.since.IsZero() {
		return nil
	}
	stream, err := s.js.Stream(ctx, Stream)
	if err != nil {
		return err
	}
	if end := stream.CachedInfo().State.LastSeq + 1; s.next == 0 || s.next > end {
		s.next = end
	}
	return nil
}

// start says from where a new consumer delivers.
func (s *subscription) start() (jetstream.DeliverPolicy, uint64, *time.Time) {
	switch {
	case s.next > 0:
		return jetstream.DeliverByStartSequencePolicy, s.next, nil
	case s.since.IsZero():
		return jetstream.DeliverNewPolicy, 0, nil
	}
	return jetstream.DeliverByStartTimePolicy, 0, &s.since
}

// durableConsumer returns the consumer of the durable name with the present
// filter. The place of one that is there stays: it cannot be changed.
func (s *subscription) durableConsumer(ctx context.Context) (jetstream.Consumer, error) {
	cfg := jetstream.ConsumerConfig{
		Durable: s.durable, AckPolicy: jetstream.AckExplicitPolicy, AckWait: readerWait,
		MaxDeliver: -1, MaxAckPending: 1, // one at a time keeps the order over redeliveries
	}
	cfg.DeliverPolicy, cfg.OptStartSeq, cfg.OptStartTime = s.start()
	there, err := s.js.Consumer(ctx, Stream, s.durable)
	switch {
	case err == nil:
		was := there.CachedInfo().Config
		cfg.DeliverPolicy, cfg.OptStartSeq, cfg.OptStartTime = was.DeliverPolicy, was.OptStartSeq, was.OptStartTime
	case !errors.Is(err, jetstream.ErrConsumerNotFound):
		return nil, err
	}
	if cfg.FilterSubjects = s.filter.Subjects(); len(cfg.FilterSubjects) == 1 {
		// In this form the filter is part of the request's subject, so that a
		// server can grant the right to one filter alone.
		cfg.FilterSubject, cfg.FilterSubjects = cfg.FilterSubjects[0], nil
	}
	return s.js.CreateOrUpdateConsumer(ctx, Stream, cfg)
}

// take handles one message.
func (s *subscription) take(ctx context.Context, msg jetstream.Msg) error {
	meta, err := msg.Metadata()
	if err != nil {
		return err
	}
	a, err := decode(msg)
	switch {
	case err != nil:
		s.note(fmt.Errorf("passed over: %w", err))
	case s.durable != "" && meta.Sequence.Stream <= s.done:
		// Only its acknowledgement was lost.
	case s.filter.Match(a):
		if err := s.call(ctx, msg, a); err != nil {
			return err
		}
	}
	s.done = meta.Sequence.Stream
	s.next = s.done + 1
	if s.durable == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, setupTime)
	defer cancel()
	return msg.DoubleAck(ctx)
}

// decode reads an alert of a version that this program knows.
func decode(msg jetstream.Msg) (a news.Alert, err error) {
	if err := json.Unmarshal(msg.Data(), &a); err != nil {
		return a, fmt.Errorf("message on %s is no alert: %w", msg.Subject(), err)
	}
	if a.Version != news.AlertVersion {
		return a, fmt.Errorf("message on %s is an alert of version %d, this program knows %d", msg.Subject(), a.Version, news.AlertVersion)
	}
	return a, nil
}

// call hands the alert to the caller. Meanwhile the server is told that a durable
// reader still has it.
func (s *subscription) call(ctx context.Context, msg jetstream.Msg, a news.Alert) error {
	if s.durable == "" {
		if err := s.handle(a); err != nil {
			return &handlerError{err}
		}
		return nil
	}
	beating, stop := context.WithCancel(ctx)
	stopped := make(chan struct{})
	go func() { // ended by stop, and waited for below
		defer close(stopped)
		tick := time.NewTicker(readerBeat)
		defer tick.Stop()
		for {
			select {
			case <-beating.Done():
				return
			case <-tick.C:
				_ = msg.InProgress() // a lost beat is repaired by the next
			}
		}
	}()
	err := s.handle(a)
	stop()
	<-stopped
	if err != nil {
		_ = msg.Nak() // it comes again at once to the next who reads under this name
		return &handlerError{err}
	}
	return nil
}
