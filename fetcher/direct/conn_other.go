//go:build !unix

package direct

// alive reports whether an idle connection looks as one should. Nobody can tell
// here without waiting; one that was closed shows at its next use, as [ErrKept].
func (c *conn) alive() bool { return true }
