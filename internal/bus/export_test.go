package bus

import "context"

// Migration is a step of a migration, for tests.
type Migration = migration

// NewMigration makes one.
func NewMigration(from string, do func(context.Context, *Bus) error) Migration {
	return migration{from, do}
}

// Migrate is what Setup calls with the steps there are.
func (b *Bus) Migrate(ctx context.Context, found string, steps []Migration) error {
	return b.migrate(ctx, found, steps)
}
