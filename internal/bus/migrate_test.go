package bus_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/chipwire/chipwire/internal/bus"
	"github.com/chipwire/chipwire/internal/bus/bustest"
)

// A store of an older version is led on step by step; a step that fails is done
// again at the next start, and those before it are not.
func TestMigrate(t *testing.T) {
	b, s := bustest.Start(t)
	kv, err := b.Core().KeyValue(t.Context(), bus.MetaBucket)
	if err != nil {
		t.Fatal(err)
	}
	var done []string
	broken := errors.New("broken off")
	steps := func(second error) []bus.Migration {
		do := func(from string, err error) bus.Migration {
			return bus.NewMigration(from, func(context.Context, *bus.Bus) error {
				done = append(done, from)
				return err
			})
		}
		return []bus.Migration{do("1", nil), do("2", second), do("3", nil)}
	}
	version := func() string {
		e, err := kv.Get(t.Context(), "schema")
		if err != nil {
			t.Fatal(err)
		}
		return string(e.Value())
	}
	if err := b.Migrate(t.Context(), "1", steps(broken)); !errors.Is(err, broken) || version() != "2" {
		t.Errorf("%v, version %s, want 2", err, version())
	}
	if err := b.Migrate(t.Context(), version(), steps(nil)); err != nil || version() != "4" {
		t.Errorf("%v, version %s, want 4", err, version())
	}
	if want := []string{"1", "2", "2", "3"}; !slices.Equal(done, want) {
		t.Errorf("steps %v, want %v", done, want)
	}
	// Now the store is newer than this build: nothing of it is touched.
	err = b.Setup(t.Context(), bus.Layout{Store: s.Store() * 2})
	if !errors.Is(err, bus.ErrSchema) {
		t.Errorf("%v, want ErrSchema", err)
	}
}
