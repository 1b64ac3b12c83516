package text

import "strings"

// A Span is a stretch of a folded text, in bytes.
type Span struct{ Start, End int }

// A Line is one line of a text: a paragraph, mostly.
type Line struct {
	Span
	Boilerplate bool // a byline, copyright line, caption, or part of a list of other stories
}

// lineMarks make a short line boilerplate wherever they stand in it.
var lineMarks = []string{
	"저작권자", "무단전재", "무단 전재", "재배포 금지", "재배포금지", "all rights reserved", "copyright", "©", "ⓒ", "(c) 20",
	"사진=", "사진/", "사진 =", "사진:", "사진제공", "사진 제공", "/사진", "[사진", "<사진", "자료=", "자료:", "출처=", "이미지=", "그래픽=", "뉴스1 ⓒ",
	"photo:", "photo by", "photo courtesy", "image:", "image credit", "image courtesy", "credit:", "getty images", "illustration:", "/getty", "file photo",
	"관련기사", "관련 기사", "[관련", "함께 보면", "많이 본", "인기기사", "인기 기사", "추천기사", "추천 기사", "이 시각", "주요뉴스", "주요 뉴스", "최신기사", "기사제보", "기사 제보", "카카오톡 제보", "제보는", "구독하", "구독 ", "채널 추가", "좋아요", "공유하기", "글자크기", "바로가기", "뉴스레터", "본문 바로",
	"related articles", "related stories", "related:", "read more", "read also", "also read", "see also", "more from", "most read", "you may also", "recommended", "trending", "subscribe", "sign up", "newsletter", "follow us", "share this", "click here", "advertisement", "sponsored", "cookie", "terms of use", "privacy policy", "skip to",
	"【写真", "[写真", "【画像", "[画像", "【図", "[図", "【表】", "【動画", "写真:", "写真提供", "画像提供", "提供:", "無断転載", "転載を禁", "会員登録", "メルマガ", "フォローする", "【連載", "【関連", "[関連", "関連記事", "関連リンク", "あわせて読みたい",
	"责任编辑", "責任編輯", "编辑:", "編輯:", "版权所有", "版權所有", "未经授权", "未經授權", "不得转载", "不得轉載", "图说", "圖說", "图源", "图片来源", "圖片來源", "图/", "圖/", "供图", "扫码", "点击查看", "點擊", "好友招募", "点此", "點此", "相关阅读", "相關閱讀", "相关新闻", "相關新聞", "延伸阅读", "延伸閱讀", "推荐阅读", "推薦閱讀", "更多新闻", "更多新聞", "电子报", "電子報新聞", "不构成投资建议", "編按", "编者按",
}

// listHeads open a list of other stories: the lines after it that are no
// sentences belong to it.
var listHeads = []string{
	"관련기사", "관련 기사", "[관련", "함께 보면", "많이 본", "인기기사", "인기 기사", "추천기사", "추천 기사", "주요뉴스", "주요 뉴스", "최신기사", "최신 기사", "헤드라인", "다른 기사", "▶관련", "이 시각",
	"related articles", "related stories", "related news", "related:", "related", "read more", "read also", "also read", "see also", "more from", "most read", "most popular", "you may also", "recommended", "trending", "latest news", "more stories", "editor's picks", "more on this",
	"【関連", "[関連", "関連記事", "関連リンク", "関連ニュース", "あわせて読みたい", "おすすめ記事", "人気記事", "ランキング", "最新記事", "【連載", "バックナンバー", "新着記事", "アクセスランキング",
	"相关阅读", "相關閱讀", "相关新闻", "相關新聞", "相关报道", "相關報導", "延伸阅读", "延伸閱讀", "推荐阅读", "推薦閱讀", "热门新闻", "熱門新聞", "热门文章", "更多新闻", "更多新聞", "看更多", "往期", "【相关", "【相關", "【延伸", "【热门", "【熱門",
}

// Lines returns the lines of f, in order. A line feed inside a wrapped English
// sentence does not end a line.
func Lines(f Folded) []Line {
	var lines []Line
	list := false // of other stories
	prose := 0    // paragraphs so far
	for start := 0; start < len(f.Text); {
		end := lineEnd(f.Text, start)
		l := Line{Span: Span{start, end}}
		low := f.Lower[start:end]
		switch {
		case heading(low, listHeads), pointing(low):
			l.Boilerplate, list = true, true
		case Boilerplate(low), captioned(low):
			l.Boilerplate = true
			list = list || prose >= endsAfter && signed(low)
		case list && (!sentenceLike(low) || item(low)):
			l.Boilerplate = true
		default:
			list = prose >= endsAfter && strings.HasSuffix(low, "(끝)")
			if sentenceLike(low) {
				prose++
			}
		}
		lines = append(lines, l)
		start = end + 1
	}
	return lines
}

// endsAfter is how many paragraphs a story has when a byline is its end and not
// its beginning.
const endsAfter = 2

// signed holds for what an agency or a reporter writes below a story: what comes
// after is another matter.
func signed(low string) bool {
	return byline(low) || strings.HasPrefix(strings.TrimLeft(low, "("), "reporting by") || strings.TrimSpace(low) == "(끝)"
}

// lineEnd returns the end of the line at start.
func lineEnd(s string, start int) int {
	from := start
	for {
		i := strings.IndexByte(s[from:], '\n')
		if i < 0 {
			return len(s)
		}
		i += from
		if i-start > 50 && i+1 < len(s) && s[i+1] >= 'a' && s[i+1] <= 'z' && i > 0 && s[i-1] != '.' && s[i-1] < 0x80 {
			from = i + 1
			continue
		}
		return i
	}
}

// heading reports whether a short line starts with one of the heads.
func heading(low string, heads []string) bool {
	if len(low) > 60 || sentenceLike(low) {
		return false
	}
	low = strings.TrimLeft(low, "[<【▶■◆●▲☞★□#*- ")
	for _, h := range heads {
		if strings.HasPrefix(low, strings.TrimLeft(h, "[【▶")) && (len(low) <= len(h)+24) {
			return true
		}
	}
	return false
}

// Boilerplate reports whether a folded line in lower case is a byline, a
// copyright line, a caption or a pointer to other stories, judged by its own
// words alone.
func Boilerplate(low string) bool {
	if len(low) > 400 {
		return false
	}
	if signed(low) {
		return true
	}
	if sentenceLike(low) && len(low) > 120 {
		for _, m := range lineMarks[:7] {
			if strings.Contains(low, m) {
				return true
			}
		}
		return false
	}
	return marked(low) || navigation(low)
}

// marksBy holds the line marks by their first three bytes, one character of
// Hangul, kana or Han, so that a line is read once for all of them.
var marksBy = func() map[[3]byte][]string {
	out := map[[3]byte][]string{}
	for _, m := range lineMarks {
		out[markKey(m)] = append(out[markKey(m)], m)
	}
	return out
}()

// markKey returns the first three bytes of s, which is not empty; of a character
// of two bytes those.
func markKey(s string) [3]byte {
	var key [3]byte
	if n := copy(key[:], s); n > 2 && s[0] >= 0xC0 && s[0] < 0xE0 {
		key[2] = 0
	}
	return key
}

// marked reports whether a line holds one of the line marks.
func marked(low string) bool {
	for i := 0; i < len(low); i++ {
		if low[i]&0xC0 == 0x80 {
			continue
		}
		for _, m := range marksBy[markKey(low[i:])] {
			if strings.HasPrefix(low[i:], m) {
				return true
			}
		}
	}
	return false
}

// byline holds for "홍길동 기자 hong@paper.co.kr" and "By Jane Roe".
func byline(low string) bool {
	if len(low) > 90 {
		return false
	}
	if strings.Contains(low, "@") && !sentenceEnd(low) || strings.HasSuffix(low, "기자") || strings.HasSuffix(low, "특파원") {
		return true
	}
	return strings.HasPrefix(low, "by ") && !sentenceEnd(low) && strings.Count(low, " ") <= 6 ||
		strings.HasPrefix(low, "입력 ") || strings.HasPrefix(low, "기사입력") || strings.HasPrefix(low, "등록 ") || strings.HasPrefix(low, "수정 ")
}

// navigation holds for breadcrumbs and tag lists.
func navigation(low string) bool {
	if sentenceEnd(low) {
		return false
	}
	return strings.Count(low, " > ") >= 2 || strings.Count(low, "|") >= 3 || strings.Count(low, "#") >= 2 || strings.HasPrefix(low, "tags:") || strings.HasPrefix(low, "태그")
}

// sentenceLike reports whether a line is prose and no headline.
func sentenceLike(low string) bool { return sentenceEnd(low) && len(low) > 24 }

func sentenceEnd(s string) bool {
	s = strings.TrimRight(s, "\"')] ")
	return strings.HasSuffix(s, ".") || strings.HasSuffix(s, "。") || strings.HasSuffix(s, "!") || strings.HasSuffix(s, "?")
}
