package app

import (
	"context"
	"fmt"
	"os"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
)

// flushTime is how long a stop waits for a collector of traces.
const flushTime = 2 * time.Second

// tracing makes what notes the way of each story from poll to alert. Spans are sent
// where OTEL_EXPORTER_OTLP_ENDPOINT (or …_TRACES_ENDPOINT) says, over HTTP; the
// other variables of OpenTelemetry hold too. Without one nothing is sent, and
// messages carry a traceparent all the same, for readers who trace on.
func tracing(ctx context.Context, version string) (p *trace.TracerProvider, stop func(), err error) {
	if os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT")+os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") == "" {
		p = trace.NewTracerProvider(trace.WithSampler(trace.NeverSample()))
		return p, func() {}, nil
	}
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("OTEL_EXPORTER_OTLP_ENDPOINT: %w", err)
	}
	about, err := resource.New(ctx,
		resource.WithAttributes(attribute.String("service.name", "chipwire"), attribute.String("service.version", version)),
		resource.WithFromEnv(), resource.WithHost(), resource.WithTelemetrySDK())
	if err != nil {
		return nil, nil, fmt.Errorf("OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	p = trace.NewTracerProvider(trace.WithBatcher(exporter), trace.WithResource(about))
	return p, func() {
		ctx, cancel := context.WithTimeout(context.Background(), flushTime)
		defer cancel()
		_ = p.Shutdown(ctx) // a collector that is away loses its spans, and holds up nobody
	}, nil
}
