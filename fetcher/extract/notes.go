package extract

import (
	"regexp"
	"strings"
	"unicode"
)

// datelike finds a whole date, and times beside it.
var datelike = regexp.MustCompile(`(?:19|20)\d\d\s?[-./년年]\s?\d{1,2}\s?[-./월月]\s?\d{1,2}\s?[일日.]?|(?:오전|오후)?\s?\d{1,2}:\d{2}(?::\d{2})?|\d{1,2}[時시]\s?\d{1,2}[分분]|(?i:\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s+\d{1,2}[.,]?\s+(?:19|20)\d\d|\b\d{1,2}\s+(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s+(?:19|20)\d\d)`)

// bylineWords are what stands beside the date of an article.
var bylineWords = []string{
	"기자", "특파원", "입력", "수정", "등록", "승인", "송고", "업데이트", "발행", "작성", "게재", "조회", "스크랩", "댓글", "url 복사", "읽는 시간", "배포", "출고",
	"by ", "published", "updated", "posted", "min read", "last modified", "our correspondent",
	"公開", "更新", "掲載", "配信", "発行", "記者", "记者", "发布", "發布", "來源", "来源", "编辑",
}

// maxByline is the weight of the longest line of dates and names.
const maxByline = 160

// dateLine reports whether a short paragraph is the line of dates and names that
// stands above an article or below it, not a sentence that tells a date.
func dateLine(s string) bool {
	if !strings.ContainsAny(s, "0123456789") || proseEnd(s) {
		return false
	}
	if !strings.Contains(s, "20") && !strings.Contains(s, "19") {
		return false
	}
	rest := datelike.ReplaceAllString(s, "")
	if len(rest) == len(s) {
		return false
	}
	if !strings.ContainsFunc(rest, unicode.IsLetter) {
		return true
	}
	return weigh(rest) <= maxByline/2 && hasAny(strings.ToLower(rest), bylineWords)
}

// proseEnd reports whether a paragraph ends as a sentence does.
func proseEnd(s string) bool {
	s = strings.TrimRight(s, "\"”’')」』 ")
	return strings.HasSuffix(s, "다.") || strings.HasSuffix(s, "요.") || strings.HasSuffix(s, "。") || strings.HasSuffix(s, ".") && !strings.HasSuffix(s, " .") && strings.Count(s, " ") > 6
}

// remarks are what publishers say about a text, not in it: a phrase that no story
// uses of its own matter.
var remarks = []string{
	"편집 방향과 다를", "편집방향과 다를", "투자 책임은", "투자의 책임은", "투자판단의 책임", "실제 내용과 다를 수 있", "보도자료 전문입니다", "발표한 보도자료", "보도자료 원문", "원문 다운로드", "수신거부", "일정액의 수수료", "수수료를 제공받",
	"이웃추가", "알림 받기", "새 글이 올라오면", "카테고리의 다른 글", "영리적 이용을 금", "ai가 자동으로 요약", "기사의 저작권은", "서비스를 이용해 주", "구독과 좋아요", "페이지 본문 안내", "기사 어떠세요", "기사에 대해 어떻게 생각", "자유롭게 사용하실 수 있", "뉴스 구독", "콘텐츠 이용 문의",
	"please click here", "log in or register to post", "log in to comment", "buy the print edition", "purchase licensing rights", "this story appears in the", "gift this article", "find this article at", "unsubscribe", "this article was originally published", "no position in any", "uncheck the box",
	"이메일을 입력", "affiliate commission", "we may earn a commission", "has no business relationship with any company whose stock",
	"主張とは限りません", "ご利用は有料", "有料会員に登録", "無断複製", "点击上方", "扫描二维码", "长按二维码", "关注公众号", "添加编辑微信", "文章仅代表作者", "不构成投资建议", "客户端看更多",
}

// remark reports whether a short paragraph, also given in lower case, is one of the
// publisher about the text.
func remark(s, lower string) bool {
	if head, _, more := strings.Cut(s, "\n"); more && label(head) {
		return true // a box in one paragraph
	}
	if hasAny(lower, remarks) {
		return true
	}
	return strings.HasPrefix(s, "※") && !strings.ContainsAny(s, "0123456789") || strings.HasSuffix(lower, "구독하기") || strings.HasSuffix(lower, "바로가기") || strings.Contains(lower, "—— end ——") || lower == "- end -"
}

// readerLine reports whether a paragraph is what a reader said, behind a masked
// name: abcd**** words.
func readerLine(s string) bool {
	i := strings.Index(s, "**")
	if i <= 0 || i > 16 {
		return false
	}
	for _, r := range s[:i] {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' && r != '-' {
			return false
		}
	}
	return strings.HasPrefix(s[i:], "***")
}

// tails marks what follows the label of a list of other stories or of comments, up
// to the end of the page: where the text before is the most of it, or where what
// follows has no long paragraph.
func tails(paras []para, total int) int {
	before := 0
	for i, p := range paras {
		if p.weight <= 2*maxLabel && before >= leastFound && (p.heading > 0 || !proseEnd(p.text)) && label(p.text) {
			rest, prose := 0, 0
			for _, q := range paras[i+1:] {
				rest += q.weight
				if q.weight >= maxBoxPara && q.link*4 < q.weight {
					prose += q.weight
				}
			}
			if prose == 0 && rest <= before || commentLabel(p.text) && rest*2 <= total*3 {
				return i
			}
		}
		before += p.weight
	}
	return len(paras)
}

// commentLabel reports whether a label begins the comments of readers.
func commentLabel(s string) bool {
	lower := strings.ToLower(s)
	for _, sign := range []string{"comments", "댓글", "コメント", "评论"} {
		if strings.HasPrefix(lower, sign) {
			return true
		}
	}
	return false
}

// A lineLook is what a short paragraph looks like, in bits.
type lineLook uint8

const (
	rightsLine  lineLook = 1 << iota // reserves rights
	letterLine                       // invites to a newsletter, if it has a link
	foreignLine                      // points to something else, says whose picture it is, is a remark or of a reader
)

// A lineBook is what the lines of a page look like: most stand in several readings
// of it. A nil one keeps nothing.
type lineBook map[string]lineLook

// maxLine is the weight of the longest paragraph that is looked at.
const maxLine = 400

// maxLines is how many different lines of a page are judged: more than a body holds.
const maxLines = 6000

// look judges a paragraph by its words alone.
func (b lineBook) look(p para) lineLook {
	if p.weight >= maxLine {
		return 0
	}
	if l, ok := b[p.text]; ok || len(b) >= maxLines {
		return l
	}
	var l lineLook
	lower := strings.ToLower(p.text)
	if p.weight < 300 && copyright(lower) {
		l |= rightsLine
	}
	if p.weight < 300 && hasAny(lower, newsletters) {
		l |= letterLine
	}
	if p.weight < 160 && pointer(lower) || p.weight < 250 && photoCredit(p.text, lower) || p.weight < 200 && remark(p.text, lower) || readerLine(p.text) {
		l |= foreignLine
	}
	if b != nil {
		b[p.text] = l
	}
	return l
}
