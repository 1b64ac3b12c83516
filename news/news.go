// Package news holds the words that every stage of chipwire shares: a [Feed]
// yields an [Item], its page makes it an [Article], the classifier's [Verdict]
// on it holds a [Finding] for each deal it reports, the desk joins the findings
// of many articles into an [Event], and a subscriber of one company gets an
// [Alert] when an event appears or really changes.
//
// The types carry data and the few rules that belong to the words themselves
// (which stage is further along, what an id looks like). They import nothing
// but the standard library, so that a program that only subscribes stays small.
package news

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
)

// Hash returns 32 hexadecimal digits that identify the parts and their order.
// Parts are hashed with their lengths, so ("ab", "c") and ("a", "bc") differ.
func Hash(parts ...string) string {
	h := sha256.New()
	var n [8]byte
	for _, p := range parts {
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		h.Write(n[:])
		h.Write([]byte(p))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
