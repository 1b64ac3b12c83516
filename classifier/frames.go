package classifier

import (
	"slices"

	"github.com/chipwire/chipwire/classifier/lexicon"
	"github.com/chipwire/chipwire/news"
)

// A frame is one claim of one clause: these firms do that.
type frame struct {
	s     *sentence
	start int // of the clause
	end   int // of the clause, with those after it that name nobody
	body  int // end of the clause itself

	a, b     []int32 // the two sides; b is empty for peers
	unnamed  string  // words for a party that is not named
	firms    bool    // a firm itself is bought
	borrowed bool    // the predicate is the next clause's
	lists    bool    // members of an alliance: parties, but no pairs

	relations []hit
	types     map[string]float64 // relation types and how much they weigh

	kinds    [8]float64 // by the order of news.Kinds
	stage    news.Stage
	explicit bool // the clause itself tells the stage
	strength float64

	inherited bool // a party comes from another sentence
	enrich    bool // adds to a deal told before, tells none by itself
	features  []news.Feature
	sum       float64
	dropped   string
}

// parties lists the companies of a frame.
func (f *frame) parties() []int32 { return append(slices.Clone(f.a), f.b...) }

// pairs lists the pairs that the frame ties, the lower index first.
func (f *frame) pairs() [][2]int32 {
	var out [][2]int32
	add := func(x, y int32) {
		if x > y {
			x, y = y, x
		}
		if p := [2]int32{x, y}; x != y && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	if len(f.b) > 0 {
		for _, x := range f.a {
			for _, y := range f.b {
				add(x, y)
			}
		}
		return out
	}
	for i, x := range f.a {
		for _, y := range f.a[i+1:] {
			add(x, y)
		}
	}
	return out
}

// A reader goes through a document from its start and keeps what later
// sentences lean on.
type reader struct {
	d       *document
	subject []int32 // the actor of the sentence before
	at      int     // its sentence
	last    *frame  // the last deal
	pairAt  int
	open    *frame // one whose other side was not named
	frames  []*frame
}

// read returns the frames of a document, those dropped included.
func (d *document) read() []*frame {
	if len(d.seen) == 0 {
		return nil
	}
	r := &reader{d: d, at: -9, pairAt: -9}
	for _, s := range d.sents {
		r.sentence(s)
	}
	return r.frames
}

func (r *reader) sentence(s *sentence) {
	if r.answer(s) {
		return
	}
	inner := []int32(nil) // the actor of the clause before
	for i, c := range s.clauses {
		groups := r.d.groups(s, c.Start, c.End)
		f := &frame{s: s, start: c.Start, end: r.reach(s, i), body: c.End, types: map[string]float64{}}
		f.relations = s.relationsIn(c.Start, c.End)
		if len(f.relations) == 0 && borrows(groups) {
			for _, later := range s.clauses[i+1:] {
				if f.relations = s.relationsIn(later.Start, later.End); len(f.relations) > 0 {
					f.end, f.borrowed = later.End, true
					break
				}
			}
		}
		groups = r.d.modifiers(f, groups)
		args := r.d.arguments(f, groups)
		if len(f.relations) > 0 {
			f.fillTypes()
			before := inner
			if before == nil && s.index-r.at <= 2 && !s.title && !s.stranger {
				before = r.subject
			}
			r.bind(f, args, before)
		}
		if len(args.actors) > 0 {
			inner = members(args.actors[:1])
		}
	}
	if len(inner) > 0 {
		r.subject, r.at = inner, s.index
	}
	if s.title && len(r.frames) == 0 && len(s.clauses) > 1 {
		r.whole(s)
	}
}

// whole reads a headline as one clause where its clauses tell nothing alone:
// 텐스토렌트에 5000만달러…현대차·LG전자 베팅.
func (r *reader) whole(s *sentence) {
	f := &frame{s: s, start: s.Start, end: s.End, body: s.End, types: map[string]float64{}}
	f.relations = s.relationsIn(s.Start, s.End)
	args := r.d.arguments(f, r.d.groups(s, s.Start, s.End))
	if len(f.relations) > 0 && len(args.actors)+len(args.strong)+len(args.weak) > 1 {
		f.fillTypes()
		r.bind(f, args, nil)
	}
}

// fillTypes fills the types of a frame from its relations.
func (f *frame) fillTypes() {
	for _, h := range f.relations {
		t := h.e.cue.Type
		if t == "" {
			t = "mutual"
			if h.e.cue.Stage == news.Shipping {
				t = "give"
			}
		}
		f.types[t] = max(f.types[t], h.e.cue.Weight)
	}
}

// relationsIn returns the cues of cooperation between start and end. Where
// there is none, that something was settled, tested or ended tells that there
// is a something.
func (s *sentence) relationsIn(start, end int) []hit {
	out := slices.DeleteFunc(s.cuesIn(start, end, lexicon.Relation), s.travels)
	if len(out) > 0 {
		return out
	}
	for _, h := range s.cuesIn(start, end, lexicon.Stage) {
		if h.e.cue.Weight >= 1 && h.e.cue.Stage != news.Rumour && h.e.cue.Stage != news.Denied && !s.travels(h) {
			out = append(out, h)
		}
	}
	return out
}

// travels reports whether a cue of delivery tells where an executive went: Huang
// arrived in Seoul.
func (s *sentence) travels(h hit) bool {
	switch h.e.form {
	case "arrived", "went to", "goes to", "go to", "bound for", "도착했", "도착한":
	default:
		return false
	}
	for i := len(s.mentions) - 1; i >= 0; i-- {
		if m := s.mentions[i]; m.tail <= h.start {
			return m.person
		}
	}
	return false
}

// borrows holds for a clause without predicate that shares the next one's:
// 올트먼, 삼성과 AI반도체…SK와 HBM 협력 논의.
func borrows(groups []*group) bool { return len(groups) >= 2 }

// reach returns the end of what a clause says: the clauses after it that name
// no firm belong to it.
func (r *reader) reach(s *sentence, i int) int {
	end := s.clauses[i].End
	for _, c := range s.clauses[i+1:] {
		for _, m := range s.mentions {
			if m.out == "" && m.start >= c.Start && m.start < c.End {
				return end
			}
		}
		end = c.End
	}
	return end
}

// maxParties is how many firms one deal has at most: more are a survey.
const maxParties = 12

// keep adds a frame whose parties are known, and remembers them.
func (r *reader) keep(f *frame) {
	f.a = unique(f.a)
	f.b = slices.DeleteFunc(unique(f.b), func(c int32) bool { return slices.Contains(f.a, c) })
	if n := len(f.a) + len(f.b); n < 2 && f.unnamed == "" || n > maxParties {
		return
	}
	r.frames = append(r.frames, f)
	r.d.judge(f)
	if f.dropped == "" && f.unnamed == "" && !f.enrich && !f.spoilt() {
		r.last, r.pairAt = f, f.s.index
	}
}

// spoilt holds for a frame that is about something else than a deal on chips.
func (f *frame) spoilt() bool {
	for _, n := range f.features {
		switch n.Name {
		case "other-product", "other-chip", "wish", "market", "legal", "background", "standing", "no-contact", "paper", "relative-clause", "question", "career", "undone":
			return true
		}
	}
	return false
}

// mutual holds where several actors of one clause deal with each other.
func (f *frame) mutual() bool {
	return f.types["mutual"] > 0 || f.types["meet"] > 0 || f.types["join"] > 0 ||
		f.s.hasID(f.start, f.body, "durative") && f.s.hasID(f.start, f.body, "finished", "over") // 둘이 이어 오던 실증이 끝났다
}

// membership holds where firms are members of one body.
func (f *frame) membership() bool {
	if len(f.a) <= 2 {
		return false
	}
	body := false
	for _, h := range f.s.cuesIn(f.s.Start, f.s.End, lexicon.Kind) {
		switch h.e.cue.Kind {
		case news.Investment:
			return false
		case news.Alliance:
			body = true
		}
	}
	return body
}

// handsOn holds for a predicate that has an object: made, supplied, adopted.
func (f *frame) handsOn() bool {
	for _, t := range []string{"make", "give", "take", "win", "test", "invest", "license"} {
		if f.types[t] > 0 {
			return true
		}
	}
	return false
}

// members lists the companies of groups.
func members(groups []*group) []int32 {
	var out []int32
	for _, g := range groups {
		for _, m := range g.members {
			out = append(out, m.company)
		}
	}
	return unique(out)
}

func unique(list []int32) []int32 {
	var out []int32
	for _, c := range list {
		if !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	return out
}

// without returns list without the companies of drop.
func without(list, drop []int32) []int32 {
	return slices.DeleteFunc(slices.Clone(list), func(c int32) bool { return slices.Contains(drop, c) })
}
