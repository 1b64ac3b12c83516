package bus_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"

	"github.com/nats-io/nats.go"

	"github.com/chipwire/chipwire/internal/bus"
)

func TestRetry(t *testing.T) {
	forGood := errors.New("no permission")
	for _, tt := range []struct {
		name string
		fail []error
		want error
		runs int
	}{
		{"succeeds", nil, nil, 1},
		{"away for a while", []error{nats.ErrTimeout, context.DeadlineExceeded, nats.ErrNoServers}, nil, 4},
		{"for good", []error{nats.ErrTimeout, forGood}, forGood, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				runs := 0
				err := bus.Retry(t.Context(), slog.New(slog.DiscardHandler), func(context.Context) error {
					if runs++; runs <= len(tt.fail) {
						return tt.fail[runs-1]
					}
					return nil
				})
				if !errors.Is(err, tt.want) || runs != tt.runs {
					t.Errorf("%v after %d runs, want %v after %d", err, runs, tt.want, tt.runs)
				}
			})
		})
	}
	t.Run("stopped", func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		err := bus.Retry(ctx, slog.New(slog.DiscardHandler), func(context.Context) error { stop(); return nats.ErrTimeout })
		if err == nil {
			t.Error("no error")
		}
	})
}
