//go:build unix

package eval

import (
	"strings"
	"testing"

	"github.com/chipwire/chipwire/classifier/company"
	"github.com/chipwire/chipwire/news"
)

// A scan is a plain Aho-Corasick automaton over bytes with dense rows: what the
// speed of the classifier is measured against, so that a figure means the same
// on every machine. It knows nothing of words and is not meant to.
type scan struct {
	next [][256]int32
	ends []bool
}

func newScan(patterns []string) *scan {
	s := &scan{next: make([][256]int32, 1), ends: make([]bool, 1)}
	for _, p := range patterns {
		at := int32(0)
		for i := range len(p) {
			to := s.next[at][p[i]]
			if to == 0 {
				to = int32(len(s.next))
				s.next = append(s.next, [256]int32{})
				s.ends = append(s.ends, false)
				s.next[at][p[i]] = to
			}
			at = to
		}
		s.ends[at] = true
	}
	fail := make([]int32, len(s.next))
	var queue []int32
	for _, to := range s.next[0] {
		if to != 0 {
			queue = append(queue, to)
		}
	}
	for ; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		for b, to := range s.next[at] {
			if to == 0 {
				s.next[at][b] = s.next[fail[at]][b]
				continue
			}
			fail[to] = s.next[fail[at]][b]
			s.ends[to] = s.ends[to] || s.ends[fail[to]]
			queue = append(queue, to)
		}
	}
	return s
}

func (s *scan) count(text string) (n int) {
	at := int32(0)
	for i := range len(text) {
		at = s.next[at][text[i]]
		if s.ends[at] {
			n++
		}
	}
	return n
}

// speedTexts are articles of about 4 kB each, put together from the stories of a
// language in the train part.
func speedTexts(t testing.TB, lang string) (list []news.Article, bytes int) {
	var body strings.Builder
	for _, s := range readGold(t, "train").Stories {
		if s.Lang != lang {
			continue
		}
		body.WriteString(s.Body + "\n\n")
		if body.Len() >= 4000 {
			list = append(list, news.Article{Title: s.Title, Body: body.String()})
			bytes += len(s.Title) + body.Len()
			body.Reset()
		}
	}
	return list, bytes
}

func registryScan(t testing.TB) *scan {
	reg, err := company.Default()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range reg.All() {
		for _, list := range c.Names {
			names = append(names, list...)
		}
	}
	return newScan(names)
}

// BenchmarkSpeed judges articles dense with deals, and scans the same bytes.
func BenchmarkSpeed(b *testing.B) {
	c, plain := newClassifier(b), registryScan(b)
	for _, lang := range []string{"ko", "en", "ja", "zh"} {
		list, bytes := speedTexts(b, lang)
		b.Run(lang+"/classify", func(b *testing.B) {
			b.SetBytes(int64(bytes / len(list)))
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				c.Classify(list[i%len(list)])
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "articles/s")
		})
		b.Run(lang+"/scan", func(b *testing.B) {
			b.SetBytes(int64(bytes / len(list)))
			for i := 0; b.Loop(); i++ {
				plain.count(list[i%len(list)].Body)
			}
		})
	}
}

// slowest is the least share of the plain scan's speed that judging may have.
const slowest = 0.015

// TestSpeed holds the speed of judging as a ratio to the plain scan, on Korean
// text. The two take turns and the best ratio of a few counts, as the machine may
// be busy with other things.
func TestSpeed(t *testing.T) {
	if testing.Short() {
		t.Skip("measures time")
	}
	c, plain := newClassifier(t), registryScan(t)
	list, bytes := speedTexts(t, "ko")
	best, rounds, found := 0.0, 0, 0
	for ; rounds < 10 && best < slowest*1.5; rounds++ {
		judging := cpuTime(t, func() {
			for _, a := range list {
				c.Classify(a)
			}
		})
		scanning := cpuTime(t, func() {
			for range 10 {
				for _, a := range list {
					found += plain.count(a.Body)
				}
			}
		}) / 10
		best = max(best, float64(scanning)/float64(judging))
	}
	if found == 0 {
		t.Fatal("the scan finds nothing")
	}
	t.Logf("%.3f times the speed of a plain scan, best of %d rounds over %d articles, %d bytes", best, rounds, len(list), bytes)
	if best < slowest {
		t.Errorf("%.3f times the speed of a plain scan, want at least %.3f", best, slowest)
	}
}
