package main

import (
	"math"
	"os"
	"runtime/debug"
)

// garbage is how much of it the daemon may have, in percent of what is in use: most
// of that is what it knows of its feeds, and it makes little garbage.
const garbage = 50

// What a start may take before garbage is collected at all: as much as the daemon
// needs later, and more for a long configuration, whose tree is some 35 times as
// long as its text. With less of a margin a start would collect without end.
const (
	startMemory = 52 << 20
	treeOfByte  = 60
)

// spareMemory says when garbage is collected, for a start with a configuration of
// so many bytes and then for the work, once the function that it returns was
// called: that gives back what only the start needed, the tree of the configuration,
// the tries of the classifier, and the pages of the program that set all of it up.
// A variable GOGC or GOMEMLIMIT has the last word.
func spareMemory(bytes int64) (started func()) {
	limit := debug.SetMemoryLimit(-1)
	if os.Getenv("GOGC") == "" && limit == math.MaxInt64 {
		debug.SetMemoryLimit(max(startMemory, treeOfByte*bytes))
		debug.SetGCPercent(startGarbage)
	}
	return func() {
		if os.Getenv("GOGC") == "" {
			debug.SetGCPercent(garbage)
		}
		debug.SetMemoryLimit(limit)
		debug.FreeOSMemory()
		releaseProgram()
	}
}

// startGarbage bounds the garbage of a start where the limit does not.
const startGarbage = 400
