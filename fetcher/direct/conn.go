package direct

import (
	"bufio"
	"errors"
	"net"
	"syscall"
	"time"
)

// A conn is a connection to a host. It belongs to one visit, or to the idle ones.
type conn struct {
	net.Conn
	host string // host, or host:port, as in the URL

	br    *bufio.Reader // reads from the conn; nil between visits
	left  int64         // bytes that may still be read
	heard bool          // something came during this visit
	fault error         // of reading; nil while it goes on
	spent bool          // nobody knows what the server got of the request
	kept  bool          // there was a visit before

	// Of an idle one; see idle.
	since        time.Time
	below        *conn // the next older one of the host
	older, newer *conn
	raw          syscall.RawConn // nil as long as nobody needed it, and where there is none
	quiet        func(fd uintptr)
	dead         bool // what quiet has found
}

// begin prepares c for a visit whose headers are at most limit bytes.
func (c *conn) begin(limit int64) {
	c.left, c.heard = limit, false
	c.br = readers.Get().(*bufio.Reader)
	c.br.Reset((*wire)(c))
}

// end gives the buffer back.
func (c *conn) end() {
	c.br.Reset(nil)
	readers.Put(c.br)
	c.br, c.kept = nil, true
}

// abort ends whatever waits for the network.
func (c *conn) abort() { _ = c.Close() }

// wire is a conn as its buffer reads it.
type wire conn

var errTooLong = errors.New("more bytes than the headers may have")

// Read implements io.Reader.
func (w *wire) Read(p []byte) (int, error) {
	if w.left <= 0 {
		return 0, errTooLong
	}
	if int64(len(p)) > w.left {
		p = p[:w.left]
	}
	n, err := w.Conn.Read(p)
	w.left -= int64(n)
	w.heard = w.heard || n > 0
	if err != nil {
		w.fault = err
	}
	return n, err
}
