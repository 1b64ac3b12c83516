package eval

import (
	"testing"

	"github.com/chipwire/chipwire/news"
)

// FuzzVerdict judges what grows out of stories in four languages: a verdict comes
// of any text, the same one twice, and what it quotes stands where it says.
func FuzzVerdict(f *testing.F) {
	for _, s := range readGold(f, "train").Stories {
		if s.Lang == "ja" || s.Lang == "zh" || len(s.Body) < 600 {
			f.Add(s.Title, s.Body)
		}
	}
	f.Add("엔비디아와 台积电、ラピダス and TSMC", "\xff\xfe 삼성전자가 英伟达と提携。台积电 signs with 엔비디아…")
	c := newClassifier(f)
	f.Fuzz(func(t *testing.T, title, body string) {
		a := news.Article{Title: title, Body: body}
		v := c.Classify(a)
		if again := c.Classify(a); again.Flagged != v.Flagged || again.Score != v.Score || len(again.Pairs) != len(v.Pairs) {
			t.Errorf("two verdicts: %v and %v", v, again)
		}
		fields := map[string][]rune{"title": []rune(title), "body": []rune(body)}
		for _, x := range v.Findings {
			for _, e := range x.Evidence {
				text := fields[e.Field]
				if e.Start < 0 || e.Start > e.End || e.End > len(text) || string(text[e.Start:e.End]) != e.Text {
					t.Fatalf("evidence %q at %d-%d of %s", e.Text, e.Start, e.End, e.Field)
				}
			}
		}
	})
}
