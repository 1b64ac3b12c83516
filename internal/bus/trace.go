package bus

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// Traced has the bus take note of work under a tracer from now on: each message
// that is handled is a span, below the one in which it was published. It is called
// before any work begins; without it, nothing is noted.
func (b *Bus) Traced(t trace.Tracer) { b.tracer = t }

// Begin starts a span for work that no message has brought, such as a poll, and that
// goes on since the time given. The func ends it.
func (b *Bus) Begin(ctx context.Context, name string, since time.Time, attrs ...attribute.KeyValue) (context.Context, func(error)) {
	if b == nil || b.tracer == nil {
		return ctx, func(error) {}
	}
	ctx, span := b.tracer.Start(ctx, name, trace.WithTimestamp(since), trace.WithAttributes(attrs...))
	return ctx, func(err error) { end(span, err) }
}

// handling starts the span of a message.
func (b *Bus) handling(ctx context.Context, name string, h nats.Header) (context.Context, func(error)) {
	if b.tracer == nil {
		return ctx, func(error) {}
	}
	ctx = propagation.TraceContext{}.Extract(ctx, carrier(h))
	ctx, span := b.tracer.Start(ctx, name, trace.WithSpanKind(trace.SpanKindConsumer))
	return ctx, func(err error) { end(span, err) }
}

func end(span trace.Span, err error) {
	var later *Later
	switch {
	case errors.As(err, &later):
		span.AddEvent("put off: " + later.Why)
	case err != nil:
		span.SetStatus(codes.Error, err.Error())
	}
	span.End()
}

// Inject writes where ctx stands in its trace into the header traceparent of a
// message (W3C Trace Context), if it is in one.
func Inject(ctx context.Context, h nats.Header) { propagation.TraceContext{}.Inject(ctx, carrier(h)) }

// carrier is a header as package propagation takes it. Its keys stay lower case.
type carrier nats.Header

// Get implements [propagation.TextMapCarrier].
func (c carrier) Get(key string) string {
	if v := c[key]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// Set implements [propagation.TextMapCarrier].
func (c carrier) Set(key, value string) { c[key] = []string{value} }

// Keys implements [propagation.TextMapCarrier].
func (c carrier) Keys() []string {
	keys := make([]string, 0, len(c))
	for k := range c {
		keys = append(keys, k)
	}
	return keys
}
