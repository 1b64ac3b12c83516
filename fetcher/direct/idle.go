package direct

import (
	"sync"
	"time"
)

// idle are the connections that nobody uses. They are in two orders at once: each
// host's with the newest on top, and all of them by the time that they have been
// idle. One timer serves them all.
type idle struct {
	mu             sync.Mutex
	top            map[string]*conn // by host
	oldest, newest *conn
	n              int
	sweeper        *time.Timer
	armed          bool // the sweeper will come
}

// take returns a connection to host that works as far as can be seen and was not
// idle for longer than limit, nil for none.
func (i *idle) take(host string, limit time.Duration) *conn {
	for {
		i.mu.Lock()
		c := i.top[host]
		if c != nil {
			i.remove(c)
		}
		i.mu.Unlock()
		if c == nil || time.Since(c.since) <= limit && c.alive() {
			return c
		}
		_ = c.Close()
	}
}

// put takes a connection in, within the limits of t.
func (i *idle) put(c *conn, t *Transport) {
	c.since = time.Now()
	if over := i.add(c, t); over != nil {
		_ = over.Close()
	}
}

// add takes a connection in and returns the one that is too many.
func (i *idle) add(c *conn, t *Transport) (over *conn) {
	i.mu.Lock()
	defer i.mu.Unlock()
	same := 0
	for at := i.top[c.host]; at != nil; at = at.below {
		same++
	}
	if same >= t.MaxIdlePerHost {
		return c
	}
	if i.n >= t.MaxIdle {
		if over = i.oldest; over == nil {
			return c
		}
		i.remove(over)
	}
	if i.top == nil {
		i.top = map[string]*conn{}
	}
	c.below, i.top[c.host] = i.top[c.host], c
	if c.older, i.newest = i.newest, c; c.older != nil {
		c.older.newer = c
	} else {
		i.oldest = c
	}
	if i.n++; !i.armed {
		i.arm(t.IdleTimeout, t)
	}
	return over
}

// remove takes c out of both orders.
func (i *idle) remove(c *conn) {
	if top := i.top[c.host]; top != c {
		for top.below != c {
			top = top.below
		}
		top.below = c.below
	} else if c.below != nil {
		i.top[c.host] = c.below
	} else {
		delete(i.top, c.host)
	}
	if c.older != nil {
		c.older.newer = c.newer
	} else {
		i.oldest = c.newer
	}
	if c.newer != nil {
		c.newer.older = c.older
	} else {
		i.newest = c.older
	}
	c.below, c.older, c.newer = nil, nil, nil
	i.n--
}

// arm has the sweeper look after d.
func (i *idle) arm(d time.Duration, t *Transport) {
	i.armed = true
	if i.sweeper == nil {
		i.sweeper = time.AfterFunc(d, func() { i.sweep(t) })
		return
	}
	i.sweeper.Reset(d)
}

// sweep closes what has been idle for too long, and comes back for the rest.
func (i *idle) sweep(t *Transport) {
	i.mu.Lock()
	now := time.Now()
	var late []*conn
	for c := i.oldest; c != nil && now.Sub(c.since) >= t.IdleTimeout; c = i.oldest {
		i.remove(c)
		late = append(late, c)
	}
	if i.armed = i.oldest != nil; i.armed {
		i.arm(t.IdleTimeout-now.Sub(i.oldest.since), t)
	}
	i.mu.Unlock()
	for _, c := range late {
		_ = c.Close()
	}
}

// drop closes all connections to host.
func (i *idle) drop(host string) {
	i.mu.Lock()
	c := i.top[host]
	for at := c; at != nil; {
		below := at.below
		i.remove(at)
		_ = at.Close()
		at = below
	}
	i.mu.Unlock()
}

// close closes all connections and stops the sweeper.
func (i *idle) close() {
	i.mu.Lock()
	defer i.mu.Unlock()
	for c := i.oldest; c != nil; c = i.oldest {
		i.remove(c)
		_ = c.Close()
	}
	if i.sweeper != nil {
		i.armed = false
		i.sweeper.Stop()
	}
}
