package bus

import (
	"errors"
	"testing"
)

func TestCheckSchema(t *testing.T) {
	for version, good := range map[string]bool{Schema: true, "1": true, "3": false, "99": false, "0": false, "": false, "next": false} {
		if err := CheckSchema(version); (err == nil) != good || err != nil && !errors.Is(err, ErrSchema) {
			t.Errorf("%q: %v", version, err)
		}
	}
}

// TestMigrations holds that every version before this build's leads to it.
func TestMigrations(t *testing.T) {
	from := "1"
	for _, m := range migrations {
		if m.from != from || m.do == nil {
			t.Fatalf("step from %s, want from %s", m.from, from)
		}
		from = string(from[0] + 1)
	}
	if from != Schema {
		t.Errorf("the steps lead to %s, the build has %s", from, Schema)
	}
}
