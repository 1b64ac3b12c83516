//go:build unix

package eval

import (
	"syscall"
	"testing"
	"time"
)

// cpuTime returns the processor time that f takes.
func cpuTime(t testing.TB, f func()) time.Duration {
	t.Helper()
	start := spent(t)
	f()
	return spent(t) - start
}

// spent is the processor time of this process, of all threads, so that the
// collection of garbage counts and other processes do not.
func spent(t testing.TB) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
