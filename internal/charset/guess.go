package charset

// sampleBytes is how much of a text is measured to guess its encoding.
const sampleBytes = 64 << 10

// A family is an encoding with a two-byte part, and what its text looks like:
// in ordinary text nearly all pairs lie in the rows of everyday characters.
type family struct {
	named
	pair func(lead, trail byte) (valid, common bool)
	kana bool // plausible only with Japanese letters in it
}

// families in the order in which an equal score decides. Korean text scores as
// high in GB18030 as in CP949, Chinese text is low in CP949.
var families = []family{
	{named: cp949, pair: func(l, t byte) (bool, bool) {
		valid := in(l, 0x81, 0xfe) && (in(t, 0x41, 0x5a) || in(t, 0x61, 0x7a) || in(t, 0x81, 0xfe))
		return valid, in(l, 0xb0, 0xc8) && t >= 0xa1
	}},
	{named: eucJP, kana: true, pair: func(l, t byte) (bool, bool) {
		return (in(l, 0xa1, 0xfe) || l == 0x8e) && in(t, 0xa1, 0xfe), l == 0xa4 || l == 0xa5 || in(l, 0xb0, 0xcf)
	}},
	{named: shiftJIS, pair: func(l, t byte) (bool, bool) {
		valid := (in(l, 0x81, 0x9f) || in(l, 0xe0, 0xfc)) && in(t, 0x40, 0xfc) && t != 0x7f
		return valid, l == 0x82 && in(t, 0x9f, 0xf1) || l == 0x83 && t <= 0x96 || in(l, 0x88, 0x97)
	}},
	{named: big5, pair: func(l, t byte) (bool, bool) {
		return in(l, 0xa1, 0xf9) && (in(t, 0x40, 0x7e) || in(t, 0xa1, 0xfe)), in(l, 0xa4, 0xc6)
	}},
	{named: gb18030, pair: func(l, t byte) (bool, bool) {
		valid := in(l, 0x81, 0xfe) && (in(t, 0x40, 0xfe) && t != 0x7f || in(t, 0x30, 0x39))
		return valid, in(l, 0xb0, 0xd7) && t >= 0xa1
	}},
}

func in(b, lo, hi byte) bool { return lo <= b && b <= hi }

// Scores from which a guess is taken at all, and from which it may overrule a
// declaration.
const (
	plausible = 0.6
	clearly   = 0.85 // from which no other encoding is tried
	certain   = 0.9
	minPairs  = 8 // fewer prove nothing against a declaration
)

// guessed names the encoding that b looks like; enc is nil when it looks like
// none. sure reports that the guess may overrule a declaration.
func guessed(b []byte) (n named, sure bool) {
	b = sample(b)
	if western(b) {
		return windows1252, false
	}
	best := 0.0
	for _, f := range families {
		score, pairs := f.score(b)
		if score <= best || score < plausible {
			continue
		}
		best, n, sure = score, f.named, score >= certain && pairs >= minPairs
		if f.name == cp949.name && score > clearly {
			break
		}
	}
	if best <= clearly {
		if a := guessedAlphabet(b); a.enc != nil {
			return a, false
		}
	}
	return n, sure
}

// implausible reports whether b does not look like text in the encoding.
func implausible(b []byte, name string) bool {
	if name == windows1252.name {
		return !western(sample(b))
	}
	for _, f := range families {
		if f.name == name {
			score, _ := f.score(sample(b))
			return score < 0.3
		}
	}
	return false
}

// sample is the part of b to measure, from its first byte beyond ASCII.
func sample(b []byte) []byte {
	for i, c := range b {
		if c >= 0x80 {
			return b[i:min(len(b), i+sampleBytes)]
		}
	}
	return nil
}

// score says how much b looks like ordinary text of the family: 1 when every
// pair is an everyday character. The rows of symbols, alike in all families
// built on EUC, do not count.
func (f family) score(b []byte) (score float64, pairs int) {
	common, kana, bad := 0, 0, 0
	for i := 0; i < len(b); {
		if b[i] < 0x80 {
			i++
			continue
		}
		if i+1 == len(b) {
			break
		}
		valid, everyday := f.pair(b[i], b[i+1])
		switch {
		case valid && everyday:
			common++
			pairs++
			if b[i] == 0xa4 || b[i] == 0xa5 {
				kana++
			}
		case valid && in(b[i], 0xa1, 0xa3):
		case valid:
			pairs++
		case f.name == shiftJIS.name && in(b[i], 0xa1, 0xdf): // half-width katakana
			pairs++
			i--
		default:
			bad++
			i--
		}
		i += 2
	}
	if pairs == 0 || f.kana && kana*7 < pairs {
		return 0, pairs
	}
	return float64(common-2*bad) / float64(pairs+bad), pairs
}

// western reports whether the bytes beyond ASCII stand alone between ASCII
// letters, as accents and typographic quotes of windows-1252 do.
func western(b []byte) bool {
	alone, high := 0, 0
	for i, c := range b {
		if c < 0x80 {
			continue
		}
		high++
		before := i > 0 && b[i-1] >= 0x80
		after := i+1 < len(b) && b[i+1] >= 0x80
		quote := c == 0x80 || c == 0x85 || in(c, 0x91, 0x97) || c == 0x99
		if !before && !after && (quote || c >= 0xa0) {
			alone++
		}
	}
	return high > 0 && alone*3 >= high*2
}
