package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Words that a label over other stories is made of: one that says which, and one
// that says of what. 지난 레터, 많이 본 기사, 놓치면 아까운 글, related stories, more
// from our archive. Japanese and Chinese labels are listed whole.
var (
	which = []string{
		"지난", "다른", "놓친", "놓치", "뜨는", "추천", "많이", "함께", "같이", "먼저", "더 ", "관련", "이전", "다음", "인기", "어제", "주요", "최신", "옆 ", "화제", "이 시각", "같은", "필자", "이번 호", "오늘의", "실시간", "회차별", "연재", "눌린", "읽은", "읽을", "볼 만한", "또 다른", "더보기", "더 보기", "이어서", "이어지는", "주간", "일간",
		"related", "more ", "also", "other", "previous", "past ", "earlier", "most ", "our ", "elsewhere", "next", "latest", "popular", "recommended", "archive", "in this series", "further", "keep ", "you may", "you might", "don't miss", "missed", "top ", "editor's", "read ",
	}
	what = []string{
		"글", "기사", "레터", "요약", "영상", "방송", "인터뷰", "뉴스", "소식", "읽기", "보기", "듣기", "읽을거리", "볼거리", "단상", "칼럼", "차례", "목록", "이야기", "조각", "공시", "링크", "시리즈", "필자", "본 ", "헤드라인", "랭킹", "클릭", "콘텐츠", "포스트", "특집", "코너", "인기", "볼 것",
		"stories", "story", "articles", "news", "read", "reading", "website", "archive", "blog", "issue", "issues", "posts", "headlines", "links", "coverage", "series", "from the", "interested in", "like", "episodes", "this week", "picks", "site",
	}
	labels = []string{
		"관련", "추천", "인기", "연재", "랭킹", "놓치지 마세요", "클릭하면 이어집니다", "트렌딩", "이어서 읽기", "related", "previously", "elsewhere", "recommended", "trending", "icymi", "see also",
		"関連", "前回", "次回", "ランキング", "あわせて読みたい", "おすすめ記事", "人気記事", "最新記事", "バックナンバー", "新着記事",
		"相关", "相關", "延伸", "推荐阅读", "推薦閱讀", "热门", "熱門", "更多", "往期",
	}
	shelves  = []string{"pick", "picks", "베스트", "랭킹", "핫클릭", "많이 본", "hot", "top 5", "top 10", "best 5", "best"} // end a heading
	captions = []string{
		"사진설명", "사진 설명", "사진:", "사진=", "사진ⓒ", "사진 ⓒ", "사진 제공", "사진제공", "(사진", "[사진", "<사진", "▲사진", "▲ 사진", "[화면", "(화면", "자막:", "[자막", "흐름자막", "그림:", "[그림", "(그래픽", "[그래픽",
		"photo:", "photo 1", "photos:", "(photo", "[photo", "picture:", "pictured", "caption:", "image:", "[image", "in pictures:", "写真:", "【写真", "图说", "圖說", "图片:", "圖片:",
	}
)

// labelEnds close the label of a list of other stories.
const labelEnds = ":：]】>〉▷▶▲▽●•·|/━─→①②📌"

// pointing reports whether a line points to other stories, or is their heading:
// its label, between brackets or before a colon or the mark of a list, says so.
func pointing(low string) bool {
	head := strings.TrimLeftFunc(low, ornament)
	if len(head) <= 60 && !sentenceEnd(head) {
		for _, e := range shelves {
			if strings.HasSuffix(head, e) {
				return true
			}
		}
		if !strings.ContainsAny(head, ",，\"“”'…") && holds(head, which) && holds(head+" ", what) {
			return true // a heading of its own
		}
	}
	label := Cut(head, 60)
	end := strings.IndexAny(label, labelEnds)
	if end <= 0 {
		return false
	}
	label = head[:end]
	if strings.ContainsAny(label, ".。!?,，\"“”'") {
		return false
	}
	for _, l := range labels {
		if strings.HasPrefix(label, l) && len(label)-len(l) <= 8 {
			return true
		}
	}
	return len(label) <= 48 && holds(label, which) && holds(label+" ", what)
}

// captioned holds for the caption of a picture and for what runs below one.
func captioned(low string) bool {
	for _, c := range captions {
		if strings.HasPrefix(low, c) {
			return len(low) < 500
		}
	}
	return false
}

func holds(s string, parts []string) bool {
	for _, p := range parts {
		if strings.Contains(s, p) {
			return true
		}
	}
	return false
}

// ornament holds for what stands before the words of a label: brackets, bullets,
// rules, emoji.
func ornament(r rune) bool {
	return r == ' ' || r > 0x1F000 || strings.ContainsRune("[<【『「《(━─=*-·•◦※#|", r) || unicode.In(r, unicode.So, unicode.Sm) || r == '\u3000' || r == '\uFE0F' || r == '>'
}

// item holds for a line that begins with the mark or the number of a list.
func item(low string) bool {
	head := strings.TrimLeft(low, " \u3000")
	r, _ := utf8.DecodeRuneInString(head)
	if ornament(r) || strings.ContainsRune("①②③④⑤⑥⑦⑧⑨⑩", r) {
		return true
	}
	digits := strings.TrimLeft(head, "0123456789")
	return len(digits) < len(head) && (strings.HasPrefix(digits, ". ") || strings.HasPrefix(digits, ") ") || strings.HasPrefix(digits, " ") && len(head)-len(digits) == 2)
}
