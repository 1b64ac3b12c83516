package classifier

import (
	"strings"
	"unicode/utf8"
)

// shape tells of each sentence of the body what its form and place say of it, in
// three words: prose, line or bullet (+items where it holds several); in the story
// or in the tail below its last prose; in a story mostly of prose or of lists.
func (d *document) shape() {
	lastProse, prose, all := -1, 0, 0
	for i, s := range d.sents {
		if s.title {
			continue
		}
		all++
		if s.prose() {
			lastProse = i
			prose++
		}
	}
	for i, s := range d.sents {
		if s.title {
			continue
		}
		form := "line"
		switch {
		case s.prose():
			form = "prose"
		case bulleted(s):
			form = "bullet"
		}
		if form != "prose" && strings.ContainsAny(s.slice(s.Start, s.End), "/|▶▷▽▲●①②〉「」『』📌•☞") {
			form += "+items"
		}
		place := "in"
		if i > lastProse {
			place = "tail"
		}
		mostly := "lists"
		if prose*3 > all {
			mostly = "prose"
		}
		s.form = form + "/" + place + "/" + mostly
	}
}

// prose holds for a sentence that ends like one.
func (s *sentence) prose() bool {
	t := strings.TrimRight(s.slice(s.Start, s.End), " \n\"')]”’」』")
	r, _ := utf8.DecodeLastRuneInString(t)
	return strings.ContainsRune(".。!?！？…", r) || strings.HasSuffix(t, "요") || strings.HasSuffix(t, "다")
}
