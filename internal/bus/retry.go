package bus

import (
	"context"
	"log/slog"
	"time"
)

// tryTime is what one try of [Retry] may take.
const tryTime = 30 * time.Second

// Retry calls do until it succeeds, fails for good ([Unavailable] says which
// failures pass) or ctx is done. A part that starts before its server, or while
// that is busy, needs no second start.
func Retry(ctx context.Context, log *slog.Logger, do func(context.Context) error) error {
	for try := 1; ; try++ {
		call, cancel := context.WithTimeout(ctx, tryTime)
		err := do(call)
		cancel()
		if err == nil || ctx.Err() != nil || !Unavailable(err) {
			return err
		}
		pause := Backoff(try, time.Second, 15*time.Second)
		log.Warn("nats does not answer yet: retrying", "err", err, "pause", pause)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}
