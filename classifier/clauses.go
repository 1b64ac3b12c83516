package classifier

import "github.com/chipwire/chipwire/internal/text"

// split cuts a sentence into clauses: a headline where its writer did, prose at
// its connectives.
func (d *document) split(s *sentence) []clause {
	cut := splitEn
	switch d.lang {
	case "ko":
		cut = splitKo
	case "ja":
		cut = splitJa
	case "zh":
		cut = splitZh
	}
	if len(s.mentions) == 0 {
		return []clause{{s.Span}}
	}
	if !s.title {
		return cut(s, s.Start, s.End)
	}
	var out []clause
	for _, span := range text.Headline(s.f.Text) {
		out = append(out, cut(s, span.Start, span.End)...)
	}
	return out
}
