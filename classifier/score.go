package classifier

import (
	"math"
	"slices"
	"strings"

	"github.com/chipwire/chipwire/classifier/lexicon"
	"github.com/chipwire/chipwire/news"
)

// handSet are the weights of the rules' features: log odds, set by hand. An
// explanation is their sum.
var handSet = map[string]float64{
	"bias":               -0.7,
	"relation":           0.6, // times the weight of the relation cues, at most 3
	"same-clause":        0.8,
	"inherited-party":    -0.5,
	"core-topic-clause":  1.5,
	"core-topic-nearby":  1.2,
	"ai-and-chip":        1.3,
	"weak-topic":         0.6,
	"weak-topic-context": 1.1,
	"topic-before":       0.4,
	"no-topic":           -2.2,
	"chip-firms":         0.2,
	"chip-firm":          -1,
	"stage-told":         0.4,
	"headline":           0.9,
	"quoted-source":      0.2,
	"fresh":              0.3,
	"amount":             0.2,
	"instrument":         0.4,
	"repeated":           0.3,
	"background":         -3.8,
	"standing":           -3,
	"relative-clause":    -2.8,
	"in-passing":         -1.5,
	"habitual":           -2.2,
	"wish":               -4,
	"rivalry":            -3.2,
	"market":             -3,
	"market-headline":    -2.6,
	"opinion-headline":   -2.6,
	"review-headline":    -3,
	"ranking-headline":   -2.4,
	"legal-headline":     -2.4,
	"personnel-headline": -1.6,
	"career":             -2.4,
	"question":           -2.8,
	"undone":             -2.6,
	"told-as-past":       -3.8,
	"told-on":            1.2,
	"legal":              -3.2,
	"ranking":            -2.6,
	"earnings":           -2.4,
	"government":         -0.8,
	"paper":              -2.4,
	"other-product":      -3.8,
	"other-product-near": -1.2,
	"other-chip":         -3.6,
	"unnamed-party":      -2.6,
	"meeting-only":       -1.6,
	"to-raise-money":     1.2,
	"weak-relation":      -0.9,
	"round-up":           -0.8,
	"same-group":         -0.5,
	"no-contact":         -9,
}

// Priors are the weights that features of the model have before anything is
// learnt: for what the rules see the weights that they give it.
func Priors() map[string]float64 {
	out := map[string]float64{}
	for name, w := range handSet {
		out["frame."+name], out["deal."+name] = w, w
	}
	out["ruled-out"], out["all-past"] = -3, -2
	out["around:none"], out["around:story-weak"], out["around:story-core"] = -3, -1.5, -0.5
	return out
}

// note adds a feature to the frame; times scales its weight.
func (f *frame) note(name string, times float64, where string) {
	w := handSet[name] * times
	f.features = append(f.features, news.Feature{Name: name, Weight: w, Where: where})
	f.sum += w
}

// logistic turns a sum of weights into a score.
func logistic(sum float64) float64 {
	return math.Round(1e4/(1+math.Exp(-sum))) / 1e4
}

// judge tells the kind and stage of a frame and weighs what speaks for and
// against it.
func (d *document) judge(f *frame) {
	d.tellStage(f)
	d.weighKinds(f)
	f.note("bias", 1, "")
	d.weighRelation(f)
	d.weighTopic(f)
	d.weighNews(f)
	d.weighAgainst(f)
	d.weighStory(f)
}

func (d *document) weighRelation(f *frame) {
	sum, where := 0.0, ""
	seen := map[string]bool{}
	for _, h := range f.relations {
		if seen[h.e.cue.ID] {
			continue
		}
		seen[h.e.cue.ID] = true
		sum += h.e.cue.Weight
		if where == "" || h.e.cue.Weight > 1 {
			where = h.e.form
		}
	}
	f.strength = sum
	f.note("relation", min(sum, 3), where)
	if f.inherited || f.enrich {
		f.note("inherited-party", 1, "")
	} else {
		f.note("same-clause", 1, "")
	}
	if f.unnamed != "" {
		f.note("unnamed-party", 1, f.unnamed)
	}
	if f.raises() {
		f.note("to-raise-money", 1, where)
		return
	}
	if sum < 0.7 {
		f.note("weak-relation", 1, where)
	}
	if len(f.types) == 1 && f.types["meet"] > 0 && f.types["meet"] < 1 {
		f.note("meeting-only", 1, where)
	}
}

// raises holds for a meeting whose purpose is said: to raise money.
func (f *frame) raises() bool {
	return f.types["meet"] > 0 && !f.handsOn() && slices.ContainsFunc(f.s.cuesIn(f.start, f.end, lexicon.Kind), func(h hit) bool {
		return h.e.cue.ID == "stake" && raising(f.s.slice(h.start, min(f.end, h.end+20)))
	})
}

// raising holds for 자금 조달을 위해, to raise funds.
func raising(s string) bool {
	return strings.HasPrefix(s, "자금") && (strings.Contains(s, "위해") || strings.Contains(s, "위한") || strings.Contains(s, "목적")) || strings.HasPrefix(s, "rais")
}

// weighTopic asks whether the frame is about AI chips at all.
func (d *document) weighTopic(f *frame) {
	s := f.s
	first := func(start, end int, c lexicon.Class, types ...string) string {
		if h := s.cuesIn(start, end, c, types...); len(h) > 0 {
			return s.slice(h[0].start, h[0].end)
		}
		return ""
	}
	core, coreNear := first(f.start, f.end, lexicon.Topic, "core"), first(s.Start, s.End, lexicon.Topic, "core")
	weak := first(s.Start, s.End, lexicon.Topic, "weak")
	ai := slices.ContainsFunc(s.cuesIn(s.Start, s.End, lexicon.Topic, "ai"), func(h hit) bool { return !insideName(s, h.start+1) })
	place := first(s.Start, s.End, lexicon.Topic, "place")
	context := d.coreBefore(f)
	switch {
	case core != "":
		f.note("core-topic-clause", 1, core)
	case coreNear != "":
		f.note("core-topic-nearby", 1, coreNear)
	case weak != "" && ai:
		f.note("ai-and-chip", 1, weak)
	case weak != "" && context:
		f.note("weak-topic-context", 1, weak)
	case weak != "" || place != "" && context:
		f.note("weak-topic", 1, weak)
	case context && (d.fundsMaker(f) || f.raises()):
		f.note("weak-topic-context", 1, "")
	case context || place != "" && ai:
		f.note("topic-before", 1, "")
	case d.v.ownTopic:
		f.note("no-topic", 2, "") // nothing but its words can tell of it
	default:
		f.note(d.trade(f), 1, "")
	}
	if core+coreNear+weak == "" && f.types["meet"] > 0 && !f.handsOn() && !f.raises() {
		f.note("meeting-only", 1, "") // what the meeting is about is not said
	}
	if o := d.otherProduct(f); o != "" {
		if core == "" {
			f.note("other-product", 1, o)
		} else if coreNear == "" {
			f.note("other-product-near", 1, o)
		}
	}
	if o := first(s.Start, s.End, lexicon.Other, "chip"); o != "" && coreNear == "" {
		f.note("other-chip", 1, o)
	}
}

// fundsMaker reports whether a frame puts money into a firm that makes chips:
// the firm itself is then the chip of the story.
func (d *document) fundsMaker(f *frame) bool {
	return f.kinds[kindIndex(news.Investment)] >= 2 && slices.ContainsFunc(f.parties(), func(c int32) bool { return d.v.pure(c) && d.v.companies[c].Is("fabless") })
}

// otherProduct returns the word for a product that is no chip and that a frame
// may be about. A model that chips are said to run is not (a processor for
// running AI models): there the chips are.
func (d *document) otherProduct(f *frame) string {
	s := f.s
	for _, h := range s.cuesIn(f.start, f.end, lexicon.Other, "product") {
		from, to := max(f.start, h.start-28), h.start // running AI models
		if d.verbLast() {
			from, to = h.end, min(f.end, h.end+28) // AI 모델을 돌리는
		}
		if h.e.cue.ID != "ai-product" || !s.has(s.Start, s.End, lexicon.Topic, "core", "weak") || !s.has(from, to, lexicon.Purpose) {
			return s.slice(h.start, h.end)
		}
	}
	return ""
}

// trade says what the trades of the parties tell of the topic where no word
// does: two chip makers deal in chips.
func (d *document) trade(f *frame) string {
	n := 0
	for _, c := range f.parties() {
		if d.v.pure(c) {
			n++
		}
	}
	switch {
	case n >= 2:
		return "chip-firms"
	case n == 1:
		return "chip-firm"
	}
	return "no-topic"
}

// pure holds for a company that makes chips, or what chips are made with, and
// little else.
func (v *vocabulary) pure(c int32) bool {
	co := v.companies[c]
	return !v.ownTopic && co.Is("fabless", "foundry", "memory", "equipment", "substrate", "osat", "design-house", "ip", "eda", "materials") &&
		!co.Is("oem", "hyperscaler", "telco", "internet", "investor", "ai-lab", "automotive")
}

// coreBefore reports whether the headline or a sentence close by that names
// a party is about AI chips.
func (d *document) coreBefore(f *frame) bool {
	s, parties := f.s, f.parties()
	names := func(o *sentence) bool {
		return f.enrich || len(o.mentions) == 0 && o.index == s.index+1 || slices.ContainsFunc(o.mentions, func(m *mention) bool { return slices.Contains(parties, m.company) })
	}
	if d.sents[0].title && d.sents[0] != s && names(d.sents[0]) && d.sents[0].has(0, d.sents[0].End, lexicon.Topic, "core") {
		return true
	}
	for i := max(0, s.index-2); i <= min(s.index+1, len(d.sents)-1); i++ {
		if p := d.sents[i]; p != s && names(p) && p.has(p.Start, p.End, lexicon.Topic, "core") {
			return true
		}
	}
	return false
}

// weighNews adds what makes a passage a report.
func (d *document) weighNews(f *frame) {
	s := f.s
	if s.title {
		f.note("headline", 1, "")
	}
	if f.explicit {
		f.note("stage-told", 1, string(f.stage))
	}
	for _, c := range []struct {
		name  string
		class lexicon.Class
	}{{"quoted-source", lexicon.Source}, {"fresh", lexicon.Fresh}, {"amount", lexicon.Amount}, {"instrument", lexicon.Instrument}} {
		if s.has(s.Start, s.End, c.class) {
			f.note(c.name, 1, "")
		}
	}
}

// weighStory adds what the headline says of the whole story.
func (d *document) weighStory(f *frame) {
	for _, v := range []string{"market", "opinion", "review", "ranking", "legal", "personnel"} {
		if d.vetoes[v] && !(f.s.title && v != "opinion" && v != "review" && v != "personnel") {
			f.note(v+"-headline", 1, "")
		}
	}
	if p := f.parties(); len(p) > 6 {
		f.note("round-up", 1, "")
	} else if len(p) == 2 {
		a, b := d.v.companies[p[0]], d.v.companies[p[1]]
		if a.Parent == b.ID || b.Parent == a.ID {
			f.note("same-group", 1, "")
		}
	}
}
