package desk

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chipwire/chipwire/desk/marks"
	"github.com/chipwire/chipwire/news"
)

// A deal is what claims say together as far as they have been folded: enough to
// tell whether another one speaks of it too.
type deal struct {
	id     string // of its event, "" while it has none
	pinned bool

	claims    []news.Claim // none in the index
	companies []news.CompanyID
	kinds     []news.Kind // that it was told as
	products  []string
	amounts   []float64
	places    []string
	sketches  []uint64

	first, last news.Claim // of its claims, by publication; only place and time in the index
	rank        int        // of its furthest stage
	ended       int64      // when it was said to have ended, 0 while it lives
	denied      bool       // by the last that was said of its stage

	named, lone []news.CompanyID // in the index alone: see firmsOf
}

// open reports whether the deal has a party that nobody has named.
func (d *deal) open() bool { return len(d.companies) < 2 }

// add takes one more claim, the latest so far.
func (d *deal) add(c news.Claim) {
	if len(d.claims) == 0 {
		d.first, d.kinds = c, []news.Kind{c.Kind}
	}
	d.claims = append(d.claims, c)
	defer func() {
		if len(d.claims) == 1 || earlier(d.last, c) < 0 {
			d.last = c
		}
	}()
	if c.Gone {
		if len(d.companies) == 0 {
			d.companies, _ = registered(c.Parties)
		}
		return
	}
	if d.kinds[0] == news.Partnership {
		d.kinds[0] = c.Kind
	}
	d.kinds = union(d.kinds, []news.Kind{c.Kind})
	ids, _ := registered(c.Parties)
	for _, id := range append(ids, c.Was...) {
		if i, there := slices.BinarySearch(d.companies, id); !there {
			d.companies = slices.Insert(d.companies, i, id)
		}
	}
	d.products = union(d.products, c.Marks.Products)
	d.amounts = union(d.amounts, c.Marks.Amounts)
	d.places = union(d.places, c.Marks.Places)
	if c.Sketch != 0 && len(d.sketches) < maxSketches {
		d.sketches = append(d.sketches, c.Sketch)
	}
	d.rank = max(d.rank, c.Stage.Rank())
	switch {
	case c.Stage == news.Ended && d.ended == 0:
		d.ended = c.Said
	case d.ended != 0 && c.Marks.Resumes && !c.Stage.Over():
		d.ended = 0
	}
	if c.Stage.Over() || takesBack(c, d.last.Said) {
		d.denied = c.Stage == news.Denied
	}
}

// Bounds of what a deal remembers of its claims.
const (
	maxSketches = 8
	maxUnion    = 10
)

func union[T comparable](a, b []T) []T {
	for _, v := range b {
		if len(a) < maxUnion && !slices.Contains(a, v) {
			a = append(a, v)
		}
	}
	return a
}

// A verdict on whether a claim speaks of a deal is a sum of points; at joinAt it
// does. The points were set by hand on the rule that the same firms at the same
// thing within days are one deal unless something says otherwise, and after weeks
// two unless something says so.
const (
	joinAt = 1.5

	sameParties  = 2.0  // exactly these firms
	moreParties  = 1.5  // one has all of the other's
	someParties  = 0.0  // two in common, and each has others
	fillParties  = 0.0  // one names the firm that the other does not
	sameOpen     = 1.5  // the same firm, and both do not name the other
	sameKind     = 0.5  //
	nearKind     = -1.0 // told as another kind: joint design as supply
	otherKind    = -3.0 //
	days3        = 1.0  // since the last report
	days10       = 0.5  //
	days30       = 0.0  //
	later        = -0.5 //
	repeated     = -1.0 // weeks later, and no further than before
	sameProduct  = 1.0  //
	otherProduct = -3.0 // HBM3E and HBM4
	sameAmount   = 1.5  //
	otherAmount  = -2.0 //
	samePlace    = 0.5  //
	otherPlace   = -1.0 //
	sameText     = 3.0  // a reprint
	furtherDeal  = -1.0 // the text speaks of an additional order
	pointsBack   = 1.0  // the text points at an earlier report
)

// repeatAfter is how long after the last report a second one of the same stage
// looks like a second deal.
const repeatAfter = 21 * 24 * time.Hour

// background is how long after the end of a deal its reports still come in.
const background = 24 * time.Hour

// A match says whether a claim joins a deal, and what spoke for and against it.
type match struct {
	points float64
	why    []string
}

func (m *match) add(points float64, why string) {
	m.points += points
	m.why = append(m.why, fmt.Sprintf("%s %+.1f", why, points))
}

func (m match) joins() bool { return m.points >= joinAt }

// String lists the reasons.
func (m match) String() string { return strings.Join(m.why, ", ") }

// matches judges whether c, said no sooner than any claim of d, speaks of d.
func (d *deal) matches(c news.Claim, window time.Duration) (m match, possible bool) {
	since := time.Duration(c.Said-d.last.Said) * time.Second
	if since > window {
		return m, false
	}
	if d.ended != 0 && c.Said > d.ended && !c.Stage.Over() && !c.Marks.Resumes &&
		(time.Duration(c.Said-d.ended)*time.Second > background || c.Stage.Rank() > d.rank || d.rank == 0) {
		return m, false
	}
	fill, ok := d.matchParties(c, &m)
	if !ok {
		return m, false
	}
	d.matchKind(c, &m)
	switch {
	case since <= 3*24*time.Hour:
		m.add(days3, "within 3 days")
	case since <= 10*24*time.Hour:
		m.add(days10, "within 10 days")
	case since <= 30*24*time.Hour:
		m.add(days30, "within 30 days")
	default:
		m.add(later, "later")
	}
	if since > repeatAfter && !c.Stage.Over() && c.Stage.Rank() <= d.rank && !d.denied && !c.Marks.Recalls && !c.Marks.Resumes && !d.joined(c) {
		m.add(repeated, "no further than before")
	}
	if c.Marks.Recalls {
		m.add(pointsBack, "points back")
	}
	marked := d.matchMarks(c, &m)
	if slices.ContainsFunc(d.sketches, func(s uint64) bool { return marks.Near(s, c.Sketch) }) {
		m.add(sameText, "the same text")
		marked = true
	}
	return m, marked || !fill || c.Marks.Recalls
}

// matchParties reports whether the firms allow a match, and whether one side
// would fill in what the other does not name: then something else must agree.
func (d *deal) matchParties(c news.Claim, m *match) (fill, ok bool) {
	ids := firms(c)
	shared := 0
	for _, id := range ids {
		if _, there := slices.BinarySearch(d.companies, id); there {
			shared++
		}
	}
	switch {
	case shared == 0:
		return false, false
	case len(ids) < 2 && d.open():
		m.add(sameOpen, "same firm, other not named")
	case len(ids) < 2 || d.open():
		m.add(fillParties, "names the other firm")
		return true, true
	case shared == len(ids) && shared == len(d.companies):
		m.add(sameParties, "same parties")
	case shared < 2:
		return false, false
	case shared == len(ids) || shared == len(d.companies):
		m.add(moreParties, "one has all parties")
	default:
		m.add(someParties, "some parties")
	}
	return false, true
}

// joined reports whether the claim has all firms of the deal and one more.
func (d *deal) joined(c news.Claim) bool {
	ids, _ := registered(c.Parties)
	return !d.open() && len(ids) > len(d.companies) && !slices.ContainsFunc(d.companies, func(id news.CompanyID) bool { return !slices.Contains(ids, id) })
}

// matchKind compares the kinds. Papers tell one deal as joint design or as supply;
// money and wafers are told as nothing else.
func (d *deal) matchKind(c news.Claim, m *match) {
	kind := d.kinds[0]
	apart := func(k news.Kind) bool { return k == news.Investment || k == news.Alliance }
	switch {
	case slices.Contains(d.kinds, c.Kind):
		m.add(sameKind, "same kind")
	case c.Kind == news.Partnership || kind == news.Partnership:
	case apart(c.Kind) || apart(kind):
		m.add(otherKind, "other kind")
	case c.Kind == news.Development || kind == news.Development:
		m.add(nearKind, "near kind")
	case c.Kind == news.Memory && kind == news.Supply || c.Kind == news.Supply && kind == news.Memory:
		m.add(nearKind, "near kind")
	default:
		m.add(otherKind, "other kind")
	}
}

// matchMarks compares products, sums and places, and reports whether one of the
// first two is the same.
func (d *deal) matchMarks(c news.Claim, m *match) (same bool) {
	switch compareProducts(d.products, c.Marks.Products) {
	case 1:
		m.add(sameProduct, "same product")
		same = true
	case -1:
		m.add(otherProduct, "other product")
	}
	switch marks.CompareAmounts(d.amounts, c.Marks.Amounts) {
	case 1:
		m.add(sameAmount, "same amount")
		same = true
	case -1:
		if c.Stage.Over() { // the sum that parted them, the costs: the end of a deal has its own
			break
		}
		if d.joined(c) { // a round that grows with the party that joins it
			break
		}
		m.add(otherAmount, "other amount")
	}
	switch shared := slices.ContainsFunc(c.Marks.Places, func(p string) bool { return slices.Contains(d.places, p) }); {
	case shared:
		m.add(samePlace, "same place")
	case len(c.Marks.Places) > 0 && len(d.places) > 0:
		m.add(otherPlace, "other place")
	}
	if c.Marks.Further && c.Said > d.last.Said+int64((3*24*time.Hour).Seconds()) {
		m.add(furtherDeal, "speaks of a further deal")
	}
	return same
}

// compareProducts says whether two lists have a product in common (1), products of
// a family of which the other has others only (-1), or neither (0).
func compareProducts(a, b []string) int {
	apart := 0
	for _, p := range b {
		family, _, _ := strings.Cut(p, ":")
		for _, q := range a {
			if p == q {
				return 1
			}
			if family != "~" && strings.HasPrefix(q, family+":") {
				apart = -1
			}
		}
	}
	return apart
}

// fold joins claims to deals in the order of publication: the pinned ones first
// to theirs. The result does not depend on the order of the argument.
func fold(claims []news.Claim, pin map[key]string, window time.Duration) []*deal {
	claims = slices.Clone(claims)
	slices.SortFunc(claims, func(a, b news.Claim) int {
		return cmp.Or(cmp.Compare(b2i(pin[keyOf(a)] == ""), b2i(pin[keyOf(b)] == "")), earlier(a, b))
	})
	var deals []*deal
	for _, c := range claims {
		id, pinned := pin[keyOf(c)]
		var d *deal
		if pinned {
			if i := slices.IndexFunc(deals, func(d *deal) bool { return d.id == id && d.pinned }); i >= 0 {
				d = deals[i]
			} else {
				d = &deal{id: id, pinned: true}
				deals = append(deals, d)
			}
		} else if d, _ = best(deals, c, window); d == nil {
			d = &deal{}
			deals = append(deals, d)
		}
		d.add(c)
	}
	return deals
}

// best returns the deal that c joins, nil for none: the one with most points, of
// equal ones that which was reported last.
func best(deals []*deal, c news.Claim, window time.Duration) (*deal, match) {
	var found *deal
	var why match
	for _, d := range deals {
		m, possible := d.matches(c, window)
		if !possible || !m.joins() {
			continue
		}
		if found == nil || m.points > why.points || m.points == why.points && earlier(d.last, found.last) > 0 {
			found, why = d, m
		}
	}
	return found, why
}
