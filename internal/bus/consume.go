package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	// A crash costs ackWait until its work is given to another; work in hand
	// says so every beat.
	ackWait = 5 * time.Second
	beat    = 2 * time.Second

	// grace is how long work in hand may go on after the consumer was stopped;
	// what is not done by then is given back.
	grace = time.Second

	// maxFailures is how often a handler may fail on one message before it is
	// given up. The server has no bound of its own: it would drop the message
	// without a trace, and count the times when NATS was away.
	maxFailures = 5

	// maxDeliver ends a message that kills the process each time, which nobody
	// is left to count.
	maxDeliver = 500
)

// A Consumer names a durable place in a stream of the CORE account.
type Consumer struct {
	Stream  string
	Name    string // durable name
	Subject string // filter, "" for all of the stream
	Workers int    // messages in hand at once; 1 keeps their order
	Pending int    // messages in hand or put off with [Later]; default: Workers
}

// work is the name of what the consumer does, without the partition it does it in.
func (c Consumer) work() string {
	name, _, _ := strings.Cut(c.Name, "-")
	return name
}

// A Later puts a message off without counting a failure: its time has not come.
type Later struct {
	After time.Duration
	Why   string
}

// Error implements error.
func (l *Later) Error() string { return l.Why }

// Consume hands every message of the stream to handle, several at a time, and
// acknowledges each when handle returns nil. It blocks until ctx is done and
// every handler has returned.
//
// A message whose handler fails comes again after a growing pause; at the fifth
// failure it is given up: its payload goes to ADVISORIES with the reason. A
// failure that only says that NATS is away ([Unavailable]) does not count.
func (b *Bus) Consume(ctx context.Context, c Consumer, handle func(ctx context.Context, data []byte) error) error {
	// Work in hand is finished when ctx ends, so handlers get a context of
	// their own that lives a little longer.
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	context.AfterFunc(ctx, func() { time.AfterFunc(grace, stop) })

	k := &consumption{bus: b, cfg: c, handle: handle, inHand: map[uint64]jetstream.Msg{}, failures: map[uint64]int{}}
	for try := 1; ctx.Err() == nil; try++ {
		err := k.run(ctx, work)
		if ctx.Err() != nil {
			break
		}
		b.log.Warn("consumer stopped: retrying", "stream", c.Stream, "consumer", c.Name, "err", err)
		select {
		case <-ctx.Done():
		case <-time.After(Backoff(try, 250*time.Millisecond, 5*time.Second)):
		}
	}
	return ctx.Err()
}

// A consumption is one call of Consume.
type consumption struct {
	bus    *Bus
	cfg    Consumer
	handle func(context.Context, []byte) error

	mu       sync.Mutex
	inHand   map[uint64]jetstream.Msg // by stream sequence, for the heartbeat
	failures map[uint64]int
}

func (k *consumption) run(ctx, work context.Context) error {
	cons, err := k.bus.coreJS.CreateOrUpdateConsumer(ctx, k.cfg.Stream, jetstream.ConsumerConfig{
		Durable:       k.cfg.Name,
		FilterSubject: k.cfg.Subject,
		AckPolicy:     jetstream.AckExplicitPolicy,
		AckWait:       ackWait,
		MaxDeliver:    -1,
		MaxAckPending: max(k.cfg.Workers, k.cfg.Pending, 1),
	})
	if err != nil {
		return fmt.Errorf("consumer %s: %w", k.cfg.Name, err)
	}
	// Prefetched messages age against ackWait: never more than the workers take.
	iter, err := cons.Messages(jetstream.PullMaxMessages(max(k.cfg.Workers, 1)))
	if err != nil {
		return fmt.Errorf("consume %s: %w", k.cfg.Name, err)
	}
	var heart, workers sync.WaitGroup
	beating, stopBeating := context.WithCancel(work)
	heart.Go(func() { k.beatUntil(beating) })
	defer func() {
		iter.Stop() // first: a message that came now would wait for ackWait
		workers.Wait()
		stopBeating()
		heart.Wait()
	}()

	slots := make(chan struct{}, max(k.cfg.Workers, 1))
	for {
		msg, err := iter.Next(jetstream.NextContext(ctx))
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, jetstream.ErrNoHeartbeat):
			continue // the server is away or slow; the iterator asks again
		case err != nil:
			return err
		}
		slots <- struct{}{}
		k.take(msg)
		workers.Go(func() {
			defer func() { <-slots }()
			k.settle(work, msg)
		})
	}
}

// settle handles one message and tells the server how that went.
func (k *consumption) settle(ctx context.Context, msg jetstream.Msg) {
	defer k.drop(msg)
	log := k.bus.log.With("stream", k.cfg.Stream, "consumer", k.cfg.Name)
	var later *Later
	delivered := deliveries(msg)
	err := fmt.Errorf("it was delivered %d times and never finished", delivered)
	if delivered <= maxDeliver {
		work, end := k.bus.handling(ctx, k.cfg.work(), msg.Headers())
		err = k.call(work, msg.Data())
		end(err)
	}
	switch {
	case err == nil:
		k.forget(msg)
		err = msg.Ack()
	case errors.As(err, &later):
		err = msg.NakWithDelay(later.After)
	case ctx.Err() != nil:
		err = msg.Nak() // the next taker begins at once
	case delivered > maxDeliver:
		log.Error("message given up", "err", err)
		err = k.giveUp(ctx, msg, err)
	case Unavailable(err):
		log.Warn("message waits", "err", err)
		err = msg.NakWithDelay(Backoff(delivered, 100*time.Millisecond, 30*time.Second))
	default:
		n := k.fail(msg)
		if n < maxFailures {
			log.Warn("message failed: trying again", "failures", n, "err", err)
			err = msg.NakWithDelay(Backoff(n, 250*time.Millisecond, 5*time.Second))
			break
		}
		log.Error("message given up", "failures", n, "err", err)
		err = k.giveUp(ctx, msg, err)
	}
	if err != nil {
		log.Warn("message not settled: it comes again", "err", err)
	}
}

// call calls the handler. A story that makes it panic is one bad message, not the
// end of the daemon.
func (k *consumption) call(ctx context.Context, data []byte) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
			k.bus.log.Error("handler panicked", "stream", k.cfg.Stream, "consumer", k.cfg.Name, "err", err, "stack", string(debug.Stack()))
		}
	}()
	return k.handle(ctx, data)
}

// giveUp keeps the payload before the message is let go of.
func (k *consumption) giveUp(ctx context.Context, msg jetstream.Msg, reason error) error {
	seq := sequence(msg)
	dead := nats.NewMsg(deadSubject + "." + k.cfg.Stream)
	dead.Data = msg.Data()
	dead.Header.Set(reasonHeader, reason.Error())
	dead.Header.Set(subjectHeader, msg.Subject())
	dead.Header.Set(sequenceHeader, strconv.FormatUint(seq, 10))
	id := fmt.Sprintf("%s.%s.%d", k.cfg.Stream, k.cfg.Name, seq)
	if _, err := k.bus.coreJS.PublishMsg(ctx, dead, jetstream.WithMsgID(id)); err != nil {
		return fmt.Errorf("keep the payload: %w", err)
	}
	k.forget(msg)
	return msg.TermWithReason(reason.Error())
}

func (k *consumption) take(msg jetstream.Msg) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.inHand[sequence(msg)] = msg
}

func (k *consumption) drop(msg jetstream.Msg) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.inHand, sequence(msg))
}

func (k *consumption) fail(msg jetstream.Msg) int {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.failures[sequence(msg)]++
	return k.failures[sequence(msg)]
}

func (k *consumption) forget(msg jetstream.Msg) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.failures, sequence(msg))
}

// beatUntil tells the server every beat which messages are still in hand.
func (k *consumption) beatUntil(ctx context.Context) {
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		k.mu.Lock()
		for _, msg := range k.inHand {
			// A lost beat is repaired by the next one, or by a redelivery.
			_ = msg.InProgress()
		}
		k.mu.Unlock()
	}
}

func deliveries(msg jetstream.Msg) int {
	meta, err := msg.Metadata()
	if err != nil {
		return 1
	}
	return int(meta.NumDelivered)
}

func sequence(msg jetstream.Msg) uint64 {
	meta, err := msg.Metadata()
	if err != nil {
		return 0 // not a message of a stream; cannot come from a consumer
	}
	return meta.Sequence.Stream
}

// Decode wraps a handler of T for [Bus.Consume]. A payload that is no T is a
// failure like any other, so it ends among the dead letters.
func Decode[T any](handle func(ctx context.Context, v T) error) func(context.Context, []byte) error {
	return func(ctx context.Context, data []byte) error {
		var v T
		if err := json.Unmarshal(data, &v); err != nil {
			return fmt.Errorf("decode %T: %w", v, err)
		}
		return handle(ctx, v)
	}
}
