package classifier

import (
	"strings"
	"time"

	"github.com/chipwire/chipwire/classifier/lexicon"
	"github.com/chipwire/chipwire/internal/text"
	"github.com/chipwire/chipwire/news"
)

// maxBody is how much of a body is read, in bytes, and maxSentences how many
// sentences of it.
const (
	maxBody      = 32 << 10
	maxTitle     = 2 << 10
	maxSentences = 400
)

// A document is an article made ready: folded, split, scanned.
type document struct {
	v     *vocabulary
	lang  string
	title text.Folded
	body  text.Folded
	sents []*sentence

	vetoes map[string]bool // sorts of headline that report no deal
	seen   map[int32]bool  // companies with a safe alias, or accepted by context
	core   bool            // AI chips are named

	ref    time.Time   // the day by which years are past
	dated  bool        // it is known, not assumed
	retold map[int]int // lines that look back, and from which sentence on

	standing *standing
	kept     []int32 // features that all candidates share
}

// A sentence of the document; the whole headline is one.
type sentence struct {
	title bool
	index int
	f     *text.Folded
	text.Span
	line     int
	cues     []hit
	needs    []hit
	mentions []*mention
	clauses  []clause
	form     string // what its form and place say: see shape; empty for the headline
	stranger bool   // acts for a firm that was not named: takes no actor from before

	words     []token
	kept      []int32 // features of the sentence, whichever candidate it speaks of
	keptEarly []int32
}

// A clause is a part of a sentence with a predicate of its own.
type clause struct{ text.Span }

func (s *sentence) field() string {
	if s.title {
		return "title"
	}
	return "body"
}

// slice returns the folded text of a span of the sentence.
func (s *sentence) slice(start, end int) string { return s.f.Text[start:end] }

// newDocument prepares an article.
func (v *vocabulary) newDocument(a news.Article) *document {
	d := &document{v: v, vetoes: map[string]bool{}, seen: map[int32]bool{}, ref: day(a)}
	if d.dated = !d.ref.IsZero(); !d.dated {
		d.ref = time.Date(writtenIn, time.December, 31, 0, 0, 0, 0, time.UTC)
	}
	title, body := text.Cut(a.Title, maxTitle), text.Cut(a.Body, maxBody)
	d.lang = text.Lang(title+"\n"+body, a.Lang)
	d.title, d.body = text.Fold(title), text.Fold(body)
	if d.lang == "zh" {
		for _, f := range []*text.Folded{&d.title, &d.body} {
			f.Text, f.Lower = simplify(f.Text), simplify(f.Lower)
		}
	}
	ts := v.scan(d.title, d.lang)
	d.headline(ts)
	if len(d.title.Text) > 0 {
		s := &sentence{title: true, f: &d.title, Span: text.Span{Start: 0, End: len(d.title.Text)}, line: -1}
		d.sents = append(d.sents, s)
	}
	for i, l := range text.Lines(d.body) {
		if l.Boilerplate || strings.TrimSpace(d.body.Text[l.Start:l.End]) == "" {
			continue
		}
		l.Span = undated(d.body.Text, l.Span)
		for _, span := range text.Sentences(d.body.Text, l.Span) {
			if len(d.sents) > maxSentences {
				break
			}
			for _, part := range short(d.body.Text, span) {
				d.sents = append(d.sents, &sentence{f: &d.body, Span: part, line: i})
			}
		}
	}
	bs := v.scan(d.body, d.lang)
	for i, s := range d.sents {
		s.index = i
		from := &bs
		if s.title {
			from = &ts
		}
		s.cues = within(&from.cues, s.Span)
		s.needs = within(&from.needs, s.Span)
		s.mentions = d.pick(s, within(&from.names, s.Span))
		d.core = d.core || s.has(s.Start, s.End, lexicon.Topic, "core")
	}
	d.shape()
	d.resolve()
	d.epithets()
	d.retell()
	for _, s := range d.sents {
		d.mark(s)
		s.clauses = d.split(s)
	}
	return d
}

// maxSentence is the longest sentence that is read as one, in bytes.
const maxSentence = 2 << 10

// short cuts a stretch without full stops into pieces, so that the work stays
// linear in the length of a text.
func short(s string, in text.Span) []text.Span {
	var out []text.Span
	for in.End-in.Start > maxSentence {
		head := text.Cut(s[in.Start:in.End], maxSentence)
		if i := strings.LastIndexByte(head, ' '); i > 0 {
			head = head[:i]
		}
		out = append(out, text.Span{Start: in.Start, End: in.Start + len(head)})
		in.Start += len(head)
	}
	return append(out, in)
}

// headline notes what the words of the headline say of the story's sort.
func (d *document) headline(s scanned) {
	for _, h := range s.cues {
		if h.e.cue.Class == lexicon.Headline {
			d.vetoes[h.e.cue.Type] = true
		}
	}
	if strings.HasSuffix(strings.TrimSpace(d.title.Text), "?") {
		d.vetoes["question"] = true
	}
}

// undated cuts a dateline off the start of a line: (서울=연합뉴스) 홍길동 기자 =,
// SEOUL, May 3 (Reuters) -.
func undated(s string, in text.Span) text.Span {
	head := s[in.Start:min(in.End, in.Start+120)]
	for _, mark := range []string{"기자 = ", "기자] ", "특파원 = ", "기자) ", "(Reuters) - ", "(Yonhap) — ", "(Yonhap) -- ", "(AP) — ", "(Bloomberg) — "} {
		if i := strings.Index(head, mark); i >= 0 {
			in.Start += i + len(mark)
			return in
		}
	}
	return in
}

// within takes the hits that lie in span off the front of hits, which are by
// start, and drops those before it.
func within(hits *[]hit, span text.Span) []hit {
	h := *hits
	i := 0
	for i < len(h) && h[i].start < span.Start {
		i++
	}
	j := i
	for j < len(h) && h[j].start < span.End {
		j++
	}
	*hits = h[j:]
	out := h[i:j]
	for len(out) > 0 && out[len(out)-1].end > span.End {
		out = out[:len(out)-1]
	}
	return out
}

// cuesIn returns the cues of a class that lie between start and end.
func (s *sentence) cuesIn(start, end int, class lexicon.Class, types ...string) []hit {
	var out []hit
	for _, h := range s.cues {
		if h.start >= end {
			break
		}
		if h.start >= start && h.end <= end && h.e.cue.Class == class && (len(types) == 0 || contains(types, h.e.cue.Type)) {
			out = append(out, h)
		}
	}
	return out
}

// has reports whether a cue of the class lies between start and end.
func (s *sentence) has(start, end int, class lexicon.Class, types ...string) bool {
	for i := range s.cues {
		h := &s.cues[i]
		if h.start >= end {
			break
		}
		if h.start >= start && h.end <= end && h.e.cue.Class == class && (len(types) == 0 || contains(types, h.e.cue.Type)) {
			return true
		}
	}
	return false
}

func contains(list []string, s string) bool {
	for _, l := range list {
		if l == s {
			return true
		}
	}
	return false
}
