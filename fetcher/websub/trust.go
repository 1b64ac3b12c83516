package websub

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"
	"sync"
	"time"
)

// A Proof is what a push has to show for itself.
type Proof string

// The proofs.
const (
	Signed   Proof = "signed"   // by the hub: the body may be taken as the feed's
	Unsigned Proof = "unsigned" // or too weakly: a hint that the feed has changed, and no more
	Forged   Proof = "forged"   // the signature is another's: nothing of it counts
)

// methods are the signatures that are believed. Those with sha1 can be forged.
var methods = map[string]func() hash.Hash{"sha256": sha256.New, "sha384": sha512.New384, "sha512": sha512.New}

// Judge checks the header X-Hub-Signature of a push, "method=hex", against its
// body (W5), and says why it is not signed.
func Judge(secret, signature string, body []byte) (Proof, string) {
	method, digest, _ := strings.Cut(strings.TrimSpace(signature), "=")
	method = strings.ToLower(strings.TrimSpace(method))
	make := methods[method]
	switch {
	case method == "":
		return Unsigned, "no signature"
	case make == nil:
		return Unsigned, fmt.Sprintf("signature by %q, want sha256 or better", plain(method))
	case secret == "":
		return Unsigned, "there is no secret"
	}
	sum := hmac.New(make, []byte(secret))
	sum.Write(body)
	got, err := hex.DecodeString(strings.TrimSpace(digest))
	if err != nil || !hmac.Equal(got, sum.Sum(nil)) {
		return Forged, "the signature is not that of the hub"
	}
	return Signed, ""
}

const (
	// BackupEvery is how many intervals apart a pushed feed is polled.
	BackupEvery = 4

	late    = 5 * time.Minute // what a push brings later than a poll and this was missed
	tooMany = 3               // misses after which a hub is relied on no more
	most    = 6               // misses that are remembered: so many pushes make up for all
)

// Pace decides how often the feed is polled whose own interval is every, with
// hub the hub's misses over all feeds ([Tally]), and says why that differs.
func (s Subscription) Pace(every time.Duration, hub int, now time.Time) (time.Duration, string) {
	backup := BackupEvery * every
	switch {
	case !s.Live(now):
		return every, ""
	case s.Misses >= tooMany:
		return every, fmt.Sprintf("pushed, but the hub missed %d items", s.Misses)
	case hub >= tooMany:
		return every, fmt.Sprintf("pushed, but the hub missed the last %d items of all feeds", hub)
	case now.Add(backup).After(s.Until):
		return every, "pushed, but the lease ends soon"
	}
	return backup, "a backup: the feed is pushed"
}

// Found returns the subscription after a poll at now found an item that no push
// had announced and that, if published says when it came out, came out after
// the subscription did.
func (s Subscription) Found(published, now time.Time) Subscription {
	if s.Live(now) && s.Owed.IsZero() && (published.IsZero() || published.After(s.Since)) {
		s.Owed = now
	}
	return s
}

// Settle counts what a poll found and no push has brought since as missed.
func (s Subscription) Settle(now time.Time) (_ Subscription, missed bool) {
	if s.Owed.IsZero() || now.Sub(s.Owed) <= late {
		return s, false
	}
	s.Owed, s.Misses = time.Time{}, min(s.Misses+1, most)
	return s, true
}

// Pushed returns the subscription after a signed push came at now, which makes up
// for a miss if it was first with something.
func (s Subscription) Pushed(first bool, now time.Time) Subscription {
	if !s.Owed.IsZero() && now.Sub(s.Owed) <= late {
		s.Owed = time.Time{}
	}
	if first {
		s.Misses = max(s.Misses-1, 0)
	}
	return s
}

// A Tally counts for each hub what it has missed, of all feeds, since it last was
// first with something. It is memory: the zero value is ready to use, and safe
// for concurrent use.
type Tally struct {
	mu     sync.Mutex
	missed map[string]int
}

// Missed counts a miss.
func (t *Tally) Missed(hub string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.missed == nil {
		t.missed = map[string]int{}
	}
	t.missed[hub]++
}

// First forgets the misses of a hub that was first.
func (t *Tally) First(hub string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.missed, hub)
}

// Misses returns how many in a row a hub has missed.
func (t *Tally) Misses(hub string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.missed[hub]
}
