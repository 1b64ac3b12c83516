package extract

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/PuerkitoBio/goquery"

	"github.com/chipwire/chipwire/internal/urls"
)

// pageKeys are the query parameters that number the pages of one article.
var pageKeys = []string{"page", "p", "pg", "paged", "pageno", "page_no", "pagenum"}

// maxPages is the highest number of a page of an article: what counts higher is
// an archive.
const maxPages = 20

// nextPage is the page that follows in the same article, "" without one. The
// page must say so by rel=next, and the address must be plainly that of the next
// page: rel=next often leads to the next story.
func nextPage(doc *goquery.Document, p Page) string {
	if p.URL == "" {
		return ""
	}
	base := first(p.First, p.URL)
	here := max(PageNumber(base, p.URL), 1)
	for _, s := range doc.Find("link[rel~=next][href], a[rel~=next][href]").EachIter() {
		next := urls.Resolve(p.URL, s.AttrOr("href", ""))
		if next != "" && PageNumber(base, next) == here+1 {
			return next
		}
	}
	return ""
}

// PageNumber is the number of the page of an article, 2 or more, that an address
// is plainly the one of: it is that of the article with a number added (?page=2,
// /2, /page/2, _2.html), or with another number in the same parameter. It is 0
// for any other address. URLs are absolute, as they were read.
func PageNumber(article, address string) int {
	a, err := url.Parse(article)
	if err != nil {
		return 0
	}
	b, err := url.Parse(address)
	if err != nil || !strings.EqualFold(a.Host, b.Host) {
		return 0
	}
	aq, bq := a.Query(), b.Query()
	n := 0
	for _, key := range pageKeys {
		if v := bq.Get(key); v != "" && n == 0 && v != aq.Get(key) && (aq.Get(key) == "" || aq.Get(key) == "1") {
			n, _ = strconv.Atoi(v)
			aq.Del(key)
			bq.Del(key)
		}
	}
	if aq.Encode() != bq.Encode() {
		return 0
	}
	if n == 0 {
		n = pathNumber(a.Path, b.Path)
	} else if strings.TrimSuffix(a.Path, "/") != strings.TrimSuffix(b.Path, "/") {
		return 0
	}
	if n < 2 || n > maxPages {
		return 0
	}
	return n
}

// pathNumber is the number that the path of a page adds to that of its article.
func pathNumber(article, page string) int {
	for _, ext := range []string{".html", ".htm", ".php"} {
		if a, ok := strings.CutSuffix(article, ext); ok {
			b, same := strings.CutSuffix(page, ext)
			if !same {
				break
			}
			article, page = a, b
			break
		}
	}
	rest, ok := strings.CutPrefix(strings.TrimSuffix(page, "/"), strings.TrimSuffix(article, "/"))
	if !ok {
		return 0
	}
	for _, lead := range []string{"/page/", "/page-", "/", "_", "-"} {
		if digits, ok := strings.CutPrefix(rest, lead); ok {
			if n, err := strconv.Atoi(digits); err == nil {
				return n
			}
		}
	}
	return 0
}
