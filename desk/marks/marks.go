// Package marks reads from an article what tells its deal from other deals of the
// same firms (product and generation, amount, place), whose words it prints (an
// agency's credit, a sketch of the text), and whether its publisher has corrected
// or withdrawn it.
//
// It knows no network and no clock; the same article gives the same marks.
package marks

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/chipwire/chipwire/internal/text"
	"github.com/chipwire/chipwire/news"
)

// lead is how much of a body stands for the deal where nothing is quoted of it,
// in bytes: a news story says what it is about first.
const lead = 600

// maxMarks bounds each list of a finding's marks.
const maxMarks = 6

// Add completes a verdict with what the article's text says beside its findings:
// the marks of each, and the print of the whole.
func Add(v news.Verdict, a news.Article) news.Verdict {
	v.Findings = slices.Clone(v.Findings)
	for i := range v.Findings {
		v.Findings[i].Marks = Of(a, v.Findings[i], len(v.Findings) == 1)
	}
	v.Print, v.Reread = PrintOf(a), a.Reread
	return v
}

// Of returns the marks of a finding. Alone says that the article has no other:
// then its headline and first lines speak of this deal too.
func Of(a news.Article, f news.Finding, alone bool) news.Marks {
	var near []string
	if alone || len(f.Evidence) == 0 {
		near = append(near, a.Title)
	}
	for _, e := range f.Evidence {
		if e.Field != "title" || !alone {
			near = append(near, e.Text)
		}
	}
	wide := near
	if alone || len(f.Evidence) == 0 {
		first, _, _ := strings.Cut(a.Body, "\n\n")
		wide = append(slices.Clone(near), text.Cut(first, lead))
	}
	m := news.Marks{Products: products(near), Amounts: amounts(near), Places: places(near)}
	// What the quoted lines do not say, the first lines may.
	if len(m.Products) == 0 {
		m.Products = products(wide)
	}
	if len(m.Amounts) == 0 {
		m.Amounts = amounts(wide)
	}
	if len(m.Places) == 0 {
		m.Places = places(wide)
	}
	m.Further = says(wide, furtherWords, further)
	m.Recalls = !m.Further && says(wide, recallWords, recalls)
	m.Resumes = says(wide, resumeWords, resumes)
	return m
}

// says reports whether a text matches. No text without one of the words does:
// looking for them first costs a hundredth.
func says(texts, words []string, re *regexp.Regexp) bool {
	return slices.ContainsFunc(texts, func(s string) bool { return hasAny(strings.ToLower(s), words) && re.MatchString(s) })
}

var (
	furtherWords = []string{"별개", "별도", "추가", "두 번째", "또 ", "신규", "새로 ", "separate", "unrelated", "apart from", "another", "second", "fresh", "new", "additional", "follow-on", "追加", "別の", "另一", "新一"}
	recallWords  = []string{"약속한 대로", "지난", "앞서", "이달", "이번 달", "월 ", "라고만", "드러났", "확인됐", "밝혀졌", "as promised", "as agreed", "as announced", "revealed as", "unnamed", "announced", "signed", "promised", "agreed", "명칭을", "先月", "先に", "此前"}
	resumeWords  = []string{"reviv", "reinstat", "resum", "back on", "재개", "되살", "부활", "원점에서", "復活", "再開", "恢复", "恢復", "重启", "重啟"}
)

var (
	// further are the words for a deal that follows another one and is not it.
	further = regexp.MustCompile(`(?i)별개|별도|추가 (수주|계약|공급|발주|주문)|두 번째 (계약|수주|투자|주문)|또 (베팅|투자|수주|계약)|신규 (수주|계약|투자)|새로 .{0,24}(계약|체결)|separate|unrelated|apart from|another (order|deal|contract)|(second|fresh|new|additional|follow-on) (\S+ ){0,3}(order|round|deal|contract)|追加(受注|発注|契約)|別の|另一|新一轮|新一輪`)
	// recalls are the words by which a report points at an earlier one of its deal.
	recalls = regexp.MustCompile(`(?i)약속한 대로|(지난|앞서|이달|이번 달|[0-9]월).{0,16}(공개|발표|체결|합의|약속|언급|말)(한|했던|된)|라고만 했던|으로 (드러났|확인됐|밝혀졌)|as (promised|agreed|announced)|revealed as|unnamed customer|(announced|signed|promised|agreed) (earlier|last (week|month)|in (january|february|march|april|may|june|july|august|september|october|november|december))|명칭을 밝히지 않았던|先月|先に発表|此前(宣布|公布)`)
	// resumes are the words for a deal that was over and is on again.
	resumes = regexp.MustCompile(`(?i)reviv|reinstat|resum|back on|재개|되살|부활|원점에서 다시|復活|再開|恢复|恢復|重启|重啟`)
)

// A thing is a product that has a name and no number.
type thing struct {
	name  string   // family:model
	words []string // in lower case; those of ASCII letters stand alone
}

func things(list ...[2]string) (out []thing) {
	for _, t := range list {
		out = append(out, thing{t[0], strings.Split(t[1], "|")})
	}
	return out
}

// in reports whether a text in lower case names the thing.
func (t thing) in(low string) bool {
	return slices.ContainsFunc(t.words, func(w string) bool { return hasWord(low, w) })
}

// hasWord looks for a word, at the edges of words where it is of ASCII letters.
func hasWord(low, word string) bool {
	for at := 0; ; {
		i := strings.Index(low[at:], word)
		if i < 0 {
			return false
		}
		i += at
		end := i + len(word)
		begins := i == 0 || !letter(low[i-1]) || !letter(word[0])
		if begins && (end == len(low) || !letter(low[end]) || low[end] == 's' || !letter(word[len(word)-1])) {
			return true
		}
		at = end
	}
}

// Things of one family are different goods: a deal on the one is none on the
// other. Those of the family ~ go with any.
var named = things(
	[2]string{"gpu:blackwell", `blackwell|블랙웰|ブラックウェル`},
	[2]string{"gpu:rubin", `rubin|루빈`},
	[2]string{"gpu:hopper", `hopper|호퍼`},
	[2]string{"tool:tc-bonder", `tc본더|tc 본더|tc bonder|tc-bonder|열압착|thermal-compression|thermal compression|tcボンダ`},
	[2]string{"tool:hybrid-bonder", `hybrid bonder|hybrid-bonder|hybrid bonding|hybrid-bonding|하이브리드 본더|하이브리드 본딩|하이브리드본더|하이브리드본딩|ハイブリッドボンディング|ハイブリッド接合|混合键合`},
	[2]string{"tool:high-na", `high-na|high na|하이na|하이 na|高na`},
	[2]string{"tool:tester", `tester|테스터|검사장비|검사 장비|テスタ`},
	[2]string{"board:fc-bga", `fc-bga|fcbga|플립칩`},
	[2]string{"board:glass", `유리기판|유리 기판|glass-core|glass core|glass substrate|ガラス基板|ガラスコア|玻璃基板`},
	[2]string{"pack:cowos", `cowos`},
	[2]string{"pack:emib", `emib`},
	[2]string{"pack:foplp", `fo-plp|foplp|panel-level|panel level|패널레벨|패널 레벨`},
	[2]string{"mem:hbf", `hbf|고대역폭 플래시|high-bandwidth flash`},
	[2]string{"mem:socamm", `socamm|소캠`},
	[2]string{"mem:cxl", `cxl`},
	[2]string{"mem:ssd", `ssd|essd`},
	[2]string{"~:mlb", `mlb|다층기판|다층 기판`}, [2]string{"~:ccl", `ccl|동박적층|동박 적층|copper-clad`}, [2]string{"~:abf", `abf`}, [2]string{"~:lpu", `lpu`},
	[2]string{"~:ald", `ald|atomic-layer|atomic layer`}, [2]string{"~:interposer", `interposer|인터포저|インターポーザ|中介层`},
)

// generations of HBM by their Korean and English ordinal.
var generations = [][2]string{
	{"4세대", "3"},
	{"5세대", "3e"},
	{"6세대", "4"},
	{"7세대", "4e"},
	{"fourth-generation", "3"},
	{"fifth-generation", "3e"},
	{"sixth-generation", "4"},
	{"seventh-generation", "4e"},
}

// spaced are the families whose number may stand apart from the name.
var spaced = []string{
	"maia", "마이아", "trainium", "트레이니엄", "트레이니움", "inferentia", "tpu", "mtia", "gaudi", "가우디", "ascend", "어센드", "昇腾", "dojo", "도조", "instinct",
	"rubin", "루빈", "rebel", "리벨", "atom", "아톰", "exynos", "엑시노스", "snapdragon",
}

// nodeWords stand behind the number of a process.
var nodeWords = []string{"나노", "nm", "nanomet", "ナノ", "纳米", "奈米"}

var sameName = map[string]string{
	"마이아": "maia", "트레이니엄": "trainium", "트레이니움": "trainium", "가우디": "gaudi", "어센드": "ascend", "昇腾": "ascend",
	"도조": "dojo", "루빈": "rubin", "리벨": "rebel", "아톰": "atom", "엑시노스": "exynos",
}

// noProducts are names with numbers that are no chips: calendars, models of
// language, places in lists, lines of a plant.
var noProducts = map[string]bool{
	"fy": true, "gpt": true, "grok": true, "claude": true, "llama": true, "gemini": true, "top": true, "covid": true, "iso": true, "kospi": true, "ces": true,
	"gtc": true, "cy": true, "usd": true, "krw": true, "eur": true, "rs": true, "us": true, "no": true, "kw": true, "mw": true, "gw": true, "utc": true, "mp": true,
	"am": true, "pm": true, "vol": true, "ver": true, "page": true, "sk": true, "series": true, "stage": true, "phase": true, "level": true, "id": true,
	"jan": true, "feb": true, "mar": true, "apr": true, "may": true, "jun": true, "jul": true, "aug": true, "sep": true, "oct": true, "nov": true, "dec": true,
}

// products lists the products that texts name, family and model.
func products(texts []string) []string {
	var out []string
	add := func(s string) {
		if !slices.Contains(out, s) && len(out) < maxMarks {
			out = append(out, s)
		}
	}
	for _, s := range texts {
		low := strings.ToLower(s)
		models(low, add)
		for _, family := range spaced {
			numbered(low, family, add)
		}
		if strings.Contains(low, "hbm") || strings.Contains(low, "고대역폭") {
			for _, g := range generations {
				if strings.Contains(low, g[0]) {
					add("hbm:" + g[1])
				}
			}
		}
		for _, t := range named {
			if t.in(low) {
				add(t.name)
			}
		}
	}
	return out
}

func letter(c byte) bool { return 'a' <= c && c <= 'z' }
func digit(c byte) bool  { return '0' <= c && c <= '9' }

// models finds the words that are a name with a number (gb300, tc-14), and the
// numbers of processes (2나노, 18a), in a text in lower case.
func models(low string, add func(string)) {
	for i := 0; i < len(low); {
		if !letter(low[i]) && !digit(low[i]) {
			i++
			continue
		}
		start := i
		for i < len(low) && letter(low[i]) {
			i++
		}
		family := low[start:i]
		at := i
		if family != "" && at+1 < len(low) && low[at] == '-' && digit(low[at+1]) {
			at++
		}
		end := at
		for end < len(low) && (digit(low[end]) || family == "" && low[end] == '.' && end+1 < len(low) && digit(low[end+1])) {
			end++
		}
		number := low[at:end]
		if number == "" {
			continue
		}
		for i = end; i < len(low) && letter(low[i]); {
			i++
		}
		if family == "" {
			process(number, low[end:i], low[end:], add)
			continue
		}
		suffix := strings.TrimSuffix(low[end:i], "s")
		if len(family) >= 2 && len(family) <= 9 && len(number) <= 4 && len(suffix) <= 3 && !noProducts[family] {
			add(family + ":" + number + suffix)
		}
	}
}

// process finds the number of a process by what stands behind a number.
func process(number, suffix, rest string, add func(string)) {
	if suffix == "a" && len(number) == 2 && number[0] == '1' {
		add("node:" + number + "a")
		return
	}
	rest = strings.TrimLeft(rest, " -")
	if len(number) <= 3 && slices.ContainsFunc(nodeWords, func(w string) bool { return strings.HasPrefix(rest, w) }) {
		add("node:" + number)
	}
}

// numbered finds a family whose number stands apart (maia 300, tpu v8).
func numbered(low, family string, add func(string)) {
	for at := 0; ; {
		i := strings.Index(low[at:], family)
		if i < 0 {
			return
		}
		at += i + len(family)
		rest := strings.TrimPrefix(strings.TrimPrefix(low[at:], " "), "v")
		n := 0
		for n < len(rest) && digit(rest[n]) {
			n++
		}
		tail := n
		for tail < len(rest) && letter(rest[tail]) {
			tail++
		}
		name := family
		if same, ok := sameName[family]; ok {
			name = same
		}
		if n > 0 && n <= 4 && tail-n <= 2 {
			add(name + ":" + rest[:tail])
		}
	}
}

// sites are places where chips are made or run, in the languages that are read.
var sites = things(
	[2]string{"taylor", `taylor|테일러|テイラー|泰勒`}, [2]string{"pyeongtaek", `pyeongtaek|평택|平澤|平泽`}, [2]string{"yongin", `yongin|용인|龍仁|龙仁`},
	[2]string{"cheongju", `cheongju|청주|清州`}, [2]string{"icheon", `icheon|이천|利川`}, [2]string{"hwaseong", `hwaseong|화성캠퍼스|華城`}, [2]string{"ulsan", `ulsan|울산`},
	[2]string{"haenam", `haenam|해남|솔라시도`}, [2]string{"sejong", `sejong|세종`}, [2]string{"chuncheon", `chuncheon|춘천`}, [2]string{"gwangju", `gwangju|광주`},
	[2]string{"pohang", `pohang|포항`}, [2]string{"asan", `asan|아산`}, [2]string{"onyang", `onyang|온양`}, [2]string{"cheonan", `cheonan|천안`}, [2]string{"incheon", `incheon|인천|송도`}, [2]string{"busan", `busan|부산`},
	[2]string{"arizona", `arizona|애리조나|アリゾナ|亚利桑那`}, [2]string{"indiana", `indiana|인디애나|lafayette`}, [2]string{"abilene", `abilene|애빌린`},
	[2]string{"ohio", `ohio|오하이오|オハイオ`}, [2]string{"memphis", `memphis|멤피스`}, [2]string{"boise", `boise|보이시`}, [2]string{"oregon", `oregon|오리건`}, [2]string{"virginia", `virginia|버지니아`}, [2]string{"louisiana", `louisiana|루이지애나`},
	[2]string{"kumamoto", `kumamoto|구마모토|熊本`}, [2]string{"chitose", `chitose|치토세|지토세|千歳`}, [2]string{"hiroshima", `hiroshima|히로시마|広島`}, [2]string{"dresden", `dresden|드레스덴`},
	[2]string{"singapore", `singapore|싱가포르|シンガポール|新加坡`}, [2]string{"penang", `penang|페낭|ペナン|槟城`}, [2]string{"johor", `johor|조호르|柔佛`}, [2]string{"narvik", `narvik|나르비크`},
	[2]string{"riyadh", `riyadh|리야드`}, [2]string{"abu-dhabi", `abu dhabi|아부다비`}, [2]string{"hsinchu", `hsinchu|신주|新竹`}, [2]string{"kaohsiung", `kaohsiung|가오슝|高雄`}, [2]string{"taichung", `taichung|타이중|台中`}, [2]string{"xian", `xi'an|시안|西安`}, [2]string{"wuxi", `wuxi|우시|无锡|無錫`}, [2]string{"dalian", `dalian|다롄|大连`},
	[2]string{"gujarat", `gujarat|구자라트|sanand`}, [2]string{"osaka", `osaka|오사카|大阪|sakai|사카이`},
)

func places(texts []string) []string {
	var out []string
	for _, s := range texts {
		low := strings.ToLower(s)
		for _, t := range sites {
			if len(out) < maxMarks && !slices.Contains(out, t.name) && t.in(low) {
				out = append(out, t.name)
			}
		}
	}
	return out
}

// PrintOf returns the print of an article.
func PrintOf(a news.Article) news.Print {
	return news.Print{
		Agency: agency(a.Body), Sketch: sketch(a.Body), Note: note(a), Sum: news.SumOf(a.Body),
		ETag: a.ETag, LastModified: a.LastModified,
	}
}

// credits are the forms in which a text names the agency it came from: a dateline
// at its head, or a line of credit.
var credits = regexp.MustCompile(`(?i)` + strings.Join([]string{
	`[(（][\p{L} ,·/]{1,24}=\s?([\p{L}\d]{2,12}(?:통신|뉴스|뉴시스|뉴스1))[)）]`, // (서울=연합뉴스)
	`(?:출처|기사 ?제공|자료|제공|\(끝\)|ⓒ|©)\s?[:=]?\s?([\p{L}\d]{2,10}(?:통신|연합뉴스|뉴시스|뉴스1))`,
	`\[?([\p{L}\d]{2,10}(?:통신|연합뉴스|뉴시스|뉴스1))\s?(?:제공|기사 ?제휴|제휴|\])`,
	`([\p{L}\d]{2,10}(?:통신))=(?:뉴스)?제휴`,
	`\((Yonhap|Reuters|AP|AFP|Bloomberg|Kyodo|Xinhua|[A-Z][\w]+ Wire)\)`,
	`(?:source|courtesy of|provided by|via)[: ]+(Yonhap|Reuters|AFP|Bloomberg|Kyodo|Xinhua|[A-Z][\w]+ (?:Wire|News Agency))`,
	`^\s*[A-Z][A-Z .,]{2,30}\((Reuters|AP|AFP|Yonhap|Bloomberg)\)`,
	`(?:[【(（])(共同|時事|新華社|新华社|ロイター|路透)(?:[】)）])`,
}, "|"))

// agencyWords are parts of the names of agencies: no text without one credits any.
var agencyWords = []string{
	"통신", "연합뉴스", "뉴시스", "뉴스1", "Yonhap", "Reuters", "(AP)", "AFP", "Bloomberg", "Kyodo", "Xinhua", "Wire", "News Agency", "共同", "時事", "新華社", "新华社", "ロイター", "路透",
}

func hasAny(s string, words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(s, w) })
}

var sameAgency = map[string]string{"연합뉴스": "yonhap", "yonhap": "yonhap", "新華社": "xinhua", "新华社": "xinhua", "共同": "kyodo", "ロイター": "reuters", "路透": "reuters"}

// agency names the agency that a text credits, "" for none. Credits stand at the
// head or the foot.
func agency(body string) string {
	head, foot := text.Cut(body, 240), body
	if len(foot) > 240 {
		foot = foot[len(foot)-240:]
		for len(foot) > 0 && !utf8.RuneStart(foot[0]) {
			foot = foot[1:]
		}
	}
	for _, part := range []string{head, foot} {
		if !hasAny(part, agencyWords) {
			continue
		}
		for _, group := range credits.FindAllStringSubmatch(part, -1) {
			for _, name := range group[1:] {
				if name == "" {
					continue
				}
				name = strings.ToLower(name)
				if same, ok := sameAgency[name]; ok {
					return same
				}
				return name
			}
		}
	}
	return ""
}

var (
	retracted = regexp.MustCompile(`(?i)기사를? ?(취소|철회|삭제)|보도를? ?(취소|철회)|전문 ?취소|\bretract(s|ed|ion)\b|withdrawn by|has been withdrawn|this (story|article) (is|was) (wrong|withdrawn)|記事を(取り消|撤回|削除)|撤稿|撤回报道`)
	corrected = regexp.MustCompile(`(?i)정정|바로잡|corrections?\b\s?[:—(\]]|corrects? |corrected (version|to)|訂正|更正`)
)

// noteWords are parts of what the two look for: no text without one is a note.
var noteWords = []string{"취소", "철회", "삭제", "정정", "바로잡", "retract", "withdrawn", "is wrong", "was wrong", "correct", "取り消", "撤回", "削除", "撤稿", "訂正", "更正"}

// note reads what a publisher says of its text, in the headline and in the lines
// at the head and the foot.
func note(a news.Article) news.Note {
	head, foot := text.Cut(a.Body, 300), a.Body
	if len(foot) > 300 {
		foot = strings.ToValidUTF8(foot[len(foot)-300:], "")
	}
	texts := []string{a.Title, head, foot}
	if !slices.ContainsFunc(texts, func(s string) bool { return hasAny(strings.ToLower(s), noteWords) }) {
		return ""
	}
	for _, s := range texts {
		if retracted.MatchString(s) {
			return news.NoteRetracted
		}
	}
	for _, s := range texts {
		if corrected.MatchString(s) {
			return news.NoteCorrected
		}
	}
	return ""
}
