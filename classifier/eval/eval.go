// Package eval measures a judge of stories against labels: precision, recall
// and F1 with intervals, by language and by tag, of flags, companies and pairs;
// kinds and stages; minimal pairs; calibration; evidence; two simple rules to
// compare with; and what each part of the classifier is worth.
//
// It is pure: it reads no files, asks no clock, and its chance is seeded, so the
// same stories and the same judge give the same report to the last digit.
// classifier/testdata/gold has the stories, `chipwire eval` prints the reports.
package eval

import (
	"cmp"
	"maps"
	"slices"

	"github.com/chipwire/chipwire/news"
)

// A Judge says what a story reports. [classifier.Classifier.Classify] is one; for
// a useful calibration its review threshold should be next to nothing.
type Judge func(news.Article) news.Verdict

// A Report is what a judge is worth on a set.
type Report struct {
	All       Group   `json:"all"`
	Languages []Group `json:"languages"` // by code
	Tags      []Group `json:"tags,omitempty"`
	// Hard is what must stay unflagged: the stories with one of [HardTags] that
	// are labelled so. Its one figure is Specificity.
	Hard Group `json:"hard"`
	// Apart counts the flagged stories of which every pair has a firm outside the
	// registry: they are in no other figure. Found are those flagged none the less.
	Apart struct {
		Stories int `json:"stories"`
		Found   int `json:"found"`
	} `json:"apart"`

	Kinds  Matrix `json:"kinds"`  // of the pairs that were found
	Stages Matrix `json:"stages"` // of the pairs that were found

	Minimal     Minimal     `json:"minimal"`
	Calibration Calibration `json:"calibration"`
	Curve       []Point     `json:"curve"` // precision and recall of flags at every score
	Thresholds  []Threshold `json:"thresholds"`
	Misses      []Miss      `json:"misses,omitempty"` // worst first

	scored []scored
}

// HardTags mark the negatives on which a reader's trust hangs.
var HardTags = []string{"related-list", "other-field", "background"}

// A Group is the figures of some stories.
type Group struct {
	Name    string `json:"name,omitempty"`
	Stories int    `json:"stories"`
	Flagged int    `json:"flagged"` // by their labels

	Flag        Score  `json:"flag"`
	Specificity Figure `json:"specificity"` // of the stories not to be flagged, those that are not
	Companies   Score  `json:"companies"`
	Pairs       Score  `json:"pairs"`
	Kind        Figure `json:"kind"`     // of the pairs found, those of the right kind
	Stage       Figure `json:"stage"`    // of the pairs found, those of the right stage
	Evidence    Figure `json:"evidence"` // of the findings found, those that quote a labelled sentence
	Exact       Figure `json:"exact"`    // stories with exactly their pairs, kinds and stages
}

// A Matrix counts labels (rows) against verdicts (columns), in the order of Names.
type Matrix struct {
	Names  []string `json:"names"`
	Counts [][]int  `json:"counts"`
}

func newMatrix[T ~string](names []T) Matrix {
	m := Matrix{}
	for _, n := range names {
		m.Names = append(m.Names, string(n))
		m.Counts = append(m.Counts, make([]int, len(names)))
	}
	return m
}

func (m Matrix) add(want, got string) {
	i, j := slices.Index(m.Names, want), slices.Index(m.Names, got)
	if i >= 0 && j >= 0 {
		m.Counts[i][j]++
	}
}

// Measure judges a set. done, unless nil, is told after each story and minimal
// pair how many are judged.
func Measure(set Set, judge Judge, done func(n int)) Report {
	r := Report{Kinds: newMatrix(news.Kinds), Stages: newMatrix(news.Stages)}
	n := 0
	tell := func() {
		if n++; done != nil {
			done(n)
		}
	}
	var rows []row
	for _, s := range set.Stories {
		v := judge(s.Article())
		if s.outside() {
			r.Apart.Stories++
			if v.Flagged {
				r.Apart.Found++
			}
		} else {
			rows = append(rows, r.take(s, v))
		}
		tell()
	}
	r.groups(rows)
	r.Minimal = measureMinimal(set.Minimal, judge, tell)
	r.Calibration = calibrate(r.scored)
	r.Curve = curve(r.scored)
	r.Thresholds = thresholds(r.scored)
	slices.SortStableFunc(r.Misses, func(a, b Miss) int { return cmp.Compare(b.weight, a.weight) })
	return r
}

// take enters one verdict into all that is not kept by group.
func (r *Report) take(s Story, v news.Verdict) row {
	c := compare(s, v)
	for _, m := range c.matched {
		r.Kinds.add(string(m.want.Kind), string(m.got.Kind))
		r.Stages.add(string(m.want.Stage), string(m.got.Stage))
	}
	score := flaggable(v)
	r.scored = append(r.scored, scored{lang: s.Lang, score: score, want: s.Flagged})
	if len(c.faults) > 0 {
		weight := 0.01 * float64(len(c.faults))
		if s.Flagged != v.Flagged {
			weight += 1 + max(score, 1-score)
		}
		r.Misses = append(r.Misses, Miss{ID: s.ID, Lang: s.Lang, Title: s.Title, Faults: c.faults, Why: s.Why, Score: score, weight: weight, story: s})
	}
	return row{lang: s.Lang, tags: s.Tags, counts: c.counts}
}

// A row is what one story adds to the figures.
type row struct {
	lang   string
	tags   []string
	counts counts
}

// groups sums the rows up, overall, by language and by tag.
func (r *Report) groups(rows []row) {
	langs, tags := map[string][]counts{}, map[string][]counts{}
	var all, hard []counts
	for _, x := range rows {
		all = append(all, x.counts)
		langs[x.lang] = append(langs[x.lang], x.counts)
		for _, t := range slices.Compact(slices.Sorted(slices.Values(x.tags))) {
			tags[t] = append(tags[t], x.counts)
		}
		if x.counts[negatives] > 0 && slices.ContainsFunc(x.tags, func(t string) bool { return slices.Contains(HardTags, t) }) {
			hard = append(hard, x.counts)
		}
	}
	r.All = newGroup("all", all)
	r.Hard = newGroup("hard", hard)
	for _, l := range slices.Sorted(maps.Keys(langs)) {
		r.Languages = append(r.Languages, newGroup(l, langs[l]))
	}
	for _, t := range slices.Sorted(maps.Keys(tags)) {
		r.Tags = append(r.Tags, newGroup(t, tags[t]))
	}
}

// Language returns the figures of a language, without stories where there are none.
func (r Report) Language(lang string) Group {
	for _, g := range r.Languages {
		if g.Name == lang {
			return g
		}
	}
	return Group{Name: lang}
}

// Totals returns the report without anything that tells of one story or of a
// small group: what may be seen of a blind set.
func (r Report) Totals() Report {
	r.Tags, r.Misses, r.Thresholds, r.Minimal.Failed = nil, nil, nil, nil
	return r
}
