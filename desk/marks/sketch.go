package marks

import (
	"math/bits"
	"unicode"
)

// A sketch is made of runs of run runes, letters and digits only: no language
// needs words for that. Texts below least runes have none.
const (
	run   = 4
	least = 60
	most  = 1500
)

// sketch is a similarity hash of 64 bits: of all runs, each bit has the value
// that most of their hashes have there (Charikar, 2002). Texts that share most of
// their words differ in few bits.
func sketch(body string) uint64 {
	var window [run]rune
	var votes [64]int
	var lanes [8]uint64 // of each byte of the hashes, eight counters of eight bits
	n, held := 0, 0
	flush := func() {
		for i := range votes {
			votes[i] += int(lanes[i/8] >> (i % 8 * 8) & 0xff)
		}
		lanes, held = [8]uint64{}, 0
	}
	for _, r := range body {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			continue
		}
		copy(window[:], window[1:])
		window[run-1] = unicode.ToLower(r)
		if n++; n < run {
			continue
		}
		h := mix(window)
		for i := range lanes {
			lanes[i] += spread[byte(h>>(8*i))]
		}
		if held++; held == 255 {
			flush()
		}
		if n == most {
			break
		}
	}
	if n < least {
		return 0
	}
	flush()
	var out uint64
	for i, v := range votes {
		if 2*v > n-run+1 {
			out |= 1 << i
		}
	}
	return out
}

// spread holds for each byte its bits, each in a byte of its own.
var spread = func() (t [256]uint64) {
	for b := range t {
		for j := range 8 {
			t[b] |= uint64(b>>j&1) << (8 * j)
		}
	}
	return t
}()

// mix hashes a run; sketches are stored, so it must never change.
func mix(window [run]rune) uint64 {
	h := uint64(14695981039346656037)
	for _, r := range window {
		h = (h ^ uint64(r)) * 1099511628211
	}
	h ^= h >> 32 // the last step of splitmix64 spreads the upper bits
	h *= 0x9e3779b97f4a7c15
	return h ^ h>>29
}

// nearBits is in how many bits the sketches of a text and its reprint may differ.
const nearBits = 12

// Near reports whether two sketches are of nearly the same text.
func Near(a, b uint64) bool { return a != 0 && b != 0 && bits.OnesCount64(a^b) <= nearBits }
