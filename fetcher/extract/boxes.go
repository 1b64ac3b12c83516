package extract

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxLabel is the longest label of a box, in bytes.
const maxLabel = 80

// maxBox is the weight of the largest box that a label takes out, and maxBoxPara
// that of the longest run of words in it: a text under such a label is a part of
// the article.
const (
	maxBox     = 1200
	maxBoxPara = 420
)

// labels are what boxes beside a story say at their top: each is all that its
// element says, without numbers and signs.
var labels = set(
	"관련기사", "관련뉴스", "관련 기사", "관련 뉴스", "연관기사", "추천기사", "추천 기사", "추천뉴스", "인기기사", "인기 기사", "주요기사", "주요뉴스", "주요 뉴스", "많이 본 뉴스", "많이 본 기사", "많이본 뉴스", "많이본 기사",
	"실시간 인기기사", "이 시각 주요뉴스", "오늘의 주요뉴스", "최신기사", "최신뉴스", "함께 보면 좋은 기사", "함께 보면 좋은 뉴스", "함께 볼만한 기사", "놓치면 안되는 뉴스", "핫뉴스", "랭킹뉴스", "다른기사 보기", "다른 기사 보기", "기자의 다른기사", "이전글", "다음글",
	"ai 요약", "ai 기사 요약", "ai 줄 요약", "줄 요약", "기사 요약", "기사내용 요약", "기사 내용 요약", "요약봇", "약력", "기자 프로필", "기자 소개", "저자 소개", "필자 소개", "첨부파일", "댓글", "댓글목록", "전체 댓글", "댓글쓰기", "독자 의견",
	"related reading", "related articles", "related stories", "related news", "related posts", "related content", "related coverage", "you may also like", "you might also like", "recommended for you", "recommended reading", "read next", "up next", "further reading",
	"most read", "most popular", "trending", "trending now", "latest news", "latest stories", "more stories", "more news", "more lists", "more articles", "about the author", "about the authors", "this article was written by", "keep reading", "editors’ picks", "editor's picks", "popular posts", "recent posts", "what to read next", "partner content", "sponsored content", "comments", "leave a comment", "leave a reply", "key takeaways from our partners",
	"関連記事", "関連ニュース", "あわせて読みたい", "こちらもおすすめ", "おすすめ記事", "人気記事", "最新記事", "最近の記事", "アクセスランキング", "コメント", "この記事の著者", "筆者紹介", "著者紹介",
	"相关阅读", "相关新闻", "相关文章", "推荐阅读", "往期推荐", "热门文章", "延伸阅读", "延伸閱讀", "相關新聞", "相關文章", "熱門新聞", "猜你喜欢", "为你推荐", "评论", "作者简介",
)

// maxLooked bounds the short texts of a page, and its elements, that are looked at
// for boxes, and for cards.
const maxLooked = 15_000

// label reports whether a text is the label of a box.
func label(s string) bool {
	if len(s) > maxLabel || len(s) < 4 {
		return false
	}
	s = strings.TrimFunc(s, notLetter)
	if first, _ := utf8.DecodeRuneInString(s); !labelStarts()[unicode.ToLower(first)] && !strings.HasSuffix(s, "다른 글") && !strings.HasSuffix(s, " 약력") {
		return false
	}
	s = strings.ToLower(s)
	if labels[s] {
		return true
	}
	if !strings.ContainsAny(s, "0123456789([") {
		return strings.HasSuffix(s, "카테고리의 다른 글") || strings.HasSuffix(s, " 약력")
	}
	s = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) || strings.ContainsRune("()[],개건件条", r) {
			return ' '
		}
		return r
	}, s)), " ")
	return labels[s]
}

// labelStarts are the first letters of labels: most words begin with another.
var labelStarts = sync.OnceValue(func() map[rune]bool {
	starts := map[rune]bool{'줄': true}
	for l := range labels {
		first, _ := utf8.DecodeRuneInString(l)
		starts[first] = true
	}
	return starts
})

func notLetter(r rune) bool { return !unicode.IsLetter(r) }

// masked reports whether a text is the name of a reader as Korean sites show it,
// with its end hidden: abcd****.
func masked(s string) bool {
	i := strings.Index(s, "**")
	if i <= 0 || i > 40 {
		return false
	}
	rest := strings.TrimLeft(s[i:], "*")
	switch rest {
	case "", "님", "님의 댓글", "(비회원)":
	default:
		return false
	}
	return strings.IndexFunc(s[:i], func(r rune) bool { return notLetter(r) && !unicode.IsDigit(r) && r != '_' && r != '-' && r != '.' }) < 0
}

// dropBoxes takes out the small boxes that a label tells to be none of the story,
// and the comments under the masked names of readers. It returns what it had to learn
// of the kinds of elements, nil for nothing.
func dropBoxes(root *html.Node) scale {
	var marked []*html.Node
	names, looked := 0, 0
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			switch {
			case c.Type == html.ElementNode && c.DataAtom != atom.Script && c.DataAtom != atom.Style && c.DataAtom != atom.Option && c.DataAtom != atom.Head:
				walk(c)
			case c.Type != html.TextNode || len(c.Data) > 3*maxLabel || looked > maxLooked:
			default:
				looked++
				text := strings.TrimSpace(c.Data)
				if len(text) < 4 {
					continue
				}
				if masked(text) {
					names++
					marked = append(marked, c)
				} else if label(text) {
					marked = append(marked, c)
				}
			}
		}
	}
	walk(root)
	if len(marked) == 0 {
		return nil
	}
	sc := scale{}
	most := min(maxBox, sc.weight(root)/3)
	for _, n := range marked {
		text := strings.TrimSpace(n.Data)
		if masked(text) && names < 2 {
			continue
		}
		if box := boxAround(sc, n, most); box != nil {
			box.Parent.RemoveChild(box)
		}
	}
	for n, m := range sc {
		sc[n] = mark{m.kind, -1} // the weights hold no more
	}
	return sc
}

// boxAround is the nearest element around a label that says more than the label,
// nil where that is too much for a box, or the article itself.
func boxAround(sc scale, n *html.Node, most int) *html.Node {
	own := weighNode(n.Data)
	for p := n.Parent; p != nil; p = p.Parent {
		switch p.DataAtom {
		case atom.Body, atom.Main, atom.Html, atom.Article, atom.Td:
			return nil
		case atom.P:
			if said(p) > own*2 {
				return nil // words in a paragraph
			}
		}
		if p.Parent == nil {
			return nil
		}
		if w := sc.weight(p); w <= own+own/4+2 {
			continue
		} else if w > most || !isBlock(p) && p.DataAtom != atom.A {
			return nil
		}
		if holdsHeadline(p) || longest(p) > maxBoxPara {
			return nil
		}
		return p
	}
	return nil
}

// said is the weight of all words under n.
func said(n *html.Node) int {
	w := 0
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			w += weighNode(c.Data)
		}
	}
	return w
}

// longest is the weight of the longest text under n.
func longest(n *html.Node) int {
	most := 0
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			most = max(most, weighNode(c.Data))
		}
	}
	return most
}

// holdsHeadline reports whether the headline of the page lies under n.
func holdsHeadline(n *html.Node) bool {
	for c := range n.Descendants() {
		if c.DataAtom == atom.H1 {
			return true
		}
	}
	return false
}
