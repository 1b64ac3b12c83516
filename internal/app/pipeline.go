package app

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/chipwire/chipwire/classifier"
	"github.com/chipwire/chipwire/desk"
	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/news"
)

// classifyWorkers are the articles in judgement at once over all nodes.
const classifyWorkers = 16

// runClassifier judges each article and stores the verdict.
func runClassifier(ctx context.Context, b *bus.Bus, c *classifier.Classifier) error {
	consumer := bus.Consumer{Stream: bus.Articles, Name: "classify", Workers: classifyWorkers}
	return b.Consume(ctx, consumer, bus.Decode(func(ctx context.Context, a news.Article) error {
		v := c.Classify(a)
		return b.Put(ctx, bus.Outgoing{Subject: bus.FindingsSubject, ID: v.MsgID(), Value: v})
	}))
}

// deskLease is the key of the right to write events.
const deskLease = "desk"

// runDesk waits for the lease of the desk and keeps the book while it is held.
func runDesk(ctx context.Context, b *bus.Bus, node string, deps desk.Deps) error {
	leases, err := b.Leases(ctx, node)
	if err != nil {
		return err
	}
	tick := time.NewTicker(bus.LeaseTTL / 3)
	defer tick.Stop()
	for ctx.Err() == nil {
		held, err := leases.Hold(ctx, deskLease)
		if err != nil {
			deps.Log.Warn("desk lease not to be had", "stage", "desk", "err", err)
		}
		if held {
			keepBook(ctx, b, leases, deps)
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
	return ctx.Err()
}

// keepBook is one tenure at the desk: until ctx is done or the lease is lost.
func keepBook(ctx context.Context, b *bus.Bus, leases *bus.Leases, deps desk.Deps) {
	tenure, end := context.WithCancel(ctx)
	defer end()
	renewed := make(chan struct{})
	go func() { // ended by end, and waited for below
		defer close(renewed)
		renew(tenure, leases, deps.Log)
		end()
	}()
	defer func() {
		end()
		<-renewed
		release(leases, deps.Log)
	}()

	d, err := desk.New(tenure, deps)
	if err != nil {
		if tenure.Err() == nil {
			deps.Log.Error("desk cannot open its book: trying again", "stage", "desk", "err", err)
		}
		return
	}
	consumer := bus.Consumer{Stream: bus.Findings, Name: "desk", Workers: 1}
	if err := b.Consume(tenure, consumer, bus.Decode(d.Take)); err != nil && !errors.Is(err, context.Canceled) {
		deps.Log.Error("desk stopped", "stage", "desk", "err", err)
	}
}

// renew keeps the desk's lease until ctx is done or the lease is lost.
func renew(ctx context.Context, leases *bus.Leases, log *slog.Logger) {
	tick := time.NewTicker(bus.LeaseTTL / 3)
	defer tick.Stop()
	last := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		call, cancel := context.WithTimeout(ctx, bus.LeaseTTL/3)
		held, err := leases.Hold(call, deskLease)
		cancel()
		switch {
		case err == nil && held:
			last = time.Now()
		case err == nil, time.Since(last) > bus.LeaseTTL*2/3:
			log.Warn("desk lease lost", "stage", "desk", "err", err)
			return
		}
	}
}

// release gives the lease back, so that the next desk need not wait for its end.
func release(leases *bus.Leases, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := leases.Release(ctx, deskLease); err != nil {
		log.Debug("desk lease not released: it runs out", "stage", "desk", "err", err)
	}
}
