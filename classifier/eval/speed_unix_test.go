//go:build unix

package eval

import (
	"syscall"
	"testing"
	"time"
)

// cpuTime returns the processor time that f takes, of all threads, so that the
// collection of its garbage counts and other processes do not.
func cpuTime(t *testing.T, f func()) time.Duration {
	t.Helper()
	now := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			t.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	start := now()
	f()
	return now() - start
}
