package client

import (
	"context"
	"sync"
)

// budgetBytes is what large bodies may hold together, beside one of them that may
// grow to its limits.
const budgetBytes = 8 << 20

// A budget bounds the bytes of large bodies in hand. A body that grows beyond it
// waits for another to end. One may always go on, so that bodies that all have
// some and want more do not wait for each other for ever.
type budget struct {
	mu    sync.Mutex
	left  int           // negative while one body is beyond the budget
	over  *hold         // that body
	freed chan struct{} // closed when some was given back; nil when nobody waits
}

// A hold is what one body has of a budget. It belongs to one goroutine.
type hold struct {
	budget *budget
	bytes  int
}

// grow raises h to n bytes, and waits for them if need be. A shrunk or negative n
// changes nothing.
func (h *hold) grow(ctx context.Context, n int) error {
	for n > h.bytes {
		freed := h.try(n)
		if freed == nil {
			return nil
		}
		select {
		case <-freed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// try raises h to n bytes, or returns what is closed when it is worth another try.
func (h *hold) try(n int) <-chan struct{} {
	b := h.budget
	b.mu.Lock()
	defer b.mu.Unlock()
	if n-h.bytes > b.left && b.over != h {
		if b.over != nil {
			if b.freed == nil {
				b.freed = make(chan struct{})
			}
			return b.freed
		}
		b.over = h
	}
	b.left -= n - h.bytes
	h.bytes = n
	return nil
}

// shrink gives back what h has beyond n bytes.
func (h *hold) shrink(n int) {
	if n = max(n, 0); h.bytes <= n {
		return
	}
	b := h.budget
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left += h.bytes - n
	h.bytes = n
	if b.over == h && (n == 0 || b.left >= 0) {
		b.over = nil
	}
	if b.freed != nil {
		close(b.freed)
		b.freed = nil
	}
}
