package classifier

import (
	"strings"
	"unicode/utf8"

	"github.com/chipwire/chipwire/classifier/lexicon"
	"github.com/chipwire/chipwire/internal/text"
)

// prepositionsZh give the name after them its part, in the words of the English
// ones.
var prepositionsZh = map[rune]string{
	'与': "with", '和': "with", '同': "with", '跟': "with", '及': "with",
	'向': "to", '给': "to", '对': "to", '为': "to", '替': "to", '找': "to",
	'从': "from", '自': "from", '由': "by", '被': "by", '获': "from", '经': "by",
	'比': "than", '较': "than", '据': "than",
}

// longPrepositionsZh are those of two characters, which are verbs of
// cooperation too: 携手英特尔.
var longPrepositionsZh = []string{"携手", "联手", "联合", "牵手", "结盟", "绑定", "伙同", "会同"}

// tailZh reads the parenthesis, the title and the 的 after a Chinese name, and
// the preposition before it.
func (d *document) tailZh(s *sentence, m *mention) {
	i := m.end
	for range 5 {
		if j := parenthesis(s, i); j > i {
			i = j
			continue
		}
		if j := titleAfter(s, i); j > 0 {
			i = j
			continue
		}
		if w := firstOf(s.slice(i, s.End), "方面", "等", "双方", "两家", "三家", "两方", "之间", "一方", "公司", "集团", "旗下", "中国区", "中国"); w != "" {
			m.listed = m.listed || w == "等"
			i += len(w)
			continue
		}
		break
	}
	m.genitive = strings.HasPrefix(s.slice(i, s.End), "的") || strings.HasPrefix(s.slice(i, s.End), "之")
	m.tail = i
	m.prep = d.prepBeforeZh(s, m)
}

// prepBeforeZh walks back from a name over a country and a few describing
// characters to a preposition, or to the verb whose object the name is.
func (d *document) prepBeforeZh(s *sentence, m *mention) string {
	floor := s.Start
	for _, o := range s.mentions {
		if o != m && o.end <= m.start {
			floor = max(floor, o.end)
		}
	}
	end := floor + len(country(s.slice(floor, m.start)))
	for _, p := range longPrepositionsZh {
		if strings.HasSuffix(s.slice(floor, end), p) {
			return "with"
		}
	}
	for n := 0; end > floor && n < 9; n++ {
		r, size := utf8.DecodeLastRuneInString(s.f.Text[floor:end])
		if r < 0x80 && r != ' ' && r != '"' && !letter(byte(r)) || r == '、' || r == '。' || r == '·' || r == '—' || r == '…' || r == '的' && n > 0 {
			return ""
		}
		if prep, ok := prepositionsZh[r]; ok && !s.inCue(end-size) && !compoundZh(s, end-size, size) {
			return prep
		}
		if s.endsCue(end, lexicon.Relation) {
			return "object"
		}
		if s.endsCue(end, lexicon.Source) || s.endsCue(end, lexicon.Stage) {
			return ""
		}
		end -= size
	}
	return ""
}

// compoundZh holds for a character of a longer word: 作为, 因为, 认为, 方向, 给予.
func compoundZh(s *sentence, i, size int) bool {
	before, _ := utf8.DecodeLastRuneInString(s.f.Text[s.Start:i])
	after, _ := utf8.DecodeRuneInString(s.f.Text[i+size : s.End])
	switch r, _ := utf8.DecodeRuneInString(s.f.Text[i:]); r {
	case '为':
		return strings.ContainsRune("作因认成视称改变定名更分最约均仅占额华以", before) || after == '了' || after == '主'
	case '向':
		return strings.ContainsRune("方转趋意动走导流倾", before)
	case '同':
		return strings.ContainsRune("合共相不等协", before) || strings.ContainsRune("时样类业步意期比", after)
	case '对':
		return strings.ContainsRune("针面相应绝核", before) || strings.ContainsRune("手此于外方应", after)
	case '和':
		return before == '共' || after == '解'
	case '给':
		return before == '供'
	case '自':
		return after == '研' || after == '己' || after == '家' || after == '主' || after == '身' || after == '建'
	case '由':
		return before == '自' || before == '理' || after == '于'
	case '获':
		return after == '悉' || after == '利'
	case '经':
		return before == '已' || before == '曾' || strings.ContainsRune("营济理过验历销典", after)
	case '较':
		return before == '比'
	case '据':
		return before == '数' || before == '依' || before == '占'
	}
	return false
}

// inCue reports whether byte i lies inside a cue of two or more characters.
func (s *sentence) inCue(i int) bool {
	for _, h := range s.cues {
		if h.start > i {
			return false
		}
		if h.end > i && h.end-h.start > 3 && (h.e.cue.Class == lexicon.Relation || h.e.cue.Class == lexicon.Stage) {
			return true
		}
	}
	return false
}

// endsCue reports whether a cue of a class ends at byte i, or one character
// before it (签下了, 收购过).
func (s *sentence) endsCue(i int, class lexicon.Class) bool {
	for _, h := range s.cues {
		if h.start >= i {
			return false
		}
		if h.e.cue.Class == class && h.end == i {
			return true
		}
	}
	return false
}

// joinedZh: 三星、SK海力士和美光. Between two names alone 与 and 和 are read as a
// list only where a third has the other side, 三星与SK海力士向英伟达供货; else the
// one deals with the other, which is the same.
func joinedZh(s *sentence, a, b *mention, gap string) bool {
	gap = country(gap)
	switch gap {
	case "、", "·", "/", "&", " & ", "-", "以及", "及", "暨", "/ ":
		return true
	case "和", "与", "同", "跟", "、与":
		return a.prep != "" || listedZh(s, b.tail)
	case "":
		return a.listed
	case ",":
		return a.prep == "" && b.listed && !s.title
	}
	return false
}

// listedZh reports whether two names joined before i act together on a third, or
// with each other: 三星与SK海力士均向英伟达供货.
func listedZh(s *sentence, i int) bool {
	rest := prefix(s.slice(i, s.End), 45)
	if w := firstOf(rest, "均", "都", "分别", "双双", "同时", "等", "、", "两家", "三家", "则", "也"); w != "" {
		return true
	}
	if end := strings.IndexAny(rest, ",。;"); end >= 0 {
		rest = rest[:end]
	}
	for _, m := range s.mentions {
		if m.start < i || m.start >= i+len(rest) {
			continue
		}
		lead := s.slice(i, m.start)
		for _, p := range []string{"向", "从", "给", "为", "由", "找"} {
			if strings.HasSuffix(country(lead), p) {
				return true
			}
		}
	}
	return false
}

// splitZh cuts a Chinese sentence at the commas after which another firm acts,
// and at those after a part that has told something.
func splitZh(s *sentence, from, to int) []clause {
	var out []clause
	start, depth := from, 0
	for i := from; i < to; {
		r, size := utf8.DecodeRuneInString(s.f.Text[i:])
		switch {
		case r == '(':
			depth++
		case r == ')':
			depth = max(0, depth-1)
		case depth > 0 || insideName(s, i):
		case r == ';' || r == '。' || r == ',' && breaksAtZh(s, start, i, to) || r == ' ' && s.title && i > start+6 && s.f.Text[i-1] >= 0x80 && i+1 < to && (s.f.Text[i+1] >= 0x80 || s.mentionAt(i+1, 0)):
			out = append(out, clause{text.Span{Start: start, End: i}})
			start = i + size
		}
		i += size
	}
	return append(out, clause{text.Span{Start: start, End: to}})
}

// breaksAtZh reports whether the comma at i parts two clauses.
func breaksAtZh(s *sentence, start, i, to int) bool {
	next := s.slice(i+1, to)
	if firstOf(next, "而", "但", "不过", "此外", "另外", "另一", "同时", "反观", "至于") != "" {
		return true
	}
	told, before, after := false, false, -1
	for _, m := range s.mentions {
		if !before && m.start >= start && m.end <= i {
			before = true
			told = s.has(m.end, i, lexicon.Relation) || s.has(m.end, i, lexicon.Stage) || m.prep != "" && s.has(start, i, lexicon.Relation)
		}
		if m.start > i && m.start < to && after < 0 {
			after = m.start
		}
	}
	if !before || after < 0 {
		return false
	}
	if lead := country(s.slice(i+1, after)); lead == "" && s.speaks(after) {
		return true
	}
	return told && !strings.ContainsAny(s.slice(i+1, after), ",;") || told && after-i > 60
}

// speaks reports whether the name at i is followed by more than a list.
func (s *sentence) speaks(i int) bool {
	for _, m := range s.mentions {
		if m.start == i {
			return firstOf(s.slice(m.tail, s.End), "、", "和", "与", "及", ",") == ""
		}
	}
	return false
}

// argumentsZh sorts the groups of a Chinese clause by what stands before them.
func (f *frame) argumentsZh(groups []*group) arguments {
	var a arguments
	for _, g := range groups {
		switch g.prep {
		case "":
			if len(a.actors) > 0 && f.s.has(f.start, g.start, lexicon.Relation) {
				a.weak = append(a.weak, g)
			} else {
				a.actors = append(a.actors, g)
			}
		case "object":
			if g.gen || f.s.has(g.end, min(f.s.End, g.end+12), lexicon.Topic) && !f.relates("invest", "mutual") {
				a.weak = append(a.weak, g)
			} else {
				a.strong = append(a.strong, g)
			}
		case "with", "to", "from", "by":
			a.strong = append(a.strong, g)
		default:
			a.weak = append(a.weak, g)
		}
	}
	return a
}

// ruleOutZh marks a mention that the words around it make no party.
func (d *document) ruleOutZh(s *sentence, m *mention) {
	if m.prep == "than" {
		m.out = "compared"
		return
	}
	d.ruleOutBeside(s, m)
}

// simplified holds the simplified form of each traditional character that the
// registry or the lexicon may need.
var simplified = func() map[rune]rune {
	out := map[rune]rune{}
	pairs := []rune(characterPairs)
	for i := 0; i+1 < len(pairs); i += 2 {
		out[pairs[i]] = pairs[i+1]
	}
	return out
}()

// characterPairs are traditional characters, each before its simplified form;
// all of three bytes, so that a text keeps its length.
const characterPairs = "" +
	"臺台灣湾電电積积體体輝辉達达爾尔聯联發发創创緯纬廣广鴻鸿華华為为國国際际儲储寫写會会議议協协簽签訂订約约購购買买賣卖貨货應应運运輸输單单價价錢钱幣币億亿萬万張张" +
	"場场廠厂產产業业務务員员團团隊队軟软網网絡络雲云計计劃划設设開开關关閉闭終终結结斷断絕绝裡里裏里後后來来從从與与於于並并對对給给幫帮讓让請请說说話话論论討讨談谈" +
	"詢询問问題题據据報报導导記记載载聞闻傳传謠谣認认識识證证實实測测試试驗验樣样階阶級级層层疊叠裝装備备機机構构製制線线圓圆憶忆內内資资訊讯號号處处節节點点術术專专" +
	"權权許许調调銷销棄弃擱搁淺浅暫暂緩缓無无係系類类別别較较優优勢势競竞爭争決决領领進进戰战勝胜敗败訴诉訟讼罰罚罷罢額额總总數数庫库戶户個个歲岁時时間间學学習习練练" +
	"訓训師师長长職职責责擔担當当辦办選选舉举標标準准規规範范圍围繞绕顯显圖图視视頻频語语聲声樂乐樓楼樹树區区縣县鄉乡鎮镇島岛嶼屿連连續续雙双邊边獨独佔占獲获評评鑒鉴" +
	"縮缩減减擴扩強强漲涨盤盘檢检軍军艦舰歐欧亞亚馬马遜逊蘋苹銀银紐纽邁迈聖圣東东歷历穩稳鎧铠俠侠閃闪薩萨碩硕穎颖興兴頎颀環环鈺钰陸陆寬宽飛飞騰腾摯挚寶宝賽赛靈灵託托" +
	"墊垫兩两繫系臨临鄰邻紅红樺桦鐵铁鋼钢銅铜錫锡鈦钛鎢钨鎵镓鍺锗貿贸參参過过還还這这現现擬拟組组織织陣阵營营壓压軸轴鏈链條条養养護护齊齐驅驱動动複复雜杂緒绪餘余歸归" +
	"納纳賬账負负債债虧亏損损淨净潤润紀纪錄录屆届滿满歡欢慶庆賀贺爲为啟启獎奖釋释響响採采麼么齡龄虛虚僅仅啓启盡尽監监義义簡简稱称贏赢籌筹異异檔档曆历勞劳潔洁腦脑顧顾" +
	"慮虑髮发麗丽濟济滅灭賓宾該该誰谁課课諮咨詞词讀读變变貝贝賴赖費费貼贴貸贷贊赞贈赠趕赶跡迹軌轨輛辆輪轮轉转輯辑農农遠远適适遲迟郵邮鄭郑釐厘針针鋒锋鎖锁鍵键鏡镜門门" +
	"閱阅隨随險险雖虽雞鸡離离難难霧雾靜静頂顶項项順顺須须預预頗颇頭头顆颗願愿風风飯饭飽饱館馆駐驻騙骗魚鱼鮮鲜麥麦黃黄龍龙龐庞尋寻屬属併并佈布週周夥伙帶带緊紧攜携擁拥" +
	"蓋盖貢贡獻献溝沟觸触榮荣櫃柜盧卢蘇苏韓韩孫孙楊杨陳陈劉刘吳吴趙赵執执維维鉅巨帳账矽硅徵征銳锐謝谢擊击殺杀勁劲鑽钻遞递鬆松撐撑盪荡藉借誤误澤泽瀾澜齒齿礎础築筑膠胶" +
	"薦荐藝艺蠟蜡衝冲覽览訪访誠诚謹谨譯译貪贪躍跃輔辅邏逻鈞钧銘铭鍋锅鏟铲閣阁隸隶韌韧頁页顛颠饋馈驟骤鬥斗"

// simplify returns s with traditional characters as simplified ones, byte for
// byte: the cues of Chinese are written in those.
func simplify(s string) string {
	var b []byte
	for i, r := range s {
		if t, ok := simplified[r]; ok && t != r {
			if b == nil {
				b = []byte(s)
			}
			utf8.EncodeRune(b[i:], t)
		}
	}
	if b == nil {
		return s
	}
	return string(b)
}
