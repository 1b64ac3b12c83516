package eval

import (
	"cmp"
	"maps"
	"math"
	"slices"
)

// A scored story is its score beside its label.
type scored struct {
	lang  string
	score float64
	want  bool
}

// Calibration tells whether scores are probabilities. The score of a story is
// that of its best finding with known parties, 0 without one.
type Calibration struct {
	Brier float64 `json:"brier"` // mean square of score less label; 0.25 for a coin
	ECE   float64 `json:"ece"`   // mean distance of score and share over the bins
	Bins  []Bin   `json:"bins"`  // of equal width, those with stories
}

// A Bin is the stories whose scores lie from Low to High.
type Bin struct {
	Low     float64 `json:"low"`
	High    float64 `json:"high"`
	Stories int     `json:"stories"`
	Score   float64 `json:"score"` // mean
	Share   float64 `json:"share"` // flagged by their labels
}

const bins = 10

func calibrate(list []scored) Calibration {
	var c Calibration
	all := make([]Bin, bins)
	for _, s := range list {
		b := &all[min(int(s.score*bins), bins-1)]
		b.Stories++
		b.Score += s.score
		y := 0.0
		if s.want {
			y = 1
		}
		b.Share += y
		c.Brier += (s.score - y) * (s.score - y) / float64(len(list))
	}
	for i, b := range all {
		if b.Stories == 0 {
			continue
		}
		n := float64(b.Stories)
		b.Low, b.High, b.Score, b.Share = float64(i)/bins, float64(i+1)/bins, b.Score/n, b.Share/n
		c.ECE += math.Abs(b.Score-b.Share) * n / float64(len(list))
		c.Bins = append(c.Bins, b)
	}
	return c
}

// A Point is precision and recall of flags when all stories from a score up are
// flagged.
type Point struct {
	Score     float64 `json:"score"`
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
}

// F1 is the harmonic mean of precision and recall, 0 when both are.
func (p Point) F1() float64 {
	if p.Precision+p.Recall == 0 {
		return 0
	}
	return 2 * p.Precision * p.Recall / (p.Precision + p.Recall)
}

// curve returns a point for every score above 0, highest first.
func curve(list []scored) []Point {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b scored) int { return cmp.Compare(b.score, a.score) })
	all := 0
	for _, s := range list {
		if s.want {
			all++
		}
	}
	var out []Point
	right := 0
	for i, s := range list {
		if s.score == 0 || all == 0 {
			break
		}
		if s.want {
			right++
		}
		if i+1 < len(list) && list[i+1].score == s.score {
			continue
		}
		out = append(out, Point{s.score, float64(right) / float64(i+1), float64(right) / float64(all)})
	}
	return out
}

// A Threshold is what accepting from a score up would make of the flags of a
// language, or of all.
type Threshold struct {
	Lang  string  `json:"lang"` // "all", or a code
	Best  Point   `json:"best"` // the highest F1
	Sure  Point   `json:"sure"` // the most recall at a precision of at least SurePrecision; Score 0: there is none
	Steps []Point `json:"steps"`
}

// SurePrecision is the precision below which alerts are not to fall.
const SurePrecision = 0.90

func thresholds(list []scored) []Threshold {
	langs := map[string][]scored{}
	for _, s := range list {
		langs[s.lang] = append(langs[s.lang], s)
	}
	out := []Threshold{newThreshold("all", list)}
	for _, l := range slices.Sorted(maps.Keys(langs)) {
		out = append(out, newThreshold(l, langs[l]))
	}
	return out
}

func newThreshold(lang string, list []scored) Threshold {
	t := Threshold{Lang: lang}
	points := curve(list)
	for _, p := range points {
		if p.F1() > t.Best.F1() {
			t.Best = p
		}
		if p.Precision >= SurePrecision {
			t.Sure = p
		}
	}
	for i := 1; i < 20; i++ {
		at := Point{Score: float64(i) / 20}
		for _, p := range points {
			if p.Score >= at.Score {
				at.Precision, at.Recall = p.Precision, p.Recall
			}
		}
		t.Steps = append(t.Steps, at)
	}
	return t
}
