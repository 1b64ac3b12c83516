package app

import "testing"

func TestShortage(t *testing.T) {
	const mib, gib = 1 << 20, 1 << 30
	short := shortage{"short"}
	for _, tt := range []struct {
		name        string
		was         shortage
		disk        Room
		used, limit uint64
		short       bool
	}{
		{"room", shortage{}, Room{10 * gib, 100 * gib}, 1 * gib, 16 * gib, false},
		{"little room", shortage{}, Room{255 * mib, 100 * gib}, 0, 0, true},
		{"a small disk", shortage{}, Room{60 * mib, 1 * gib}, 0, 0, false},
		{"a small disk, nearly full", shortage{}, Room{50 * mib, 1 * gib}, 0, 0, true},
		{"a little more than it was", short, Room{300 * mib, 100 * gib}, 0, 0, true},
		{"half as much again", short, Room{384 * mib, 100 * gib}, 0, 0, false},
		{"the store is full", shortage{}, Room{10 * gib, 100 * gib}, 16 * gib, 16 * gib, true},
		{"the store has a little room", short, Room{10 * gib, 100 * gib}, 15 * gib, 16 * gib, true},
		{"the store has room", short, Room{10 * gib, 100 * gib}, 14 * gib, 16 * gib, false},
		{"nobody knows", shortage{}, Room{}, 0, 0, false},
	} {
		next, changed := tt.was.judge(tt.disk, tt.used, tt.limit)
		if (next.why != "") != tt.short || changed != ((tt.was.why != "") != tt.short) {
			t.Errorf("%s: %q, changed %v", tt.name, next.why, changed)
		}
	}
	if room, err := diskRoom(t.TempDir()); err != nil || room.Total == 0 || room.Free > room.Total {
		t.Errorf("%+v, %v", room, err)
	}
}
