package extract

import (
	"cmp"
	"slices"
	"unicode"
)

// shingleSize is how many words, or signs of a script without spaces between
// words, are compared at a time.
const shingleSize = 4

// maxUnits bounds the words of a reading that are compared.
const maxUnits = 20000

// shingles are the hashes of all runs of shingleSize units, sorted. Units are
// words, but single signs in Chinese, Japanese and Korean.
func shingles(text string) []uint64 {
	const offset, prime = 14695981039346656037, 1099511628211
	units := make([]uint64, 0, min(len(text)/4, maxUnits)+1)
	h, open := uint64(offset), false
	end := func() {
		if open {
			units = append(units, h)
			h, open = offset, false
		}
	}
	for _, r := range text {
		if len(units) >= maxUnits {
			break
		}
		switch {
		case r < 0x80 && ('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'):
			h, open = (h^uint64(r))*prime, true
		case wide(r):
			end()
			h, open = (h^uint64(r))*prime, true
			end()
		case r >= 0x80 && (unicode.IsLetter(r) || unicode.IsNumber(r)):
			h, open = (h^uint64(r))*prime, true
		default:
			end()
		}
	}
	end()
	n := max(len(units)-shingleSize+1, min(len(units), 1))
	out := make([]uint64, 0, n)
	for i := range n {
		h := uint64(offset)
		for _, u := range units[i:min(i+shingleSize, len(units))] {
			h = (h ^ u) * prime
		}
		out = append(out, h)
	}
	slices.Sort(out)
	return out
}

// overlap counts what two sorted lists share.
func overlap(a, b []uint64) int {
	n := 0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch cmp.Compare(a[i], b[j]) {
		case -1:
			i++
		case 1:
			j++
		default:
			i, j, n = i+1, j+1, n+1
		}
	}
	return n
}

// agreement is the harmonic mean of how much of a stands in b and of b in a.
func agreement(a, b []uint64) float64 {
	if len(a)+len(b) == 0 {
		return 0
	}
	if len(a) == len(b) && len(a) > 0 && &a[0] == &b[0] {
		return 1
	}
	return 2 * float64(overlap(a, b)) / float64(len(a)+len(b))
}

// choose returns the reading that the others bear out best, and sets the
// agreement of each; -1 without any.
func choose(list []candidate) int {
	for i := range list {
		if list[i].grams == nil {
			list[i].grams = shingles(list[i].text)
			for j := i + 1; j < len(list); j++ {
				if list[j].node != nil && list[j].node == list[i].node || list[j].text == list[i].text {
					list[j].grams = list[i].grams
				}
			}
		}
	}
	best := -1
	for i := range list {
		c := &list[i]
		sum, weights := 0.0, 0.0
		for j := range list {
			if i == j {
				continue
			}
			w := faith[list[j].kind]
			sum += w * agreement(c.grams, list[j].grams)
			weights += w
		}
		c.agree = 0
		if weights > 0 {
			c.agree = sum / weights
		}
		own := faith[c.kind]
		c.score = (sum + own) / (weights + own)
		if best < 0 || c.score > list[best].score {
			best = i
		}
	}
	return tighter(list, best)
}

// tighter returns a declared reading that the chosen one holds whole: what a
// looser reading has besides bears witness to nothing. It returns best where no
// declared reading lies in it, or where that is but a part of the text.
func tighter(list []candidate, best int) int {
	if best < 0 || list[best].kind <= byItemprop {
		return best
	}
	for i := range list {
		c := &list[i]
		if c.kind > byItemprop && c.via != "article" || c.kind >= list[best].kind || c.weight >= list[best].weight {
			continue
		}
		if overlap(c.grams, list[best].grams)*20 >= len(c.grams)*19 && c.weight*leastHeld >= list[best].weight {
			return i
		}
	}
	return best
}

// leastHeld is how many times as much a looser reading may hold as the declared
// one inside of it, before that is taken for a part of the text.
const leastHeld = 4

// faith is how much the word of a reading counts, by how it was found.
var faith = [...]float64{byFamily: 4, byItemprop: 2, byLinked: 1.2, byClass: .7, byMain: .5, byDensity: 1, byReadability: 1.3, byState: .5}
