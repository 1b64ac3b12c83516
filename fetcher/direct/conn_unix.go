//go:build unix

package direct

import "syscall"

// alive reports whether an idle connection looks as one should: open, and with
// nothing on it that was not asked for. It costs one call of the system, and does
// not wait.
func (c *conn) alive() bool {
	if c.quiet == nil {
		if s, ok := c.Conn.(syscall.Conn); ok {
			c.raw, _ = s.SyscallConn()
		}
		c.quiet = func(fd uintptr) {
			var b [1]byte
			_, err := syscall.Read(int(fd), b[:]) // it never blocks: such is every socket of Go's
			c.dead = err != syscall.EAGAIN && err != syscall.EINTR
		}
	}
	return c.raw == nil || c.raw.Control(c.quiet) == nil && !c.dead
}
