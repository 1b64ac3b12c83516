package classifier

import (
	"slices"

	"github.com/chipwire/chipwire/news"
)

// A deal is what all frames of a document say of the same firms.
type deal struct {
	parties []int32
	frames  []*frame
	tied    [][2]int32 // the pairs among the parties; none where they are only members of one body
	lists   bool
	unnamed string

	kind  news.Kind
	stage news.Stage
	sum   float64
	extra []news.Feature
	why   []news.Feature // of the model, instead of the frame's own
	read  bool           // the rules alone take it for told
}

// deals joins frames over sentences, by pair: what the rules make of a document.
func (d *document) deals(frames []*frame) []*deal {
	var pairs []*deal
	find := func(p []int32) *deal {
		for _, x := range pairs {
			if slices.Equal(x.parties, p) {
				return x
			}
		}
		return nil
	}
	for _, f := range frames {
		if f.dropped != "" {
			continue
		}
		if f.unnamed != "" || f.lists {
			p := f.parties()
			slices.Sort(p)
			if x := find(p); x != nil && (x.lists == f.lists) {
				x.frames = append(x.frames, f)
			} else {
				pairs = append(pairs, &deal{parties: p, frames: []*frame{f}, lists: f.lists, unnamed: f.unnamed})
			}
			continue
		}
		for _, p := range f.pairs() {
			x := find(p[:])
			if x == nil {
				if f.enrich {
					continue
				}
				x = &deal{parties: p[:], tied: [][2]int32{p}}
				pairs = append(pairs, x)
			}
			x.frames = append(x.frames, f)
		}
	}
	for _, x := range pairs {
		d.settle(x)
	}
	return pairs
}

// settle decides kind, stage and score of a deal from its frames.
func (d *document) settle(x *deal) {
	best := x.frames[0]
	for _, f := range x.frames {
		if f.sum > best.sum && (!f.enrich || !best.spoilt()) {
			best = f
		}
	}
	x.sum = best.sum
	good := 0
	for _, f := range x.frames {
		if f.sum > 0 && !f.enrich {
			good++
		}
		if f.hasFeature("no-contact") {
			x.sum += handSet["no-contact"]
			x.extra = append(x.extra, news.Feature{Name: "no-contact", Weight: handSet["no-contact"]})
		}
	}
	d.bodySays(x, best)
	if good > 1 {
		w := handSet["repeated"] * float64(min(good-1, 3))
		x.sum += w
		x.extra = append(x.extra, news.Feature{Name: "repeated", Weight: w})
	}
	x.kind = d.dealKind(x)
	x.stage = d.dealStage(x)
}

// bodySays corrects the score of a deal by what the rest of the story says of
// it. A headline is no news where every passage on its firms looks back, and a
// passage is not told in passing where the next goes on about it.
func (d *document) bodySays(x *deal, best *frame) {
	add := func(name string) {
		x.sum += handSet[name]
		x.extra = append(x.extra, news.Feature{Name: name, Weight: handSet[name]})
	}
	past, told := 0, 0
	for _, f := range x.frames {
		switch {
		case f.s.title || f.enrich:
		case f.hasFeature("background"):
			past++
		default:
			told++
		}
		if best.hasFeature("in-passing") && f.enrich && f.explicit && !f.spoilt() && f.s.index == best.s.index+1 && f.s.hasID(f.start, f.end, "sign", "the-thing") {
			add("told-on")
			return
		}
	}
	if best.s.title && past > 0 && told == 0 {
		add("told-as-past")
	}
}

func (f *frame) hasFeature(name string) bool {
	return slices.ContainsFunc(f.features, func(n news.Feature) bool { return n.Name == name })
}

// believed holds for frames that count for kind and stage: those that were
// not weighed down as background or as another subject.
func (x *deal) believed(f *frame) bool {
	return f.sum > -0.4 && !f.hasFeature("background") && !f.hasFeature("standing") && !f.hasFeature("relative-clause")
}

func (d *document) dealKind(x *deal) news.Kind {
	var kinds [8]float64
	n := 0
	for pass := 0; pass < 2 && n == 0; pass++ {
		for _, f := range x.frames {
			if pass == 0 && !x.believed(f) {
				continue
			}
			n++
			w := 1.0
			if f.enrich || f.inherited {
				w = 0.5
			} else {
				w = 0.5 + min(f.strength, 3)/3
			}
			if f.s.title {
				w *= 1.2
			}
			words := d.weighRoles(f.kinds, x.parties, f)
			_, top := bestKind(words)
			for i, k := range words {
				if k > 0 && k >= top*0.5 {
					kinds[i] += w * k
				}
			}
		}
	}
	k, weight := bestKind(kinds)
	if weight == 0 {
		k = d.kindAround(x)
	}
	if k == news.Partnership {
		k = d.tradeKind(x.parties, x.frames[0])
	}
	return k
}

// kindAround takes the substance from the headline and the sentences next to
// a deal whose own words do not tell it.
func (d *document) kindAround(x *deal) news.Kind {
	f := frame{a: x.parties}
	for _, e := range x.frames {
		for _, i := range []int{0, e.s.index - 1, e.s.index + 1} {
			if i < 0 || i >= len(d.sents) || d.sents[i] == e.s {
				continue
			}
			s := d.sents[i]
			if i != 0 && slices.ContainsFunc(s.mentions, func(m *mention) bool { return m.out == "" && !slices.Contains(x.parties, m.company) }) {
				continue
			}
			g := frame{a: x.parties, s: s, start: s.Start, end: s.End, body: s.End}
			d.weighKinds(&g)
			for k, w := range d.weighRoles(g.kinds, x.parties, &g) {
				f.kinds[k] += w / 2
			}
		}
	}
	k, w := bestKind(f.kinds)
	if w == 0 && slices.ContainsFunc(x.frames, func(f *frame) bool { return d.instrument(f) == news.MOU }) {
		return news.Alliance
	}
	return k
}

// dealStage weighs the stages that the frames tell, the lead and the headline
// most; the weaker wins a tie. A denial or an end outweighs the living stages.
func (d *document) dealStage(x *deal) news.Stage {
	var votes [6]float64
	n := 0
	for pass := 0; pass < 2 && n == 0; pass++ {
		for _, f := range x.frames {
			if pass == 0 && !x.believed(f) {
				continue
			}
			w := 1.0
			switch {
			case f.s.title:
				w = 1.5
			case n == 0 || n == 1 && x.frames[0].s.title:
				w = 2
			case f.enrich:
				w = 0.7
			}
			if !f.explicit {
				w *= 0.2
			}
			n++
			votes[stageIndex(f.stage)] += w
		}
	}
	if votes[stageIndex(news.Denied)] > 0 {
		return news.Denied
	}
	if e := votes[stageIndex(news.Ended)]; e >= 1 || e > 0 && e >= votes[stageIndex(news.Agreed)] {
		return news.Ended
	}
	if votes[stageIndex(news.Shipping)] > 0 && !slices.ContainsFunc(x.frames, (*frame).firm) {
		votes[stageIndex(news.Shipping)] += votes[stageIndex(news.Agreed)]
	}
	best := 0
	for i := range 4 {
		if votes[i] > votes[best]+1e-9 {
			best = i
		}
	}
	return news.Stages[best]
}

// firm holds for a frame that tells of a signature or an order.
func (f *frame) firm() bool {
	return f.stage == news.Agreed && slices.ContainsFunc(f.relations, func(h hit) bool { return h.e.cue.ID == "sign" || h.e.cue.ID == "win" })
}
