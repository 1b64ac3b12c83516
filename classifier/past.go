package classifier

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/chipwire/chipwire/classifier/lexicon"
	"github.com/chipwire/chipwire/news"
)

// writtenIn is the year that an article without a date is taken to be of: the
// one in which the lexicon was written.
const writtenIn = 2026

// recent is how long before an article a month named with its year is still
// news: December, told in January.
const recent = 60 * 24 * time.Hour

// day returns the date by which years in an article are judged, or zero.
func day(a news.Article) time.Time {
	if !a.PublishedAt.IsZero() {
		return a.PublishedAt
	}
	return a.DetectedAt
}

// past reports by which words a frame tells of days gone by, and how surely:
// 0 for not at all.
func (d *document) past(f *frame) (where string, times float64) {
	s := f.s
	for _, h := range s.cuesIn(f.start, f.end, lexicon.Anti, "past") {
		w := h.e.cue.Weight
		switch {
		case w <= times,
			h.e.cue.ID == "durative" && f.stage == news.Ended, // 함께 하던 개발은 끝났다
			d.lang == "ko" && timeWord(h.e.form) && d.datesOther(f, h.end),
			d.lang != "ko" && founding(strings.Fields(s.f.Lower[f.start:h.start])),                           // founded in 2016
			d.lang != "ko" && strings.HasPrefix(h.e.form, "had ") && s.has(s.Start, h.start, lexicon.Source): // said they had signed
		default:
			where, times = s.slice(h.start, h.end), w
		}
	}
	if times < 1 && !f.renews() {
		if y := d.pastYear(f); y != "" {
			return y, 1
		}
	}
	if times < 1 && d.retold[s.line] > 0 && s.index >= d.retold[s.line] && !s.title {
		return "history", 1
	}
	return where, times
}

// renews holds for a frame that carries an old deal on: the news is that it runs
// longer or wider.
func (f *frame) renews() bool {
	return f.s.hasID(f.start, f.end, "renew")
}

// timeWord holds for Korean past cues that date what follows them.
func timeWord(form string) bool {
	for _, w := range []string{"지난해", "작년", "재작년", "년 전", "해 전"} {
		if strings.HasSuffix(form, w) {
			return true
		}
	}
	return strings.HasSuffix(form, "년")
}

// pastYear returns the year before the article's in which a frame's clause says
// that its deal was made, or "".
func (d *document) pastYear(f *frame) string {
	s := f.s
	for i := f.start; i+4 <= f.end; i++ {
		if c := s.f.Text[i]; c != '1' && c != '2' || i > s.Start && number(s.f.Text[i-1]) {
			continue
		}
		y := year(s.slice(i, f.end))
		if y == 0 || y >= d.ref.Year() {
			continue
		}
		if d.lang == "ko" && d.datesKo(f, i, y) || d.lang != "ko" && d.datesEn(f, i, y) {
			return s.slice(i, i+4)
		}
	}
	return ""
}

// number holds for what makes the digits after it part of a longer number.
func number(c byte) bool { return '0' <= c && c <= '9' || c == '.' || c == ',' || c == '$' }

// year reads four digits that may be a year of the chip trade, or returns 0.
func year(s string) int {
	y := 0
	for i := range 4 {
		if s[i] < '0' || s[i] > '9' {
			return 0
		}
		y = y*10 + int(s[i]-'0')
	}
	if y < 1980 || y > 2099 || len(s) > 4 && letter(s[4]) {
		return 0
	}
	return y
}

// datesKo reports whether the year y at i dates the predicate of a frame:
// 2024년 4월 TSMC와 양해각서를 맺었다, not 2023년 설립된 리벨리온은 … 맺었다.
func (d *document) datesKo(f *frame, i, y int) bool {
	s := f.s
	rest, ok := strings.CutPrefix(s.slice(i+4, f.end), "년")
	if !ok {
		return false
	}
	for _, p := range []string{"까지", "부터", "형", "산", "판", "말까지", "도 ", "용"} {
		if strings.HasPrefix(strings.TrimLeft(rest, " "), p) {
			return false
		}
	}
	rest = strings.TrimLeft(rest, " ")
	month := 0
	for len(rest) > 0 && '0' <= rest[0] && rest[0] <= '9' && month < 100 {
		month = month*10 + int(rest[0]-'0')
		rest = rest[1:]
	}
	switch {
	case !strings.HasPrefix(rest, "월"):
		month = 0
	case !d.dated && dayFollows(rest):
		return false // a full date: that of the news, as far as can be told
	}
	if strings.HasPrefix(rest, "말") {
		month = 12
	}
	return !d.lately(y, month) && !d.datesOther(f, i+4) && !s.has(f.start, f.end, lexicon.Future)
}

// dayFollows reports whether a day follows a Korean month: 월 13일.
func dayFollows(rest string) bool {
	rest = strings.TrimLeft(strings.TrimPrefix(rest, "월"), " ")
	day := strings.TrimLeft(rest, "0123456789")
	return day != rest && strings.HasPrefix(day, "일")
}

// lately reports whether a month, 0 where none is named, is close before the
// article.
func (d *document) lately(y, month int) bool {
	if month < 1 || month > 12 {
		return false
	}
	return d.ref.Sub(time.Date(y, time.Month(month)+1, 1, 0, 0, 0, 0, time.UTC)) < recent
}

// modified are the endings of Korean verbs of the past that modify a noun.
var modified = []string{"한", "된", "던", "맺은", "받은", "내놓은", "지은", "세운", "만든", "나온", "들어온", "선보인", "이룬", "따낸", "맡긴", "사들인", "쌓은"}

// datesOther reports whether a time named before i dates a clause that only
// modifies a noun, and a verb of the frame follows with a time of its own.
func (d *document) datesOther(f *frame, i int) bool {
	s := f.s
	for i < f.end {
		j := strings.IndexByte(s.slice(i, f.end), ' ')
		if j < 0 {
			return false
		}
		if modifies(s.slice(i, i+j)) {
			return s.tells(i+j, f.end)
		}
		i += j + 1
	}
	return false
}

// modifies holds for a Korean verb of the past before a noun: 설립된, 맺은.
func modifies(word string) bool {
	if utf8.RuneCountInString(word) < 2 {
		return false
	}
	switch word {
	case "대한", "위한", "관한", "의한", "또한", "북한", "제한", "무한", "다양한", "중요한", "새로운", "인한", "비롯한", "포함한":
		return false
	}
	for _, m := range modified {
		if strings.HasSuffix(word, m) {
			return true
		}
	}
	return false
}

// tells reports whether a finite verb of cooperation or of stage stands between
// start and end: 체결했다, but not 양해각서였다.
func (s *sentence) tells(start, end int) bool {
	for _, h := range s.cues {
		if h.start < start || h.end > end || h.e.cue.Class != lexicon.Relation && h.e.cue.Class != lexicon.Stage {
			continue
		}
		word, _, _ := strings.Cut(s.slice(h.start, end), " ")
		word = strings.TrimRight(word, ".\"')")
		if strings.HasSuffix(word, "였다") || strings.HasSuffix(word, "이다") || strings.HasSuffix(word, "이었다") {
			continue
		}
		r, _ := utf8.DecodeLastRuneInString(word)
		if r == '다' || r == '고' || r == '며' || r == '로' {
			return true
		}
	}
	return false
}

// months of the English year.
var months = map[string]int{
	"january": 1, "february": 2, "march": 3, "april": 4, "may": 5, "june": 6, "july": 7, "august": 8, "september": 9, "october": 10, "november": 11, "december": 12,
	"jan": 1, "feb": 2, "mar": 3, "apr": 4, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "sept": 9, "oct": 10, "nov": 11, "dec": 12,
}

// datesEn reports whether the year y at i dates a frame: announced in 2025, at
// the end of 2024, the 2019 purchase. It does not where the year is that of a
// firm's founding, or where something is to come.
func (d *document) datesEn(f *frame, i, y int) bool {
	s := f.s
	words := strings.Fields(s.f.Lower[f.start:i])
	if len(words) == 0 || i == s.Start || s.f.Text[i-1] != ' ' {
		return false
	}
	n := len(words) - 1
	last := strings.Trim(words[n], ",.")
	month := months[last]
	switch {
	case month > 0:
		n--
	case last == "in", last == "of", last == "since", last == "the", last == "early", last == "late", last == "mid",
		last == "spring", last == "summer", last == "autumn", last == "fall", last == "winter", last == "during":
	default:
		return false
	}
	if last == "late" || last == "of" && n > 0 && words[n-1] == "end" {
		month = 12
	}
	return !founding(words[:n+1]) && !d.lately(y, month) && !s.has(f.start, f.end, lexicon.Future)
}

// founding reports whether the last of the words before a year tell of a firm's
// birth, or of a term that ends.
func founding(words []string) bool {
	for _, w := range words[max(0, len(words)-3):] {
		switch w {
		case "founded", "established", "started", "born", "incorporated", "launched", "until", "by", "through":
			return true
		}
	}
	return false
}

// said returns where the news of a frame ends: before the main clause where
// its own only concedes (파트너지만 이번 건은 …).
func (d *document) said(f *frame) int {
	if d.lang == "ko" && (strings.HasSuffix(f.s.slice(f.start, f.body), "지만") || strings.HasSuffix(f.s.slice(f.start, f.body), "으나")) && f.body < f.end {
		return f.body
	}
	return f.end
}

// retell notes the paragraphs that look back: from the sentence on that says so.
func (d *document) retell() {
	d.retold = map[int]int{}
	for _, s := range d.sents {
		if s.title || d.retold[s.line] > 0 {
			continue
		}
		if s.hasID(s.Start, s.End, "history") {
			d.retold[s.line] = s.index
		}
	}
}
