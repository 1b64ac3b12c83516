package bus

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/nats-io/nats.go/jetstream"
)

// Schema is the version of the layout that this build reads and writes: of what is
// in the streams and buckets, as far as an older build could not read it. It is kept
// in the meta bucket; a newer one is refused, an older one is migrated.
const Schema = "2"

// schemaKey is its key in the meta bucket.
const schemaKey = "schema"

// ErrSchema reports a store that a newer chipwire has written.
var ErrSchema = errors.New("the store was written by a newer chipwire")

// CheckSchema fails with [ErrSchema] for a version that this build does not know.
func CheckSchema(version string) error {
	n, err := strconv.Atoi(version)
	if known, _ := strconv.Atoi(Schema); err != nil || n > known || n < 1 {
		return fmt.Errorf("%w: its layout has version %s, this build knows %s; run that chipwire, or restore a backup of before", ErrSchema, version, Schema)
	}
	return nil
}

// A migration leads from one version of the layout to the next. It may be broken off
// anywhere and run again, and other nodes may run it at the same time.
type migration struct {
	from string
	do   func(ctx context.Context, b *Bus) error
}

// migrations are all there are, the oldest first. What newer builds add within a
// version is read as missing in what older ones wrote.
//
// Version 2 stores the states of feeds in a form of their own instead of JSON. Both
// are read, and each is written anew when it next changes: there is nothing to do
// but to keep older builds away.
var migrations = []migration{{"1", func(context.Context, *Bus) error { return nil }}}

// storedSchema is the version of what is stored, "" where nothing is.
func (b *Bus) storedSchema(ctx context.Context) (string, error) {
	kv, err := b.coreJS.KeyValue(ctx, MetaBucket)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("bucket %s: %w", MetaBucket, err)
	}
	entry, err := kv.Get(ctx, schemaKey)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read the schema version: %w", err)
	}
	return string(entry.Value()), CheckSchema(string(entry.Value()))
}

// migrate leads the store from the version that was found to that of this build. Each
// step is noted once it is done, so that a crash repeats one step at most.
func (b *Bus) migrate(ctx context.Context, found string, steps []migration) error {
	kv, err := b.coreJS.KeyValue(ctx, MetaBucket)
	if err != nil {
		return fmt.Errorf("bucket %s: %w", MetaBucket, err)
	}
	if found == "" {
		if _, err := kv.Create(ctx, schemaKey, []byte(Schema)); err != nil && !errors.Is(err, jetstream.ErrKeyExists) {
			return fmt.Errorf("write the schema version: %w", err)
		}
		return nil
	}
	for _, s := range steps {
		if s.from != found {
			continue
		}
		b.log.Info("migrating the store", "from", s.from)
		if err := s.do(ctx, b); err != nil {
			return fmt.Errorf("migrate the store from version %s: %w", s.from, err)
		}
		n, err := strconv.Atoi(found)
		if err != nil {
			return err
		}
		found = strconv.Itoa(n + 1)
		if _, err := kv.PutString(ctx, schemaKey, found); err != nil {
			return fmt.Errorf("write the schema version: %w", err)
		}
	}
	return nil
}
