package app

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"github.com/chipwire/chipwire/config"
	"github.com/chipwire/chipwire/internal/backup"
)

// Restore makes all that a backup holds anew, in the data folder or on the server of
// a configuration, which must hold nothing of chipwire yet. No daemon may run there.
// The backup is read to its end before anything is changed.
func Restore(ctx context.Context, cfg config.Config, r io.ReadSeeker, log *slog.Logger, tell func(backup.Progress)) (backup.Manifest, error) {
	m, err := backup.Check(r)
	if err != nil {
		return m, err
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return m, fmt.Errorf("read the backup again: %w", err)
	}
	a, err := New(cfg, Options{Log: log})
	if err != nil {
		return m, err
	}
	dir, err := openDataDir(a.cfg.DataDir)
	if err != nil {
		return m, err
	}
	defer dir.close()
	conns, err := a.connect(dir)
	if err != nil {
		return m, err
	}
	defer conns.close()
	accounts := backup.Accounts{Core: conns.core, Wire: conns.wire}
	if err := backup.Empty(ctx, accounts); err != nil {
		return m, err
	}
	return m, backup.Restore(ctx, accounts, r, cfg.NATS.Replicas, tell)
}
