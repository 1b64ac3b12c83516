package main

import (
	"os"
	"slices"
	"testing"
)

func TestProgramMappings(t *testing.T) {
	const smaps = `00400000-00600000 r-xp 00000000 fe:00 123    /usr/bin/chipwire
Size:               2048 kB
Anonymous:             0 kB
00600000-00700000 r--p 00200000 fe:00 123    /usr/bin/chipwire
Anonymous:             4 kB
00700000-00800000 rw-p 00300000 fe:00 123    /usr/bin/chipwire
Anonymous:             0 kB
7f0000000000-7f0000001000 r-xp 00000000 fe:00 9    /usr/lib/libc.so.6
Anonymous:             0 kB
c000000000-c000400000 rw-p 00000000 00:00 0
Anonymous:             0 kB
`
	want := []mapping{{0x400000, 0x200000}}
	if got := programMappings([]byte(smaps), "/usr/bin/chipwire"); !slices.Equal(got, want) {
		t.Errorf("%x, want %x", got, want)
	}
}

// The program goes on without its pages: they come back.
func TestReleaseProgram(t *testing.T) {
	smaps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Skip("no smaps here: ", err)
	}
	program, err := os.Readlink("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	if len(programMappings(smaps, program)) == 0 {
		t.Error("the program is not among its own mappings")
	}
	spareMemory(0)()
}
