package extract

import "strings"

// maxRepeat bounds the paragraphs that are compared with each other, and
// leastRepeat is the weight of the shortest that is.
const (
	maxRepeat   = 400
	leastRepeat = 40
)

// repeated reports for each paragraph whether another one says the same and
// more: pulled quotations do, and teasers of the text that follows.
func repeated(paras []para) []bool {
	out := make([]bool, len(paras))
	if len(paras) < 3 {
		return out
	}
	seen := make(map[string]bool, len(paras))
	for i, p := range paras {
		out[i] = p.weight >= leastRepeat && seen[p.text]
		seen[p.text] = true
	}
	if len(paras) > maxRepeat {
		return out
	}
	for i, p := range paras {
		if out[i] || p.weight < leastRepeat || p.weight > 400 {
			continue
		}
		text := strings.Trim(p.text, "\"“”„«»'‘’ ")
		for j, q := range paras {
			if i != j && len(q.text) > len(p.text) && strings.Contains(q.text, text) {
				out[i] = true
				break
			}
		}
	}
	return out
}

// hasAny reports whether s holds one of the signs.
func hasAny(s string, signs []string) bool {
	for _, sign := range signs {
		if strings.Contains(s, sign) {
			return true
		}
	}
	return false
}

var rights = []string{
	"저작권자", "무단전재", "무단 전재", "재배포 금지", "재배포금지", "ⓒ", "©", "copyright", "all rights reserved", "無断転載", "版权所有", "未经授权",
}

// copyright reports whether a short paragraph in lower case reserves rights.
func copyright(lower string) bool { return hasAny(lower, rights) }

// pointers are how a short paragraph begins that points to something else.
var pointers = []string{
	"▶", "☞", "▷", "관련기사", "관련 기사", "기사제보", "기사 제보", "카카오톡 제보", "제보는", "네이버 채널", "네이버에서 ", "구독하기", "구독 ", "좋아요", "인기기사", "많이 본",
	"이전글", "다음글", "이전 글", "다음 글", "[광고]", "sponsored:", "send us news", "함께 보면 좋은", "이 기사를", "기사 추천", "read more", "related:", "related article", "related stories", "related news",
	"see also", "also read", "more from", "more on ", "more stories", "recommended", "advertisement", "sign up for", "subscribe to", "subscribe now", "click here",
	"already a subscriber", "already have an account", "create an account", "sign in to", "register to ", "share this", "follow us on", "join us on", "join the conversation",
	"watch |", "watch:", "listen |", "editors' picks", "editor's picks", "most read", "don't miss", "continue reading", "story continues",
	"関連記事", "あわせて読みたい", "この記事は会員限定", "この記事は有料", "続きを読む", "無料で会員登録", "会員登録", "関連キーワード", "関連企業", "おすすめ情報", "【関連】", "■関連",
	"相关阅读", "延伸閱讀", "延伸阅读", "相关新闻", "推荐阅读", "责任编辑", "責任編輯", "编辑：", "来源：", "原标题",
	"mehr zum thema", "mehr themen", "mehr zu ", "lesen sie auch", "lesen sie mehr", "auch interessant", "passend zum artikel", "zum thema:", "jetzt abonnieren", "diesen artikel teilen",
	"lire aussi", "à lire aussi", "a lire aussi", "abonnez-vous", "partager", "leggi anche", "iscriviti", "lea también", "lee también", "lea más", "también te puede interesar", "te puede interesar", "suscríbete",
	"läs mer", "läs också", "les også", "læs også", "lees ook", "czytaj także", "czytaj też", "zobacz także", "čtěte také", "přečtěte si",
	"leia também", "leia mais", "baca juga", "читайте также", "читайте також",
}

// pointer reports whether a short paragraph in lower case points to something else.
func pointer(lower string) bool {
	lower = strings.TrimLeft(lower, "[<(【>*· ")
	for _, sign := range pointers {
		if strings.HasPrefix(lower, sign) {
			return true
		}
	}
	return false
}

// newsletters are the words for what a paragraph with a link invites to.
var newsletters = []string{"newsletter", "뉴스레터", "ニュースレター", "メルマガ"}

var credits = []string{
	"사진=", "그래픽=", "illustration:", "사진 =", "사진:", "사진제공", "사진 제공", "[사진", "(사진", "/사진", "제공=", "자료=", "출처=", "이미지=", "写真=", "写真：", "（写真", "(写真", "[写真", "图片来源", "图源", "图：",
	"photo:", "photo by", "photo credit", "image credit", "image:", "foto:", "bild:", "photo ©", "credit:", "getty images", "shutterstock",
}

// owners are the last words of a caption that says whose picture it is.
var owners = []string{" 제공", " 자료", "자료사진", "자료 사진", " 캡처", " 캡쳐", " 갈무리", "DB 금지", " 촬영", "=연합뉴스", "=뉴시스", "=뉴스1", "提供", "資料写真"}

// photoCredit reports whether a short paragraph is the caption of a picture: it
// says at its end whose picture it is, or begins with it. It is given in lower case,
// too.
func photoCredit(s, lower string) bool {
	if !proseEnd(s) && weigh(s) < 200 {
		bare := strings.TrimRight(s, "]) >")
		for _, sign := range owners {
			head, ok := strings.CutSuffix(bare, sign)
			if ok && (sign[0] != ' ' || strings.ContainsAny(head, "./[(<|") || strings.HasPrefix(head, "사진")) {
				return true // a headline may end with such a word, but tells of nothing before it
			}
		}
	}
	for _, sign := range credits {
		i := strings.Index(lower, sign) // LastIndex is many times slower, and most lines have none
		if i < 0 {
			continue
		}
		i = strings.LastIndex(lower, sign)
		tail := lower[i+len(sign):]
		if i <= 3 && len(s) < 120 || weigh(tail) <= 30 && !strings.Contains(tail, ". ") && !strings.HasSuffix(tail, "다.") {
			return true
		}
	}
	return false
}

var endings = []string{
	"reporting by", "additional reporting", "editing by", "compiled by", "with files from", "with reporting by", "mit material", "mit informationen", "mit agenturmaterial", "mit agenturen",
	"redaktion:", "quelle:", "quellen:", "source:", "avec afp", "avec agences", "fuente:", "our standards:", "tags:", "tags ", "topics:", "태그", "키워드", "tag:",
}

// signature reports whether a short paragraph at an end names its writer or its
// sources.
func signature(s string) bool {
	s = strings.TrimSpace(s)
	if strings.Contains(s, "@") && !strings.Contains(s, ". ") {
		return true
	}
	lower := strings.ToLower(strings.TrimLeft(s, "(["))
	if strings.HasPrefix(lower, "by ") && weigh(s) < 60 && !strings.HasSuffix(s, ".") {
		return true
	}
	for _, sign := range endings {
		if strings.HasPrefix(lower, sign) {
			return true
		}
	}
	s = strings.TrimRight(s, "]) ")
	return weigh(s) < 60 && (strings.HasSuffix(s, "기자") || strings.HasSuffix(s, "특파원") || strings.HasSuffix(s, "記者") || strings.HasSuffix(s, "记者"))
}
