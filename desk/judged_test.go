package desk

import (
	"testing"

	"github.com/chipwire/chipwire/classifier"
	"github.com/chipwire/chipwire/classifier/company"
	"github.com/chipwire/chipwire/classifier/lexicon"
	"github.com/chipwire/chipwire/desk/marks"
	"github.com/chipwire/chipwire/news"
)

// The same corpus with the classifier before the desk: what a subscriber gets. It
// is printed and not held, since the classifier has measures of its own.
func TestTimelineJudged(t *testing.T) {
	reg, err := company.Default()
	if err != nil {
		t.Fatal(err)
	}
	lex, err := lexicon.Default()
	if err != nil {
		t.Fatal(err)
	}
	c, err := classifier.New(classifier.Default, reg, lex)
	if err != nil {
		t.Fatal(err)
	}
	articles := goldArticles(t)
	r := runTimeline(t, articles, func(a goldArticle) news.Verdict {
		gold := a.verdict()
		article := news.Article{
			ID: gold.Article, URL: a.URL, Revision: gold.Revision, Publisher: a.Publisher, Title: a.Title, Body: a.Body, Lang: a.Lang,
			PublishedAt: a.PublishedAt, DetectedAt: gold.DetectedAt,
		}
		return marks.Add(c.Classify(article), article)
	})
	exact, events := r.exact(t, articles)
	t.Logf("with the classifier: exactly the expected alerts for %d of %d events, told twice %d", exact, events, len(r.twice))
	if len(r.twice) > 0 {
		t.Errorf("told twice: %v", r.twice)
	}
}
