package classifier

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/chipwire/chipwire/classifier/lexicon"
	"github.com/chipwire/chipwire/news"
)

// ruleAccept is the sum from which the rules alone take a deal for told: .75.
const (
	ruleAccept = 1.1
	ruleSure   = 2.6 // .93
)

// looksBack is what a pair loses that is told of as past alone. There is little of
// it to learn from, and it is never news.
const looksBack = -2.0

// inHeadline is what a deal gains of which the rules are sure and that the headline
// tells: what a story is about can hardly be one of its asides.
const inHeadline = 2.0

// raisesMoney is what talks gain by which a firm seeks money for chips: the words
// for it are few, and the gold set has next to none.
const raisesMoney = 3.0

// asideOf is what a pair loses that only a line beside the story names: of the
// gold set's training part 4 of 99 such pairs are deals.
const asideOf = -3.0

// A pair whose log odds are so far behind those of the likeliest pair of its story
// is told only from so many up; chosen by -cv.
const (
	behind = 2.5
	ofOwn  = 4.0
)

// maxReasons is how many features a finding names.
const maxReasons = 12

// weigh decides which pairs of a document are deals. The rules read frames; the
// model weighs each pair of firms that stand close, with what the rules say of
// it. What the model has no part in, members of one alliance and a firm beside
// one that is not named, keeps the score of the rules.
func (c *Classifier) weigh(d *document, frames []*frame) []*deal {
	if len(d.seen) == 0 {
		return nil
	}
	read := d.deals(frames)
	var out []*deal
	for _, x := range read {
		if x.lists || x.unnamed != "" || c.model == nil {
			x.sum += logOdds(c.cfg.Accept) - ruleAccept
			out = append(out, x)
		}
	}
	if c.model == nil {
		return out
	}
	cands := d.candidates(frames, read)
	b := c.bags.Get().(*bag)
	defer c.bags.Put(b)
	top := math.Inf(-1)
	for _, cand := range cands {
		d.describe(b, cand)
		sum := c.model.deal(b)
		ruled := d.ruled(cand)
		for _, f := range ruled {
			sum += f.Weight
		}
		top = max(top, sum)
		if logistic(sum) < c.cfg.Review {
			continue
		}
		x := &deal{parties: cand.pair[:], tied: [][2]int32{cand.pair}, frames: cand.frames, sum: sum, why: append(ruled, c.model.reasons(b, maxReasons)...)}
		x.kind, x.stage = c.model.shape(b)
		if cand.deal != nil && cand.deal.told() && cand.deal.stage != news.Agreed && cand.deal.stage != news.Talks && cand.deal.stage != news.Shipping {
			x.stage = cand.deal.stage
		}
		if len(x.frames) == 0 {
			x.frames = []*frame{d.stand(cand)}
		}
		if slices.ContainsFunc(ruled, func(f news.Feature) bool { return f.Name == "raises-money" }) {
			x.kind = news.Investment
		}
		x.read = cand.deal != nil && cand.deal.sum > ruleAccept
		out = append(out, x)
	}
	return d.unite(informed(outshone(out, top)), logOdds(c.cfg.Accept))
}

// ruled lists what is decided by rule, whatever the model has learnt.
func (d *document) ruled(c *candidate) []news.Feature {
	var out []news.Feature
	if c.deal != nil && slices.ContainsFunc(c.deal.extra, func(f news.Feature) bool { return f.Name == "no-contact" }) {
		out = append(out, news.Feature{Name: "no-contact", Weight: handSet["no-contact"]})
	}
	if c.allPast() {
		out = append(out, news.Feature{Name: "looks-back", Weight: looksBack})
	}
	if c.headlined() {
		out = append(out, news.Feature{Name: "headlined", Weight: inHeadline})
	}
	if c.deal != nil && c.deal.sum > ruleAccept && slices.ContainsFunc(c.frames, func(f *frame) bool { return f.hasFeature("to-raise-money") }) {
		out = append(out, news.Feature{Name: "raises-money", Weight: raisesMoney})
	}
	if d.aside(c) {
		out = append(out, news.Feature{Name: "aside", Weight: asideOf})
	}
	return out
}

// headlined holds for a deal of which the rules are sure and that the headline tells.
func (c *candidate) headlined() bool {
	return c.deal != nil && c.deal.sum > ruleSure && slices.ContainsFunc(c.frames, func(f *frame) bool { return f.s.title && f.explicit })
}

// aside holds for a pair that only lines without a sentence's end name, in a story
// of sentences that has neither of the two: a list of other stories, a caption.
func (d *document) aside(c *candidate) bool {
	return d.standing.elsewhere(c) == 0 && !slices.ContainsFunc(c.contexts, func(s *sentence) bool {
		return !strings.HasSuffix(s.form, "/prose") || strings.HasPrefix(s.form, "prose")
	})
}

// outshone drops the pairs without a frame that a likelier one of the same story explains: what is
// told of A and B makes A and C, named a sentence later, look like partners too.
func outshone(deals []*deal, top float64) []*deal {
	return slices.DeleteFunc(deals, func(x *deal) bool { return !x.lists && x.unnamed == "" && !x.read && x.sum < min(top-behind, ofOwn) })
}

// told holds for a deal with a passage that says how far along it is.
func (x *deal) told() bool {
	return slices.ContainsFunc(x.frames, func(f *frame) bool { return f.explicit && x.believed(f) })
}

func logOdds(p float64) float64 { return math.Log(p / (1 - p)) }

// stand makes a frame of a candidate that the rules read none of: the sentence
// that says most, with the firm that is named first as the one that acts.
func (d *document) stand(c *candidate) *frame {
	best, most := c.contexts[0], -1
	for _, s := range c.contexts {
		n := 0
		for i := range s.cues {
			switch s.cues[i].e.cue.Class {
			case lexicon.Relation, lexicon.Stage, lexicon.Kind, lexicon.Topic:
				n++
			}
		}
		if n > most {
			best, most = s, n
		}
	}
	f := &frame{s: best, start: best.Start, end: best.End, body: best.End, a: []int32{c.pair[0]}, b: []int32{c.pair[1]}, types: map[string]float64{}}
	for _, m := range best.mentions {
		if m.company == c.pair[0] || m.company == c.pair[1] {
			if m.company == c.pair[1] {
				f.a, f.b = f.b, f.a
			}
			break
		}
	}
	f.relations = best.relationsIn(best.Start, best.End)
	f.fillTypes()
	return f
}

// informed drops a deal with an unnamed party where the story names a partner of
// the same firm for the same thing.
func informed(deals []*deal) []*deal {
	return slices.DeleteFunc(deals, func(x *deal) bool {
		return x.unnamed != "" && slices.ContainsFunc(deals, func(y *deal) bool {
			return y.unnamed == "" && y.sum > x.sum && slices.Contains(y.parties, x.parties[0])
		})
	})
}

// unite joins pairs that one frame founded and that came out alike into one deal
// of all their parties; accept parts those that are told from those that are not.
func (d *document) unite(pairs []*deal, accept float64) []*deal {
	var out []*deal
	pairs = slices.DeleteFunc(pairs, func(x *deal) bool {
		return !x.lists && x.unnamed == "" && (x.kind == news.Alliance || x.kind == news.Partnership) && slices.ContainsFunc(pairs, func(l *deal) bool {
			return l.lists && (l.sum >= accept || x.sum < accept) && slices.Contains(l.parties, x.parties[0]) && slices.Contains(l.parties, x.parties[1])
		})
	})
	for _, x := range pairs {
		i := slices.IndexFunc(out, func(y *deal) bool {
			return y.unnamed == "" && x.unnamed == "" && !x.lists && !y.lists && y.kind == x.kind && y.stage == x.stage &&
				y.frames[0] == x.frames[0] && (y.sum >= accept) == (x.sum >= accept)
		})
		if i < 0 {
			out = append(out, x)
			continue
		}
		home := out[i]
		home.parties = unique(append(slices.Clone(home.parties), x.parties...))
		home.tied = append(home.tied, x.tied...)
		if x.sum < home.sum {
			home.sum = (home.sum + x.sum) / 2
		}
	}
	slices.SortStableFunc(out, func(a, b *deal) int { return cmp.Compare(b.sum, a.sum) })
	return absorbed(out, accept)
}

// absorbed drops a deal whose parties are all among those of another of the same
// kind and stage: one charter, read from two sentences.
func absorbed(deals []*deal, accept float64) []*deal {
	within := func(x, y *deal) bool {
		return x != y && len(x.parties) < len(y.parties) && x.unnamed == "" && y.unnamed == "" && x.kind == y.kind && x.stage == y.stage &&
			(x.sum < accept || y.sum >= accept) && len(without(x.parties, y.parties)) == 0
	}
	return slices.DeleteFunc(slices.Clone(deals), func(x *deal) bool {
		i := slices.IndexFunc(deals, func(y *deal) bool { return within(x, y) })
		if i >= 0 && !deals[i].lists {
			deals[i].tied = append(deals[i].tied, x.tied...)
		}
		return i >= 0
	})
}

// A Candidate is two firms that a document names close to each other, as the
// model sees them.
type Candidate struct {
	A, B     news.CompanyID // A before B
	Features []string
	Values   []float64 // of the features, 1 for most
}

// Candidates lists the pairs of an article that the model weighs, for training.
func (c *Classifier) Candidates(a news.Article) []Candidate {
	d := c.v.newDocument(a)
	if len(d.seen) == 0 {
		return nil
	}
	frames := d.read()
	cands := d.candidates(frames, d.deals(frames))
	var out []Candidate
	b := namedBag()
	for _, x := range cands {
		d.describe(b, x)
		p, q := c.v.companies[x.pair[0]].ID, c.v.companies[x.pair[1]].ID
		names, values := b.sorted()
		out = append(out, Candidate{A: min(p, q), B: max(p, q), Features: names, Values: values})
	}
	return out
}
