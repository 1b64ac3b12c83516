package main

import (
	"os"
	"runtime/debug"
)

// spareMemory has the garbage collected when it is half of what is in use, not as
// much as that: most of what the daemon holds is what it knows of its feeds, and it
// makes little garbage. A variable GOGC has the last word.
func spareMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(50)
	}
}

// giveBack returns what only the start of the daemon needed: the tree of the
// configuration, the tries of the classifier, and the pages of the program that
// set all of it up.
func giveBack() {
	debug.FreeOSMemory()
	releaseProgram()
}
